//! More than one From field.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};

/// How many fields are shown.
const SHOWN: usize = 4;

pub(super) const RULE: Rule = Rule {
    code: "several-from-fields",
    severity: Severity::Error,
    wants_message: true,
    cites: &[
        "RFC 5322 §3.6",
        "RFC 9989 §4.4 and §5.3.1",
        "Google, SMTP error 550 5.7.1",
    ],
    explanation: Explanation {
        summary: "From field that stands beside another",
        means: "A message has one From field. With two, one program shows the first and another \
                the last, and DMARC has no single domain to look at.",
        matters: "It is a way to show readers a sender that nobody checked: a signature that names \
                  From once still verifies when a second one is put above. Gmail refuses such \
                  mail, and SES takes one From field only.",
        todo: "If the mail is yours, find what writes the second field and let it write one. If it \
               is not, do not trust either of the two.",
        example: "From: Accounts <accounts@example.org>\n\
                  From: Larkspur Books <orders@example.com>",
    },
    applies: applies::has_from,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let count = case.analysis.message.from_fields;
    // If the receiver accepted it, a field was added later, and from-ambiguous says so.
    if count < 2 || case.receiver_passed() {
        return None;
    }
    let hit = RULE.hit(case.at_topmost("From")?);
    Some(hit.with("from_fields", count))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let message = format!(
        "there are {} From fields, where there must be one",
        hit.values.number("from_fields")?
    );
    let mut fields = case.message.fields("From").take(SHOWN);
    let first = fields.next()?.shown();
    let others = fields.map(|field| case.at_field(field).says(field.shown()));
    let fix = Fix::new("write one From field");
    Some(hit.says(message, first).with_evidence(others).with_fix(fix))
}
