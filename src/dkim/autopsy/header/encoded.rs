//! Encoded words (RFC 2047), which programs decode and write anew.

use super::super::Kind;
use super::{Alternatives, Scene};
use crate::message::encoded_word;

/// The fields that have them.
const NAMES: &[&str] = &[
    "subject", "from", "to", "cc", "reply-to", "sender", "comments",
];

pub(super) fn undo(_scene: &Scene<'_, '_>, out: &mut Alternatives<'_, '_>) {
    if !NAMES.contains(&out.slot.name.as_str()) {
        return;
    }
    let text = out.slot.text().to_vec();
    let first = find(&text, b"=?").filter(|_| text.len() <= MOST);
    let Some(first) = first else {
        return;
    };
    let head = out.slot.head() + 1;
    // All words of the field in another way.
    for way in ALL {
        if let Some(other) = rewritten(&text, head, first, *way) {
            out.text(2, &[Kind::EncodedWords], other);
        }
    }
    if out.slot.is("subject")
        && let Some(decoded) = decoded(&text)
    {
        for written in ways(&decoded, head) {
            out.text(2, &[Kind::EncodedWords], written);
        }
    }
}

/// Two words, split at any place: programs do not agree on where.
pub(super) fn split(_scene: &Scene<'_, '_>, out: &mut Alternatives<'_, '_>) {
    if !NAMES.contains(&out.slot.name.as_str()) {
        return;
    }
    let text = out.slot.text().to_vec();
    let Some(first) = find(&text, b"=?") else {
        return;
    };
    let length = run(&text[first..]);
    let Some(decoded) = decoded(&text[first..first + length]) else {
        return;
    };
    let (before, after) = (&text[..first], &text[first + length..]);
    for (at, _) in decoded.char_indices().skip(1).take(MOST_PLACES) {
        let (left, right) = decoded.split_at(at);
        for way in [ALL[0], ALL[1], ALL[3], ALL[4]] {
            let words = [left, right].map(|text| way.words(text, 0));
            let [Some(left), Some(right)] = words else {
                continue;
            };
            for between in [&b"\r\n "[..], b"\r\n\t"] {
                let all = [before, &left, between, &right, after].concat();
                out.text(4, &[Kind::EncodedWords], all);
            }
        }
    }
}

/// Places at which a text is split.
const MOST_PLACES: usize = 40;

/// Octets of a text that is written anew. It is done in many ways.
const MOST: usize = 8 << 10;

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, part)
}

/// The text with its encoded words decoded; `None` if it has none, or is too long.
pub(super) fn decoded(text: &[u8]) -> Option<String> {
    find(text, b"=?").filter(|_| text.len() <= MOST)?;
    let text = std::str::from_utf8(text).ok()?;
    let unfolded = text.replace("\r\n", "");
    Some(encoded_word::decode(&unfolded))
}

/// How a program writes encoded words.
#[derive(Clone, Copy)]
struct Way {
    charset: &'static str,
    encoding: u8,
    split: Split,
    /// Whether all that is not a letter or a digit is written as hex.
    strict: bool,
}

/// Where one word ends and the next begins.
#[derive(Clone, Copy)]
enum Split {
    /// Nowhere.
    Never,
    /// At this length of a word.
    Word(usize),
    /// At this length of a line, on whose first the name of the field counts: Python's email.
    Line(usize),
    /// In the middle, until each word is short enough: JavaMail.
    Halves,
}

const fn way(charset: &'static str, encoding: u8, split: Split, strict: bool) -> Way {
    Way {
        charset,
        encoding,
        split,
        strict,
    }
}

const ALL: &[Way] = &[
    way("UTF-8", b'Q', Split::Word(75), false),
    way("utf-8", b'q', Split::Word(75), true),
    way("utf-8", b'Q', Split::Word(75), false),
    way("UTF-8", b'B', Split::Word(75), false),
    way("utf-8", b'b', Split::Word(75), false),
    way("utf-8", b'B', Split::Word(75), false),
    // What is short is the same in these.
    way("utf-8", b'b', Split::Line(76), false),
    way("utf-8", b'q', Split::Line(76), true),
    way("utf-8", b'b', Split::Line(78), false),
    way("utf-8", b'q', Split::Line(78), true),
    way("UTF-8", b'Q', Split::Halves, false),
    way("UTF-8", b'B', Split::Halves, false),
    way("utf-8", b'b', Split::Word(76), false),
    way("utf-8", b'q', Split::Word(76), true),
    way("UTF-8", b'Q', Split::Never, false),
    way("utf-8", b'Q', Split::Never, false),
    way("UTF-8", b'B', Split::Never, false),
    way("utf-8", b'B', Split::Never, false),
    way("UTF-8", b'Q', Split::Word(75), true),
    way("utf-8", b'Q', Split::Word(75), true),
    way("iso-8859-1", b'q', Split::Never, true),
    way("iso-8859-1", b'q', Split::Line(76), true),
    way("iso-8859-1", b'Q', Split::Never, false),
    way("ISO-8859-1", b'Q', Split::Never, false),
    way("Windows-1252", b'Q', Split::Never, false),
    way("windows-1252", b'Q', Split::Never, false),
    way("iso-8859-1", b'B', Split::Never, false),
    way("ISO-8859-1", b'B', Split::Never, false),
];

/// The ways to write a whole text, which follows `head` octets on its line: all of it in words, or
/// only the words that need it.
pub(super) fn ways(text: &str, head: usize) -> impl Iterator<Item = Vec<u8>> {
    let is_ascii = text.is_ascii();
    let plain = is_ascii.then(|| text.as_bytes().to_vec());
    let ways = ALL.iter().filter(move |_| !is_ascii);
    let text = text.to_owned();
    plain.into_iter().chain(ways.flat_map(move |way| {
        [way.words(&text, head), way.needed(&text, head)]
            .into_iter()
            .flatten()
    }))
}

/// The text, which follows `head` octets on its line, with each run of encoded words, the first of
/// which is at `first`, written anew.
fn rewritten(text: &[u8], head: usize, first: usize, way: Way) -> Option<Vec<u8>> {
    let mut out = text[..first].to_vec();
    let mut rest = &text[first..];
    while let Some(at) = find(rest, b"=?") {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let length = run(rest);
        if length == 0 {
            out.extend_from_slice(&rest[..2]);
            rest = &rest[2..];
            continue;
        }
        let decoded = decoded(&rest[..length])?;
        let line = out.iter().rposition(|byte| *byte == b'\n');
        let head = line.map_or(head + out.len(), |line| out.len() - line - 1);
        out.extend_from_slice(&way.words(&decoded, head)?);
        rest = &rest[length..];
    }
    out.extend_from_slice(rest);
    Some(out)
}

/// The length of the encoded words at the start of `text` that have only white space between them.
fn run(text: &[u8]) -> usize {
    let mut length = 0;
    let mut from = 0;
    while let Some(word) = word(&text[from..]) {
        length = from + word;
        let space = text[length..].len() - text[length..].trim_ascii_start().len();
        from = length + space;
    }
    length
}

/// The length of the encoded word at the start.
fn word(text: &[u8]) -> Option<usize> {
    let inner = text.strip_prefix(b"=?")?;
    let mut marks = inner.iter().enumerate().filter(|(_, byte)| **byte == b'?');
    let (_, encoding, end) = (marks.next()?.0, marks.next()?.0, marks.next()?.0);
    let is_whole = inner.get(end + 1) == Some(&b'=');
    let is_word = !inner[encoding..end].iter().any(u8::is_ascii_whitespace);
    (is_whole && is_word).then_some(end + 4)
}

impl Way {
    /// The whole text in encoded words, after `head` octets on the line; `None` if the character set
    /// does not have it.
    fn words(self, text: &str, head: usize) -> Option<Vec<u8>> {
        let chars = text.chars().map(|char| self.octets(char));
        let chars = chars.collect::<Option<Vec<_>>>()?;
        let around = self.charset.len() + 7;
        let mut words: Vec<Vec<u8>> = Vec::new();
        if let Split::Halves = self.split {
            self.halves(&chars, 75 - around, &mut words);
        } else {
            let mut word = Vec::new();
            for octets in chars {
                let room = match self.split {
                    Split::Word(length) => Some(length),
                    Split::Line(length) if words.is_empty() => Some(length.saturating_sub(head)),
                    Split::Line(length) => Some(length - 1),
                    Split::Never | Split::Halves => None,
                };
                let before = word.len();
                word.extend_from_slice(&octets);
                if room.is_some_and(|room| self.length(&word) + around > room) && before > 0 {
                    word.truncate(before);
                    words.push(std::mem::replace(&mut word, octets));
                }
            }
            words.push(word);
        }
        let words = words.iter().map(|word| self.word(word));
        Some(words.collect::<Vec<_>>().join(&b' '))
    }

    fn halves(self, chars: &[Vec<u8>], room: usize, words: &mut Vec<Vec<u8>>) {
        let whole = chars.concat();
        if self.length(&whole) <= room || chars.len() < 2 {
            words.push(whole);
            return;
        }
        let (left, right) = chars.split_at(chars.len() / 2);
        self.halves(left, room, words);
        self.halves(right, room, words);
    }

    /// The text with encoded words only for those that need them; `None` if none does.
    fn needed(self, text: &str, head: usize) -> Option<Vec<u8>> {
        let pieces: Vec<&str> = text.split(' ').collect();
        let first = pieces.iter().position(|piece| !piece.is_ascii())?;
        let last = pieces.iter().rposition(|piece| !piece.is_ascii())?;
        let before = pieces[..first].join(" ");
        let head = head + before.len() + usize::from(first > 0);
        let words = self.words(&pieces[first..=last].join(" "), head)?;
        let after = pieces[last + 1..].join(" ");
        let parts = [before.into_bytes(), words, after.into_bytes()];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        Some(parts.collect::<Vec<_>>().join(&b' '))
    }

    fn octets(self, char: char) -> Option<Vec<u8>> {
        let mut buffer = [0; 4];
        let text = char.encode_utf8(&mut buffer);
        match self.charset {
            "utf-8" | "UTF-8" => Some(text.as_bytes().to_vec()),
            "iso-8859-1" | "ISO-8859-1" => {
                u8::try_from(u32::from(char)).ok().map(|byte| vec![byte])
            }
            _ => {
                let (octets, _, failed) = encoding_rs::WINDOWS_1252.encode(text);
                (!failed).then(|| octets.into_owned())
            }
        }
    }

    fn is_quoted(self) -> bool {
        self.encoding.eq_ignore_ascii_case(&b'q')
    }

    /// The length of these octets in a word.
    fn length(self, octets: &[u8]) -> usize {
        match self.is_quoted() {
            true => octets
                .iter()
                .map(|byte| if self.is_plain(*byte) { 1 } else { 3 })
                .sum(),
            false => octets.len().div_ceil(3) * 4,
        }
    }

    fn is_plain(self, byte: u8) -> bool {
        match byte {
            b' ' => true,
            b'=' | b'?' | b'_' => false,
            byte if self.strict => {
                byte.is_ascii_alphanumeric() || matches!(byte, b'!' | b'*' | b'+' | b'-' | b'/')
            }
            byte => byte.is_ascii_graphic(),
        }
    }

    fn word(self, octets: &[u8]) -> Vec<u8> {
        use base64::Engine;
        let mut out = format!("=?{}?{}?", self.charset, char::from(self.encoding)).into_bytes();
        match self.is_quoted() {
            true => {
                for byte in octets {
                    match byte {
                        b' ' => out.push(b'_'),
                        byte if self.is_plain(*byte) => out.push(*byte),
                        byte => out.extend_from_slice(format!("={byte:02X}").as_bytes()),
                    }
                }
            }
            false => {
                let text = base64::engine::general_purpose::STANDARD.encode(octets);
                out.extend_from_slice(text.as_bytes());
            }
        }
        out.extend_from_slice(b"?=");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::ways;

    /// Python's email counts the name of the field on the first line.
    #[test]
    fn words_as_pythons_email_splits_them() {
        let head = "Subject: ".len();
        for (text, words) in [
            (
                "Grüße an alle Leserinnen und Leser der Bücherei in Zürich und Genève",
                "=?utf-8?q?Gr=C3=BC=C3=9Fe_an_alle_Leserinnen_und_Leser_der_B=C3=BCc?= \
                 =?utf-8?q?herei_in_Z=C3=BCrich_und_Gen=C3=A8ve?=",
            ),
            (
                "日本語の件名はとても長いので二つの語に分かれることがあります",
                "=?utf-8?b?5pel5pys6Kqe44Gu5Lu25ZCN44Gv44Go44Gm44KC6ZW344GE44Gu44Gn?= \
                 =?utf-8?b?5LqM44Gk44Gu6Kqe44Gr5YiG44GL44KM44KL44GT44Go44GM44GC44KK44G+44GZ?=",
            ),
        ] {
            let mut all = ways(text, head);
            assert!(all.any(|one| one == words.as_bytes()), "{text}");
        }
    }
}
