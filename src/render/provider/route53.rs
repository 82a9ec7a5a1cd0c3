//! Record sets as a change batch of Amazon Route 53.
//!
//! Route 53 keeps a set as a whole: UPSERT writes over it, CREATE fails if it is there, DELETE takes
//! exactly what is there. Characters that are not printable are written in octal, unlike zone text.

use std::io::{self, Write};

use serde::Serialize;

use crate::dns::{Name, Record, RecordSet, SetChange, zone_data};
use crate::render::json;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    comment: String,
    changes: Vec<Change>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    action: &'static str,
    resource_record_set: Set,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Set {
    name: String,
    r#type: &'static str,
    #[serde(rename = "TTL")]
    ttl: u32,
    resource_records: Vec<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Value {
    value: String,
}

/// The most characters of a comment.
const COMMENT: usize = 256;

pub(super) fn write(sets: &[&RecordSet], zone: &Name, out: &mut dyn Write) -> io::Result<()> {
    let mut changes: Vec<Change> = sets.iter().filter_map(|set| change(set)).collect();
    if changes.is_empty() {
        return Ok(());
    }
    // An alias goes before something else takes its name.
    changes.sort_by_key(|change| change.action != DELETE);
    let mut comment = format!("sesauth: for the hosted zone {}", name(zone));
    comment.truncate(COMMENT);
    json::write(&Batch { comment, changes }, out)
}

const DELETE: &str = "DELETE";

fn change(set: &RecordSet) -> Option<Change> {
    let now = set.now.as_ref();
    let (action, ttl, records) = match set.change() {
        SetChange::Nothing => return None,
        SetChange::Create => ("CREATE", set.ttl, &set.records),
        SetChange::Rewrite => ("UPSERT", set.ttl, &set.records),
        SetChange::Delete => (DELETE, now?.ttl, &now?.records),
    };
    let values = records.iter().map(|record| Value {
        value: value(record),
    });
    Some(Change {
        action,
        resource_record_set: Set {
            name: name(&set.name),
            r#type: set.kind.as_str(),
            ttl,
            resource_records: values.collect(),
        },
    })
}

/// The data of a record as Route 53 takes it.
pub(super) fn value(record: &Record) -> String {
    match record {
        Record::Cname(target) | Record::Ns(target) | Record::Ptr(target) => name(target),
        Record::Mx {
            preference,
            exchange,
        } => format!(
            "{preference} {}",
            exchange.as_ref().map_or(".".into(), name)
        ),
        Record::Txt(txt) => {
            let strings = strings(&txt.0)
                .into_iter()
                .map(|text| format!("\"{text}\""));
            strings.collect::<Vec<_>>().join(" ")
        }
        Record::A(_) | Record::Aaaa(_) => zone_data(record),
    }
}

/// The strings of a text, escaped, each of at most 255 octets.
pub(super) fn strings(txt: &[Vec<u8>]) -> Vec<String> {
    let cut = txt.iter().flat_map(|part| match part.is_empty() {
        true => vec![&part[..]],
        false => part.chunks(255).collect(),
    });
    let mut strings: Vec<String> = cut.map(escaped).collect();
    if strings.is_empty() {
        strings.push(String::new());
    }
    strings
}

fn escaped(part: &[u8]) -> String {
    let octet = |octet: &u8| match octet {
        b'"' | b'\\' => format!("\\{}", char::from(*octet)),
        b' '..=b'~' => char::from(*octet).to_string(),
        octet => format!("\\{octet:03o}"),
    };
    part.iter().map(octet).collect()
}

/// A name with its final dot, as Route 53 takes and lists it: all but letters, digits, `-`, `_` and a
/// wildcard in octal.
pub(super) fn name(name: &Name) -> String {
    if name.is_root() {
        return ".".into();
    }
    let octet = |(at, octet): (usize, u8)| match octet {
        b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(octet).to_string(),
        b'*' if at == 0 && name.as_str().starts_with("*.") => "*".into(),
        octet => format!("\\{octet:03o}"),
    };
    let text: String = name.as_str().bytes().enumerate().map(octet).collect();
    format!("{text}.")
}
