//! What servers share: their runtime, and the signals that end them (Ctrl-C, and what a service manager
//! sends).

use std::io;

use super::Failure;

/// The stack of a thread that judges messages; that of a program's first thread.
const STACK: usize = 8 << 20;

/// The runtime of a server. Connections share one thread; what is judged has threads of its own.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_stack_size(STACK)
        .enable_all()
        .build();
    runtime.map_err(|error| Failure::io("cannot start", &error))
}

/// The signals that end it.
pub struct Ends {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Ends {
    pub fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for one of them.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => (),
            _ = self.interrupt.recv() => (),
        }
    }
}

#[cfg(not(unix))]
impl Ends {
    pub fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for one of them.
    pub async fn next(&mut self) {
        // Where Ctrl-C cannot be waited for, it ends the process by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
