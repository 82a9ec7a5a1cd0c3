//! What is likely to have changed a header or a body of which nothing is proved, by what the message
//! shows. It is never stated as a cause.

use memchr::memmem;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Changer, clues, excerpt, line_at};
use crate::dkim::DkimSignature;
use crate::message::mime::Entity;
use crate::message::{HeaderField, Message};

/// What may have been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LikelyChange {
    // The header.
    /// Amazon SES replaced Message-ID.
    MessageIdReplaced,
    /// A field that may be there once is there more often.
    FieldDoubled,
    /// From was replaced by the address of a list: it says "via".
    FromRewritten,
    /// A tag was put into Subject.
    SubjectTag,
    /// A field that is named in `h=` is not there.
    FieldRemoved,

    // The body.
    /// A list removed parts, and says so.
    PartsRemoved,
    /// A text stands for an attachment that was removed.
    AttachmentRemoved,
    /// The end is missing: the closing boundary is not there.
    EndLost,
    /// Links were replaced by those of a filter, in which the first target is not to be seen.
    LinksRewritten,
    /// A warning was put in front.
    Banner,
    /// The footer of a list was appended.
    ListFooter,
    /// The text has octets that its transfer encoding does not allow.
    Converted,
}

/// What may have been done, and what shows it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Likely {
    /// What may have been done.
    pub change: LikelyChange,
    /// The name of the header field that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The number of the line in the file that shows it, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What is there; shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

impl Likely {
    fn at_field(change: LikelyChange, message: &Message<'_>, field: &HeaderField<'_>) -> Self {
        Self {
            change,
            field: Some(String::from_utf8_lossy(field.name).into_owned()),
            line: Some(line_at(message.bytes, field.span.start)),
            seen: Some(excerpt(field.unfolded().trim().as_bytes())),
        }
    }

    /// Seen in the line of the body at `at`.
    fn at_line(change: LikelyChange, message: &Message<'_>, body: &[u8], at: usize) -> Self {
        let start = memchr::memrchr(b'\n', &body[..at]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &body[at..]).map_or(body.len(), |end| at + end);
        let file = message.header.body.unwrap_or_default() + start;
        Self {
            change,
            field: None,
            line: Some(line_at(message.bytes, file)),
            seen: Some(excerpt(body[start..end].trim_ascii())),
        }
    }
}

/// What is likely to have changed the header.
pub(super) fn of_header(message: &Message<'_>, signature: &DkimSignature) -> Option<Likely> {
    let named = |name: &str| {
        let names = signature.signed_fields.iter();
        names.filter(|one| one.eq_ignore_ascii_case(name)).count()
    };
    let there = |name: &str| {
        let fields = message.header.fields.iter();
        fields.filter(|field| field.is(name)).count()
    };
    let first = |name: &str| message.header.fields.iter().find(|field| field.is(name));
    let at = |change, field| Likely::at_field(change, message, field);
    let is_signed = |name: &str| named(name) > 0;

    if let Some(field) = first("Message-ID").filter(|_| is_signed("message-id"))
        && contains(field.body, ".amazonses.com>")
        && is_older_than_ses(message, signature)
    {
        return Some(at(LikelyChange::MessageIdReplaced, field));
    }
    let doubled = ONCE.iter().find(|name| is_signed(name) && there(name) > 1);
    if let Some(field) = doubled.and_then(|name| first(name)) {
        return Some(at(LikelyChange::FieldDoubled, field));
    }
    if let Some(field) = first("From").filter(|field| contains(field.body, " via ")) {
        return Some(at(LikelyChange::FromRewritten, field));
    }
    if let Some(field) = first("Subject").filter(|_| is_signed("subject"))
        && has_tag(&field.unfolded())
        && (is_from_list(message, signature) || is_warning(field.body))
    {
        return Some(at(LikelyChange::SubjectTag, field));
    }
    // A signer that names many fields that are not there does so by habit, to keep others from
    // adding them (RFC 6376 §5.4).
    let names = signature.signed_fields.iter();
    let gone: Vec<&String> = names
        .filter(|name| named(name) == 1 && there(name) == 0)
        .take(HABIT)
        .collect();
    let is_habit = gone.len() == HABIT;
    let mut gone = gone.into_iter().filter(|_| !is_habit);
    let name = gone.find(|name| !is_optional(name))?;
    Some(Likely {
        change: LikelyChange::FieldRemoved,
        field: Some(excerpt(name.as_bytes())),
        line: None,
        seen: None,
    })
}

/// So many signed fields that are not there are a habit of the signer.
const HABIT: usize = 3;

/// Whether signers name a field that the message does not have, as many messages do not have it.
fn is_optional(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    OPTIONAL.contains(&name.as_str()) || name.starts_with("resent-")
}

const OPTIONAL: &[&str] = &[
    "cc",
    "bcc",
    "reply-to",
    "sender",
    "in-reply-to",
    "references",
    "content-id",
    "content-description",
];

/// Fields that a message has at most once (RFC 5322 §3.6, RFC 2045 §3), and that mail programs show or
/// go by.
const ONCE: &[&str] = &[
    "from",
    "subject",
    "to",
    "cc",
    "date",
    "message-id",
    "reply-to",
    "sender",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
];

/// Whether SES signed the message after this signature was made, which is of somebody else. SES makes
/// its own signature and that of the sender's domain (Easy DKIM) in the same second.
fn is_older_than_ses(message: &Message<'_>, signature: &DkimSignature) -> bool {
    let Some(time) = signature.timestamp else {
        return false;
    };
    let mut signatures = message.header.fields.iter();
    let ses = signatures.find(|field| {
        field.is("DKIM-Signature")
            && tag(field.body, b"d").is_some_and(|domain| domain == b"amazonses.com")
    });
    let time_of_ses = ses.and_then(|field| tag(field.body, b"t"));
    let seconds = time_of_ses.and_then(|text| std::str::from_utf8(text).ok()?.parse::<i64>().ok());
    seconds.is_some_and(|seconds| time.as_second() < seconds)
}

/// The value of a tag in a signature that has no white space in it.
fn tag<'f>(field: &'f [u8], name: &[u8]) -> Option<&'f [u8]> {
    let mut tags = field.split(|byte| *byte == b';');
    tags.find_map(|tag| {
        let rest = tag.trim_ascii().strip_prefix(name)?;
        Some(rest.trim_ascii_start().strip_prefix(b"=")?.trim_ascii())
    })
}

/// Whether a Subject begins with a tag, behind `Re:` or not.
fn has_tag(subject: &str) -> bool {
    let mut rest = subject.trim();
    while let Some((_, after)) = rest.split_once(':').filter(|(word, _)| word.len() <= 3) {
        rest = after.trim_start();
    }
    let tag = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    tag.is_some_and(|(tag, _)| !tag.is_empty())
}

fn is_warning(subject: &[u8]) -> bool {
    ["[external", "[extern]", "[ext]", "[spam", "[suspicious"]
        .iter()
        .any(|tag| contains(subject, tag))
}

fn is_from_list(message: &Message<'_>, signature: &DkimSignature) -> bool {
    let mut clues = clues(message, signature).into_iter();
    clues.any(|clue| Changer::is_list(clue.changer))
}

/// What is likely to have changed the body.
pub(super) fn of_body(message: &Message<'_>, signature: &DkimSignature) -> Option<Likely> {
    let body = message.body()?;
    let filtered = |field: &&HeaderField<'_>| field.is("X-Content-Filtered-By");
    if let Some(field) = message.header.fields.iter().find(filtered) {
        return Some(Likely::at_field(LikelyChange::PartsRemoved, message, field));
    }
    let entity = Entity::of(&message.header);
    if let Some(boundary) = &entity.boundary {
        let end = format!("--{boundary}--");
        if memmem::find(body, end.as_bytes()).is_none() {
            return Some(Likely {
                change: LikelyChange::EndLost,
                field: None,
                line: None,
                seen: None,
            });
        }
    }
    let seen = |change, phrases: &[&str], start: usize, end: usize| {
        let text = &body[start..end];
        let mut places = phrases.iter().filter_map(|phrase| match change {
            // Those above it are quoted from earlier messages.
            LikelyChange::ListFooter => last_position(text, phrase),
            _ => position(text, phrase),
        });
        let found = places.next();
        found.map(|at| Likely::at_line(change, message, body, start + at))
    };
    let (all, head) = (body.len().min(SEARCHED), body.len().min(EDGE));
    let tail = body.len() - head;
    let attachment = || seen(LikelyChange::AttachmentRemoved, REMOVED, 0, all);
    let links = || seen(LikelyChange::LinksRewritten, FILTERS, 0, all);
    let banner = || seen(LikelyChange::Banner, WARNINGS, 0, head);
    let footer = || {
        let is_list = is_from_list(message, signature);
        is_list.then(|| seen(LikelyChange::ListFooter, FOOTERS, tail, body.len()))?
    };
    let converted = || {
        let is_ascii = matches!(
            entity.encoding.as_str(),
            "" | "7bit" | "quoted-printable" | "base64"
        );
        let at = body.iter().position(|byte| *byte >= 0x80)?;
        let is_whole = entity.boundary.is_none() && is_ascii;
        is_whole.then(|| Likely::at_line(LikelyChange::Converted, message, body, at))
    };
    attachment()
        .or_else(links)
        .or_else(banner)
        .or_else(footer)
        .or_else(converted)
}

/// How much of a body is looked through for phrases.
const SEARCHED: usize = 64 * 1024;

/// How much of its start and its end, for a warning and a footer.
const EDGE: usize = 4096;

/// What programs write in place of attachments; in lower case, as all phrases.
const REMOVED: &[&str] = &[
    "attachment was scrubbed...",
    "-------------- next part --------------",
    "[attachment removed]",
    "attachment was removed",
    "attachment has been removed",
];

/// Hosts of filters whose links do not hold the first target.
const FILTERS: &[&str] = &[
    "//protect-us.mimecast.com/",
    "//protect-eu.mimecast.com/",
    "//protect-de.mimecast.com/",
    "//protect-au.mimecast.com/",
    "//protect-za.mimecast.com/",
    ".mimecastprotect.com/",
];

const WARNINGS: &[&str] = &[
    "caution: external",
    "external email",
    "external sender",
    "originated from outside",
    "from outside of the organi",
    "from outside your organi",
];

const FOOTERS: &[&str] = &["mailing list", "____________________", "unsubscribe"];

/// Whether the text contains `part`, which is in lower case.
fn contains(text: &[u8], part: &str) -> bool {
    position(text, part).is_some()
}

fn last_position(text: &[u8], part: &str) -> Option<usize> {
    let mut windows = text.windows(part.len());
    windows.rposition(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

fn position(text: &[u8], part: &str) -> Option<usize> {
    let mut windows = text.windows(part.len());
    windows.position(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    const SIGNED: &str = "from:to:subject:date:message-id:mime-version:content-type";

    fn message(header: &str, body: &str) -> Vec<u8> {
        let text = format!(
            "{header}From: Ada <ada@example.com>\nTo: list@lists.example.org\nDate: Tue, 30 Jun 2026 \
             06:31:26 +0000\nMIME-Version: 1.0\n\n{body}"
        );
        text.replace('\n', "\r\n").into_bytes()
    }

    fn header(header: &str, names: &str) -> Option<Likely> {
        let signature = format!(
            "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=a; t=1000; h={names}; bh=AAAA; b=AAAA\n"
        );
        let bytes = message(&(signature + header), "Text\n");
        let limits = Limits::default();
        let message = Message::parse(&bytes, &limits).unwrap();
        let signature = DkimSignature::parse(&message.header.fields[0], 0, &limits);
        of_header(&message, &signature)
    }

    fn body(header: &str, body: &str) -> Option<Likely> {
        let signature =
            "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=a; h=from; bh=AAAA; b=AAAA\n";
        let bytes = message(&format!("{header}{signature}"), body);
        let limits = Limits::default();
        let message = Message::parse(&bytes, &limits).unwrap();
        let mut fields = message.header.fields.iter();
        let at = fields.position(|field| field.is("DKIM-Signature")).unwrap();
        let signature = DkimSignature::parse(&message.header.fields[at], at, &limits);
        of_body(&message, &signature)
    }

    fn change(likely: Option<Likely>) -> Option<LikelyChange> {
        likely.map(|likely| likely.change)
    }

    const IDENTIFIED: &str = "Message-ID: <1@example.com>\nContent-Type: text/plain\n";

    #[test]
    fn a_header_that_shows_nothing_has_no_likely_change() {
        let subject = format!("{IDENTIFIED}Subject: [garden] moss\n");
        assert_eq!(header(&subject, SIGNED), None);
    }

    #[test]
    fn a_message_id_of_ses_under_an_older_signature_was_replaced() {
        let fields = |time| {
            format!(
                "DKIM-Signature: v=1; d=amazonses.com; s=b; t={time}; h=from; bh=AAAA; b=AAAA\n\
                 Message-ID: <0100-0@email.amazonses.com>\nContent-Type: text/plain\nSubject: Moss\n"
            )
        };
        let found = header(&fields(1001), SIGNED).unwrap();
        assert_eq!(found.change, LikelyChange::MessageIdReplaced);
        assert_eq!(found.line, Some(3));
        assert_eq!(header(&fields(1000), SIGNED), None, "SES made both");
    }

    #[test]
    fn a_second_subject_was_added() {
        let two = format!("{IDENTIFIED}Subject: one\nSubject: two\n");
        let found = header(&two, SIGNED).unwrap();
        assert_eq!(found.change, LikelyChange::FieldDoubled);
        assert_eq!(found.field.as_deref(), Some("Subject"));
    }

    #[test]
    fn via_in_from_is_of_a_list() {
        let fields = format!("{IDENTIFIED}Subject: Moss\nFrom: Ada via Garden <g@example.org>\n");
        let once = SIGNED.replace("from:", "");
        let found = change(header(&fields, &once));
        assert_eq!(found, Some(LikelyChange::FromRewritten));
    }

    #[test]
    fn a_tag_is_likely_of_a_list_only_where_there_is_one() {
        let fields =
            format!("{IDENTIFIED}List-Id: <garden.example.org>\nSubject: Re: [garden] moss\n");
        let found = change(header(&fields, SIGNED));
        assert_eq!(found, Some(LikelyChange::SubjectTag));
        let found = change(header(&fields, &format!("{SIGNED}:list-id")));
        assert_eq!(found, None, "the sender wrote List-Id");
        let fields = format!("{IDENTIFIED}Subject: [EXTERNAL] moss\n");
        let found = change(header(&fields, SIGNED));
        assert_eq!(found, Some(LikelyChange::SubjectTag));
    }

    #[test]
    fn a_signed_field_that_is_gone_is_told_from_the_habit_of_a_signer() {
        let fields = format!("{IDENTIFIED}Subject: Moss\n");
        let found = header(&fields, &format!("{SIGNED}:list-unsubscribe")).unwrap();
        assert_eq!(found.change, LikelyChange::FieldRemoved);
        assert_eq!(found.field.as_deref(), Some("list-unsubscribe"));
        for names in ["cc:cc", "cc", "list-id:list-help:list-post"] {
            assert_eq!(
                header(&fields, &format!("{SIGNED}:{names}")),
                None,
                "{names}"
            );
        }
    }

    #[test]
    fn a_body_shows_what_is_likely() {
        use LikelyChange::{
            AttachmentRemoved, Banner, Converted, EndLost, LinksRewritten, ListFooter, PartsRemoved,
        };
        let list = "List-Id: <garden.example.org>\n";
        let multipart = "Content-Type: multipart/mixed; boundary=b\n";
        for (fields, text, expected) in [
            ("", "Text\n", None),
            (
                "X-Content-Filtered-By: Mailman/MimeDel\n",
                "Text\n",
                Some(PartsRemoved),
            ),
            (multipart, "--b\n\nText\n", Some(EndLost)),
            (multipart, "--b\n\nText\n--b--\n", None),
            (
                "",
                "Text\nAn HTML attachment was scrubbed...\n",
                Some(AttachmentRemoved),
            ),
            (
                "",
                "https://protect-eu.mimecast.com/s/x\n",
                Some(LinksRewritten),
            ),
            (
                "",
                "This message originated from OUTSIDE.\n\nText\n",
                Some(Banner),
            ),
            ("", "Text\nGarden mailing list\n", None),
            (list, "Text\nGarden mailing list\n", Some(ListFooter)),
            ("", "Grüezi\n", Some(Converted)),
            ("Content-Transfer-Encoding: 8bit\n", "Grüezi\n", None),
        ] {
            assert_eq!(change(body(fields, text)), expected, "{fields}{text}");
        }
    }

    #[test]
    fn what_shows_a_change_of_the_body_is_named_with_its_line() {
        let found = body("", "Text\n\nExternal email: take care\nMore\n").unwrap();
        assert_eq!(found.line, Some(9));
        assert_eq!(found.seen.as_deref(), Some("External email: take care"));
    }
}
