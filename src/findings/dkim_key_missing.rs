//! There is no key for an author's signature.

use super::{
    Case, Explanation, Finding, Fires, Fix, Hit, KeyFault, Rule, Severity, Signature, applies,
};
use crate::dns::Question;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-missing",
    severity: Severity::Warning,
    wants_message: false,
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
    applies: applies::has_own_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::Missing if !case.is_application(signature) => case.key_hit(&RULE, signature),
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let key = signature.verdict.key.as_ref()?;
    let message = format!(
        "there is no key at {}, where {} says that it is",
        key.name,
        signature.name()
    );
    let seen = explain::dkim::cause(signature.verdict).to_string();
    let place = case.at_signature(signature);
    let fix = Fix::new("publish the public key of the signer as a TXT record at this name");
    let finding = hit.says(message, seen);
    let finding = finding.with_evidence([place.says("s= and d= name the place")]);
    Some(finding.with_fix(fix.check(&Question::txt(key.name.clone()))))
}
