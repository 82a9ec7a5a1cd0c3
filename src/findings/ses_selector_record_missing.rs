//! There is no alias at a selector of Easy DKIM.

use super::case::KeyFault;
use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, Signature, applies};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "ses-selector-record-missing",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "Amazon SES Developer Guide, Easy DKIM in Amazon SES",
        "RFC 6376 §6.1.2",
    ],
    explanation: Explanation {
        summary: "missing CNAME record at the selector with which Amazon SES signed",
        means: "SES signed for your domain with one of the three keys of Easy DKIM. A receiver \
                looks for that key at TOKEN._domainkey below your domain, where a CNAME record \
                should lead it to SES. There is nothing.",
        matters: "The signature cannot be verified and counts as none. SES looks for the records \
                  from time to time: it warns by mail, and then stops signing for the domain.",
        todo: "Publish the three CNAME records that SES shows for the identity, all of them, as \
               SES signs with one at a time and changes between them. They may have been lost \
               when the DNS of the domain moved to another provider. Name and target are \
               different for each region and account.",
        example: "TOKEN._domainkey.example.com. 300 CNAME TOKEN.dkim.amazonses.com.",
    },
    applies: applies::has_easy_signature,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::AliasMissing => case.key_hit(&RULE, signature),
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let message = format!(
        "there is no CNAME at {}, where receivers look for the key of {}",
        hit.values.text("name")?,
        signature.name()
    );
    let cause = explain::dkim::cause(signature.verdict).to_string();
    let fix = case.alias_fix(signature, "publish the CNAME record");
    Some(hit.says(message, cause).with_fix(fix))
}
