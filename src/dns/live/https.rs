//! DNS over HTTPS (RFC 8484), with HTTP/2 and POST. Our own, as hickory takes no IPv6 address as the
//! name of a server and tells HTTP errors only in text.

use bytes::Bytes;
use h2::client::{self, SendRequest};
use hickory_resolver::proto::op::{Message, MessageType};
use http::{Request, Response, StatusCode, header};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::exchange::{Problem, UNREADABLE, ended};
use super::server::Endpoint;

/// The protocol name in the TLS handshake (RFC 9113 §3.1).
pub(super) const ALPN: &[u8] = b"h2";

/// The most octets of a response header; servers send a few hundred.
const MAX_HEADER: u32 = 16_384;

const DNS_MESSAGE: &str = "application/dns-message";

/// A connection that carries several questions at once.
#[derive(Clone, Debug)]
pub(super) struct Http {
    requests: SendRequest<Bytes>,
    url: String,
}

impl Http {
    /// Takes over an open connection. Must be called within a Tokio runtime.
    pub(super) async fn open(
        stream: TlsStream<TcpStream>,
        endpoint: &Endpoint,
        path: &str,
    ) -> Result<Self, Problem> {
        if stream.get_ref().1.alpn_protocol() != Some(ALPN) {
            return Err(Problem::Other("does not speak HTTP/2".into()));
        }
        let mut builder = client::Builder::new();
        let (requests, connection) = builder
            .enable_push(false)
            .max_header_list_size(MAX_HEADER)
            .handshake(stream)
            .await
            .map_err(|error| http_problem(&error))?;
        // The task ends when no one can ask any more. Each question gets its own errors.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        let named = Endpoint {
            host: endpoint.name.clone(),
            ..endpoint.clone()
        };
        Ok(Self {
            requests,
            url: format!("https://{}{path}", named.authority(443)),
        })
    }

    /// Sends the message `bytes` and reads the answer; `Closed` if the connection ended first.
    pub(super) async fn ask(&self, mut bytes: Vec<u8>) -> Result<Message, Problem> {
        // The ID is 0, so that HTTP caches can store the answer (RFC 8484 §4.1).
        if let Some(id) = bytes.first_chunk_mut::<2>() {
            *id = [0, 0];
        }
        let request = Request::post(self.url.as_str())
            .header(header::CONTENT_TYPE, DNS_MESSAGE)
            .header(header::ACCEPT, DNS_MESSAGE)
            .header(header::CONTENT_LENGTH, bytes.len())
            .body(())
            .map_err(|_| Problem::Other("has a URL that cannot be asked".into()))?;
        let requests = self.requests.clone().ready().await;
        let mut requests = requests.map_err(|error| http_problem(&error))?;
        let answered = async {
            let (response, mut body) = requests.send_request(request, false)?;
            body.send_data(bytes.into(), true)?;
            response.await
        };
        let answer = answered.await.map_err(|error| http_problem(&error))?;
        check(&answer)?;
        match Message::from_vec(&read(answer).await?) {
            Ok(message) if message.metadata.message_type == MessageType::Response => Ok(message),
            _ => Err(Problem::Other(UNREADABLE.into())),
        }
    }
}

fn check<B>(answer: &Response<B>) -> Result<(), Problem> {
    let status = answer.status();
    if status != StatusCode::OK {
        return Err(refusal(status.as_u16()));
    }
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match kind.eq_ignore_ascii_case(DNS_MESSAGE) {
        true => Ok(()),
        false => Err(not_dns(&format!("{:?}", short(kind, 60)))),
    }
}

/// What a content type says that is not the one of DNS.
pub(super) fn not_dns(kind: &str) -> Problem {
    Problem::Other(format!(
        "answers with {kind}, not {DNS_MESSAGE} (is this the URL of a DNS server?)"
    ))
}

/// The beginning of a text that a server wrote.
pub(super) fn short(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most).map(|(end, _)| end);
    end.map_or(text, |end| &text[..end])
}

/// What an HTTP status other than success says.
pub(super) fn refusal(status: u16) -> Problem {
    let why = match status {
        300..=399 => ": its URL is another one",
        401 | 403 => ": it may not be asked from here",
        404 => ": there is no DNS at this path",
        _ => "",
    };
    Problem::Other(format!("answers with HTTP status {status}{why}"))
}

async fn read(answer: Response<h2::RecvStream>) -> Result<Vec<u8>, Problem> {
    let mut body = answer.into_body();
    let mut bytes = Vec::new();
    while let Some(part) = body.data().await {
        let part = part.map_err(|error| http_problem(&error))?;
        bytes.extend_from_slice(&part);
        if bytes.len() > usize::from(u16::MAX) {
            return Err(Problem::Other("sent more than a DNS message can be".into()));
        }
        let _ = body.flow_control().release_capacity(part.len());
    }
    Ok(bytes)
}

fn http_problem(error: &h2::Error) -> Problem {
    if error.is_go_away() && error.is_remote() {
        return Problem::Closed;
    }
    match (error.get_io(), error.reason()) {
        (Some(error), _) => ended(error),
        (_, Some(reason)) => Problem::Other(format!("broke off the HTTP/2 exchange ({reason:?})")),
        (None, None) => Problem::Other("does not speak HTTP/2 as it should".into()),
    }
}
