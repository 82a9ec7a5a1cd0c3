//! What the errors mean that a sender gets from a receiver: the text of `sesauth explain 5.7.26`.

mod uses;

pub use self::uses::USES;

/// What one receiver means by a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Use {
    /// The codes: enhanced status codes (RFC 3463), a range of them such as `5.7.606-649`, or the
    /// three digits of a reply that has none.
    pub codes: &'static [&'static str],
    /// Who uses it so.
    pub receiver: &'static str,
    /// Words of the reply, in small letters, by which this use is told from others of the code.
    pub says: &'static [&'static str],
    /// What earns it.
    pub earns: &'static str,
    /// What it does not mean.
    pub is_not: &'static str,
    /// What to check.
    pub todo: &'static str,
    /// Where it is from.
    pub source: &'static str,
}

/// A reply of a mail server, as far as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// The code: an enhanced status code, or else the three digits.
    pub code: String,
    /// What it is used for; those that the text fits, or else all. Empty if the code is not known.
    pub uses: Vec<&'static Use>,
    /// Whether uses were left out because the text does not fit them.
    pub is_narrowed: bool,
    /// What the text names, of SPF, DKIM and DMARC, in small letters.
    pub names: Vec<&'static str>,
}

/// How much of a text is read.
const LONGEST: usize = 4_096;

/// Reads a code, or a reply as it was pasted; `None` if there is no code in it.
pub fn read(text: &str) -> Option<Reply> {
    let text: String = text.chars().take(LONGEST).collect();
    let digits = |char: char| !(char.is_ascii_digit() || char == '.');
    let mut words = text.split(digits).map(|word| word.trim_matches('.'));
    let code = words.clone().find(|word| is_enhanced(word));
    let code = code.or_else(|| {
        words
            .find(|word| !word.is_empty())
            .filter(|it| is_reply(it))
    })?;
    // A line of a long reply begins with the codes again.
    let said = text.to_ascii_lowercase().replace("\u{2019}", "'");
    let is_code =
        |word: &str| word.starts_with(is_digit) && (is_reply(word) || word.ends_with(code));
    let said = said.split_whitespace().filter(|word| !is_code(word));
    let said = said.collect::<Vec<&str>>().join(" ");
    let all = || USES.iter().filter(|one| one.covers(code));
    let fits = |one: &&Use| one.says.iter().any(|words| said.contains(words));
    let fitting: Vec<&'static Use> = all().filter(fits).collect();
    let is_narrowed = !fitting.is_empty() && fitting.len() < all().count();
    let uses = match fitting.is_empty() {
        true => all().collect(),
        false => fitting,
    };
    let names = ["dmarc", "dkim", "spf"].into_iter();
    Some(Reply {
        code: code.to_owned(),
        uses,
        is_narrowed,
        names: names.filter(|name| said.contains(name)).collect(),
    })
}

fn is_digit(char: char) -> bool {
    char.is_ascii_digit()
}

/// Whether this is an enhanced status code of a failure (RFC 3463 §2).
fn is_enhanced(word: &str) -> bool {
    let mut parts = word.split('.');
    let is_part = |part: Option<&str>| part.is_some_and(|part| (1..=3).contains(&part.len()));
    let class = parts.next();
    matches!(class, Some("4" | "5"))
        && is_part(parts.next())
        && is_part(parts.next())
        && parts.next().is_none()
}

/// Whether this is the code of a reply that says no (RFC 5321 §4.2.1).
fn is_reply(word: &str) -> bool {
    word.len() == 3 && word.starts_with(['4', '5']) && word.chars().all(is_digit)
}

impl Use {
    /// Whether this is a use of `code`.
    fn covers(&self, code: &str) -> bool {
        self.codes.iter().any(|known| match known.split_once('-') {
            None => *known == code,
            Some((first, last)) => {
                let number = |code: &str| code.rsplit_once('.')?.1.parse::<u16>().ok();
                let stem = first.rsplit_once('.').map(|(stem, _)| stem);
                let is_same = code.rsplit_once('.').map(|(stem, _)| stem) == stem;
                let last = last.parse().ok();
                is_same && number(first) <= number(code) && number(code) <= last
            }
        })
    }
}

/// What the digits of a code say, in sentences: whether it is for good, and what it is about.
pub fn class(code: &str) -> String {
    let mut text = String::from(match code.starts_with('4') {
        true => "refused for now (4): the sending server tries again by itself.",
        false => "refused for good (5): the sending server does not try again.",
    });
    let subject = code.split('.').nth(1).and_then(|subject| match subject {
        "1" => Some("addresses"),
        "2" => Some("the mailbox of the recipient"),
        "3" => Some("the mail system of the receiver"),
        "4" => Some("the network and the way there"),
        "5" => Some("the commands of SMTP"),
        "6" => Some("the form of the message"),
        "7" => Some("security or policy"),
        _ => None,
    });
    if let Some(subject) = subject {
        text.push_str(&format!(" It is about {subject}."));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receivers(text: &str) -> Vec<&'static str> {
        let reply = read(text).unwrap();
        reply.uses.iter().map(|one| one.receiver).collect()
    }

    #[test]
    fn a_code_is_found_as_people_paste_it() {
        for (text, code) in [
            ("5.7.26", "5.7.26"),
            ("550-5.7.515", "5.7.515"),
            ("550 5.7.1", "5.7.1"),
            ("550; 5.7.509 Access denied", "5.7.509"),
            ("#5.7.1 smtp;550 5.7.1 [192.0.2.1]", "5.7.1"),
            ("(5.7.9).", "5.7.9"),
            ("421", "421"),
            ("554 Message rejected: 2 times", "554"),
        ] {
            let found = read(text).map(|reply| reply.code);
            assert_eq!(found.as_deref(), Some(code), "{text}");
        }
        for text in [
            "",
            "dmarc",
            "192.0.2.1",
            "2.0.0",
            "250 2.1.5 ok",
            "5.7",
            "99",
            "5.7.1234",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_text_tells_uses_of_one_code_apart() {
        assert!(receivers("5.7.27").len() > 1);
        assert_eq!(
            receivers(
                "550-5.7.27 This message was blocked because it didn't pass SPF\n550-5.7.27 authentication."
            ),
            ["Gmail"]
        );
        assert!(!read("5.7.27").unwrap().is_narrowed);
        assert!(
            read("550 5.7.27 Sender address has null MX")
                .unwrap()
                .is_narrowed
        );
    }

    #[test]
    fn a_range_covers_what_is_in_it() {
        for (code, is_known) in [
            ("5.7.606", true),
            ("5.7.649", true),
            ("5.7.650", false),
            ("5.6.620", false),
        ] {
            assert_eq!(read(code).unwrap().uses.is_empty(), !is_known, "{code}");
        }
    }

    #[test]
    fn every_use_is_told_by_its_words() {
        for one in USES {
            assert!(!one.codes.is_empty() && !one.earns.is_empty());
            for words in one.says {
                assert_eq!(*words, words.to_ascii_lowercase());
            }
        }
        let long = "550 5.7.26 ".repeat(100_000);
        assert_eq!(read(&long).unwrap().code, "5.7.26");
    }
}
