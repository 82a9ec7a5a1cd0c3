//! Who handed the message over, or under which envelope sender, is not known.

use super::{Case, Explanation, Findings, Fires, Fix, Judged, Mark, Rule, Severity, applies};
use crate::evidence_class::EvidenceClass;
use crate::spf::SpfCause;

pub(super) const RULE: Rule = Rule {
    code: "session-unknown",
    severity: Severity::Notice,
    cites: &["RFC 7208 §2.2 and §4.1", "RFC 5321 §4.4"],
    explanation: Explanation {
        summary: "session (client, envelope sender) that is not known: SPF is left open",
        means: "SPF judges a session: the address of the server that handed the message over, the \
                name it gave, and the envelope sender. They are no part of the message. Receivers \
                write them on top of it, into Received and Return-Path. This file does not hold \
                them: it was taken from the sender, was cut, or was forwarded.",
        matters: "SPF is not evaluated. That is neither a pass nor a fail. DKIM and its alignment \
                  are judged all the same, and DMARC too where DKIM decides.",
        todo: "Save the message from the mailbox that received it, with all its header: in Gmail \
               by Show original, Download original. Or say what you know by --ip, --helo and \
               --mail-from; the log of the receiving server has all three. If the file has \
               Received fields of a host of yours, --trust names that.",
        example: "sesauth inspect --ip 54.240.8.50 --mail-from bounce@mail.example.com \\\n\
                  \x20 message.eml",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let is_unknown = matches!(
        case.spf().cause,
        SpfCause::ClientIpUnknown | SpfCause::MailFromUnknown | SpfCause::HeloUnknown
    );
    if !is_unknown {
        return;
    }
    let session = &case.analysis.session;
    let is_null = session
        .mail_from
        .as_ref()
        .is_some_and(|path| path.value.is_empty());
    let wanted = [
        (session.client_ip.is_none(), "the client's address", "--ip"),
        (
            session.mail_from.is_none(),
            "the envelope sender",
            "--mail-from",
        ),
        (session.helo.is_none() && is_null, "the HELO name", "--helo"),
    ];
    let wanted = wanted.iter().filter(|(is_missing, ..)| *is_missing);
    let (mut names, mut flags): (Vec<_>, Vec<_>) =
        wanted.map(|(_, name, flag)| (*name, *flag)).unzip();
    if names.is_empty() {
        (names, flags) = (vec!["the HELO name"], vec!["--helo"]);
    }
    let (verb, them) = match names.len() {
        1 => ("is", "it"),
        _ => ("are", "them"),
    };
    let message = format!(
        "{} {verb} not known, so SPF was not evaluated",
        names.join(" and ")
    );
    let sentence = case.spf().sentence.clone();
    let evidence = Mark::verdict(Judged::SpfMailFrom, EvidenceClass::Inferred).says(sentence);
    findings.add(message, evidence).fix(Fix::new(format!(
        "give {them} by {}, or save the message from the mailbox that received it, with all its \
         header",
        flags.join(" and ")
    )));
}
