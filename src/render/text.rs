//! An analysis for a person at a terminal: the conclusion first, then the parties, one line for
//! each mechanism, its reason, and what the receiver said.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::escape::plain;
use super::wrap::{padded, paragraph, shortened};
use super::{claims, details};
use crate::Analysis;
use crate::conclusion::ConclusionResult;
use crate::dkim::{BodyResult, DkimVerdict};
use crate::dmarc::{Alignment, DmarcCause, DmarcResult, Mode};
use crate::session::Provenance;

/// How to show an analysis.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextOptions {
    /// With the evidence: the SPF tree, the DMARC steps, signed bytes and every lookup.
    pub verbose: bool,
    /// With colours.
    pub color: bool,
}

/// Writes `analysis` as text of at most 80 columns; only a single long word exceeds them.
pub fn write(analysis: &Analysis, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    headline(analysis, options, out)?;
    parties(analysis, out)?;
    table(analysis, options, out)?;
    reasons(analysis, out)?;
    claims::write(analysis, out)?;
    notes(analysis, out)?;
    if options.verbose {
        details::write(analysis, out)?;
    }
    writeln!(out)?;
    paragraph(out, "", 0, &judged_as_of(analysis))
}

fn headline(analysis: &Analysis, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let conclusion = &analysis.conclusion;
    let word = conclusion.result.as_str().to_uppercase();
    let style = match conclusion.result {
        ConclusionResult::Pass => style(AnsiColor::Green),
        ConclusionResult::Fail => style(AnsiColor::Red),
        ConclusionResult::None | ConclusionResult::Inconclusive => style(AnsiColor::Yellow),
    };
    let mut text = Vec::new();
    let first = format!("{word}  ");
    paragraph(&mut text, &first, 6, &plain(&conclusion.sentence))?;
    let text = String::from_utf8_lossy(&text);
    let rest = text.strip_prefix(&word).unwrap_or(&text);
    write!(out, "{}{rest}", painted(&word, style, options))
}

fn parties(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    let mut line =
        |label: &str, text: &str| paragraph(out, &format!("  {label:<13}"), 15, &plain(text));
    let message = &analysis.message;
    for author in &message.from {
        match (&author.address, &author.name) {
            (Some(address), _) => line("From", address)?,
            (None, Some(name)) => line("From", &format!("\"{name}\", no address"))?,
            (None, None) => line("From", "no address")?,
        }
    }
    if message.from.is_empty() {
        line("From", "no author")?;
    }
    let session = &analysis.session;
    match &session.mail_from {
        Some(from) => {
            let value = match from.value.as_str() {
                "" => "<> (the null reverse-path, as of a bounce)",
                value => value,
            };
            let label = match from.from {
                Provenance::ReturnPath => "Return-Path",
                _ => "MAIL FROM",
            };
            line(label, &shortened(value, 65))?;
        }
        None => line("Return-Path", "not known")?,
    }
    let when = session.received_at.as_ref().map(|at| {
        let at = at.value;
        at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
    });
    let by = session.receiver();
    match (when, by) {
        (Some(when), Some(by)) => line("Received", &format!("{when} by {}", shortened(by, 40)))?,
        (Some(when), None) => line("Received", &when)?,
        (None, Some(by)) => line("Received", &format!("by {}", shortened(by, 60)))?,
        (None, None) => line("Received", "not known when")?,
    }
    let client = match (&session.helo, &session.client_ip) {
        (Some(helo), Some(ip)) => format!(
            "from {} [{}] ({})",
            shortened(&helo.value, 60),
            ip.value,
            ip.from
        ),
        (None, Some(ip)) => format!("from [{}] ({})", ip.value, ip.from),
        (_, None) => "from a client that is not known; give it with --ip".into(),
    };
    line("", &client)
}

fn table(analysis: &Analysis, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let dmarc = &analysis.dmarc;
    let from = match &dmarc.author_domain {
        Some(domain) => format!("aligned with {}?", shortened(domain.as_str(), 30)),
        None => String::new(),
    };
    let spf = &analysis.spf.mail_from;
    let mut rows = vec![Row::new(
        "SPF",
        spf.result.as_str(),
        spf.domain.as_deref(),
        alignment(dmarc.alignment.spf.as_ref(), spf.result.as_str(), "aspf"),
    )];
    for (index, verdict) in analysis.dkim.iter().enumerate() {
        let result = verdict.result.as_str();
        rows.push(Row::new(
            &format!("DKIM {}", index + 1),
            result,
            verdict.domain.as_ref().map(|domain| domain.as_str()),
            alignment(dmarc.alignment.dkim.get(index), result, "adkim"),
        ));
    }
    if analysis.dkim.is_empty() {
        rows.push(Row::new(
            "DKIM",
            "none",
            None,
            "there is no signature".into(),
        ));
    }
    let domain = dmarc.author_domain.as_ref().map(|domain| domain.as_str());
    rows.push(Row::new(
        "DMARC",
        dmarc.result.as_str(),
        domain,
        policy(analysis),
    ));

    let widest = |text: fn(&Row) -> &str| rows.iter().map(|row| text(row).width()).max();
    let names = widest(|row| &row.name).unwrap_or(0) + 2;
    let results = widest(|row| &row.result).unwrap_or(0).max(6) + 2;
    let domains = widest(|row| &row.domain).unwrap_or(0).max(6) + 2;
    writeln!(out)?;
    let head = format!(
        "{}{}{from}",
        padded("result", results),
        padded("domain", domains)
    );
    writeln!(out, "  {:names$}{}", "", head.trim_end())?;
    for row in &rows {
        let style = match row.result.as_str() {
            "pass" => style(AnsiColor::Green),
            "fail" | "permerror" => style(AnsiColor::Red),
            _ => style(AnsiColor::Yellow),
        };
        let result = painted(&padded(&row.result, results), style, options);
        write!(out, "  {}{result}", padded(&row.name, names))?;
        let indent = 2 + names + results + domains;
        let mut text = Vec::new();
        let blank = " ".repeat(2 + names + results);
        let first = format!("{blank}{}", padded(&row.domain, domains));
        paragraph(&mut text, &first, indent, &row.remark)?;
        let text = String::from_utf8_lossy(&text);
        write!(out, "{}", text.strip_prefix(&blank).unwrap_or(&text))?;
    }
    Ok(())
}

struct Row {
    name: String,
    result: String,
    domain: String,
    remark: String,
}

impl Row {
    fn new(name: &str, result: &str, domain: Option<&str>, remark: String) -> Self {
        Self {
            name: name.into(),
            result: result.into(),
            domain: shortened(&plain(domain.unwrap_or("-")), 28),
            remark,
        }
    }
}

/// Whether an identifier is aligned, in a few words.
fn alignment(alignment: Option<&Alignment>, result: &str, tag: &str) -> String {
    let Some(alignment) = alignment else {
        return String::new();
    };
    let mode = match (alignment.mode, alignment.mode_is_default) {
        (mode, true) => format!("({mode}, the default)"),
        (Mode::Relaxed, false) => format!("({tag}=r)"),
        (Mode::Strict, false) => format!("({tag}=s)"),
    };
    let near = alignment.aligned_relaxed == Some(true);
    match (alignment.aligned, alignment.authenticated) {
        (None, _) => "not known".into(),
        (Some(true), true) if alignment.aligned_strict == Some(true) => {
            "yes, the same domain".into()
        }
        (Some(true), true) => format!("yes, the same organization {mode}"),
        (Some(true), false) if matches!(result, "not-evaluated" | "temperror") => {
            "it would be, if it passed".into()
        }
        (Some(true), false) => "it would be, if it had passed".into(),
        (Some(false), _) if near => {
            format!("no: the same organization, not the same domain {mode}")
        }
        (Some(false), _) => format!("no, another organization {mode}"),
    }
}

fn policy(analysis: &Analysis) -> String {
    let dmarc = &analysis.dmarc;
    let Some(policy) = &dmarc.policy else {
        return match dmarc.cause {
            DmarcCause::NoRecord => "no policy record".into(),
            DmarcCause::RecordUnusable => "the policy record cannot be used".into(),
            DmarcCause::Dns => "DNS did not answer".into(),
            DmarcCause::NotRecorded => "not in the recorded DNS".into(),
            _ => "no single author domain".into(),
        };
    };
    let place = format!("from _dmarc.{}", policy.domain);
    let asks = format!("{}={}", policy.tag, policy.requested);
    match dmarc.result {
        DmarcResult::Fail if policy.applied != policy.requested => {
            format!("{asks}, lowered to {} by t=y, {place}", policy.applied)
        }
        _ => format!("{asks}, {place}"),
    }
}

fn reasons(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    let dmarc = &analysis.dmarc;
    let mut say =
        |label: &str, text: &str| paragraph(out, &format!("  {label}: "), 4, &plain(text));
    let spf = &analysis.spf.mail_from;
    say("SPF", &sentence(&spf.sentence))?;
    if let Some(alignment) = &dmarc.alignment.spf {
        say("SPF and From", &alignment.sentence)?;
    }
    for (index, verdict) in analysis.dkim.iter().enumerate() {
        let label = format!("DKIM {}", index + 1);
        say(&label, &signature(verdict))?;
        if let Some(alignment) = dmarc.alignment.dkim.get(index) {
            say(&format!("{label} and From"), &alignment.sentence)?;
        }
    }
    if let (DmarcResult::Fail, Some(policy)) = (dmarc.result, &dmarc.policy) {
        let asks = match policy.applied.as_str() {
            "none" => "to do nothing about it",
            "quarantine" => "to treat it as suspicious (quarantine)",
            _ => "to refuse it (reject)",
        };
        let text = format!(
            "the record of {} asks receivers {asks}: {}",
            policy.domain, policy.record
        );
        say("DMARC", &sentence(&text))?;
    }
    for note in &dmarc.notes {
        say("DMARC record", &sentence(note))?;
    }
    Ok(())
}

/// What was found about a signature: its cause, and what of body, header and key is known.
fn signature(verdict: &DkimVerdict) -> String {
    let mut text = sentence(&verdict.detail);
    if let Some(unsigned) = verdict
        .body
        .unsigned_length
        .filter(|unsigned| *unsigned > 0)
    {
        text.push_str(&format!(
            " l= leaves {unsigned} of {} octets of the body unsigned: anybody could have added \
             them.",
            verdict.body.canonical_length.unwrap_or_default()
        ));
    }
    if verdict.testing {
        text.push_str(" The key says t=y: the domain only tests DKIM.");
    }
    if verdict.body.result == BodyResult::Differ
        && let (Some(signed), Some(computed)) = (&verdict.body.signed, &verdict.body.computed)
    {
        text.push_str(&format!(" Body hash signed {signed}, computed {computed}."));
    }
    if let Some(key) = &verdict.key {
        let what = match (&key.kind, key.bits) {
            (Some(kind), Some(bits)) => format!("{kind}, {bits} bits"),
            (Some(kind), None) => kind.clone(),
            _ => return text,
        };
        text.push_str(&format!(" Key: {what}, at {}", key.name));
        if let Some(target) = key.cname.last() {
            text.push_str(&format!(" (CNAME to {target})"));
        }
        text.push('.');
        for note in &key.notes {
            text.push(' ');
            text.push_str(&sentence(note));
        }
    }
    text
}

/// `text` with a capital letter and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars
        .next()
        .map_or(String::new(), |char| char.to_uppercase().to_string());
    let capital = match text.split(' ').next() {
        // A name, a tag or an address stays as it is.
        Some(word) if word.contains(['.', '=', ':', '@', '/']) => text.to_owned(),
        _ => format!("{first}{}", chars.as_str()),
    };
    match capital.ends_with(['.', '?', '!']) {
        true => capital,
        false => format!("{capital}."),
    }
}

fn notes(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let notes = analysis
        .source
        .notes
        .iter()
        .chain(&analysis.message.from_problems)
        .chain(&analysis.notes);
    let mut first = true;
    for note in notes {
        if first {
            writeln!(out)?;
        }
        first = false;
        paragraph(out, "  note: ", 4, &plain(sentence(note)))?;
    }
    Ok(())
}

fn judged_as_of(analysis: &Analysis) -> String {
    match &analysis.session.received_at {
        Some(at) => {
            let time = at.value.strftime("%Y-%m-%d %H:%M:%S UTC");
            match at.from {
                Provenance::Flag(flag) => format!("Judged as of {time} ({flag})."),
                _ => format!("Judged as of receipt, {time}."),
            }
        }
        None => "Judged as of now.".into(),
    }
}

fn style(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(color.into())).bold()
}

fn painted(text: &str, style: Style, options: TextOptions) -> String {
    match options.color {
        true => format!("{style}{text}{style:#}"),
        false => text.to_owned(),
    }
}
