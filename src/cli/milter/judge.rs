//! What is said of a message: the field that is put on it, and whether it is refused. All messages share
//! one cache for the answers of DNS, and so many are judged at once.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sesauth::dmarc::{DmarcResult, Policy};
use sesauth::dns::message_time::within;
use sesauth::message::AuthenticationResults;
use sesauth::render::{auth_results, line};
use sesauth::{Inspection, Options, SessionHints};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::super::dns::Published;
use super::super::output;
use super::super::server_dns::ServerDns;
use super::held::{Held, Memory};

/// All that messages share.
pub struct Judge {
    pub terms: Terms,
    answers: ServerDns,
    places: Arc<Semaphore>,
}

/// How messages are judged.
pub struct Terms {
    pub authserv_id: String,
    pub options: Options,
    /// Whether messages that fail are refused where the policy asks for it.
    pub refuses: bool,
    /// Whether a line is written for each message.
    pub is_verbose: bool,
    pub max_time: Duration,
    pub dns_time: Duration,
    pub memory: Memory,
}

/// A message as it arrived, with its session.
pub struct Arrived {
    pub octets: Vec<u8>,
    pub held: Held,
    pub hints: SessionHints,
    /// The name that the mail server has for it.
    pub queue_id: String,
}

/// What is said of a message.
pub struct Judged {
    pub field: AuthenticationResults,
    /// The author domain whose policy asks that the message be rejected, if that is to be done.
    pub refused_for: Option<String>,
}

impl Judge {
    pub fn new(terms: Terms, published: Published, jobs: NonZeroUsize) -> Self {
        Self {
            terms,
            answers: ServerDns::new(published),
            places: Arc::new(Semaphore::new(jobs.get())),
        }
    }

    /// Judges a message, in the time that is given. Whatever goes wrong, there is a field.
    pub async fn judge(self: &Arc<Self>, arrived: Arrived) -> Judged {
        let queue_id = arrived.queue_id.clone();
        match timeout(self.terms.max_time, Arc::clone(self).inspect(arrived)).await {
            Ok(Ok(inspection)) => {
                if let Some(why) = self.answers.no_dns().await {
                    output::say(format!("{queue_id}: no usable DNS: {why}"));
                }
                self.judged(&inspection, &queue_id)
            }
            Ok(Err(why)) => self.unjudged("not-judged", &queue_id, &why),
            Err(_) => self.unjudged("timeout", &queue_id, "it took longer than --max-time"),
        }
    }

    /// What is said of a message that is not judged, for `reason`, and why in words.
    pub fn unjudged(&self, reason: &'static str, queue_id: &str, why: &str) -> Judged {
        output::say(format!("{queue_id}: {why}; it goes on without a result"));
        Judged {
            field: auth_results::unjudged(&self.terms.authserv_id, reason),
            refused_for: None,
        }
    }

    fn judged(&self, inspection: &Inspection, queue_id: &str) -> Judged {
        if self.terms.is_verbose {
            let mut text = Vec::new();
            // Writing to memory does not fail.
            _ = line::write(inspection, queue_id, &mut text);
            output::say(String::from_utf8_lossy(&text).trim_end());
        }
        let dmarc = &inspection.analysis.dmarc;
        let policy = dmarc.policy.as_ref().map(|policy| policy.applied);
        let is_refused = self.terms.refuses
            && dmarc.result == DmarcResult::Fail
            && policy == Some(Policy::Reject);
        let author = dmarc.author_domain.as_ref().filter(|_| is_refused);
        Judged {
            field: auth_results::field(&inspection.analysis, &self.terms.authserv_id),
            refused_for: author.map(ToString::to_string),
        }
    }

    /// On a thread of its own, so that a large message holds up no other. If it takes too long, it keeps
    /// its place and its memory until it is done.
    async fn inspect(self: Arc<Self>, arrived: Arrived) -> Result<Inspection, String> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| "the program ends".to_owned())?;
        let handle = Handle::current();
        let work = tokio::task::spawn_blocking(move || {
            let _place = place;
            let Arrived {
                octets,
                held: _held,
                hints,
                ..
            } = arrived;
            let now = Timestamp::now();
            let judged =
                sesauth::inspect_within(&octets, &hints, &self.answers, now, &self.terms.options);
            handle.block_on(within(self.terms.dns_time, judged))
        });
        match work.await {
            Ok(inspection) => inspection.map_err(|error| error.to_string()),
            Err(_) => Err("it made the program fail; please report it with the message".into()),
        }
    }
}
