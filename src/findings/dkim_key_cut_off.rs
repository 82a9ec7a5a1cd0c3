//! A key record ends before its key does.

use super::case::STRING;
use super::{Case, Explanation, Finding, Fires, Hit, KeyFault, Rule, Severity, Signature, applies};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-cut-off",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 6376 §3.6.2.2", "RFC 1035 §3.3"],
    explanation: Explanation {
        summary: "DKIM key that was cut off, most often after 255 octets",
        means: "The key in p= states its own length, and the record ends before that. One string \
                of a TXT record holds 255 octets, and a key of 2048 bits needs some 400: a DNS \
                form that takes just one string cuts the rest off without a word.",
        matters: "The signature cannot be verified and counts as none.",
        todo: "Enter the whole text again, from where the key was made. Most forms take it as it \
               is and split it by themselves. Where a form does not, write it as two strings in \
               quotes, each of at most 255 octets, in one record. Receivers join them with \
               nothing between. Two records do not do: each would be read as a key. A provider \
               that cannot store it takes a CNAME to a zone that can, or a key of 1024 bits.",
        example: "wrong: shop._domainkey 300 TXT \"v=DKIM1; k=rsa; p=MIIB…48rro\"\n\
                  right: shop._domainkey 300 TXT \"v=DKIM1; k=rsa; p=MIIB…48rro\" \"pomx…AQAB\"",
    },
    applies: applies::has_own_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    let KeyFault::CutOff(cut) = fault else {
        return None;
    };
    let hit = case.key_hit(&RULE, signature)?;
    let hit = hit.with("octets", cut.octets);
    Some(match cut.missing {
        Some(missing) => hit.with("missing", missing),
        None => hit,
    })
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let name = hit.values.text("name")?;
    let octets = hit.values.number("octets")?;
    let missing = hit.values.number("missing");
    let at = match octets == STRING as u64 {
        true => format!("{octets} octets, all that one string of a TXT record holds"),
        false => format!("{octets} octets"),
    };
    let lacks = match missing {
        Some(1) => "the last character of p= is missing".into(),
        Some(missing) => format!("the last {missing} characters of p= are missing"),
        None => "the end of p= is missing".into(),
    };
    let message = format!("the key record at {name} is cut off after {at}: {lacks}");
    let fix = match case.is_easy(signature) {
        true => case.alias_fix(signature, "replace the TXT record by the CNAME"),
        false => case.text_fix(signature, &in_two(case, signature, missing), None),
    };
    let cause = explain::dkim::cause(signature.verdict).to_string();
    Some(hit.says(message, cause).with_fix(fix))
}

/// How to enter the whole text, with the form of the record.
fn in_two(case: &Case<'_>, signature: Signature<'_>, missing: Option<u64>) -> String {
    let texts = case.key_texts(signature);
    let text = texts.iter().find(|text| text.len() == STRING);
    let strings = match (text, missing) {
        (Some(text), Some(missing)) => format!(
            "{}, which stand there now, and then \"the {missing} characters that follow\"",
            ends_of(text)
        ),
        _ => format!("the first {STRING} octets of the text, and then \"the rest\""),
    };
    format!(
        "enter the whole text again, from the tool or service that made the key. Where the form \
         does not split it by itself, enter two strings in one record: {strings}"
    )
}

/// How a long text begins and ends, in quotes.
fn ends_of(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let start: String = chars.iter().take(30).collect();
    let end: String = chars.iter().skip(chars.len().saturating_sub(8)).collect();
    format!("\"{start}…{end}\"")
}
