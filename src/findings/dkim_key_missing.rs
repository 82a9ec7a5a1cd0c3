//! There is no key for a signature of the author's.

use super::case::KeyFault;
use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dns::Question;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-missing",
    severity: Severity::Warning,
    cites: &["RFC 6376 §6.1.2", "RFC 6376 §3.6.2"],
    explanation: Explanation {
        summary: "DKIM signature whose key is not in DNS",
        means: "A receiver looks for the key of a signature at SELECTOR._domainkey below its \
                domain. There is no key there: s= and d= of the signature name the place.",
        matters: "The signature cannot be verified and counts as none.",
        todo: "Publish the key that belongs to the private key of the signer, at just this name: \
               the tool that made the pair shows the record. For a key that you brought to SES \
               (BYODKIM) it is a TXT record with p= and the public key, at the selector that you \
               gave to SES. If it is published, compare selector and domain letter by letter, \
               and see that it is in the zone that the world sees.\n\
               If nobody knows of the signer, find out what signs so, and let it stop.",
        example: "DKIM-Signature: … d=example.com; s=shop2026; …\n\
                  shop2026._domainkey.example.com. 300 TXT \"v=DKIM1; k=rsa; p=MIIBIjANBg…\"",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (signature, fault) in case.key_faults() {
        let (KeyFault::Missing, Some(key)) = (fault, &signature.verdict.key) else {
            continue;
        };
        if case.is_application(signature) {
            continue;
        }
        let message = format!(
            "there is no key at {}, where {} says that it is",
            key.name,
            signature.name()
        );
        let fix = Fix::new("publish the public key of the signer as a TXT record at this name");
        findings
            .add(
                message,
                case.at_key(signature)
                    .says(explain::dkim::cause(signature.verdict).to_string()),
            )
            .also([case
                .at_signature(signature)
                .says("s= and d= name the place")])
            .fix(fix.check(&Question::txt(key.name.clone())));
    }
}
