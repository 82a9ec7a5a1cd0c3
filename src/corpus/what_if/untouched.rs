//! Why a planned record changes nothing for a message.

use crate::dns::Name;

/// Why a planned record changes nothing for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Untouched {
    /// There is no single author domain for which a policy could be published.
    NoAuthor,
    /// The domain is so long that no policy can be published for it.
    NameTooLong {
        /// The domain.
        domain: Name,
    },
    /// DNS did not say which record stands there, in which tags are to be set.
    NoAnswer {
        /// The name of the record.
        name: Name,
    },
    /// The recorded DNS does not hold the record in which tags are to be set.
    NotRecorded {
        /// The name of the record.
        name: Name,
    },
    /// No single record stands there in which tags could be set, and the tags alone make none.
    TagsAlone {
        /// The name of the record.
        name: Name,
    },
    /// The message does not ask for a DMARC record there.
    PolicyNotAsked {
        /// The name of the record.
        name: Name,
    },
    /// The DMARC record that stands there says the same.
    PolicyStands {
        /// The name of the record.
        name: Name,
    },
    /// There is no domain of an envelope sender.
    NoEnvelopeSender,
    /// The domain of the envelope sender is not of the author's organization.
    OtherOrganization {
        /// The domain of the envelope sender.
        domain: Name,
        /// The domain in From, where there is a single one.
        author: Option<Name>,
    },
    /// The SPF record is planned for another domain than the envelope sender's.
    OtherDomain {
        /// The domain of the envelope sender.
        domain: Name,
        /// The domain for which it is planned.
        planned: Name,
    },
    /// SPF was not evaluated, so that the message does not ask for the record.
    SpfNotAsked {
        /// The domain of the envelope sender.
        domain: Name,
    },
    /// The SPF record that stands there is the same.
    SpfStands {
        /// The domain of the envelope sender.
        domain: Name,
    },
}
