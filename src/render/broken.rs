//! Why a mechanism that could have carried the message did not pass, and what is proved to have broken
//! its signatures.

use std::io::{self, Write};

use super::escape::plain;
use super::receiver::Receiver;
use super::text::sentence;
use super::wrap::Sheet;
use crate::dkim::{Autopsy, DkimResult, DkimVerdict, Kind};
use crate::findings::{Anchor, Finding, Judged, Severity};
use crate::session::Standing;
use crate::spf::SpfResult;
use crate::{Analysis, explain};

/// Writes [`lines`] and [`proofs`].
pub(super) fn write(
    analysis: &Analysis,
    receiver: &Receiver,
    findings: &[Finding],
    out: &mut Sheet<'_>,
) -> io::Result<()> {
    let lines = lines(analysis, receiver, findings);
    let proofs = proofs(analysis);
    if !lines.is_empty() || !proofs.is_empty() {
        writeln!(out)?;
    }
    for (label, why) in lines {
        out.paragraph(&format!("  {label}: "), 4, &plain(sentence(&why)))?;
    }
    for proof in proofs {
        let label = proof.label();
        match &explain::autopsy::items(proof.autopsy)[..] {
            [one] => out.paragraph("  ", 4, &plain(sentence(&format!("{label}: {one}"))))?,
            items => {
                out.paragraph("  ", 4, &format!("{label}:"))?;
                for item in items {
                    out.paragraph("  - ", 4, &plain(item))?;
                }
            }
        }
        for unknown in explain::autopsy::unknown(proof.autopsy, false) {
            out.paragraph("  ", 4, &plain(sentence(&unknown)))?;
        }
        if let Some(end) = proof.who_and_remedy(analysis, findings) {
            out.paragraph("  ", 4, &plain(sentence(&end)))?;
        }
    }
    Ok(())
}

/// [`proofs`], each in a paragraph.
pub(super) fn paragraphs(analysis: &Analysis) -> Vec<String> {
    let proofs = proofs(analysis).into_iter().map(|proof| {
        let items = explain::autopsy::items(proof.autopsy).join("; ");
        let mut text = format!("{}: {}", proof.label(), sentence(&items));
        for unknown in explain::autopsy::unknown(proof.autopsy, false) {
            text.push_str(&format!(" {}", sentence(&unknown)));
        }
        if let Some(name) = explain::autopsy::name(proof.autopsy) {
            text.push_str(&format!(" Likely done by {name}."));
        }
        text
    });
    proofs.collect()
}

/// Signatures that the same changes broke, as is proved.
pub(super) struct Proof<'a> {
    /// Their numbers, from 1.
    pub numbers: Vec<usize>,
    /// What is known of the first.
    pub autopsy: &'a Autopsy,
}

/// What is proved of signatures of which one would count, or did before From was replaced.
pub(super) fn proofs(analysis: &Analysis) -> Vec<Proof<'_>> {
    let mut proofs = all_proofs(analysis);
    proofs.retain(|proof| {
        let alignments = &analysis.dmarc.alignment.dkim;
        let mut numbers = proof.numbers.iter();
        let counts = |number: &usize| {
            let alignment = alignments.get(number - 1);
            alignment.is_none_or(|one| one.aligned != Some(false))
        };
        let mut changes = proof.autopsy.changes();
        numbers.any(counts) || changes.any(|change| change.kind == Kind::FromRewritten)
    });
    proofs
}

/// What is proved of all signatures.
pub(super) fn all_proofs(analysis: &Analysis) -> Vec<Proof<'_>> {
    let changes = |autopsy: &Autopsy| {
        let halves = [&autopsy.header, &autopsy.body];
        halves.map(|half| half.as_ref().map(|half| half.changes.clone()))
    };
    let mut proofs: Vec<Proof<'_>> = Vec::new();
    for (number, verdict) in (1..).zip(&analysis.dkim) {
        let autopsy = verdict.autopsy.as_deref();
        let Some(autopsy) = autopsy.filter(|autopsy| autopsy.is_proof()) else {
            continue;
        };
        let is_same = |proof: &&mut Proof<'_>| changes(proof.autopsy) == changes(autopsy);
        match proofs.iter_mut().find(is_same) {
            Some(proof) => proof.numbers.push(number),
            None => proofs.push(Proof {
                numbers: vec![number],
                autopsy,
            }),
        }
    }
    proofs
}

impl Proof<'_> {
    /// `What broke DKIM 1 and 2 (proved: with this undone they verify)`.
    pub(super) fn label(&self) -> String {
        let fits = explain::autopsy::fits(self.autopsy, self.numbers.len() > 1);
        format!(
            "What broke DKIM {} (proved: {fits})",
            in_words(&self.numbers)
        )
    }

    /// Whether the receiver recorded `pass` for one of them.
    fn is_passed(&self, analysis: &Analysis) -> bool {
        let claims = analysis.claims.iter();
        let own = claims.filter(|claim| claim.standing == Standing::Receiver);
        let mut results = own.flat_map(|claim| &claim.results);
        results.any(|result| {
            let number = result.signature;
            result.is_pass() && number.is_some_and(|number| self.numbers.contains(&number))
        })
    }

    /// Who may have done it, and what to do unless a finding says it.
    pub(super) fn who_and_remedy(
        &self,
        analysis: &Analysis,
        findings: &[Finding],
    ) -> Option<String> {
        let name = explain::autopsy::name(self.autopsy);
        let who = name.map(|name| format!("likely done by {name}"));
        let parts = [who, self.remedy(analysis, findings)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// What to do, unless a finding says it.
    fn remedy(&self, analysis: &Analysis, findings: &[Finding]) -> Option<String> {
        let number = *self.numbers.first()?;
        let mut shown = findings.iter();
        let is_said = is_found(findings, number) || shown.any(|one| one.code == "dmarc-fail");
        let forms = &analysis.dkim.get(number - 1)?.canonicalization;
        let is_relaxed = forms.starts_with("relaxed");
        let is_passed_on = analysis.session.forwarding.plainest().is_some();
        if !is_said && self.is_passed(analysis) {
            return Some("nothing is to be done: the receiver found it valid before that".into());
        }
        (!is_said)
            .then(|| explain::autopsy::remedy_in_short(self.autopsy, is_relaxed, is_passed_on))
    }
}

/// `1, 2 and 3`.
fn in_words(numbers: &[usize]) -> String {
    let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
    match numbers.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        numbers => numbers.concat(),
    }
}

/// A message of a finding without what was proved, where [`write`] says it.
pub(super) fn without_proofs(message: &str, analysis: &Analysis) -> String {
    for proof in all_proofs(analysis) {
        let changes = plain(explain::autopsy::changes(proof.autopsy)).to_string();
        let capital = sentence(&changes);
        let capital = capital.trim_end_matches('.');
        if let Some(at) = message.find(&changes).or_else(|| message.find(capital)) {
            let end = |sign: char| sign.is_ascii_whitespace() || matches!(sign, ':' | ';');
            return sentence(message[..at].trim_end_matches(end));
        }
    }
    message.to_owned()
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
        let autopsy = verdict.autopsy.as_deref();
        let is_proved = autopsy.is_some_and(|autopsy| autopsy.is_proof());
        if verdict.result == DkimResult::Pass || cannot_count || is_said_above || is_proved {
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
        lines.push((format!("DKIM {}", in_words(&numbers)), why));
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

/// What is wrong with a signature, and what is likely behind it.
fn why(verdict: &DkimVerdict) -> String {
    let mut cause = explain::dkim::cause(verdict).to_string();
    let autopsy = verdict.autopsy.as_deref();
    let halves = autopsy.map(|autopsy| [&autopsy.header, &autopsy.body]);
    let mut halves = halves.into_iter().flatten().flatten();
    if let Some(likely) = halves.find_map(|half| half.likely.as_ref()) {
        cause.push_str(&format!("; {}", explain::autopsy::likely(likely)));
    }
    cause
}
