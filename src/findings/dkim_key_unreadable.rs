//! A key record cannot be read.

use super::{Case, Explanation, Finding, Fires, Hit, KeyFault, Rule, Severity, Signature, applies};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-unreadable",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 6376 §3.6.1", "RFC 6376 §6.1.2"],
    explanation: Explanation {
        summary: "DKIM key record that cannot be read",
        means: "The TXT record at the selector was meant as a key, and its text is not \
                well-formed: the key in p= is no base64, a tag is missing or stands twice, or v= \
                is not DKIM1.",
        matters: "The signature cannot be verified and counts as none.",
        todo: "Enter the record again from where the key was made, whole and with nothing added. \
               Pages that show long text with three dots at its end do not give the whole key.",
        example: "wrong: shop._domainkey.example.com. 300 TXT \"v=DKIM1; k=rsa; p=MIIBIj...\"\n\
                  right: shop._domainkey.example.com. 300 TXT \"v=DKIM1; k=rsa; p=MIIBIjANBg\"",
    },
    applies: applies::has_own_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::Unreadable => case.key_hit(&RULE, signature),
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let cause = explain::dkim::cause(signature.verdict).to_string();
    let name = hit.values.text("name")?;
    let message = format!("the key record at {name} cannot be read: {cause}");
    let fix = match case.is_easy(signature) {
        true => case.alias_fix(signature, "replace the TXT record by the CNAME"),
        false => case.text_fix(
            signature,
            "enter the record again, whole, from the tool or service that made the key",
            None,
        ),
    };
    Some(hit.says(message, cause).with_fix(fix))
}
