//! Gmail and Google Groups. Observed in saved messages. Gmail writes no verdict of its junk filter into
//! mail; Google Takeout writes the labels of a message above its header.

use super::{
    Below, FieldOrigin, Ipv6Block, JunkField, JunkForm, JunkWord, Phrase, Receiver, Weight,
};

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
    junk_fields: &[JunkField {
        name: "X-Gmail-Labels",
        origin: FieldOrigin::OnTop,
        form: JunkForm::Folders,
    }],
    junk_words: &[JunkWord::new(
        "label",
        &["Spam"],
        Weight::Junk,
        "it is in the spam folder",
    )],
    for_senders: Some("Google Postmaster Tools show reputation and complaints"),
    mailboxes: &["gmail.com", "googlemail.com"],
    spf_include: Some("_spf.google.com"),
    ..Receiver::UNKNOWN
};
