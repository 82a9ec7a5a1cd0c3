//! A name server over QUIC and HTTP/3.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::UdpSocket;
use tokio_rustls::rustls::ServerConfig;

use crate::name_server::{Act, Asked, LONG, NameServer};

impl NameServer {
    /// Starts a server on a free port, over QUIC.
    pub async fn start_quic(
        config: Arc<ServerConfig>,
        script: impl Fn(&Asked) -> Act + Send + Sync + 'static,
    ) -> Self {
        let address = (Ipv4Addr::LOCALHOST, 0).into();
        Self::start_quic_at(address, config, script).await
    }

    /// The same at this address.
    pub async fn start_quic_at(
        address: SocketAddr,
        config: Arc<ServerConfig>,
        script: impl Fn(&Asked) -> Act + Send + Sync + 'static,
    ) -> Self {
        let udp = UdpSocket::bind(address).await.unwrap();
        let mut name_server = Self::new(script, udp.local_addr().unwrap());
        let server = &mut name_server.server;
        let registered = server.register_quic_listener_and_tls_config(udp, LONG, config);
        registered.unwrap();
        name_server
    }

    /// Starts a server on a free port, over HTTP/3 at `/dns-query`.
    pub async fn start_h3(
        config: Arc<ServerConfig>,
        script: impl Fn(&Asked) -> Act + Send + Sync + 'static,
    ) -> Self {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut name_server = Self::new(script, udp.local_addr().unwrap());
        let server = &mut name_server.server;
        let registered = server.register_h3_listener_with_tls_config(udp, LONG, config, None);
        registered.unwrap();
        name_server
    }
}
