//! The recording that goes with the message: every question and every answer, with other names.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::keys::NewKey;
use super::text::Manner;
use super::{Replacements, content};
use crate::Limits;
use crate::dkim::{KeyRecord, PublicKey};
use crate::dns::{
    Answer, ErrorCode, ExtendedError, Failure, Lookup, LookupLine, Name, Negative, Question,
    Record, RecordType, Reply, Txt,
};
use crate::message::mime;

/// The longest string of a TXT record (RFC 1035 §3.3.14).
const STRING: usize = 255;

/// The object identifier in the wrapping of RFC 5280 (RFC 8017 §A.1).
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// How much of a key that cannot be read stays: what all keys of its size begin with.
const SAME_IN_ALL: usize = 40;

/// The keys that were made, by the text of the old one.
#[derive(Default)]
pub(super) struct NewKeys(BTreeMap<Vec<u8>, Option<NewKey>>);

impl NewKeys {
    /// The key in place of the one in a record.
    pub(super) fn get(&self, record: &[u8]) -> Option<&NewKey> {
        self.0.get(record)?.as_ref()
    }

    fn of(&mut self, record: &[u8], key: &PublicKey, all: &Replacements) -> Option<&NewKey> {
        let made = self.0.entry(record.to_vec());
        let made = made.or_insert_with(|| NewKey::in_place_of(key, &all.words));
        made.as_ref()
    }
}

impl Replacements {
    /// The lines of the recording.
    pub(super) fn recording<'l>(
        &self,
        lookups: impl Iterator<Item = &'l Lookup>,
        keys: &mut NewKeys,
        limits: &Limits,
    ) -> Vec<LookupLine> {
        let mut lines: BTreeMap<(String, String), Vec<LookupLine>> = BTreeMap::new();
        for lookup in lookups {
            let question = &lookup.question;
            let Ok(name) = Name::parse(&self.domain(question.name.as_str())) else {
                continue;
            };
            let also = self.domains.also_at(question.name.as_str());
            let also = also.and_then(|name| Name::parse(&name).ok());
            let names: Vec<Name> = [name].into_iter().chain(also).collect();
            let earlier = lookup.earlier.iter().rev();
            let replies = earlier.map(|seen| (&seen.reply, seen.at));
            for (reply, at) in replies.chain([(&lookup.reply, None)]) {
                if *reply == Reply::NotRecorded {
                    continue;
                }
                let reply = self.reply(question, reply, keys, limits);
                for name in &names {
                    let question = Question::new(name.clone(), question.kind);
                    let mut line = LookupLine::new(&question, &reply);
                    line.captured = at;
                    let key = (line.name.clone(), line.kind.clone());
                    let known = lines.entry(key).or_default();
                    let same = |one: &LookupLine| one.captured == line.captured;
                    if !known.iter().any(same) {
                        known.push(line);
                    }
                }
            }
        }
        lines.into_values().flatten().collect()
    }

    fn reply(
        &self,
        question: &Question,
        reply: &Reply,
        keys: &mut NewKeys,
        limits: &Limits,
    ) -> Reply {
        let names = |names: &[Name]| names.iter().map(|name| self.dns_name(name)).collect();
        let negative = |negative: &Negative| Negative {
            cname: names(&negative.cname),
            ..negative.clone()
        };
        match reply {
            Reply::Records(answer) => Reply::Records(Answer {
                cname: names(&answer.cname),
                records: {
                    let records = answer.records.iter();
                    let new = records.map(|record| self.record(question, record, keys, limits));
                    new.collect()
                },
                ..answer.clone()
            }),
            Reply::NoData(old) => Reply::NoData(negative(old)),
            Reply::NxDomain(old) => Reply::NxDomain(negative(old)),
            Reply::TempFail(failure) => Reply::TempFail(self.failure(failure)),
            Reply::NotRecorded => Reply::NotRecorded,
        }
    }

    /// A failure, without what servers and their answers say in their own words.
    fn failure(&self, failure: &Failure) -> Failure {
        match failure {
            Failure::Network(text) => Failure::Network(self.string(text, Manner::Record)),
            Failure::Rcode(code) => {
                let extended = code.extended.iter().map(|error| ExtendedError {
                    text: self.string(&error.text, Manner::Free),
                    ..error.clone()
                });
                Failure::Rcode(Box::new(ErrorCode::new(code.name.clone(), extended)))
            }
            Failure::Timeout => Failure::Timeout,
        }
    }

    pub(super) fn dns_name(&self, name: &Name) -> Name {
        match name.is_root() {
            true => name.clone(),
            // A name that is too long in its new form stays out of the recording.
            false => Name::parse(&self.domain(name.as_str())).unwrap_or_else(|_| Name::root()),
        }
    }

    fn record(
        &self,
        question: &Question,
        record: &Record,
        keys: &mut NewKeys,
        limits: &Limits,
    ) -> Record {
        match record {
            Record::A(ip) => match self.address(IpAddr::V4(*ip)) {
                IpAddr::V4(ip) => Record::A(ip),
                IpAddr::V6(_) => Record::A(*ip),
            },
            Record::Aaaa(ip) => match self.address(IpAddr::V6(*ip)) {
                IpAddr::V6(ip) => Record::Aaaa(ip),
                IpAddr::V4(_) => Record::Aaaa(*ip),
            },
            Record::Cname(name) => Record::Cname(self.dns_name(name)),
            Record::Ns(name) => Record::Ns(self.dns_name(name)),
            Record::Ptr(name) => Record::Ptr(self.dns_name(name)),
            Record::Mx {
                preference,
                exchange,
            } => Record::Mx {
                preference: *preference,
                exchange: exchange.as_ref().map(|name| self.dns_name(name)),
            },
            Record::Txt(txt) => {
                let old = txt.joined();
                let new = match question.kind {
                    RecordType::Txt => self.txt(&question.name, &old, keys, limits),
                    _ => self.text(&old, Manner::Free),
                };
                Record::Txt(split_as(txt, &new))
            }
        }
    }

    fn txt(&self, name: &Name, text: &[u8], keys: &mut NewKeys, limits: &Limits) -> Vec<u8> {
        let is_key = |text| KeyRecord::parse(text, limits).is_ok();
        if name.labels().any(|label| label == "_domainkey") || is_key(text) {
            return self.key_record(text, keys, limits);
        }
        let start = String::from_utf8_lossy(&text[..text.len().min(24)]).to_ascii_lowercase();
        let is_form = ["spf", "dmarc", "dkim", "v=s", "v=d", "stsv1", "tlsrpt"]
            .iter()
            .any(|word| start.contains(word));
        let is_standard = name.labels().any(super::vocabulary::is_standard_label);
        let of_service = super::domains::Domains::is_of_service(name.as_str());
        // What stands there under a wildcard may be anything.
        let is_standard = is_standard && memchr::memchr(b'=', text).is_some();
        match is_form || is_standard {
            // What services publish is known to all.
            true if of_service => text.to_vec(),
            true => self.text(text, Manner::Record),
            false => self.text(text, Manner::Free),
        }
    }

    /// A key record with a new key of the same kind and size. What is no key stays none.
    fn key_record(&self, text: &[u8], keys: &mut NewKeys, limits: &Limits) -> Vec<u8> {
        let Some(span) = span_of_key(text) else {
            return self.key_tags(text);
        };
        let old = &text[span.clone()];
        let value = match KeyRecord::parse(text, limits) {
            Ok(record) => {
                let octets = mime::decode("base64", old).unwrap_or_default();
                let plain = memchr::memmem::find(&octets, RSA_ENCRYPTION).is_none();
                keys.of(text, &record.key, self)
                    .map(|key| encoded_as(old, &key.public(plain)))
            }
            Err(_) => None,
        };
        let value = value.unwrap_or_else(|| {
            let kept = if old.trim_ascii_start().starts_with(b"MI") {
                SAME_IN_ALL
            } else {
                0
            };
            let kept = kept.min(old.len());
            let (start, rest) = old.split_at(kept);
            [start, &self.text(rest, Manner::Free)].concat()
        });
        let before = self.key_tags(&text[..span.start]);
        let after = self.key_tags(&text[span.end..]);
        [before, value, after].concat()
    }
}

impl Replacements {
    /// Tags of a key record; `n=` is a note for people (RFC 6376 §3.6.1).
    fn key_tags(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        for (number, tag) in text.split(|byte| *byte == b';').enumerate() {
            if number > 0 {
                out.push(b';');
            }
            let equals = memchr::memchr(b'=', tag).filter(|at| tag[..*at].trim_ascii() == b"n");
            let (start, note) = tag.split_at(equals.map_or(tag.len(), |at| at + 1));
            out.extend(self.text(start, Manner::Record));
            out.extend(self.text(note, Manner::Free));
        }
        out
    }
}

/// The value of `p=`.
fn span_of_key(text: &[u8]) -> Option<std::ops::Range<usize>> {
    let mut at = 0;
    for tag in text.split(|byte| *byte == b';') {
        let start = at;
        at += tag.len() + 1;
        let Some(equals) = memchr::memchr(b'=', tag) else {
            continue;
        };
        if tag[..equals].trim_ascii() == b"p" {
            return Some(start + equals + 1..start + tag.len());
        }
    }
    None
}

/// `octets` in base64, with the white space of `old` where both have one length.
pub(super) fn encoded_as(old: &[u8], octets: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let encoded = STANDARD.encode(octets);
    let digits = |text: &[u8]| {
        let digit = |byte: &&u8| !byte.is_ascii_whitespace() && **byte != b'=';
        text.iter().filter(digit).count()
    };
    match digits(old) == digits(encoded.as_bytes()) {
        true => content::filled(old, encoded.as_bytes()),
        false => {
            let start = old.len() - old.trim_ascii_start().len();
            [&old[..start], encoded.as_bytes()].concat()
        }
    }
}

/// `text` in strings as long as those of `old`.
fn split_as(old: &Txt, text: &[u8]) -> Txt {
    let mut strings = Vec::new();
    let mut rest = text;
    let same = old.joined().len() == text.len();
    for (number, string) in old.0.iter().enumerate() {
        let is_last = number + 1 == old.0.len();
        let length = if is_last && !same {
            rest.len()
        } else {
            string.len()
        };
        let length = length.min(STRING.max(string.len())).min(rest.len());
        strings.push(rest[..length].to_vec());
        rest = &rest[length..];
    }
    strings.extend(rest.chunks(STRING).map(<[u8]>::to_vec));
    Txt(strings)
}
