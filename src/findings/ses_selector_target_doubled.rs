//! The zone name was appended to the target of an Easy DKIM alias.

use super::case::KeyFault;
use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, Signature, applies};

pub(super) const RULE: Rule = Rule {
    code: "ses-selector-target-doubled",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "Amazon SES Developer Guide, Troubleshooting DKIM problems in Amazon SES",
        "RFC 1035 §5.1",
    ],
    explanation: Explanation {
        summary: "CNAME record of Easy DKIM whose target has the own domain added to it",
        means: "The record stands where it should, but leads to \
                TOKEN.dkim.amazonses.com.example.com. In a zone file, and with some providers, a \
                name without a final dot is taken to be below the zone, and the zone's name is \
                added.",
        matters: "That name does not exist, so the key is not found. The signature of SES cannot \
                  be verified and counts as none.",
        todo: "Write the target with a final dot, or as the provider wants a complete name, and \
               look at the other two records of Easy DKIM.",
        example: "wrong: TOKEN._domainkey CNAME TOKEN.dkim.amazonses.com\n\
                  read:  TOKEN._domainkey CNAME TOKEN.dkim.amazonses.com.example.com.\n\
                  right: TOKEN._domainkey CNAME TOKEN.dkim.amazonses.com.",
    },
    applies: applies::has_easy_signature,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    let KeyFault::DoubledTarget(target) = fault else {
        return None;
    };
    Some(case.key_hit(&RULE, signature)?.text("target", target))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let target = hit.values.text("target")?;
    let message = format!(
        "the CNAME at {} leads to {target}, with the domain behind the name that SES shows",
        hit.values.text("name")?
    );
    let fix = case.alias_fix(signature, "correct the target, with a final dot");
    Some(
        hit.says(message, format!("a CNAME to {target}"))
            .with_fix(fix),
    )
}
