//! What the header says about the session: the fields that receivers write, in order.

use std::net::IpAddr;
use std::sync::Arc;

use super::Provenance;
use crate::Limits;
use crate::message::{
    AuthenticationResults, Message, Received, ReceivedSpf, ResInfo, is_public, received,
    received_spf,
};
use crate::receivers::{self, AddressForm};

/// The fields with information about sessions, topmost first in each list.
pub(super) struct Traces {
    pub hops: Vec<Received>,
    /// Authentication-Results.
    pub results: Vec<Arc<AuthenticationResults>>,
    /// The ARC-Authentication-Results with the highest instance.
    pub arc: Option<Arc<AuthenticationResults>>,
    pub spf: Vec<ReceivedSpf>,
    pub return_path: Option<String>,
    /// How many Return-Path fields there are.
    pub return_paths: usize,
    /// The position of the Return-Path field.
    pub return_path_start: Option<usize>,
    pub addresses: Vec<Address>,
    /// The host that accepted the message, as a field of its receiver names it.
    pub edge: Option<String>,
}

/// An address from a field of its own.
pub(super) struct Address {
    pub field: &'static str,
    pub ip: IpAddr,
    /// The position of the field.
    pub start: usize,
}

impl Traces {
    pub fn gather(message: &Message<'_>, limits: &Limits) -> Self {
        let fields = |name| message.fields(name).take(limits.auth_results);
        let results = |name| {
            let read = message.results.iter();
            let named = read.filter(move |read| read.field.eq_ignore_ascii_case(name));
            named.cloned()
        };
        Self {
            hops: message
                .fields("Received")
                .take(limits.received)
                .map(|field| received::parse(field, limits))
                .collect(),
            results: results("Authentication-Results").collect(),
            arc: results("ARC-Authentication-Results").max_by_key(|read| read.instance),
            spf: fields("Received-SPF")
                .map(|field| received_spf::parse(field, limits))
                .collect(),
            return_path: message.return_path(),
            return_paths: message.fields("Return-Path").count(),
            return_path_start: message
                .fields("Return-Path")
                .next()
                .map(|field| field.span.start),
            addresses: addresses(message),
            edge: receivers::edge_fields().find_map(|name| message.text(name)),
        }
    }
}

impl Traces {
    /// The position of the field that a value comes from, and whether `is_trusted` accepts it.
    /// `None` for a Received field, a flag or a file of metadata.
    pub fn place(
        &self,
        from: Provenance,
        is_trusted: impl Fn(&AuthenticationResults) -> bool,
    ) -> Option<(usize, bool)> {
        let results = |field: &Arc<AuthenticationResults>| (field.span.start, is_trusted(field));
        match from {
            Provenance::ReceivedSpf(number) => {
                let field = self.spf.get(number.checked_sub(1)?)?;
                Some((field.span.start, false))
            }
            Provenance::AuthenticationResults(number) => {
                self.results.get(number.checked_sub(1)?).map(results)
            }
            Provenance::ArcAuthenticationResults(_) => self.arc.as_ref().map(results),
            Provenance::Field(name) => {
                let field = self
                    .addresses
                    .iter()
                    .find(|address| address.field == name)?;
                Some((field.start, false))
            }
            Provenance::ReturnPath => Some((self.return_path_start?, false)),
            Provenance::Flag(_) | Provenance::Metadata | Provenance::Received(_) => None,
        }
    }
}

/// The client's address in fields of individual receivers, most reliable first.
fn addresses(message: &Message<'_>) -> Vec<Address> {
    let found = receivers::client_fields().filter_map(|known| {
        let field = message.fields(known.name).next()?;
        let text = field.unfolded();
        let ip = match known.form {
            AddressForm::Bare => bare(&text),
            AddressForm::Tagged(tag) => tagged(&text, tag),
            AddressForm::Dated => dated(&text),
        };
        let ip = ip?.to_canonical();
        is_public(ip).then_some(Address {
            field: known.name,
            ip,
            start: field.span.start,
        })
    });
    found.collect()
}

fn bare(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let inner = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    inner.unwrap_or(text).parse().ok()
}

/// Reads `CIP:192.0.2.1;CTRY:US;…`, where the tag is `CIP:`.
fn tagged(text: &str, tag: &str) -> Option<IpAddr> {
    let mut parts = text.split(';').map(str::trim);
    bare(parts.find_map(|part| part.strip_prefix(tag))?)
}

/// Reads `2026.07.01-192.0.2.1`.
fn dated(text: &str) -> Option<IpAddr> {
    let (day, ip) = text.trim().split_once('-')?;
    let is_day = day.len() == 10
        && day
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_day.then(|| bare(ip)).flatten()
}

/// The client's address in a result: from a property, or else from the comment of the SPF result.
pub(crate) fn client_ip(result: &ResInfo) -> Option<IpAddr> {
    let property = [
        ("smtp", "remote-ip"),
        ("smtp", "client-ip"),
        ("", "client-ip"),
        ("policy", "iprev"),
    ]
    .iter()
    .find_map(|(ptype, name)| bare(result.property(ptype, name)?));
    let comment = || {
        let mut comments = result.comments.iter().filter(|_| result.method == "spf");
        comments.find_map(|comment| ip_in_comment(comment))
    };
    property
        .or_else(comment)
        .map(|ip| ip.to_canonical())
        .filter(|ip| is_public(*ip))
}

/// The address in `sender IP is 192.0.2.1`, `google.com: domain of a@b.example designates
/// 192.0.2.1 as permitted sender` or `google.com: 192.0.2.1 is neither permitted nor denied by …`.
///
/// The sender's address is in the middle, so only the text before and after it is read.
fn ip_in_comment(comment: &str) -> Option<IpAddr> {
    let mut words = comment.split_ascii_whitespace();
    let first: Vec<&str> = words.by_ref().take(4).collect();
    let is_sender = |words: &[&str]| {
        let expected = ["sender", "IP", "is"].iter();
        words.len() == 4
            && words
                .iter()
                .zip(expected)
                .all(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    if is_sender(&first) {
        return bare(first[3]);
    }
    if let [server, ip, "is", "neither"] = first.as_slice()
        && server.ends_with(':')
    {
        return bare(ip);
    }
    let mut words = comment.split_ascii_whitespace().rev();
    let last: Vec<&str> = words.by_ref().take(5).collect();
    match last.as_slice() {
        [
            "sender",
            "permitted",
            "as",
            ip,
            "designates" | "designate" | "of",
        ] => bare(ip),
        _ => None,
    }
}

/// The envelope sender of a result: an address or a domain; empty for the null reverse-path.
pub(crate) fn mail_from(result: &ResInfo) -> Option<&str> {
    let value = [
        ("smtp", "mailfrom"),
        ("smtp", "mail"),
        ("", "envelope-from"),
    ]
    .iter()
    .find_map(|(ptype, name)| result.property(ptype, name))?;
    Some(unbracketed(value))
}

/// `value` without angle brackets.
fn unbracketed(value: &str) -> &str {
    let inner = value
        .strip_prefix('<')
        .and_then(|value| value.strip_suffix('>'));
    inner.unwrap_or(value).trim()
}

/// The HELO name in a result.
pub(super) fn helo(result: &ResInfo) -> Option<&str> {
    result
        .property("smtp", "helo")
        .or_else(|| result.property("", "helo"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_comments_but_not_from_the_senders_words() {
        for (comment, expected) in [
            ("sender IP is 192.0.2.1", Some("192.0.2.1")),
            ("sender ip is 2001:db8::1", Some("2001:db8::1")),
            (
                "google.com: domain of a@b.example designates 192.0.2.1 as permitted sender",
                Some("192.0.2.1"),
            ),
            (
                "x: domain of transitioning b.example discourages use of 192.0.2.1 as permitted sender",
                Some("192.0.2.1"),
            ),
            (
                "x: domain of b.example does not designate 192.0.2.1 as permitted sender",
                Some("192.0.2.1"),
            ),
            (
                "google.com: 192.0.2.1 is neither permitted nor denied by best guess record for \
                 domain of \"designates 198.51.100.1 as permitted sender\"@b.example",
                Some("192.0.2.1"),
            ),
            (
                "x: domain of \"designates 198.51.100.1 as permitted sender\"@b.example does not \
                 designate 192.0.2.1 as permitted sender",
                Some("192.0.2.1"),
            ),
            ("sender IP is 192.0.2.1.evil", None),
            (
                "x: error in processing during lookup of b.example: DNS Timeout",
                None,
            ),
            ("", None),
        ] {
            let ip = ip_in_comment(comment).map(|ip| ip.to_string());
            assert_eq!(ip.as_deref(), expected, "{comment}");
        }
    }

    #[test]
    fn fields_of_their_own_give_an_address() {
        let ip = |ip: &str| Some(ip.parse::<IpAddr>().unwrap());
        assert_eq!(bare(" [192.0.2.1]"), ip("192.0.2.1"));
        assert_eq!(tagged("CTRY:;CIP:192.0.2.1;X:", "CIP:"), ip("192.0.2.1"));
        assert_eq!(dated("2026.07.01-192.0.2.1"), ip("192.0.2.1"));
        for text in [
            "192.0.2.1",
            "yesterday--192.0.2.1",
            "2026.07.01-192.0.2.1-2",
            "-",
        ] {
            assert_eq!(dated(text), None, "{text}");
        }
    }
}
