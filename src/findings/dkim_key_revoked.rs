//! A key was revoked.

use super::{
    Case, Explanation, Finding, Fires, Fix, Hit, KeyFault, Rule, Severity, Signature, applies,
};
use crate::dns::Question;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-revoked",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 6376 §3.6.1 (p=)"],
    explanation: Explanation {
        summary: "DKIM signature with a revoked key: p= is empty",
        means: "An empty p= says that the key which stood at this selector must not be trusted \
                any more. The signature was made with that key, or with another under its \
                selector.",
        matters: "The signature counts as none. Something still signs with a key that was given \
                  up, or a new key was never published.",
        todo: "Find out what signs with this selector, and let it sign with a key that is in \
               use, under a selector of its own. Do not put the old key back if it was revoked \
               because it was lost or stolen.",
        example: "shop2025._domainkey.example.com. 300 TXT \"v=DKIM1; k=rsa; p=\"\n\
                  shop2026._domainkey.example.com. 300 TXT \"v=DKIM1; k=rsa; p=MIIBIjANBg…\"",
    },
    applies: applies::has_own_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::Revoked => case.key_hit(&RULE, signature),
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let key = signature.verdict.key.as_ref()?;
    let message = format!(
        "the key of {} is revoked: p= is empty at {}",
        signature.name(),
        key.name
    );
    let fix = Fix::new("sign with a key that is in use, under another selector");
    let fix = fix.check(&Question::txt(key.name.clone()));
    Some(hit.says(message, "an empty p=").with_fix(fix))
}
