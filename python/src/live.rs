//! DNS itself, with one cache for all that is judged by it, and a bound on what is asked at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use sesauth::dns::message_time::{in_time, within};
use sesauth::dns::{
    Cache, CacheOptions, Dns, Failure, Live, LiveOptions, NoDns, Question, Reply, Server,
};
use tokio::runtime::{Builder, Runtime};

use crate::error::{bad, raised};

/// How it is asked.
pub struct Asking {
    /// The resolvers; none stand for those of the system.
    pub servers: Vec<Server>,
    /// Certificates of authorities that are trusted too, in PEM.
    pub authorities: Option<Vec<u8>>,
    /// How long to wait for one answer.
    pub timeout: Duration,
    /// How often a server is asked.
    pub attempts: usize,
    /// How long all questions about one message may take.
    pub budget: Duration,
    /// The most questions at once.
    pub in_flight: usize,
}

/// DNS itself. It is begun at the first question; in a forked process it is begun anew, as threads and
/// connections stay with the process that made them.
pub struct LiveDns {
    asking: Asking,
    running: Mutex<Option<Arc<Running>>>,
}

/// What asks.
pub struct Running {
    process: u32,
    runtime: Option<Runtime>,
    cache: Cache<Live>,
    budget: Duration,
}

impl LiveDns {
    pub fn new(asking: Asking) -> Self {
        Self {
            asking,
            running: Mutex::default(),
        }
    }

    /// What is wrong with the way in which it is asked, if anything is.
    pub fn check(&self) -> PyResult<()> {
        self.resolver().map(|_| ())
    }

    fn resolver(&self) -> PyResult<Live> {
        let live = match self.asking.servers.as_slice() {
            [] => Live::system(),
            servers => Live::servers(servers.iter().cloned()),
        };
        let live = live.map_err(raised)?.with_options(LiveOptions {
            timeout: self.asking.timeout,
            attempts: self.asking.attempts,
            budget: None,
            ..LiveOptions::default()
        });
        match &self.asking.authorities {
            None => Ok(live),
            Some(pem) => live.with_authorities(pem).map_err(raised),
        }
    }

    /// What asks, begun if it is not running in this process.
    pub fn begun(&self) -> PyResult<Arc<Running>> {
        let process = std::process::id();
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = running.as_ref().filter(|it| it.process == process) {
            return Ok(Arc::clone(running));
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let begun = Arc::new(Running {
            process,
            runtime: Some(runtime.map_err(|error| bad("dns", error))?),
            cache: Cache::with_options(
                self.resolver()?,
                CacheOptions {
                    entries: 100_000,
                    octets: 128 << 20,
                    in_flight: self.asking.in_flight,
                    absence: Duration::from_secs(3600),
                    failure: Duration::from_secs(60),
                    ..CacheOptions::default()
                },
            ),
            budget: self.asking.budget,
        });
        if let Some(of_parent) = running.replace(Arc::clone(&begun)) {
            // Its threads are not in this process, and cannot be waited for.
            std::mem::forget(of_parent);
        }
        Ok(begun)
    }

    /// The answer to `question`. [`LiveDns::begun`] was called before.
    pub async fn query(&self, question: &Question) -> Reply {
        let running = self.running.lock().map(|it| it.clone());
        match running.ok().flatten() {
            Some(running) => in_time(running.cache.query(question)).await,
            None => Reply::TempFail(Failure::Network("nothing was begun that asks".into())),
        }
    }

    /// What was seen before: DNS keeps no history.
    pub fn earlier(&self, _: &Question) -> Vec<sesauth::dns::Seen> {
        Vec::new()
    }

    /// Whether every alias is visible.
    pub fn keeps_aliases(&self) -> bool {
        true
    }
}

impl Running {
    /// Runs `future`, which is about one message, to its end on this thread.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let runtime = self.runtime.as_ref()?;
        Some(runtime.block_on(within(self.budget, future)))
    }

    /// Why nothing can be concluded from the answers so far; `None` if they can be used.
    pub async fn no_dns(&self) -> Option<NoDns> {
        self.cache.source().no_dns().await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
