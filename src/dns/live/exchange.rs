//! One question to one server, over its transport, and whether the response is a valid answer.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hickory_resolver::proto::op::{Edns, Message, Query, ResponseCode};
use hickory_resolver::proto::rr::RecordType;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use super::https::{ALPN, Http};
use super::server::Server;
use super::stream::Pipe;
use super::tls::Trust;
use super::udp::{self, Datagram};

/// The UDP payload size that avoids fragmentation (RFC 9715).
const UDP_PAYLOAD: u16 = 1232;

/// The problem of a server that sends garbage.
pub(super) const UNREADABLE: &str = "sent no answer that can be read";

/// Why a server gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// Nothing arrived in time.
    Timeout,
    /// An error code, by its mnemonic.
    Rcode(String),
    /// The connection ended before the answer arrived.
    Closed,
    /// The answer is too long for UDP, and could not be fetched over TCP.
    NoTcp,
    /// Anything else, worded to follow the server's name in a sentence.
    Other(String),
}

impl Problem {
    /// Whether the server responded.
    pub(super) fn is_heard(&self) -> bool {
        matches!(self, Self::Rcode(_) | Self::NoTcp)
    }

    /// Whether asking the same server again may help.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Timeout | Self::Closed | Self::NoTcp => true,
            Self::Rcode(code) => code == "SERVFAIL",
            Self::Other(_) => false,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("did not answer in time"),
            Self::Rcode(code) => write!(f, "answered {code}"),
            Self::Closed => f.write_str("closed the connection before its answer was complete"),
            Self::NoTcp => f.write_str(
                "has an answer too long for UDP and does not give it over TCP (is TCP blocked on \
                 the way?)",
            ),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// A question in the form in which it is sent.
pub(super) struct Request {
    pub(super) query: Query,
    pub(super) bytes: Vec<u8>,
}

impl Request {
    fn new(query: &Query, edns: bool) -> Result<Self, Problem> {
        let mut message = Message::query();
        message.metadata.recursion_desired = true;
        // Asks for the AD bit in the response (RFC 6840 §5.7).
        message.metadata.authentic_data = true;
        message.queries.push(query.clone());
        if edns {
            let mut edns = Edns::new();
            edns.set_max_payload(UDP_PAYLOAD);
            message.edns = Some(edns);
        }
        let bytes = message
            .to_vec()
            .map_err(|_| Problem::Other("cannot be asked for this name".into()))?;
        Ok(Self {
            query: query.clone(),
            bytes,
        })
    }
}

/// A server, and the open connection to it, if there is one.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) server: Server,
    connection: Mutex<Option<Arc<Connection>>>,
}

#[derive(Debug)]
struct Connection {
    protocol: Protocol,
    answers: AtomicUsize,
}

#[derive(Debug)]
enum Protocol {
    Stream(Pipe),
    Http(Http),
}

impl Upstream {
    pub(super) fn new(server: Server) -> Self {
        Self {
            server,
            connection: Mutex::new(None),
        }
    }

    /// Asks the server. The answer is NOERROR or NXDOMAIN, complete, and about `query`. Each
    /// transport may take `timeout`.
    pub(super) async fn ask(
        &self,
        query: &Query,
        trust: &Trust,
        timeout: Duration,
    ) -> Result<Message, Problem> {
        let request = Request::new(query, true)?;
        let response = self.send(&request, trust, timeout).await?;
        // A server without EDNS support answers with one of these codes (RFC 6891 §7).
        if let ResponseCode::FormErr | ResponseCode::NotImp = response.metadata.response_code {
            let bare = Request::new(query, false)?;
            if let Ok(response) = self.send(&bare, trust, timeout).await {
                return usable(response, query);
            }
        }
        usable(response, query)
    }

    async fn send(
        &self,
        request: &Request,
        trust: &Trust,
        timeout: Duration,
    ) -> Result<Message, Problem> {
        let Server::Plain(address) = self.server else {
            return match self.send_connected(request, trust, timeout).await? {
                message if message.metadata.truncation => {
                    Err(Problem::Other("sent an answer that is cut short".into()))
                }
                message => Ok(message),
            };
        };
        let datagram = tokio::time::timeout(timeout, udp::ask(address, request)).await;
        let otherwise = match datagram.map_err(|_| Problem::Timeout)?? {
            Datagram::Whole(message) => return Ok(message),
            Datagram::Cut => Problem::NoTcp,
            Datagram::Unreadable => Problem::Other(UNREADABLE.into()),
        };
        // A truncated answer is asked for again over TCP (RFC 7766 §5).
        match self.send_connected(request, trust, timeout).await {
            Ok(message) if !message.metadata.truncation => Ok(message),
            _ => Err(otherwise),
        }
    }

    /// Sends over the open connection. If there is none, opens one and keeps it.
    async fn send_connected(
        &self,
        request: &Request,
        trust: &Trust,
        timeout: Duration,
    ) -> Result<Message, Problem> {
        let mut used = None;
        let exchange = async {
            loop {
                let (connection, is_new) = self.connection(trust).await?;
                used = Some((Arc::clone(&connection), connection.answers()));
                let answer = connection.ask(request.bytes.clone()).await;
                if answer == Err(Problem::Closed) {
                    self.forget(&connection);
                    // Servers close idle connections (RFC 7766 §6.2.4); that is not a failure.
                    if !is_new {
                        continue;
                    }
                }
                return answer;
            }
        };
        if let Ok(answer) = tokio::time::timeout(timeout, exchange).await {
            return answer;
        }
        // If other questions were answered on it meanwhile, the connection works; this question is
        // slow.
        if let Some((connection, answers)) = used
            && connection.answers() == answers
        {
            self.forget(&connection);
        }
        Err(Problem::Timeout)
    }

    async fn connection(&self, trust: &Trust) -> Result<(Arc<Connection>, bool), Problem> {
        let mut kept = self.connection.lock().await;
        if let Some(connection) = kept.as_ref() {
            return Ok((Arc::clone(connection), false));
        }
        let connection = Arc::new(self.connect(trust).await?);
        *kept = Some(Arc::clone(&connection));
        Ok((connection, true))
    }

    fn forget(&self, connection: &Arc<Connection>) {
        // If it is locked, another task is opening a connection.
        let Ok(mut kept) = self.connection.try_lock() else {
            return;
        };
        if kept
            .as_ref()
            .is_some_and(|one| Arc::ptr_eq(one, connection))
        {
            *kept = None;
        }
    }

    async fn connect(&self, trust: &Trust) -> Result<Connection, Problem> {
        let protocol = match &self.server {
            Server::Plain(address) => Protocol::Stream(Pipe::open(tcp(*address).await?)),
            Server::Tls(endpoint) => {
                Protocol::Stream(Pipe::open(trust.connect(endpoint, None).await?))
            }
            Server::Https { endpoint, path } => {
                let stream = trust.connect(endpoint, Some(ALPN)).await?;
                Protocol::Http(Http::open(stream, endpoint, path).await?)
            }
        };
        Ok(Connection {
            protocol,
            answers: AtomicUsize::new(0),
        })
    }
}

impl Connection {
    async fn ask(&self, bytes: Vec<u8>) -> Result<Message, Problem> {
        let answer = match &self.protocol {
            Protocol::Stream(pipe) => pipe.ask(bytes).await,
            Protocol::Http(http) => http.ask(bytes).await,
        };
        if answer.is_ok() {
            self.answers.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }

    /// How many answers arrived on it so far.
    fn answers(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
    }
}

/// A TCP connection that sends small messages without delay.
pub(super) async fn tcp(address: SocketAddr) -> Result<TcpStream, Problem> {
    let stream = TcpStream::connect(address).await.map_err(|e| problem(&e))?;
    stream.set_nodelay(true).map_err(|e| problem(&e))?;
    Ok(stream)
}

fn usable(message: Message, query: &Query) -> Result<Message, Problem> {
    if let Some(code) = mnemonic(message.metadata.response_code) {
        return Err(Problem::Rcode(code));
    }
    if message.queries.as_slice() != std::slice::from_ref(query) {
        return Err(Problem::Other("answered another question".into()));
    }
    let authority = |kind| {
        let mut records = message.authorities.iter();
        records.any(|record| record.record_type() == kind)
    };
    // Name servers without an SOA are a referral, not NODATA (RFC 2308 §2.2).
    if message.metadata.response_code == ResponseCode::NoError
        && message.answers.is_empty()
        && authority(RecordType::NS)
        && !authority(RecordType::SOA)
    {
        return Err(Problem::Other(
            "only refers to other servers; a recursive resolver is needed".into(),
        ));
    }
    Ok(message)
}

/// The name of the code in the IANA registry; `None` for the two codes that are an answer.
fn mnemonic(code: ResponseCode) -> Option<String> {
    let name = match u16::from(code) {
        0 | 3 => return None,
        1 => "FORMERR",
        2 => "SERVFAIL",
        4 => "NOTIMP",
        5 => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        16 => "BADVERS",
        23 => "BADCOOKIE",
        other => return Some(format!("RCODE{other}")),
    };
    Some(name.into())
}

pub(super) fn problem(error: &io::Error) -> Problem {
    Problem::Other(match error.kind() {
        // Windows reports a closed UDP port as a reset.
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => {
            "refuses the question (nothing listens on this port)".into()
        }
        ErrorKind::NetworkUnreachable
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable => "cannot be reached from this network".into(),
        ErrorKind::PermissionDenied => "may not be asked from here (permission denied)".into(),
        other => format!("could not be asked ({other})"),
    })
}
