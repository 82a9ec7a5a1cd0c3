//! DNS over QUIC (RFC 9250) and over HTTP/3 (RFC 8484 on RFC 9114), by hickory.

use hickory_resolver::net::NetError;
use hickory_resolver::net::h3::H3ClientStream;
use hickory_resolver::net::quic::QuicClientStream;
use quinn::{ConnectionError, TransportErrorCode};
use tokio_rustls::rustls::{AlertDescription, CertificateError};

use super::connection::{Shared, net_problem};
use super::exchange::{Problem, UNREADABLE, problem};
use super::https::{not_dns, refusal, short};
use super::metered;
use super::server::Endpoint;
use super::tls::{Trust, certificate_problem, reach};

pub(super) async fn over_quic(endpoint: &Endpoint, trust: &Trust) -> Result<Shared, Problem> {
    let config = trust.config()?;
    reach(endpoint, |address| {
        let builder = QuicClientStream::builder().crypto_config(config.clone());
        async move {
            let socket = metered::socket(address).map_err(|error| problem(&error))?;
            let stream = builder.build_with_future(socket, address, endpoint.name.as_str().into());
            let stream = stream
                .await
                .map_err(|error| unconnected(&error, endpoint))?;
            Ok(Shared::new(stream))
        }
    })
    .await
}

pub(super) async fn over_h3(
    endpoint: &Endpoint,
    path: &str,
    trust: &Trust,
) -> Result<Shared, Problem> {
    let config = trust.config()?;
    reach(endpoint, |address| {
        let builder = H3ClientStream::builder().crypto_config(config.clone());
        async move {
            let socket = metered::socket(address).map_err(|error| problem(&error))?;
            let name = endpoint.name.as_str().into();
            let stream = builder.build_with_future(socket, address, name, path.into());
            let stream = stream
                .await
                .map_err(|error| unconnected(&error, endpoint))?;
            Ok(Shared::new(stream))
        }
    })
    .await
}

/// Why there is no connection.
fn unconnected(error: &NetError, endpoint: &Endpoint) -> Problem {
    let NetError::Io(error) = error else {
        return match error {
            NetError::Proto(_) => Problem::Other("does not speak HTTP/3 as it should".into()),
            error => net_problem(error),
        };
    };
    let inner = error.get_ref();
    match inner.and_then(|inner| inner.downcast_ref::<ConnectionError>()) {
        // Hickory's own error of a handshake says the same.
        Some(ConnectionError::TransportError(error)) => match alert(error.code) {
            Some(alert) => certificate(alert, &error.reason, endpoint),
            None => Problem::Other("does not speak QUIC as it should".into()),
        },
        Some(ConnectionError::ConnectionClosed(close)) => {
            Problem::Other(match alert(close.error_code) {
                Some(AlertDescription::NoApplicationProtocol) => {
                    "speaks QUIC, but not this form of DNS".into()
                }
                Some(alert) => format!("refuses the TLS connection ({alert:?})"),
                None => "closed the QUIC connection at once".into(),
            })
        }
        Some(ConnectionError::VersionMismatch) => {
            Problem::Other("speaks no version of QUIC that is known here".into())
        }
        _ => net_problem(&NetError::Io(error.clone())),
    }
}

/// The alert of TLS in a QUIC error code (RFC 9001 §4.8).
fn alert(code: TransportErrorCode) -> Option<AlertDescription> {
    let code = u64::from(code);
    let alert = code.checked_sub(0x100)?;
    u8::try_from(alert).ok().map(AlertDescription::from)
}

/// Why the certificate was refused. QUIC keeps only the alert, and the error of TLS as text.
fn certificate(alert: AlertDescription, reason: &str, endpoint: &Endpoint) -> Problem {
    let known = match alert {
        AlertDescription::UnknownCA => CertificateError::UnknownIssuer,
        AlertDescription::DecryptError => CertificateError::BadSignature,
        AlertDescription::CertificateRevoked => CertificateError::Revoked,
        AlertDescription::CertificateExpired => {
            let why = "has a certificate that has expired or is not valid yet";
            return Problem::Other(why.into());
        }
        _ => {
            return Problem::Other(format!(
                "could not be asked over TLS ({})",
                short(reason, 200)
            ));
        }
    };
    Problem::Other(certificate_problem(&known, endpoint))
}

/// What an error on an open connection means, if it is one of QUIC or HTTP/3.
pub(super) fn broken(error: &NetError) -> Option<Problem> {
    Some(match error {
        NetError::QuinnConnection(_)
        | NetError::QuinnReadError(_)
        | NetError::QuinnWriteError(_)
        | NetError::H3(_) => Problem::Closed,
        NetError::QuicMessageIdNot0(_) => Problem::Other(UNREADABLE.into()),
        NetError::RequestTooLarge => Problem::Other("sent more than a DNS message can be".into()),
        NetError::Msg(text) => match http_status(text) {
            Some(status) => refusal(status),
            None if text.starts_with("ContentType unsupported") => not_dns("another content type"),
            None => Problem::Other(format!("gave no answer ({:?})", short(text, 60))),
        },
        _ => return None,
    })
}

/// The HTTP status that hickory tells in its text.
fn http_status(text: &str) -> Option<u16> {
    let status = text.strip_prefix("http unsuccessful code: ")?;
    status.get(..3)?.parse().ok()
}
