//! An inspection for a person at a terminal: the conclusion first, then the parties, one line for
//! each mechanism, its reason, and what the receiver recorded.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;

use super::escape::plain;
use super::wrap::{paragraph, shortened};
use super::{arc, claims, details, dmarc, findings, second, table};
use crate::conclusion::ConclusionResult;
use crate::dkim::{BodyResult, DkimVerdict};
use crate::dmarc::{DmarcResult, DmarcVerdict, Engine, Mechanism, Policy, Rules};
use crate::explain::dmarc::{ComparedFor, compared, consequence, what};
use crate::message::SourceNote;
use crate::ses::{Region, Ses};
use crate::session::{Provenance, Session, Sourced};
use crate::{Analysis, Inspection, Note, explain};

/// How to show an inspection.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextOptions {
    /// With the evidence: the SPF tree, the DMARC steps, every lookup, the rules that gave no
    /// finding, and the signed bytes if
    /// [`Options::canonical_header`](crate::Options::canonical_header) kept them.
    pub verbose: bool,
    /// With colours.
    pub color: bool,
}

/// Writes `inspection` as text of at most 80 columns; only a single long word exceeds them.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(inspection: &Inspection, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let analysis = &inspection.analysis;
    headline(analysis, options, out)?;
    without_plan(inspection, out)?;
    parties(analysis, out)?;
    table::write(analysis, options, out)?;
    reasons(analysis, out)?;
    let at = analysis.dmarc.policy.as_ref().map(|policy| &policy.domain);
    dmarc::reports(at, analysis.dmarc.reports.as_deref(), out)?;
    claims::write(analysis, out)?;
    for comparison in &inspection.second_opinions {
        second::write(analysis, comparison, out)?;
    }
    arc::write(analysis, out)?;
    notes(analysis, out)?;
    if options.verbose {
        details::write(inspection, out)?;
    }
    let found = inspection.findings();
    findings::write(&found, inspection.audience(), options, out)?;
    writeln!(out)?;
    let count = findings::count(&found);
    paragraph(
        out,
        "",
        0,
        &format!("{count}. {}", plain(judged_as_of(analysis))),
    )
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
    let words = explain::conclusion::sentence(analysis);
    let words = match explain::source::judged(&analysis.source) {
        Some(judged) => format!("{judged} {words}"),
        None => words.to_string(),
    };
    paragraph(&mut text, &first, 6, &plain(words))?;
    let text = String::from_utf8_lossy(&text);
    let rest = text.strip_prefix(&word).unwrap_or(&text);
    write!(out, "{}{rest}", painted(&word, style, options))
}

/// What the planned records change.
fn without_plan(inspection: &Inspection, out: &mut dyn Write) -> io::Result<()> {
    let analysis = &inspection.analysis;
    let Some(before) = &inspection.without_plan else {
        return Ok(());
    };
    writeln!(out)?;
    let changed = |what: &str, from: &str, to: &str| {
        (from != to).then(|| format!("{what} from {from} to {to}"))
    };
    let dmarc = &analysis.dmarc;
    let policy = |policy: Option<Policy>| policy.map_or("none", Policy::as_str);
    let spf = analysis.spf.mail_from.result;
    let dkim = before.dkim.iter().zip(&analysis.dkim).zip(1..);
    let mut changes: Vec<String> = [
        changed("DMARC", before.dmarc.result.as_str(), dmarc.result.as_str()),
        changed(
            "what carries DMARC",
            &carried(before.dmarc.engines),
            &carried(dmarc.engines),
        ),
        changed(
            "the policy",
            policy(requested(&before.dmarc)),
            policy(requested(dmarc)),
        ),
        changed("SPF", before.spf.mail_from.result.as_str(), spf.as_str()),
    ]
    .into_iter()
    .flatten()
    .collect();
    changes.extend(dkim.filter_map(|((before, verdict), number)| {
        changed(
            &format!("DKIM {number}"),
            before.result.as_str(),
            verdict.result.as_str(),
        )
    }));
    let text = match changes.is_empty() {
        true => "The planned records change no result of this message.".into(),
        false => format!(
            "With the planned records. They change {}. Without them: {}",
            changes.join(", "),
            explain::conclusion::sentence(before)
        ),
    };
    paragraph(out, "  ", 2, &plain(text))
}

fn requested(dmarc: &DmarcVerdict) -> Option<Policy> {
    dmarc.policy.as_ref().map(|policy| policy.requested)
}

fn carried(engines: &[Engine]) -> String {
    match engines {
        [] => "nothing".into(),
        [Engine::Spf] => "SPF alone".into(),
        [Engine::Dkim] => "DKIM alone".into(),
        _ => "SPF and DKIM".into(),
    }
}

fn parties(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    let mut line =
        |label: &str, text: &str| paragraph(out, &format!("  {label:<13}"), 15, &plain(text));
    let message = &analysis.message;
    for author in &message.from {
        match (&author.address, &author.name) {
            (Some(address), _) => line("From", &shortened(address, 65))?,
            (None, Some(name)) => {
                line("From", &format!("\"{}\", no address", shortened(name, 50)))?;
            }
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
        None if message.return_path.is_some() => line("MAIL FROM", "not known")?,
        None => line("Return-Path", "not known")?,
    }
    let is_dated = session
        .hops
        .iter()
        .any(|hop| hop.border && hop.received.date.is_some());
    let is_of_session = |at: &&Sourced<Timestamp>| match at.from {
        Provenance::Received(number) if is_dated => {
            session.hops.get(number - 1).is_some_and(|hop| hop.border)
        }
        _ => true,
    };
    let when = session.received_at.as_ref().filter(is_of_session);
    let when = when.map(|at| at.value.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    let by = session.receiver();
    match (when, by) {
        (Some(when), Some(by)) => line("Received", &format!("{when} by {}", shortened(by, 64)))?,
        (Some(when), None) => line("Received", &when)?,
        (None, Some(by)) if is_given(session) => {
            line("Received", &format!("now by {}", shortened(by, 60)))?;
        }
        (None, Some(by)) => line("Received", &format!("by {}", shortened(by, 60)))?,
        (None, None) if is_given(session) => line("Received", "now")?,
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
    line("", &client)?;
    match &analysis.ses {
        Some(ses) => line("Sent by", &sent_by(ses)),
        None => Ok(()),
    }
}

/// Whether the caller gave the client, as of a message that just came.
fn is_given(session: &Session) -> bool {
    let client = session.client_ip.as_ref();
    client.is_some_and(|client| matches!(client.from, Provenance::Flag(_)))
}

fn sent_by(ses: &Ses) -> String {
    let region = ses.region.as_ref().map_or("", Region::as_str);
    let others: Vec<&str> = ses.other_regions.iter().map(Region::as_str).collect();
    let mut text = format!("Amazon SES {region}").trim_end().to_owned();
    if let Some(doubt) = &ses.doubt {
        return format!("not shown to be {text}: {doubt}");
    }
    if !others.is_empty() {
        text.push_str(&format!(", or {} by other signs", others.join(", ")));
    }
    if let Some(at) = ses.sent_at {
        text.push_str(&at.strftime(", %Y-%m-%d %H:%M:%S UTC").to_string());
    }
    match ses.is_proved {
        true => text,
        false => format!("{text}, as it says; nothing proves that"),
    }
}

fn reasons(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let dmarc = &analysis.dmarc;
    let mut say = |label: &str, parts: &[&str]| {
        writeln!(out)?;
        paragraph(out, &format!("  {label}: "), 4, &plain(parts.join(" ")))
    };
    let spf = &analysis.spf.mail_from;
    let alignment = |mechanism| explain::dmarc::alignment(dmarc, mechanism).to_string();
    let aligned = alignment(Mechanism::Spf);
    say(
        "SPF",
        &[&sentence(&explain::spf::cause(spf).to_string()), &aligned],
    )?;
    for (index, verdict) in analysis.dkim.iter().enumerate() {
        let aligned = alignment(Mechanism::Dkim(index));
        let label = format!("DKIM {}", index + 1);
        say(&label, &[&signature(verdict), &aligned, &key(verdict)])?;
    }
    if let (DmarcResult::Fail, Some(policy)) = (dmarc.result, &dmarc.policy) {
        let asks = match policy.applied {
            Policy::None => "to do nothing about it",
            Policy::Quarantine => "to treat it as suspicious (quarantine)",
            Policy::Reject => "to refuse it (reject)",
        };
        let record = &policy.record;
        let text = format!("{} asks receivers {asks}: \"{record}\".", policy.domain);
        say("DMARC", &[&text])?;
    }
    for note in explain::dmarc::notes(&dmarc.steps, &dmarc.problems) {
        say("DMARC record", &[&sentence(&note)])?;
    }
    for difference in &dmarc.differences {
        let both = format!(
            "{} by RFC 9989 (DNS tree walk), {} by RFC 7489.",
            compared(difference, Rules::Rfc9989),
            compared(difference, Rules::Rfc7489)
        );
        let consequence = consequence(difference, ComparedFor::Message).to_string();
        say(
            &format!("The rules differ in the {}", what(difference)),
            &[&both, &sentence(&consequence)],
        )?;
    }
    Ok(())
}

/// What was found about a signature.
fn signature(verdict: &DkimVerdict) -> String {
    let mut text = sentence(&explain::dkim::cause(verdict).to_string());
    let mut add = |more: &str| {
        text.push(' ');
        text.push_str(more);
    };
    if let Some(autopsy) = &verdict.autopsy {
        let proof = explain::autopsy::proof(autopsy).to_string();
        add(&format!("Proved: {proof}."));
    }
    if let Some(unsigned) = verdict
        .body
        .unsigned_length
        .filter(|unsigned| *unsigned > 0)
    {
        let length = verdict.body.canonical_length.unwrap_or_default();
        add(&format!(
            "The tag l= leaves {unsigned} of {length} octets of the body unsigned: anybody could \
             have added them."
        ));
    }
    if verdict.testing {
        add("The key says t=y: the domain only tests DKIM.");
    }
    if let (BodyResult::Differ, Some(signed), Some(computed)) = (
        verdict.body.result,
        &verdict.body.signed,
        &verdict.body.computed,
    ) {
        add(&format!("Body hash signed {signed}, computed {computed}."));
    }
    text
}

/// The key that a signature was checked with.
fn key(verdict: &DkimVerdict) -> String {
    let Some(key) = &verdict.key else {
        return String::new();
    };
    let what = match (key.kind, key.bits) {
        (Some(kind), Some(bits)) => format!("{kind}, {bits} bits"),
        (Some(kind), None) => kind.to_owned(),
        _ => return String::new(),
    };
    let mut text = format!("Key: {what}, at {}", key.name);
    if let Some(target) = key.cname.last() {
        text.push_str(&format!(" (CNAME to {target})"));
    }
    text.push('.');
    for note in &key.notes {
        text.push(' ');
        text.push_str(&sentence(&explain::dkim::note(note).to_string()));
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
        // A name, a tag or an address is not changed.
        Some(word) if word.contains(['.', '=', ':', '@', '/']) => text.to_owned(),
        _ => format!("{first}{}", chars.as_str()),
    };
    match capital.ends_with(['.', '?', '!']) {
        true => capital,
        false => format!("{capital}."),
    }
}

fn notes(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let in_from = analysis.message.from_problems.iter();
    let in_from = in_from.map(|problem| format!("in From: {problem}"));
    let of_file = analysis.source.notes.iter().map(SourceNote::to_string);
    let notes = of_file
        .chain(in_from)
        .chain(analysis.notes.iter().map(Note::to_string));
    for (index, note) in notes.enumerate() {
        if index == 0 {
            writeln!(out)?;
        }
        paragraph(out, "  note: ", 4, &plain(sentence(&note)))?;
    }
    Ok(())
}

fn judged_as_of(analysis: &Analysis) -> String {
    let Some(at) = &analysis.session.received_at else {
        return "Judged as of now.".into();
    };
    let time = at.value.strftime("%Y-%m-%d %H:%M:%S UTC");
    let judged = match at.from {
        Provenance::Flag(flag) => format!("Judged as of {time} ({flag})"),
        _ => format!("Judged as of receipt, {time}"),
    };
    let Some(today) = &analysis.as_of_now else {
        return format!("{judged}.");
    };
    let dkim = today.dkim.iter().filter_map(|today| {
        let then = analysis.dkim.get(today.signature - 1)?;
        let (number, result) = (today.signature, today.result);
        let why = explain::dkim::as_of_now(today, then);
        Some(format!("DKIM {number} would be {result} ({why})"))
    });
    let dmarc = match today.dmarc == analysis.dmarc.result {
        true => String::new(),
        false => format!(", and DMARC {}", today.dmarc),
    };
    let dkim = dkim.collect::<Vec<_>>().join(", ");
    format!("{judged}. As of today {dkim}{dmarc}.")
}

pub(super) fn style(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(color.into())).bold()
}

pub(super) fn painted(text: &str, style: Style, options: TextOptions) -> String {
    match options.color {
        true => format!("{style}{text}{style:#}"),
        false => text.to_owned(),
    }
}
