//! What ends an evaluation other than a match, with what was seen there; its machine word follows from
//! it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::SpfCause;
use super::syntax::SyntaxFault;
use crate::dns::{Failure, Name, NameError, RecordType};

/// What ended an evaluation.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SpfStop {
    /// The reverse-path is not known.
    MailFromUnknown,
    /// The HELO name is not known.
    HeloUnknown {
        /// Whether it stands in for an empty reverse-path.
        for_mail_from: bool,
    },
    /// The identity names no domain that could have a record.
    IdentityInvalid {
        /// What the domain was taken from.
        role: IdentityRole,
        /// What is wrong with it.
        problem: IdentityProblem,
    },
    /// The name has only one label.
    OneLabel(Name),
    /// Records lead one to the next more often than is followed.
    TooDeep {
        /// How often that is.
        limit: usize,
    },
    /// The TXT lookup of a domain failed.
    RecordFailed {
        /// The domain.
        domain: Name,
        /// How.
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        failure: Failure,
    },
    /// A recording does not hold TXT of a domain.
    RecordNotRecorded(Name),
    /// A domain does not exist.
    NoSuchDomain(Name),
    /// A domain has no SPF record.
    NoRecord(Name),
    /// A record is longer than what is read.
    RecordTooLong {
        /// The domain.
        domain: Name,
        /// How many bytes the record has.
        length: usize,
        /// How many are read.
        limit: usize,
    },
    /// A domain has several SPF records.
    SeveralRecords {
        /// The domain.
        domain: Name,
        /// How many.
        count: usize,
    },
    /// A record cannot be read; this is its first fault.
    Syntax {
        /// Where.
        at: TermAt,
        /// What is wrong there.
        fault: SyntaxFault,
    },
    /// A term leads to more mail hosts than are allowed.
    TooManyNames {
        /// Which.
        at: TermAt,
        /// To how many.
        hosts: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// An `include` or a `redirect` leads to no record.
    LeadsNowhere {
        /// Which.
        at: TermAt,
        /// Whether it is a `redirect`.
        redirect: bool,
        /// Why.
        why: Box<LeadsNowhere>,
    },
    /// The lookup of a term failed.
    LookupFailed {
        /// For which.
        at: TermAt,
        /// The name that was asked about.
        name: Name,
        /// The type that was asked for.
        record_type: RecordType,
        /// How.
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        failure: Failure,
    },
    /// A recording does not hold what a term asks for.
    NotRecorded {
        /// Which.
        at: TermAt,
        /// The name that was asked about.
        name: Name,
        /// The type that was asked for.
        record_type: RecordType,
    },
    /// The address of the client is not known, and a term needs it.
    ClientIpUnknown(TermAt),
    /// The HELO name is not known, and a macro of a term needs it.
    HeloNeeded(TermAt),
    /// More terms cause lookups than are allowed.
    TooManyLookups {
        /// The first beyond.
        at: TermAt,
        /// Its number.
        number: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// More terms look up what does not exist than are allowed.
    TooManyVoidLookups {
        /// The first beyond.
        at: TermAt,
        /// The name that it looked up.
        name: Name,
        /// What was found there.
        found: SpfFound,
        /// Its number.
        number: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// The explanation of a fail cannot be used; that changes no result.
    ExplanationUnusable(ExplanationProblem),
}

/// A term of a record.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct TermAt {
    /// The term as written.
    pub term: Arc<str>,
    /// The domain whose record holds it.
    pub record_domain: Name,
}

/// Where the domain of an identity was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityRole {
    /// The reverse-path.
    MailFrom,
    /// The HELO name, which stands in for an empty reverse-path.
    HeloForMailFrom,
    /// The HELO name.
    Helo,
}

/// Why an identity names no domain that could have a record (§4.3).
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum IdentityProblem {
    /// It is longer than what is read.
    TooLong {
        /// How many octets are read.
        limit: usize,
    },
    /// It is an address.
    Address(String),
    /// It is no name.
    NotAName {
        /// As given.
        text: String,
        /// Why.
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        error: NameError,
    },
    /// It holds a character that no mailbox has.
    Character {
        /// As given.
        text: String,
        /// The character.
        character: char,
    },
    /// It has only one label.
    OneLabel(String),
}

/// Why an `include` or a `redirect` leads to no record.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeadsNowhere {
    /// What it stands for is no name.
    Target(TargetProblem),
    /// The domain that it names has none.
    Domain(SpfStop),
}

/// Why what a macro yields is no target name (§4.8).
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TargetProblem {
    /// It is made of what is not ASCII (RFC 8616 §4).
    NotAscii(String),
    /// It is no domain name.
    NotAName {
        /// What the macro yields.
        text: String,
        /// Why not.
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        error: NameError,
    },
}

/// Why an explanation cannot be used (§6.2).
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ExplanationProblem {
    /// What names it is no target name.
    Target(TargetProblem),
    /// There is no TXT record.
    NoText,
    /// There are several TXT records.
    SeveralTexts,
    /// The text is not ASCII.
    NotAscii,
    /// The text is broken.
    Syntax(SyntaxFault),
    /// The text would not be ASCII.
    WouldNotBeAscii,
    /// The text would be too long.
    WouldBeTooLong,
}

/// What was found for a term.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SpfAnswer {
    /// What a lookup gave.
    Found(SpfFound),
    /// A `redirect` beside `all` has no effect (§6.1).
    RedirectBesideAll,
    /// The text of an explanation.
    Explanation(String),
    /// What the term stands for is no target name, so that it does not match.
    Target(TargetProblem),
    /// The term cannot be read.
    Syntax(SyntaxFault),
    /// What ended the evaluation there.
    Stop(Box<SpfStop>),
}

/// What a lookup gave.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpfFound {
    /// The name does not exist.
    NoSuchName,
    /// The name has no record of this type.
    NoRecord(RecordType),
    /// Records.
    Records {
        /// The first of them: addresses, hosts, names; a TXT record as nothing.
        first: Vec<String>,
        /// How many more there are.
        #[serde(skip_serializing_if = "is_zero")]
        more: usize,
    },
}

impl SpfStop {
    /// The machine word.
    pub fn cause(&self) -> SpfCause {
        match self {
            Self::MailFromUnknown => SpfCause::MailFromUnknown,
            Self::HeloUnknown { .. } | Self::HeloNeeded(_) => SpfCause::HeloUnknown,
            Self::IdentityInvalid { .. } | Self::OneLabel(_) => SpfCause::DomainInvalid,
            Self::TooDeep { .. } | Self::TooManyLookups { .. } => SpfCause::TooManyLookups,
            Self::RecordFailed { .. } | Self::LookupFailed { .. } => SpfCause::Dns,
            Self::RecordNotRecorded(_) | Self::NotRecorded { .. } => SpfCause::NotRecorded,
            Self::NoSuchDomain(_) => SpfCause::NoSuchDomain,
            Self::NoRecord(_) => SpfCause::NoRecord,
            Self::RecordTooLong { .. } => SpfCause::RecordTooLong,
            Self::SeveralRecords { .. } => SpfCause::SeveralRecords,
            Self::Syntax { .. } | Self::ExplanationUnusable(_) => SpfCause::Syntax,
            Self::TooManyNames { .. } => SpfCause::TooManyNames,
            Self::LeadsNowhere { redirect, .. } => match redirect {
                true => SpfCause::RedirectWithoutRecord,
                false => SpfCause::IncludeWithoutRecord,
            },
            Self::ClientIpUnknown(_) => SpfCause::ClientIpUnknown,
            Self::TooManyVoidLookups { .. } => SpfCause::TooManyVoidLookups,
        }
    }
}

fn as_text<S: serde::Serializer>(
    value: &impl std::fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}
