//! TLS to a DNS server: which certificates are trusted, and why one is not.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, Error as TlsError, RootCertStore,
};

use super::exchange::{Problem, problem};
use super::server::Endpoint;
use super::wrong;
use crate::Error;

/// The certificate authorities that are trusted: Mozilla's list at build time, and those added.
/// Nothing is loaded until a server needs it.
#[derive(Debug, Default)]
pub(super) struct Trust {
    added: Vec<CertificateDer<'static>>,
    config: OnceLock<Option<ClientConfig>>,
}

impl Trust {
    /// Trusts the certificates in `pem` as well.
    pub(super) fn add(&mut self, pem: &[u8]) -> Result<(), Error> {
        let mut roots = RootCertStore::empty();
        let before = self.added.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate
                .map_err(|error| wrong(format!("the certificates cannot be read ({error})")))?;
            roots.add(certificate.clone()).map_err(|_| {
                wrong("one of the certificates cannot be that of an authority".into())
            })?;
            self.added.push(certificate);
        }
        self.config = OnceLock::new();
        match self.added.len() > before {
            true => Ok(()),
            false => Err(wrong(
                "there is no certificate in PEM form (-----BEGIN CERTIFICATE-----)".into(),
            )),
        }
    }

    /// How to speak TLS.
    pub(super) fn config(&self) -> Result<ClientConfig, Problem> {
        self.config
            .get_or_init(|| config(&self.added))
            .clone()
            .ok_or_else(|| Problem::Other("cannot be asked: TLS is not available".into()))
    }

    /// Connects to `endpoint` over TLS, for the protocol `alpn`.
    pub(super) async fn connect(
        &self,
        endpoint: &Endpoint,
        alpn: &[u8],
    ) -> Result<TlsStream<TcpStream>, Problem> {
        let mut config = self.config()?;
        config.alpn_protocols = vec![alpn.to_vec()];
        let (name, config) = (endpoint.server_name()?, Arc::new(config));
        let stream = reach(endpoint, tcp).await?;
        TlsConnector::from(config)
            .connect(name, stream)
            .await
            .map_err(|error| handshake_problem(&error, endpoint))
    }
}

fn config(added: &[CertificateDer<'static>]) -> Option<ClientConfig> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    roots.add_parsable_certificates(added.iter().cloned());
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().ok()?;
    Some(builder.with_root_certificates(roots).with_no_client_auth())
}

/// What `connect` makes of the first address of the host that can be reached.
pub(super) async fn reach<T, F: Future<Output = Result<T, Problem>>>(
    endpoint: &Endpoint,
    connect: impl Fn(SocketAddr) -> F,
) -> Result<T, Problem> {
    let mut last = Problem::Other("has no address".into());
    for address in addresses(endpoint).await? {
        match connect(address).await {
            Err(problem @ Problem::Unreachable(_)) => last = problem,
            reached => return reached,
        }
    }
    Err(last)
}

async fn addresses(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, Problem> {
    if let Ok(ip) = endpoint.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, endpoint.port)]);
    }
    let found = lookup_host((endpoint.host.as_str(), endpoint.port)).await;
    found.map(Iterator::collect).map_err(|_| {
        Problem::Other(
            "has no address that the system knows; give its address instead of its name, and the \
             name after #"
                .into(),
        )
    })
}

/// A TCP connection that sends small messages without delay.
async fn tcp(address: SocketAddr) -> Result<TcpStream, Problem> {
    let stream = TcpStream::connect(address).await.map_err(|e| problem(&e))?;
    stream.set_nodelay(true).map_err(|e| problem(&e))?;
    Ok(stream)
}

pub(super) fn handshake_problem(error: &io::Error, endpoint: &Endpoint) -> Problem {
    let inner = error.get_ref();
    let Some(tls) = inner.and_then(|inner| inner.downcast_ref::<TlsError>()) else {
        return match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => Problem::Other(
                "closed the connection instead of speaking TLS (is this the right port?)".into(),
            ),
            _ => problem(error),
        };
    };
    Problem::Other(match tls {
        TlsError::InvalidCertificate(error) => certificate_problem(error, endpoint),
        TlsError::InvalidMessage(_) => "does not speak TLS on this port".into(),
        TlsError::AlertReceived(AlertDescription::NoApplicationProtocol) => {
            "does not speak HTTP/2".into()
        }
        TlsError::AlertReceived(alert) => format!("refuses the TLS connection ({alert:?})"),
        TlsError::PeerIncompatible(_) => "speaks no TLS that is safe, 1.2 or 1.3".into(),
        other => format!("could not be asked over TLS ({other})"),
    })
}

pub(super) fn certificate_problem(error: &CertificateError, endpoint: &Endpoint) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "has a certificate that has expired; its operator must renew it".into()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "has a certificate that is not valid yet (is the clock of this machine right?)".into()
        }
        CertificateError::NotValidForName => {
            format!("has a certificate that is not for {}", endpoint.name)
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            let others: Vec<&str> = presented.iter().take(3).map(|name| bare(name)).collect();
            let others = match others.as_slice() {
                [] => "names nobody".into(),
                others => format!("is for {}", others.join(", ")),
            };
            format!(
                "has a certificate that is not for {} but {others}; a name to expect is given \
                 after #",
                endpoint.name
            )
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "has a certificate from an authority that is not trusted; trust a private one with \
             --resolver-ca"
                .into()
        }
        CertificateError::Revoked => "has a certificate that has been revoked".into(),
        _ => "has a certificate that cannot be accepted".into(),
    }
}

/// Extracts the name from `DnsName("dns.example")`.
fn bare(presented: &str) -> &str {
    let inner = presented
        .split_once('(')
        .map_or(presented, |(_, inner)| inner);
    inner.trim_end_matches(')').trim_matches('"')
}
