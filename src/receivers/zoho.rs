//! Zoho Mail.

use super::Receiver;

pub(super) static ZOHO: Receiver = Receiver {
    name: "Zoho",
    domains: &[
        "zoho.com",
        "zohomail.com",
        "zoho.eu",
        "zohomail.eu",
        "zoho.in",
        "zohomail.in",
    ],
    spf_include: Some("zohomail.com"),
    ..Receiver::UNKNOWN
};
