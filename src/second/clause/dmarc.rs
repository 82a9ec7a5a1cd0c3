//! Why two verifiers differ about DMARC.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Case, ClauseReason};
use crate::dmarc::{DmarcCause, Found, Step};
use crate::dns::Name;
use crate::second::{Compared, OpinionMethod, OpinionRow};

/// Why two verifiers differ about DMARC.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DmarcClause {
    /// Their result follows from their results for SPF and DKIM.
    Follows {
        /// Those of them that differ from ours.
        rows: Vec<RowName>,
    },
    /// Their result is ours by the other set of rules.
    OtherRules,
    /// From has several addresses of one domain.
    SeveralAddresses,
    /// The record requires strict alignment.
    StrictAlignment {
        /// The identifier that is not the same as the author domain.
        identifier: Name,
    },
    /// From has no single author domain here.
    NoAuthor,
    /// There are several policy records, so none counts.
    SeveralRecords {
        /// The domain that has them.
        domain: Name,
    },
    /// The record has no valid policy, so it counts as one with `p=none`.
    PolicyInvalid {
        /// The domain that has it.
        domain: Name,
    },
    /// A text that does not begin with `v=DMARC1` is no record.
    NotARecord {
        /// The domain that has it.
        domain: Name,
    },
    /// The record has no valid policy and no report address, so it counts as none.
    RecordUnusable,
    /// They found a record, but DNS here has none.
    RecordThere,
    /// They use no record, but DNS here has one.
    RecordHere {
        /// The domain that has it.
        domain: Name,
    },
    /// DNS gave them no answer to a question that the result depends on.
    TheirDns,
    /// DNS gave no answer here to a question that the result depends on.
    OwnDns,
    /// The recording used here does not have a question that the result depends on.
    NotRecorded,
    /// SPF or a signature that the result depends on could not be judged here.
    NotEvaluated,
}

/// The name of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct RowName {
    /// The method.
    pub method: OpinionMethod,
    /// Which of our signatures it is about, from 1.
    pub signature: Option<usize>,
}

impl DmarcClause {
    pub(super) fn section(&self) -> Option<&'static str> {
        Some(match self {
            Self::StrictAlignment { .. } => "RFC 9989 §4.4",
            Self::OtherRules | Self::SeveralRecords { .. } => "RFC 9989 §4.10",
            Self::NotARecord { .. } => "RFC 9989 §4.7",
            Self::PolicyInvalid { .. }
            | Self::RecordUnusable
            | Self::RecordThere
            | Self::RecordHere { .. } => "RFC 9989 §4.10.1",
            Self::SeveralAddresses | Self::NoAuthor => "RFC 9989 §5.3.1",
            Self::Follows { .. } | Self::TheirDns | Self::OwnDns => "RFC 9989 §5.3.5",
            Self::NotRecorded | Self::NotEvaluated => return None,
        })
    }
}

/// The first reason that applies.
pub(super) fn behind(case: &Case<'_>) -> Option<ClauseReason> {
    let of_form = || {
        let no_author = case.theirs.is_none() || case.theirs_is("none");
        case.other_form().filter(|_| no_author)
    };
    other_author(case)
        .or_else(|| follows(case))
        .or_else(|| other_rules(case))
        .map(ClauseReason::Dmarc)
        .or_else(of_form)
        .or_else(|| of_records(case).map(ClauseReason::Dmarc))
}

/// The reason if they read other addresses in From.
fn other_author(case: &Case<'_>) -> Option<DmarcClause> {
    let mut rows = case.rows.iter();
    let from = rows.find(|row| row.method == OpinionMethod::From)?;
    let is_other = from.comparison == Compared::Differ && case.analysis.message.from_fields < 2;
    is_other.then(|| DmarcClause::Follows {
        rows: vec![RowName {
            method: OpinionMethod::From,
            signature: None,
        }],
    })
}

/// The difference in From, in the records or in DNS.
fn of_records(case: &Case<'_>) -> Option<DmarcClause> {
    let dmarc = &case.analysis.dmarc;
    let has_author = dmarc.author_domain.is_some();
    let not_judged = case.theirs.is_none() || case.theirs_is("permerror");
    if has_author && not_judged && case.analysis.message.from.len() > 1 {
        return Some(DmarcClause::SeveralAddresses);
    }
    if let Some(clause) = strict_alignment(case) {
        return Some(clause);
    }
    if matches!(
        dmarc.cause,
        DmarcCause::NoAuthorDomain
            | DmarcCause::SeveralAuthorDomains
            | DmarcCause::SeveralFromFields
    ) {
        return Some(DmarcClause::NoAuthor);
    }
    let has_found = case.theirs_is("pass") || case.theirs_is("fail");
    let counted = has_found || case.theirs_is("permerror");
    let at = |found: Found| {
        let mut steps = dmarc.steps.iter();
        let step = steps.find(|step| step.found == found);
        step.filter(|_| counted && case.ours_is("none"))
            .map(|step| step.domain.clone())
    };
    if let Some(domain) = at(Found::SeveralRecords) {
        return Some(DmarcClause::SeveralRecords { domain });
    }
    if let Some(domain) = at(Found::OtherText) {
        return Some(DmarcClause::NotARecord { domain });
    }
    if let Some((domain, _)) = Step::taken(&dmarc.steps)
        .filter(|(_, record)| record.p.is_none() && case.theirs_is("permerror"))
    {
        let domain = domain.clone();
        return Some(DmarcClause::PolicyInvalid { domain });
    }
    match (dmarc.cause, &dmarc.policy) {
        (DmarcCause::RecordUnusable, _) => Some(DmarcClause::RecordUnusable),
        (DmarcCause::NoRecord, _) if has_found => Some(DmarcClause::RecordThere),
        (_, Some(policy)) if case.theirs_is("none") => Some(DmarcClause::RecordHere {
            domain: policy.domain.clone(),
        }),
        _ if case.theirs_is("temperror") => Some(DmarcClause::TheirDns),
        (DmarcCause::Dns, _) => Some(DmarcClause::OwnDns),
        (DmarcCause::NotRecorded, _) => Some(DmarcClause::NotRecorded),
        (DmarcCause::NotEvaluated, _) => Some(DmarcClause::NotEvaluated),
        _ => None,
    }
}

/// The reason if they count an identifier that strict alignment excludes.
fn strict_alignment(case: &Case<'_>) -> Option<DmarcClause> {
    let alignment = &case.analysis.dmarc.alignment;
    let mut all = alignment.spf.iter().chain(&alignment.dkim);
    let near = all.find(|one| {
        let relaxed_only = one.aligned == Some(false) && one.aligned_relaxed == Some(true);
        one.authenticated && relaxed_only
    })?;
    let identifier = near.identifier.clone()?;
    let counts = case.theirs_is("pass") && case.ours_is("fail");
    counts.then_some(DmarcClause::StrictAlignment { identifier })
}

/// The reason if their results for SPF and DKIM, with our alignment, give their result.
fn follows(case: &Case<'_>) -> Option<DmarcClause> {
    let dmarc = &case.analysis.dmarc;
    dmarc.policy.as_ref()?;
    let aligned = |row: &OpinionRow| {
        let alignment = match row.signature {
            Some(number) => dmarc.alignment.dkim.get(number - 1),
            None => dmarc.alignment.spf.as_ref(),
        };
        alignment.is_some_and(|alignment| alignment.aligned == Some(true))
    };
    let is_pass = |word: &Option<String>| word.as_deref() == Some("pass");
    let carries = |row: &&OpinionRow, word: &Option<String>| aligned(row) && is_pass(word);
    let comes_to = match case.rows.iter().any(|row| carries(&row, &row.theirs)) {
        true => "pass",
        false => "fail",
    };
    if !case.theirs_is(comes_to) {
        return None;
    }
    let differing = case.rows.iter().filter(|row| {
        row.comparison != Compared::Agree
            && aligned(row)
            && is_pass(&row.theirs) != is_pass(&row.ours)
    });
    let name = |row: &OpinionRow| RowName {
        method: row.method,
        signature: row.signature,
    };
    let rows: Vec<RowName> = differing.map(name).collect();
    (!rows.is_empty()).then_some(DmarcClause::Follows { rows })
}

/// The reason if their result is ours by the other rules: RFC 7489 takes the Organizational Domain
/// from the public suffix list (§3.2), RFC 9989 from DNS.
fn other_rules(case: &Case<'_>) -> Option<DmarcClause> {
    let dmarc = &case.analysis.dmarc;
    let beside = dmarc.by_other_rules().result;
    let is_it = case.theirs_is(beside.as_str()) && beside != dmarc.result;
    is_it.then_some(DmarcClause::OtherRules)
}
