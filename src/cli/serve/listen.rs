//! Connections: how many, how long, and how they end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::answer::Patient;

/// Connections at once. A browser opens some six.
const MOST: usize = 256;

/// How long the head of a request may take, and how long a connection may wait for the next one.
const HEAD: Duration = Duration::from_secs(15);

/// The most octets of the head of a request.
const HEAD_OCTETS: usize = 64 << 10;

/// How long a connection may last, whatever its other end does.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// How long to wait where the system has no connection to give, as it has no file left.
const PAUSE: Duration = Duration::from_millis(100);

/// What a connection beyond [`MOST`] is told.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\
    Content-Type: text/plain\r\nContent-Length: 44\r\n\r\n\
    There are too many connections. Try it again";

/// The connections that are open.
pub struct Connections {
    places: Arc<Semaphore>,
    stop: watch::Sender<bool>,
}

/// Takes connections until `end`.
pub async fn accept(
    listener: TcpListener,
    router: Router,
    end: impl Future<Output = ()>,
) -> Connections {
    let connections = Connections {
        places: Arc::new(Semaphore::new(MOST)),
        stop: watch::Sender::new(false),
    };
    let mut end = std::pin::pin!(end);
    loop {
        let stream = tokio::select! {
            () = &mut end => return connections,
            accepted = listener.accept() => accepted,
        };
        match stream {
            Ok((stream, _)) => match Arc::clone(&connections.places).try_acquire_owned() {
                Ok(place) => {
                    let stopped = connections.stop.subscribe();
                    tokio::spawn(hold(stream, router.clone(), stopped, place));
                }
                // There is nothing yet in its buffer, so this does not wait.
                Err(_) => _ = stream.try_write(FULL),
            },
            Err(error) if is_of_one_connection(&error) => (),
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// Serves one connection to its end.
async fn hold(
    stream: TcpStream,
    router: Router,
    mut stopped: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    let service = TowerToHyperService::new(router);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_OCTETS)
        .serve_connection(TokioIo::new(Patient::new(stream)), service);
    let mut connection = std::pin::pin!(connection);
    let served = async {
        tokio::select! {
            // What goes wrong with a connection is known to its other end.
            _ = connection.as_mut() => return,
            _ = stopped.wait_for(|is_stopped| *is_stopped) => (),
        }
        connection.as_mut().graceful_shutdown();
        _ = connection.await;
    };
    _ = timeout(LONGEST, served).await;
}

/// Whether only one connection failed, before it was taken.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

impl Connections {
    /// Lets the requests that run end, for as long as `most`.
    pub async fn end(self, most: Duration) {
        self.stop.send_replace(true);
        let all = u32::try_from(MOST).unwrap_or(u32::MAX);
        _ = timeout(most, self.places.acquire_many(all)).await;
    }
}
