//! More than one TXT record at a selector.

use super::{
    Case, Explanation, Finding, Fires, Fix, Hit, KeyFault, Rule, Severity, Signature, applies,
};
use crate::Limits;
use crate::dkim::KeyRecord;
use crate::dns::change::RecordChange;

pub(super) const RULE: Rule = Rule {
    code: "dkim-several-keys-at-selector",
    severity: Severity::Warning,
    wants_message: false,
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
    applies: applies::has_own_key,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let several = case.own_keys().filter(|(_, key)| key.records > 1);
    let hits = several.filter_map(|(signature, key)| {
        let texts = case.key_texts(signature);
        // The strings of one key are none to choose from.
        let name = signature.written.key_name();
        let is_split = case.key_faults().any(|(other, fault)| {
            matches!(fault, KeyFault::Split(..)) && other.written.key_name() == name
        });
        let is_choice = !texts.is_empty() && !is_split;
        let hit = case.key_hit(&RULE, signature).filter(|_| is_choice)?;
        let hit = hit.with("count", key.records).with("records", texts);
        Some(match key.fitting_record() {
            Some(number) => hit.with("fitting", number),
            None => hit,
        })
    });
    hits.collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let message = format!(
        "{} TXT records stand at {}; expected one, the key of {}",
        hit.values.number("count")?,
        hit.values.text("name")?,
        signature.name()
    );
    let (first, others) = hit.values.list("records")?.split_first()?;
    let others = others.iter();
    let others = others.map(|text| hit.mark.clone().says(beginning(text)));
    let finding = hit.says(message, beginning(first)).with_evidence(others);
    Some(finding.with_fix(fix(case, signature, hit)?))
}

/// If only one text is a key, the others have to be removed.
fn fix(case: &Case<'_>, signature: Signature<'_>, hit: &Hit) -> Option<Fix> {
    let name = &signature.verdict.key.as_ref()?.name;
    let limits = Limits::default();
    let is_key = |text: &&String| KeyRecord::parse(text.as_bytes(), &limits).is_ok();
    let texts = hit.values.list("records")?.iter();
    let (keys, others): (Vec<_>, Vec<_>) = texts.partition(is_key);
    if keys.len() == 1 {
        let remove = |text: &String| RecordChange::txt(name.clone(), text).removing();
        let what = "keep the key and remove the other records";
        return Some(case.text_fix(signature, what, others.into_iter().map(remove)));
    }
    if keys.is_empty() {
        let what = "none of them is a key: publish the key in one record, and remove these";
        return Some(case.text_fix(signature, what, None));
    }
    let which = hit
        .values
        .number("fitting")
        .map_or(String::new(), |number| {
            format!(" (as listed here, number {number} made this signature)")
        });
    let what = format!("keep the record of the key that signs, and remove the others{which}");
    Some(case.text_fix(signature, &what, None))
}

fn beginning(text: &str) -> String {
    let start: String = text.chars().take(40).collect();
    match start.len() < text.len() {
        true => format!("a record that begins with {start:?}"),
        false => format!("the record {start:?}"),
    }
}
