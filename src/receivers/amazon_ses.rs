//! Amazon SES where it takes mail in, and the field that it writes where it sends.

use super::{AddressForm, Below, ClientField, FieldOrigin, HostForm, Receiver};

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
    ..Receiver::UNKNOWN
};
