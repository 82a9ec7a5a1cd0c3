//! An RSA key of under 1024 bits.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-too-short",
    severity: Severity::Error,
    cites: &["RFC 8301 §3.2"],
    explanation: Explanation {
        summary: "DKIM key of fewer than 1024 bits, which must not be used",
        means: "The RSA key of the signature has fewer than 1024 bits. One of 768 bits was \
                computed from its public half in 2009, and one of 512 bits takes no more than \
                some hours.",
        matters: "Receivers must not accept such a signature, even if it verifies: it counts as \
                  none. Who computes the private half signs in your name.",
        todo: "Make a new key of 2048 bits, publish it under a new selector, let the signer use \
               it, and then revoke the old one by an empty p=. Best let SES sign: with Easy DKIM \
               and RSA_2048_BIT it makes and changes the keys itself.",
        example: "openssl genrsa -out private.pem 2048\n\
                  shop2027._domainkey.example.com. 300 TXT \"v=DKIM1; k=rsa; p=MIIBIjANBg…\"",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    // That the message passed, by something else, leaves this to dkim-weak-key.
    if case.receiver_passed() {
        return;
    }
    for (signature, key) in case.own_keys() {
        let Some(bits) = key.bits.filter(|bits| *bits < 1024) else {
            continue;
        };
        let message = format!(
            "the key of {} has {bits} bits; expected 2048, and 1024 at least",
            signature.name()
        );
        let evidence = case
            .at_key(signature)
            .says(format!("an RSA key of {bits} bits"));
        findings.add(message, evidence).fix(Fix::new(
            "make a key of 2048 bits, publish it under a new selector, let the signer use it, then \
             revoke the old one",
        ));
    }
}
