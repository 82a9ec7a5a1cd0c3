//! Planned records in the JSON of DNS providers: which kind it is, and what all kinds have in common.

mod cloudflare;
mod route53;

use std::fmt::Display;

use serde_json::{Map, Value};

use super::{Name, Record, RecordType, Txt, Zone};
use crate::Error;

/// What stands in place of the id of a record that a batch of Cloudflare deletes, where the id is not
/// known: the record follows as zone text.
pub(crate) const CLOUDFLARE_ID: &str = "ID of ";

fn wrong(problem: String) -> Error {
    Error::PlannedJson { problem }
}

/// Reads JSON of any known kind.
pub(super) fn read(text: &str) -> Result<Zone, Error> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| wrong(format!("which is not valid JSON: {error}")))?;
    let mut zone = Zone::default();
    let has = |key: &str| value.get(key).is_some();
    let first = value.as_array().and_then(|items| items.first());
    let first_has = |key: &str| first.is_some_and(|item| item.get(key).is_some());
    match () {
        () if has("ChangeBatch") => {
            let place = Place::of("ChangeBatch");
            route53::read_batch(object(&value["ChangeBatch"], &place)?, &place, &mut zone)?;
        }
        () if has("Changes") => {
            let place = Place::of("");
            route53::read_batch(object(&value, &place)?, &place, &mut zone)?;
        }
        () if has("ResourceRecordSets") => {
            let place = Place::of("ResourceRecordSets");
            route53::read_list(&value["ResourceRecordSets"], &place, &mut zone)?;
        }
        () if first_has("Name") => route53::read_list(&value, &Place::of(""), &mut zone)?,
        () if ["posts", "puts", "patches", "deletes"].into_iter().any(has) => {
            cloudflare::read_batch(&value, &mut zone)?;
        }
        () if has("result") => {
            cloudflare::read_list(&value["result"], &Place::of("result"), &mut zone)?;
        }
        () if first_has("name") => cloudflare::read_list(&value, &Place::of(""), &mut zone)?,
        () => return Err(wrong(unknown(&value))),
    }
    zone.drop_repeated();
    Ok(zone)
}

fn unknown(value: &Value) -> String {
    let known = "known are a change batch of Route 53 (Changes), the output of aws route53 \
                 list-resource-record-sets, a list of dns_records of Cloudflare (result), and its \
                 batch (posts, deletes)";
    match value.get("sesauth_dns") {
        Some(_) => "which is a recording of DNS: give it to --dns, where sesauth starts".into(),
        None => format!("which is no plan that is known here; {known}"),
    }
}

/// Where in the document something is.
#[derive(Clone, Debug)]
struct Place(String);

impl Place {
    fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    fn key(&self, key: &str) -> Self {
        match self.0.as_str() {
            "" => Self::of(key),
            place => Self(format!("{place}.{key}")),
        }
    }

    fn item(&self, at: usize) -> Self {
        Self(format!("{}[{at}]", self.0))
    }

    /// The same error with this place.
    fn located(&self, error: Error) -> Error {
        match error {
            Error::Zone { problem } => self.error(problem),
            other => other,
        }
    }

    /// An error here.
    fn error(&self, problem: impl Display) -> Error {
        match self.0.as_str() {
            "" => wrong(problem.to_string()),
            place => wrong(format!("{place}: {problem}")),
        }
    }
}

fn object<'v>(value: &'v Value, place: &Place) -> Result<&'v Map<String, Value>, Error> {
    value
        .as_object()
        .ok_or_else(|| place.error("an object is expected here"))
}

fn items<'v>(value: &'v Value, place: &Place) -> Result<&'v [Value], Error> {
    let items = value.as_array().map(Vec::as_slice);
    items.ok_or_else(|| place.error("a list is expected here"))
}

fn text<'v>(map: &'v Map<String, Value>, key: &str, place: &Place) -> Result<&'v str, Error> {
    match map.get(key) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(place.key(key).error("a text in quotes is expected here")),
        None => Err(place.error(format!("{key} is missing"))),
    }
}

fn seconds(map: &Map<String, Value>, key: &str, place: &Place) -> Result<u32, Error> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(0),
        Some(value) => {
            let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
            number.ok_or_else(|| place.key(key).error("a number of seconds is expected here"))
        }
    }
}

/// The type of this name, if records of it are kept; any other only shows that its name exists.
fn kept(kind: &str) -> Option<RecordType> {
    let mut all = RecordType::ALL.into_iter();
    all.find(|known| known.as_str().eq_ignore_ascii_case(kind))
}

/// How a provider writes an octet as three digits after a backslash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Digits {
    Octal,
    Decimal,
}

/// Undoes one escape at the start of `rest`, which follows a backslash: the octet, and its length.
fn escape(rest: &[u8], digits: Digits) -> Option<(u8, usize)> {
    let radix = match digits {
        Digits::Octal => 8,
        Digits::Decimal => 10,
    };
    let three = rest
        .get(..3)
        .filter(|three| three.iter().all(u8::is_ascii_digit));
    match three {
        Some(three) => {
            let three = std::str::from_utf8(three).ok()?;
            u8::from_str_radix(three, radix)
                .ok()
                .map(|octet| (octet, 3))
        }
        None => rest.first().map(|octet| (*octet, 1)),
    }
}

/// A name, its escapes undone; the root is `None`.
fn name(text: &str, digits: Digits, place: &Place) -> Result<Option<Name>, Error> {
    if text == "." {
        return Ok(None);
    }
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [octet, behind @ ..] = rest {
        if *octet != b'\\' {
            octets.push(*octet);
            rest = behind;
            continue;
        }
        let Some((octet, length)) = escape(behind, digits) else {
            return Err(place.error(format!("\"{text}\" has an escape that cannot be read")));
        };
        if octet == b'.' {
            return Err(place.error(format!("\"{text}\" has a dot within a label")));
        }
        octets.push(octet);
        rest = &behind[length..];
    }
    let read = Name::parse(&String::from_utf8_lossy(&octets));
    read.map(Some)
        .map_err(|error| place.error(format!("\"{text}\": {error}")))
}

/// A name that is not the root.
fn full_name(text: &str, digits: Digits, place: &Place) -> Result<Name, Error> {
    let name = name(text, digits, place)?;
    name.ok_or_else(|| place.error("the root is no name of a record here"))
}

/// The strings of a text in quotes.
fn strings(text: &str, digits: Digits, place: &Place) -> Result<Txt, Error> {
    let mut strings: Vec<Vec<u8>> = Vec::new();
    let mut rest = text.trim().as_bytes();
    loop {
        rest = rest.trim_ascii_start();
        let Some(mut inner) = rest.strip_prefix(b"\"") else {
            if rest.is_empty() && !strings.is_empty() {
                return Ok(Txt(strings));
            }
            return Err(place.error(
                "a text stands in quotation marks, each string of it in its own, and they are \
                 escaped in JSON: \"\\\"v=spf1 -all\\\"\"",
            ));
        };
        let mut string = Vec::new();
        loop {
            match inner {
                [] => return Err(place.error("a quotation mark is never closed")),
                [b'"', behind @ ..] => {
                    rest = behind;
                    break;
                }
                [b'\\', behind @ ..] => {
                    let Some((octet, length)) = escape(behind, digits) else {
                        return Err(place.error("an escape cannot be read"));
                    };
                    string.push(octet);
                    inner = &behind[length..];
                }
                [octet, behind @ ..] => {
                    string.push(*octet);
                    inner = behind;
                }
            }
        }
        if string.len() > 255 {
            return Err(place.error(format!(
                "a string has {} octets, more than the 255 that DNS allows; cut it into several, each \
                 in quotation marks",
                string.len()
            )));
        }
        strings.push(string);
    }
}

/// The data of a record of type `kind` without a priority of its own.
fn data(kind: RecordType, text: &str, digits: Digits, place: &Place) -> Result<Record, Error> {
    let no_address = |_| place.error(format!("\"{text}\" is no address for {kind}"));
    Ok(match kind {
        RecordType::A => Record::A(text.parse().map_err(no_address)?),
        RecordType::Aaaa => Record::Aaaa(text.parse().map_err(no_address)?),
        RecordType::Cname => Record::Cname(name(text, digits, place)?.unwrap_or_else(Name::root)),
        RecordType::Ns => Record::Ns(full_name(text, digits, place)?),
        RecordType::Ptr => Record::Ptr(full_name(text, digits, place)?),
        RecordType::Mx => {
            let (preference, host) = text.split_once(' ').unwrap_or((text, ""));
            let preference = preference.parse().map_err(|_| {
                place.error(format!(
                    "\"{text}\" is no preference and host, as 10 mx.example.com"
                ))
            })?;
            Record::Mx {
                preference,
                exchange: name(host.trim(), digits, place)?,
            }
        }
        RecordType::Txt => Record::Txt(strings(text, digits, place)?),
    })
}
