//! mail-auth with a name server that answers from a source of ours.

use std::sync::{Arc, Mutex};

use mail_auth::MessageAuthenticator;
use mail_auth::hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts,
};
use sesauth::dns::Dns;

use crate::name_server::{Asked, NameServer};
use crate::recorded_server::answer;

/// mail-auth and what it can ask.
pub struct Theirs<D> {
    pub runtime: tokio::runtime::Runtime,
    pub authenticator: MessageAuthenticator,
    _server: NameServer,
    dns: Arc<Mutex<D>>,
}

impl<D: Dns + Default + Send + 'static> Theirs<D> {
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let dns = Arc::<Mutex<D>>::default();
        let script = {
            let dns = Arc::clone(&dns);
            move |asked: &Asked| answer(&*dns.lock().unwrap(), asked)
        };
        let server = runtime.block_on(NameServer::start(script));
        let authenticator = authenticator(&server);
        Self {
            runtime,
            authenticator,
            _server: server,
            dns,
        }
    }

    /// From now on the name server answers from `dns`.
    pub fn publish(&self, dns: D) {
        *self.dns.lock().unwrap() = dns;
    }
}

fn authenticator(server: &NameServer) -> MessageAuthenticator {
    let address = server.address;
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    for connection in &mut server.connections {
        *connection = ConnectionConfig::new(connection.protocol.clone());
        connection.port = address.port();
    }
    let mut options = ResolverOpts::default();
    options.cache_size = 0;
    options.attempts = 0;
    let config = ResolverConfig::from_name_servers(vec![server]);
    MessageAuthenticator::new(config, options).unwrap()
}
