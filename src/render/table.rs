//! One line for each mechanism: its result, its domain, and whether it is aligned.

use std::io::{self, Write};

use anstyle::AnsiColor;
use unicode_width::UnicodeWidthStr;

use super::escape::plain;
use super::text::{TextOptions, painted, style};
use super::wrap::{Sheet, padded, shortened};
use crate::Analysis;
use crate::dkim::DkimResult;
use crate::dmarc::{Alignment, DmarcCause, DmarcResult, MechanismOutcome, Mode};
use crate::spf::SpfResult;

/// With the words of the RFC: what is aligned, in which mode.
pub(super) fn write(
    analysis: &Analysis,
    options: TextOptions,
    out: &mut Sheet<'_>,
) -> io::Result<()> {
    lines(analysis, options, Words::Aligned, out)
}

/// In plain words: what counts for the author's domain, and why not.
pub(super) fn write_short(
    analysis: &Analysis,
    options: TextOptions,
    out: &mut Sheet<'_>,
) -> io::Result<()> {
    lines(analysis, options, Words::Counts, out)
}

/// In which words alignment is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Words {
    Aligned,
    Counts,
}

impl Words {
    fn of(self, alignment: Option<&Alignment>, tag: &str, has_policy: bool) -> String {
        match self {
            Self::Aligned => aligned(alignment, tag, has_policy),
            Self::Counts => counts(alignment, tag, has_policy),
        }
    }
}

fn lines(
    analysis: &Analysis,
    options: TextOptions,
    words: Words,
    out: &mut Sheet<'_>,
) -> io::Result<()> {
    let dmarc = &analysis.dmarc;
    let rows = rows_in(analysis, words);
    let widest = |text: fn(&Row) -> &str| rows.iter().map(|row| text(row).width()).max();
    let names = widest(|row| &row.name).unwrap_or(0) + 2;
    let results = widest(|row| &row.result).unwrap_or(0).max(6) + 2;
    let domains = widest(|row| &row.domain).unwrap_or(0).max(6) + 2;
    let indent = 2 + names + results + domains;
    let ask = match words {
        Words::Aligned => "aligned with",
        Words::Counts => "counts for",
    };
    let aligned = match &dmarc.author_domain {
        Some(from) if indent + from.as_str().width() + 14 <= out.columns => {
            format!("{ask} {from}?")
        }
        Some(_) => format!("{ask} From?"),
        None => String::new(),
    };
    writeln!(out)?;
    let head = format!(
        "{}{}{aligned}",
        padded("result", results),
        padded("domain", domains)
    );
    writeln!(out, "  {:names$}{}", "", plain(head.trim_end()))?;
    for row in &rows {
        let result = match row.color {
            Some(color) => painted(&padded(&row.result, results), style(color), options),
            None => padded(&row.result, results),
        };
        write!(out, "  {}{result}", padded(&row.name, names))?;
        let mut text = Vec::new();
        let blank = " ".repeat(2 + names + results);
        let first = match row.remark.as_str() {
            "" => format!("{blank}{}", row.domain),
            _ => format!("{blank}{}", padded(&row.domain, domains)),
        };
        Sheet::new(&mut text, out.columns).paragraph(&first, indent, &row.remark)?;
        let text = String::from_utf8_lossy(&text);
        write!(out, "{}", text.strip_prefix(&blank).unwrap_or(&text))?;
    }
    Ok(())
}

/// The rows in plain words, for other outputs.
pub(super) fn rows(analysis: &Analysis) -> Vec<Row> {
    rows_in(analysis, Words::Counts)
}

fn rows_in(analysis: &Analysis, words: Words) -> Vec<Row> {
    let dmarc = &analysis.dmarc;
    let spf = &analysis.spf.mail_from;
    let has_policy = !matches!(
        dmarc.cause,
        DmarcCause::NoRecord | DmarcCause::RecordUnusable
    );
    let mut rows = vec![Row::new(
        "SPF",
        (
            spf.result.as_str(),
            counting(dmarc.alignment.spf.as_ref(), color_of_spf(spf.result)),
        ),
        spf.domain.as_deref(),
        words.of(dmarc.alignment.spf.as_ref(), "aspf", has_policy),
    )];
    for (index, verdict) in analysis.dkim.iter().enumerate() {
        let own = analysis.ses.as_ref().and_then(|ses| ses.own_signature);
        let mut remark = words.of(dmarc.alignment.dkim.get(index), "adkim", has_policy);
        let identifier = dmarc.alignment.dkim.get(index);
        if own == Some(index + 1) && is_of_another_organization(identifier, has_policy) {
            match words {
                Words::Aligned => remark.push_str("; SES signs all its mail so"),
                Words::Counts => remark = "no: Amazon's own, on all SES mail".into(),
            }
        }
        rows.push(Row::new(
            &format!("DKIM {}", index + 1),
            (
                verdict.result.as_str(),
                counting(
                    dmarc.alignment.dkim.get(index),
                    color_of_dkim(verdict.result),
                ),
            ),
            verdict.domain.as_ref().map(|domain| domain.as_str()),
            remark,
        ));
    }
    if analysis.dkim.is_empty() {
        rows.push(Row::new(
            "DKIM",
            ("none", Some(AnsiColor::Yellow)),
            None,
            "there is no signature".into(),
        ));
    }
    let domain = dmarc.author_domain.as_ref().map(|domain| domain.as_str());
    rows.push(Row::new(
        "DMARC",
        (dmarc.result.as_str(), Some(color_of_dmarc(dmarc.result))),
        domain,
        policy(analysis),
    ));

    rows
}

/// What is said of a mechanism.
pub(super) struct Row {
    /// `SPF`, `DKIM 1` or `DMARC`.
    pub name: String,
    /// The result, in one word.
    pub result: String,
    /// The colour of the result; none if it cannot count.
    pub color: Option<AnsiColor>,
    /// The domain, shortened.
    pub domain: String,
    /// The domain in full.
    pub whole_domain: String,
    /// Whether it counts for the author, or which policy there is.
    pub remark: String,
}

impl Row {
    fn new(
        name: &str,
        (result, color): (&str, Option<AnsiColor>),
        domain: Option<&str>,
        remark: String,
    ) -> Self {
        let domain = plain(domain.unwrap_or("-"));
        Self {
            name: name.into(),
            result: result.into(),
            color,
            domain: shortened(&domain, 28),
            whole_domain: domain,
            remark,
        }
    }
}

/// The colour of a result that counts, or would if it had passed; none for one that cannot count, so
/// that a pass of another organization does not look like one of the author.
fn counting(alignment: Option<&Alignment>, color: AnsiColor) -> Option<AnsiColor> {
    let counts = alignment.is_none_or(|one| one.aligned != Some(false));
    counts.then_some(color)
}

fn color_of_spf(result: SpfResult) -> AnsiColor {
    match result {
        SpfResult::Pass => AnsiColor::Green,
        SpfResult::Fail | SpfResult::Permerror => AnsiColor::Red,
        _ => AnsiColor::Yellow,
    }
}

fn color_of_dkim(result: DkimResult) -> AnsiColor {
    match result {
        DkimResult::Pass => AnsiColor::Green,
        DkimResult::Fail | DkimResult::Permerror => AnsiColor::Red,
        _ => AnsiColor::Yellow,
    }
}

fn color_of_dmarc(result: DmarcResult) -> AnsiColor {
    match result {
        DmarcResult::Pass => AnsiColor::Green,
        DmarcResult::Fail | DmarcResult::Permerror => AnsiColor::Red,
        _ => AnsiColor::Yellow,
    }
}

/// Whether an identifier counts for the author's domain, in plain words.
fn counts(alignment: Option<&Alignment>, tag: &str, has_policy: bool) -> String {
    let Some(alignment) = alignment else {
        return String::new();
    };
    let near = alignment.aligned_relaxed == Some(true);
    let text = match (alignment.aligned, alignment.authenticated) {
        (None, _) => "not known",
        (Some(true), true) if alignment.aligned_strict == Some(true) => "yes: the same domain",
        (Some(true), true) => "yes: the same organization",
        (Some(true), false) => match alignment.outcome {
            MechanismOutcome::NotEvaluated | MechanismOutcome::Temperror => {
                "would count, if it passed"
            }
            _ => "would count, but did not pass",
        },
        (Some(false), _) if !has_policy => "",
        (Some(false), _) if near => {
            return format!("no: {tag}=s asks for the very domain in From");
        }
        (Some(false), _) => "no: another organization",
    };
    text.into()
}

/// Whether an identifier is aligned, in the words of RFC 9989.
fn aligned(alignment: Option<&Alignment>, tag: &str, has_policy: bool) -> String {
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
        (Some(true), false) => match alignment.outcome {
            MechanismOutcome::NotEvaluated | MechanismOutcome::Temperror => {
                "it would be, if it passed".into()
            }
            _ => "it would be, if it had passed".into(),
        },
        (Some(false), _) if !has_policy => "not asked, as there is no policy".into(),
        (Some(false), _) if near => {
            format!("no: the same organization, not the same domain {mode}")
        }
        (Some(false), _) => "no, another organization".into(),
    }
}

/// Whether alignment matters and fails because the identifier is of another organization.
fn is_of_another_organization(alignment: Option<&Alignment>, has_policy: bool) -> bool {
    alignment.is_some_and(|alignment| {
        let is_near = alignment.aligned_relaxed == Some(true);
        has_policy && alignment.aligned == Some(false) && !is_near
    })
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
