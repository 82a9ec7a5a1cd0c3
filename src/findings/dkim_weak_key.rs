//! An RSA key of less than 2048 bits.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dkim::SHORTEST_RSA;

pub(super) const RULE: Rule = Rule {
    code: "dkim-weak-key",
    severity: Severity::Notice,
    wants_message: false,
    cites: &[
        "RFC 8301 §3.2",
        "Amazon SES Developer Guide, Easy DKIM in Amazon SES",
    ],
    explanation: Explanation {
        summary: "DKIM key of fewer than 2048 bits",
        means: "The RSA key of your signature has fewer than 2048 bits. Signers should use 2048. \
                Receivers accept 1024 and more; with fewer the signature counts as none.",
        matters: "1024 bits are within the reach of those who can spend much on computing. \
                  Google and others recommend 2048.",
        todo: "With Easy DKIM: in SES, in the DKIM settings of the identity, choose \
               RSA_2048_BIT, which is for the next key that SES makes; it can be changed once in \
               24 hours. SES keeps the keys, so there is no key to publish: only see that the \
               three CNAME records which it shows are those of the domain. With a key of your \
               own: make one of 2048 bits and publish it under a new selector.\n\
               The signature of amazonses.com has 1024 bits, too. It is Amazon's, and nothing is \
               to be done about it.",
        example: "SES: Identities, example.com, Authentication, DKIM, Edit: RSA_2048_BIT\n\
                  own: openssl genrsa -out private.pem 2048",
    },
    applies: applies::has_own_key,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

/// The number of bits that a key should have.
const EXPECTED: usize = 2048;

fn fires(case: &Case<'_>) -> Vec<Hit> {
    // A key that is too short has an error of its own, except in a message that passed.
    let is_weak = |bits: &usize| match *bits < SHORTEST_RSA {
        true => case.receiver_passed(),
        false => *bits < EXPECTED,
    };
    let hits = case.own_keys().filter_map(|(signature, key)| {
        let bits = key.bits.filter(is_weak)?;
        let hit = case.key_hit(&RULE, signature)?;
        Some(hit.with("bits", bits).with("expected", EXPECTED))
    });
    hits.collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let bits = hit.values.number("bits")?;
    let least = match bits < SHORTEST_RSA as u64 {
        true => ", and receivers must not accept fewer than 1024",
        false => "",
    };
    let message = format!(
        "the key of {} has {bits} bits; expected 2048{least}",
        signature.name()
    );
    let fix = Fix::new(match case.is_easy(signature) {
        true => format!(
            "choose RSA_2048_BIT in the DKIM settings of the identity in SES{}: it is for the next \
             key that SES makes",
            case.in_region()
        ),
        false => "make a key of 2048 bits and publish it under a new selector".into(),
    });
    let seen = format!("an RSA key of {bits} bits");
    Some(hit.says(message, seen).with_fix(fix))
}
