//! The words of a JSON document: what its enums say, of which the text makes sentences.

use std::collections::BTreeSet;

use serde_json::Value;

/// The keys whose values are put into words.
const KEYS: [&str; 10] = [
    "cause",
    "code",
    "difference",
    "fault",
    "note",
    "notes",
    "reason",
    "severity",
    "standing_reason",
    "stop",
];

/// The words of a document, each behind the part and the key where it stands: `dkim cause dns`.
pub fn words(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (part, value) in document.as_object().unwrap() {
        if KEYS.contains(&part.as_str()) {
            name(value, part, &mut found);
        }
        collect(value, part, &mut found);
    }
    found
}

fn collect(value: &Value, part: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, part, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                if KEYS.contains(&key.as_str()) {
                    name(value, &format!("{part} {key}"), found);
                }
                collect(value, part, found);
            }
        }
        _ => (),
    }
}

/// Takes the name of a variant: a word, or the only key of an object, with the name within it.
fn name(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => return items.iter().for_each(|item| name(item, path, found)),
        Value::String(text) if is_word(text) => {
            found.insert(format!("{path} {text}"));
            return;
        }
        Value::Object(fields) if fields.len() == 1 => {
            let (key, value) = fields.iter().next().unwrap();
            if KEYS.contains(&key.as_str()) {
                return;
            }
            if is_word(key) {
                name(value, &format!("{path} {key}"), found);
                return;
            }
        }
        _ => (),
    }
    found.insert(path.to_owned());
}

fn is_word(text: &str) -> bool {
    let mut parts = text.split('-');
    let is_plain = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9');
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && parts.all(|part| !part.is_empty() && part.bytes().all(is_plain))
}
