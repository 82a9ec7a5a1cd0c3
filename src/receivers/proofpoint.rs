//! Proofpoint, a gateway in front of other providers' mailboxes.

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
