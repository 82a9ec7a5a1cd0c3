//! One story for each form in which people save a message, and for what saving changes.

use super::super::body;
use super::super::plan::{Plan, Save};
use super::super::saved;
use super::super::verdict::Cause;
use super::{Story, but, usual};

pub const STORIES: &[Story] = &[
    Story {
        name: "form-byte-order-mark",
        text: "An editor put a UTF-8 byte order mark and an empty line before the header. Both are passed over, and all passes as it did.",
        plan: |seed| saved_by(seed, &[saved::edited]),
    },
    Story {
        name: "form-mbox",
        text: "A file with the \"From \" line of a mail folder above the header, in LF alone.",
        plan: |seed| saved_by(seed, &[saved::mbox]),
    },
    Story {
        name: "form-mbox-quoted-from",
        text: "A mail folder put \">\" before a line of the body that begins with \"From \". The signatures cover the line as it was, so both fail in this file, although Gmail saw both pass.",
        plan: |seed| {
            let mut plan = saved_by(seed, &[saved::mbox]);
            plan.content = body::plain("Hello Ada,\r\n\r\nFrom Tuesday on we open at eleven.\r\n");
            changed_by_saving(&mut plan);
            plan
        },
    },
    Story {
        name: "form-emlx",
        text: "A file of Apple Mail: a count of bytes above the message, a property list below.",
        plan: |seed| saved_by(seed, &[saved::emlx]),
    },
    Story {
        name: "form-emlx-wrong-count",
        text: "A file of Apple Mail whose count does not fit; the property list shows where the message ends.",
        plan: |seed| saved_by(seed, &[saved::emlx_with_wrong_count]),
    },
    Story {
        name: "form-emlx-partial",
        text: "A file of Apple Mail without the attachment (.partial.emlx): the body is not the one that was signed, and both signatures fail in this file.",
        plan: |seed| {
            let mut plan = saved_by(seed, &[saved::partial_emlx]);
            plan.content = with_attachment();
            changed_by_saving(&mut plan);
            plan
        },
    },
    Story {
        name: "form-gmail-show-original",
        text: "The whole page of Gmail's \"Show original\", copied as text: a table of what Gmail found stands above the raw message.",
        plan: |seed| saved_by(seed, &[saved::show_original]),
    },
    Story {
        name: "form-mixed-line-ends",
        text: "Some lines of the header end in LF alone, the others in CR LF. Every LF ends a line, and all passes as it did.",
        plan: |seed| saved_by(seed, &[saved::mixed_line_ends]),
    },
    Story {
        name: "form-bare-cr",
        text: "A field at the top has a CR without an LF after it. It ends no line, so what follows it is no Subject, and all passes as it did.",
        plan: |seed| saved_by(seed, &[saved::bare_cr]),
    },
    Story {
        name: "form-truncated",
        text: "The second half of the body is missing, and with it the boundary that closes its parts: both signatures fail in this file, although Gmail saw both pass.",
        plan: |seed| {
            let mut plan = saved_by(seed, &[saved::cut_off]);
            plan.content = body::both(&mut plan.rng);
            changed_by_saving(&mut plan);
            plan
        },
    },
    Story {
        name: "form-outlook-msg",
        text: "A message saved by Outlook (.msg), which keeps the header as it was received and not the body: whether the signatures verify cannot be told.",
        plan: |seed| {
            let mut plan = saved_by(seed, &[saved::outlook_msg]);
            for signer in &mut plan.signers {
                signer.cause = Cause::HeadersOnly;
                signer.seen = Some(Cause::Verified);
            }
            plan
        },
    },
    Story {
        name: "form-gzip",
        text: "A message packed by gzip.",
        plan: |seed| saved_by(seed, &[saved::gzip]),
    },
    Story {
        name: "form-zstd-mbox",
        text: "A message below the \"From \" line of a mail folder, packed by Zstandard: one form within another.",
        plan: |seed| saved_by(seed, &[saved::mbox, saved::zstd]),
    },
    Story {
        name: "form-attached",
        text: "A reader forwarded the message as an attachment (message/rfc822). With --attached the attached one is judged, byte for byte, and passes.",
        plan: |seed| attached(seed, saved::forwarded),
    },
    Story {
        name: "form-attached-file",
        text: "A reader forwarded the message as a file (.eml) in base64. With --attached it is decoded and judged, and passes.",
        plan: |seed| attached(seed, saved::forwarded_as_file),
    },
    Story {
        name: "form-attached-offered",
        text: "A message that carries two others as attachments, judged without --attached: it is judged itself, and the others are listed.",
        plan: |seed| {
            let inner = ["inner-1", "inner-2"].map(|seed| {
                let (mut plan, mut zone) = (usual(seed), Default::default());
                plan.publish(&mut zone);
                plan.post(&zone).bytes
            });
            but(seed, |plan| {
                plan.content = saved::forwarding(&[&inner[0], &inner[1]]);
                plan.subject = "Fwd: two orders".into();
            })
        },
    },
];

fn saved_by(seed: &str, save: &[Save]) -> Plan {
    but(seed, |plan| plan.save = save.to_vec())
}

fn attached(seed: &str, save: Save) -> Plan {
    let mut plan = saved_by(seed, &[save]);
    plan.session.insert("attached".into(), 1.into());
    plan
}

/// Everything passed at the receiver; saving changed the body.
fn changed_by_saving(plan: &mut Plan) {
    for signer in &mut plan.signers {
        signer.cause = Cause::BodyChanged;
        signer.seen = Some(Cause::Verified);
    }
}

fn with_attachment() -> body::Content {
    let body = b"--=_part\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n\
                 Hello Ada,\r\n\r\nyour invoice is attached.\r\n\r\n\
                 --=_part\r\nContent-Type: application/pdf; name=\"invoice.pdf\"\r\n\
                 Content-Disposition: attachment; filename=\"invoice.pdf\"\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n\
                 JVBERi0xLjcKJSBub3QgYSByZWFsIGludm9pY2UKJSVFT0YK\r\n\
                 --=_part--\r\n";
    body::Content {
        kind: "multipart/mixed; boundary=\"=_part\"".into(),
        encoding: "7bit",
        body: body.to_vec(),
    }
}
