//! Who wrote an Authentication-Results field, as far as name and place tell (RFC 8601 §1.6, §5).
//!
//! A receiver puts its fields on top, so what stands above the border's Received field was written
//! behind the border. What stands below it came with the message, unless the receiver is known to
//! write there and to remove such fields of strangers.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::Session;
use super::organization::{Below, below, is_microsoft, is_own_form, organization};
use crate::message::AuthenticationResults;

/// Whose word a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The receiver's, in whose session the message is judged.
    Receiver,
    /// It cannot be told.
    Unknown,
    /// Anybody's: it came with the message.
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

fn is_plain(field: &AuthenticationResults) -> bool {
    field.field.eq_ignore_ascii_case("Authentication-Results")
}

impl Session {
    /// Whose word `field` of the same message is, and why.
    pub fn standing(&self, field: &AuthenticationResults) -> (Standing, String) {
        let id = field.authserv_id.as_deref();
        // Receivers remove fields of this name that bear theirs (RFC 8601 §5), and no others.
        if let Some(id) = id
            && is_plain(field)
            && self
                .trusted_ids
                .iter()
                .any(|trusted| trusted.eq_ignore_ascii_case(id))
        {
            return (Standing::Receiver, format!("you trust {id}"));
        }
        if field
            .field
            .eq_ignore_ascii_case("Authentication-Results-Original")
        {
            let reason = "the receiver renamed it, as it came with the message";
            return (Standing::Foreign, reason.to_owned());
        }
        if field.instance.is_some() && field.instance != self.arc_instance {
            let reason = "it is of an earlier ARC set, whose seals are not judged here";
            return (Standing::Foreign, reason.to_owned());
        }
        if self.is_given {
            let reason = "you gave the client yourself, as a mail pipeline does in which the \
                          receiver has not written anything yet; if it has, name it with --trusted";
            return (Standing::Unknown, reason.to_owned());
        }
        let Some(border) = self.border.hop else {
            let reason = "no Received field shows where the receiver took the message";
            return (Standing::Unknown, reason.to_owned());
        };
        let is_above = field.span.start < self.hops[border].received.span.start;
        self.placed(field, border, is_above)
    }

    /// Whether the name in `field`, or Microsoft's want of one, is that of the border's host.
    pub(super) fn is_named(&self, field: &AuthenticationResults) -> bool {
        let Some(border) = self.border.hop else {
            return false;
        };
        let host = self.hops[border].received.by.as_deref().unwrap_or_default();
        let by = organization(host);
        match field.authserv_id.as_deref() {
            None => is_microsoft(by.as_deref()),
            Some(id) if id.eq_ignore_ascii_case(host) => true,
            // Microsoft's ARC sets bear one.
            Some(id) => by.is_some() && organization(id) == by,
        }
    }

    fn placed(
        &self,
        field: &AuthenticationResults,
        border: usize,
        is_above: bool,
    ) -> (Standing, String) {
        let hop = &self.hops[border].received;
        let host = hop.by.as_deref().unwrap_or("a host without a name");
        let number = border + 1;
        let id = field.authserv_id.as_deref().unwrap_or("no name");
        let by = hop.by.as_deref().and_then(organization);
        match (is_above, self.is_named(field)) {
            (true, true) => {
                let reason = match &field.authserv_id {
                    Some(_) => {
                        format!("it bears the name of {host} and stands above Received {number}")
                    }
                    None => {
                        format!("it stands above Received {number} by {host}, which writes no name")
                    }
                };
                (Standing::Receiver, reason)
            }
            (true, false) if by.is_none() && self.border.onward.is_none() => {
                let reason = format!(
                    "it stands above Received {number}, by which no stranger could have put it"
                );
                (Standing::Receiver, reason)
            }
            (true, false) => {
                let reason = match self.later_host(id) {
                    Some(later) => format!(
                        "{later} wrote it, which took the message after {host}: it speaks of another session"
                    ),
                    None => format!(
                        "it stands above Received {number} but does not bear the name of {host}"
                    ),
                };
                (Standing::Unknown, reason)
            }
            (false, true)
                if is_plain(field)
                    && self.is_where_it_writes(field, border, by.as_deref())
                    && is_own_form(field.authserv_id.as_deref(), by.as_deref()) =>
            {
                let reason = format!("it bears the name of {host} and stands where that writes it");
                (Standing::Receiver, reason)
            }
            (false, true) if below(by.as_deref()).is_some() => {
                let reason = format!(
                    "it bears the name of {host}, but stands below what that wrote: it came with \
                     the message, and anyone could have written it"
                );
                (Standing::Foreign, reason)
            }
            (false, true) if field.authserv_id.is_some() => {
                let name = match id.eq_ignore_ascii_case(host) {
                    true => "the name",
                    false => "a name of the organization",
                };
                let place = format!(
                    "it bears {name} of {host} but stands below Received {number}, where a sender \
                     could have put it"
                );
                // Whoever trusts the name trusts what is forged in it, too.
                let reason = match self.writes_above {
                    true => format!("{place}; {host} writes above as well"),
                    false => {
                        format!("{place} (--trusted {id} if that host removes such fields)")
                    }
                };
                (Standing::Unknown, reason)
            }
            (false, _) => {
                let reason = format!(
                    "it stands below Received {number} by {host}: it came with the message, and \
                     anyone could have written it"
                );
                (Standing::Foreign, reason)
            }
        }
    }

    /// Whether the field stands where the border's receiver is known to write below its Received
    /// field.
    fn is_where_it_writes(
        &self,
        field: &AuthenticationResults,
        border: usize,
        by: Option<&str>,
    ) -> bool {
        let is_before_next = || {
            let next = self.hops.get(border + 1);
            next.is_none_or(|next| field.span.start < next.received.span.start)
        };
        match below(by) {
            Some(Below::One) => is_before_next() && self.first_below == Some(field.span.start),
            Some(Below::Several) => is_before_next(),
            Some(Below::AtEnd) => true,
            None => false,
        }
    }

    /// The host above the border that has the name `id`, or is of its organization.
    fn later_host(&self, id: &str) -> Option<&str> {
        let above = &self.hops[..self.border.hop?];
        let mut hosts = above.iter().filter_map(|hop| hop.received.by.as_deref());
        let wanted = organization(id);
        hosts.find(|host| {
            host.eq_ignore_ascii_case(id) || wanted.is_some() && organization(host) == wanted
        })
    }
}
