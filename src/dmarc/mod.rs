//! DMARC: which policy applies to a message, and whether anything speaks for its author, by
//! RFC 9989 and beside it by RFC 7489.

mod align;
pub(crate) mod check;
mod differences;
mod discover;
mod explained;
mod published;
mod record;
pub(crate) mod reports;
mod sentence;
mod step;
mod verdict;

pub use align::{Alignment, Identifier, MechanismOutcome, Reservation, carries};
pub use check::{DmarcCheck, check_dmarc};
pub use differences::{DifferenceIn, RuleDifference};
pub use discover::{
    Answers, Obstacle, PUBLIC_SUFFIX_LIST, Rules, Walk, question, registered, targets,
};
pub use explained::{EXPLAINED, Explained, explained};
pub use published::{Effective, Published, PublishedPolicy, published, published_differences};
pub use record::{
    Mode, Policy, PolicyRecord, Psd, RecordTag, ReportUri, TagOrigin, TagSpan, TagState, with_tag,
    without_tag,
};
pub use reports::{Agreement, ReportTarget, TakesMail};
pub use step::{Found, Step};
pub use verdict::{
    Alignments, AppliedPolicy, AuthorDomain, DmarcCause, DmarcResult, DmarcVerdict, Engine,
};

use std::sync::Arc;

use crate::Limits;
use crate::dns::Name;

/// What DMARC needs to know of a message besides DNS.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    /// The author domain.
    pub author: &'a AuthorDomain,
    /// The SPF identity.
    pub spf: &'a Identifier,
    /// The signatures.
    pub dkim: &'a [Identifier],
    /// Whether the author domain exists in DNS (§3.2.13); `None` where that was not asked.
    pub author_exists: Option<bool>,
}

/// Whether the policy depends on the existence of the author domain, so that DNS must be asked.
pub fn depends_on_existence(author: &Name, answers: &Answers, limits: &Limits) -> bool {
    let walk = Walk::new(Rules::Rfc9989, author, answers, limits);
    if walk.own_record().is_some() {
        return false;
    }
    policy_record(&walk).is_some_and(|(_, record)| record.np.is_some())
}

/// Works out DMARC by `rules`, and beside it by the others.
pub fn judge(
    rules: Rules,
    inputs: &Inputs<'_>,
    answers: &Answers,
    limits: &Limits,
) -> DmarcVerdict {
    let new = judge_by(Rules::Rfc9989, inputs, answers, limits);
    let old = judge_by(Rules::Rfc7489, inputs, answers, limits);
    let differences = Some(differences::between(&new, &old));
    match rules {
        Rules::Rfc9989 => DmarcVerdict {
            rfc7489: Some(Box::new(old)),
            differences,
            ..new
        },
        Rules::Rfc7489 => DmarcVerdict {
            rfc9989: Some(Box::new(new)),
            differences,
            ..old
        },
    }
}

fn judge_by(rules: Rules, inputs: &Inputs<'_>, answers: &Answers, limits: &Limits) -> DmarcVerdict {
    let mut verdict = DmarcVerdict {
        rules,
        result: DmarcResult::Permerror,
        cause: DmarcCause::NoAuthorDomain,
        author_domain: None,
        organizational_domain: None,
        policy: None,
        alignment: Alignments::default(),
        engines: Vec::new(),
        steps: Vec::new(),
        notes: Vec::new(),
        rfc7489: None,
        rfc9989: None,
        differences: None,
        reports: None,
    };
    let author = match inputs.author {
        AuthorDomain::One(author) => author,
        AuthorDomain::Not(cause) => {
            verdict.cause = *cause;
            return verdict;
        }
    };
    let walk = Walk::new(rules, author, answers, limits);
    let organizational = walk.organizational_domain();
    verdict.author_domain = Some(author.clone());
    verdict.organizational_domain = organizational.as_ref().ok().cloned();
    verdict.steps = walk.steps.clone();

    let policy = policy_record(&walk);
    let taken = policy.map(|(domain, _)| domain);
    for step in &mut verdict.steps {
        step.conclude(author, taken);
    }
    verdict.notes = verdict.steps.iter().filter_map(Step::why_not).collect();
    align_all(inputs, author, &walk, policy, answers, limits, &mut verdict);
    let (domain, record) = match (policy, walk.obstacle) {
        (Some(found), _) => found,
        (None, Some(obstacle)) => {
            (verdict.result, verdict.cause) = stopped_by(obstacle);
            return verdict;
        }
        (None, None) => {
            (verdict.result, verdict.cause) = (DmarcResult::None, DmarcCause::NoRecord);
            return verdict;
        }
    };
    verdict.notes.extend_from_slice(&record.problems);
    if !record.is_usable(rules) {
        (verdict.result, verdict.cause) = (DmarcResult::None, DmarcCause::RecordUnusable);
        return verdict;
    }
    (verdict.result, verdict.cause) = decide(&mut verdict);
    let (requested, tag) = match domain == author {
        true => (record.for_domain(rules), "p"),
        false => record.for_subdomain(rules, inputs.author_exists.unwrap_or(true)),
    };
    let lowered = record.testing && rules == Rules::Rfc9989;
    verdict.policy = Some(AppliedPolicy {
        domain: domain.clone(),
        record: record.text.clone(),
        tags: Arc::clone(&record.tags),
        tag,
        requested,
        applied: match verdict.result {
            DmarcResult::Fail if lowered => requested.lowered(),
            DmarcResult::Fail => requested,
            _ => Policy::None,
        },
        percentage: record.percentage.filter(|_| rules == Rules::Rfc7489),
    });
    verdict
}

/// The record that applies: the author domain's own, else its organization's, else its public
/// suffix's (§4.10.1).
fn policy_record(walk: &Walk) -> Option<(&Name, &PolicyRecord)> {
    if let Some(record) = walk.own_record() {
        return Some((&walk.start, record));
    }
    if walk.obstacle.is_some() {
        return None;
    }
    let organizational = walk.organizational_domain().ok()?;
    let mut records = walk.records.iter();
    let at_organization = records.find(|(domain, _)| *domain == organizational);
    let (domain, record) = match at_organization {
        Some(found) => found,
        None if walk.rules == Rules::Rfc7489 => return None,
        None => walk
            .records
            .iter()
            .find(|(_, record)| record.psd == Psd::Yes)?,
    };
    Some((domain, record))
}

fn align_all(
    inputs: &Inputs<'_>,
    author: &Name,
    walk: &Walk,
    policy: Option<(&Name, &PolicyRecord)>,
    answers: &Answers,
    limits: &Limits,
    verdict: &mut DmarcVerdict,
) {
    let organizational = walk.organizational_domain();
    let author = align::Author {
        rules: walk.rules,
        domain: author,
        organizational: &organizational,
        cut: walk.cut(),
        has_record: walk.own_record().is_some(),
        has_policy: policy.is_some_and(|(_, record)| record.is_usable(walk.rules)),
    };
    let (adkim, aspf) = policy.map_or((None, None), |(_, record)| (record.adkim, record.aspf));
    verdict.alignment.spf = Some(align::align(inputs.spf, &author, aspf, answers, limits));
    verdict.alignment.dkim = inputs
        .dkim
        .iter()
        .map(|identifier| align::align(identifier, &author, adkim, answers, limits))
        .collect();
}

/// §5.3.5, and §5.3.6 for what could not be found out.
fn decide(verdict: &mut DmarcVerdict) -> (DmarcResult, DmarcCause) {
    let counts =
        |alignment: &&Alignment| alignment.authenticated && alignment.aligned == Some(true);
    if verdict.alignment.spf.iter().any(|spf| counts(&spf)) {
        verdict.engines.push(Engine::Spf);
    }
    if verdict.alignment.dkim.iter().any(|dkim| counts(&dkim)) {
        verdict.engines.push(Engine::Dkim);
    }
    if !verdict.engines.is_empty() {
        return (DmarcResult::Pass, DmarcCause::Aligned);
    }
    let all = || verdict.alignment.spf.iter().chain(&verdict.alignment.dkim);
    let open: Vec<_> = all().filter_map(left_open).collect();
    for result in [DmarcResult::Temperror, DmarcResult::Inconclusive] {
        if let Some(found) = open.iter().find(|(other, _)| *other == result) {
            return *found;
        }
    }
    match all().any(|alignment| alignment.authenticated) {
        true => (DmarcResult::Fail, DmarcCause::NotAligned),
        false => (DmarcResult::Fail, DmarcCause::NothingPassed),
    }
}

/// What an identifier leaves open: it would decide, if only it were known to pass or to align.
fn left_open(alignment: &Alignment) -> Option<(DmarcResult, DmarcCause)> {
    match (alignment.aligned, alignment.outcome) {
        (Some(false), _) | (_, MechanismOutcome::Fail) => None,
        (_, MechanismOutcome::Temperror) => Some((DmarcResult::Temperror, DmarcCause::Dns)),
        (_, MechanismOutcome::NotEvaluated) => {
            Some((DmarcResult::Inconclusive, DmarcCause::NotEvaluated))
        }
        (None, MechanismOutcome::Pass) => alignment.obstacle.map(stopped_by),
        (Some(true), MechanismOutcome::Pass) => None,
    }
}

fn stopped_by(obstacle: Obstacle) -> (DmarcResult, DmarcCause) {
    match obstacle {
        Obstacle::NoAnswer => (DmarcResult::Temperror, DmarcCause::Dns),
        Obstacle::NotRecorded => (DmarcResult::Inconclusive, DmarcCause::NotRecorded),
    }
}
