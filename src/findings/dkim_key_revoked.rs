//! A key was revoked.

use super::case::KeyFault;
use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dns::Question;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-revoked",
    severity: Severity::Warning,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (signature, fault) in case.key_faults() {
        let (KeyFault::Revoked, Some(key)) = (fault, &signature.verdict.key) else {
            continue;
        };
        let message = format!(
            "the key of {} is revoked: p= is empty at {}",
            signature.name(),
            key.name
        );
        let fix = Fix::new("sign with a key that is in use, under another selector");
        findings
            .add(message, case.at_key(signature).says("an empty p="))
            .fix(fix.check(&Question::txt(key.name.clone())));
    }
}
