//! The client or the envelope sender is not known.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Judged, Mark, Rule, Severity, applies};
use crate::evidence_class::EvidenceClass;
use crate::explain;
use crate::explain::means::Means;
use crate::spf::SpfCause;

pub(super) const RULE: Rule = Rule {
    code: "session-unknown",
    severity: Severity::Notice,
    wants_message: true,
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
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let is_unknown = matches!(
        case.spf().cause,
        SpfCause::ClientIpUnknown | SpfCause::MailFromUnknown | SpfCause::HeloUnknown
    );
    if !is_unknown {
        return None;
    }
    let session = &case.analysis.session;
    let path = session.mail_from.as_ref();
    let is_null = path.is_some_and(|path| path.value.is_empty());
    let wanted = [
        (session.client_ip.is_none(), "client_ip"),
        (path.is_none(), "mail_from"),
        (session.helo.is_none() && is_null, "helo"),
    ];
    let wanted = wanted.into_iter().filter(|(is_missing, _)| *is_missing);
    let mut missing: Vec<String> = wanted.map(|(_, name)| name.to_owned()).collect();
    if missing.is_empty() {
        missing.push("helo".to_owned());
    }
    let mark = Mark::verdict(Judged::SpfMailFrom, EvidenceClass::Inferred);
    Some(RULE.hit(mark).with("missing", missing))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let missing = hit.values.list("missing")?.iter();
    let wanted = missing.map(|value| match value.as_str() {
        "client_ip" => ("the client's address", Means::ClientIp.to_string()),
        "mail_from" => ("the envelope sender", Means::MailFrom.to_string()),
        _ => ("the HELO name", Means::Helo.to_string()),
    });
    let (names, flags): (Vec<_>, Vec<_>) = wanted.unzip();
    let (verb, them) = match names.len() {
        1 => ("is", "it"),
        _ => ("are", "them"),
    };
    let message = format!(
        "{} {verb} not known, so SPF was not evaluated",
        names.join(" and ")
    );
    let fix = Fix::new(format!(
        "give {them} by {}, or save the message from the mailbox that received it, with all its \
         header",
        flags.join(" and ")
    ));
    let cause = explain::spf::cause(case.spf()).to_string();
    Some(hit.says(message, cause).with_fix(fix))
}
