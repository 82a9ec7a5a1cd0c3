//! Proofpoint, a gateway before mailboxes of others.

use super::Receiver;

pub(super) static PROOFPOINT: Receiver = Receiver {
    name: "Proofpoint",
    domains: &[
        "pphosted.com",
        "ppops.net",
        "ppe-hosted.com",
        "proofpoint.com",
    ],
    ..Receiver::UNKNOWN
};
