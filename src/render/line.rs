//! An inspection in one line, to be searched and counted.

use std::io::{self, Write};

use super::escape::plain;
use crate::dkim::DkimResult;
use crate::dmarc::Alignment;
use crate::{Analysis, Inspection};

/// Writes one line about the message `name`: the conclusion, the author domain, each result with its
/// domain and whether it is aligned, the policy, the number of findings, and the name.
///
/// # Errors
///
/// Only errors of `out`.
pub fn write(inspection: &Inspection, name: &str, out: &mut dyn Write) -> io::Result<()> {
    let analysis = &inspection.analysis;
    let dmarc = &analysis.dmarc;
    let author = dmarc.author_domain.as_ref();
    let policy = dmarc.policy.as_ref();
    let requested = policy.map_or("none-found", |policy| policy.requested.as_str());
    let planned = match inspection.without_plan.is_some() {
        true => " planned=1",
        false => "",
    };
    let line = format!(
        "{} {} dmarc={} spf={} dkim={} p={requested} findings={}{planned} {name}",
        analysis.conclusion.result.as_str().to_uppercase(),
        author.map_or("-", |author| author.as_str()),
        dmarc.result,
        spf(analysis),
        dkim(analysis),
        inspection.hits.len(),
    );
    writeln!(out, "{}", plain(line))
}

fn spf(analysis: &Analysis) -> String {
    let verdict = &analysis.spf.mail_from;
    let alignment = analysis.dmarc.alignment.spf.as_ref();
    told(
        verdict.result.as_str(),
        verdict.domain.as_deref(),
        alignment,
    )
}

/// The signature that says most: one that passes and is aligned, else one that passes, else one that is
/// aligned, else the first.
fn dkim(analysis: &Analysis) -> String {
    let alignment = |index: usize| analysis.dmarc.alignment.dkim.get(index);
    let rank = |index: &usize| {
        let passes = analysis.dkim[*index].result == DkimResult::Pass;
        let aligned = alignment(*index).and_then(|one| one.aligned) == Some(true);
        (!(passes && aligned), !passes, !aligned)
    };
    let Some(best) = (0..analysis.dkim.len()).min_by_key(rank) else {
        return "none".into();
    };
    let verdict = &analysis.dkim[best];
    let domain = verdict.domain.as_ref().map(|domain| domain.as_str());
    told(verdict.result.as_str(), domain, alignment(best))
}

fn told(result: &str, domain: Option<&str>, alignment: Option<&Alignment>) -> String {
    let aligned = match alignment.and_then(|one| one.aligned) {
        Some(true) => ",aligned",
        Some(false) => ",unaligned",
        None => "",
    };
    match domain {
        Some(domain) => format!("{result}({}{aligned})", domain.replace(' ', "")),
        None => result.to_owned(),
    }
}
