//! Why messages do not pass DMARC, in a few words.

use serde::Serialize;

use crate::corpus::FailureCause;
use crate::dmarc::DmarcCause;

/// The cause; no capital letter but in names, no full stop.
pub(super) fn words(cause: FailureCause) -> String {
    match cause {
        FailureCause::Dkim(cause) => format!("DKIM: {}", spaced(&cause)),
        FailureCause::Spf(result) => format!("SPF: {result}"),
        FailureCause::NotAligned => "what passes is not aligned".into(),
        FailureCause::Dmarc(DmarcCause::NoRecord) => "no DMARC record".into(),
        FailureCause::Dmarc(cause) => format!("DMARC: {}", spaced(&cause)),
        FailureCause::Receiver => "the receiver recorded a failure".into(),
        FailureCause::Unproved => "a pass that the file does not prove".into(),
    }
}

/// The word of a cause, with blanks.
pub(super) fn spaced(cause: &impl Serialize) -> String {
    word(cause).replace('-', " ")
}

/// The word of a cause, as JSON has it.
pub(super) fn word(cause: &impl Serialize) -> String {
    match serde_json::to_value(cause) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
