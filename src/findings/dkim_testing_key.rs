//! A key says that the domain only tests DKIM.

use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};
use crate::dns::change::RecordChange;

pub(super) const RULE: Rule = Rule {
    code: "dkim-testing-key",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 6376 §3.6.1 (t=)"],
    explanation: Explanation {
        summary: "DKIM key that says its domain only tests DKIM (t=y)",
        means: "The tag t=y in a key record says that the domain is testing DKIM. Receivers are \
                then not to treat mail with a failing signature worse than unsigned mail, and \
                some do not count a signature that passes.",
        matters: "A receiver that takes the domain at its word treats the mail as unsigned. \
                  Outlook writes dkim=test for it.",
        todo: "When the signatures pass, take t=y out of the record. Easy DKIM needs no such \
               record at all.",
        example: "before: shop._domainkey.example.com. 300 TXT \"v=DKIM1; t=y; k=rsa; p=MIIB…\"\n\
                  after:  shop._domainkey.example.com. 300 TXT \"v=DKIM1; k=rsa; p=MIIB…\"",
    },
    applies: applies::has_own_key,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let keys = case.own_keys();
    let testing = keys.filter(|(signature, _)| signature.verdict.testing);
    testing
        .filter_map(|(signature, _)| case.key_hit(&RULE, signature))
        .collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let key = signature.verdict.key.as_ref()?;
    let message = format!(
        "the key at {} says t=y: receivers may treat {} as none",
        key.name,
        signature.name()
    );
    let record = match &case.key_texts(signature)[..] {
        [text] => Some(RecordChange::txt(key.name.clone(), &without_testing(text)).replacing()),
        _ => None,
    };
    let fix = case.text_fix(signature, "take t=y out of the key record", record);
    Some(hit.says(message, "t=y").with_fix(fix))
}

/// The record without `y` in `t=`; other flags are kept.
fn without_testing(text: &str) -> String {
    let tags = text.split(';').filter_map(|tag| {
        let Some((name, flags)) = tag.split_once('=') else {
            return Some(tag.to_owned());
        };
        if name.trim() != "t" {
            return Some(tag.to_owned());
        }
        let flags: Vec<_> = flags
            .split(':')
            .map(str::trim)
            .filter(|one| !one.eq_ignore_ascii_case("y"))
            .collect();
        (!flags.is_empty()).then(|| format!("{name}={}", flags.join(":")))
    });
    tags.collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_flag_of_testing_is_taken_out() {
        for (before, after) in [
            ("v=DKIM1; t=y; p=YWJj", "v=DKIM1; p=YWJj"),
            ("v=DKIM1; t=y:s; p=YWJj", "v=DKIM1; t=s; p=YWJj"),
            ("t=y", ""),
        ] {
            assert_eq!(without_testing(before), after);
        }
    }
}
