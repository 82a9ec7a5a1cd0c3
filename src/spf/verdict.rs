//! What an SPF check yields: a result, its cause, and every step on the way (RFC 7208 §2.6).

use std::fmt;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::stop::{SpfAnswer, SpfStop};
use super::syntax::SyntaxFault;
use crate::Limits;
use crate::dns::{LookupId, Name};

/// Which identity was judged.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpfIdentity {
    /// The name given in HELO or EHLO (§2.3).
    Helo,
    /// The reverse-path, or postmaster at the HELO name where that is null (§2.4).
    MailFrom,
}

/// The results of §2.6, in the words of RFC 8601 §2.7.2, and our own for what cannot be judged.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpfResult {
    /// No domain to ask about, or no record.
    None,
    /// The domain asserts nothing about the client.
    Neutral,
    /// The client is authorised.
    Pass,
    /// The client is not authorised.
    Fail,
    /// The client is probably not authorised.
    Softfail,
    /// A lookup failed for now.
    Temperror,
    /// The published records cannot be interpreted.
    Permerror,
    /// Something is missing that the result hangs on.
    NotEvaluated,
}

/// Why a result is what it is.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpfCause {
    /// A directive matched; its qualifier is the result.
    Matched,
    /// No directive matched, so the result is neutral (§4.7).
    NoMatch,
    /// The identity names no domain that could have a record (§4.3).
    DomainInvalid,
    /// The domain does not exist (§4.3).
    NoSuchDomain,
    /// The domain has no SPF record (§4.5).
    NoRecord,
    /// The domain has several SPF records (§4.5).
    SeveralRecords,
    /// A record has a syntax error (§4.6).
    Syntax,
    /// More terms than allowed cause lookups (§4.6.4).
    TooManyLookups,
    /// More terms than allowed look up what does not exist (§4.6.4).
    TooManyVoidLookups,
    /// An `mx` term leads to more hosts than allowed (§4.6.4).
    TooManyNames,
    /// An `include` names a domain without a record (§5.2).
    IncludeWithoutRecord,
    /// A `redirect` names a domain without a record (§6.1).
    RedirectWithoutRecord,
    /// A lookup failed (§4.4, §5).
    Dns,
    /// A recording does not hold a question that the result hangs on.
    NotRecorded,
    /// The address of the client is not known, and a term needs it.
    ClientIpUnknown,
    /// The reverse-path is not known.
    MailFromUnknown,
    /// The HELO name is not known, and it is the identity or a macro needs it.
    HeloUnknown,
    /// A record is longer than what is read.
    RecordTooLong,
}

/// The verdict on one identity.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub struct SpfVerdict {
    /// What was judged.
    pub identity: SpfIdentity,
    /// The result.
    pub result: SpfResult,
    /// Why.
    pub cause: SpfCause,
    /// The domain of the identity: a lower-case name in A-labels, or as given where it is no name.
    pub domain: Option<String>,
    /// The address of the client, where it is known.
    #[serde(skip)]
    pub client_ip: Option<IpAddr>,
    /// `<sender>`: the identity as a mailbox, with `postmaster` where it had no local part.
    pub sender: Option<String>,
    /// The record of `domain`; bytes that are no UTF-8 are replaced.
    pub record: Option<Arc<str>>,
    /// All SPF records of `domain`, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Arc<str>>,
    /// The lookup that gave the record.
    pub lookup: Option<LookupId>,
    /// The directive that matched.
    pub matched: Option<SpfMatched>,
    /// Terms that caused lookups; one that went beyond the limit is counted.
    pub lookups: usize,
    /// How many such terms are allowed.
    pub lookup_limit: usize,
    /// Terms whose lookups found nothing; one that went beyond the limit is counted.
    pub void_lookups: usize,
    /// How many such terms are allowed.
    pub void_lookup_limit: usize,
    /// What the domain says to a fail (§6.2).
    pub explanation: Option<String>,
    /// What ended the evaluation, where that was no match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<SpfStop>,
    /// The `include` and `redirect` terms that led to where it ended, where nothing matched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<Arc<str>>,
    /// The syntax errors of all records that were read.
    pub problems: Vec<SpfProblem>,
    /// One step for each term of the record, in its order.
    pub trace: Vec<SpfStep>,
    /// Steps that were taken but are not in `trace`, as there were too many.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub steps_left_out: usize,
}

/// The directive that decided.
#[derive(Clone, Debug, JsonSchema, PartialEq, Eq, Serialize)]
pub struct SpfMatched {
    /// The innermost term that matched, as written.
    pub term: Arc<str>,
    /// The domain whose record holds `term`.
    pub record_domain: Name,
    /// The `include` and `redirect` terms that led there, outermost first, without qualifiers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<Arc<str>>,
    /// The directive whose qualifier is the result, as written: `term`, or the outermost `include`.
    pub directive: Arc<str>,
}

/// A syntax error in a record.
#[derive(Clone, Debug, JsonSchema, PartialEq, Eq, Serialize)]
pub struct SpfProblem {
    /// The bytes at fault, in the record with its strings joined.
    pub span: Range<usize>,
    /// The term, as written.
    pub term: Arc<str>,
    /// What is wrong and what was expected.
    pub fault: SyntaxFault,
    /// The domain whose record this is.
    pub record_domain: Name,
}

/// What became of one term.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub struct SpfStep {
    /// The term as written.
    pub term: Arc<str>,
    /// Where it stands in the record with its strings joined.
    pub span: Range<usize>,
    /// The target name, where the term does not itself spell it out.
    pub expanded: Option<String>,
    /// The lookups that this term caused, those of included records apart.
    pub lookups: Vec<LookupId>,
    /// What was found.
    pub answer: Option<SpfAnswer>,
    /// What came of it.
    pub outcome: SpfOutcome,
    /// Its number among the terms that cause lookups, when it was reached and is one.
    pub lookup_number: Option<usize>,
    /// How many void lookups it was charged: one at most.
    pub voids: usize,
    /// The domain whose record `include` or `redirect` names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_domain: Option<String>,
    /// That record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Arc<str>>,
    /// All of that domain's records, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Arc<str>>,
    /// What that record yields by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<SpfResult>,
    /// The steps through that record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<SpfStep>,
}

/// What came of a term.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpfOutcome {
    /// A mechanism matched.
    Match,
    /// A mechanism did not match.
    NoMatch,
    /// The evaluation ended before this term, or did not call for it.
    NotReached,
    /// A modifier took effect: a redirect was followed, an explanation fetched.
    Followed,
    /// A modifier has no effect: it is unknown, or a redirect beside `all`.
    Ignored,
    /// The term ended the evaluation with permerror, or its explanation cannot be used.
    Error,
    /// A lookup failed for now.
    Temperror,
    /// Something is missing that the term needs.
    NotEvaluated,
}

impl SpfResult {
    /// The result's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Neutral => "neutral",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Softfail => "softfail",
            Self::Temperror => "temperror",
            Self::Permerror => "permerror",
            Self::NotEvaluated => "not-evaluated",
        }
    }
}

impl fmt::Display for SpfResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl SpfCause {
    /// The result that an evaluation ends with for this cause, where no directive matches.
    pub(super) fn result(self) -> SpfResult {
        match self {
            Self::Matched | Self::NoMatch => SpfResult::Neutral,
            Self::DomainInvalid | Self::NoSuchDomain | Self::NoRecord => SpfResult::None,
            Self::SeveralRecords
            | Self::Syntax
            | Self::TooManyLookups
            | Self::TooManyVoidLookups
            | Self::TooManyNames
            | Self::IncludeWithoutRecord
            | Self::RedirectWithoutRecord => SpfResult::Permerror,
            Self::Dns => SpfResult::Temperror,
            Self::NotRecorded
            | Self::ClientIpUnknown
            | Self::MailFromUnknown
            | Self::HeloUnknown
            | Self::RecordTooLong => SpfResult::NotEvaluated,
        }
    }
}

impl SpfVerdict {
    /// A verdict for which nothing was asked.
    pub(super) fn without_record(
        identity: SpfIdentity,
        domain: Option<String>,
        client_ip: Option<IpAddr>,
        stop: SpfStop,
        limits: &Limits,
    ) -> Self {
        let cause = stop.cause();
        Self {
            identity,
            result: cause.result(),
            cause,
            domain,
            client_ip,
            sender: None,
            record: None,
            records: Vec::new(),
            lookup: None,
            matched: None,
            lookups: 0,
            lookup_limit: limits.spf_lookups,
            void_lookups: 0,
            void_lookup_limit: limits.spf_void_lookups,
            explanation: None,
            stop: Some(stop),
            via: Vec::new(),
            problems: Vec::new(),
            trace: Vec::new(),
            steps_left_out: 0,
        }
    }
}

impl SpfStep {
    /// A step for a term that has not been reached.
    pub(super) fn new(term: &Arc<str>, span: Range<usize>) -> Self {
        Self {
            term: Arc::clone(term),
            span,
            expanded: None,
            lookups: Vec::new(),
            answer: None,
            outcome: SpfOutcome::NotReached,
            lookup_number: None,
            voids: 0,
            record_domain: None,
            record: None,
            records: Vec::new(),
            result: None,
            steps: Vec::new(),
        }
    }

    /// Notes that this step caused lookup `id`.
    pub(super) fn asked(&mut self, id: LookupId) {
        if !self.lookups.contains(&id) {
            self.lookups.push(id);
        }
    }
}

/// A directive without its qualifier.
pub fn without_qualifier(term: &str) -> &str {
    term.strip_prefix(['+', '-', '~', '?']).unwrap_or(term)
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}
