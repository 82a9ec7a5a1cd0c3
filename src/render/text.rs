//! An inspection for a person at a terminal, short: the conclusion and its reason, the parties, one
//! line for each mechanism, the receiver in a line, what to do, and the conclusion once more. `full`
//! has all the rest.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::escape::plain;
use super::provider::Provider;
use super::receiver::Receiver;
use super::wrap::{COLUMNS, Sheet};
use super::{broken, bulk, dmarc, findings, full, parties, second, table};
use crate::conclusion::ConclusionResult;
use crate::dmarc::{DmarcVerdict, Engine, Policy};
use crate::findings::Finding;
use crate::session::Provenance;
use crate::{Analysis, Inspection, explain};

/// How to show an inspection.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextOptions<'z> {
    /// All there is to say, with the evidence: why each mechanism has its result, the SPF tree, the
    /// DMARC steps, every lookup, the rules that gave no finding, and the signed bytes if
    /// [`Options::canonical_header`](crate::Options::canonical_header) kept them.
    pub verbose: bool,
    /// With colours.
    pub color: bool,
    /// How wide the page is; 80 columns if it is not known.
    pub columns: Option<usize>,
    /// How to show the records of a fix.
    pub provider: Provider<'z>,
}

/// Writes `inspection` as text of at most as many columns as `options` say; only a record or a single long word exceeds
/// them.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(inspection: &Inspection, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let out = &mut Sheet::new(out, options.columns.unwrap_or(COLUMNS));
    if options.verbose {
        return full::write(inspection, options, out);
    }
    let analysis = &inspection.analysis;
    headline(analysis, inspection.without_plan.is_some(), options, out)?;
    without_plan(inspection, out)?;
    parties::write_short(analysis, out)?;
    table::write_short(analysis, options, out)?;
    let found = inspection.findings();
    let receiver = Receiver::of(analysis);
    for line in &receiver.lines {
        out.paragraph("  ", 4, &plain(line))?;
    }
    broken::write(analysis, &receiver, &found, out)?;
    let at = analysis.dmarc.policy.as_ref().map(|policy| &policy.domain);
    dmarc::reports(at, analysis.dmarc.reports.as_deref(), out)?;
    for comparison in &inspection.second_opinions {
        second::write(analysis, comparison, out)?;
    }
    let audience = inspection.audience();
    let for_owners =
        findings::write_short(&found, analysis, audience, receiver.differs, options, out)?;
    bulk::write(&inspection.bulk, out)?;
    writeln!(out)?;
    let conclusion = analysis.conclusion.result.as_str().to_uppercase();
    let is_shown = |one: &&Finding| !(receiver.differs && findings::is_said_by_receiver(one));
    let shown = found.iter().filter(is_shown);
    let count = findings::count(shown).to_lowercase();
    let judged = plain(judged_in_short(analysis));
    let all = match full::notes(analysis).count() {
        0 => "-v shows all".to_owned(),
        1 => "-v shows all, and a note".to_owned(),
        notes => format!("-v shows all, and {notes} notes"),
    };
    let more = match found.is_empty() {
        true => ".",
        false => "; sesauth explain CODE says more.",
    };
    let owners = match for_owners {
        true => " Records are for who runs the domain (--received leaves them out).",
        false => "",
    };
    let text = format!("{conclusion}, {count}. {judged}{owners} {all}{more}");
    out.paragraph("", 0, &text)
}

/// The conclusion in a sentence.
pub(super) fn headline(
    analysis: &Analysis,
    is_planned: bool,
    options: TextOptions,
    out: &mut Sheet<'_>,
) -> io::Result<()> {
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
    let words = match is_planned {
        true => format!("With the planned records: {words}"),
        false => words.to_string(),
    };
    let words = match analysis.is_redacted() {
        true => format!("Redacted: {words}"),
        false => words,
    };
    let words = match explain::source::judged(&analysis.source) {
        Some(judged) => format!("{judged} {words}"),
        None => words,
    };
    Sheet::new(&mut text, out.columns).paragraph(&first, 6, &plain(words))?;
    let text = String::from_utf8_lossy(&text);
    let rest = text.strip_prefix(&word).unwrap_or(&text);
    write!(out, "{}{rest}", painted(&word, style, options))
}

/// What the planned records change.
pub(super) fn without_plan(inspection: &Inspection, out: &mut Sheet<'_>) -> io::Result<()> {
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
            "The planned records change {}. Without them: {}",
            changes.join(", "),
            explain::conclusion::sentence(before)
        ),
    };
    out.paragraph("  ", 2, &plain(text))
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

/// As of when it was judged, where that is not the time of receipt which is shown above, and what
/// would come out today where that differs.
fn judged_in_short(analysis: &Analysis) -> String {
    let is_receipt = analysis
        .session
        .received_at
        .as_ref()
        .is_some_and(|at| !matches!(at.from, Provenance::Flag(_)));
    let long = judged_as_of(analysis);
    match (is_receipt, long.split_once("As of today")) {
        (true, Some((_, today))) => format!("Judged with the clock at receipt. As of today{today}"),
        (true, None) => "Judged with the clock at receipt.".into(),
        (false, _) => long,
    }
}

/// As of when it was judged, and what would come out today where that differs.
pub(super) fn judged_as_of(analysis: &Analysis) -> String {
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

pub(super) fn style(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(color.into())).bold()
}

pub(super) fn painted(text: &str, style: Style, options: TextOptions) -> String {
    match options.color {
        true => format!("{style}{text}{style:#}"),
        false => text.to_owned(),
    }
}
