//! A part has octets above 127 and declares none.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "undeclared-8bit-octets",
    severity: Severity::Warning,
    wants_message: true,
    cites: &["RFC 2045 §2.7", "RFC 2045 §6.2", "RFC 6152 §3"],
    explanation: Explanation {
        summary: "body with 8-bit octets that its Content-Transfer-Encoding denies",
        means: "The text has octets above 127, such as letters with accents in UTF-8. Its \
                Content-Transfer-Encoding is 7bit, base64 or quoted-printable, or is missing, which \
                means 7bit. None of them has such octets.",
        matters: "A server may rewrite such a body, replace the octets or cut them to 7 bits, and \
                  some do. What was signed before that no longer verifies. Where it arrives as it \
                  was, that is by luck.",
        todo: "Encode the text as quoted-printable or base64 before it is signed: that survives \
               everywhere, and it is the safe choice for what you give to SES. Declaring 8bit is \
               correct too, but a server that cannot hand on 8-bit text still has to rewrite it.",
        example: "Content-Type: text/plain; charset=utf-8\n\
                  Content-Transfer-Encoding: quoted-printable\n\
                  \n\
                  caf=C3=A9",
    },
    applies: applies::has_body,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &["truncated-file"],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let found = case.analysis.fragile.eight_bit.as_ref();
    let hit = found.map(|found| {
        RULE.hit(Mark::octet(found.place.line, found.place.octet))
            .text("declared", &found.declared)
            .with("line", found.place.line)
            .with("octet", found.place.octet)
            .with("parts", found.parts)
    });
    Vec::from_iter(hit)
}

fn say(_: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let values = &hit.values;
    let (line, octet) = (values.number("line")?, values.number("octet")?);
    let declared = match values.text("declared")? {
        "" => "with no Content-Transfer-Encoding, which means 7bit".to_owned(),
        declared => format!("under Content-Transfer-Encoding: {declared}"),
    };
    let parts = match values.number("parts")? {
        1 => String::new(),
        parts => format!(", and {} more parts have such", parts - 1),
    };
    let message = format!(
        "8-bit octets {declared}: the first is octet {octet} of line {line}{parts}; a server on the \
         way may rewrite them, which breaks DKIM"
    );
    let finding = hit.says(message, format!("line {line}, octet {octet} is above 127"));
    Some(finding.with_fix(Fix::new(
        "encode the text as quoted-printable or base64 before it is signed and sent (also before \
         you give it to SES), or at least declare 8bit",
    )))
}
