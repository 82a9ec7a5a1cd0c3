//! Why a mechanism that could have carried the message did not pass.

use std::io::{self, Write};

use super::escape::plain;
use super::receiver::Receiver;
use super::text::sentence;
use super::wrap::Sheet;
use crate::dkim::{DkimResult, DkimVerdict};
use crate::findings::{Anchor, Finding, Judged, Severity};
use crate::spf::SpfResult;
use crate::{Analysis, explain};

/// Writes [`lines`].
pub(super) fn write(
    analysis: &Analysis,
    receiver: &Receiver,
    findings: &[Finding],
    out: &mut Sheet<'_>,
) -> io::Result<()> {
    let lines = lines(analysis, receiver, findings);
    for (index, (label, why)) in lines.iter().enumerate() {
        if index == 0 {
            writeln!(out)?;
        }
        out.paragraph(&format!("  {label}: "), 4, &plain(sentence(why)))?;
    }
    Ok(())
}

/// What of DKIM and SPF did not pass, and why, unless the line of the receiver or a finding says it.
pub(super) fn lines(
    analysis: &Analysis,
    receiver: &Receiver,
    findings: &[Finding],
) -> Vec<(String, String)> {
    let shown = findings
        .iter()
        .filter(|one| one.severity != Severity::Notice);
    let seen = shown.flat_map(|one| {
        let evidence = one.evidence.iter().map(|seen| seen.text.as_str());
        evidence.chain([one.message.as_str()])
    });
    let said: Vec<&str> = receiver
        .lines
        .iter()
        .map(String::as_str)
        .chain(seen)
        .collect();
    let is_said = |why: &str| said.iter().any(|text| text.contains(why));
    let mut lines: Vec<(String, String)> = Vec::new();
    let spf = &analysis.spf.mail_from;
    let why_spf = explain::spf::cause(spf).to_string();
    let has_finding = findings
        .iter()
        .any(|one| one.severity != Severity::Notice && one.code.starts_with("spf-"));
    let alignment = analysis.dmarc.alignment.spf.as_ref();
    let cannot_count = alignment.is_some_and(|one| one.aligned == Some(false));
    if spf.result != SpfResult::Pass && !cannot_count && !has_finding && !is_said(&why_spf) {
        lines.push(("SPF".into(), why_spf));
    }
    let mut reasons: Vec<(String, Vec<usize>)> = Vec::new();
    for (number, verdict) in (1..).zip(&analysis.dkim) {
        let alignment = analysis.dmarc.alignment.dkim.get(number - 1);
        let cannot_count = alignment.is_some_and(|one| one.aligned == Some(false));
        let is_said_above = receiver.signatures.contains(&number);
        if verdict.result == DkimResult::Pass || cannot_count || is_said_above {
            continue;
        }
        let why = why(verdict);
        if is_said(&why) || is_found(findings, number) {
            continue;
        }
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, numbers)) => numbers.push(number),
            None => reasons.push((why, vec![number])),
        }
    }
    for (why, numbers) in reasons {
        let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
        lines.push((format!("DKIM {}", numbers.join(", ")), why));
    }
    lines
}

/// Whether a finding that is shown is about this signature and says why.
fn is_found(findings: &[Finding], number: usize) -> bool {
    let about = Anchor::Verdict {
        of: Judged::Dkim(number),
    };
    let mut shown = findings
        .iter()
        .filter(|one| one.severity != Severity::Notice && one.code.starts_with("dkim-"));
    shown.any(|one| one.evidence.iter().any(|seen| seen.mark.anchor == about))
}

/// What is wrong with a signature, and what is proved to have broken it.
fn why(verdict: &DkimVerdict) -> String {
    let cause = explain::dkim::cause(verdict).to_string();
    match verdict
        .autopsy
        .as_deref()
        .filter(|autopsy| autopsy.is_proof())
    {
        Some(autopsy) => format!("{}", explain::autopsy::proof(autopsy)),
        None => cause,
    }
}
