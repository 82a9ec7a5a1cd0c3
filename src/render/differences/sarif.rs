//! SARIF 2.1.0, for services that collect results of analysers.

use std::io::{self, Write};
use std::path::{Component, Path};

use serde_json::{Value, json};

use super::{because, headline, label, lines, why};
use crate::corpus::{Change, Changed, Check, Difference, DifferenceKind};
use crate::render::escape::plain;

/// The rules, each with a description.
const RULES: [(&str, &str); 15] = [
    (
        "corpus/message-changed",
        "The message itself is not the one that was recorded",
    ),
    (
        "corpus/analysis-changed",
        "Whether the message can be analysed is not as recorded",
    ),
    (
        "corpus/conclusion-changed",
        "The conclusion is not as recorded",
    ),
    ("corpus/dmarc-changed", "DMARC is not as recorded"),
    (
        "corpus/spf-changed",
        "SPF for the reverse-path is not as recorded",
    ),
    (
        "corpus/helo-changed",
        "SPF for the HELO name is not as recorded",
    ),
    (
        "corpus/dkim-changed",
        "A DKIM signature is not judged as recorded",
    ),
    ("corpus/arc-changed", "ARC is not as recorded"),
    (
        "corpus/claim-changed",
        "A receiver's result compares with ours otherwise than recorded",
    ),
    (
        "corpus/finding-changed",
        "The findings are not those that were recorded",
    ),
    ("corpus/new", "Nothing is expected of the message yet"),
    ("corpus/removed", "The message is there no more"),
    ("corpus/renamed", "The message has another name"),
    (
        "corpus/unreadable",
        "What is expected of the message cannot be read",
    ),
    (
        "corpus/second-changed",
        "What a second engine says is not as recorded",
    ),
];

/// Writes one run, with a result for each verdict that changed.
pub fn write(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    let rules = RULES.map(|(id, text)| json!({"id": id, "shortDescription": {"text": text}}));
    let results: Vec<Value> = check.differences.iter().flat_map(results).collect();
    let sarif = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "sesauth",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "results": results,
        }],
    });
    crate::render::json::write(&sarif, out)
}

fn results(difference: &Difference) -> Vec<Value> {
    let kind = match difference.kind {
        DifferenceKind::Changed => None,
        DifferenceKind::New => Some(10),
        DifferenceKind::Removed => Some(11),
        DifferenceKind::Renamed => Some(12),
        DifferenceKind::Unreadable => Some(13),
    };
    let whole = kind.map(|rule| {
        let text: Vec<String> = lines(difference).iter().map(super::Line::joined).collect();
        let level = match difference.kind {
            DifferenceKind::Renamed => "note",
            _ => "error",
        };
        result(difference, rule, level, &text.join("\n"))
    });
    let changes = difference.changes.iter().map(|change| {
        let reasons = difference.reasons.iter().map(|reason| plain(why(reason)));
        let text = [format!("{} {}", label(change), headline(change))].into_iter();
        let text = text.chain(because(change)).map(plain).chain(reasons);
        let text: Vec<String> = text.collect();
        result(difference, rule(change), "error", &text.join("\n"))
    });
    whole.into_iter().chain(changes).collect()
}

/// The index of a change's rule in [`RULES`].
fn rule(change: &Change) -> usize {
    match change.part {
        Changed::Message => 0,
        Changed::Error => 1,
        Changed::Conclusion => 2,
        Changed::Dmarc => 3,
        Changed::Spf => 4,
        Changed::Helo => 5,
        Changed::Dkim => 6,
        Changed::Arc => 7,
        Changed::Claim => 8,
        Changed::Finding => 9,
        Changed::Second => 14,
    }
}

fn result(difference: &Difference, rule: usize, level: &str, text: &str) -> Value {
    json!({
        "ruleId": RULES[rule].0,
        "ruleIndex": rule,
        "level": level,
        "message": {"text": format!("{}: {text}", plain(&difference.name))},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": uri(&difference.file)},
                "region": {"startLine": 1},
            },
        }],
    })
}

/// A path as a URI reference (RFC 3986 §4.1), octet by octet.
fn uri(path: &Path) -> String {
    let mut out = String::new();
    if path.is_absolute() {
        out.push_str("file://");
    }
    let parts = path.components().filter_map(|part| match part {
        Component::CurDir | Component::RootDir => None,
        part => Some(part.as_os_str().as_encoded_bytes()),
    });
    for (index, part) in parts.enumerate() {
        if index > 0 || path.is_absolute() {
            out.push('/');
        }
        for byte in part {
            match byte {
                b'-' | b'.' | b'_' | b'~' => out.push(char::from(*byte)),
                byte if byte.is_ascii_alphanumeric() => out.push(char::from(*byte)),
                byte => out.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    out
}
