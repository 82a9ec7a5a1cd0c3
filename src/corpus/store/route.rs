//! The way to a server: its addresses in turn, a proxy where the environment names one, TLS.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::vec;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, TryFutureExt as _};
use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tower_service::Service;

use super::bounds::CONNECT;
use super::options::StoreOptions;

/// Whom to trust, and the proxy.
#[derive(Clone, Debug)]
pub struct Routes {
    tls: ClientConfig,
    proxies: Arc<Matcher>,
}

impl Routes {
    /// Routes with the authorities of the system and of the web, and the proxy that the variables
    /// name.
    ///
    /// # Errors
    ///
    /// If there is no TLS.
    pub fn new(options: &StoreOptions) -> Result<Self, String> {
        let mut roots = RootCertStore {
            // Beside those of the system: a container may have none.
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = builder
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS is not available: {error}"))?;
        // Either case is in use. Of both, tools take the one in small letters first.
        let variable = |small: &str| {
            let large = options.variable(&small.to_ascii_uppercase());
            options.variable(small).or(large).unwrap_or_default()
        };
        let matcher = Matcher::builder()
            .all(variable("all_proxy").to_owned())
            .https(variable("https_proxy").to_owned())
            .no(variable("no_proxy").to_owned());
        Ok(Self {
            tls: builder.with_root_certificates(roots).with_no_client_auth(),
            proxies: Arc::new(matcher.build()),
        })
    }

    /// What connects to servers.
    pub fn connector(&self) -> Timed {
        let mut direct = HttpConnector::new_with_resolver(Addresses::default());
        direct.set_nodelay(true);
        // TLS comes above it.
        direct.enforce_http(false);
        let route = Route {
            direct,
            proxies: Arc::clone(&self.proxies),
        };
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(self.tls.clone())
            .https_or_http()
            .enable_http1();
        Timed(connector.wrap_connector(route))
    }
}

/// Connects in time, from the name to the end of the handshake.
#[derive(Clone)]
pub struct Timed(HttpsConnector<Route>);

impl Service<Uri> for Timed {
    type Response = <HttpsConnector<Route> as Service<Uri>>::Response;
    type Error = Failure;
    type Future = BoxFuture<'static, Result<Self::Response, Failure>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connected = tokio::time::timeout(CONNECT, self.0.call(to));
        let late = |_| format!("no connection within {} seconds", CONNECT.as_secs());
        async move { connected.await.map_err(late)? }.boxed()
    }
}

/// Connects directly, or through a proxy.
#[derive(Clone)]
pub struct Route {
    direct: HttpConnector<Addresses>,
    proxies: Arc<Matcher>,
}

type Failure = Box<dyn Error + Send + Sync>;

/// Why the proxy does not lead there, now and later.
#[derive(Debug)]
pub struct NoRoute(String);

impl fmt::Display for NoRoute {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Error for NoRoute {}

/// What became of a way through a proxy.
fn not_through(proxy: &Uri, error: &(dyn Error + 'static)) -> Failure {
    // What stands before the host may be a password.
    let host = proxy.host().unwrap_or_default();
    let why = innermost(error);
    let text = format!("the proxy {host} does not connect: {why}");
    let is_refused = ["authorization required", "unsuccessful"];
    match is_refused.iter().any(|end| why.ends_with(end)) {
        true => NoRoute(text).into(),
        false => text.into(),
    }
}

impl Service<Uri> for Route {
    type Response = TokioIo<TcpStream>;
    type Error = Failure;
    type Future = BoxFuture<'static, Result<Self::Response, Failure>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.direct.poll_ready(context).map_err(Failure::from)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        // What is not encrypted goes to this machine or its network, and through no proxy.
        let is_encrypted = to.scheme() == Some(&Scheme::HTTPS);
        let proxy = self.proxies.intercept(&to).filter(|_| is_encrypted);
        let Some(proxy) = proxy else {
            return self.direct.call(to).map_err(Failure::from).boxed();
        };
        if proxy.uri().scheme() != Some(&Scheme::HTTP) {
            let why = "the proxy that the environment names does not begin with http://, and \
                       others are not used here: set HTTPS_PROXY to http://HOST:PORT, or NO_PROXY \
                       to the name of the store";
            return std::future::ready(Err(NoRoute(why.into()).into())).boxed();
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.direct.clone());
        if let Some(password) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(password.clone());
        }
        let connected = tunnel.call(to);
        async move {
            connected
                .await
                .map_err(|error| not_through(proxy.uri(), &error))
        }
        .boxed()
    }
}

/// The cause of all causes: it names no URL.
pub fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

/// The addresses of a name, each connection beginning with another of them: a store has many.
#[derive(Clone)]
struct Addresses {
    system: GaiResolver,
    asked: Arc<AtomicUsize>,
}

impl Default for Addresses {
    fn default() -> Self {
        Self {
            system: GaiResolver::new(),
            asked: Arc::default(),
        }
    }
}

impl Service<Name> for Addresses {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = std::io::Error;
    type Future = BoxFuture<'static, Result<Self::Response, std::io::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), std::io::Error>> {
        self.system.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let turn = self.asked.fetch_add(1, Ordering::Relaxed);
        let found = self.system.call(name);
        async move { Ok(in_turn(found.await?.collect(), turn).into_iter()) }.boxed()
    }
}

/// The addresses of the family that the system puts first, from another one on, and then the others.
fn in_turn(addresses: Vec<SocketAddr>, turn: usize) -> Vec<SocketAddr> {
    let is_v4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (mut first, rest): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv4() == is_v4);
    let start = turn.checked_rem(first.len()).unwrap_or(0);
    first.rotate_left(start);
    first.extend(rest);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_begins_with_another_address_of_the_first_family() {
        let addresses = |text: &str| -> Vec<SocketAddr> {
            text.split(' ').map(|one| one.parse().unwrap()).collect()
        };
        let found = addresses("192.0.2.1:443 192.0.2.2:443 [2001:db8::1]:443");
        let turned = addresses("192.0.2.2:443 192.0.2.1:443 [2001:db8::1]:443");
        assert_eq!(in_turn(found.clone(), 0), found);
        assert_eq!(in_turn(found.clone(), 1), turned);
        assert_eq!(in_turn(found.clone(), 2), found);
        assert_eq!(in_turn(Vec::new(), 3), Vec::new());
    }
}
