//! Connections of mail servers: how many, how long they may be silent, and how they end.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use miltr_server::Server;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_util::compat::TokioAsyncReadCompatExt as _;

use super::address::Address;
use super::judge::Judge;
use super::session::{Doing, Session};

/// Connections at once; more wait until one ends. Postfix opens one for each SMTP session.
const MOST: usize = 256;

/// Octets of a command. Postfix gives 102,400 of a header field at most, and 65,535 of a body at once.
const LONGEST: usize = 256 << 10;

/// How long a mail server may say nothing. An SMTP client may be silent for five minutes (RFC 5321
/// §4.5.3.2), and the server tells nothing meanwhile.
const SILENCE: Duration = Duration::from_secs(15 * 60);

/// How long to wait where the system has no connection to give.
const PAUSE: Duration = Duration::from_millis(100);

/// What is listened on.
pub enum Listener {
    Inet(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, std::path::PathBuf),
}

/// The connections that are open.
pub struct Connections {
    places: Arc<Semaphore>,
    stop: watch::Sender<bool>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Listener {
    pub async fn bind(address: &Address) -> io::Result<Self> {
        match address {
            Address::Inet(address) => Ok(Self::Inet(TcpListener::bind(address).await?)),
            #[cfg(unix)]
            Address::Unix(path) => {
                remove_stale(path).await?;
                Ok(Self::Unix(UnixListener::bind(path)?, path.clone()))
            }
            #[cfg(not(unix))]
            Address::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Where it listens, with the port that was free.
    pub fn address(&self) -> io::Result<Address> {
        Ok(match self {
            Self::Inet(listener) => Address::Inet(listener.local_addr()?),
            #[cfg(unix)]
            Self::Unix(_, path) => Address::Unix(path.clone()),
        })
    }

    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            Self::Inet(listener) => {
                let (stream, _) = listener.accept().await?;
                // Commands and answers are short, and each waits for the other.
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
            #[cfg(unix)]
            Self::Unix(listener, _) => Ok(Box::new(listener.accept().await?.0)),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Self::Unix(_, path) = self {
            _ = std::fs::remove_file(path);
        }
    }
}

/// Removes a socket on which nobody listens any more.
#[cfg(unix)]
async fn remove_stale(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt as _;
    let is_socket = |file: std::fs::Metadata| file.file_type().is_socket();
    if !std::fs::symlink_metadata(path).is_ok_and(is_socket) {
        return Ok(());
    }
    match tokio::net::UnixStream::connect(path).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path)
        }
        _ => Ok(()),
    }
}

/// Takes connections until `end`.
pub async fn accept(
    listener: &Listener,
    judge: Arc<Judge>,
    end: impl Future<Output = ()>,
) -> Connections {
    let connections = Connections {
        places: Arc::new(Semaphore::new(MOST)),
        stop: watch::Sender::new(false),
    };
    let mut end = std::pin::pin!(end);
    loop {
        let next = async {
            let place = Arc::clone(&connections.places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, stream) = tokio::select! {
            () = &mut end => return connections,
            next = next => next,
        };
        match (place, stream) {
            (Ok(place), Ok(stream)) => {
                let stopped = connections.stop.subscribe();
                tokio::spawn(hold(stream, Arc::clone(&judge), stopped, place));
            }
            _ => sleep(PAUSE).await,
        }
    }
}

/// Serves one connection until the mail server ends it, is silent for too long, or the program ends and
/// no message is open.
async fn hold(
    stream: Box<dyn Stream>,
    judge: Arc<Judge>,
    mut stopped: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    let doing = Arc::new(watch::Sender::new(Doing::nothing()));
    let mut seen = doing.subscribe();
    let mut idle = doing.subscribe();
    let mut session = Session::new(judge, doing);
    let mut server = Server::new(&mut session, false, LONGEST);
    let silent = async {
        loop {
            let doing = *seen.borrow_and_update();
            let patience = doing.patience(SILENCE);
            let changed = seen.changed();
            match patience {
                Some(patience) => match timeout(patience, changed).await {
                    Ok(_) => (),
                    Err(_) => return,
                },
                None => _ = changed.await,
            }
        }
    };
    let finished = async {
        _ = stopped.wait_for(|is_stopped| *is_stopped).await;
        _ = idle.wait_for(|doing| !doing.has_message).await;
    };
    tokio::select! {
        // What goes wrong with a connection is known to its other end.
        _ = server.handle_connection(stream.compat()) => (),
        () = silent => (),
        () = finished => (),
    }
}

impl Connections {
    /// Lets messages that are open come to their end, for as long as `most`.
    pub async fn end(self, most: Duration) {
        self.stop.send_replace(true);
        let all = u32::try_from(MOST).unwrap_or(u32::MAX);
        _ = timeout(most, self.places.acquire_many(all)).await;
    }
}
