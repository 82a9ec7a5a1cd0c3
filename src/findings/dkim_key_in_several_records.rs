//! The strings of one key record stand in several records.

use super::{Case, Explanation, Finding, Fires, Hit, KeyFault, Rule, Severity, Signature, applies};
use crate::dns::change::RecordChange;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-in-several-records",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 6376 §3.6.2.2", "RFC 1035 §3.3.14"],
    explanation: Explanation {
        summary: "DKIM key that was split over several TXT records",
        means: "One string of a TXT record holds 255 octets, so a long key is written in two \
                strings. Both belong into one record. Here each string was entered as a record of \
                its own: none of them is a key.",
        matters: "DNS gives the records in any order, and receivers do not join them. The \
                  signature cannot be verified and counts as none.",
        todo: "Put the strings into one record, one behind the other in quotes, and remove the \
               others. In a form with one field for the text, enter the whole text without a break.",
        example: "wrong: shop._domainkey 300 TXT \"v=DKIM1; k=rsa; p=MIIB…48rro\"\n\
                  and:   shop._domainkey 300 TXT \"pomx…AQAB\"\n\
                  right: shop._domainkey 300 TXT \"v=DKIM1; k=rsa; p=MIIB…48rro\" \"pomx…AQAB\"",
    },
    applies: applies::has_own_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    let KeyFault::Split(parts, joined) = fault else {
        return None;
    };
    let hit = case.key_hit(&RULE, signature)?;
    let others = case.key_texts(signature).len().saturating_sub(*parts);
    let hit = hit.with("count", *parts).with("others", others);
    Some(match joined {
        Some(joined) => hit.with("expected", joined.as_str()),
        None => hit,
    })
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let key = signature.verdict.key.as_ref()?;
    let others = hit.values.number("others")?;
    let beside = match others {
        0 => String::new(),
        1 => ", beside one that is no part of it".into(),
        others => format!(", beside {others} that are no part of it"),
    };
    let message = format!(
        "the key at {} is split over {} TXT records{beside}; expected one record with their texts \
         as its strings",
        key.name,
        hit.values.number("count")?
    );
    let what = match others {
        0 => "publish one record in place of these",
        _ => "publish one record in place of all that stand there",
    };
    let fix = match (case.is_easy(signature), hit.values.text("expected")) {
        (true, _) => case.alias_fix(signature, "replace the TXT records by the CNAME"),
        (false, joined) => {
            let record = joined.map(|text| RecordChange::txt(key.name.clone(), text).replacing());
            case.text_fix(signature, what, record)
        }
    };
    let cause = explain::dkim::cause(signature.verdict).to_string();
    Some(hit.says(message, cause).with_fix(fix))
}
