//! An RSA key of less than 1024 bits.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dkim::SHORTEST_RSA;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-too-short",
    severity: Severity::Error,
    wants_message: false,
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
    applies: applies::has_own_key,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

/// The number of bits that a key should have.
const EXPECTED: usize = 2048;

fn fires(case: &Case<'_>) -> Vec<Hit> {
    // If the message passed for another reason, dkim-weak-key says it.
    if case.receiver_passed() {
        return Vec::new();
    }
    let hits = case.own_keys().filter_map(|(signature, key)| {
        let bits = key.bits.filter(|bits| *bits < SHORTEST_RSA)?;
        let hit = case.key_hit(&RULE, signature)?;
        Some(hit.with("bits", bits).with("expected", EXPECTED))
    });
    hits.collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let bits = hit.values.number("bits")?;
    let message = format!(
        "the key of {} has {bits} bits; expected {EXPECTED}, and {SHORTEST_RSA} at least",
        signature.name()
    );
    let fix = Fix::new(
        "make a key of 2048 bits, publish it under a new selector, let the signer use it, then \
         revoke the old one",
    );
    let seen = format!("an RSA key of {bits} bits");
    Some(hit.says(message, seen).with_fix(fix))
}
