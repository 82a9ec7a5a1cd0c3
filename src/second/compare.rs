//! Which of their results is about which of ours, and how they compare.

use std::borrow::Cow;

use super::clause::{self, Case};
use super::{Compared, Opinion, OpinionMethod, OpinionResult, OpinionRow, Program};
use crate::Analysis;
use crate::arc::ArcResult;
use crate::claims::matching::{arc_word, dkim_word, dmarc_word, is_same, spf_word};
use crate::claims::signatures::{Writer, assign};
use crate::dkim::{DkimCause, DkimVerdict};
use crate::dns::Name;

/// All rows: From, SPF, the signatures in their order, DMARC, ARC.
pub(super) fn rows(opinion: &Opinion, analysis: &Analysis) -> Vec<OpinionRow> {
    let mut pairs = vec![from(opinion, analysis), spf(opinion, analysis)];
    pairs.extend(dkim(opinion, analysis));
    pairs.push(dmarc(opinion, analysis));
    pairs.push(arc(opinion, analysis));
    let mut rows: Vec<OpinionRow> = Vec::new();
    for pair in pairs {
        if let Some(mut row) = pair.row() {
            row.clause = clause::behind(&Case {
                opinion,
                analysis,
                theirs: pair.theirs,
                dkim: pair.signature.and_then(|number| analysis.dkim.get(number)),
                row: &row,
                rows: &rows,
            });
            rows.push(row);
        }
    }
    rows
}

/// Their result and ours about the same thing.
struct Pair<'a> {
    method: OpinionMethod,
    subject: String,
    /// The index of our signature.
    signature: Option<usize>,
    theirs: Option<&'a OpinionResult>,
    /// `None` if there is none, or it could not be judged.
    ours: Option<Cow<'static, str>>,
}

impl Pair<'_> {
    fn row(&self) -> Option<OpinionRow> {
        let theirs = self.theirs.map(|theirs| theirs.result.clone());
        let comparison = match (&theirs, self.ours.as_deref()) {
            (None, None) => return None,
            (Some(_), None) => Compared::OnlyTheirs,
            (None, Some(_)) => Compared::OnlyOurs,
            (Some(theirs), Some(ours)) if is_same(self.method.as_str(), theirs, ours) => {
                Compared::Agree
            }
            (Some(_), Some(_)) => Compared::Differ,
        };
        Some(OpinionRow {
            method: self.method,
            subject: self.subject.clone(),
            signature: self.signature.map(|index| index + 1),
            theirs,
            ours: self.ours.as_deref().map(str::to_owned),
            comparison,
            said: self.theirs.and_then(|theirs| theirs.text.clone()),
            clause: None,
        })
    }
}

/// Their result for a method that has only one.
fn only(opinion: &Opinion, method: OpinionMethod) -> Option<&OpinionResult> {
    opinion
        .results
        .iter()
        .find(|result| result.method == method)
}

fn named(theirs: Option<&OpinionResult>) -> Option<String> {
    theirs.and_then(|theirs| theirs.domain.clone())
}

/// The addresses in From. Only a program that says how it read them has a row.
fn from<'a>(opinion: &'a Opinion, analysis: &Analysis) -> Pair<'a> {
    let theirs = only(opinion, OpinionMethod::From);
    let authors = analysis.message.from.iter();
    let addresses: Vec<String> = authors
        .filter_map(|author| Some(author.address.as_ref()?.to_lowercase()))
        .collect();
    Pair {
        method: OpinionMethod::From,
        subject: "addresses".into(),
        signature: None,
        theirs,
        ours: theirs.map(|_| addresses.join(", ").into()),
    }
}

fn spf<'a>(opinion: &'a Opinion, analysis: &Analysis) -> Pair<'a> {
    let theirs = only(opinion, OpinionMethod::Spf);
    let verdict = &analysis.spf.mail_from;
    let subject = verdict.domain.clone().or_else(|| named(theirs));
    Pair {
        method: OpinionMethod::Spf,
        subject: subject.unwrap_or_default(),
        signature: None,
        theirs,
        ours: spf_word(verdict.result).map(Cow::from),
    }
}

fn dmarc<'a>(opinion: &'a Opinion, analysis: &Analysis) -> Pair<'a> {
    let theirs = only(opinion, OpinionMethod::Dmarc);
    let verdict = &analysis.dmarc;
    let author = verdict.author_domain.as_ref().map(Name::to_string);
    Pair {
        method: OpinionMethod::Dmarc,
        subject: author.or_else(|| named(theirs)).unwrap_or_default(),
        signature: None,
        theirs,
        ours: dmarc_word(verdict.result).map(Cow::from),
    }
}

fn arc<'a>(opinion: &'a Opinion, analysis: &Analysis) -> Pair<'a> {
    let theirs = only(opinion, OpinionMethod::Arc);
    Pair {
        method: OpinionMethod::Arc,
        subject: "chain".into(),
        signature: None,
        theirs,
        ours: match analysis.arc.result {
            // There is nothing to say if there is no chain.
            ArcResult::None if theirs.is_none() => None,
            result => arc_word(result).map(Cow::from),
        },
    }
}

fn dkim<'a>(opinion: &'a Opinion, analysis: &Analysis) -> Vec<Pair<'a>> {
    let ours = &analysis.dkim;
    let all = || {
        let results = opinion.results.iter();
        results.filter(|result| result.method == OpinionMethod::Dkim)
    };
    let unsigned = all().find(|result| result.result == "none" && result.domain.is_none());
    let theirs: Vec<&OpinionResult> = all().filter(|result| result.result != "none").collect();
    let said: Vec<_> = theirs
        .iter()
        .map(|result| (result.named(), result.result.as_str()))
        .collect();
    let mut taken: Vec<Option<&OpinionResult>> = vec![None; ours.len()];
    let mut strangers = Vec::new();
    let about = assign(&said, ours, Writer::SameFile);
    for (result, index) in theirs.iter().copied().zip(about) {
        match index {
            Some(index) => taken[index] = Some(result),
            None => strangers.push(result),
        }
    }
    // rspamd lists equal options of a symbol once, so one may be about several signatures.
    if opinion.program == Program::Rspamd {
        let agree = |theirs: &OpinionResult, index: usize| {
            dkim_word(ours[index].result).is_some_and(|word| is_same("dkim", &theirs.result, word))
        };
        for (index, slot) in taken.iter_mut().enumerate() {
            let about = || theirs.iter().copied().filter(|one| fits(one, index, ours));
            let agreeing = about().find(|result| agree(result, index));
            let first = about().next().filter(|first| {
                is_in_force(&ours[index]) && about().all(|other| other.result == first.result)
            });
            *slot = slot.or(agreeing).or(first);
        }
    }
    let signed = taken.into_iter().enumerate();
    let mut pairs: Vec<Pair<'_>> = signed
        .map(|(index, result)| {
            let verdict = &ours[index];
            let name = |name: &Option<Name>| name.as_ref().map(Name::to_string);
            Pair {
                subject: subject(name(&verdict.domain), name(&verdict.selector)),
                signature: Some(index),
                theirs: result.or(unsigned),
                ours: dkim_word(verdict.result).map(Cow::from),
                method: OpinionMethod::Dkim,
            }
        })
        .collect();
    let unsigned = unsigned.filter(|_| ours.is_empty());
    pairs.extend(strangers.into_iter().chain(unsigned).map(|result| Pair {
        subject: subject(result.domain.clone(), result.selector.clone()),
        signature: None,
        theirs: Some(result),
        ours: ours.is_empty().then_some("none".into()),
        method: OpinionMethod::Dkim,
    }));
    pairs
}

/// Whether a signature can be processed and is neither expired nor in the future; rspamd has no
/// symbol for others.
pub(super) fn is_in_force(verdict: &DkimVerdict) -> bool {
    !matches!(
        verdict.cause,
        DkimCause::Expired
            | DkimCause::Future
            | DkimCause::Syntax
            | DkimCause::MissingTag
            | DkimCause::Version
            | DkimCause::UnknownAlgorithm
            | DkimCause::UnknownCanonicalization
    )
}

fn subject(domain: Option<String>, selector: Option<String>) -> String {
    match (domain, selector) {
        (Some(domain), Some(selector)) => format!("{domain}, s={selector}"),
        (Some(domain), None) => domain,
        (None, _) => "no signature".into(),
    }
}

/// Whether `theirs` may be about the signature `index` of `ours`.
pub(super) fn fits(theirs: &OpinionResult, index: usize, ours: &[DkimVerdict]) -> bool {
    theirs.named().may_say_less(&ours[index], index, ours)
}
