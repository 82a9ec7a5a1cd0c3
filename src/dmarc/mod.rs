//! DMARC: which policy applies to a message, and whether SPF or DKIM passes for its author, by
//! RFC 9989 and also by RFC 7489.

mod align;
mod author;
pub(crate) mod check;
mod differences;
mod discover;
mod not_a_record;
mod published;
mod record;
pub(crate) mod reports;
mod step;
mod verdict;

pub use align::{Alignment, Identifier, Mechanism, MechanismOutcome, Reservation, carries};
pub use author::AuthorDomain;
pub use check::{DmarcCheck, check_dmarc};
pub use differences::{ComparedPolicy, RuleDifference};
pub use discover::{
    Answers, Cut, Obstacle, PUBLIC_SUFFIX_LIST, Rules, Walk, question, registered, targets,
};
pub use not_a_record::NotARecord;
pub use published::{Effective, Published, PublishedPolicy, published, published_differences};
pub use record::{
    Mode, Policy, PolicyRecord, Psd, RecordProblem, RecordTag, ReportUri, TagOrigin, TagSpan,
    TagState, UriFault, UriProblem, tag_names, with_tag, without_tag,
};
pub(crate) use record::{meant_policy, meant_tags, repaired, shows_stricter, typed_policies};
pub use reports::{Agreement, ReportTarget, TakesMail};
pub use step::{Found, NotTaken, Step};
pub use verdict::{
    Alignments, AppliedPolicy, DmarcBy, DmarcCause, DmarcResult, DmarcVerdict, Engine, OtherRules,
};

use std::sync::Arc;

use crate::Limits;
use crate::dns::Name;

/// What DMARC needs to know about a message, other than DNS.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    /// The author domain.
    pub author: &'a AuthorDomain,
    /// The SPF identity.
    pub spf: &'a Identifier,
    /// The signatures.
    pub dkim: &'a [Identifier],
    /// Whether the author domain exists in DNS (§3.2.13); `None` if that was not asked.
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

/// Evaluates DMARC by `rules`, and also by the other rules.
pub fn judge(
    rules: Rules,
    inputs: &Inputs<'_>,
    answers: &Answers,
    limits: &Limits,
) -> DmarcVerdict {
    let author = match inputs.author {
        AuthorDomain::One(author) => author,
        AuthorDomain::Not(cause) => return DmarcVerdict::without_author(rules, *cause),
    };
    let by = |rules| judge_by(rules, author, inputs, answers, limits);
    DmarcVerdict::new(rules, author.clone(), by(rules), by(rules.other()))
}

fn judge_by(
    rules: Rules,
    author: &Name,
    inputs: &Inputs<'_>,
    answers: &Answers,
    limits: &Limits,
) -> OtherRules {
    let walk = Walk::new(rules, author, answers, limits);
    let organizational = walk.organizational_domain();
    let policy = policy_record(&walk);
    let alignment = align_all(inputs, &walk, &organizational, policy, answers, limits);
    let usable = policy.filter(|(_, record)| record.is_usable(rules));
    let (result, cause, engines) = match (usable, policy, walk.obstacle) {
        (Some(_), ..) => decide(&alignment),
        (None, Some(_), _) => (DmarcResult::None, DmarcCause::RecordUnusable, NONE),
        (None, None, Some(obstacle)) => {
            let (result, cause) = stopped_by(obstacle);
            (result, cause, NONE)
        }
        (None, None, None) => (DmarcResult::None, DmarcCause::NoRecord, NONE),
    };
    OtherRules {
        result,
        cause,
        organizational_domain: organizational.ok(),
        policy: usable.map(|(domain, record)| {
            applied(rules, domain, record, result, domain == author, inputs)
        }),
        alignment,
        engines,
        steps: Step::all(&walk, policy.map(|(domain, _)| domain), answers, limits),
        differs_in_steps_alone: false,
    }
}

/// The policy that the record at `domain` gives for a message with this `result`; `own` says
/// whether the domain is the Author Domain.
fn applied(
    rules: Rules,
    domain: &Name,
    record: &PolicyRecord,
    result: DmarcResult,
    own: bool,
    inputs: &Inputs<'_>,
) -> AppliedPolicy {
    let (requested, tag) = match own {
        true => (record.for_domain(rules), "p"),
        false => record.for_subdomain(rules, inputs.author_exists.unwrap_or(true)),
    };
    let lowered = record.testing && rules == Rules::Rfc9989;
    AppliedPolicy {
        domain: domain.clone(),
        record: record.text.clone(),
        tags: Arc::clone(&record.tags),
        tag,
        requested,
        applied: match result {
            DmarcResult::Fail if lowered => requested.lowered(),
            DmarcResult::Fail => requested,
            _ => Policy::None,
        },
        percentage: record.percentage.filter(|_| rules == Rules::Rfc7489),
    }
}

/// The record that applies: that of the Author Domain, else that of its Organizational Domain, else
/// that of its public suffix (§4.10.1).
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
    walk: &Walk,
    organizational: &Result<Name, Obstacle>,
    policy: Option<(&Name, &PolicyRecord)>,
    answers: &Answers,
    limits: &Limits,
) -> Alignments {
    let author = align::Author {
        rules: walk.rules,
        domain: &walk.start,
        organizational,
        cut: walk.cut(),
        has_record: walk.own_record().is_some(),
    };
    let (adkim, aspf) = policy.map_or((None, None), |(_, record)| (record.adkim, record.aspf));
    let align = |identifier, mode| align::align(identifier, &author, mode, answers, limits);
    let dkim = inputs.dkim.iter();
    Alignments {
        spf: Some(align(inputs.spf, aspf)),
        dkim: dkim.map(|identifier| align(identifier, adkim)).collect(),
    }
}

/// No mechanism passes and is aligned.
const NONE: &[Engine] = &[];

/// The result (§5.3.5), and what happens if something could not be found out (§5.3.6).
fn decide(alignment: &Alignments) -> (DmarcResult, DmarcCause, &'static [Engine]) {
    let counts = |alignment: &Alignment| alignment.authenticated && alignment.aligned == Some(true);
    let engines: &'static [Engine] = match (
        alignment.spf.iter().any(counts),
        alignment.dkim.iter().any(counts),
    ) {
        (true, true) => &[Engine::Spf, Engine::Dkim],
        (true, false) => &[Engine::Spf],
        (false, true) => &[Engine::Dkim],
        (false, false) => NONE,
    };
    if !engines.is_empty() {
        return (DmarcResult::Pass, DmarcCause::Aligned, engines);
    }
    let all = || alignment.spf.iter().chain(&alignment.dkim);
    for result in [DmarcResult::Temperror, DmarcResult::Inconclusive] {
        let mut open = all().filter_map(left_open);
        if let Some((result, cause)) = open.find(|(other, _)| *other == result) {
            return (result, cause, NONE);
        }
    }
    match all().any(|alignment| alignment.authenticated) {
        true => (DmarcResult::Fail, DmarcCause::NotAligned, NONE),
        false => (DmarcResult::Fail, DmarcCause::NothingPassed, NONE),
    }
}

/// The result that an identifier leaves open, because it is not known whether it passes or is
/// aligned.
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
