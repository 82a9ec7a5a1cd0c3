//! An RSA key of fewer than 2048 bits.

use super::{Case, Explanation, Findings, Fix, Rule, Severity};

pub(super) const RULE: Rule = Rule {
    code: "dkim-weak-key",
    severity: Severity::Notice,
    cites: &[
        "RFC 8301 §3.2",
        "Amazon SES Developer Guide, Easy DKIM in Amazon SES",
    ],
    explanation: Explanation {
        summary: "DKIM key of fewer than 2048 bits",
        means: "The RSA key of your signature has at least 1024 bits and fewer than 2048. \
                Receivers accept it; signers should use 2048.",
        matters: "1024 bits are within the reach of those who can spend much on computing. \
                  Google and others recommend 2048.",
        todo: "With Easy DKIM: in SES, in the DKIM settings of the identity, choose \
               RSA_2048_BIT. That can be changed once in 24 hours, and the CNAME records stay. \
               With a key of your own: make one of 2048 bits and publish it under a new \
               selector.\n\
               The signature of amazonses.com has 1024 bits, too. It is Amazon's, and nothing is \
               to be done about it.",
        example: "SES: Identities, example.com, Authentication, DKIM, Edit: RSA_2048_BIT\n\
                  own: openssl genrsa -out private.pem 2048",
    },
    check,
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (signature, key) in case.own_keys() {
        let Some(bits @ 1024..2048) = key.bits else {
            continue;
        };
        let message = format!(
            "the key of {} has {bits} bits; expected 2048",
            signature.name()
        );
        let fix = match case.is_easy(signature) {
            true => format!(
                "choose RSA_2048_BIT in the DKIM settings of the identity in SES{}; the CNAME \
                 records stay",
                case.in_region()
            ),
            false => "make a key of 2048 bits and publish it under a new selector".into(),
        };
        let evidence = case.at_key(signature, format!("an RSA key of {bits} bits"));
        findings.add(message, evidence).fix(Fix::new(fix));
    }
}
