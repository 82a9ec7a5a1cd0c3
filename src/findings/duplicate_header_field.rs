//! A header field that may occur once occurs several times.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};

/// How many fields with one name are shown.
const SHOWN: usize = 4;

/// Fields that RFC 5322 §3.6 allows once; From has a rule of its own.
pub(crate) const ONCE: [&str; 10] = [
    "Date",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Subject",
];

pub(super) const RULE: Rule = Rule {
    code: "duplicate-header-field",
    severity: Severity::Error,
    wants_message: true,
    cites: &[
        "RFC 5322 §3.6",
        "Google, SMTP error 550 5.7.1",
        "Amazon SES Developer Guide, Header fields",
    ],
    explanation: Explanation {
        summary: "duplicate of a header field that may stand there once",
        means: "Subject, Date, To, Message-ID and some others may stand in a message once. Here \
                one of them stands there again.",
        matters: "Programs take one or the other, so that the reader may see what no signature \
                  covers: a signature that names a field once covers the lowest one. Gmail refuses \
                  such mail, and SES does not take it.",
        todo: "Find what writes the field for the second time: often the application and the \
               library it sends with both do. Several recipients go into one To, with commas.",
        example: "wrong  Subject: Your order\n\
                  \u{20}      Subject: Your order 40217\n\
                  right  Subject: Your order 40217",
    },
    applies: applies::always,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    // If the receiver accepted it, it saw only one of them, or does not mind.
    if case.receiver_passed() {
        return Vec::new();
    }
    let hits = ONCE.iter().filter_map(|name| {
        let count = case.message.fields(name).count();
        let mark = case.at_topmost(name).filter(|_| count > 1)?;
        Some(RULE.hit(mark).with("field", *name).with("count", count))
    });
    hits.collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let name = hit.values.text("field")?;
    let count = hit.values.number("count")?;
    let message = format!("{count} fields are called {name}, where there may be one");
    let mut fields = case.message.fields(name).take(SHOWN);
    let finding = hit.says(message, fields.next()?.shown());
    let others = fields.map(|field| case.at_field(field).says(field.shown()));
    let fix = Fix::new(format!("write one {name} field"));
    Some(finding.with_evidence(others).with_fix(fix))
}
