//! What the threads of a run share: the network, and the answers of DNS.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sesauth::dns::message_time::within;
use sesauth::dns::{Evidence, Lookup, Question, Reply};

/// Runs the futures of one thread.
pub enum Runtime {
    /// Nothing has to wait: all answers are available.
    Here(tokio::runtime::Runtime),
    /// The network, shared by all threads, and how long its answers may take for one message.
    Shared(tokio::runtime::Handle, Duration),
}

impl Runtime {
    /// For answers that are available.
    pub fn here() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        Self::Here(runtime.expect("a runtime without drivers needs nothing of the system"))
    }

    /// For questions that go over the network.
    pub fn shared(runtime: &tokio::runtime::Runtime, dns_time: Duration) -> Self {
        Self::Shared(runtime.handle().clone(), dns_time)
    }

    /// Whether all answers are available.
    pub fn is_here(&self) -> bool {
        matches!(self, Self::Here(_))
    }

    /// Runs `future`, which is about one message, to its end.
    pub fn block_on<T>(&mut self, future: impl Future<Output = T>) -> T {
        match self {
            Self::Here(runtime) => runtime.block_on(future),
            Self::Shared(handle, dns_time) => handle.block_on(within(*dns_time, future)),
        }
    }
}

/// The answers of all messages, if they are to be recorded.
pub struct Seen(Option<Mutex<HashMap<Question, Lookup>>>);

impl Seen {
    /// Keeps answers only if they are wanted.
    pub fn new(is_wanted: bool) -> Self {
        Self(is_wanted.then(Mutex::default))
    }

    /// Keeps the answers of one message.
    pub fn add(&self, evidence: &Evidence) {
        let Some(seen) = &self.0 else { return };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        for lookup in &evidence.0 {
            let is_failure = |lookup: &Lookup| matches!(lookup.reply, Reply::TempFail(_));
            match seen.get(&lookup.question) {
                Some(known) if !is_failure(known) => (),
                _ => {
                    seen.insert(lookup.question.clone(), lookup.clone());
                }
            }
        }
    }

    /// All of them, in the order of their questions.
    pub fn into_evidence(self) -> Evidence {
        let seen = self
            .0
            .map(|seen| seen.into_inner().unwrap_or_else(PoisonError::into_inner));
        let mut lookups: Vec<_> = seen
            .into_iter()
            .flatten()
            .map(|(_, lookup)| lookup)
            .collect();
        lookups.sort_by(|a, b| a.question.cmp(&b.question));
        Evidence(lookups)
    }
}
