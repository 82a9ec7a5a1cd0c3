//! An RSA key of fewer than 2048 bits.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "dkim-weak-key",
    severity: Severity::Notice,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (signature, key) in case.own_keys() {
        // What is too short is an error of its own, but none of a message that passed.
        let is_weak = |bits: &usize| match bits {
            0..1024 => case.receiver_passed(),
            _ => *bits < 2048,
        };
        let Some(bits) = key.bits.filter(is_weak) else {
            continue;
        };
        let least = match bits {
            0..1024 => ", and receivers must not accept fewer than 1024",
            _ => "",
        };
        let message = format!(
            "the key of {} has {bits} bits; expected 2048{least}",
            signature.name()
        );
        let fix = match case.is_easy(signature) {
            true => format!(
                "choose RSA_2048_BIT in the DKIM settings of the identity in SES{}: it is for the \
                 next key that SES makes",
                case.in_region()
            ),
            false => "make a key of 2048 bits and publish it under a new selector".into(),
        };
        let evidence = case
            .at_key(signature)
            .says(format!("an RSA key of {bits} bits"));
        findings.add(message, evidence).fix(Fix::new(fix));
    }
}
