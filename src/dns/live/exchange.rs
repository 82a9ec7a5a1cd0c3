//! One question to one server, over its transport, and whether the response is a valid answer.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hickory_resolver::proto::op::{Edns, Message, Query, ResponseCode};
use hickory_resolver::proto::rr::RecordType;
use hickory_resolver::proto::rr::rdata::opt::EdnsOption;
use tokio::sync::Mutex;

use super::connection::Connection;
use super::server::Server;
use super::tls::Trust;
use super::udp::{self, Datagram};
use crate::dns::{ErrorCode, ExtendedError};

/// The UDP payload size that avoids fragmentation (RFC 9715).
const UDP_PAYLOAD: u16 = 1232;

/// The EDNS option of an extended error (RFC 8914 §2).
const EXTENDED_ERROR: u16 = 15;

/// The problem of a server that sends garbage.
pub(super) const UNREADABLE: &str = "sent no answer that can be read";

/// Why a server gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// Nothing arrived in time.
    Timeout,
    /// An error code.
    Rcode(Box<ErrorCode>),
    /// The connection ended before the answer arrived.
    Closed,
    /// The answer is too long for UDP, and could not be fetched over TCP.
    NoTcp,
    /// No connection, worded as `Other`.
    Unreachable(String),
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
            Self::Rcode(code) => code.name == "SERVFAIL",
            Self::Unreachable(_) | Self::Other(_) => false,
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
            Self::Unreachable(text) | Self::Other(text) => f.write_str(text),
        }
    }
}

/// A question in the form in which it is sent.
pub(super) struct Request {
    pub(super) message: Message,
    pub(super) bytes: Vec<u8>,
}

impl Request {
    fn new(query: Query, edns: bool) -> Result<Self, Problem> {
        let mut message = Message::query();
        message.metadata.recursion_desired = true;
        // Asks for the AD bit in the response (RFC 6840 §5.7).
        message.metadata.authentic_data = true;
        message.queries.push(query);
        if edns {
            let mut edns = Edns::new();
            edns.set_max_payload(UDP_PAYLOAD);
            message.edns = Some(edns);
        }
        Self::of(message)
    }

    fn of(message: Message) -> Result<Self, Problem> {
        let bytes = message
            .to_vec()
            .map_err(|_| Problem::Other("cannot be asked for this name".into()))?;
        Ok(Self { message, bytes })
    }

    /// The same question with each letter of its name in upper or lower case at random, which one who
    /// forges an answer unseen has to guess.
    fn in_random_case(&self) -> Result<Self, Problem> {
        let mut message = self.message.clone();
        for query in &mut message.queries {
            query.name.randomize_label_case();
        }
        Self::of(message)
    }
}

/// A server, and the open connection to it, if there is one.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) server: Server,
    connection: Mutex<Option<Arc<Connection>>>,
    /// Whether it answers in lower case, whatever the case of the question.
    lowers_case: AtomicBool,
}

impl Upstream {
    pub(super) fn new(server: Server) -> Self {
        Self {
            server,
            connection: Mutex::new(None),
            lowers_case: AtomicBool::new(false),
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
        let mut lowered = query.clone();
        lowered.name = query.name.to_lowercase();
        let request = Request::new(lowered.clone(), true)?;
        let response = self.send(&request, trust, timeout).await?;
        // A server without EDNS support answers with one of these codes (RFC 6891 §7).
        if let ResponseCode::FormErr | ResponseCode::NotImp = response.metadata.response_code {
            let bare = Request::new(lowered, false)?;
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
        let datagram = tokio::time::timeout(timeout, self.datagram(address, request)).await;
        let otherwise = match datagram.map_err(|_| Problem::Timeout)?? {
            Datagram::Whole(message) => return Ok(message),
            Datagram::Cut => Problem::NoTcp,
            Datagram::Unreadable | Datagram::Lowered => Problem::Other(UNREADABLE.into()),
        };
        // A truncated answer is asked for again over TCP (RFC 7766 §5).
        match self.send_connected(request, trust, timeout).await {
            Ok(message) if !message.metadata.truncation => Ok(message),
            _ => Err(otherwise),
        }
    }

    /// Asks over UDP, in random case if the server keeps that.
    async fn datagram(&self, address: SocketAddr, request: &Request) -> Result<Datagram, Problem> {
        if !self.lowers_case.load(Ordering::Relaxed) {
            match udp::ask(address, &request.in_random_case()?).await? {
                Datagram::Lowered => self.lowers_case.store(true, Ordering::Relaxed),
                datagram => return Ok(datagram),
            }
        }
        udp::ask(address, request).await
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
                let answer = connection.ask(request).await;
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
        let connection = Arc::new(Connection::open(&self.server, trust).await?);
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
}

fn usable(message: Message, query: &Query) -> Result<Message, Problem> {
    if let Some(code) = error_code(&message) {
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

/// The error code of a response, with what the server says of it; `None` if it is an answer.
fn error_code(message: &Message) -> Option<Box<ErrorCode>> {
    let name = mnemonic(message.metadata.response_code)?;
    let options = message.edns.iter().flat_map(|edns| &edns.options().options);
    let extended = options.filter_map(|(_, option)| match option {
        EdnsOption::Unknown(EXTENDED_ERROR, data) => ExtendedError::read(data),
        _ => None,
    });
    Some(Box::new(ErrorCode::new(name, extended)))
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
    let why = match error.kind() {
        // Windows reports a closed UDP port as a reset.
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => {
            "refuses the question (nothing listens on this port)"
        }
        ErrorKind::NetworkUnreachable
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable => "cannot be reached from this network",
        ErrorKind::PermissionDenied => "may not be asked from here (permission denied)",
        other => return Problem::Other(format!("could not be asked ({other})")),
    };
    Problem::Unreachable(why.into())
}

/// What the end of a connection means for the questions that still wait.
pub(super) fn ended(error: &io::Error) -> Problem {
    match error.kind() {
        ErrorKind::UnexpectedEof
        | ErrorKind::BrokenPipe
        | ErrorKind::ConnectionAborted
        | ErrorKind::ConnectionReset
        | ErrorKind::NotConnected => Problem::Closed,
        _ => problem(error),
    }
}
