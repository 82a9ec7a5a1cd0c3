//! The key of Easy DKIM was copied to the selector.

use super::case::KeyFault;
use super::{Case, Explanation, Finding, Fires, Hit, Mark, Rule, Severity, Signature, applies};

pub(super) const RULE: Rule = Rule {
    code: "ses-selector-copied-key",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "Amazon SES Developer Guide, Easy DKIM in Amazon SES",
        "RFC 6376 §3.6.2.2",
    ],
    explanation: Explanation {
        summary: "copy of a key at a selector of Easy DKIM in place of the CNAME record",
        means: "A TXT record with a key stands at the selector, where a CNAME record should lead \
                to the key at SES. Somebody looked the key up and entered what was found.",
        matters: "It works as long as SES signs with just this key. SES changes the keys of Easy \
                  DKIM from time to time and without notice: from then on the copy is the wrong \
                  key, and every signature fails.",
        todo: "Remove the TXT record and publish the CNAME record that SES shows. A CNAME must \
               be the only record of its name, so the TXT has to go first.\n\
               If you did publish the CNAME and the key shows as TXT all the same, the DNS \
               provider hands out what it finds behind the CNAME (\"flattening\"). Switch that \
               off for these records.",
        example: "wrong: TOKEN._domainkey.example.com. 300 TXT \"p=MIIBIjANBg…\"\n\
                  right: TOKEN._domainkey.example.com. 300 CNAME TOKEN.dkim.amazonses.com.",
    },
    applies: applies::has_easy_signature,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::Copied => case.key_hit(&RULE, signature),
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let cname = case
        .key_zone(signature)
        .and_then(|zone| zone.cname.lookup());
    let state = match signature.passes() {
        true => "a copy, which still fits",
        false => "it is not the one that signed",
    };
    let message = format!(
        "the key stands as TXT at {}, where Easy DKIM has a CNAME that leads to it: {state}",
        hit.values.text("name")?
    );
    Some(
        hit.says(message, "a key as TXT")
            .with_evidence(cname.map(|lookup| Mark::dns(lookup).says("no CNAME")))
            .with_fix(case.alias_fix(signature, "replace the TXT record by the CNAME")),
    )
}
