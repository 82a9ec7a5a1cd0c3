//! All there is to say of an inspection, for `--verbose`: `text`, with the reason for each line of the
//! table, and the evidence.

use std::io::{self, Write};

use super::escape::plain;
use super::text::{TextOptions, headline, judged_as_of, sentence, without_plan};
use super::wrap::Sheet;
use super::{arc, broken, bulk, claims, details, dmarc, findings, parties, second, table};
use crate::dkim::{BodyResult, DkimVerdict};
use crate::dmarc::{DmarcResult, Mechanism, Policy, Rules};
use crate::explain::dmarc::{ComparedFor, compared, consequence, what};
use crate::message::SourceNote;
use crate::{Analysis, Inspection, Note, explain};

pub(super) fn write(
    inspection: &Inspection,
    options: TextOptions,
    out: &mut Sheet<'_>,
) -> io::Result<()> {
    let analysis = &inspection.analysis;
    headline(analysis, inspection.without_plan.is_some(), options, out)?;
    without_plan(inspection, out)?;
    parties::write(analysis, out)?;
    table::write(analysis, options, out)?;
    reasons(analysis, out)?;
    let at = analysis.dmarc.policy.as_ref().map(|policy| &policy.domain);
    dmarc::reports(at, analysis.dmarc.reports.as_deref(), out)?;
    claims::write(analysis, out)?;
    for comparison in &inspection.second_opinions {
        second::write(analysis, comparison, out)?;
    }
    arc::write(analysis, out)?;
    write_notes(analysis, out)?;
    details::write(inspection, out)?;
    let found = inspection.findings();
    findings::write(&found, analysis, inspection.audience(), options, out)?;
    bulk::write(&inspection.bulk, out)?;
    writeln!(out)?;
    let count = findings::count(&found);
    out.paragraph(
        "",
        0,
        &format!("{count}. {}", plain(judged_as_of(analysis))),
    )
}

fn reasons(analysis: &Analysis, out: &mut Sheet<'_>) -> io::Result<()> {
    let dmarc = &analysis.dmarc;
    let mut say = |label: &str, parts: &[&str]| {
        writeln!(out)?;
        out.paragraph(&format!("  {label}: "), 4, &plain(parts.join(" ")))
    };
    let spf = &analysis.spf.mail_from;
    let alignment = |mechanism| explain::dmarc::alignment(dmarc, mechanism).to_string();
    let aligned = alignment(Mechanism::Spf);
    say(
        "SPF",
        &[&sentence(&explain::spf::cause(spf).to_string()), &aligned],
    )?;
    let proofs = broken::all_proofs(analysis);
    for (index, verdict) in analysis.dkim.iter().enumerate() {
        let aligned = alignment(Mechanism::Dkim(index));
        let label = format!("DKIM {}", index + 1);
        let number = index + 1;
        let mut others = proofs.iter().map(|proof| &proof.numbers);
        let first = others.find(|numbers| numbers.contains(&number));
        let first = first
            .map(|numbers| numbers[0])
            .filter(|first| *first != number);
        say(
            &label,
            &[&signature(verdict, first), &aligned, &key(verdict)],
        )?;
    }
    for (label, text) in policy(analysis) {
        say(&label, &[&text])?;
    }
    Ok(())
}

/// What the DMARC record asks for, what is wrong with it, and where the two sets of rules differ: each
/// with its label.
pub(super) fn policy(analysis: &Analysis) -> Vec<(String, String)> {
    let dmarc = &analysis.dmarc;
    let mut all = Vec::new();
    if let (DmarcResult::Fail, Some(policy)) = (dmarc.result, &dmarc.policy) {
        let asks = match policy.applied {
            Policy::None => "to do nothing about it",
            Policy::Quarantine => "to treat it as suspicious (quarantine)",
            Policy::Reject => "to refuse it (reject)",
        };
        let record = &policy.record;
        let text = format!("{} asks receivers {asks}: \"{record}\".", policy.domain);
        all.push(("DMARC".into(), text));
    }
    for note in explain::dmarc::notes(&dmarc.steps, &dmarc.problems) {
        all.push(("DMARC record".into(), sentence(&note)));
    }
    for difference in &dmarc.differences {
        let consequence = consequence(difference, ComparedFor::Message).to_string();
        let text = format!(
            "{} by RFC 9989 (DNS tree walk), {} by RFC 7489. {}",
            compared(difference, Rules::Rfc9989),
            compared(difference, Rules::Rfc7489),
            sentence(&consequence)
        );
        all.push((
            format!("The rules differ in the {}", what(difference)),
            text,
        ));
    }
    all
}

/// What was found about a signature; `first` is another one that the same broke.
fn signature(verdict: &DkimVerdict, first: Option<usize>) -> String {
    let parts = [
        cause(verdict),
        broke(verdict, first),
        beside(verdict),
        body_hashes(verdict),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// Whether a signature verifies, and why not.
pub(super) fn cause(verdict: &DkimVerdict) -> String {
    sentence(&explain::dkim::cause(verdict).to_string())
}

/// What broke a signature; `first` is another one that the same broke.
pub(super) fn broke(verdict: &DkimVerdict, first: Option<usize>) -> String {
    let mut parts = Vec::new();
    if let Some(first) = first {
        parts.push(format!(
            "Proved: the same changes as of DKIM {first} broke it."
        ));
    } else if let Some(autopsy) = &verdict.autopsy {
        if autopsy.is_proof() {
            parts.push(format!("Proved: {}.", explain::autopsy::proof(autopsy)));
        }
        let who = explain::autopsy::who(autopsy);
        parts.extend(who.map(|who| sentence(&who.to_string())));
        let unknown = explain::autopsy::unknown(autopsy, true);
        parts.extend(unknown.map(|unknown| sentence(&unknown)));
    }
    parts.join(" ")
}

/// What else is to be known of a signature.
pub(super) fn beside(verdict: &DkimVerdict) -> String {
    let mut parts = Vec::new();
    if let Some(unsigned) = verdict
        .body
        .unsigned_length
        .filter(|unsigned| *unsigned > 0)
    {
        let length = verdict.body.canonical_length.unwrap_or_default();
        parts.push(format!(
            "The tag l= leaves {unsigned} of {length} octets of the body unsigned: anybody could \
             have added them."
        ));
    }
    if verdict.testing {
        parts.push("The key says t=y: the domain only tests DKIM.".into());
    }
    parts.join(" ")
}

/// The hash of the body that was signed, and that of the body which is there, where they differ.
pub(super) fn body_hashes(verdict: &DkimVerdict) -> String {
    let body = &verdict.body;
    match (body.result, &body.signed, &body.computed) {
        (BodyResult::Differ, Some(signed), Some(computed)) => {
            format!("Body hash signed {signed}, computed {computed}.")
        }
        _ => String::new(),
    }
}

/// The key that a signature was checked with.
pub(super) fn key(verdict: &DkimVerdict) -> String {
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

/// What was assumed, left out or found wrong, without a capital letter or a full stop.
pub(super) fn notes(analysis: &Analysis) -> impl Iterator<Item = String> {
    let in_from = analysis.message.from_problems.iter();
    let in_from = in_from.map(|problem| format!("in From: {problem}"));
    let of_file = analysis.source.notes.iter().map(SourceNote::to_string);
    of_file
        .chain(in_from)
        .chain(analysis.notes.iter().map(Note::to_string))
}

fn write_notes(analysis: &Analysis, out: &mut Sheet<'_>) -> io::Result<()> {
    for (index, note) in notes(analysis).enumerate() {
        if index == 0 {
            writeln!(out)?;
        }
        out.paragraph("  note: ", 4, &plain(sentence(&note)))?;
    }
    Ok(())
}
