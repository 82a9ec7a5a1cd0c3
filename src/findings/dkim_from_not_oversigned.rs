//! A second From could be added without breaking the signature.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, Signature, applies};

pub(super) const RULE: Rule = Rule {
    code: "dkim-from-not-oversigned",
    severity: Severity::Notice,
    wants_message: true,
    cites: &["RFC 6376 §8.15", "RFC 6376 §5.4.2"],
    explanation: Explanation {
        summary: "DKIM signature that does not exclude a second From field",
        means: "A signature covers the fields that h= names, each as often as it is named. From \
                stands there once, so somebody can add a second From field and the signature \
                still verifies.",
        matters: "A program that shows the added From, and a receiver that checks the signed \
                  one, together give a forged message the look of a genuine one. Receivers \
                  should refuse mail with two From fields, and Gmail does.",
        todo: "Let the signer name From twice in h= (\"oversigning\"): then an added one breaks \
               the signature. Subject, To and Date can be protected in the same way. SES does \
               not do so and has no setting for it, so this is about signers of your own.",
        example: "before: h=From:To:Subject:Date\n\
                  after:  h=From:From:To:To:Subject:Subject:Date:Date\n\
                  in OpenDKIM: OversignHeaders From",
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
    let mut own = case.own_signatures().filter(Signature::passes);
    let signature = own.find(|one| !case.is_made_by_ses(*one))?;
    let names = signature.written.signed_fields.iter();
    let named = names.filter(|name| name.eq_ignore_ascii_case("From"));
    let (named, fields) = (named.count(), case.message.fields("From").count());
    if named > fields {
        return None;
    }
    let hit = signature.hit(&RULE, case.at_signature(signature));
    Some(hit.with("named", named).with("from_fields", fields))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let often = match hit.values.number("named")? {
        1 => "once",
        _ => "as often as it is there",
    };
    let message = format!(
        "{} names From {often} in h=; named once more, an added From would break it",
        signature.name()
    );
    let fix = Fix::new("let the signer name From once more in h= (oversigning)");
    Some(hit.says(message, "h= without a further From").with_fix(fix))
}
