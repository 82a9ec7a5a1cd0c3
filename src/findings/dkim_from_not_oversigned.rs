//! A second From could be added without breaking the signature.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "dkim-from-not-oversigned",
    severity: Severity::Notice,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let of_from = |signature: &super::Signature<'_>| {
        let names = signature.written.signed_fields.iter();
        names
            .filter(|name| name.eq_ignore_ascii_case("From"))
            .count()
    };
    let mut own = case.own_signatures().filter(super::Signature::passes);
    let Some(signature) = own.find(|one| !case.is_made_by_ses(*one)) else {
        return;
    };
    let fields = case.message.fields("From").count();
    if of_from(&signature) > fields {
        return;
    }
    let message = format!(
        "{} names From {} in h=; named once more, an added From would break it",
        signature.name(),
        if of_from(&signature) == 1 {
            "once"
        } else {
            "as often as it is there"
        },
    );
    let evidence = case
        .at_signature(signature)
        .says("h= without a further From");
    findings.add(message, evidence).fix(Fix::new(
        "let the signer name From once more in h= (oversigning)",
    ));
}
