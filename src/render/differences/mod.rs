//! The result of checking a corpus: for people, and in the formats of test runners.

mod cause;
mod github;
mod grouped;
mod junit;
mod sarif;
mod tap;

use std::io::{self, Write};

use anstyle::AnsiColor;

pub use github::write as write_github;
pub use junit::write as write_junit;
pub use sarif::write as write_sarif;
pub use tap::write as write_tap;

use super::escape::plain;
use super::second;
use super::text::{TextOptions, painted, sentence, style};
use super::wrap::{padded, paragraph, shortened};
use crate::corpus::{Change, Changed, Check, Difference, DifferenceKind, FieldChange, Reason};

/// The width in which a DNS answer is shown.
const ANSWER: usize = 240;
/// The width in which one word of it is shown.
const WORD: usize = 60;
/// The width of the label before a change.
const LABEL: usize = 12;

/// Writes what differs, and a last line with the counts: by reason; message by message if `options`
/// are verbose.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(check: &Check, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    match options.verbose {
        true => runs(&check.differences).try_for_each(|run| block(run, options, out))?,
        false => grouped::write(check, options, out)?,
    }
    writeln!(out, "{}", numbers(check))?;
    match &check.second {
        Some(count) => writeln!(out, "{}", second::in_a_line(count)),
        None => Ok(()),
    }
}

/// Everything about a group of messages with one name.
fn block(run: &[Difference], options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let is_failure = run.iter().any(Difference::is_failure);
    head(&name_of(run), is_failure, options, out)?;
    lines_of(run).iter().try_for_each(|line| line.write(out))?;
    writeln!(out)
}

/// The first line about one message or several.
fn head(text: &str, is_failure: bool, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let color = match is_failure {
        true => AnsiColor::Red,
        false => AnsiColor::Yellow,
    };
    writeln!(out, "{}", painted(text, style(color), options))
}

/// The counts in one line.
fn numbers(check: &Check) -> String {
    let Check {
        messages,
        as_recorded,
        differ,
        new,
        renamed,
        removed,
        ..
    } = check;
    let noun = if *messages == 1 {
        "message"
    } else {
        "messages"
    };
    let mut parts = Vec::new();
    if *differ > 0 || new + renamed + removed == 0 {
        let verb = if *differ == 1 { "differs" } else { "differ" };
        parts.push(format!("{differ} of {messages} {noun} {verb}"));
    } else {
        parts.push(format!("of {messages} {noun} none differs"));
    }
    let mut add = |count: usize, what: &str| {
        if count > 0 {
            let verb = if count == 1 { "is" } else { "are" };
            parts.push(format!("{count} {verb} {what}"));
        }
    };
    add(*new, "new");
    add(*renamed, "renamed");
    add(*removed, "gone");
    let verb = if *as_recorded == 1 { "is" } else { "are" };
    format!("{}; {as_recorded} {verb} as recorded", parts.join(", "))
}

/// The differences; those of one mbox that only differ in the message number are grouped together.
fn runs(differences: &[Difference]) -> impl Iterator<Item = &[Difference]> {
    differences.chunk_by(|before, after| {
        let is_next = |before: &str, after: &str| match (numbered(before), numbered(after)) {
            (Some((file, number)), Some((same, next))) => file == same && number + 1 == next,
            _ => false,
        };
        let from = before
            .renamed_from
            .as_deref()
            .zip(after.renamed_from.as_deref());
        let is_shifted = from.is_some_and(|(before, after)| is_next(before, after));
        let is_alone = !before.is_failure() && !after.is_failure();
        is_alone && is_shifted && is_next(&before.name, &after.name)
    })
}

fn numbered(name: &str) -> Option<(&str, u32)> {
    let (file, number) = name.rsplit_once('#')?;
    Some((file, number.parse().ok()?))
}

/// The name of a group of messages, safe for a terminal.
fn name_of(run: &[Difference]) -> String {
    match run {
        [first, .., last] => plain(format!("{} to {}", first.name, last.name)),
        _ => run.iter().map(|one| plain(&one.name)).collect(),
    }
}

/// Everything to say about a group of messages.
fn lines_of(run: &[Difference]) -> Vec<Line> {
    let from = |one: &Difference| one.renamed_from.clone().unwrap_or_default();
    match run {
        [first, .., last] => {
            let text = format!("They were {} to {}.", from(first), from(last));
            vec![Line::new("renamed", &text)]
        }
        _ => run.iter().flat_map(lines).collect(),
    }
}

/// One statement about a message, safe for a terminal.
struct Line {
    label: String,
    text: String,
}

impl Line {
    fn new(label: impl Into<String>, text: &str) -> Self {
        Self {
            label: label.into(),
            text: plain(text),
        }
    }

    /// Writes it, with its label in a column.
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let first = format!("  {}", padded(&self.label, LABEL));
        paragraph(out, &first, LABEL + 2, &self.text)
    }

    /// The line without columns.
    fn joined(&self) -> String {
        match self.label.as_str() {
            "" => self.text.clone(),
            label => format!("{label}: {}", self.text),
        }
    }
}

/// Everything to say about a message.
fn lines(difference: &Difference) -> Vec<Line> {
    let mut lines = Vec::new();
    match (difference.kind, &difference.renamed_from) {
        (DifferenceKind::New, _) => lines.push(Line::new(
            "new",
            "Nothing is expected of it yet; sesauth corpus update takes what it gives.",
        )),
        (DifferenceKind::Removed, _) => lines.push(Line::new(
            "gone",
            "The message that was recorded here is there no more; sesauth corpus update drops \
             what is expected of it.",
        )),
        (DifferenceKind::Renamed, Some(from)) => {
            lines.push(Line::new("renamed", &format!("It was {from}.")));
        }
        (DifferenceKind::Changed | DifferenceKind::Renamed | DifferenceKind::Unreadable, _) => (),
    }
    let mut last = String::new();
    for change in &difference.changes {
        let label = label(change);
        let shown = if label == last { "" } else { label.as_str() };
        lines.push(Line::new(shown, &headline(change)));
        if let Some(because) = because(change) {
            lines.push(Line::new("", &because));
        }
        last = label;
    }
    for (index, reason) in difference.reasons.iter().enumerate() {
        let label = if index == 0 { "why" } else { "" };
        lines.push(Line::new(label, &why(reason)));
    }
    lines
}

/// A difference in a few words, safe for a terminal.
fn title(difference: &Difference) -> String {
    let first = difference.changes.iter().find(|change| {
        !matches!(change.part, Changed::Message | Changed::Conclusion)
            || difference.changes.len() == 1
    });
    plain(match (first, difference.kind) {
        (Some(change), _) => {
            let first = change.fields.iter().take(1).cloned().collect();
            let first = Change {
                fields: first,
                ..change.clone()
            };
            format!("{} {}", label(change), headline(&first))
        }
        (None, DifferenceKind::New) => "new message".into(),
        (None, DifferenceKind::Removed) => "removed message".into(),
        (None, DifferenceKind::Renamed) => "renamed message".into(),
        (None, DifferenceKind::Unreadable) => "its expectation cannot be read".into(),
        (None, DifferenceKind::Changed) => "changed".into(),
    })
}

fn label(change: &Change) -> String {
    let name = match change.part {
        Changed::Message => "message",
        Changed::Error => "analysis",
        Changed::Conclusion => "conclusion",
        Changed::Dmarc => "DMARC",
        Changed::Spf => "SPF",
        Changed::Helo => "SPF HELO",
        Changed::Dkim => "DKIM",
        Changed::Arc => "ARC",
        Changed::Claim => "claim",
        Changed::Finding => "finding",
        Changed::Second => "second",
    };
    match change.number {
        Some(number) => format!("{name} {number}"),
        None => name.into(),
    }
}

fn headline(change: &Change) -> String {
    let fields = change.fields.iter();
    match change.part {
        Changed::Message => "its bytes are not those that were recorded".into(),
        Changed::Finding => {
            let signed = fields.map(|field| match (&field.was, &field.is) {
                (_, Some(is)) => format!("+ {is}"),
                (was, None) => format!("- {}", was.as_deref().unwrap_or_default()),
            });
            signed.collect::<Vec<_>>().join(", ")
        }
        Changed::Error => {
            let error = fields.map(|field| match (&field.was, &field.is) {
                (None, Some(is)) => format!("it cannot be analysed any more: {is}"),
                (Some(was), None) => format!("it can be analysed now; before: {was}"),
                (was, is) => format!("{} → {}", or_nothing(was), or_nothing(is)),
            });
            error.collect::<Vec<_>>().join(", ")
        }
        _ => {
            let fields: Vec<String> = fields.map(from_to).collect();
            fields.join(", ")
        }
    }
}

fn from_to(change: &FieldChange) -> String {
    let both = format!("{} → {}", or_nothing(&change.was), or_nothing(&change.is));
    match change.field.as_str() {
        "" | "result" => both,
        field => format!("{} {both}", field.replace('_', " ")),
    }
}

fn or_nothing(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("nothing")
}

/// A DNS answer, shortened, as keys can be long.
fn answer(text: &str) -> String {
    let words: Vec<String> = text.split(' ').map(|word| shortened(word, WORD)).collect();
    shortened(&words.join(" "), ANSWER)
}

fn because(change: &Change) -> Option<String> {
    change.because.as_deref().map(sentence)
}

fn why(reason: &Reason) -> String {
    match reason {
        Reason::Message => "The message itself was changed since it was recorded.".into(),
        Reason::LineEnds => "Its bytes differ only in line ends from those that were recorded: see \
                             `mail/** -text` in .gitattributes, with the name of your folder, which \
                             keeps git from changing them."
            .into(),
        Reason::Dns {
            name,
            record_type,
            was,
            is,
            ..
        } => {
            let Some(was) = was else {
                return format!("{record_type} {name}: the recording holds no answer to that.");
            };
            let (was, is) = (answer(was), answer(is));
            format!("{record_type} {name}: {was} when it was recorded, {is} now.")
        }
        Reason::MoreDns { count } => format!("{count} more answers of DNS are others."),
        Reason::Version { was, is } => format!(
            "Neither the message nor an answer of DNS is known to have changed. It was recorded by \
             {was}; this is {is}, which may judge otherwise."
        ),
        Reason::Expectation => "Neither the message, nor an answer of DNS, nor the program is \
                                known to have changed: perhaps the expectation or the recording \
                                of DNS was edited."
            .into(),
        Reason::Unreadable { problem } => format!("Its expectation cannot be read: {problem}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A check with a message whose name is an attack on every format.
    fn hostile() -> Check {
        let mut check = Check::default();
        check.add("a.eml".into(), None, &[]);
        let name = "b\n::error::<x> \"&'#\\,:%\x1b[31m]]>.eml";
        let mut difference =
            Difference::new(name.into(), PathBuf::from(name), DifferenceKind::Changed);
        difference.changes.push(Change {
            part: Changed::Dkim,
            number: Some(1),
            fields: vec![FieldChange::new(
                None,
                "result",
                Some("pass".into()),
                Some("permerror".into()),
            )],
            because: Some("s=\x1b]0;x\x07 d=\u{202e}: </failure>\n::error::b".into()),
        });
        difference.reasons.push(Reason::Message);
        check.add(name.into(), Some(difference), &[]);
        let mut renamed = Difference::new(
            "c.eml".into(),
            PathBuf::from("./c.eml"),
            DifferenceKind::Renamed,
        );
        renamed.renamed_from = Some("old.eml".into());
        check.add("c.eml".into(), Some(renamed), &[]);
        check
    }

    fn written(write: impl Fn(&Check, &mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&hostile(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let steers = |char: char| char != '\n' && super::super::escape::is_unsafe(char);
        assert!(!text.contains(steers), "{text:?}");
        text
    }

    #[test]
    fn text_says_what_changed_and_why_on_lines_of_their_own() {
        let text = written(|check, out| write(check, TextOptions::default(), out));
        assert!(text.contains("  DKIM 1      pass → permerror\n"), "{text}");
        assert!(text.contains("  why         The message itself"), "{text}");
        assert!(
            text.ends_with("1 of 3 messages differs, 1 is renamed; 1 is as recorded\n"),
            "{text}"
        );
        assert!(!text.lines().any(|line| line.starts_with("::")), "{text}");
    }

    #[test]
    fn a_hostile_name_stays_within_its_annotation() {
        let text = written(|check, out| write_github(check, out));
        let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("::")).collect();
        assert_eq!(commands.len(), 2, "{text}");
        assert!(
            commands[0].starts_with(
                "::error file=b%0A%3A%3Aerror%3A%3A<x> \"&'#\\%2C%3A%25\\u{1b}[31m]]>.eml,\
                 title=DKIM 1 pass → permerror::"
            ),
            "{text}"
        );
        assert!(
            commands[0].contains("%0ADKIM 1: pass → permerror%0A"),
            "{text}"
        );
        assert!(
            commands[1].starts_with("::notice file=c.eml,title=renamed message::"),
            "{text}"
        );
    }

    #[test]
    fn a_hostile_name_stays_within_its_element() {
        let text = written(|check, out| write_junit(check, out));
        assert!(text.contains("tests=\"3\" failures=\"1\""), "{text}");
        assert_eq!(text.matches("<testcase").count(), 3, "{text}");
        assert_eq!(text.matches("<failure").count(), 1, "{text}");
        assert_eq!(text.matches("</failure>").count(), 1, "{text}");
        assert!(text.contains("&lt;x&gt; &quot;&amp;&apos;#"), "{text}");
    }

    #[test]
    fn a_hostile_name_stays_within_its_test_line() {
        let text = written(|check, out| write_tap(check, out));
        assert!(
            text.starts_with("TAP version 14\n1..3\nok 1 - a.eml\nnot ok 2 - b ::error"),
            "{text}"
        );
        assert!(text.contains("'\\#\\\\,:%"), "{text}");
        assert!(text.contains("\nok 3 - c.eml\n"), "{text}");
        let outside = text.lines().filter(|line| !line.starts_with(' '));
        assert_eq!(outside.count(), 5, "{text}");
    }

    #[test]
    fn a_hostile_name_stays_within_its_uri() {
        let text = written(|check, out| write_sarif(check, out));
        let sarif: serde_json::Value = serde_json::from_str(&text).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results[0]["ruleId"], "corpus/dkim-changed");
        let at = |result: &serde_json::Value| {
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone()
        };
        assert_eq!(
            at(&results[0]),
            "b%0A%3A%3Aerror%3A%3A%3Cx%3E%20%22%26%27%23%5C%2C%3A%25%1B%5B31m%5D%5D%3E.eml"
        );
        assert_eq!(results[1]["ruleId"], "corpus/renamed");
        assert_eq!(results[1]["level"], "note");
        let rules = sarif["runs"][0]["tool"]["driver"]["rules"]
            .as_array()
            .unwrap();
        for result in results {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
    }
}
