//! Gmail and Google Groups. Observed in saved messages.

use super::{Below, Ipv6Block, Phrase, Receiver};

pub(super) static GMAIL: Receiver = Receiver {
    name: "Gmail",
    domains: &[
        "google.com",
        "gmail.com",
        "googlemail.com",
        "googlegroups.com",
    ],
    // Private IPv4 addresses in 6to4 form (RFC 3056).
    internal: &[Ipv6Block {
        start: [0x2002, 0x0a00, 0],
        bits: 24,
    }],
    results_below: Some(Below::One),
    identifiers: &["google.com"],
    phrases: &[
        (Phrase::NoKey, "no key"),
        (Phrase::ShortKey, "weak key"),
        (Phrase::DoesNotVerify, "body hash"),
        (Phrase::GuessedRecord, "best guess"),
    ],
    mailboxes: &["gmail.com", "googlemail.com"],
    spf_include: Some("_spf.google.com"),
    ..Receiver::UNKNOWN
};
