//! Mimecast, a gateway in front of other providers' mailboxes.

use super::Receiver;

pub(super) static MIMECAST: Receiver = Receiver {
    name: "Mimecast",
    domains: &["mimecast.com", "mimecast.co.za"],
    ..Receiver::UNKNOWN
};
