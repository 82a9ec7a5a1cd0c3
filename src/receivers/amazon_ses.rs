//! Amazon SES where it takes mail in, and what it writes where it sends; `ses` has the rest.

use super::{AddressForm, Below, ClientField, FieldOrigin, GivenIds, HostForm, Receiver};

pub(super) static AMAZON_SES: Receiver = Receiver {
    name: "Amazon SES",
    domains: &["amazonses.com"],
    // The other hosts of amazonaws.com are customers'.
    hosts: &[HostForm {
        start: "inbound-smtp.",
        end: ".amazonaws.com",
    }],
    results_below: Some(Below::One),
    identifiers: &["amazonses.com"],
    client_fields: &[ClientField {
        name: "X-SES-Outgoing",
        form: AddressForm::Dated,
        origin: FieldOrigin::SendingHost,
    }],
    given_ids: Some(&IDS),
    ..Receiver::UNKNOWN
};

/// The domains under which SES sends and signs for itself.
pub(crate) const DOMAINS: [&str; 2] = ["amazonses.com", "messagingfabric.com"];

/// The message ids of SES. The first group holds a code of the region and the time.
pub(crate) static IDS: GivenIds = GivenIds {
    groups: &[16, 8, 4, 4, 4, 12, 6],
    domains: &DOMAINS,
};
