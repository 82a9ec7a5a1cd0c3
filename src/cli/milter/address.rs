//! Where a milter listens, as mail servers write it: `inet:8891@127.0.0.1`, `unix:/run/sesauth.sock`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// An address of TCP, or the path of a Unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    Inet(SocketAddr),
    Unix(PathBuf),
}

impl Address {
    /// Reads an address.
    pub fn parse(text: &str) -> Result<Self, String> {
        let example =
            || "not an address such as inet:8891@127.0.0.1 or unix:/run/sesauth.sock".into();
        let (kind, rest) = text.split_once(':').ok_or_else(example)?;
        let default = match kind {
            "inet" => IpAddr::V4(Ipv4Addr::LOCALHOST),
            "inet6" => IpAddr::V6(Ipv6Addr::LOCALHOST),
            "unix" | "local" if rest.starts_with('/') => return Ok(Self::Unix(rest.into())),
            "unix" | "local" => return Err("the path of a socket begins with /".into()),
            _ => return Err(example()),
        };
        let (port, host) = match rest.split_once('@') {
            Some((port, host)) => (port, Some(host.trim_matches(['[', ']']))),
            None => (rest, None),
        };
        let port = port.parse().map_err(|_| format!("{port}: not a port"))?;
        let host = match host {
            None => default,
            Some("localhost") => default,
            Some(host) => host
                .parse()
                .map_err(|_| format!("{host}: not an IP address"))?,
        };
        Ok(Self::Inet(SocketAddr::new(host, port)))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => {
                let kind = if address.is_ipv4() { "inet" } else { "inet6" };
                write!(f, "{kind}:{}@{}", address.port(), address.ip())
            }
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_mail_servers_write_them() {
        let read = |text: &str| Address::parse(text).map(|address| address.to_string());
        let same = |text: &str| assert_eq!(read(text).as_deref(), Ok(text));
        same("inet:8891@127.0.0.1");
        same("inet6:8891@::1");
        same("unix:/run/sesauth.sock");
        assert_eq!(read("inet:8891").as_deref(), Ok("inet:8891@127.0.0.1"));
        assert_eq!(
            read("inet:8891@localhost").as_deref(),
            Ok("inet:8891@127.0.0.1")
        );
        assert_eq!(read("inet6:8891@[::1]").as_deref(), Ok("inet6:8891@::1"));
        assert_eq!(read("local:/run/a").as_deref(), Ok("unix:/run/a"));
        for wrong in [
            "8891",
            "inet:",
            "inet:70000",
            "inet:1@mx.example.org",
            "unix:a",
            "tcp:1",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
