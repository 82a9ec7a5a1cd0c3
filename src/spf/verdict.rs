//! The result of an SPF check: a result, its cause, and every step of the evaluation (RFC 7208
//! §2.6).

use std::fmt;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

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
    /// The reverse-path, or postmaster at the HELO name if the reverse-path is null (§2.4).
    MailFrom,
}

/// The results of §2.6, in the words of RFC 8601 §2.7.2, and one of our own for what cannot be
/// judged.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SpfResult {
    /// There is no domain to look up, or no record.
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
    /// A value that the result depends on is missing.
    NotEvaluated,
}

/// Why SPF has its result.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
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
    /// The recording does not have a lookup that the result depends on.
    NotRecorded,
    /// The address of the client is not known, and a term needs it.
    ClientIpUnknown,
    /// The reverse-path is not known.
    MailFromUnknown,
    /// The HELO name is not known, and it is the identity or a macro needs it.
    HeloUnknown,
    /// A record is too long to be read.
    RecordTooLong,
}

/// The verdict on one identity.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SpfVerdict {
    /// Which identity was judged.
    #[serde(skip)]
    pub identity: SpfIdentity,
    /// The result.
    pub result: SpfResult,
    /// Why.
    pub cause: SpfCause,
    /// The domain of the identity: a lower-case name in A-labels, or as given if it is not a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The address of the client, if it is known.
    #[serde(skip)]
    pub client_ip: Option<IpAddr>,
    /// `<sender>`: the identity as a mailbox, with `postmaster` if it had no local part.
    #[serde(skip)]
    pub sender: Option<String>,
    /// The record of `domain`; bytes that are not UTF-8 are replaced.
    #[serde(skip)]
    pub record: Option<Arc<str>>,
    /// All SPF records of `domain`, if there are several.
    #[serde(skip)]
    pub records: Vec<Arc<str>>,
    /// The lookup that gave the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookup: Option<LookupId>,
    /// The directive that matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched: Option<SpfMatched>,
    /// How many terms caused lookups; includes the one that exceeded the limit.
    #[serde(skip_serializing_if = "is_zero")]
    pub lookups: usize,
    /// How many such terms are allowed.
    #[serde(skip)]
    pub lookup_limit: usize,
    /// How many terms had void lookups; includes the one that exceeded the limit.
    #[serde(skip_serializing_if = "is_zero")]
    pub void_lookups: usize,
    /// How many such terms are allowed.
    #[serde(skip)]
    pub void_lookup_limit: usize,
    /// The domain's explanation of a fail (§6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// What ended the evaluation, if that was not a match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<SpfStop>,
    /// The `include` and `redirect` terms that led to where it ended, if nothing matched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<Arc<str>>,
    /// The syntax errors of all records that were read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<SpfProblem>,
    /// One step for each term of the record, in its order.
    #[serde(serialize_with = "reached", skip_serializing_if = "is_unreached")]
    #[schemars(with = "Vec<SpfStep>")]
    pub trace: Vec<SpfStep>,
    /// How many steps are not in `trace`, as there were too many.
    #[serde(skip_serializing_if = "is_zero")]
    pub steps_left_out: usize,
}

/// The directive that decided.
#[derive(Clone, Debug, JsonSchema, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SpfMatched {
    /// The innermost term that matched, as written.
    pub term: Arc<str>,
    /// The domain whose record holds `term`.
    pub record_domain: Name,
    /// The `include` and `redirect` terms that led to its record, outermost first, without
    /// qualifiers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<Arc<str>>,
    /// The directive whose qualifier is the result, as written: `term`, or the outermost `include`.
    pub directive: Arc<str>,
}

/// A syntax error in a record.
#[derive(Clone, Debug, JsonSchema, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SpfProblem {
    /// The bytes that are wrong, in the record with its strings joined.
    pub span: Range<usize>,
    /// The term, as written.
    pub term: Arc<str>,
    /// What is wrong and what was expected.
    pub fault: SyntaxFault,
    /// The domain whose record this is.
    pub record_domain: Name,
}

/// The evaluation of one term.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SpfStep {
    /// The term as written.
    pub term: Arc<str>,
    /// Where the term is in the record with its strings joined.
    pub span: Range<usize>,
    /// The target name, if the term does not contain it literally.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expanded: Option<String>,
    /// The lookups that this term caused, except those of included records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lookups: Vec<LookupId>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<SpfAnswer>,
    /// The outcome.
    pub outcome: SpfOutcome,
    /// Its number among the terms that cause lookups, if it is one and was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookup_number: Option<usize>,
    /// How many void lookups it was charged: at most one.
    #[serde(skip_serializing_if = "is_zero")]
    pub voids: usize,
    /// The domain whose record `include` or `redirect` names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_domain: Option<String>,
    /// The record of that domain.
    #[serde(skip)]
    pub record: Option<Arc<str>>,
    /// All SPF records of that domain, if there are several.
    #[serde(skip)]
    pub records: Vec<Arc<str>>,
    /// The result of that record by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<SpfResult>,
    /// The evaluation of that record.
    #[serde(serialize_with = "reached", skip_serializing_if = "is_unreached")]
    #[schemars(with = "Vec<SpfStep>")]
    pub steps: Vec<SpfStep>,
}

/// The outcome of one term.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SpfOutcome {
    /// A mechanism matched.
    Match,
    /// A mechanism did not match.
    NoMatch,
    /// The evaluation ended before this term, or did not need it.
    NotReached,
    /// A modifier took effect: a redirect was followed, or an explanation was fetched.
    Followed,
    /// A modifier has no effect: it is unknown, or a redirect beside `all`.
    Ignored,
    /// The term ended the evaluation with permerror, or its explanation cannot be used.
    Error,
    /// A lookup failed for now.
    Temperror,
    /// A value that the term needs is missing.
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
    /// The result for this cause, if no directive matched.
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
    /// A verdict for which nothing was looked up.
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

    /// Whether the evaluation reached this term, or the term cannot be read.
    pub fn is_reached(&self) -> bool {
        self.outcome != SpfOutcome::NotReached
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

/// Serialises the steps that were reached.
fn reached<S: Serializer>(steps: &[SpfStep], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(steps.iter().filter(|step| step.is_reached()))
}

fn is_unreached(steps: &[SpfStep]) -> bool {
    !steps.iter().any(SpfStep::is_reached)
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}
