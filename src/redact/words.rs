//! One word in place of another: of the same length and form, the same for the same word, and not to
//! be undone without the key.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::RangeInclusive;

use aws_lc_rs::hmac;

/// How many words are remembered, so that each is hashed once.
const REMEMBERED: usize = 50_000;

/// Words by a keyed hash.
pub(super) struct Words {
    key: hmac::Key,
    known: RefCell<HashMap<String, String>>,
}

impl Words {
    pub(super) fn new(key: &[u8]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
            known: RefCell::default(),
        }
    }

    /// Octets that follow from `input` and the key. `purpose` keeps those of different uses apart.
    pub(super) fn octets(&self, purpose: &str, input: &[u8], count: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(count + 32);
        let mut round = 0_u64;
        while out.len() < count {
            let mut hash = hmac::Context::with_key(&self.key);
            hash.update(purpose.as_bytes());
            hash.update(&[0]);
            hash.update(&round.to_be_bytes());
            hash.update(input);
            out.extend_from_slice(hash.sign().as_ref());
            round += 1;
        }
        out.truncate(count);
        out
    }

    /// Another word: letters become letters, digits digits, capitals stay capitals. Two spellings that
    /// differ in capitals become two spellings that differ in the same way.
    pub(super) fn word(&self, word: &str) -> String {
        let lower = word.to_lowercase();
        let known = self.known.borrow().get(&lower).cloned();
        let plain = known.unwrap_or_else(|| {
            let plain = self.plain(&lower, is_hexadecimal(&lower));
            let mut known = self.known.borrow_mut();
            if known.len() < REMEMBERED && lower.len() < 64 {
                known.insert(lower.clone(), plain.clone());
            }
            plain
        });
        if plain.chars().count() != word.chars().count() {
            // Lower case has another length than the word: such letters have no pair.
            return self.plain(word, is_hexadecimal(word));
        }
        let cased = word.chars().zip(plain.chars());
        let cased = cased.map(|(old, new)| match old.is_ascii_uppercase() {
            true => new.to_ascii_uppercase(),
            false if old.is_uppercase() => upper(new).unwrap_or(new),
            false => new,
        });
        cased.collect()
    }

    /// The same of a number in hexadecimal digits.
    pub(super) fn hexadecimal(&self, number: &str) -> String {
        match is_hexadecimal(number) {
            true => self.word(number),
            false => self.plain(number, true),
        }
    }

    fn plain(&self, word: &str, hexadecimal: bool) -> String {
        let form = match hexadecimal {
            true => Form::Hexadecimal,
            false if is_token(word) => Form::Token,
            false => Form::Word,
        };
        let count = word.chars().count();
        let octets = self.octets("word", word.as_bytes(), 4 * (count + 1));
        let mut numbers = octets.chunks_exact(4).map(|four| {
            let number = u32::from_be_bytes([four[0], four[1], four[2], four[3]]);
            usize::try_from(number).unwrap_or_default()
        });
        let pairs = word.chars().zip(&mut numbers);
        let new: String = pairs
            .map(|(char, number)| other(char, number, form))
            .collect();
        let step = numbers.next().unwrap_or_default();
        match new == word {
            true => word
                .chars()
                .map(|char| other(char, step | 1, form))
                .collect(),
            false => new,
        }
    }
}

/// What a word stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Word,
    /// A number in hexadecimal digits.
    Hexadecimal,
    /// As long as a selector of Easy DKIM: in base32, or not.
    Token,
}

/// Whether a word is as long as a token of Easy DKIM, and no number.
fn is_token(word: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    word.len() == 32 && word.bytes().all(is_plain) && !word.bytes().all(|it| it.is_ascii_digit())
}

/// Whether a word is a number in hexadecimal digits, and no word of letters alone.
fn is_hexadecimal(word: &str) -> bool {
    word.len() > 3
        && word.bytes().all(|byte| byte.is_ascii_hexdigit())
        && word.bytes().any(|byte| byte.is_ascii_digit())
}

/// A capital letter of the same length in UTF-8.
fn upper(char: char) -> Option<char> {
    let mut upper = char.to_uppercase();
    let first = upper
        .next()
        .filter(|first| first.len_utf8() == char.len_utf8());
    first.filter(|_| upper.next().is_none())
}

/// The letters of the large scripts, and of those that are usual in names. Letters of others are drawn
/// from the 64 code points around them.
const SCRIPTS: &[RangeInclusive<char>] = &[
    '\u{c0}'..='\u{17f}',
    '\u{386}'..='\u{3ce}',
    '\u{400}'..='\u{4ff}',
    '\u{531}'..='\u{587}',
    '\u{5d0}'..='\u{5ea}',
    '\u{620}'..='\u{6d3}',
    '\u{900}'..='\u{97f}',
    '\u{980}'..='\u{9ff}',
    '\u{b80}'..='\u{bff}',
    '\u{e01}'..='\u{e4e}',
    '\u{10d0}'..='\u{10ff}',
    '\u{1200}'..='\u{137c}',
    '\u{1e00}'..='\u{1eff}',
    '\u{3041}'..='\u{3096}',
    '\u{30a1}'..='\u{30fa}',
    // Extensions of the Chinese characters, and all usual ones.
    '\u{3400}'..='\u{4dbf}',
    '\u{4e00}'..='\u{9fff}',
    '\u{ac00}'..='\u{d7a3}',
    '\u{20000}'..='\u{2a6df}',
];

/// A character of the same kind, chosen by `number`.
fn other(char: char, number: usize, form: Form) -> char {
    let pick = |from: &[u8]| char::from(from[number % from.len()]);
    match char {
        'a'..='z' if form == Form::Hexadecimal => pick(b"abcdef"),
        'A'..='Z' if form == Form::Hexadecimal => pick(b"ABCDEF"),
        'a'..='z' => pick(b"abcdefghijklmnopqrstuvwxyz"),
        'A'..='Z' => pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        // Base32 has 2 to 7 alone (RFC 4648 §6), and stays base32; what is none becomes none.
        '2'..='7' if form == Form::Token => pick(b"234567"),
        '0'..='9' if form == Form::Token => pick(b"0189"),
        '0'..='9' => pick(b"0123456789"),
        _ if char.is_ascii() || !char.is_alphanumeric() => char,
        _ => of_script(char, number),
    }
}

/// A letter or a digit of the same script and of the same length in UTF-8.
fn of_script(char: char, number: usize) -> char {
    let around = |bits: u32| u32::from(char) & !bits..=u32::from(char) | bits;
    let script = SCRIPTS.iter().find(|script| script.contains(&char));
    let code_points = match script {
        // The digits of one script stand together.
        _ if !char.is_alphabetic() => around(15),
        Some(script) => u32::from(*script.start())..=u32::from(*script.end()),
        None => around(63),
    };
    let is_alike = |other: &char| {
        other.is_alphanumeric()
            && other.is_alphabetic() == char.is_alphabetic()
            && other.len_utf8() == char.len_utf8()
            && other.is_lowercase() == char.is_lowercase()
            && other.is_uppercase() == char.is_uppercase()
    };
    let (first, last) = code_points.into_inner();
    let size = last - first + 1;
    let start = u32::try_from(number % usize::try_from(size).unwrap_or(1)).unwrap_or_default();
    // Nearly all of these are alike, so the search is short.
    let mut found = (0..size).map(|step| first + (start + step) % size);
    let found = found.find_map(|point| char::from_u32(point).filter(is_alike));
    found.unwrap_or(char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_keeps_its_form_and_its_replacement() {
        let words = Words::new(b"key");
        for word in [
            "Larkspur",
            "0100019f17adcad5",
            "Müller",
            "Ω",
            "ABC123",
            "東京都",
        ] {
            let new = words.word(word);
            assert_eq!(new.len(), word.len(), "{word} {new}");
            assert_eq!(new, words.word(word));
            assert_ne!(new, words.word("other"));
        }
        let new = words.word("Larkspur");
        assert_ne!(new, "Larkspur");
        assert_eq!(words.word("larkspur"), new.to_lowercase());
        assert_ne!(Words::new(b"other").word("larkspur"), new.to_lowercase());
        let hex = words.word("2d085a4587e0ed2f");
        assert!(hex.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hex}");
    }
}
