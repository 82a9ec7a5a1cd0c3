//! The calls that analyse messages, one or many.

use std::sync::Arc;

use jiff::Timestamp;

use crate::analysis::{Analysis, analyse};
use crate::dns::{Dns, Responses};
use crate::session::SessionHints;
use crate::{Error, Options};

/// Analyses one saved message.
///
/// `hints` go before what the message says of its session. All DNS questions go to `dns`. `now` is
/// the time as of which to judge a message that does not say when it was received. The error says
/// why the bytes are no message.
pub async fn inspect(
    bytes: &[u8],
    hints: &SessionHints,
    dns: &impl Dns,
    now: Timestamp,
) -> Result<Analysis, Error> {
    inspect_within(bytes, hints, dns, now, &Options::default()).await
}

/// As [`inspect`], with `options` on how to read the file and within what limits.
pub async fn inspect_within(
    bytes: &[u8],
    hints: &SessionHints,
    dns: &impl Dns,
    now: Timestamp,
    options: &Options,
) -> Result<Analysis, Error> {
    analyse(bytes, hints, dns, now, options, Arc::default()).await
}

/// Analyses many saved messages. What DNS said, and what was read out of it, is kept from one to the
/// next: each question is asked once, each key and each record is parsed once.
///
/// ```
/// # fn main() -> Result<(), sesauth::Error> {
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # let dns = sesauth::dns::Snapshot::default();
/// # let messages = [b"From: a@example.com\r\n\r\nHello\r\n"];
/// # let now = jiff::Timestamp::UNIX_EPOCH;
/// let inspector = sesauth::Inspector::new(&dns, sesauth::Options::default());
/// for message in &messages {
///     let hints = sesauth::SessionHints::default();
///     let analysis = runtime.block_on(inspector.inspect(*message, &hints, now))?;
///     assert_eq!(analysis.conclusion.result.as_str(), "inconclusive");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Inspector<'d, D> {
    dns: &'d D,
    options: Options,
    responses: Arc<Responses>,
}

impl<'d, D: Dns> Inspector<'d, D> {
    /// Asks `dns`, and judges all messages by `options`.
    pub fn new(dns: &'d D, options: Options) -> Self {
        Self {
            dns,
            options,
            responses: Arc::default(),
        }
    }

    /// As [`inspect`], one message of many.
    pub async fn inspect(
        &self,
        bytes: &[u8],
        hints: &SessionHints,
        now: Timestamp,
    ) -> Result<Analysis, Error> {
        let responses = Arc::clone(&self.responses);
        analyse(bytes, hints, self.dns, now, &self.options, responses).await
    }
}
