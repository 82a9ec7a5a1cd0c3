//! Which words of a text stay, as a standard, a program or a filter writes them.

use super::super::vocabulary::{is_code, is_entity, is_html, is_known};
use super::{Manner, Scan, Tag};
use crate::suggest::nearest;

/// A word of a record that is longer may be a token.
const LONGEST_WORD: usize = 16;

/// Schemes of links, which stay.
const SCHEMES: [&str; 8] = [
    "http", "https", "mailto", "cid", "ftp", "tel", "data", "mid",
];

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Months that are called as people are.
fn is_month(word: &str) -> bool {
    ["jan", "mar", "jun", "may"]
        .iter()
        .any(|month| month.eq_ignore_ascii_case(word))
}

/// Whether a word belongs to a record, or is near enough to one that does to be a misspelt one.
fn is_of_record(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let is_short = word.chars().count() < LONGEST_WORD;
    is_short
        && (word.len() <= 3
            || word.bytes().all(|byte| byte.is_ascii_digit())
            || is_known(&lower)
            || !nearest(&lower, RECORD_WORDS, 2).is_empty())
}

/// The words of records that are looked for in misspelt ones.
const RECORD_WORDS: &[&str] = &[
    "include",
    "redirect",
    "exists",
    "mailto",
    "spf1",
    "dmarc1",
    "dkim1",
    "none",
    "quarantine",
    "reject",
    "relaxed",
    "strict",
    "adkim",
    "aspf",
    "email",
    "sha256",
    "sha1",
    "ed25519",
    "exp",
    "spf2",
    "afrf",
    "allow",
    "block",
    "https",
    "stsv1",
    "tlsrptv1",
    "policy",
];

/// Whether mail programs put the word before a subject that they answer or forward.
fn is_reply(word: &str) -> bool {
    let words = [
        "re", "fwd", "fw", "aw", "wg", "sv", "vs", "antw", "res", "tr",
    ];
    words.iter().any(|one| one.eq_ignore_ascii_case(word))
}

impl Scan<'_> {
    /// Whether a word that begins here is one of the form, and not of people.
    pub(super) fn stays(&self, word: &str) -> bool {
        let after = &self.text[self.at + word.len()..];
        let lower = || word.to_ascii_lowercase();
        match self.manner {
            Manner::Free | Manner::Html => {
                let is_scheme = after.starts_with(':') && SCHEMES.contains(&lower().as_str());
                // A line that begins so was perhaps changed by a mailbox; it is not a word of people.
                let line = self.out.trim_end_matches('>');
                let begins_line = line.is_empty() || line.ends_with('\n');
                let is_from = word == "From" && after.starts_with(' ') && begins_line;
                is_scheme
                    || is_from
                    || is_reply(word) && after.starts_with(": ")
                    || self.is_via(word, after)
                    || self.is_of_filter(word, after)
                    || self.manner == Manner::Html && self.stays_in_html(word, after)
            }
            Manner::Form | Manner::Codes => {
                let is_number = word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_digit());
                // The country and the names of the host.
                let of_host = ["CTRY:", "H:", "PTR:"]
                    .iter()
                    .any(|name| self.out.ends_with(name));
                let is_code = self.manner == Manner::Codes
                    && !of_host
                    && word
                        .bytes()
                        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                    && is_code(&lower());
                is_number || is_code || is_known(&lower()) && (!is_month(word) || self.is_in_date())
            }
            Manner::Record => is_of_record(word),
        }
    }

    /// What lists write between the name of the author and their own.
    fn is_via(&self, word: &str, after: &str) -> bool {
        let out = &self.out;
        match word {
            "via" => out.ends_with([' ', '(']) && after.starts_with(' '),
            "on" => out.ends_with(' ') && after.starts_with(" behalf of "),
            "behalf" => out.ends_with(" on ") && after.starts_with(" of "),
            "of" => out.ends_with(" on behalf ") && after.starts_with(' '),
            _ => false,
        }
    }

    /// What filters of links write before the link that they replace.
    fn is_of_filter(&self, word: &str, after: &str) -> bool {
        match word {
            "url" if after.starts_with('=') => self.out.ends_with(['?', '&', ';']),
            "url" => after.starts_with('?') && self.out.ends_with('/'),
            "u" | "a" => after.starts_with('=') && self.out.ends_with('?'),
            "v1" | "v2" => after.starts_with("/url?"),
            "v3" => after.starts_with("/__"),
            _ => false,
        }
    }

    /// Whether the name of a month may follow; elsewhere it is a name of people.
    fn is_in_date(&self) -> bool {
        let before = self.out.trim_end_matches([' ', '-', '\t', '\r', '\n']);
        self.out.is_empty()
            || before.ends_with(|char: char| char.is_ascii_digit())
            || WEEKDAYS.iter().any(|day| before.ends_with(day))
    }

    fn stays_in_html(&self, word: &str, after: &str) -> bool {
        let entity = after.starts_with(';');
        if entity && self.out.ends_with('&') {
            return is_entity(word);
        }
        if entity && self.out.ends_with("&#") {
            // A letter that is written as a number is a letter.
            let number = match word.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => word.parse(),
            };
            let char = number.ok().and_then(char::from_u32);
            return char.is_some_and(|char| !char.is_alphanumeric());
        }
        let attribute = after.starts_with('=') && self.out.ends_with([' ', '\t', '\n']);
        let named = match self.tag {
            Tag::Outside => false,
            Tag::Opened => true,
            Tag::Within => attribute,
        };
        named && is_html(&word.to_ascii_lowercase())
    }
}
