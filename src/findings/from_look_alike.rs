//! Letters in the author domain that look like Latin ones.

use unicode_script::{Script, UnicodeScript};
use unicode_security::GeneralSecurityProfile;
use unicode_security::confusable_detection::skeleton;

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "from-look-alike",
    severity: Severity::Warning,
    wants_message: true,
    cites: &[
        "RFC 5891 §4.4",
        "RFC 9989 §11.4",
        "Unicode Technical Standard 39 §4 and §5.1",
    ],
    explanation: Explanation {
        summary: "From domain with letters that look like Latin ones",
        means: "The domain in From is an internationalised one, and letters in it look like Latin \
                ones: the Cyrillic а like the Latin a. One of its parts mixes them with Latin \
                letters, or consists of nothing but such letters.",
        matters: "It is another domain than the one that it looks like. Its owner can publish SPF, \
                  DKIM and DMARC for it, so that all passes: the checks say that the mail is of \
                  that domain, and not of the one that the reader thinks of.",
        todo: "Read the domain in its ASCII form (xn--…), and compare that with the one that you \
               know. If it imitates yours, tell its registrar. A few honest words have only such \
               letters too.",
        example: "From: help@ex\u{430}mple.test   is really   xn--exmple-4nf.test",
    },
    applies: applies::has_from,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

/// Scripts whose letters are made like Latin ones.
const SCRIPTS: [Script; 6] = [
    Script::Armenian,
    Script::Cherokee,
    Script::Coptic,
    Script::Cyrillic,
    Script::Greek,
    Script::Lisu,
];

/// What a label has of letters that are not Latin, or not in use for names.
#[derive(Debug, PartialEq, Eq)]
struct Imitation {
    /// How many Latin letters stand beside them.
    latin_letters: usize,
    scripts: Vec<Script>,
    /// Each of those letters once, and the Latin one that it looks like, if it does.
    letters: Vec<(char, Option<char>)>,
}

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let authors = case.analysis.message.from.iter();
    let hits = authors.filter_map(|author| {
        let domain = author.domain.as_ref()?;
        if domain
            .as_str()
            .split('.')
            .all(|label| !label.starts_with("xn--"))
        {
            return None;
        }
        let (shown, _) = idna::domain_to_unicode(domain.as_str());
        let (label, found) = found_in(&shown)?;
        let (look, like): (Vec<String>, Vec<String>) = found
            .pairs()
            .map(|(letter, twin)| (letter.to_string(), twin.to_string()))
            .unzip();
        let others: String = found.letters.iter().map(|(letter, _)| *letter).collect();
        let scripts: Vec<&str> = found
            .scripts
            .iter()
            .map(|script| match script {
                Script::Latin => "unusual Latin",
                other => other.full_name(),
            })
            .collect();
        Some(
            RULE.hit(case.at_topmost("From")?)
                .text("domain", domain)
                .with("shown", shown.as_str())
                .with("label", label)
                .with("letters", others)
                .with("scripts", scripts.join(", "))
                .with("latin_letters", found.latin_letters)
                .with("look", look)
                .with("like", like),
        )
    });
    hits.collect()
}

fn say(_: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let text = |name| hit.values.text(name);
    let (domain, shown, label) = (text("domain")?, text("shown")?, text("label")?);
    let (letters, scripts) = (text("letters")?, text("scripts")?);
    let pairs = hit
        .values
        .list("look")?
        .iter()
        .zip(hit.values.list("like")?);
    let pairs: Vec<String> = pairs
        .map(|(look, like)| format!("{look} looks like {like}"))
        .collect();
    let mixture = match hit.values.number("latin_letters")? {
        0 => format!("all letters of {label} are {scripts} and read as Latin ones"),
        _ => format!("{label} has {scripts} letters among Latin ones"),
    };
    let which = match pairs.is_empty() {
        true => letters.to_owned(),
        false => pairs.join(", "),
    };
    let message = format!("the domain in From is {domain}, shown as {shown}: {mixture}: {which}");
    Some(hit.says(message, domain).with_fix(Fix::new(format!(
        "compare {domain}, and not what it looks like, with the domain that you expect"
    ))))
}

impl Imitation {
    /// The letters that look like Latin ones, and those.
    fn pairs(&self) -> impl Iterator<Item = (char, char)> {
        self.letters
            .iter()
            .filter_map(|(letter, twin)| Some((*letter, (*twin)?)))
    }
}

/// The first label of a domain that could be taken for a Latin one. One without a Latin letter could
/// not where the rest of the name says in which script it is.
fn found_in(shown: &str) -> Option<(&str, Imitation)> {
    let labels = || shown.split('.');
    let is_of_a_script = labels().next_back().is_some_and(|last| !last.is_ascii())
        || labels().any(|label| label.chars().any(is_other) && imitation(label).is_none());
    let mut found = labels().filter_map(|label| Some((label, imitation(label)?)));
    found.find(|(_, found)| found.latin_letters > 0 || !is_of_a_script)
}

/// What of a label could be taken for Latin; `None` if nothing could.
fn imitation(label: &str) -> Option<Imitation> {
    let mut letters = Vec::new();
    for letter in label.chars().filter(|char| is_other(*char)) {
        if !letters.iter().any(|(known, _)| *known == letter) {
            letters.push((letter, twin(letter)));
        }
    }
    let latin_letters = label.chars().filter(|char| is_latin(*char)).count();
    let reads_as_latin =
        (label.chars()).all(|char| char.is_ascii() || is_other(char) && twin(char).is_some());
    let has_mixed_word = || {
        label
            .split('-')
            .any(|word| word.chars().any(is_latin) && word.chars().any(is_other))
    };
    let mut scripts: Vec<Script> = letters.iter().map(|(letter, _)| letter.script()).collect();
    scripts.sort_unstable_by_key(|script| script.full_name());
    scripts.dedup();
    let is_imitation = !letters.is_empty() && (reads_as_latin || has_mixed_word());
    is_imitation.then_some(Imitation {
        latin_letters,
        scripts,
        letters,
    })
}

/// Letters that nobody mixes with Latin ones in honest names: of another script, or Latin ones that
/// are not for names (UTS 39 §3.1).
fn is_other(char: char) -> bool {
    let script = char.script();
    SCRIPTS.contains(&script)
        || script == Script::Latin && !char.is_ascii() && !char.identifier_allowed()
}

fn is_latin(char: char) -> bool {
    char.script() == Script::Latin && !is_other(char)
}

/// The ASCII letter or digit that a sign looks like (UTS 39 §4).
fn twin(sign: char) -> Option<char> {
    let mut buffer = [0; 4];
    let mut skeleton = skeleton(sign.encode_utf8(&mut buffer));
    let twin = skeleton.next().filter(char::is_ascii_alphanumeric)?;
    skeleton.next().is_none().then_some(twin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_among_latin_ones_are_found_with_what_they_look_like() {
        for (label, letters) in [
            ("ex\u{430}mple", &[('\u{430}', Some('a'))][..]),
            (
                "p\u{430}yp\u{430}l-\u{43e}\u{43f}\u{43b}",
                &[
                    ('\u{430}', Some('a')),
                    ('\u{43e}', Some('o')),
                    ('\u{43f}', None),
                    ('\u{43b}', None),
                ],
            ),
            ("\u{43a}ofe", &[('\u{43a}', None)]),
            ("\u{3bf}range", &[('\u{3bf}', Some('o'))]),
            ("\u{261}oogle", &[('\u{261}', Some('g'))]),
            ("paypal-\u{441}om", &[('\u{441}', Some('c'))]),
        ] {
            let found = imitation(label).unwrap();
            assert!(found.latin_letters > 0, "{label}");
            assert_eq!(found.letters, letters, "{label}");
        }
    }

    #[test]
    fn a_label_of_nothing_but_look_alikes_is_found() {
        let found = imitation("\u{430}\u{440}\u{440}\u{4cf}\u{435}").unwrap();
        assert_eq!(found.latin_letters, 0);
        assert_eq!(found.scripts, [Script::Cyrillic]);
        assert_eq!(
            Vec::from_iter(found.pairs()),
            [
                ('\u{430}', 'a'),
                ('\u{440}', 'p'),
                ('\u{4cf}', 'l'),
                ('\u{435}', 'e')
            ]
        );
    }

    #[test]
    fn honest_names_are_no_look_alikes() {
        for label in [
            "example",
            "24",
            "b\u{fc}cher",
            "\u{142}\u{f3}d\u{17a}",
            "yay\u{131}n",
            "\u{43f}\u{43e}\u{447}\u{442}\u{430}",
            "iphone-\u{440}\u{435}\u{43c}\u{43e}\u{43d}\u{442}",
            "\u{3b5}\u{3bb}\u{3bb}\u{3ac}\u{3b4}\u{3b1}",
            "\u{3bd}\u{3b7}\u{3c3}\u{3af}",
            "\u{65e5}\u{672c}\u{8a9e}",
            "\u{30c9}\u{30b3}\u{30e2}docomo",
            "\u{5e1}\u{5d5}\u{5e1}",
        ] {
            assert_eq!(found_in(&format!("{label}.example")), None, "{label}");
        }
    }

    #[test]
    fn a_word_of_look_alikes_is_honest_where_the_rest_of_the_name_is_in_its_script() {
        let rosa = "\u{440}\u{43e}\u{441}\u{430}";
        let pochta = "\u{43f}\u{43e}\u{447}\u{442}\u{430}";
        assert!(found_in(&format!("{rosa}.example")).is_some());
        assert!(found_in(&format!("{pochta}.p{rosa}.example")).is_some());
        for name in [
            format!("{rosa}.{pochta}.example"),
            format!("{rosa}.\u{440}\u{444}"),
        ] {
            assert_eq!(found_in(&name), None, "{name}");
        }
    }
}
