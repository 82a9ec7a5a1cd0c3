//! A connection that stays open and carries many questions. Hickory's client layer shares it out:
//! TCP and TLS here, QUIC and HTTP/3 in `quic`; HTTPS is our own.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::{RuntimeProvider, Spawn, TokioRuntimeProvider};
use hickory_resolver::net::tcp::TcpClientStream;
use hickory_resolver::net::tls::tls_client_connect;
use hickory_resolver::net::xfer::{
    BufDnsStreamHandle, DnsClientStream, DnsExchange, DnsHandle, DnsMultiplexer, DnsRequestSender,
    FirstAnswer,
};
use hickory_resolver::proto::op::{DnsRequest, DnsRequestOptions, DnsResponse, Message};
use tokio::sync::Semaphore;

use super::exchange::{Problem, Request, UNREADABLE, ended, problem};
use super::https::{ALPN, Http, short};
#[cfg(feature = "dns-quic")]
use super::quic;
use super::server::{Endpoint, Server};
use super::tls::{Trust, handshake_problem, reach};

/// Questions under way on one connection; further ones wait. Hickory takes in up to 100 messages at
/// once and is not woken for the rest of more.
const UNDER_WAY: usize = 64;

/// For what has a limit of time elsewhere.
const ANY_TIME: Duration = Duration::MAX;

/// An open connection. It is closed when dropped.
#[derive(Debug)]
pub(super) struct Connection {
    protocol: Protocol,
    room: Semaphore,
    answers: AtomicUsize,
}

#[derive(Debug)]
enum Protocol {
    Shared(Shared),
    Http(Http),
}

impl Connection {
    /// Connects to the server. Must be called within a Tokio runtime.
    pub(super) async fn open(server: &Server, trust: &Trust) -> Result<Self, Problem> {
        let protocol = match server {
            Server::Plain(address) => Protocol::Shared(over_tcp(*address).await?),
            Server::Tls(endpoint) => Protocol::Shared(over_tls(endpoint, trust).await?),
            Server::Https { endpoint, path } => {
                let stream = trust.connect(endpoint, ALPN).await?;
                Protocol::Http(Http::open(stream, endpoint, path).await?)
            }
            #[cfg(feature = "dns-quic")]
            Server::Quic(endpoint) => Protocol::Shared(quic::over_quic(endpoint, trust).await?),
            #[cfg(feature = "dns-quic")]
            Server::H3 { endpoint, path } => {
                Protocol::Shared(quic::over_h3(endpoint, path, trust).await?)
            }
        };
        Ok(Self {
            protocol,
            room: Semaphore::new(UNDER_WAY),
            answers: AtomicUsize::new(0),
        })
    }

    /// Sends the question and waits for its answer. `Closed` if the connection ends first.
    pub(super) async fn ask(&self, request: &Request) -> Result<Message, Problem> {
        let Ok(_room) = self.room.acquire().await else {
            return Err(Problem::Closed);
        };
        let answer = match &self.protocol {
            Protocol::Shared(shared) => shared.ask(request).await,
            Protocol::Http(http) => http.ask(request.bytes.clone()).await,
        };
        if answer.is_ok() {
            self.answers.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }

    /// How many answers arrived on it so far.
    pub(super) fn answers(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
    }
}

/// A connection of hickory's, and the task that serves it.
pub(super) struct Shared {
    exchange: DnsExchange<TokioRuntimeProvider>,
    /// Ends the task when dropped.
    _tasks: TokioRuntimeProvider,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

impl Shared {
    pub(super) fn new(sender: impl DnsRequestSender) -> Self {
        let tasks = TokioRuntimeProvider::new();
        let (exchange, background) = DnsExchange::from_stream(sender);
        tasks.create_handle().spawn_bg(background);
        Self {
            exchange,
            _tasks: tasks,
        }
    }

    /// Over a connection that does not tell messages apart by itself.
    fn multiplexed(stream: impl DnsClientStream, handle: BufDnsStreamHandle) -> Self {
        let multiplexer = DnsMultiplexer::new(stream, handle);
        // A question that is given up counts until the task sees that.
        let multiplexer = multiplexer.with_max_active_requests(2 * UNDER_WAY);
        Self::new(multiplexer.with_timeout(ANY_TIME))
    }

    async fn ask(&self, request: &Request) -> Result<Message, Problem> {
        let request = DnsRequest::new(request.message.clone(), DnsRequestOptions::default());
        let answer = self.exchange.send(request).first_answer().await;
        answer
            .map(DnsResponse::into_message)
            .map_err(|error| net_problem(&error))
    }
}

async fn over_tcp(address: SocketAddr) -> Result<Shared, Problem> {
    let provider = TokioRuntimeProvider::new();
    let (stream, handle) = TcpClientStream::new(address, None, Some(ANY_TIME), provider);
    let stream = stream.await.map_err(|error| match error {
        NetError::Io(error) => problem(&error),
        error => net_problem(&error),
    })?;
    Ok(Shared::multiplexed(stream, handle))
}

async fn over_tls(endpoint: &Endpoint, trust: &Trust) -> Result<Shared, Problem> {
    let (name, config) = (endpoint.server_name()?, Arc::new(trust.config()?));
    reach(endpoint, |address| {
        let provider = TokioRuntimeProvider::new();
        let (name, config) = (name.clone(), Arc::clone(&config));
        let (stream, handle) = tls_client_connect(address, name, config, provider);
        async {
            match stream.await {
                Ok(stream) => Ok(Shared::multiplexed(stream, handle)),
                Err(NetError::Io(error)) => Err(handshake_problem(&error, endpoint)),
                Err(error) => Err(net_problem(&error)),
            }
        }
    })
    .await
}

/// What hickory's error means for a question.
pub(super) fn net_problem(error: &NetError) -> Problem {
    #[cfg(feature = "dns-quic")]
    if let Some(problem) = quic::broken(error) {
        return problem;
    }
    match error {
        NetError::Timeout => Problem::Timeout,
        // The task of the connection has ended; it says so in these ways.
        NetError::Busy | NetError::Message(_) => Problem::Closed,
        NetError::Io(error) => ended(error),
        NetError::Proto(_) => Problem::Other(UNREADABLE.into()),
        error => Problem::Other(format!(
            "gave no answer ({:?})",
            short(&error.to_string(), 60)
        )),
    }
}
