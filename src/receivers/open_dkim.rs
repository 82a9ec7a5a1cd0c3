//! OpenDKIM, a program that many receivers run.

use super::{Phrase, Receiver};

pub(super) static OPEN_DKIM: Receiver = Receiver {
    name: "OpenDKIM",
    phrases: &[
        (Phrase::NoKey, "key not found"),
        (Phrase::NoKey, "0-bit key"),
        (Phrase::ShortKey, "too small"),
        (Phrase::ShortKey, "too short"),
    ],
    ..Receiver::UNKNOWN
};
