//! Fastmail.

use super::Receiver;

pub(super) static FASTMAIL: Receiver = Receiver {
    name: "Fastmail",
    domains: &["messagingengine.com", "fastmail.com"],
    mailboxes: &["fastmail.com"],
    spf_include: Some("spf.messagingengine.com"),
    ..Receiver::UNKNOWN
};
