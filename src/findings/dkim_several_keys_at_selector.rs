//! More than one TXT record at a selector.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, Signature, applies};
use crate::Limits;
use crate::dkim::KeyRecord;
use crate::dns::change::RecordChange;

pub(super) const RULE: Rule = Rule {
    code: "dkim-several-keys-at-selector",
    severity: Severity::Warning,
    cites: &["RFC 6376 §3.6.2.2"],
    explanation: Explanation {
        summary: "DKIM selector with several TXT records",
        means: "Just one TXT record may stand at a selector. Here there are more, and the \
                standard leaves it open which of them a receiver takes.",
        matters: "Some receivers try each record, some take the first that comes, and DNS gives \
                  them in any order. So the same signature passes in one place and fails in \
                  another.",
        todo: "Keep the record of the key that signs, and remove the others. For a change of \
               keys publish the new one under a new selector.",
        example: "wrong: app._domainkey.example.com. 300 TXT \"v=DKIM1; k=rsa; p=OLD…\"\n\
                  and:   app._domainkey.example.com. 300 TXT \"v=DKIM1; k=rsa; p=NEW…\"\n\
                  right: app2._domainkey.example.com. 300 TXT \"v=DKIM1; k=rsa; p=NEW…\"",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (signature, key) in case.own_keys() {
        if key.records < 2 {
            continue;
        }
        let message = format!(
            "{} TXT records stand at {}; expected one, the key of {}",
            key.records,
            key.name,
            signature.name()
        );
        let texts = case.key_texts(signature);
        let evidence = texts
            .iter()
            .map(|text| case.at_key(signature).says(beginning(text)));
        let evidence: Vec<_> = evidence.collect();
        let Some((first, others)) = evidence.split_first() else {
            continue;
        };
        findings
            .add(message, first.clone())
            .also(others.iter().cloned())
            .fix(fix(case, signature, &texts));
    }
}

/// Where one text is a key and the others are none, those have to go.
fn fix(case: &Case<'_>, signature: Signature<'_>, texts: &[String]) -> Fix {
    let Some(key) = &signature.verdict.key else {
        return Fix::default();
    };
    let limits = Limits::default();
    let is_key = |text: &&String| KeyRecord::parse(text.as_bytes(), &limits).is_ok();
    let (keys, others): (Vec<_>, Vec<_>) = texts.iter().partition(is_key);
    if keys.len() == 1 {
        let remove = |text: &String| RecordChange::txt(key.name.clone(), text).removing();
        let others = others.into_iter().map(remove);
        return case.text_fix(
            signature,
            "keep the key and remove the other records",
            others,
        );
    }
    let which = key.fitting_record().map_or(String::new(), |number| {
        format!(" (as listed here, number {number} made this signature)")
    });
    let what = format!("keep the record of the key that signs, and remove the others{which}");
    case.text_fix(signature, &what, None)
}

fn beginning(text: &str) -> String {
    let start: String = text.chars().take(40).collect();
    match start.len() < text.len() {
        true => format!("a record that begins with {start:?}"),
        false => format!("the record {start:?}"),
    }
}
