//! Amazon SES as a receiver, and the IDs that it assigns as a sender. `ses` has the rest.

use super::{AddressForm, Below, ClientField, FieldOrigin, GivenIds, HostForm, Receiver};

pub(super) static AMAZON_SES: Receiver = Receiver {
    name: "Amazon SES",
    domains: &["amazonses.com"],
    // The other hosts under amazonaws.com belong to customers.
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

/// The domains that SES uses for its own sending and signing.
pub(crate) const DOMAINS: [&str; 2] = ["amazonses.com", "messagingfabric.com"];

/// The message IDs of SES. The first group is a region code and the time.
pub(crate) static IDS: GivenIds = GivenIds {
    groups: &[16, 8, 4, 4, 4, 12, 6],
    domains: &DOMAINS,
};
