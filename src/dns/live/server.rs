//! DNS servers as people write them: an address, or a host after `tls://`, `https://`, `quic://` or
//! `h3://`.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use http::uri::PathAndQuery;
use tokio_rustls::rustls::pki_types::ServerName;

use super::exchange::Problem;
use super::wrong;
use crate::Error;
use crate::dns::Name;

/// A recursive DNS server, and the transport to use.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Server {
    /// UDP, and TCP for answers that are too long.
    Plain(SocketAddr),
    /// DNS over TLS (RFC 7858).
    Tls(Endpoint),
    /// DNS over HTTPS (RFC 8484).
    Https {
        /// The host to connect to.
        endpoint: Endpoint,
        /// Path and query of the URL, such as `/dns-query`.
        path: String,
    },
    /// DNS over QUIC (RFC 9250).
    #[cfg(feature = "dns-quic")]
    Quic(Endpoint),
    /// DNS over HTTP/3, as over HTTPS.
    #[cfg(feature = "dns-quic")]
    H3 {
        /// The host to connect to. Its name cannot be an IPv6 address.
        endpoint: Endpoint,
        /// Path and query of the URL, such as `/dns-query`.
        path: String,
    },
}

/// Where an encrypted DNS server is, and which name its certificate must have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// An IP address without brackets, or a host name, which the system resolves.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The host name or IP address that the certificate must be valid for.
    pub name: String,
}

impl Server {
    /// Reads `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:5353`, `tls://192.0.2.53`,
    /// `tls://192.0.2.53#dns.example`, `tls://dns.example:853` or `https://dns.example/dns-query`;
    /// with the feature `dns-quic` also `quic://dns.example` and `h3://dns.example/dns-query`.
    ///
    /// The default port is 53, 853 (TLS and QUIC) or 443. After `#` comes the name that the
    /// certificate must be valid for.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if `text` has none of these forms.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return plain(text).map(Self::Plain);
        };
        let (rest, name) = match rest.split_once('#') {
            Some((rest, name)) => (rest, Some(name)),
            None => (rest, None),
        };
        let alone = || match rest.strip_suffix('/').unwrap_or(rest) {
            rest if rest.contains(['/', '?']) => Err(wrong(format!(
                "{text:?} has a path, but DNS over TLS or QUIC takes none; write tls://dns.example, \
                 or https:// for DNS over HTTPS"
            ))),
            rest => Endpoint::parse(text, rest, name, 853),
        };
        let with_path = || {
            let split = rest.find(['/', '?']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(split);
            let endpoint = Endpoint::parse(text, authority, name, 443)?;
            Ok::<_, Error>((endpoint, url_path(text, path)?))
        };
        match scheme.to_ascii_lowercase().as_str() {
            "tls" => alone().map(Self::Tls),
            "https" => with_path().map(|(endpoint, path)| Self::Https { endpoint, path }),
            #[cfg(feature = "dns-quic")]
            "quic" => alone().map(Self::Quic),
            #[cfg(feature = "dns-quic")]
            "h3" => match with_path()? {
                (Endpoint { name, .. }, _) if name.contains(':') => Err(wrong(format!(
                    "{text:?}: over HTTP/3 the name of the server cannot be an IPv6 address; write \
                     its host name after #"
                ))),
                (endpoint, path) => Ok(Self::H3 { endpoint, path }),
            },
            #[cfg(not(feature = "dns-quic"))]
            "quic" | "h3" => Err(wrong(format!(
                "{text:?} needs the Cargo feature dns-quic, which this program was built without; \
                 write tls://dns.example or https://dns.example/dns-query"
            ))),
            "http" => Err(wrong(format!(
                "{text:?} would be asked unencrypted; DNS over HTTPS is https://"
            ))),
            other => Err(wrong(format!(
                "{text:?}: {other:?} is not known here; write 192.0.2.53, tls://dns.example or \
                 https://dns.example/dns-query"
            ))),
        }
    }
}

impl From<SocketAddr> for Server {
    fn from(address: SocketAddr) -> Self {
        Self::Plain(address)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(address) => address.fmt(f),
            Self::Tls(endpoint) => {
                write!(f, "tls://{}", endpoint.authority(853))?;
                endpoint.fragment(f)
            }
            Self::Https { endpoint, path } => {
                write!(f, "https://{}{path}", endpoint.authority(443))?;
                endpoint.fragment(f)
            }
            #[cfg(feature = "dns-quic")]
            Self::Quic(endpoint) => {
                write!(f, "quic://{}", endpoint.authority(853))?;
                endpoint.fragment(f)
            }
            #[cfg(feature = "dns-quic")]
            Self::H3 { endpoint, path } => {
                write!(f, "h3://{}{path}", endpoint.authority(443))?;
                endpoint.fragment(f)
            }
        }
    }
}

impl Endpoint {
    fn parse(
        text: &str,
        authority: &str,
        name: Option<&str>,
        default_port: u16,
    ) -> Result<Self, Error> {
        if authority.contains('@') {
            return Err(wrong(format!(
                "{text:?} has a user name; DNS servers are asked without one"
            )));
        }
        let (host, port) = split_port(authority);
        let port = match port {
            None => default_port,
            Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or_else(|| {
                wrong(format!(
                    "{text:?}: {port:?} is not a port; one is 1 to 65535"
                ))
            })?,
        };
        let host = host_name(text, host)?;
        let name = match name {
            Some(name) => host_name(text, name)?,
            None => host.clone(),
        };
        Ok(Self { host, port, name })
    }

    /// `host` or `host:port`, as in a URL.
    pub(super) fn authority(&self, default_port: u16) -> String {
        let host = bracketed(&self.host);
        match self.port {
            port if port == default_port => host,
            port => format!("{host}:{port}"),
        }
    }

    /// The name that the certificate must be valid for, in the form of TLS.
    pub(super) fn server_name(&self) -> Result<ServerName<'static>, Problem> {
        ServerName::try_from(self.name.clone())
            .map_err(|_| Problem::Other("has a name that no certificate can be for".into()))
    }

    fn fragment(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name == self.host {
            true => Ok(()),
            false => write!(f, "#{}", self.name),
        }
    }
}

/// An IPv6 address in brackets, as in a URL; anything else unchanged.
fn bracketed(host: &str) -> String {
    match host.contains(':') {
        true => format!("[{host}]"),
        false => host.into(),
    }
}

fn plain(text: &str) -> Result<SocketAddr, Error> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let address = match (text.parse(), bare.parse::<IpAddr>()) {
        (Ok(address), _) => address,
        (_, Ok(ip)) => SocketAddr::new(ip, 53),
        _ => {
            return Err(wrong(format!(
                "{text:?} is not the IP address of a DNS server; write 192.0.2.53, \
                 192.0.2.53:5353, 2001:db8::53, [2001:db8::53]:5353, tls://dns.example or \
                 https://dns.example/dns-query"
            )));
        }
    };
    if address.port() == 0 {
        return Err(wrong(format!("{text:?} has port 0; DNS uses port 53")));
    }
    Ok(address)
}

/// Splits host and port. An IPv6 address without brackets has no port.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    if let Some(rest) = authority.strip_prefix('[')
        && let Some((host, rest)) = rest.split_once(']')
    {
        return match rest {
            "" => (host, None),
            _ => (host, Some(rest.strip_prefix(':').unwrap_or(rest))),
        };
    }
    match authority.split_once(':') {
        Some((_, port)) if port.contains(':') => (authority, None),
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    }
}

fn host_name(text: &str, host: &str) -> Result<String, Error> {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok(ip.to_string());
    }
    let name = Name::parse(host).ok();
    let name = name.filter(|name| ServerName::try_from(name.as_str()).is_ok());
    name.map(|name| name.as_str().to_owned()).ok_or_else(|| {
        wrong(format!(
            "{text:?}: {host:?} is neither a host name nor an IP address"
        ))
    })
}

/// The path of the URL, without the `{?dns}` of a URI template (RFC 8484 §3).
fn url_path(text: &str, path: &str) -> Result<String, Error> {
    let path = match path.strip_suffix("{?dns}").unwrap_or(path) {
        "" => "/dns-query",
        path => path,
    };
    match path.parse::<PathAndQuery>() {
        Ok(_) if path.starts_with('/') => Ok(path.into()),
        _ => Err(wrong(format!(
            "{text:?}: {path:?} is not the path of a URL; write https://dns.example/dns-query"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        Server::parse(text).unwrap().to_string()
    }

    fn refused(text: &str) -> String {
        Server::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_plain_server_is_named_by_address_with_or_without_a_port() {
        for (text, address) in [
            ("1.2.3.4", "1.2.3.4:53"),
            ("1.2.3.4:5353", "1.2.3.4:5353"),
            ("::1", "[::1]:53"),
            ("[::1]", "[::1]:53"),
            ("[::1]:5353", "[::1]:5353"),
            ("2001:db8::53", "[2001:db8::53]:53"),
        ] {
            assert_eq!(read(text), address);
        }
    }

    #[test]
    fn an_encrypted_server_is_named_by_url() {
        for (text, server) in [
            ("tls://1.1.1.1", "tls://1.1.1.1"),
            ("TLS://1.1.1.1:853", "tls://1.1.1.1"),
            (
                "tls://1.1.1.1#Cloudflare-DNS.com",
                "tls://1.1.1.1#cloudflare-dns.com",
            ),
            ("tls://dns.example:8853/", "tls://dns.example:8853"),
            ("tls://dns.example.", "tls://dns.example"),
            ("tls://2001:db8::53", "tls://[2001:db8::53]"),
            ("tls://[2001:db8::53]:8853", "tls://[2001:db8::53]:8853"),
            ("tls://b\u{fc}cher.example", "tls://xn--bcher-kva.example"),
            ("https://1.1.1.1/dns-query", "https://1.1.1.1/dns-query"),
            ("https://dns.example", "https://dns.example/dns-query"),
            ("https://dns.example/", "https://dns.example/"),
            (
                "https://dns.example:8443/q?x=1",
                "https://dns.example:8443/q?x=1",
            ),
            (
                "https://dns.example/dns-query{?dns}",
                "https://dns.example/dns-query",
            ),
            (
                "https://192.0.2.1/q#dns.example",
                "https://192.0.2.1/q#dns.example",
            ),
        ] {
            assert_eq!(read(text), server, "{text}");
            assert_eq!(read(server), server);
        }
    }

    #[test]
    fn the_name_after_the_hash_is_what_the_certificate_must_be_for() {
        let endpoint = Endpoint {
            host: "192.0.2.53".into(),
            port: 853,
            name: "dns.example".into(),
        };
        let server = Server::parse("tls://192.0.2.53#dns.example").unwrap();
        assert_eq!(server, Server::Tls(endpoint));
    }

    #[test]
    fn what_is_no_server_is_refused_with_what_to_write_instead() {
        for text in [
            "",
            "dns.example",
            "1.2.3",
            "1.2.3.4:",
            "1.2.3.4:70000",
            "1.2.3.4:dns",
            "[::1",
            "::1]:53",
        ] {
            let error = refused(text);
            assert!(error.contains("write 192.0.2.53"), "{error}");
        }
        for (text, part) in [
            ("1.2.3.4:0", "port 0"),
            ("tls://dns.example:0", "not a port"),
            ("tls://dns.example:dot", "not a port"),
            ("tls://[::1]x", "not a port"),
            ("tls://", "neither a host name"),
            ("tls://1.2.3", "neither a host name"),
            ("tls://dns example", "neither a host name"),
            ("tls://1.1.1.1#", "neither a host name"),
            ("tls://dns.example/dns-query", "takes none"),
            ("https://me@dns.example/", "user name"),
            ("https://dns.example/a b", "path of a URL"),
            ("http://dns.example/", "unencrypted"),
            ("dns://dns.example", "not known here"),
        ] {
            let error = refused(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[cfg(not(feature = "dns-quic"))]
    #[test]
    fn quic_is_refused_with_the_feature_that_is_missing() {
        for text in ["quic://dns.example", "h3://dns.example/dns-query"] {
            let error = refused(text);
            assert!(error.contains("the Cargo feature dns-quic"), "{error}");
        }
    }
}
