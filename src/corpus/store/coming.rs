//! What a task of the network will give.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};

use super::bounds::TICK;
use super::options::StoreOptions;

/// The result of a task, which may not be there yet.
pub struct Coming<T> {
    from: Receiver<T>,
    options: Arc<StoreOptions>,
}

/// There is no result: the run is interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// The sentence for it, where only text can be given.
pub const STOPPED: &str = "the run was interrupted";

impl<T: Send + 'static> Coming<T> {
    /// Starts a task.
    pub fn of(
        runtime: &tokio::runtime::Runtime,
        options: &Arc<StoreOptions>,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Self {
        let (to, from) = sync_channel(1);
        runtime.spawn(async move {
            // Nobody may want it any more.
            let _ = to.send(task.await);
        });
        Self {
            from,
            options: Arc::clone(options),
        }
    }

    /// The result, waited for.
    pub fn wait(&self) -> Result<T, Stopped> {
        loop {
            match self.from.recv_timeout(TICK) {
                Ok(done) => return Ok(done),
                Err(RecvTimeoutError::Timeout) if !self.options.is_stopped() => (),
                Err(_) => return Err(Stopped),
            }
        }
    }
}
