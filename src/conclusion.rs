//! The outcome of an analysis, in a word and a sentence.

use schemars::JsonSchema;
use serde::Serialize;

use crate::MessageSummary;
use crate::claims::{NO_REASON, Recorded};
use crate::dkim::{DkimResult, DkimVerdict};
use crate::dmarc::{DmarcCause, DmarcResult, DmarcVerdict, Engine, Found};
use crate::explain;
use crate::message::Author;
use crate::spf::{SpfResult, SpfVerdict};

/// The outcome of an analysis.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Conclusion {
    /// In a word.
    pub result: ConclusionResult,
    /// In a sentence.
    pub sentence: String,
}

/// The outcome in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConclusionResult {
    /// DMARC passes.
    Pass,
    /// DMARC fails, or cannot be applied as From is malformed.
    Fail,
    /// There is no DMARC policy.
    None,
    /// It cannot be told.
    Inconclusive,
}

impl ConclusionResult {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::None => "none",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl Conclusion {
    /// Draws the conclusion from the verdicts. `on_word_of` says who tells of the session, where
    /// nobody vouches for it.
    pub fn draw(
        facts: &MessageSummary,
        on_word_of: Option<&str>,
        spf: &SpfVerdict,
        dkim: &[DkimVerdict],
        dmarc: &DmarcVerdict,
    ) -> Self {
        let from = dmarc
            .author_domain
            .as_ref()
            .map_or("", |name| name.as_str());
        let (result, sentence) = match dmarc.result {
            // Any host can write Received fields of a session that never was, so that SPF for it
            // would pass; a signature cannot be made up.
            DmarcResult::Pass if on_word_of.is_some() && dmarc.engines == [Engine::Spf] => {
                let teller = on_word_of.unwrap_or_default();
                (ConclusionResult::Inconclusive, only_told(from, teller))
            }
            DmarcResult::Pass => (ConclusionResult::Pass, pass(from, dmarc, on_word_of)),
            DmarcResult::Fail => (
                ConclusionResult::Fail,
                format!(
                    "DMARC fails for {from}: {}.",
                    why_not(from, spf, dkim, dmarc)
                ),
            ),
            DmarcResult::None => (ConclusionResult::None, none(from, spf, dkim, dmarc)),
            DmarcResult::Permerror => (ConclusionResult::Fail, no_author(facts, dmarc)),
            DmarcResult::Temperror => (
                ConclusionResult::Inconclusive,
                format!(
                    "Whether DMARC passes for {from} cannot be told now: DNS did not answer a \
                     question that decides."
                ),
            ),
            DmarcResult::Inconclusive => (
                ConclusionResult::Inconclusive,
                inconclusive(from, spf, dmarc),
            ),
        };
        Self { result, sentence }
    }
}

impl Conclusion {
    /// The same, where the receiver recorded that the message passed when it came: what does not
    /// pass here then cannot be proved from this file, and is no failure of the sender's.
    pub(crate) fn beside(self, recorded: Option<Recorded>) -> Self {
        let Some(recorded) = recorded else {
            return self;
        };
        let Recorded { who, what, .. } = recorded;
        let why = recorded.why.filter(|why| !why.starts_with(NO_REASON));
        let why = why.map_or(String::new(), |why| format!(": {why}"));
        let is_dmarc = what.starts_with("dmarc=");
        let unproved = match self.result {
            ConclusionResult::Pass => return self,
            ConclusionResult::Fail => !recorded.is_unvouched,
            ConclusionResult::None => is_dmarc && !recorded.is_unvouched,
            ConclusionResult::Inconclusive => false,
        };
        if recorded.is_unvouched {
            let sentence = format!(
                "{} {who}, which passed it on, as the header says, recorded {what}, but \
                 that could be the sender's own host.",
                self.sentence
            );
            return Self { sentence, ..self };
        }
        if !unproved {
            let sentence = format!("{} {who} recorded {what} when it came.", self.sentence);
            return Self { sentence, ..self };
        }
        Self {
            result: ConclusionResult::Inconclusive,
            sentence: format!(
                "{who} recorded {what} when the message came. This file and the DNS at hand do not \
                 show that any more{why}."
            ),
        }
    }
}

fn pass(from: &str, dmarc: &DmarcVerdict, on_word_of: Option<&str>) -> String {
    let on = match (&dmarc.engines[..], on_word_of) {
        ([Engine::Spf], _) => "on SPF alone".into(),
        ([Engine::Dkim], _) => "on DKIM alone".into(),
        (_, None) => "on both SPF and DKIM".into(),
        (_, Some(teller)) => {
            format!("on DKIM, and on SPF as far as {teller} tells the truth about the session")
        }
    };
    format!("DMARC passes for {from}, {on}.")
}

fn only_told(from: &str, teller: &str) -> String {
    format!(
        "DMARC would pass for {from} on SPF alone, but only {teller} says who sent the message, \
         and that could be made up; say it with --ip and --mail-from, --hop or --trust if you know."
    )
}

/// What SPF and DKIM did for `from`, none of which was enough.
fn why_not(from: &str, spf: &SpfVerdict, dkim: &[DkimVerdict], dmarc: &DmarcVerdict) -> String {
    let spf_aligned = dmarc.alignment.spf.as_ref().and_then(|spf| spf.aligned);
    let spf_part = match (spf.result, spf.domain.as_deref(), spf_aligned) {
        (SpfResult::Pass, Some(domain), _) => {
            format!("SPF passed only for {domain}, which does not count for {from}")
        }
        (SpfResult::None, Some(domain), _) => format!("{domain} has no usable SPF record"),
        (result, Some(domain), Some(true)) => format!("SPF gave {result} for {domain}"),
        (result, Some(domain), _) => {
            format!("SPF gave {result} for {domain}, which would not count for {from} anyway")
        }
        (_, None, _) => "SPF had no domain to judge".into(),
    };
    format!("{spf_part}, and {}", why_not_dkim(from, dkim, dmarc))
}

fn why_not_dkim(from: &str, dkim: &[DkimVerdict], dmarc: &DmarcVerdict) -> String {
    if dkim.is_empty() {
        return "there is no DKIM signature".into();
    }
    let aligned = |index: usize| {
        let alignment = dmarc.alignment.dkim.get(index);
        alignment.and_then(|alignment| alignment.aligned) == Some(true)
    };
    let broken = dkim.iter().enumerate().find(|(index, _)| aligned(*index));
    if let Some((index, verdict)) = broken {
        return format!(
            "signature {} of {from} does not verify ({})",
            index + 1,
            explain::dkim::cause(verdict)
        );
    }
    let passed = dkim
        .iter()
        .find(|verdict| verdict.result == DkimResult::Pass);
    match passed.and_then(|verdict| verdict.domain.as_ref()) {
        Some(domain) => format!("DKIM passed only for {domain}, not for {from}"),
        None => format!("no signature is {from}'s"),
    }
}

fn none(from: &str, spf: &SpfVerdict, dkim: &[DkimVerdict], dmarc: &DmarcVerdict) -> String {
    let why = match dmarc.cause {
        DmarcCause::RecordUnusable => {
            format!(
                "The DMARC record for {from} cannot be used, so receivers act as if there were none"
            )
        }
        _ if dmarc
            .steps
            .iter()
            .any(|step| matches!(step.found, Found::SeveralRecords | Found::OtherText)) =>
        {
            format!("{from} has no DMARC record that counts, so receivers do not apply DMARC")
        }
        _ => format!("{from} publishes no DMARC policy, so receivers do not apply DMARC"),
    };
    let passed: Vec<_> = dkim
        .iter()
        .filter(|verdict| verdict.result == DkimResult::Pass)
        .filter_map(|verdict| verdict.domain.as_ref())
        .collect();
    let spf = match (spf.result, &spf.domain) {
        (SpfResult::Pass, Some(domain)) => format!("SPF passed for {domain}"),
        (SpfResult::NotEvaluated, _) => "SPF could not be evaluated".into(),
        (result, _) => format!("SPF gave {result}"),
    };
    let dkim = match (passed.first(), dkim.is_empty()) {
        (Some(domain), _) => format!("DKIM passed for {domain}"),
        (None, true) => "there is no signature".into(),
        (None, false) => "no signature verified".into(),
    };
    format!("{why}; {spf}, {dkim}.")
}

fn no_author(facts: &MessageSummary, dmarc: &DmarcVerdict) -> String {
    let what = match dmarc.cause {
        DmarcCause::SeveralFromFields => {
            format!("there are {} From fields", facts.from_fields)
        }
        DmarcCause::SeveralAuthorDomains if facts.from.iter().any(Author::is_unreadable) => {
            "not every address in From can be read".into()
        }
        DmarcCause::SeveralAuthorDomains => "the addresses in From have several domains".into(),
        _ if facts.from_fields == 0 => "there is no From field".into(),
        _ => "From names no domain".into(),
    };
    format!("DMARC cannot be applied: {what}, so there is no single author domain to check.")
}

fn inconclusive(from: &str, spf: &SpfVerdict, dmarc: &DmarcVerdict) -> String {
    let why = match (dmarc.cause, spf.result) {
        (DmarcCause::NotRecorded, _) => "the recorded DNS does not hold what decides".into(),
        (_, SpfResult::NotEvaluated) => {
            let spf = &spf.sentence;
            format!("no signature decides, and SPF could not be evaluated ({spf})")
        }
        _ => "SPF does not decide, and a signature could not be evaluated".into(),
    };
    format!("Whether DMARC passes for {from} cannot be told: {why}.")
}
