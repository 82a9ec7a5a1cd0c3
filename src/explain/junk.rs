//! Words for what junk filters wrote.

use std::fmt::{self, Display, Formatter};

use crate::session::{Junk, JunkSaid, SCORE, TESTS};

/// What a filter made of the message; no full stop.
pub fn sentence(junk: &Junk) -> impl Display + '_ {
    Sentence(junk)
}

/// The values that a filter wrote, each with its meaning.
pub fn values(junk: &Junk) -> impl Display + '_ {
    Values(junk)
}

struct Sentence<'v>(&'v Junk);

impl Display for Sentence<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Junk {
            filter, is_junk, ..
        } = self.0;
        let made = match is_junk {
            Some(true) => "took it for junk",
            Some(false) => "did not take it for junk",
            None => "says",
        };
        write!(f, "{filter} {made}: {}", values(self.0))
    }
}

struct Values<'v>(&'v Junk);

impl Display for Values<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (number, said) in self.0.said.iter().enumerate() {
            f.write_str(if number == 0 { "" } else { ", " })?;
            value(said, f)?;
        }
        Ok(())
    }
}

/// How many characters of the names of tests are shown.
const SHOWN: usize = 100;

fn value(said: &JunkSaid, f: &mut Formatter<'_>) -> fmt::Result {
    let JunkSaid {
        field, tag, value, ..
    } = said;
    match (tag.as_str(), &said.word) {
        (SCORE, _) => write!(f, "score {value}"),
        (TESTS, _) => {
            let mut chars = value.chars();
            let start: String = chars.by_ref().take(SHOWN).collect();
            let more = if chars.next().is_some() { "…" } else { "" };
            write!(f, "by its tests {start}{more}")
        }
        ("spam" | "flag" | "action" | "label", _) => write!(f, "{field}: {value}"),
        ("compauth", Some(word)) => write!(f, "compauth={value} ({})", word.means),
        (tag, Some(word)) => write!(f, "{tag} {value} ({})", word.means),
        (tag, None) => write!(f, "{tag} {value}"),
    }
}
