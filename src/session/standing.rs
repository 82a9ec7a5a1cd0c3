//! Who wrote an Authentication-Results field, as far as its name and position show (RFC 8601 §1.6,
//! §5).
//!
//! A receiver adds its fields at the top. A field above the border's Received field was therefore
//! written after the message crossed the border. A field below it came with the message, unless the
//! receiver is known to write there and to remove such fields of others.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Provenance, Session};
use crate::message::AuthenticationResults;
use crate::receivers::{self, Below, Receiver};
use crate::receivers::{is_within, organization};

/// Whether a field can be taken as the receiver's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Standing {
    /// It is from the receiver of the judged session.
    Receiver,
    /// That is unknown.
    Unknown,
    /// Anyone may have written it: it came with the message.
    Foreign,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Receiver => "receiver",
            Self::Unknown => "unknown",
            Self::Foreign => "foreign",
        })
    }
}

/// Why a field has its standing. Hosts have the names that they call themselves in their Received
/// field; Received fields are counted from the top, from 1.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StandingReason {
    /// The user trusts this authserv-id.
    Trusted(String),
    /// The receiver renamed the field because it came with the message.
    Renamed,
    /// It belongs to an earlier ARC set, whose seals are not checked here.
    EarlierArcSet,
    /// The user gave the client, so the receiver may not have written any fields yet.
    ClientGiven,
    /// A file of metadata gives the client, so the receiver may not have written any fields yet.
    ClientInMetadata,
    /// No Received field shows where the receiver accepted the message.
    NoBorder,
    /// It has the name of the border's host and is above its Received field.
    NamedAbove {
        /// The border's host.
        host: Option<String>,
        /// The number of the border.
        number: usize,
    },
    /// It has no name and is above the Received field of a host that writes none.
    NamelessAbove {
        /// The border's host.
        host: Option<String>,
        /// The number of the border.
        number: usize,
    },
    /// It is above the border, where no stranger could have added it.
    AboveAll {
        /// The number of the border.
        number: usize,
    },
    /// A host that accepted the message after the border wrote it, about another session.
    LaterHost {
        /// That host.
        later: String,
        /// The border's host.
        host: Option<String>,
    },
    /// It is above the border and has another name.
    OtherNameAbove {
        /// The border's host.
        host: Option<String>,
        /// The number of the border.
        number: usize,
    },
    /// It has the name of the border's host, at the position below its Received field where that
    /// receiver is known to write.
    WhereItWrites {
        /// The border's host.
        host: Option<String>,
    },
    /// It has the name of the border's host but is below the fields that the host wrote.
    BelowItsOwn {
        /// The border's host.
        host: Option<String>,
    },
    /// It has the name of the border's host but is where a sender could have added it.
    NamedBelow {
        /// Whether the name is exactly that of the host, not just of the same organization.
        is_own_name: bool,
        /// The border's host.
        host: Option<String>,
        /// The number of the border.
        number: usize,
        /// The name, which the user may know to be trustworthy; `None` if the host also writes
        /// above its Received field.
        trustable: Option<String>,
    },
    /// It is below the border and came with the message.
    Below {
        /// The border's host.
        host: Option<String>,
        /// The number of the border.
        number: usize,
    },
}

fn is_plain(field: &AuthenticationResults) -> bool {
    field.field.eq_ignore_ascii_case("Authentication-Results")
}

impl Session {
    /// The standing of `field`, which must be of the same message, and the reason for it.
    pub fn standing(&self, field: &AuthenticationResults) -> (Standing, StandingReason) {
        let id = field.authserv_id.as_deref();
        // Receivers remove fields with exactly this name and their own authserv-id (RFC 8601 §5).
        if let Some(id) = id
            && self.is_trusted(field)
        {
            return (Standing::Receiver, StandingReason::Trusted(id.to_owned()));
        }
        if field
            .field
            .eq_ignore_ascii_case("Authentication-Results-Original")
        {
            return (Standing::Foreign, StandingReason::Renamed);
        }
        if field.instance.is_some() && field.instance != self.arc_instance {
            return (Standing::Foreign, StandingReason::EarlierArcSet);
        }
        if self.is_given {
            let client = self.client_ip.as_ref().map(|client| client.from);
            let reason = match client {
                Some(Provenance::Metadata) => StandingReason::ClientInMetadata,
                _ => StandingReason::ClientGiven,
            };
            return (Standing::Unknown, reason);
        }
        let Some(border) = self.border.hop else {
            return (Standing::Unknown, StandingReason::NoBorder);
        };
        let is_above = field.span.start < self.hops[border].received.span.start;
        self.placed(field, border, is_above)
    }

    /// Whether the user trusts the name in `field`.
    pub(super) fn is_trusted(&self, field: &AuthenticationResults) -> bool {
        let id = field.authserv_id.as_deref().unwrap_or_default();
        let mut ids = self.trusted_ids.iter();
        is_plain(field) && ids.any(|trusted| trusted.eq_ignore_ascii_case(id))
    }

    /// Whether a failure in `field` counts: a sender did not write it, or it is in the receiver's
    /// name. Nobody gains by a forged failure.
    pub(crate) fn is_witness(&self, field: &AuthenticationResults) -> bool {
        let (standing, reason) = self.standing(field);
        let is_above = match &reason {
            StandingReason::LaterHost { .. } | StandingReason::OtherNameAbove { .. } => true,
            _ => self.is_above_all(field),
        };
        is_plain(field) && is_above || standing == Standing::Receiver
    }

    /// Whether `field` is an Authentication-Results field above all Received fields, so that no
    /// sender wrote it.
    pub(crate) fn is_above_all(&self, field: &AuthenticationResults) -> bool {
        let top = self.hops.first().map(|hop| hop.received.span.start);
        is_plain(field) && !self.is_given && top.is_some_and(|top| field.span.start < top)
    }

    /// Whether the name in `field`, or its absence, matches the border's host.
    pub(super) fn is_named(&self, field: &AuthenticationResults) -> bool {
        let Some(border) = self.border.hop else {
            return false;
        };
        let host = self.hops[border].received.by.as_deref().unwrap_or_default();
        match field.authserv_id.as_deref() {
            None => {
                receivers::of(organization(host).as_deref()).is_some_and(Receiver::writes_no_name)
            }
            Some(id) if id.eq_ignore_ascii_case(host) => true,
            // A receiver that writes no name may still write one in ARC sets.
            Some(id) => organization(id).is_some_and(|id| organization(host) == Some(id)),
        }
    }

    fn placed(
        &self,
        field: &AuthenticationResults,
        border: usize,
        is_above: bool,
    ) -> (Standing, StandingReason) {
        let hop = &self.hops[border].received;
        let (host, number) = (hop.by.clone(), border + 1);
        let id = field.authserv_id.as_deref();
        let by = hop.by.as_deref().and_then(organization);
        let receiver = receivers::of(by.as_deref()).filter(|one| one.results_below.is_some());
        match (is_above, self.is_named(field)) {
            (true, true) => {
                let reason = match id {
                    Some(_) => StandingReason::NamedAbove { host, number },
                    None => StandingReason::NamelessAbove { host, number },
                };
                (Standing::Receiver, reason)
            }
            (true, false) if by.is_none() && self.border.onward.is_none() => {
                (Standing::Receiver, StandingReason::AboveAll { number })
            }
            (true, false) => {
                let reason = match self.later_host(id.unwrap_or_default()) {
                    Some(later) => StandingReason::LaterHost {
                        later: later.to_owned(),
                        host,
                    },
                    None => StandingReason::OtherNameAbove { host, number },
                };
                (Standing::Unknown, reason)
            }
            (false, true)
                if is_plain(field)
                    && self.is_where_it_writes(field, border, receiver)
                    && is_of_its_form(id, receiver) =>
            {
                (Standing::Receiver, StandingReason::WhereItWrites { host })
            }
            (false, true) if receiver.is_some() => {
                (Standing::Foreign, StandingReason::BelowItsOwn { host })
            }
            (false, true) if id.is_some() => {
                let own_name = id.zip(host.as_deref());
                let reason = StandingReason::NamedBelow {
                    is_own_name: own_name.is_some_and(|(id, host)| id.eq_ignore_ascii_case(host)),
                    host,
                    number,
                    // A user who trusts the name also trusts forged fields with it.
                    trustable: id.filter(|_| !self.writes_above).map(str::to_owned),
                };
                (Standing::Unknown, reason)
            }
            (false, _) => (Standing::Foreign, StandingReason::Below { host, number }),
        }
    }

    /// Whether the field is at the position below its Received field where the border's receiver is
    /// known to write.
    fn is_where_it_writes(
        &self,
        field: &AuthenticationResults,
        border: usize,
        receiver: Option<&Receiver>,
    ) -> bool {
        let is_before_next = || {
            let next = self.hops.get(border + 1);
            next.is_none_or(|next| field.span.start < next.received.span.start)
        };
        match receiver.and_then(|receiver| receiver.results_below) {
            Some(Below::One) => is_before_next() && self.first_below == Some(field.span.start),
            Some(Below::Several) => is_before_next(),
            Some(Below::AtEnd) => true,
            None => false,
        }
    }

    /// The host above the border that is called `id`, or belongs to its organization.
    fn later_host(&self, id: &str) -> Option<&str> {
        let above = &self.hops[..self.border.hop?];
        let mut hosts = above.iter().filter_map(|hop| hop.received.by.as_deref());
        let wanted = organization(id);
        hosts.find(|host| {
            host.eq_ignore_ascii_case(id) || wanted.is_some() && organization(host) == wanted
        })
    }
}

/// Whether a receiver that writes below its own Received field uses such a name.
fn is_of_its_form(id: Option<&str>, receiver: Option<&Receiver>) -> bool {
    let (Some(id), Some(receiver)) = (id, receiver) else {
        return false;
    };
    let mut domains = receiver.identifiers.iter();
    domains.any(|domain| is_within(id, domain))
}
