//! More than one From field.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};

/// Fields that are shown.
const SHOWN: usize = 4;

pub(super) const RULE: Rule = Rule {
    code: "several-from-fields",
    severity: Severity::Error,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let count = case.analysis.message.from_fields;
    if !is_found(case) {
        return;
    }
    let fields = case.message.fields("From").take(SHOWN);
    let mut evidence = fields.map(|field| case.at_field(field).says(field.unfolded()));
    let Some(first) = evidence.next() else {
        return;
    };
    findings
        .add(
            format!("there are {count} From fields, where there must be one"),
            first,
        )
        .also(evidence)
        .fix(Fix::new("write one From field"));
}

/// Whether there are several. Where the receiver let it pass, one was added later, and
/// `from-ambiguous` says so.
pub(super) fn is_found(case: &Case<'_>) -> bool {
    case.analysis.message.from_fields > 1 && !case.receiver_passed()
}
