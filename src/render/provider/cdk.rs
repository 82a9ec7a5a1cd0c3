//! Record sets as constructs of the AWS CDK, in TypeScript.
//!
//! A `recordName` ends with a dot: the CDK appends the zone to any other that does not end with it.
//! A `TxtRecord` cuts and quotes a text itself.

use std::io::{self, Write};

use super::{Words, bare, route53};
use crate::dns::{Name, Record, RecordSet, RecordType, SetChange};

pub(super) fn write(sets: &[&RecordSet], zone: &Name, out: &mut dyn Write) -> io::Result<()> {
    let mut words = Words::default();
    writeln!(out, "// zone is the IHostedZone of {}", bare(zone))?;
    for set in sets {
        let is_there = match set.change() {
            SetChange::Create => false,
            SetChange::Rewrite => true,
            SetChange::Nothing | SetChange::Delete => continue,
        };
        writeln!(out)?;
        if is_there {
            writeln!(
                out,
                "// This set is there: if a construct of yours has it, change that one instead; \
                 deleteExisting takes the old set away first."
            )?;
        }
        let word = words.word(&format!("{}_{}", set.kind, set.name));
        let (class, fields) = construct(set);
        writeln!(out, "new route53.{class}(this, {}, {{", string(&word))?;
        writeln!(out, "  zone,")?;
        writeln!(out, "  recordName: {},", string(&route53::name(&set.name)))?;
        for field in fields {
            writeln!(out, "  {field},")?;
        }
        writeln!(out, "  ttl: cdk.Duration.seconds({}),", set.ttl)?;
        if is_there {
            writeln!(out, "  deleteExisting: true,")?;
        }
        writeln!(out, "}});")?;
    }
    Ok(())
}

/// The class of a set, and what it says beside name and TTL.
fn construct(set: &RecordSet) -> (&'static str, Vec<String>) {
    let texts: Option<Vec<String>> = set.records.iter().map(simple_text).collect();
    let values = || list(set.records.iter().map(|record| string(&value(record))));
    let target = |values| format!("target: route53.RecordTarget.fromValues(...{values})");
    match (set.kind, texts) {
        (RecordType::Txt, Some(texts)) => {
            let texts = list(texts.iter().map(|text| string(text)));
            ("TxtRecord", vec![format!("values: {texts}")])
        }
        (RecordType::Mx, _) => {
            let values = set.records.iter().map(|record| match record {
                Record::Mx {
                    preference,
                    exchange,
                } => {
                    let host = exchange.as_ref().map_or(".".into(), route53::name);
                    format!("{{ priority: {preference}, hostName: {} }}", string(&host))
                }
                other => string(&value(other)),
            });
            ("MxRecord", vec![format!("values: {}", list(values))])
        }
        (RecordType::Cname, _) => {
            let target = set.records.first().map(value).unwrap_or_default();
            (
                "CnameRecord",
                vec![format!("domainName: {}", string(&target))],
            )
        }
        (RecordType::A, _) => ("ARecord", vec![target(values())]),
        (RecordType::Aaaa, _) => ("AaaaRecord", vec![target(values())]),
        (kind @ (RecordType::Ns | RecordType::Ptr | RecordType::Txt), _) => {
            let kind = format!("recordType: route53.RecordType.{kind}");
            ("RecordSet", vec![kind, target(values())])
        }
    }
}

/// A text that a `TxtRecord` takes as it is: it knows no escapes for other characters, and reads
/// tokens of the CDK in it.
fn simple_text(record: &Record) -> Option<String> {
    let Record::Txt(txt) = record else {
        return None;
    };
    let text = String::from_utf8(txt.joined()).ok()?;
    let is_printable = !text.is_empty() && text.bytes().all(|octet| matches!(octet, b' '..=b'~'));
    (is_printable && !text.contains("${")).then_some(text)
}

/// The data of a record for Route 53, without anything that the CDK takes for a token.
fn value(record: &Record) -> String {
    route53::value(record).replace("${", "\\044{")
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match items.len() {
        0 | 1 => format!("[{}]", items.join("")),
        _ => format!("[\n    {},\n  ]", items.join(",\n    ")),
    }
}

/// A string of TypeScript. `text` is printable ASCII.
fn string(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{text}\"")
}
