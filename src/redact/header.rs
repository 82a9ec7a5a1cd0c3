//! Header fields: which of them have a form, and what of each is replaced.

use super::text::Manner;
use super::vocabulary::{is_charset, is_known, is_of_field_names};
use super::{Replacements, content};
use crate::message::{Header, HeaderField};
use crate::receivers;

/// Fields that are lists of tags, as signatures are.
const TAG_LISTS: &[&str] = &[
    "dkim-signature",
    "arc-message-signature",
    "arc-seal",
    "domainkey-signature",
    "x-google-dkim-signature",
    "dkim2-signature",
    "message-instance",
];

/// Fields with the words of standards, mail programs and receivers.
const FORMS: &[&str] = &[
    "received",
    "x-received",
    "received-spf",
    "authentication-results",
    "date",
    "resent-date",
    "arc-authentication-results",
    "authentication-results-original",
    "x-original-authentication-results",
    "x-ms-exchange-authentication-results",
    "x-authentication-results",
    "mime-version",
    "feedback-id",
    "content-transfer-encoding",
    "list-unsubscribe-post",
    "precedence",
    "auto-submitted",
    "importance",
    "priority",
    "x-priority",
    "x-ses-outgoing",
    "x-ses-receipt",
    "x-ses-spam-verdict",
    "x-ses-virus-verdict",
    "x-sender-ip",
    "x-originating-ip",
    "x-incomingheadercount",
    "x-dmarc-info",
    "x-ms-exchange-organization-authas",
    "x-ms-exchange-organization-authsource",
    "x-pm-origin",
    "x-pm-content-encryption",
    "x-apple-content-length",
    "content-language",
    "dmarc-filter",
    "x-rspamd-server",
    "dkim-filter",
    "arc-filter",
];

/// Fields with parameters.
const WITH_PARAMETERS: &[&str] = &["content-type", "content-disposition"];

/// Parameters whose values are words of standards.
const PARAMETERS: &[&str] = &[
    "type",
    "format",
    "delsp",
    "micalg",
    "protocol",
    "report-type",
    "size",
    "creation-date",
    "modification-date",
    "read-date",
    "method",
    "smime-type",
    "reply-type",
];

/// Tags whose values stay: how a signature was made, and when.
const TAGS_KEPT: &[&str] = &["v", "a", "c", "q", "t", "x", "l", "h", "cv"];

/// Shorter names of domains are part of many words.
pub(super) const SHORTEST_NAME: usize = 4;

/// No value of these is longer but `h=`.
const LONGEST_TAG: usize = 64;

impl Replacements {
    /// The header in `bytes` up to `end`, with what stands between its fields.
    pub(super) fn header(&self, bytes: &[u8], header: &Header<'_>, end: usize) -> Vec<u8> {
        self.header_but(bytes, header, end, |_, _| None)
    }

    /// The same; `other` gives some fields after their colon, with what stands between them and the
    /// next ones.
    pub(super) fn header_but(
        &self,
        bytes: &[u8],
        header: &Header<'_>,
        end: usize,
        other: impl Fn(usize, &[u8]) -> Option<Vec<u8>>,
    ) -> Vec<u8> {
        let mut out = Vec::with_capacity(end);
        let mut at = 0;
        for (number, field) in header.fields.iter().enumerate() {
            let start = field.span.start.clamp(at, end);
            out.extend(self.words_of_people(&bytes[at..start]));
            let body = field.body_start(bytes).clamp(start, end);
            out.extend(self.field_names(&bytes[start..body]));
            let next = header.fields.get(number + 1);
            let next = next.map_or(end, |next| next.span.start.clamp(body, end));
            match other(number, &bytes[body..next]) {
                Some(new) => {
                    out.extend(new);
                    at = next;
                }
                None => {
                    out.extend(self.field(field));
                    at = (body + field.body.len()).min(end);
                }
            }
        }
        // Lines without a colon, and what is beyond the limits.
        out.extend(self.words_of_people(&bytes[at..end]));
        out
    }

    /// Names of fields, in which the names of the message's own domains are replaced, and the words that
    /// no standard, program or receiver uses there.
    fn field_names(&self, names: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(names.len());
        for piece in names.split_inclusive(|byte| !byte.is_ascii_alphanumeric()) {
            let end = piece.trim_ascii_end().len();
            let length = piece[..end]
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric())
                .count();
            let (word, rest) = piece.split_at(length);
            let text = String::from_utf8_lossy(word);
            let lower = text.to_ascii_lowercase();
            match self.is_own_name(&lower) || !is_of_field_names(&lower) && !is_short(&lower) {
                true => out.extend_from_slice(self.words.word(&text).as_bytes()),
                false => out.extend_from_slice(word),
            }
            out.extend_from_slice(rest);
        }
        out
    }

    /// Whether a word in the name of a field has the name of a domain in it that is asked about.
    fn is_own_name(&self, word: &str) -> bool {
        let has = |name: &String| word.contains(name.as_str());
        word.len() >= SHORTEST_NAME && !is_known(word) && self.names.iter().any(has)
    }

    /// A name such as `UTF-8`, as the value of a parameter or in an encoded word.
    fn charset(&self, text: &[u8]) -> Vec<u8> {
        let name = String::from_utf8_lossy(text);
        let name = name.trim_matches(|char: char| "=\"' \t\r\n".contains(char));
        match is_charset(name) {
            true => text.to_vec(),
            false => self.text(text, Manner::Form),
        }
    }

    fn field(&self, field: &HeaderField<'_>) -> Vec<u8> {
        let name = String::from_utf8_lossy(field.name).to_ascii_lowercase();
        let name = name.as_str();
        if TAG_LISTS.contains(&name) {
            return self.tags(field.body);
        }
        if WITH_PARAMETERS.contains(&name) {
            return self.with_parameters(field.body);
        }
        let is_junk =
            || receivers::junk_fields().any(|(_, field)| field.name.eq_ignore_ascii_case(name));
        let of_receiver = || {
            receivers::client_field(name).is_some()
                || receivers::edge_fields().any(|edge| edge.eq_ignore_ascii_case(name))
        };
        if FORMS.contains(&name) {
            return self.with_encoded_words(field.body, Manner::Form);
        }
        if is_junk() {
            return self.with_encoded_words(field.body, Manner::Codes);
        }
        if of_receiver() {
            return self.with_encoded_words(field.body, Manner::Form);
        }
        self.words_of_people(field.body)
    }

    /// Text that people wrote.
    fn words_of_people(&self, text: &[u8]) -> Vec<u8> {
        self.with_encoded_words(text, Manner::Free)
    }

    /// Text with encoded words (RFC 2047).
    fn with_encoded_words(&self, text: &[u8], manner: Manner) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = memchr::memmem::find(rest, b"=?") {
            let (words, after) = encoded_words(&rest[start..]);
            out.extend(self.text(&rest[..start], manner));
            if words.is_empty() {
                out.extend_from_slice(b"=?");
                rest = &rest[start + 2..];
                continue;
            }
            self.encoded_words(&words, manner, &mut out);
            rest = after;
        }
        out.extend(self.text(rest, manner));
        out
    }

    /// Encoded words that are read as one text: a word of it may be split between two of them.
    fn encoded_words(&self, words: &[EncodedWord<'_>], manner: Manner, out: &mut Vec<u8>) {
        let old: Vec<Vec<u8>> = words.iter().map(EncodedWord::decoded).collect();
        let text = old.concat();
        let charset = words[0].head[2..].to_ascii_lowercase();
        let new = match is_seven_bit(&charset) {
            true => self.opaque(&text),
            false => self.text(&text, manner),
        };
        let mut pieces = &new[..];
        for (number, (word, old)) in words.iter().zip(&old).enumerate() {
            let mut length = old.len().min(pieces.len());
            if number + 1 == words.len() {
                length = pieces.len();
            } else if new.len() != text.len() {
                // A character stays in one piece.
                while length < pieces.len() && pieces[length] & 0xc0 == 0x80 {
                    length += 1;
                }
            }
            let (piece, after) = pieces.split_at(length);
            pieces = after;
            let replace = |_: &[u8]| piece.to_vec();
            out.extend_from_slice(word.before);
            out.extend(self.head(word.head));
            match word.is_base64() {
                true => out.extend(content::base64(word.content, replace)),
                false => out.extend(content::quoted_printable(word.content, true, replace)),
            }
            out.extend_from_slice(b"?=");
        }
    }

    /// What stands before the content of an encoded word.
    fn head(&self, head: &[u8]) -> Vec<u8> {
        let (charset, encoding) = head[2..].split_at(head.len() - "=??Q?".len());
        // A language may stand behind it (RFC 2231 §5).
        let end = memchr::memchr(b'*', charset).unwrap_or(charset.len());
        let (charset, language) = charset.split_at(end);
        let language = match language.len() {
            0..=3 => language.to_vec(),
            _ => self.text(language, Manner::Form),
        };
        [&b"=?"[..], &self.charset(charset), &language, encoding].concat()
    }

    /// A list of tags: their names and their places stay.
    fn tags(&self, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(body.len());
        for (number, tag) in body.split(|byte| *byte == b';').enumerate() {
            if number > 0 {
                out.push(b';');
            }
            let Some(equals) = memchr::memchr(b'=', tag) else {
                out.extend(self.text(tag, Manner::Form));
                continue;
            };
            let (name, value) = (&tag[..=equals], &tag[equals + 1..]);
            let known = String::from_utf8_lossy(tag[..equals].trim_ascii()).into_owned();
            let known = known.as_str();
            let is_number = value.trim_ascii().iter().all(u8::is_ascii_digit);
            match known.len() {
                0..=2 => out.extend_from_slice(name),
                _ => out.extend(self.text(name, Manner::Form)),
            }
            match known {
                "h" => out.extend(self.field_names(value)),
                _ if TAGS_KEPT.contains(&known) && value.len() <= LONGEST_TAG => match is_number {
                    true => out.extend_from_slice(value),
                    false => out.extend(self.text(value, Manner::Form)),
                },
                "i" | "m" | "n" if is_number => out.extend_from_slice(value),
                "s" => out.extend(self.selector(value)),
                "d" => out.extend(self.domain_value(value)),
                _ => out.extend(self.text(value, Manner::Free)),
            }
        }
        out
    }

    fn selector(&self, value: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(value) {
            Ok(text) if text.is_ascii() => {
                let inner = text.trim();
                let new = self.domains.labels(inner, false, &self.words);
                text.replacen(inner, &new, usize::from(!inner.is_empty()))
                    .into_bytes()
            }
            _ => self.text(value, Manner::Free),
        }
    }

    fn domain_value(&self, value: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(value) {
            Ok(text) if !text.trim().contains(char::is_whitespace) => {
                let inner = text.trim();
                let new = self.domain(inner);
                text.replacen(inner, &new, usize::from(!inner.is_empty()))
                    .into_bytes()
            }
            _ => self.text(value, Manner::Free),
        }
    }

    fn with_parameters(&self, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(body.len());
        for (number, piece) in body.split(|byte| *byte == b';').enumerate() {
            if number == 0 {
                out.extend(self.text(piece, Manner::Form));
                continue;
            }
            out.push(b';');
            let Some(equals) = memchr::memchr(b'=', piece) else {
                out.extend(self.words_of_people(piece));
                continue;
            };
            let (name, value) = piece.split_at(equals);
            out.extend(self.text(name, Manner::Form));
            let name = String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase();
            if name == "charset" {
                out.extend(self.charset(value));
                continue;
            }
            if PARAMETERS.contains(&name.as_str()) {
                out.extend(self.text(value, Manner::Form));
                continue;
            }
            // Its character set, and perhaps a language (RFC 2231 §4).
            let value = match of_charset(value).filter(|_| name.ends_with('*')) {
                Some(length) => {
                    out.extend_from_slice(&value[..length]);
                    &value[length..]
                }
                None => value,
            };
            // The kind of a file says nothing of who sent it.
            let dot = value.iter().rposition(|byte| *byte == b'.');
            let ending = dot.filter(|dot| {
                let ending = String::from_utf8_lossy(&value[dot + 1..]).to_ascii_lowercase();
                name.contains("name") && is_known(ending.trim_end_matches(['"', ' ', '\r', '\n']))
            });
            let (value, ending) = value.split_at(ending.unwrap_or(value.len()));
            out.extend(self.words_of_people(value));
            out.extend_from_slice(ending);
        }
        out
    }

    /// Letters in place of text in a character set that writes others with ASCII octets.
    pub(super) fn opaque(&self, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(content.len());
        for line in content.split_inclusive(|byte| *byte == b'\n') {
            let seed = self.words.octets("line", line, 32);
            let octets = self.words.octets("letters", &seed, line.len());
            let letters = line.iter().zip(octets).map(|(byte, octet)| match byte {
                0x21..=0x7e | 0x80.. => b'a' + octet % 26,
                other => *other,
            });
            out.extend(letters);
        }
        out
    }

    /// Octets of no meaning in place of a file.
    pub(super) fn binary(&self, content: &[u8]) -> Vec<u8> {
        let seed = self.words.octets("file", content, 32);
        self.words.octets("octets", &seed, content.len())
    }
}

/// Whether a word is too short to tell something, or no word.
fn is_short(word: &str) -> bool {
    word.len() < 3 || !word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// How much of the value of a parameter, with its `=`, names the character set.
fn of_charset(value: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b'\'', value)?;
    let language = memchr::memchr(b'\'', &value[end + 1..])?;
    let name = String::from_utf8_lossy(value.get(1..end)?);
    let is_named = is_charset(name.trim_matches(['"', ' ', '\t']));
    (is_named && language <= "en".len()).then_some(end + language + 2)
}

/// Character sets in which ASCII octets stand for other characters.
pub(super) fn is_seven_bit(charset: &[u8]) -> bool {
    [
        &b"utf-16"[..],
        b"utf-32",
        b"utf-7",
        b"iso-2022",
        b"hz-",
        b"ucs-",
    ]
    .iter()
    .any(|start| charset.starts_with(start))
}

/// An encoded word (RFC 2047).
struct EncodedWord<'t> {
    /// The white space between it and the one before it, which is not shown.
    before: &'t [u8],
    /// All up to its content.
    head: &'t [u8],
    content: &'t [u8],
}

impl EncodedWord<'_> {
    fn is_base64(&self) -> bool {
        matches!(self.head[self.head.len() - 2], b'B' | b'b')
    }

    fn decoded(&self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut keep = |octets: &[u8]| {
            text.extend_from_slice(octets);
            octets.to_vec()
        };
        match self.is_base64() {
            true => content::base64(self.content, keep),
            false => content::quoted_printable(self.content, true, &mut keep),
        };
        text
    }
}

/// The encoded words at the start of `text` that stand together and are in one character set, and what
/// follows them.
fn encoded_words(text: &[u8]) -> (Vec<EncodedWord<'_>>, &[u8]) {
    let mut words: Vec<EncodedWord<'_>> = Vec::new();
    let mut rest = text;
    loop {
        let (before, start) = rest.split_at(rest.len() - rest.trim_ascii_start().len());
        let Some((head, content, after)) = start
            .starts_with(b"=?")
            .then(|| encoded_word(start))
            .flatten()
        else {
            break;
        };
        let charset = |head: &[u8]| head[..head.len() - 2].to_ascii_lowercase();
        if words
            .first()
            .is_some_and(|first| charset(first.head) != charset(head))
        {
            break;
        }
        words.push(EncodedWord {
            before,
            head,
            content,
        });
        rest = after;
    }
    (words, rest)
}

/// An encoded word at the start of `text`: all up to its content, the content, and what follows.
fn encoded_word(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    // RFC 2047 §2 allows 75; some write more.
    let near = &text[..text.len().min(2_000)];
    let charset = 2 + memchr::memchr(b'?', near.get(2..)?)?;
    let encoding = near.get(charset + 1)?;
    if !matches!(encoding, b'B' | b'b' | b'Q' | b'q') || near.get(charset + 2) != Some(&b'?') {
        return None;
    }
    let start = charset + 3;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_*.:()".contains(byte);
    let length = memchr::memmem::find(&near[start..], b"?=")?;
    let word = &near[start..start + length];
    let is_word = near[2..charset].iter().all(is_name) && !word.contains(&b'?');
    is_word.then(|| (&text[..start], word, &text[start + length + 2..]))
}
