//! The receiver verified with a key that no longer exists.

use super::{
    Case, Explanation, Finding, Fires, Fix, Hit, KeyFault, Rule, Severity, Signature, applies,
};
use crate::dns::Question;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-gone-since-delivery",
    severity: Severity::Notice,
    wants_message: true,
    cites: &["RFC 6376 §6.1.2", "RFC 8601 §2.7.1"],
    explanation: Explanation {
        summary: "DKIM key that was there when it was received, and is not there now",
        means: "The receiver recorded that the signature verified. Now its key cannot be found \
                or read: it was removed or replaced since. So the signature of this message \
                cannot be checked any more.",
        matters: "For an old message that is as it should be: keys are removed when they are no \
                  longer used. If mail is still signed with this selector, its signatures fail \
                  now.",
        todo: "See which selector your mail is signed with today. If it is this one, publish the \
               record again; for Easy DKIM all three CNAME records that SES shows. If not, there \
               is nothing to do.",
        example: "Authentication-Results: mx.example.net; dkim=pass header.s=shop2025 …\n\
                  dig +short TXT shop2025._domainkey.example.com      no answer",
    },
    applies: applies::has_own_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::GoneSince => case.key_hit(&RULE, signature),
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let key = signature.verdict.key.as_ref()?;
    let message = format!(
        "the receiver recorded a pass for {}, and now there is no usable key at {}",
        signature.name(),
        key.name
    );
    let seen = explain::dkim::cause(signature.verdict).to_string();
    let fix = Fix::new(
        "nothing to do if this selector is no longer used; if it is, publish its record again",
    );
    let finding = hit.says(message, seen);
    let finding = finding.with_evidence(case.at_recorded(signature));
    Some(finding.with_fix(fix.check(&Question::txt(key.name.clone()))))
}
