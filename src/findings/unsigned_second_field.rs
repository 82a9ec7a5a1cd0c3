//! A field that is signed stands there once more, unsigned.

use super::case::visible::{READ_BY, SHOWN};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "unsigned-second-field",
    severity: Severity::Warning,
    wants_message: true,
    cites: &["RFC 6376 §5.4.2", "RFC 6376 §8.15"],
    explanation: Explanation {
        summary: "unsigned second field beside a signed one",
        means: "A signature covers as many fields of a name as h= names it, from the lowest \
                upwards. One more was put above them: it is not signed, and the signature \
                still verifies.",
        matters: "A mail program that goes by the upper field shows what the author did not sign: \
                  another subject, another address for replies, or with a second Content-Type \
                  another text altogether. Anybody who has one genuine message can do this, and \
                  DMARC still passes.",
        todo: "Trust only the lowest of these fields. If the mail is yours, find what writes the \
               field twice, and let the signer name each field once more in h= than it is there \
               (\"oversigning\"): then an added one breaks the signature.",
        example: "Subject: Your account is blocked     <- not signed\n\
                  DKIM-Signature: …; h=From:To:Subject; …\n\
                  Subject: Your order 40217            <- signed",
    },
    applies: applies::has_own_signature,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &["duplicate-header-field"],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let hits = SHOWN.iter().chain(&READ_BY).filter_map(|name| {
        let coverage = case.coverage(name)?;
        let mark = case.at_topmost(name)?;
        let is_added = coverage.signed > 0 && coverage.unsigned() > 0;
        let hit = RULE.hit(mark).with("field", *name);
        let hit = hit.with("count", coverage.present);
        is_added.then(|| hit.with("unsigned", coverage.unsigned()))
    });
    hits.collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let name = hit.values.text("field")?;
    let (count, unsigned) = (hit.values.number("count")?, hit.values.number("unsigned")?);
    let which = match unsigned {
        1 => "the topmost is".to_owned(),
        more => format!("the topmost {more} are"),
    };
    let message = format!("of {count} {name} fields {which} not signed, but a reader may see it");
    let shown = case.message.fields(name).next()?.shown();
    let signed = case.message.fields(name).last()?;
    let signed = case.at_field(signed).says(signed.shown());
    let fix = Fix::new(format!(
        "go by the lowest {name} field; let the signer name {name} once more in h=, so that an \
         added one breaks the signature"
    ));
    Some(
        hit.says(message, shown)
            .with_evidence([signed])
            .with_fix(fix),
    )
}
