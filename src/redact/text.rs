//! A text, word by word: what is an address, a domain or a word in it is replaced, all else stays where
//! it is.

mod stays;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Replacements;
use super::domains::Domains;
use super::vocabulary::{is_charset, is_known};
use crate::dns::Name;
use crate::receivers::is_internal_host;
use crate::ses::MessageId;

/// What a text is, which says what of it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Words of people: every one is replaced.
    Free,
    /// HTML: tags and the names of attributes stay.
    Html,
    /// A header field with a form: the words of standards, programs and receivers stay.
    Form,
    /// A field in which filters write codes: words in capitals stay too.
    Codes,
    /// A record in DNS: names of domains, addresses and what is long are replaced.
    Record,
}

/// The most octets of a local part.
const LONGEST_LOCAL: usize = 256;

/// How many octets of a run that is not UTF-8 each one depends on.
const LONGEST_RUN: usize = 16;

/// Links within links that are read as such.
const DEPTH: usize = 3;

impl Replacements {
    /// `bytes` with its words replaced. What is not UTF-8 is replaced octet by octet.
    pub(super) fn text(&self, bytes: &[u8], manner: Manner) -> Vec<u8> {
        self.text_within(bytes, manner, 0)
    }

    /// The same of a text that is encoded in another one, `depth` times.
    fn text_within(&self, bytes: &[u8], manner: Manner, depth: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut tag = Tag::Outside;
        // Octets of old character sets that stand together: each counts with those before it.
        let mut run = Vec::new();
        for chunk in bytes.utf8_chunks() {
            if !chunk.valid().is_empty() {
                run.clear();
            }
            let mut scan = Scan {
                all: self,
                text: chunk.valid(),
                at: 0,
                manner,
                tag,
                no_local: 0,
                no_percent: 0,
                depth,
                out: String::with_capacity(chunk.valid().len()),
            };
            scan.run();
            tag = scan.tag;
            out.extend_from_slice(scan.out.as_bytes());
            for byte in chunk.invalid() {
                run.push(*byte);
                let before = &run[run.len().saturating_sub(LONGEST_RUN)..];
                out.push(0xc0 | self.words.octets("octet", before, 1)[0] & 0x3f);
            }
        }
        out
    }

    /// The same of a text.
    pub(super) fn string(&self, text: &str, manner: Manner) -> String {
        String::from_utf8_lossy(&self.text(text.as_bytes(), manner)).into_owned()
    }

    /// The domain in place of `text`, in the spelling of a name.
    pub(super) fn domain(&self, text: &str) -> String {
        match Name::parse(text) {
            Ok(name) if self.is_address_name(&name).is_some() => {
                self.is_address_name(&name).unwrap_or_default()
            }
            Ok(name) => {
                let new = self.domains.name(name.as_str(), &self.words);
                match new == name.as_str() || new == text.to_ascii_lowercase() {
                    true => text.to_owned(),
                    false => match styled_as(text, name.as_str(), &new) {
                        Some(styled) => styled,
                        None => cased_as(text, new),
                    },
                }
            }
            Err(_) => self.domains.labels(text, false, &self.words),
        }
    }

    /// A name made of an address: in the reverse zones, or with its numbers as the first labels.
    fn is_address_name(&self, name: &Name) -> Option<String> {
        let name = name.as_str();
        if let Some(labels) = name.strip_suffix(".ip6.arpa") {
            let nibbles: Vec<&str> = labels.split('.').collect();
            let digits: String = nibbles.iter().rev().copied().collect();
            let ip = u128::from_str_radix(&digits, 16).ok();
            let ip = ip.filter(|_| nibbles.len() == 32)?;
            let new = self.address(IpAddr::V6(Ipv6Addr::from_bits(ip)));
            let IpAddr::V6(new) = new else { return None };
            let digits = format!("{:032x}", new.to_bits());
            let labels: Vec<String> = digits.chars().rev().map(String::from).collect();
            return Some(format!("{}.ip6.arpa", labels.join(".")));
        }
        let mut parts = name.splitn(5, '.');
        let mut octets = [0_u8; 4];
        for octet in &mut octets {
            *octet = parts.next()?.parse().ok()?;
        }
        let rest = parts.next()?;
        let [a, b, c, d] = octets;
        let (forward, reversed) = (Ipv4Addr::from(octets), Ipv4Addr::new(d, c, b, a));
        let rest_new = match rest {
            "in-addr.arpa" => rest.to_owned(),
            _ => self.domains.name(rest, &self.words),
        };
        if rest == "in-addr.arpa" || self.seen.contains(&IpAddr::V4(reversed)) {
            let IpAddr::V4(new) = self.address(IpAddr::V4(reversed)) else {
                return None;
            };
            let [a, b, c, d] = new.octets();
            return Some(format!("{d}.{c}.{b}.{a}.{rest_new}"));
        }
        Some(format!("{}.{rest_new}", self.address(IpAddr::V4(forward))))
    }

    pub(super) fn address(&self, ip: IpAddr) -> IpAddr {
        self.addresses.address(ip, &self.words)
    }

    /// The local part of an address, or the part of a Message-ID before the `@`.
    fn local(&self, text: &str) -> String {
        // A list or a forwarder writes another address into it: user=example.com.
        if let Some((before, last)) = text.rsplit_once('=')
            && Domains::is_domain(last)
        {
            return format!("{}={}", self.local(before), self.domain(last));
        }
        let is_ses = MessageId::parse(text).is_some();
        let last = text.rfind('-');
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(start) = text[at..].find(char::is_alphanumeric).map(|it| at + it) {
            out.push_str(&text[at..start]);
            let length = text[start..].find(|char: char| !char.is_alphanumeric());
            let end = length.map_or(text.len(), |length| start + length);
            let word = &text[start..end];
            // SES writes region and time first, and a part number last; SRS and BATV their name.
            let is_form = is_ses && (start == 0 || last.is_some_and(|last| start > last))
                || start == 0 && matches!(word, "SRS0" | "SRS1" | "prvs" | "btv1")
                // The role of RFC 5321 §4.5.1, which stands for a null reverse-path in SPF.
                || text.eq_ignore_ascii_case("postmaster")
                || text.eq_ignore_ascii_case("mailer-daemon")
                // So a list or a forwarder writes what it passed on.
                || word.len() < text.len() && matches!(word, "bounces" | "bounce" | "owner" | "CAF");
            match is_form {
                true => out.push_str(word),
                // What may be an ID of SES stays one.
                false if is_ses => out.push_str(&self.words.hexadecimal(word)),
                false => out.push_str(&self.words.word(word)),
            }
            at = end;
        }
        out.push_str(&text[at..]);
        out
    }
}

/// `new` with capitals where `old` has some, if both are of one length.
fn cased_as(old: &str, new: String) -> String {
    match old.len() == new.len()
        && old.bytes().any(|byte| byte.is_ascii_uppercase())
        && old.is_ascii()
    {
        false => new,
        true => {
            let pairs = old.chars().zip(new.chars());
            let cased = pairs.map(|(old, new)| match old.is_ascii_uppercase() {
                true => new.to_ascii_uppercase(),
                false => new,
            });
            cased.collect()
        }
    }
}

/// `new` in the letters of `old`, if they are all of one alphabet that stands for the usual one, as that
/// of mathematics. `plain` is `old` in usual letters.
fn styled_as(old: &str, plain: &str, new: &str) -> Option<String> {
    let usual = |char: char| char.is_ascii_lowercase().then(|| u32::from(char) - 0x61);
    let mut pairs = old.chars().zip(plain.chars());
    let bases = pairs.by_ref().filter_map(|(old, plain)| {
        let base = u32::from(old).checked_sub(usual(plain)?);
        Some(base.filter(|_| !old.is_ascii()))
    });
    let mut bases = bases.collect::<Vec<_>>().into_iter();
    let base = bases.next()??;
    let is_one = old.chars().count() == plain.len() && bases.all(|other| other == Some(base));
    let styled = new.chars().map(|char| match usual(char) {
        Some(number) => char::from_u32(base + number),
        None => Some(char),
    });
    is_one.then(|| styled.collect()).flatten()
}

/// The octets that are meant, each with how it is written: `None` as it is, else in percent-encoding,
/// with or without small letters. And how many of the latter there are.
fn percent_decoded(text: &[u8]) -> (Vec<(u8, Option<bool>)>, usize) {
    let mut out = Vec::new();
    let (mut rest, mut count) = (text, 0);
    while let [byte, after @ ..] = rest {
        let digit = |at: usize| {
            let digit = after
                .get(at)
                .and_then(|byte| char::from(*byte).to_digit(16));
            digit.and_then(|digit| u8::try_from(digit).ok())
        };
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                let small = after[..2].iter().any(u8::is_ascii_lowercase);
                out.push((high << 4 | low, Some(small)));
                rest = &after[2..];
                count += 1;
            }
            _ => {
                out.push((*byte, None));
                rest = after;
            }
        }
    }
    (out, count)
}

/// The last term of an SPF record that is glued to the name before it.
pub(super) fn glued(name: &str) -> &str {
    let ends = ["-all", "~all", "?all", "+all"];
    let glued = ends.into_iter().find(|end| name.ends_with(end));
    let glued = glued.filter(|end| Domains::is_domain(&name[..name.len() - end.len()]));
    glued.map_or("", |end| &name[name.len() - end.len()..])
}

/// In HTML, what of a tag was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    /// There is no tag here.
    Outside,
    /// Its start; its name follows.
    Opened,
    /// Its name.
    Within,
}

struct Scan<'s> {
    all: &'s Replacements,
    text: &'s str,
    at: usize,
    manner: Manner,
    tag: Tag,
    /// Up to here no local part begins.
    no_local: usize,
    /// Up to here nothing is in percent-encoding.
    no_percent: usize,
    /// How many texts this one is encoded in.
    depth: usize,
    out: String,
}

impl<'s> Scan<'s> {
    fn run(&mut self) {
        while let Some(char) = self.text[self.at..].chars().next() {
            if self.manner == Manner::Record && self.text[self.at..].starts_with("%{") {
                let end = self.text[self.at..]
                    .find('}')
                    .map_or(self.text.len(), |end| self.at + end + 1);
                // A macro (RFC 7208 §7).
                let macro_ = &self.text[self.at..end];
                if macro_.len() <= 12 {
                    self.out.push_str(macro_);
                    self.at = end;
                    continue;
                }
            }
            if self.six() || self.percent_encoded() {
                continue;
            }
            if char.is_alphanumeric() || char == '_' {
                self.run_of_words();
                continue;
            }
            if self.manner == Manner::Html {
                self.tag = match char {
                    '<' => Tag::Opened,
                    '>' => Tag::Outside,
                    '/' | '!' => self.tag,
                    _ if self.tag == Tag::Opened => Tag::Within,
                    _ => self.tag,
                };
            }
            self.out.push(char);
            self.at += char.len_utf8();
        }
    }

    /// An IPv6 address.
    fn six(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let first = rest.as_bytes()[0];
        if !(first.is_ascii_hexdigit() || first == b':') || self.is_inside_word() {
            return false;
        }
        let fits = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
        // No address is longer.
        let length = rest.bytes().take(46).take_while(|byte| fits(*byte)).count();
        let run = rest[..length].trim_end_matches(['.']);
        let run = match run.ends_with("::") {
            true => run,
            false => run.trim_end_matches(':'),
        };
        if run.bytes().filter(|byte| *byte == b':').count() < 2 || run.len() < 3 {
            return false;
        }
        if let Ok(ip) = run.parse::<Ipv6Addr>() {
            self.ip(IpAddr::V6(ip), run);
            return true;
        }
        if !is_internal_host(run) {
            return false;
        }
        // A receiver's own network, and groups that are not all there.
        let third = run
            .match_indices(':')
            .nth(1)
            .map_or(run.len(), |(at, _)| at);
        self.out.push_str(&run[..third]);
        for group in run[third..].split_inclusive(':') {
            let digits = group.trim_end_matches(':');
            // With zeros before them, they are hexadecimal for sure.
            let new = self.all.words.word(&format!("0000{digits}"));
            self.out.push_str(&new[4..]);
            self.out.push_str(&group[digits.len()..]);
        }
        self.at += run.len();
        true
    }

    /// Part of a link with octets in percent-encoding (RFC 3986 §2.1): what is meant is replaced.
    fn percent_encoded(&mut self) -> bool {
        if self.at < self.no_percent || self.manner == Manner::Record || self.depth >= DEPTH {
            return false;
        }
        let rest = &self.text[self.at..];
        let fits = |char: char| char.is_alphanumeric() || "%.-_~+@!".contains(char);
        let length = rest.find(|char| !fits(char)).unwrap_or(rest.len());
        let (span, escapes) = percent_decoded(&rest.as_bytes()[..length]);
        if escapes == 0 {
            self.no_percent = self.at + length.max(1);
            return false;
        }
        let old: Vec<u8> = span.iter().map(|(byte, _)| *byte).collect();
        let new = self.all.text_within(&old, self.manner, self.depth + 1);
        let is_same = new.len() == old.len();
        for (number, byte) in new.into_iter().enumerate() {
            let written = span.get(number).filter(|_| is_same);
            let escaped = written.and_then(|(_, escaped)| *escaped);
            let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            match escaped {
                Some(true) => self.out.push_str(&format!("%{byte:02x}")),
                Some(false) => self.out.push_str(&format!("%{byte:02X}")),
                None if is_same && byte.is_ascii() || plain => self.out.push(char::from(byte)),
                None => self.out.push_str(&format!("%{byte:02X}")),
            }
        }
        self.at += length;
        true
    }

    fn is_inside_word(&self) -> bool {
        let before = self.text[..self.at].chars().next_back();
        before.is_some_and(char::is_alphanumeric)
    }

    /// An address, or a network in a record.
    fn ip(&mut self, ip: IpAddr, written: &str) {
        let after = self.at + written.len();
        let rest = &self.text[after..];
        let digits = rest.strip_prefix('/').map(|rest| {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            &rest[..length]
        });
        let bits = digits.and_then(|digits| digits.parse::<u8>().ok());
        let width = if ip.is_ipv4() { 32 } else { 128 };
        let bits = bits.filter(|bits| *bits <= width);
        self.at = after;
        if let (Some(bits), Some(digits)) = (bits, digits) {
            let (new, new_bits) = self.all.addresses.network(ip, bits, &self.all.words);
            if (new, new_bits) == (ip, bits) {
                self.out.push_str(written);
                return;
            }
            self.out.push_str(&format!("{new}/{new_bits}"));
            self.at += 1 + digits.len();
            return;
        }
        match self.all.address(ip) {
            new if new == ip => self.out.push_str(written),
            new => self.out.push_str(&new.to_string()),
        }
    }

    /// Letters, digits, and what host names have beside them.
    fn run_of_words(&mut self) {
        let rest = &self.text[self.at..];
        if self.local() {
            return;
        }
        let host = |char: char| char.is_alphanumeric() || matches!(char, '.' | '-' | '_');
        let length = rest.find(|char| !host(char)).unwrap_or(rest.len());
        let run = rest[..length].trim_end_matches(['.', '-', '_']);
        let run = if run.is_empty() { &rest[..1] } else { run };
        if self.is_charset_parameter() && is_charset(run) {
            self.out.push_str(run);
            self.at += run.len();
            return;
        }
        if self.is_selector() {
            let labels = self.all.domains.labels(run, false, &self.all.words);
            self.out.push_str(&labels);
            self.at += run.len();
            return;
        }
        let next = rest[run.len()..].chars().next();
        if let Ok(ip) = run.parse::<Ipv4Addr>() {
            return self.ip(IpAddr::V4(ip), run);
        }
        if run.contains('.') {
            let last = run.rsplit('-').next().unwrap_or_default();
            if let Ok(ip) = last.parse::<Ipv4Addr>() {
                // As in X-SES-Outgoing: a date, and an address.
                let end = self.at + run.len() - last.len();
                self.words(end);
                return self.ip(IpAddr::V4(ip), last);
            }
            let is_property = self.manner != Manner::Free && next == Some('=');
            let before = self.out.chars().next_back();
            let run = &run[..run.len() - glued(run).len()];
            let named = before == Some('@') || !is_property && Domains::is_domain(run);
            if named && !self.is_in_a_tag_name() {
                self.out.push_str(&self.all.domain(run));
                self.at += run.len();
                return;
            }
        }
        self.words(self.at + run.len());
    }

    fn is_in_a_tag_name(&self) -> bool {
        self.manner == Manner::Html && self.tag == Tag::Opened
    }

    /// The local part of an address, if one begins here.
    fn local(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let fits = |char: char| char.is_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(char);
        if self.at < self.no_local {
            return false;
        }
        let length = rest.find(|char| !fits(char)).unwrap_or(rest.len());
        if !rest[length..].starts_with('@') {
            self.no_local = self.at + length;
            return false;
        }
        // RFC 5321 §4.5.3.1.1 allows 64 octets; some write more.
        if length > LONGEST_LOCAL {
            self.no_local = self.at + length - LONGEST_LOCAL;
            return false;
        }
        let mut span = &rest[..length];
        // The name of a property stands before its value.
        let property = span.find('=').filter(|at| {
            self.manner != Manner::Free
                && span[..*at]
                    .split(['.', '-', '_'])
                    .all(|word| is_known(&word.to_ascii_lowercase()))
        });
        if let Some(equals) = property {
            self.words(self.at + equals);
            self.out.push('=');
            self.at += 1;
            span = &span[equals + 1..];
        }
        self.out.push_str(&self.all.local(span));
        self.at += span.len();
        true
    }

    /// Words up to `end`.
    fn words(&mut self, end: usize) {
        while self.at < end {
            let rest = &self.text[self.at..end];
            let Some(start) = rest.find(char::is_alphanumeric) else {
                self.out.push_str(rest);
                self.at = end;
                return;
            };
            self.out.push_str(&rest[..start]);
            let rest = &rest[start..];
            let length = rest.find(|char: char| !char.is_alphanumeric());
            let word = &rest[..length.unwrap_or(rest.len())];
            self.at += start;
            let stays = self.stays(word);
            self.at += word.len();
            if self.tag == Tag::Opened {
                self.tag = Tag::Within;
            }
            match stays {
                true => self.out.push_str(word),
                false => self.out.push_str(&self.all.words.word(word)),
            }
        }
    }

    /// Whether the name of a character set may follow.
    fn is_charset_parameter(&self) -> bool {
        let out = self.out.trim_end_matches(['"', '\'', ' ']).as_bytes();
        let has = out.len().checked_sub("charset=".len());
        has.is_some_and(|at| out[at..].eq_ignore_ascii_case(b"charset="))
    }

    fn is_selector(&self) -> bool {
        // Yahoo writes an @ before it.
        let out = self.out.strip_suffix('@').unwrap_or(&self.out).as_bytes();
        let has = out.len().checked_sub("header.s=".len());
        has.is_some_and(|at| out[at..].eq_ignore_ascii_case(b"header.s="))
    }
}
