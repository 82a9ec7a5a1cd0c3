//! A key record contains marks that do not belong to it: quotes, backslashes, ends of lines.

use super::{Case, Explanation, Finding, Fires, Hit, KeyFault, Rule, Severity, Signature, applies};
use crate::dns::change::RecordChange;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-quoted-key",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 6376 §3.6.1", "RFC 1035 §5.1"],
    explanation: Explanation {
        summary: "DKIM key with quotes, backslashes or ends of lines in its text",
        means: "In a zone file a text stands between quotes, and some write a backslash before \
                each semicolon. Here these marks were entered into a form that wants the bare \
                text, and became part of it; or the key was pasted in lines, and their ends came \
                with it.",
        matters: "A receiver cannot read the record as a key. The signature cannot be verified \
                  and counts as none.",
        todo: "Enter the text in one line, without quotes and backslashes. A long key may be split into \
               several strings of up to 255 octets by the provider: the parts are joined as they \
               are, with nothing between them.",
        example: "wrong in a form: \"v=DKIM1\\; k=rsa\\; p=MIIB…\"\n\
                  right in a form: v=DKIM1; k=rsa; p=MIIB…\n\
                  in a zone file:  shop._domainkey 300 TXT \"v=DKIM1; k=rsa; p=MIIB…\"",
    },
    applies: applies::has_own_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::Quoted(bare) => {
            let hit = case.key_hit(&RULE, signature)?;
            Some(hit.with("expected", bare.as_str()))
        }
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let key = signature.verdict.key.as_ref()?;
    let bare = hit.values.text("expected")?;
    let message = format!(
        "the key record at {} has {} in its text; {}",
        key.name,
        marks(&case.key_texts(signature)),
        match signature.passes() {
            true => "here it is read all the same, but not by every receiver",
            false => "without them it is a key",
        }
    );
    let fix = match case.is_easy(signature) {
        true => case.alias_fix(signature, "replace the TXT record by the CNAME"),
        false => case.text_fix(
            signature,
            "enter the text in one line, without those marks",
            [RecordChange::txt(key.name.clone(), bare).replacing()],
        ),
    };
    let seen = explain::dkim::cause(signature.verdict).to_string();
    Some(hit.says(message, seen).with_fix(fix))
}

/// The marks in `texts`, in words.
fn marks(texts: &[String]) -> &'static str {
    let has = |mark: fn(char) -> bool| texts.iter().any(|text| text.contains(mark));
    let has_quotes = has(|char| matches!(char, '"' | '\'' | '\u{2018}'..='\u{201f}'));
    match (
        has_quotes,
        has(|char| char == '\\'),
        has(|char| char.is_control()),
    ) {
        (true, _, true) => "quotes and ends of lines",
        (false, _, true) => "ends of lines",
        (true, true, _) => "quotes and backslashes",
        (true, false, _) => "quotes",
        (false, true, _) => "backslashes",
        (false, false, false) => "marks that are of no key",
    }
}
