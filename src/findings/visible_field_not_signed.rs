//! No signature of the author covers a field that a reader sees.

use super::case::visible::{READ_BY, SHOWN};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "visible-field-not-signed",
    severity: Severity::Notice,
    wants_message: true,
    cites: &["RFC 6376 §5.4.1", "RFC 6376 §8.2"],
    explanation: Explanation {
        summary: "visible field that is not signed",
        means: "A mail program shows this field, or reads the body by it, and no signature of the \
                author that verifies names it in h=.",
        matters: "The field can be changed or added on the way, and the signature still verifies: \
                  DMARC says who wrote the message, not that this field is theirs. Where l= \
                  leaves the end of the body open, an unsigned Content-Type makes it possible to \
                  show another text.",
        todo: "Let the signer name From, Subject, Date, To, Cc and Reply-To in h=, also where \
               they are absent. SES signs the fields that are there when you hand it the message.",
        example: "DKIM-Signature: …; h=From:To:Cc:Subject:Date:Reply-To:Content-Type; …",
    },
    applies: applies::has_own_signature,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    // These fields can garble a body that is signed whole, but add nothing to it; Gmail, for one,
    // does not sign them.
    let is_whole = case.verified().any(|one| one.written.length.is_none());
    let read_by: &[&str] = if is_whole { &[] } else { &READ_BY };
    let names = SHOWN.iter().chain(read_by).copied();
    let is_unsigned = |name: &&str| {
        let coverage = case.coverage(name);
        coverage.is_some_and(|coverage| coverage.present > 0 && coverage.signed == 0)
    };
    let unsigned: Vec<String> = names.filter(is_unsigned).map(str::to_owned).collect();
    let hit = RULE.hit(case.at_topmost(unsigned.first()?)?);
    Some(hit.with("fields", unsigned))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let names = hit.values.list("fields")?;
    let (first, others) = names.split_first()?;
    let field = case.message.fields(first).next()?;
    let others = others.iter().filter_map(|name| {
        let field = case.message.fields(name).next()?;
        Some(case.at_field(field).says(field.shown()))
    });
    let message = format!("no signature of the author covers {}", names.join(", "));
    let fix = Fix::new(format!("let the signer name {} in h=", names.join(", ")));
    Some(
        hit.says(message, field.shown())
            .with_evidence(others)
            .with_fix(fix),
    )
}
