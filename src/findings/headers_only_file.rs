//! A file without a body.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Judged, Mark, Rule, Severity, applies};
use crate::evidence_class::EvidenceClass;
use crate::message::Form;

pub(super) const RULE: Rule = Rule {
    code: "headers-only-file",
    severity: Severity::Notice,
    wants_message: true,
    cites: &["RFC 6376 §3.7 and §6.1.3"],
    explanation: Explanation {
        summary: "file that holds the header alone",
        means: "The file ends behind the last header field, or is an Outlook .msg: there is no body \
                as it was received. SPF and alignment \
                can be judged all the same, and the keys can be looked at. A DKIM signature covers \
                the body, so whether it verifies cannot be told.",
        matters: "Where the mail stands on DKIM, the outcome stays open, unless the receiver \
                  recorded it.",
        todo: "Save the whole message: in Gmail \"Show original\" and \"Download original\", in \
               Apple Mail \"Save As… Raw Message Source\", in Outlook on the web \"Download\". Most \
               programs that show \"headers\" or \"internet headers\" leave the body out.",
        example: "From: orders@example.com\n\
                  Subject: Your order\n\
                  (end of the file)",
    },
    applies: applies::always,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    if case.analysis.source.form != Form::HeadersOnly {
        return Vec::new();
    }
    let mark = Mark::verdict(Judged::Conclusion, EvidenceClass::Inferred);
    let fields = case.analysis.message.header_fields;
    let hit = RULE.hit(mark).with("header_fields", fields);
    vec![hit.with("signatures", case.analysis.dkim.len())]
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let fields = hit.values.number("header_fields")?;
    let is_of_outlook = case.analysis.source.within.contains(&Form::OutlookMsg);
    let (lacks, seen, fix) = match is_of_outlook {
        true => (
            "an Outlook .msg file holds no body as it was received",
            format!("Outlook kept {fields} header fields"),
            "in Outlook on the web or the new Outlook, choose \"Save as\" or \"Download\" to get an \
             .eml, and look at that",
        ),
        false => (
            "the file holds no body",
            format!("the file ends behind {fields} header fields"),
            "save the whole message and look at that",
        ),
    };
    let message = match hit.values.number("signatures")? {
        0 => format!("{lacks}, only a header"),
        1 => format!("{lacks}, so that its signature cannot be checked"),
        many => format!("{lacks}, so that its {many} signatures cannot be checked"),
    };
    Some(hit.says(message, seen).with_fix(Fix::new(fix)))
}
