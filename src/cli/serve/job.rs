//! A job behind an answer, and when it ends: as it is done, as its time is over, or as nobody waits for it.

use std::time::Duration;

use axum::http::StatusCode;
use sesauth::dns::{Dns, Question, Reply, Seen};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::refusal::Refusal;

/// A job, as it sees itself.
pub struct Job {
    handle: Handle,
    /// When its time is over, and how long it was. Without an end, it has all the time there is.
    until: Option<(Instant, Duration)>,
    /// Is closed when nobody waits for the job any more.
    wanted: watch::Receiver<()>,
}

impl Job {
    /// A job that has `most` time from now. Whoever waits for it keeps `wanted` open.
    pub fn new(most: Duration, wanted: watch::Receiver<()>) -> Self {
        Self {
            handle: Handle::current(),
            until: Instant::now().checked_add(most).map(|end| (end, most)),
            wanted,
        }
    }

    /// Refuses to go on if it is over. What takes long asks it between its steps.
    pub fn go_on(&self) -> Result<(), Refusal> {
        match self.is_over() {
            true => Err(self.refusal()),
            false => Ok(()),
        }
    }

    /// Does what asks DNS through [`Job::hears`]; when the job is over, it is dropped where it is.
    pub fn wait<T>(&self, work: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
        self.handle.block_on(async {
            tokio::select! {
                done = work => done,
                () = self.over() => Err(self.refusal()),
            }
        })
    }

    /// `dns`, which answers no question more when the job is over. Answers that are at hand come without
    /// waiting, and work that never waits could not be dropped.
    pub fn hears<D: Dns>(&self, dns: D) -> Heard<'_, D> {
        Heard { job: self, dns }
    }

    fn is_over(&self) -> bool {
        let is_late = self.until.is_some_and(|(end, _)| Instant::now() >= end);
        is_late || self.wanted.has_changed().is_err()
    }

    async fn over(&self) {
        let mut wanted = self.wanted.clone();
        let late = async {
            match self.until {
                Some((end, _)) => sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = late => (),
            _ = wanted.changed() => (),
        }
    }

    /// What who waits is told. Of two reasons, nobody reads the other one.
    fn refusal(&self) -> Refusal {
        late(self.until.map(|(_, most)| most).unwrap_or_default())
    }
}

/// That a job took longer than it may.
pub fn late(most: Duration) -> Refusal {
    let seconds = most.as_secs_f64();
    let why = format!("it took longer than {seconds} s, and was given up");
    Refusal::new(StatusCode::GATEWAY_TIMEOUT, why)
}

/// DNS for a job.
pub struct Heard<'j, D> {
    job: &'j Job,
    dns: D,
}

impl<D: Dns> Dns for Heard<'_, D> {
    async fn query(&self, question: &Question) -> Reply {
        if self.job.is_over() {
            std::future::pending::<()>().await;
        }
        self.dns.query(question).await
    }

    fn earlier(&self, question: &Question) -> Vec<Seen> {
        self.dns.earlier(question)
    }

    fn keeps_aliases(&self) -> bool {
        self.dns.keeps_aliases()
    }
}
