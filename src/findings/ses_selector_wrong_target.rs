//! The target of an Easy DKIM alias is not where SES keeps the key.

use super::case::KeyFault;
use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, Signature, applies};

pub(super) const RULE: Rule = Rule {
    code: "ses-selector-wrong-target",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "Amazon SES Developer Guide, Easy DKIM in Amazon SES",
        "Amazon General Reference, Amazon SES endpoints and quotas (DKIM domains)",
    ],
    explanation: Explanation {
        summary: "CNAME record of Easy DKIM that leads to another name than the key's",
        means: "The record at the selector leads to a name at which there is no key. In most \
                regions the keys of Easy DKIM stand below dkim.amazonses.com; some have a zone \
                of their own, dkim.REGION.amazonses.com. Guides often show the first alone.",
        matters: "The signature of SES cannot be verified and counts as none.",
        todo: "Copy the target from the console of SES, in the region that sends. It is \
               TOKEN.SigningHostedZone: aws sesv2 get-email-identity names that zone, which may \
               also be one within a region, as a31d.dkim.us-west-2.amazonses.com. If the identity \
               takes its keys from one in another region (Deterministic Easy DKIM), the zone is \
               that of the other region.",
        example: "us-east-1:  TOKEN._domainkey CNAME TOKEN.dkim.amazonses.com.\n\
                  eu-south-1: TOKEN._domainkey CNAME TOKEN.dkim.eu-south-1.amazonses.com.",
    },
    applies: applies::has_easy_signature,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    let KeyFault::WrongTarget(target) = fault else {
        return None;
    };
    let hit = case.key_hit(&RULE, signature)?.text("target", target);
    Some(match case.easy_record(signature) {
        Some(expected) => hit.with("expected", expected.value.trim_end_matches('.')),
        None => hit,
    })
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let target = hit.values.text("target")?;
    let expected = hit.values.text("expected");
    let message = format!(
        "the CNAME at {} leads to {target}, where there is no key; expected {}",
        hit.values.text("name")?,
        expected.unwrap_or("the name that SES shows")
    );
    let fix = case.alias_fix(signature, "correct the target, after the console of SES");
    Some(
        hit.says(message, format!("a CNAME to {target}"))
            .with_fix(fix),
    )
}
