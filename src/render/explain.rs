//! Explanations for people.

use std::io::{self, Write};

use super::wrap::paragraph;
use crate::explain::dmarc::{EXPLAINED, ExplainedTag};
use crate::explain::glossary::{self, GROUPS, Word};
use crate::explain::smtp_reply::{self, Reply, USES, Use};
use crate::findings::{RULES, Rule, near};
use crate::suggest::nearest;

/// Writes the explanation of a DMARC tag: what it means, why it matters, what to do.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(explained: &ExplainedTag, out: &mut dyn Write) -> io::Result<()> {
    let ExplainedTag { tag, title, .. } = explained;
    paragraph(out, "", 2, &format!("{tag}: {title}, in a DMARC record"))?;
    for (head, text) in [
        ("What it means", explained.means),
        ("Why it matters", explained.matters),
        ("What to do", explained.todo),
        ("Example", explained.example),
        ("Defined in", explained.cites),
    ] {
        writeln!(out, "\n{head}")?;
        paragraph(out, "  ", 2, text)?;
    }
    Ok(())
}

/// Writes the explanation of a finding, in the same way.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_rule(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    let explanation = &rule.explanation;
    writeln!(out, "{}: {}", rule.severity, rule.code)?;
    let summary = format!("This message has a {}.", explanation.summary);
    paragraph(out, "", 0, &summary)?;
    for (head, text) in [
        ("What it means", explanation.means),
        ("Why it matters", explanation.matters),
        ("What to do", explanation.todo),
    ] {
        writeln!(out, "\n{head}")?;
        for text in text.lines() {
            paragraph(out, "  ", 2, text)?;
        }
    }
    writeln!(out, "\nExample")?;
    for line in explanation.example.lines() {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "\nDefined in")?;
    for cite in rule.cites {
        paragraph(out, "  ", 4, cite)?;
    }
    Ok(())
}

/// Writes the explanation of a word, in at most twelve lines.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_word(word: &Word, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", word.word)?;
    paragraph(out, "  ", 2, word.means)?;
    paragraph(out, "  Why it matters: ", 2, word.matters)?;
    paragraph(out, "  What to do: ", 2, word.todo)?;
    if !word.cites.is_empty() {
        paragraph(out, "  Defined in: ", 2, word.cites)?;
    }
    paragraph(out, "  See also: ", 2, &word.see.join(", "))
}

/// Writes what a reply of a mail server means.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_reply(reply: &Reply, out: &mut dyn Write) -> io::Result<()> {
    let Reply { code, uses, .. } = reply;
    let class = smtp_reply::class(code);
    paragraph(out, "", 2, &format!("{code}: {class}"))?;
    if uses.is_empty() {
        return write_unknown_reply(reply, out);
    }
    for one in uses {
        writeln!(out)?;
        write_use(one, out)?;
    }
    if reply.is_narrowed {
        let more = format!("The code has other uses: sesauth explain {code} lists all.");
        paragraph(out, "\n", 0, &more)?;
    }
    if !uses.iter().any(|one| one.todo.contains("sesauth inspect")) {
        return Ok(());
    }
    paragraph(
        out,
        "\n",
        0,
        "What was refused is kept nowhere. To see why, send the same to a mailbox of yours \
         elsewhere, save the message there as it is, and run:",
    )?;
    writeln!(out, "  sesauth inspect message.eml")
}

fn write_use(one: &Use, out: &mut dyn Write) -> io::Result<()> {
    paragraph(out, "", 2, one.receiver)?;
    for (head, text) in [
        ("What earns it", one.earns),
        ("What it does not mean", one.is_not),
        ("What to check", one.todo),
        ("Source", one.source),
    ] {
        if !text.is_empty() {
            paragraph(out, &format!("  {head}: "), 4, text)?;
        }
    }
    Ok(())
}

fn write_unknown_reply(reply: &Reply, out: &mut dyn Write) -> io::Result<()> {
    let named = match &reply.names[..] {
        [] if !reply.code.contains('.') => "Give the whole reply in quotes: the code behind this \
                                            one, such as 5.7.26, and the text say more."
            .to_owned(),
        [] => "The text behind the code says more; where it names SPF, DKIM or DMARC, sesauth \
               inspect message.eml finds the cause."
            .to_owned(),
        names => format!(
            "The text names {}: see sesauth explain {}, and sesauth inspect message.eml for the \
             cause.",
            names.join(", ").to_ascii_uppercase(),
            names[0],
        ),
    };
    paragraph(
        out,
        "  ",
        2,
        &format!("Nothing more is known here of this code. {named}"),
    )
}

/// Writes the list of what can be explained, in short.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write_list(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "Words:")?;
    for group in GROUPS {
        let words: Vec<&str> = group.words.iter().map(|one| one.word).collect();
        paragraph(out, &format!("  {}: ", group.title), 4, &words.join(", "))?;
    }
    let tags: Vec<&str> = EXPLAINED.iter().map(|one| one.tag).collect();
    paragraph(out, "\nTags of a DMARC record: ", 2, &tags.join(", "))?;
    let mut codes: Vec<&str> = USES.iter().flat_map(|one| one.codes).copied().collect();
    codes.sort_by_key(|code| {
        let parts = code.split(['.', '-']);
        parts
            .map(|part| part.parse().unwrap_or(0))
            .collect::<Vec<u16>>()
    });
    codes.dedup();
    writeln!(out)?;
    paragraph(
        out,
        "Codes that senders get, or the whole reply in quotes: ",
        2,
        &codes.join(", "),
    )?;
    writeln!(out, "\nFindings (sesauth findings says what each is):")?;
    let topic = |code: &str| TOPICS.iter().position(|(_, starts)| is_of(code, starts));
    for (at, (head, _)) in TOPICS.iter().enumerate() {
        let codes = RULES.iter().map(|rule| rule.code);
        let codes: Vec<&str> = codes.filter(|code| topic(code) == Some(at)).collect();
        paragraph(out, &format!("  {head}: "), 4, &codes.join(", "))?;
    }
    Ok(())
}

/// What findings are about, and how their codes begin; the first that fits.
const TOPICS: [(&str, &[&str]); 6] = [
    ("DMARC", &["dmarc-", "several-dmarc-"]),
    ("From", &["from-", "several-from-", "several-author-"]),
    ("SPF", &["spf-", "quoted-spf-"]),
    ("DKIM", &["dkim-"]),
    ("Amazon SES", &["ses-", "strict-spf-alignment-with-ses"]),
    ("the message, its way and its file", &[""]),
];

fn is_of(code: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| code.starts_with(start))
}

/// The words that can be explained and are close to `word`.
pub fn perhaps(word: &str) -> Vec<&'static str> {
    let tags: Vec<&'static str> = EXPLAINED.iter().map(|one| one.tag).collect();
    let mut meant = nearest(word, &tags, 1);
    meant.extend(near(word));
    meant.extend(glossary::near(word));
    meant
}
