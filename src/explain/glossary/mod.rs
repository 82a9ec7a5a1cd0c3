//! What the words of mail authentication mean: the text of `sesauth explain WORD`.

mod dkim;
mod dmarc;
mod dns;
mod mail;
mod results;
mod ses;
mod spf;

use crate::suggest::nearest;

/// One word, explained in at most twelve lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Word {
    /// The word, in small letters, with hyphens.
    pub word: &'static str,
    /// Other words for the same thing, in the same form.
    pub aliases: &'static [&'static str],
    /// What it means.
    pub means: &'static str,
    /// Why it matters.
    pub matters: &'static str,
    /// What to do or to check.
    pub todo: &'static str,
    /// Where it is defined; empty if no standard does that.
    pub cites: &'static str,
    /// Words, codes or findings that are explained too, and belong to it.
    pub see: &'static [&'static str],
}

/// Words about one topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// The topic, with a capital letter.
    pub title: &'static str,
    /// The words.
    pub words: &'static [Word],
}

/// All words that are explained.
pub const GROUPS: &[Group] = &[
    Group {
        title: "SPF",
        words: spf::WORDS,
    },
    Group {
        title: "DKIM",
        words: dkim::WORDS,
    },
    Group {
        title: "DMARC",
        words: dmarc::WORDS,
    },
    Group {
        title: "Results",
        words: results::WORDS,
    },
    Group {
        title: "The message and its way",
        words: mail::WORDS,
    },
    Group {
        title: "Amazon SES",
        words: ses::WORDS,
    },
    Group {
        title: "DNS",
        words: dns::WORDS,
    },
];

fn all() -> impl Iterator<Item = &'static Word> {
    GROUPS.iter().flat_map(|group| group.words)
}

/// How a word is kept: in small letters, with hyphens.
fn plain(word: &str) -> String {
    let word = word.trim().trim_end_matches([':', '=', '.', ',', ';']);
    let parts = word.split([' ', '\t', '_', '\u{2011}']);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("-").to_ascii_lowercase()
}

/// The explanation of a word or of another word for the same, in capital or small letters, with
/// hyphens or blanks. A result as it is in a header field, such as `spf=softfail`, is one too, and
/// so is a tag with a value, such as `d=example.com`.
pub fn explained_word(word: &str) -> Option<&'static Word> {
    if let Some((method, result)) = word.split_once('=')
        && ["spf", "dkim", "dmarc", "arc"].contains(&plain(method).as_str())
    {
        let end = result.find(|char: char| char.is_whitespace() || "(;".contains(char));
        return explained_word(&result[..end.unwrap_or(result.len())]);
    }
    named(&plain(word)).or_else(|| named(&plain(word.split_once('=')?.0)))
}

fn named(word: &str) -> Option<&'static Word> {
    all().find(|known| known.word == word || known.aliases.contains(&word))
}

/// The words that were probably meant by `word`: those that it is close to, or else those that
/// contain it, or that it contains.
pub fn near(word: &str) -> Vec<&'static str> {
    let word = plain(word);
    let mut known = Vec::new();
    for entry in all() {
        known.push((entry.word, entry.word));
        known.extend(entry.aliases.iter().map(|alias| (*alias, entry.word)));
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let distance = match word.chars().count() {
        0..=3 => 0,
        4..=6 => 1,
        7..=9 => 2,
        _ => 3,
    };
    let meant = nearest(&word, &names, distance);
    let is_meant = |name: &str| match meant.is_empty() {
        false => meant.contains(&name),
        true => {
            word.len() > 3 && name.contains(word.as_str())
                || name.len() > 3 && word.split('-').any(|part| part == name)
        }
    };
    let mut near: Vec<&str> = known
        .iter()
        .filter(|(name, _)| is_meant(name))
        .map(|(_, word)| *word)
        .collect();
    near.dedup();
    near.truncate(5);
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_one_explanation() {
        let mut seen = std::collections::BTreeSet::new();
        for entry in all() {
            for name in [&entry.word].into_iter().chain(entry.aliases) {
                assert!(seen.insert(*name), "{name} is explained twice");
                assert_eq!(plain(name), *name);
            }
        }
    }

    #[test]
    fn words_are_found_as_people_write_them() {
        for (typed, word) in [
            ("SPF", "spf"),
            ("Return-Path:", "mail-from"),
            ("MAIL FROM", "mail-from"),
            ("envelope sender", "mail-from"),
            ("body_hash", "body-hash"),
            ("spf=softfail", "softfail"),
            ("dkim=neutral (body hash did not verify)", "neutral"),
            ("-all", "fail"),
            ("x", "expiry"),
        ] {
            let found = explained_word(typed).map(|entry| entry.word);
            assert_eq!(found, Some(word), "{typed}");
        }
        assert_eq!(explained_word("colour"), None);
        assert_eq!(explained_word(""), None);
    }

    #[test]
    fn a_misspelt_word_is_near() {
        assert_eq!(near("alignement"), ["alignment"]);
        assert_eq!(near("slector"), ["selector"]);
        assert_eq!(near("softfial"), ["softfail"]);
        assert_eq!(near("colour"), [""; 0]);
        assert_eq!(near(&"a".repeat(1_000_000)), [""; 0]);
    }
}
