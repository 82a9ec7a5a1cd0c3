//! What ended an evaluation other than a match, with the data that was seen; [`SpfStop::cause`]
//! gives its machine word.

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
        /// Whether it is used in place of an empty reverse-path.
        for_mail_from: bool,
    },
    /// The identity has no domain that could have a record.
    IdentityInvalid {
        /// What the domain was taken from.
        role: IdentityRole,
        /// What is wrong with it.
        problem: IdentityProblem,
    },
    /// The name has only one label.
    OneLabel(Name),
    /// Includes and redirects are nested more deeply than is followed.
    TooDeep {
        /// How deeply they are followed.
        limit: usize,
    },
    /// The TXT lookup of a domain failed.
    RecordFailed {
        /// The domain.
        domain: Name,
        /// How it failed.
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        failure: Failure,
    },
    /// The recording does not have the TXT lookup of a domain.
    RecordNotRecorded(Name),
    /// A domain does not exist.
    NoSuchDomain(Name),
    /// A domain is an alias, and where that leads does not exist (RFC 6604 §3).
    AliasLeadsNowhere {
        /// The domain.
        domain: Name,
        /// Where its alias leads in the end.
        end: Name,
    },
    /// A domain has no SPF record.
    NoRecord(Name),
    /// A record is too long to be read.
    RecordTooLong {
        /// The domain.
        domain: Name,
        /// Its length in bytes.
        length: usize,
        /// How many bytes are read.
        limit: usize,
    },
    /// A domain has several SPF records.
    SeveralRecords {
        /// The domain.
        domain: Name,
        /// How many.
        count: usize,
    },
    /// A record cannot be read; this is its first error.
    Syntax {
        /// The term.
        at: TermAt,
        /// What is wrong with it.
        fault: SyntaxFault,
    },
    /// A term gives more mail hosts than are allowed.
    TooManyNames {
        /// The term.
        at: TermAt,
        /// How many it gives.
        hosts: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// An `include` or a `redirect` refers to a domain that has no record.
    LeadsNowhere {
        /// The term.
        at: TermAt,
        /// Whether it is a `redirect`.
        redirect: bool,
        /// Why.
        why: Box<LeadsNowhere>,
    },
    /// The lookup of a term failed.
    LookupFailed {
        /// The term.
        at: TermAt,
        /// The name that was asked about.
        name: Name,
        /// The type that was asked for.
        record_type: RecordType,
        /// How it failed.
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        failure: Failure,
    },
    /// The recording does not have a lookup that a term needs.
    NotRecorded {
        /// The term.
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
        /// The first term beyond the limit.
        at: TermAt,
        /// Its number.
        number: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// More terms look up what does not exist than are allowed.
    TooManyVoidLookups {
        /// The first term beyond the limit.
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
    /// The explanation of a fail cannot be used; that does not change the result.
    ExplanationUnusable(ExplanationProblem),
}

/// A term of a record.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct TermAt {
    /// The term as written.
    pub term: Arc<str>,
    /// The domain whose record holds it.
    pub record_domain: Name,
}

/// Where the domain of an identity was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum IdentityRole {
    /// The reverse-path.
    MailFrom,
    /// The HELO name, used in place of an empty reverse-path.
    HeloForMailFrom,
    /// The HELO name.
    Helo,
}

/// Why an identity has no domain that could have a record (§4.3).
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum IdentityProblem {
    /// It is too long to be read.
    TooLong {
        /// How many octets are read.
        limit: usize,
    },
    /// It is an IP address.
    Address(String),
    /// It is not a domain name.
    NotAName {
        /// The text as given.
        text: String,
        /// Why.
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        error: NameError,
    },
    /// It contains a character that mailboxes cannot have.
    Character {
        /// The text as given.
        text: String,
        /// The character.
        character: char,
    },
    /// It has only one label.
    OneLabel(String),
}

/// Why an `include` or a `redirect` gives no record.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LeadsNowhere {
    /// Its target is not a name.
    Target(TargetProblem),
    /// The evaluation of the domain that it names stopped.
    Domain(SpfStop),
}

/// Why expanded macros are not a target name (§4.8).
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TargetProblem {
    /// They contain characters that are not ASCII (RFC 8616 §4).
    NotAscii(String),
    /// They are not a domain name.
    NotAName {
        /// The expanded text.
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
    /// Its target is not a name.
    Target(TargetProblem),
    /// There is no TXT record.
    NoText,
    /// There are several TXT records.
    SeveralTexts,
    /// The text is not ASCII.
    NotAscii,
    /// The text is broken.
    Syntax(SyntaxFault),
    /// The expanded text would not be ASCII.
    WouldNotBeAscii,
    /// The expanded text would be too long.
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
    /// The target of the term is not a name, so the term does not match.
    Target(TargetProblem),
    /// The term cannot be read.
    Syntax(SyntaxFault),
    /// The evaluation stopped at this term.
    Stop(Box<SpfStop>),
}

/// What a lookup gave.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SpfFound {
    /// The name does not exist.
    NoSuchName,
    /// The name has no record of this type.
    NoRecord(RecordType),
    /// Records.
    Records {
        /// The first of them: addresses, hosts or names; empty for TXT records.
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
            Self::NoSuchDomain(_) | Self::AliasLeadsNowhere { .. } => SpfCause::NoSuchDomain,
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
