//! One word in place of another: of the same length and form, the same for the same word, and not to
//! be undone without the key.

use std::cell::RefCell;
use std::collections::HashMap;

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
        let octets = self.octets("word", word.as_bytes(), word.chars().count() + 1);
        let step = usize::from(octets[octets.len() - 1]);
        let replace = |(char, octet): (char, &u8)| other(char, usize::from(*octet), hexadecimal);
        let new: String = word.chars().zip(&octets).map(replace).collect();
        match new == word {
            true => word
                .chars()
                .map(|char| other(char, step | 1, hexadecimal))
                .collect(),
            false => new,
        }
    }
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

/// A character of the same kind, chosen by `number`.
fn other(char: char, number: usize, hexadecimal: bool) -> char {
    let pick = |from: &[u8]| char::from(from[number % from.len()]);
    match char {
        'a'..='z' if hexadecimal => pick(b"abcdef"),
        'A'..='Z' if hexadecimal => pick(b"ABCDEF"),
        'a'..='z' => pick(b"abcdefghijklmnopqrstuvwxyz"),
        'A'..='Z' => pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        // Base32 has 2 to 7 alone, and stays base32.
        '2'..='7' => pick(b"234567"),
        '0' | '1' | '8' | '9' => pick(b"0189"),
        _ if char.is_ascii() || !char.is_alphabetic() => char,
        _ => {
            // The letters whose UTF-8 differs in the last octet alone.
            let start = u32::from(char) & !63;
            let alike = |other: &char| {
                other.is_alphabetic()
                    && other.len_utf8() == char.len_utf8()
                    && other.is_lowercase() == char.is_lowercase()
                    && other.is_uppercase() == char.is_uppercase()
            };
            let block = (start..start + 64).filter_map(char::from_u32).filter(alike);
            let block: Vec<char> = block.collect();
            block
                .get(number % block.len().max(1))
                .copied()
                .unwrap_or(char)
        }
    }
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
