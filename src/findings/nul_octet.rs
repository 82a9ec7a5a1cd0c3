//! The message has an octet of value zero.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "nul-octet",
    severity: Severity::Warning,
    wants_message: true,
    cites: &["RFC 5322 §2.2", "RFC 5322 §4.1", "RFC 2045 §2.7"],
    explanation: Explanation {
        summary: "NUL octet, which mail must not have",
        means: "One octet of the message is zero. Neither header nor body may have it, unless the \
                part is declared as binary.",
        matters: "Many servers remove it, cut the line or the message at it, or refuse the message. \
                  Whatever changes it breaks a DKIM signature.",
        todo: "Look for the program that writes it: often UTF-16 text was put in as it is, or a \
               file was attached without base64. Encode text in UTF-8, and attachments in base64.",
        example: "UTF-16: 48 00 65 00 6C 00    UTF-8: 48 65 6C",
    },
    applies: applies::always,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let hit = case.analysis.fragile.nul.map(|place| {
        RULE.hit(Mark::octet(place.line, place.octet))
            .with("line", place.line)
            .with("octet", place.octet)
    });
    Vec::from_iter(hit)
}

fn say(_: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (line, octet) = (hit.values.number("line")?, hit.values.number("octet")?);
    let message = format!(
        "a NUL, octet {octet} of line {line}: a server on the way may remove it, cut the message \
         there or refuse it, and a change breaks DKIM"
    );
    let finding = hit.says(message, format!("line {line}, octet {octet} is zero"));
    Some(finding.with_fix(Fix::new(
        "encode text in UTF-8, and attachments in base64, before the mail is signed",
    )))
}
