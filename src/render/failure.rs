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
fn spaced(cause: &impl Serialize) -> String {
    let word = serde_json::to_value(cause).ok();
    let word = word.as_ref().and_then(|word| word.as_str());
    word.unwrap_or_default().replace('-', " ")
}
