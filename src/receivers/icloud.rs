//! iCloud Mail. It writes one field for each method. Observed in saved messages.

use super::{Below, Receiver};

pub(super) static ICLOUD: Receiver = Receiver {
    name: "iCloud",
    domains: &["icloud.com", "me.com", "mac.com", "apple.com"],
    results_below: Some(Below::Several),
    identifiers: &["icloud.com"],
    mailboxes: &["icloud.com", "mac.com", "me.com"],
    spf_include: Some("icloud.com"),
    ..Receiver::UNKNOWN
};
