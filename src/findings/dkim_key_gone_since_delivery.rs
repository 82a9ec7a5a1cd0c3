//! The receiver verified with a key that is no longer there.

use super::case::KeyFault;
use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dns::Question;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-gone-since-delivery",
    severity: Severity::Notice,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (signature, fault) in case.key_faults() {
        let (KeyFault::GoneSince, Some(key)) = (fault, &signature.verdict.key) else {
            continue;
        };
        let message = format!(
            "the receiver recorded a pass for {}, and now there is no usable key at {}",
            signature.name(),
            key.name
        );
        let fix = Fix::new(
            "nothing to do if this selector is no longer used; if it is, publish its record again",
        );
        findings
            .add(
                message,
                case.at_key(signature)
                    .says(explain::dkim::cause(signature.verdict).to_string()),
            )
            .also(case.at_recorded(signature))
            .fix(fix.check(&Question::txt(key.name.clone())));
    }
}
