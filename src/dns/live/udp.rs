//! One question in one UDP datagram (RFC 1035 §4.2.1), and the datagram that answers it. Our own, as
//! hickory's does not tell a closed port and drops an error code that comes without the question.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;

use futures_util::future::{Either, select};
use hickory_resolver::proto::op::{Message, MessageType, Query, ResponseCode};
use hickory_resolver::proto::rr::Name;
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::exchange::{Problem, Request, problem};

/// A datagram that answers a question.
pub(super) enum Datagram {
    /// The whole answer.
    Whole(Message),
    /// Only the beginning of the answer.
    Cut,
    /// Not a DNS message.
    Unreadable,
    /// An answer to the question in lower case, which it was not sent in.
    Lowered,
}

/// Sends `request` from a port of its own and waits for the answer: from the same server, with the
/// same ID and question, letter by letter. Anything else is ignored: it is for another question or
/// forged (RFC 5452 §9.1).
pub(super) async fn ask(server: SocketAddr, request: &Request) -> Result<Datagram, Problem> {
    exchange(server, request)
        .await
        .map_err(|error| problem(&error))
}

async fn exchange(server: SocketAddr, request: &Request) -> io::Result<Datagram> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    // The system then drops datagrams of other hosts, and reports a port that is closed.
    socket.connect(server).await?;
    socket.send(&request.bytes).await?;
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        let length = receive(&socket, &mut buffer).await?;
        let datagram = &buffer[..length];
        if !datagram.starts_with(&request.bytes[..2]) {
            continue;
        }
        match Message::from_vec(datagram) {
            Ok(message) if answers(&message, &request.message) => match message.metadata.truncation
            {
                true => return Ok(Datagram::Cut),
                false => return Ok(Datagram::Whole(message)),
            },
            Ok(message) if lowers(&message, &request.message) => return Ok(Datagram::Lowered),
            Ok(_) => (),
            Err(_) => return Ok(Datagram::Unreadable),
        }
    }
}

/// Waits for a socket error too: Tokio does not wake a reader for one.
async fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<usize> {
    let datagram = pin!(socket.recv(buffer));
    let error = pin!(socket.ready(Interest::ERROR));
    match select(datagram, error).await {
        Either::Left((received, _)) => received,
        Either::Right((_, datagram)) => match socket.take_error()? {
            Some(error) => Err(error),
            None => datagram.await,
        },
    }
}

/// Whether `message` answers `request`. A server that cannot parse a question may answer with an
/// error code and without the question.
fn answers(message: &Message, request: &Message) -> bool {
    let code = message.metadata.response_code;
    message.metadata.message_type == MessageType::Response
        && match message.queries.as_slice() {
            [] => !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain),
            queries => is_about(queries, request, |sent, got| sent.eq_case(got)),
        }
}

/// Whether `message` would answer `request` in lower case.
fn lowers(message: &Message, request: &Message) -> bool {
    message.metadata.message_type == MessageType::Response
        && is_about(&message.queries, request, |sent, got| {
            sent.to_lowercase().eq_case(got)
        })
}

fn is_about(queries: &[Query], request: &Message, same: fn(&Name, &Name) -> bool) -> bool {
    let mut names = request.queries.iter().zip(queries);
    queries == request.queries && names.all(|(sent, got)| same(sent.name(), got.name()))
}
