//! Gmail and Google Groups. Observed in saved messages.

use super::{Below, Phrase, Receiver};

pub(super) static GMAIL: Receiver = Receiver {
    name: "Gmail",
    domains: &[
        "google.com",
        "gmail.com",
        "googlemail.com",
        "googlegroups.com",
    ],
    results_below: Some(Below::One),
    identifiers: &["google.com"],
    phrases: &[
        (Phrase::NoKey, "no key"),
        (Phrase::ShortKey, "weak key"),
        (Phrase::DoesNotVerify, "body hash"),
        (Phrase::GuessedRecord, "best guess"),
    ],
    mailboxes: &["gmail.com", "googlemail.com"],
    ..Receiver::UNKNOWN
};
