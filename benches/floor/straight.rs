//! The work that no verifier can leave out, in the shortest form that is enough for well-formed
//! mail: lines end with CRLF, keys are RSA, hashes are SHA-256, the whole body is signed. It
//! explains nothing and uses no code of the library.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use memchr::{memchr, memchr_iter, memchr2};
use serde::Deserialize;

/// Reads messages, one file after the other into the same memory.
pub struct Straight {
    /// The keys by their name in DNS.
    keys: HashMap<String, ParsedPublicKey>,
    bytes: Vec<u8>,
    signed: Vec<u8>,
}

struct Field<'a> {
    /// Its bytes, with the CRLF at the end.
    whole: &'a [u8],
    name: &'a [u8],
    /// The text after the colon, without the CRLF at the end.
    body: &'a [u8],
}

/// A line of recorded DNS, with what is needed for keys.
#[derive(Deserialize)]
struct Recorded {
    #[serde(default)]
    name: String,
    #[serde(default)]
    records: Vec<serde_json::Value>,
}

impl Straight {
    /// A reader with the keys in the recording `dns`, parsed.
    pub fn new(dns: &Path) -> io::Result<Self> {
        let mut keys = HashMap::new();
        for line in fs::read_to_string(dns)?.lines() {
            let recorded: Recorded = serde_json::from_str(line)?;
            let strings = recorded.records.first().and_then(|txt| txt.as_array());
            let strings = strings.into_iter().flatten();
            let text: String = strings.filter_map(|string| string.as_str()).collect();
            if recorded.name.contains("._domainkey.")
                && let Some(key) = key(&text)
            {
                keys.insert(recorded.name, key);
            }
        }
        Ok(Self {
            keys,
            bytes: Vec::new(),
            signed: Vec::new(),
        })
    }

    /// The valid signatures of the message in this file, topmost first.
    pub fn judge(&mut self, file: &Path) -> io::Result<Vec<bool>> {
        let mut file = File::open(file)?;
        let size = usize::try_from(file.metadata()?.len()).unwrap_or_default();
        self.bytes.resize(size, 0);
        file.read_exact(&mut self.bytes)?;
        let (fields, body) = header(&self.bytes);
        // The hash with c=simple and the one with c=relaxed.
        let mut hashes = [None, None];
        let signatures = fields.iter().filter(|field| is(field, b"DKIM-Signature"));
        Ok(signatures
            .map(|field| {
                let signed = &mut self.signed;
                signature(field, &fields, body, &mut hashes, &self.keys, signed).is_some()
            })
            .collect())
    }
}

fn key(record: &str) -> Option<ParsedPublicKey> {
    let p = record
        .split(';')
        .find_map(|tag| tag.trim().strip_prefix("p="))?;
    let der = BASE64.decode(p).ok()?;
    ParsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, der).ok()
}

/// The fields, and the body.
fn header(bytes: &[u8]) -> (Vec<Field<'_>>, &[u8]) {
    let mut fields = Vec::with_capacity(64);
    let mut start = 0;
    for end in memchr_iter(b'\n', bytes) {
        if start == end || &bytes[start..end] == b"\r" {
            return (fields, &bytes[end + 1..]);
        }
        if matches!(bytes.get(end + 1), Some(b' ' | b'\t')) {
            continue;
        }
        let whole = &bytes[start..=end];
        if let Some(colon) = memchr(b':', whole) {
            fields.push(Field {
                whole,
                name: &whole[..colon],
                body: unended(&whole[colon + 1..]),
            });
        }
        start = end + 1;
    }
    (fields, &[])
}

/// A line, or a field, without its CRLF.
fn unended(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r\n").unwrap_or(line)
}

fn is(field: &Field<'_>, name: &[u8]) -> bool {
    field.name.trim_ascii().eq_ignore_ascii_case(name)
}

/// The value of a tag, and its position.
fn tag<'t>(text: &'t str, wanted: &str) -> Option<(&'t str, Range<usize>)> {
    let mut at = 0;
    for spec in text.split(';') {
        let start = at;
        at += spec.len() + 1;
        if let Some((name, value)) = spec.split_once('=')
            && name.trim() == wanted
        {
            return Some((value.trim(), start + name.len() + 1..start + spec.len()));
        }
    }
    None
}

fn decode(base64: &str) -> Option<Vec<u8>> {
    let base64: Vec<u8> = base64
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    BASE64.decode(base64).ok()
}

/// `Some` if the signature is valid.
fn signature(
    field: &Field<'_>,
    fields: &[Field<'_>],
    body: &[u8],
    hashes: &mut [Option<Vec<u8>>; 2],
    keys: &HashMap<String, ParsedPublicKey>,
    signed: &mut Vec<u8>,
) -> Option<()> {
    let text = std::str::from_utf8(field.body).ok()?;
    let value = |name| tag(text, name).map(|(value, _)| value);
    let (b, place) = tag(text, "b")?;
    let (by_header, by_body) = value("c")?.split_once('/')?;
    let body_hash = decode(value("bh")?)?;
    if value("a")? != "rsa-sha256" {
        return None;
    }
    let relaxed = by_body == "relaxed";
    let hash = hashes[usize::from(relaxed)].get_or_insert_with(|| match relaxed {
        true => relaxed_hash(body),
        false => simple_hash(body),
    });
    let domain = value("d")?;
    let key = keys.get(&format!("{}._domainkey.{domain}", value("s")?).to_lowercase())?;
    signed.clear();
    let relaxed = by_header == "relaxed";
    let mut used = vec![false; fields.len()];
    for name in value("h")?.split(':') {
        let name = name.trim().as_bytes();
        let found = (0..fields.len())
            .rev()
            .find(|&at| !used[at] && is(&fields[at], name));
        let Some(found) = found else { continue };
        used[found] = true;
        match relaxed {
            true => relax(fields[found].name, [fields[found].body], signed),
            false => signed.extend_from_slice(unended(fields[found].whole)),
        }
        signed.extend_from_slice(b"\r\n");
    }
    let around = [&field.body[..place.start], &field.body[place.end..]];
    match relaxed {
        true => relax(field.name, around, signed),
        false => {
            signed.extend_from_slice(field.name);
            signed.push(b':');
            around
                .iter()
                .for_each(|part| signed.extend_from_slice(part));
        }
    }
    key.verify_sig(signed, &decode(b)?).ok()?;
    let within = value("i").is_none_or(|identity| {
        let (_, host) = identity.rsplit_once('@').unwrap_or_default();
        let above = host.strip_suffix(domain);
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    });
    let timely = value("x").is_none_or(|expires| expires.parse().ok() >= received(fields));
    (*hash == body_hash && within && timely).then_some(())
}

/// When the message was received, in seconds.
fn received(fields: &[Field<'_>]) -> Option<i64> {
    let top = fields.iter().find(|field| is(field, b"Received"))?;
    let text = std::str::from_utf8(top.body).ok()?;
    let date = text.rsplit_once(';')?.1.replace("\r\n", "");
    let at: Timestamp = DateTimeParser::new().parse_timestamp(date.trim()).ok()?;
    Some(at.as_second())
}

fn without_empty_lines(mut body: &[u8]) -> &[u8] {
    while let Some(rest) = body.strip_suffix(b"\r\n") {
        body = rest;
    }
    body
}

/// RFC 6376 §3.4.3; not copied if the body ends with CRLF.
fn simple_hash(body: &[u8]) -> Vec<u8> {
    let text = without_empty_lines(body);
    let hash = match body.get(..text.len() + 2) {
        Some(canonical) => digest(&SHA256, canonical),
        None => digest(&SHA256, &[text, b"\r\n"].concat()),
    };
    hash.as_ref().to_vec()
}

/// RFC 6376 §3.4.4.
fn relaxed_hash(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 2);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let mut rest = unended(line);
        while let [text @ .., b' ' | b'\t'] = rest {
            rest = text;
        }
        while let Some(at) = memchr2(b' ', b'\t', rest) {
            out.extend_from_slice(&rest[..at]);
            out.push(b' ');
            rest = &rest[at..];
            while let [b' ' | b'\t', text @ ..] = rest {
                rest = text;
            }
        }
        out.extend_from_slice(rest);
        out.extend_from_slice(b"\r\n");
    }
    let length = without_empty_lines(&out).len();
    let canonical = if length == 0 { 0 } else { length + 2 };
    digest(&SHA256, &out[..canonical]).as_ref().to_vec()
}

/// RFC 6376 §3.4.2, without the last line end.
fn relax<'p>(name: &[u8], body: impl IntoIterator<Item = &'p [u8]>, out: &mut Vec<u8>) {
    out.extend(name.trim_ascii_end().iter().map(u8::to_ascii_lowercase));
    out.push(b':');
    let start = out.len();
    let mut space = false;
    for byte in body.into_iter().flatten() {
        match byte {
            b' ' | b'\t' => space = true,
            b'\r' | b'\n' => (),
            byte => {
                if space && out.len() > start {
                    out.push(b' ');
                }
                space = false;
                out.push(*byte);
            }
        }
    }
}
