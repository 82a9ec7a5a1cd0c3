//! Names and records in zone-file form (RFC 1035 §5.1), and replies in words.

use super::{ErrorCode, ExtendedError, Failure, Name, Record, Reply, Txt};

/// Octets of one character-string (RFC 1035 §3.3).
const STRING: usize = 255;

/// The record data: what follows the type in a zone file.
pub(crate) fn zone_data(record: &Record) -> String {
    match record {
        Record::A(ip) => ip.to_string(),
        Record::Aaaa(ip) => ip.to_string(),
        Record::Cname(name) | Record::Ns(name) | Record::Ptr(name) => zone_name(name),
        Record::Mx {
            preference,
            exchange,
        } => format!(
            "{preference} {}",
            exchange.as_ref().map_or(".".into(), zone_name)
        ),
        Record::Txt(txt) => quoted(&split(txt), |part| {
            part.iter().map(|byte| escaped(*byte)).collect()
        }),
    }
}

/// Whether the data of a record is longer than DNS allows (RFC 1035 §3.2.1): a recording that was
/// not made by asking DNS may hold such a text.
pub(crate) fn is_too_long(record: &Record) -> bool {
    match record {
        Record::Txt(txt) => {
            let lengths = split(txt).0.into_iter().map(|part| part.len() + 1);
            lengths.sum::<usize>() > usize::from(u16::MAX)
        }
        _ => false,
    }
}

/// The same text in strings that DNS allows. A recording may hold longer ones, or none.
fn split(txt: &Txt) -> Txt {
    let parts = txt.0.iter().flat_map(|part| match part.is_empty() {
        true => vec![Vec::new()],
        false => part.chunks(STRING).map(<[u8]>::to_vec).collect(),
    });
    let parts: Vec<_> = parts.collect();
    match parts.is_empty() {
        true => Txt(vec![Vec::new()]),
        false => Txt(parts),
    }
}

/// A reply in words, one line each: first the aliases, then the records or that there are none.
pub(crate) fn in_words(reply: &Reply) -> Vec<String> {
    let aliases = reply.cname().iter().map(|name| format!("CNAME {name}"));
    let mut lines: Vec<String> = aliases.collect();
    match reply {
        Reply::Records(answer) => lines.extend(answer.records.iter().map(data)),
        Reply::NoData(_) => lines.push("no record of this type (NODATA)".into()),
        Reply::NxDomain(_) => lines.push("no such name (NXDOMAIN)".into()),
        Reply::TempFail(failure) => lines.push(format!("no answer: {}", failure_in_words(failure))),
        Reply::NotRecorded => lines.push("not in the recorded DNS".into()),
    }
    lines
}

/// A failure, with what the server says of it.
pub(crate) fn failure_in_words(failure: &Failure) -> String {
    match failure {
        Failure::Rcode(code) => code_in_words(code),
        failure => failure.to_string(),
    }
}

/// An error code, with what the server says of it: `SERVFAIL (DNSSEC Bogus: "signature expired")`.
pub(super) fn code_in_words(code: &ErrorCode) -> String {
    if code.extended.is_empty() {
        return code.to_string();
    }
    let errors = code.extended.iter().map(extended);
    format!("{code} ({})", errors.collect::<Vec<_>>().join("; "))
}

fn extended(error: &ExtendedError) -> String {
    let name = match error.name() {
        Some(name) => name.to_owned(),
        None => format!("extended error {}", error.code),
    };
    match error.text.as_str() {
        "" => name,
        text => format!("{name}: \"{text}\""),
    }
}

fn data(record: &Record) -> String {
    match record {
        Record::A(ip) => ip.to_string(),
        Record::Aaaa(ip) => ip.to_string(),
        Record::Cname(name) | Record::Ns(name) | Record::Ptr(name) => name.to_string(),
        Record::Mx {
            preference,
            exchange,
        } => format!(
            "{preference} {}",
            exchange.as_ref().map_or(".", Name::as_str)
        ),
        Record::Txt(txt) => quoted(txt, |part| String::from_utf8_lossy(part).into_owned()),
    }
}

/// `text` as a TXT record, split into as many strings as it needs.
pub(crate) fn txt(text: &str) -> Record {
    let strings = text.as_bytes().chunks(STRING).map(<[u8]>::to_vec);
    Record::Txt(Txt(strings.collect()))
}

/// The strings of a TXT record in quotes; `escape` writes the bytes of each.
fn quoted(txt: &Txt, escape: impl Fn(&[u8]) -> String) -> String {
    let strings = txt.0.iter().map(|part| format!("\"{}\"", escape(part)));
    strings.collect::<Vec<_>>().join(" ")
}

/// A name with its final dot. Characters with a meaning in a zone file are escaped.
pub(crate) fn zone_name(name: &Name) -> String {
    if name.is_root() {
        return ".".into();
    }
    let escaped = name.as_str().bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        b'.' | b'-' | b'_' | b'*' => char::from(byte).to_string(),
        byte => format!("\\{byte:03}"),
    });
    format!("{}.", escaped.collect::<String>())
}

fn escaped(byte: u8) -> String {
    match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        byte => format!("\\{byte:03}"),
    }
}
