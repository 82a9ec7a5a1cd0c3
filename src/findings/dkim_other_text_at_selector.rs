//! A text at the selector that is not a key.

use super::{
    Case, Explanation, Finding, Fires, Fix, Hit, KeyFault, Rule, Severity, Signature, applies,
};
use crate::dns::Question;
use crate::explain;
use crate::spf::record::is_spf;

pub(super) const RULE: Rule = Rule {
    code: "dkim-other-text-at-selector",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 6376 §6.1.2", "RFC 4592 §2.2"],
    explanation: Explanation {
        summary: "DKIM selector with another text than a key",
        means: "At the selector stands a TXT record that was meant for something else, as SPF or \
                the verification of a domain. Often nobody put it there: a wildcard record \
                (*.example.com) answers for every name that has no record of its own.",
        matters: "A receiver reads the text as a key, and it is none. The signature cannot be \
                  verified and counts as none.",
        todo: "Publish the key, or the CNAME that leads to it, at the selector: a wildcard does \
               not answer for a name that has records. If it is a wildcard, think of removing \
               it, as it answers at every such name, _dmarc included. If the text was entered at \
               the selector itself, remove it there.",
        example: "*.example.com. 300 TXT \"site-verification=4711\"\n\
                  dig +short TXT shop._domainkey.example.com\n\
                  \"site-verification=4711\"",
    },
    applies: applies::has_own_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    if *fault != KeyFault::OtherText {
        return None;
    }
    // An SPF record has the rule spf-record-at-dmarc-or-dkim-name, as it is the same fault at every
    // name. Several texts have the rule dkim-several-keys-at-selector.
    let texts = case.key_texts(signature);
    if texts.len() > 1 || texts.iter().any(|text| is_spf(text.as_bytes())) {
        return None;
    }
    let hit = case.key_hit(&RULE, signature)?;
    Some(hit.with("records", texts))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let key = signature.verdict.key.as_ref()?;
    let by = match is_wildcard(case, signature) {
        true => ", and so does a name beside it: a wildcard record answers",
        false => "",
    };
    let message = format!(
        "{} has a TXT record that is no key{by}; expected the key of {}",
        key.name,
        signature.name()
    );
    let fix = match case.is_easy(signature) {
        true => case.alias_fix(signature, "publish the CNAME record"),
        false => Fix::new(
            "publish the key at the selector, as the tool that made it shows it, and remove the \
             other text or the wildcard",
        )
        .check(&Question::txt(key.name.clone())),
    };
    let seen = explain::dkim::cause(signature.verdict).to_string();
    Some(hit.says(message, seen).with_fix(fix))
}

/// Whether a name next to the selector, where nobody publishes anything, has the same texts.
fn is_wildcard(case: &Case<'_>, signature: Signature<'_>) -> bool {
    let zone = case.key_zone(signature).into_iter();
    let mut beside = zone.flat_map(|zone| &zone.doubled);
    let texts = case.key_texts(signature);
    beside.any(|at| !texts.is_empty() && at.txt.texts() == texts)
}
