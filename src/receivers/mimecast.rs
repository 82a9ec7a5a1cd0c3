//! Mimecast, a gateway before mailboxes of others.

use super::Receiver;

pub(super) static MIMECAST: Receiver = Receiver {
    name: "Mimecast",
    domains: &["mimecast.com", "mimecast.co.za"],
    ..Receiver::UNKNOWN
};
