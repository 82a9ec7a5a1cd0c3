//! What the receiver recorded, in short: a line where it is the same, else a line for each reason of a
//! difference.

use super::claims::{is_kin, is_same_fault, who, word};
use crate::claims::{Claim, ClaimedResult, Comparison, LeftOut, OnlyOurs};
use crate::conclusion::ConclusionReason;
use crate::session::Standing;
use crate::{Analysis, explain};

/// What the receiver recorded.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    /// The lines about it.
    pub lines: Vec<String>,
    /// Whether it differs.
    pub differs: bool,
    /// The signatures, from 1, of which the lines say why they do not verify here.
    pub signatures: Vec<usize>,
}

impl Receiver {
    /// What is known of it.
    pub fn of(analysis: &Analysis) -> Self {
        let own = own(analysis);
        let Some(first) = own.first() else {
            return Self::saying(match analysis.claims.len() {
                0 => "No receiver's results are in this file.",
                _ => "None of the results in this file is known to be the receiver's.",
            });
        };
        let who = who(first, analysis.session.receiver());
        let recorded = Recorded::sorted(&own, analysis);
        match recorded.differing.is_empty() {
            true => recorded.same(&who).map_or_else(Self::default, Self::saying),
            false => recorded.different(&who, analysis),
        }
    }

    fn saying(line: impl Into<String>) -> Self {
        Self {
            lines: vec![line.into()],
            ..Self::default()
        }
    }
}

/// The fields that are the receiver's; copies of a field only where there is no original.
pub(super) fn own(analysis: &Analysis) -> Vec<&Claim> {
    let receivers = || {
        let claims = analysis.claims.iter();
        claims.filter(|claim| claim.standing == Standing::Receiver)
    };
    let has_original = receivers().any(|claim| !is_kin(claim));
    receivers()
        .filter(|claim| !(has_original && is_kin(claim)))
        .collect()
}

/// What it recorded, by what becomes of it here.
#[derive(Default)]
struct Recorded<'a> {
    /// The first line of all says one of its results, as that decides.
    is_in_headline: bool,
    /// How many results agree.
    agreeing: usize,
    /// Those that agree in another word.
    other_words: Vec<String>,
    /// Those that cannot be compared here.
    open: Vec<String>,
    /// What it says nothing of.
    left_out: Vec<String>,
    /// Those that differ, or agree for another reason.
    differing: Vec<(&'a Claim, &'a ClaimedResult)>,
}

impl<'a> Recorded<'a> {
    fn sorted(own: &[&'a Claim], analysis: &Analysis) -> Self {
        let deciding = match &analysis.conclusion.reason {
            ConclusionReason::ReceiverFailed(place) => place.of(&analysis.claims),
            ConclusionReason::Unproved(recorded) => recorded.result.of(&analysis.claims),
            _ => None,
        };
        let is_deciding =
            |result: &ClaimedResult| deciding.is_some_and(|(_, said)| std::ptr::eq(said, result));
        let mut recorded = Self {
            is_in_headline: deciding.is_some(),
            left_out: left_out(analysis),
            ..Self::default()
        };
        for claim in own {
            let results = claim.results.iter();
            for result in results.filter(|result| !is_deciding(result)) {
                recorded.sort(claim, result);
            }
        }
        recorded
    }

    fn sort(&mut self, claim: &'a Claim, result: &'a ClaimedResult) {
        let has_reason = result.is_explained() && !is_same_fault(result);
        match result.comparison {
            Comparison::Differ => self.differing.push((claim, result)),
            Comparison::Agree if has_reason => self.differing.push((claim, result)),
            Comparison::Agree => {
                self.agreeing += 1;
                if result.ours.as_deref() != Some(result.result.as_str()) {
                    self.other_words.push(word(result) + &about(result));
                }
            }
            Comparison::OnlyTheirs => {
                let is_of_ours = matches!(&*result.method, "spf" | "dkim" | "dmarc");
                self.open.extend(is_of_ours.then(|| word(result)));
            }
        }
    }

    /// The line where nothing differs; `None` if there is nothing to say.
    fn same(&self, who: &str) -> Option<String> {
        let mut parts = Vec::new();
        if !self.open.is_empty() {
            let open = self.open.join(" ");
            parts.push(format!("{open}, which cannot be compared here"));
        }
        if !self.left_out.is_empty() {
            parts.push(format!("nothing of {}", self.left_out.join(" and ")));
        }
        let is_all = parts.is_empty() && !self.is_in_headline;
        if self.agreeing > 0 {
            let same = if is_all {
                "the same"
            } else {
                "the same of all else"
            };
            let words = match self.other_words.is_empty() {
                true => String::new(),
                false => format!(" (in other words: {})", self.other_words.join(", ")),
            };
            parts.push(format!("{same}{words}"));
        }
        if parts.is_empty() && !self.is_in_headline {
            parts.push("nothing to compare with".into());
        }
        (!parts.is_empty()).then(|| format!("{who} recorded {}.", parts.join(", and ")))
    }

    /// A line for each reason, with all results that differ for it.
    fn different(&self, who: &str, analysis: &Analysis) -> Receiver {
        let told = analysis.conclusion.explained_by(&analysis.claims);
        let is_told =
            |result: &ClaimedResult| told.is_some_and(|(_, told)| told.differs_like(result));
        let mut signatures = Vec::new();
        let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
        for (claim, result) in &self.differing {
            let ours = result.ours.as_deref().unwrap_or_default();
            let here = match result.comparison {
                Comparison::Differ => format!("here {ours}"),
                _ => "as here".into(),
            };
            let said = format!("{}{}, {here}", word(result), about(result));
            let why = match is_told(result) || cannot_count(result, analysis) {
                true => None,
                false => explain::claims::why(analysis, claim, result),
            };
            let why = why.map_or(String::new(), |why| why.to_string());
            signatures.extend(result.signature.filter(|_| !why.is_empty()));
            match reasons.iter_mut().find(|(known, _)| *known == why) {
                Some((_, all)) => all.push(said),
                None => reasons.push((why, vec![said])),
            }
        }
        let lines = reasons.into_iter().enumerate().map(|(index, (why, said))| {
            let who = if index == 0 { who } else { "It" };
            let said = said.join("; ");
            match why.as_str() {
                "" => format!("{who} recorded {said}."),
                why => format!("{who} recorded {said}: {}.", why.trim_end_matches('.')),
            }
        });
        Receiver {
            lines: lines.collect(),
            differs: true,
            signatures,
        }
    }
}

/// What only we have a result for. What another field in the receiver's name says is not left out.
fn left_out(analysis: &Analysis) -> Vec<String> {
    let is_elsewhere = |ours: &&OnlyOurs| matches!(ours.left_out, LeftOut::InOtherField { .. });
    let ours = analysis.only_ours.iter();
    ours.filter(|ours| !is_elsewhere(ours))
        .map(|ours| match ours.signature {
            Some(number) => format!("DKIM {number}"),
            None => ours.method.to_uppercase(),
        })
        .collect()
}

/// Which signature a result is about.
fn about(result: &ClaimedResult) -> String {
    let about = result.signature.map(|number| format!(" for DKIM {number}"));
    about.unwrap_or_default()
}

/// Whether a result is about a signature that cannot count: what becomes of it changes nothing.
fn cannot_count(result: &ClaimedResult, analysis: &Analysis) -> bool {
    let alignment = result
        .signature
        .and_then(|number| analysis.dmarc.alignment.dkim.get(number - 1));
    alignment.is_some_and(|one| one.aligned == Some(false))
}
