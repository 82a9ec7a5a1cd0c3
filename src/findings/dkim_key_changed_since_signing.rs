//! The key at the selector is another than when the message was signed.

use super::case::KeyFault;
use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-changed-since-signing",
    severity: Severity::Notice,
    cites: &["RFC 6376 §3.1", "RFC 6376 §6.1.3"],
    explanation: Explanation {
        summary: "DKIM key that was replaced under the same selector since it was signed",
        means: "The key that is published now did not make the signature. When the message came, \
                another one stood there: the receiver verified with it, or it is a selector of \
                SES, which puts new keys behind its selectors.",
        matters: "The signature of this message cannot be checked any more. That says nothing \
                  against the sender.",
        todo: "Nothing for keys of SES. For keys of your own: a new key under a new selector \
               keeps the signatures of old mail valid, and those of mail on its way.",
        example: "2025: TOKEN._domainkey.amazonses.com TXT \"p=MIGf…old\"\n\
                  2026: TOKEN._domainkey.amazonses.com TXT \"p=MIGf…new\"",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (signature, fault) in case.key_faults() {
        let (KeyFault::Changed, Some(key)) = (fault, &signature.verdict.key) else {
            continue;
        };
        let message = format!(
            "another key stands at {} than when {} was made, which therefore cannot be checked again",
            key.name,
            signature.name()
        );
        let evidence = case
            .at_key(signature)
            .says("a key that did not make the signature");
        findings
            .add(message, evidence)
            .also([case
                .at_verdict(signature)
                .says(explain::dkim::cause(signature.verdict).to_string())])
            .also(case.at_recorded(signature))
            .fix(Fix::new("nothing to do about this message"));
    }
}
