//! A key is restricted to other uses.

use super::{Case, Explanation, Finding, Fires, Hit, KeyFault, Rule, Severity, Signature, applies};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-restriction",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 6376 §3.6.1", "RFC 6376 §6.1.2"],
    explanation: Explanation {
        summary: "DKIM key whose own tags exclude the signature",
        means: "A key record may say for what the key is: k= its type, h= the hash, s= the \
                service (email or *), and t=s that i= must name the domain itself and none below \
                it. The signature does not keep to that.",
        matters: "Receivers must not accept the signature: it counts as none, even if the key \
                  made it.",
        todo: "Take the tag that excludes it out of the record, if it was not meant so: k=rsa \
               and no h=, s= or t=s is what mail needs. Otherwise let the signer keep to it. SES \
               adds i= with a subdomain where From is below the identity, which a key of your \
               own with t=s excludes.",
        example: "shop._domainkey.example.com. 300 TXT \"v=DKIM1; t=s; k=rsa; p=MIIB…\"\n\
                  DKIM-Signature: … d=example.com; i=@news.example.com; …      excluded",
    },
    applies: applies::has_own_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::Restricted => case.key_hit(&RULE, signature),
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let cause = explain::dkim::cause(signature.verdict).to_string();
    let message = format!(
        "the key at {} is not for {}: {cause}",
        hit.values.text("name")?,
        signature.name()
    );
    let what = "take the tag that excludes the signature out of the key record, or let the signer \
                keep to it";
    let excluded = case.at_signature(signature).says("what it excludes");
    let finding = hit.says(message, cause).with_evidence([excluded]);
    Some(finding.with_fix(case.text_fix(signature, what, None)))
}
