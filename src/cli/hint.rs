//! What was probably meant, where the arguments name no command, or too many messages.

use std::ffi::OsString;
use std::path::Path;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use sesauth::{explain, findings};
use strsim::osa_distance;

use super::Arguments;
use super::typed::domain;

/// What to run instead of what was given, and why, line by line; `None` if nothing is known that is
/// better than what clap says.
pub fn meant(given: &[OsString], error: &Error) -> Option<Vec<String>> {
    let first = given.get(1)?.to_str()?;
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand if word(ContextKind::InvalidSubcommand) == Some(first) => {
            not_a_command(first, &given[2..])
        }
        ErrorKind::UnknownArgument if first == "inspect" => {
            let other = word(ContextKind::InvalidArg).filter(|other| !other.starts_with('-'))?;
            Some(several_messages(given, other))
        }
        ErrorKind::UnknownArgument if first == "spf" => {
            let name = word(ContextKind::InvalidArg).filter(|name| is_domain(name))?;
            let line = format!("sesauth spf --ip ADDRESS --mail-from {name}");
            let what = format!("{name}: SPF judges who sends for a domain; give the address too");
            Some(error_lines(&what, &[&line]))
        }
        _ => None,
    }
}

fn not_a_command(word: &str, rest: &[OsString]) -> Option<Vec<String>> {
    let path = Path::new(word);
    if path.is_dir() {
        let command = command("batch", word, rest);
        return Some(error_lines(
            &format!("{word}: this is no command but a folder; for all messages in it"),
            &[&command],
        ));
    }
    if path.is_file() || is_message(word) {
        let command = command("inspect", word, rest);
        return Some(error_lines(
            &format!("{word}: this is no command; to inspect the message"),
            &[&command],
        ));
    }
    if let Some(commands) = by_meaning(word) {
        return Some(error_lines(
            &format!("{word}: there is no such command; perhaps"),
            commands,
        ));
    }
    if is_explained(word) {
        let command = command("explain", word, &[]);
        return Some(error_lines(
            &format!("{word}: this is no command; what it means"),
            &[&command],
        ));
    }
    if is_domain(word) {
        let command = command("dmarc", word, &[]);
        return Some(error_lines(
            &format!("{word}: this is no command; for the domain"),
            &[&command],
        ));
    }
    None
}

fn several_messages(given: &[OsString], other: &str) -> Vec<String> {
    let mut batch = given.to_vec();
    batch[1] = "batch".into();
    // Without the flags that are for one message alone.
    while let Err(error) = Arguments::try_parse_from(&batch)
        && let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg)
        && let Some(at) = batch.iter().position(|one| one.to_str() == Some(flag))
        && error.kind() == ErrorKind::UnknownArgument
    {
        batch.remove(at);
    }
    let words: Option<Vec<&str>> = batch[1..].iter().map(|one| one.to_str()).collect();
    let command = words.and_then(|words| quoted(["sesauth"].into_iter().chain(words)));
    let command = command.unwrap_or_else(|| "sesauth batch FOLDER".into());
    error_lines(
        &format!("{other}: inspect takes one message; for several"),
        &[&command],
    )
}

/// A hint for a file that is not there, if its name is that of a domain.
pub fn for_missing_file(name: &str) -> Option<String> {
    is_domain(name).then(|| {
        let command = command("dmarc", name, &[]);
        format!("there is no such file; for a domain: {command}")
    })
}

/// The hint for a message where a domain is wanted.
pub fn for_message(name: &str) -> Option<String> {
    let endings = [".eml", ".emlx", ".msg"];
    let is_message = endings.iter().any(|ending| name.ends_with(ending));
    (is_message && Path::new(name).is_file()).then(|| {
        let command = command("inspect", name, &[]);
        format!("it is a file; for a message: {command}")
    })
}

/// The hint for a folder where a message is wanted.
pub fn for_folder(name: &str) -> String {
    let command = command("batch", name, &[]);
    format!("it is a folder; for all messages in it: {command}")
}

/// The hint for an archive where a message is wanted.
pub fn for_archive(name: &str) -> String {
    let command = command("batch", name, &[]);
    format!("it is an archive; for all messages in it: {command}")
}

fn error_lines(what: &str, commands: &[impl AsRef<str>]) -> Vec<String> {
    let mut lines = vec![format!("sesauth: error: {what}:")];
    lines.extend(
        commands
            .iter()
            .map(|command| format!("  {}", command.as_ref())),
    );
    lines
}

/// `sesauth NAME WORD REST`, to be copied into a shell.
fn command(name: &str, word: &str, rest: &[OsString]) -> String {
    let rest: Option<Vec<&str>> = rest.iter().map(|one| one.to_str()).collect();
    let words = ["sesauth", name, word]
        .into_iter()
        .chain(rest.unwrap_or_default());
    quoted(words).unwrap_or_else(|| {
        let what = match name {
            "batch" => "FOLDER",
            "inspect" => "MESSAGE",
            "dmarc" => "DOMAIN",
            _ => "WORD",
        };
        format!("sesauth {name} {what}")
    })
}

/// Words as a line of a shell; `None` if one has signs that are not safe to copy.
fn quoted<'w>(words: impl Iterator<Item = &'w str>) -> Option<String> {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_./:=@%+,".contains(char);
    let quote = |word: &str| match word {
        _ if !word.is_empty() && word.chars().all(is_plain) => Some(word.to_owned()),
        _ if word.contains('\'') || !word.chars().all(|char| matches!(char, ' '..='~')) => None,
        _ => Some(format!("'{word}'")),
    };
    let words: Option<Vec<String>> = words.map(quote).collect();
    words.map(|words| words.join(" "))
}

/// How the names of files end in which messages are saved.
const MESSAGES: [&str; 7] = [".eml", ".emlx", ".msg", ".mbox", ".mbx", ".gz", ".zst"];

/// How the names of other files end, which could be domains otherwise.
const FILES: [&str; 9] = [
    ".txt", ".json", ".jsonl", ".html", ".htm", ".mht", ".pdf", ".zip", ".csv",
];

fn ends_so(word: &str, ends: &[&str]) -> bool {
    let word = word.to_ascii_lowercase();
    ends.iter().any(|end| word.ends_with(end))
}

fn is_message(word: &str) -> bool {
    ends_so(word, &MESSAGES)
}

fn is_domain(word: &str) -> bool {
    let is_name = |word: &str| {
        let end = word.trim_end_matches('.').rsplit_once('.');
        let is_end = |end: &str| end.len() > 1 && end.chars().all(|it| it.is_ascii_alphabetic());
        end.is_some_and(|(_, end)| is_end(end))
    };
    let is_file = ends_so(word, &MESSAGES) || ends_so(word, &FILES);
    !word.contains(['/', '\\']) && !is_file && is_name(word) && domain(word).is_ok()
}

fn is_explained(word: &str) -> bool {
    explain::glossary::explained_word(word).is_some()
        || findings::rule(word).is_some()
        || explain::smtp_reply::read(word).is_some()
}

/// The commands that do what `word` says.
fn by_meaning(word: &str) -> Option<&'static [&'static str]> {
    let word = word.to_ascii_lowercase();
    let at = |most: usize| {
        MEANINGS.iter().find(|(words, _)| {
            let is_near = |known: &&str| {
                known.len().abs_diff(word.len()) <= most && osa_distance(known, &word) <= most
            };
            words.iter().any(is_near)
        })
    };
    let slips = usize::from(word.len() > 3);
    at(0).or_else(|| at(slips)).map(|(_, commands)| *commands)
}

const INSPECT: &str = "sesauth inspect MESSAGE         one saved message: what passed, and why not";
const BATCH: &str = "sesauth batch FOLDER            many messages, one line each";
const DOMAIN: &str = "sesauth domain DOMAIN           all that a domain publishes for mail, graded";
const DMARC: &str = "sesauth dmarc DOMAIN            the DMARC record of a domain";
const SPF: &str = "sesauth spf --ip ADDRESS --mail-from SENDER";
const CHECK: &str = "sesauth corpus check FOLDER     whether recorded messages still give the same";
const EXPLAIN: &str =
    "sesauth explain WORD            a word, a finding, or the error that you got";

/// Words that people try, and the commands that they mean.
const MEANINGS: &[(&[&str], &[&str])] = &[
    (&["check", "test", "validate"], &[INSPECT, DOMAIN, CHECK]),
    (
        &[
            "verify", "analyze", "analyse", "analysis", "why", "message", "mail", "header",
            "headers", "show", "read", "parse",
        ],
        &[INSPECT, BATCH],
    ),
    (
        &[
            "ses", "lookup", "query", "dig", "policy", "grade", "domains",
        ],
        &[DOMAIN, DMARC, SPF, INSPECT],
    ),
    (
        &["dkim", "signature", "key", "selector"],
        &[
            INSPECT,
            "sesauth explain dkim            what the word means",
        ],
    ),
    (
        &["arc"],
        &[
            INSPECT,
            "sesauth explain arc             what the word means",
        ],
    ),
    (
        &["record", "snapshot", "save"],
        &[
            "sesauth inspect --record dns.jsonl MESSAGE",
            "sesauth dns show dns.jsonl      what was recorded",
            "sesauth corpus record FOLDER    for a folder of messages",
        ],
    ),
    (
        &["compare", "second"],
        &[
            "sesauth diff A.eml B.eml        two copies of one message",
            "sesauth inspect --compare-with mail-auth MESSAGE",
            CHECK,
        ],
    ),
    (
        &["plan", "simulate", "what-if", "whatif", "try"],
        &[
            "sesauth inspect --policy p=reject MESSAGE",
            "sesauth corpus what-if --policy p=reject FOLDER",
        ],
    ),
    (
        &["report", "summary", "stats", "statistics"],
        &[
            BATCH,
            "sesauth corpus report FOLDER    a recorded folder, over time",
        ],
    ),
    (
        &["update", "accept"],
        &["sesauth corpus update FOLDER    take what comes out now as expected"],
    ),
    (
        &["folder", "directory", "maildir", "mbox", "many", "all"],
        &[BATCH],
    ),
    (
        &[
            "glossary", "words", "word", "define", "meaning", "error", "code", "bounce", "ndr",
            "smtp",
        ],
        &[EXPLAIN],
    ),
    (
        &["rules", "codes", "list", "lint", "warnings"],
        &[
            "sesauth findings                all that can be found",
            EXPLAIN,
        ],
    ),
    (&["version"], &["sesauth --version"]),
];
