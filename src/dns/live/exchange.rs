//! One question to one server: over UDP, and over TCP when the answer is cut short (RFC 7766 §5).

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::future::{Either, select};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::{
    DnsUdpSocket, RuntimeProvider, TokioHandle, TokioRuntimeProvider, TokioTime,
};
use hickory_resolver::net::tcp::TcpClientStream;
use hickory_resolver::net::udp::UdpClientStream;
use hickory_resolver::net::xfer::{DnsHandle, DnsRequestSender, FirstAnswer};
use hickory_resolver::proto::op::{
    DnsRequest, DnsRequestOptions, DnsResponse, Message, Query, ResponseCode,
};
use hickory_resolver::proto::rr::RecordType;
use tokio::io::{Interest, ReadBuf};
use tokio::net::UdpSocket;

/// What a UDP answer may hold without being fragmented on its way (RFC 9715).
const UDP_PAYLOAD: u16 = 1232;

/// Why a server gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// Nothing came in time.
    Timeout,
    /// An error code, by its mnemonic.
    Rcode(String),
    /// Anything else, as what follows the server's address in a sentence.
    Other(String),
}

impl Problem {
    /// Whether the same server may do better when asked again.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Timeout => true,
            Self::Rcode(code) => code == "SERVFAIL",
            Self::Other(_) => false,
        }
    }
}

/// Asks `server`; what comes back is NOERROR or NXDOMAIN, complete, and about `query`. Each
/// transport may take `timeout`.
pub(super) async fn ask(
    server: SocketAddr,
    query: &Query,
    timeout: Duration,
) -> Result<Message, Problem> {
    let response = match udp(server, query, timeout).await {
        Ok(response) if !response.truncation => response,
        // What is longer than we allow for is cut off, and then cannot be read.
        Ok(_) | Err(NetError::Proto(_)) => tcp(server, query, timeout).await?,
        Err(error) => return Err(problem(&error)),
    };
    usable(response.into_message(), query)
}

async fn udp(
    server: SocketAddr,
    query: &Query,
    timeout: Duration,
) -> Result<DnsResponse, NetError> {
    UdpClientStream::builder(server, Runtime::default())
        .with_timeout(Some(timeout))
        .with_max_retries(1)
        .build()
        .send_message(request(query))
        .first_answer()
        .await
}

async fn tcp(server: SocketAddr, query: &Query, timeout: Duration) -> Result<DnsResponse, Problem> {
    // The connection's task ends with `runtime`.
    let runtime = Runtime::default();
    let exchange = async {
        let connection =
            TcpClientStream::exchange(server, None, timeout, None, runtime.clone()).await?;
        connection.send(request(query)).first_answer().await
    };
    match tokio::time::timeout(timeout, exchange).await {
        Ok(Ok(response)) if !response.truncation => Ok(response),
        _ => Err(Problem::Other(
            "has an answer too long for UDP and does not give it over TCP (is TCP blocked on the \
             way?)"
                .into(),
        )),
    }
}

fn request(query: &Query) -> DnsRequest {
    let mut options = DnsRequestOptions::default();
    options.use_edns = true;
    options.edns_payload_len = UDP_PAYLOAD;
    options.recursion_desired = true;
    DnsRequest::from_query(query.clone(), options)
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
    // RFC 2308 §2.2: name servers without an SOA make a referral, not NODATA.
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

/// The code's name in the IANA registry; nothing for the two that answer the question.
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

fn problem(error: &NetError) -> Problem {
    let error = match error {
        NetError::Timeout => return Problem::Timeout,
        NetError::Io(error) => error,
        _ => return Problem::Other("sent no answer that can be read".into()),
    };
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

/// Tokio, with UDP sockets that are connected to their server: a port where nothing listens is
/// then reported at once instead of looking like silence.
#[derive(Clone, Default)]
struct Runtime(TokioRuntimeProvider);

impl RuntimeProvider for Runtime {
    type Handle = TokioHandle;
    type Timer = TokioTime;
    type Udp = ConnectedUdp;
    type Tcp = <TokioRuntimeProvider as RuntimeProvider>::Tcp;

    fn create_handle(&self) -> Self::Handle {
        self.0.create_handle()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        bind: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Self::Tcp>>>> {
        self.0.connect_tcp(server, bind, timeout)
    }

    fn bind_udp(
        &self,
        local: SocketAddr,
        server: SocketAddr,
    ) -> Pin<Box<dyn Send + Future<Output = io::Result<Self::Udp>>>> {
        Box::pin(async move {
            let socket = UdpSocket::bind(local).await?;
            socket.connect(server).await?;
            Ok(ConnectedUdp { socket, server })
        })
    }
}

struct ConnectedUdp {
    socket: UdpSocket,
    server: SocketAddr,
}

impl ConnectedUdp {
    /// Waits for an error as well: Tokio does not wake a reader for one.
    async fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let datagram = pin!(self.socket.recv(buffer));
        let error = pin!(self.socket.ready(Interest::ERROR));
        match select(datagram, error).await {
            Either::Left((received, _)) => received,
            Either::Right((_, datagram)) => match self.socket.take_error()? {
                Some(error) => Err(error),
                None => datagram.await,
            },
        }
    }
}

impl DnsUdpSocket for ConnectedUdp {
    type Time = TokioTime;

    fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        let mut buffer = ReadBuf::new(buffer);
        ready!(self.socket.poll_recv(cx, &mut buffer))?;
        Poll::Ready(Ok((buffer.filled().len(), self.server)))
    }

    // An async function of a trait that is written with async-trait.
    fn recv_from<'s, 'b, 'f>(
        &'s self,
        buffer: &'b mut [u8],
    ) -> Pin<Box<dyn Future<Output = io::Result<(usize, SocketAddr)>> + Send + 'f>>
    where
        's: 'f,
        'b: 'f,
        Self: 'f,
    {
        Box::pin(async move { Ok((self.receive(buffer).await?, self.server)) })
    }

    fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        bytes: &[u8],
        _: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.socket.poll_send(cx, bytes)
    }
}
