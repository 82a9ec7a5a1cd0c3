//! HTTP for `object_store`, on hyper's client. The client that the crate brings along does more, and
//! takes twice the time for it.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderValue;
use http::header::USER_AGENT;
use http::uri::Scheme;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::client::{
    ClientConfigKey, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest,
    HttpRequestBody, HttpResponse, HttpResponseBody, HttpService,
};
use object_store::{ClientOptions, Result};
use tokio::time::{Instant, Sleep, timeout_at};
use tokio_rustls::rustls::{CertificateError, Error as TlsError};

use super::bounds::{BUFFER, REQUEST};
use super::route::{NoRoute, Routes, Timed};

/// What servers are told of this program.
const AGENT: HeaderValue = HeaderValue::from_static(concat!("sesauth/", env!("CARGO_PKG_VERSION")));

/// Makes clients.
#[derive(Debug)]
pub struct Web(pub Routes);

impl HttpConnector for Web {
    fn connect(&self, options: &ClientOptions) -> Result<HttpClient> {
        let is_plain = options.get_config_value(&ClientConfigKey::AllowHttp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(BUFFER)
            .build(self.0.connector());
        Ok(HttpClient::new(Asking {
            client,
            may_be_plain: is_plain.as_deref() == Some("true"),
        }))
    }
}

/// A client.
#[derive(Debug)]
struct Asking {
    client: Client<Timed, HttpRequestBody>,
    /// Whether requests may go without TLS.
    may_be_plain: bool,
}

#[async_trait]
impl HttpService for Asking {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if !self.may_be_plain && request.uri().scheme() != Some(&Scheme::HTTPS) {
            let why = "requests go over TLS, and the address does not begin with https://";
            return Err(HttpError::new_boxed(HttpErrorKind::Unknown, why.into()));
        }
        request.headers_mut().insert(USER_AGENT, AGENT);
        let end = Instant::now() + REQUEST;
        let answer = timeout_at(end, self.client.request(request)).await;
        let answer = answer.map_err(|over| HttpError::new(HttpErrorKind::Timeout, over))?;
        let (parts, body) = answer.map_err(failed)?.into_parts();
        let body = Answer {
            body,
            end: Box::pin(tokio::time::sleep_until(end)),
        };
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body)))
    }
}

/// The octets of an answer, which must all be there at some time.
struct Answer {
    body: Incoming,
    end: Pin<Box<Sleep>>,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            let frame =
                frame.map(|frame| frame.map_err(|error| broken(error, HttpErrorKind::Interrupted)));
            return Poll::Ready(frame);
        }
        self.end.as_mut().poll(context).map(|()| {
            let why = "the answer was not there in time";
            Some(Err(HttpError::new_boxed(
                HttpErrorKind::Timeout,
                why.into(),
            )))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What became of a request that has no answer. Its kind says whether it is tried again.
fn failed(error: legacy::Error) -> HttpError {
    if !error.is_connect() {
        return broken(error, HttpErrorKind::Unknown);
    }
    let why = causes(&error).find_map(lasting);
    match why {
        Some(why) => HttpError::new_boxed(HttpErrorKind::Unknown, why.into()),
        None => HttpError::new(HttpErrorKind::Connect, error),
    }
}

/// A connection that broke, of the kind that its causes tell.
fn broken(error: impl Error + Send + Sync + 'static, otherwise: HttpErrorKind) -> HttpError {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut, UnexpectedEof};
    let kind = causes(&error).find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<hyper::Error>() {
            let is_gone =
                error.is_closed() || error.is_incomplete_message() || error.is_body_write_aborted();
            return is_gone.then_some(HttpErrorKind::Request);
        }
        match cause.downcast_ref::<io::Error>()?.kind() {
            TimedOut => Some(HttpErrorKind::Timeout),
            ConnectionAborted | ConnectionReset | BrokenPipe | UnexpectedEof => {
                Some(HttpErrorKind::Interrupted)
            }
            _ => None,
        }
    });
    HttpError::new(kind.unwrap_or(otherwise), error)
}

/// Why no other attempt will do better, in words.
fn lasting(cause: &(dyn Error + 'static)) -> Option<String> {
    if let Some(none) = cause.downcast_ref::<NoRoute>() {
        return Some(none.to_string());
    }
    match cause.downcast_ref()? {
        TlsError::InvalidCertificate(CertificateError::UnknownIssuer) => Some(
            "its certificate is from an authority that is not trusted; trust a private one with \
             SSL_CERT_FILE"
                .into(),
        ),
        TlsError::InvalidCertificate(why) => Some(format!("its certificate is no good: {why}")),
        TlsError::InvalidMessage(_) => Some("it does not speak TLS on this port".into()),
        _ => None,
    }
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        // An error of the system does not count the one in it among its causes.
        let inner = error.downcast_ref().and_then(io::Error::get_ref);
        match inner {
            Some(inner) => Some(inner),
            None => Error::source(*error),
        }
    })
}
