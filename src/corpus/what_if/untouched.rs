//! What is to be known of a plan: above all, why a planned record changes nothing for a message.

use schemars::JsonSchema;
use serde::Serialize;

use crate::dmarc::RecordProblem;
use crate::dns::Name;

/// What is to be known of a plan beside what comes out by it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PlanNote {
    /// Receivers would not read a planned record as intended.
    Record(RecordProblem),
    /// One of the planned records changes nothing for the message, although others do.
    Untouched(Untouched),
}

/// Why a planned record changes nothing for a message.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Untouched {
    /// There is no single author domain that a policy could be published for.
    NoAuthor,
    /// The domain is so long that no policy can be published for it.
    NameTooLong {
        /// The domain.
        domain: Name,
    },
    /// DNS did not give the record in which tags are to be changed.
    NoAnswer {
        /// The name of the record.
        name: Name,
    },
    /// The recording does not have the record in which tags are to be changed.
    NotRecorded {
        /// The name of the record.
        name: Name,
    },
    /// There is not exactly one record in which tags could be changed, and the tags alone are not a
    /// record.
    TagsAlone {
        /// The name of the record.
        name: Name,
    },
    /// The message does not use a DMARC record at this name.
    PolicyNotAsked {
        /// The name of the record.
        name: Name,
    },
    /// The current DMARC record says the same.
    PolicyStands {
        /// The name of the record.
        name: Name,
    },
    /// There is no domain of an envelope sender.
    NoEnvelopeSender,
    /// The domain of the envelope sender does not belong to the author's organization.
    OtherOrganization {
        /// The domain of the envelope sender.
        domain: Name,
        /// The domain in From, if there is a single one.
        author: Option<Name>,
    },
    /// The SPF record is planned for another domain than the envelope sender's.
    OtherDomain {
        /// The domain of the envelope sender.
        domain: Name,
        /// The domain that it is planned for.
        planned: Name,
    },
    /// SPF was not evaluated, so the message does not use the record.
    SpfNotAsked {
        /// The domain of the envelope sender.
        domain: Name,
    },
    /// The current SPF record is the same.
    SpfStands {
        /// The domain of the envelope sender.
        domain: Name,
    },
}
