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
    // All words of the field in another way.
    for way in ALL {
        if let Some(other) = rewritten(&text, first, *way) {
            out.text(2, &[Kind::EncodedWords], other);
        }
    }
    if out.slot.is("subject")
        && let Some(decoded) = decoded(&text)
    {
        for written in ways(&decoded) {
            out.text(2, &[Kind::EncodedWords], written);
        }
    }
}

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
    /// The length of a word at which the next begins; `None` for one word.
    width: Option<usize>,
    /// Whether all that is not a letter or a digit is written as hex.
    strict: bool,
}

const ALL: &[Way] = &[
    Way {
        charset: "UTF-8",
        encoding: b'Q',
        width: Some(75),
        strict: false,
    },
    Way {
        charset: "utf-8",
        encoding: b'q',
        width: Some(75),
        strict: true,
    },
    Way {
        charset: "utf-8",
        encoding: b'Q',
        width: Some(75),
        strict: false,
    },
    Way {
        charset: "UTF-8",
        encoding: b'B',
        width: Some(75),
        strict: false,
    },
    Way {
        charset: "utf-8",
        encoding: b'b',
        width: Some(75),
        strict: false,
    },
    Way {
        charset: "utf-8",
        encoding: b'B',
        width: Some(75),
        strict: false,
    },
    Way {
        charset: "UTF-8",
        encoding: b'Q',
        width: None,
        strict: false,
    },
    Way {
        charset: "utf-8",
        encoding: b'Q',
        width: None,
        strict: false,
    },
    Way {
        charset: "UTF-8",
        encoding: b'B',
        width: None,
        strict: false,
    },
    Way {
        charset: "utf-8",
        encoding: b'B',
        width: None,
        strict: false,
    },
    Way {
        charset: "UTF-8",
        encoding: b'Q',
        width: Some(75),
        strict: true,
    },
    Way {
        charset: "utf-8",
        encoding: b'Q',
        width: Some(75),
        strict: true,
    },
    Way {
        charset: "iso-8859-1",
        encoding: b'q',
        width: None,
        strict: true,
    },
    Way {
        charset: "iso-8859-1",
        encoding: b'Q',
        width: None,
        strict: false,
    },
    Way {
        charset: "ISO-8859-1",
        encoding: b'Q',
        width: None,
        strict: false,
    },
    Way {
        charset: "Windows-1252",
        encoding: b'Q',
        width: None,
        strict: false,
    },
    Way {
        charset: "windows-1252",
        encoding: b'Q',
        width: None,
        strict: false,
    },
    Way {
        charset: "iso-8859-1",
        encoding: b'B',
        width: None,
        strict: false,
    },
    Way {
        charset: "ISO-8859-1",
        encoding: b'B',
        width: None,
        strict: false,
    },
];

/// The ways to write a whole text: all of it in words, or only the words that need it.
pub(super) fn ways(text: &str) -> impl Iterator<Item = Vec<u8>> {
    let is_ascii = text.is_ascii();
    let plain = is_ascii.then(|| text.as_bytes().to_vec());
    let ways = ALL.iter().filter(move |_| !is_ascii);
    let text = text.to_owned();
    plain.into_iter().chain(
        ways.flat_map(move |way| [way.words(&text), way.needed(&text)].into_iter().flatten()),
    )
}

/// The text with each run of encoded words, the first of which is at `first`, written anew.
fn rewritten(text: &[u8], first: usize, way: Way) -> Option<Vec<u8>> {
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
        out.extend_from_slice(&way.words(&decoded)?);
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
    /// The whole text in encoded words; `None` if the character set does not have it.
    fn words(self, text: &str) -> Option<Vec<u8>> {
        let room = self.width.map(|width| width - self.charset.len() - 7);
        let mut words: Vec<Vec<u8>> = Vec::new();
        let mut word = Vec::new();
        for char in text.chars() {
            let octets = self.octets(char)?;
            let is_full = |room| self.length(&word) + self.length(&octets) > room;
            if room.is_some_and(is_full) && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word.extend_from_slice(&octets);
        }
        words.push(word);
        let words = words.iter().map(|word| self.word(word));
        Some(words.collect::<Vec<_>>().join(&b' '))
    }

    /// The text with encoded words only for those that need them; `None` if none does.
    fn needed(self, text: &str) -> Option<Vec<u8>> {
        let pieces: Vec<&str> = text.split(' ').collect();
        let first = pieces.iter().position(|piece| !piece.is_ascii())?;
        let last = pieces.iter().rposition(|piece| !piece.is_ascii())?;
        let before = pieces[..first].join(" ");
        let words = self.words(&pieces[first..=last].join(" "))?;
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
