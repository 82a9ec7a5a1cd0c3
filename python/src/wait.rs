//! Waits for work without holding the interpreter, and lets Ctrl-C end it.

use std::pin::pin;
use std::time::Duration;

use pyo3::prelude::*;
use sesauth::dns::{AnyDns, Dns};

use crate::dns::Shared;
use crate::error::{bad, no_dns};
use crate::live::Running;

/// How long a signal waits.
pub const SIGNALS: Duration = Duration::from_millis(100);

/// Work on a source.
pub trait Work: Sync {
    type Done: Send;
    /// Does it. If `dns` is at hand, this never waits.
    fn with(&self, dns: AnyDns<'_>) -> impl Future<Output = Self::Done> + Send;
}

/// Does `work` with the answers of `dns`.
pub fn done<W: Work>(py: Python<'_>, dns: &Shared, work: &W) -> PyResult<W::Done> {
    match dns.live() {
        None => Ok(py.detach(|| at_once(work.with(AnyDns::new(dns))))),
        Some(live) => {
            let running = live.begun()?;
            py.detach(|| over_network(&running, dns, work))
        }
    }
}

fn over_network<W: Work>(running: &Running, dns: &impl Dns, work: &W) -> PyResult<W::Done> {
    let waited = running.run(async {
        let mut work = pin!(work.with(AnyDns::new(dns)));
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                () = tokio::time::sleep(SIGNALS) => Python::attach(|py| py.check_signals())?,
            }
        };
        match running.no_dns().await {
            Some(why) => Err(no_dns(&why)),
            None => Ok(done),
        }
    });
    waited.unwrap_or_else(|| Err(bad("dns", "it was ended")))
}

/// Runs a future that asks only a source without network, so that it never waits.
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
    }
}
