//! A name server on loopback that says what a script tells it to, over UDP and TCP, TLS, HTTPS,
//! QUIC or HTTP/3.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::net::xfer::Protocol;
use hickory_server::proto::op::{Header, HeaderCounts, Metadata, ResponseCode};
use hickory_server::proto::rr::rdata::opt::EdnsOption;
use hickory_server::proto::rr::rdata::{CNAME, SOA};
use hickory_server::proto::rr::{Name, RData, Record, RecordType};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::rustls::ServerConfig;

pub const LONG: Duration = Duration::from_secs(60);

/// A question as it reached the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The raw labels with dots between them, in lower case.
    pub name: String,
    /// The same as it was sent.
    pub sent: String,
    pub kind: RecordType,
    pub over: Protocol,
    /// Whether there was an OPT record.
    pub edns: bool,
    /// Whether the AD bit was set.
    pub authentic: bool,
    /// Where it came from.
    pub from: SocketAddr,
}

/// What the server does about a question.
pub enum Act {
    Answer {
        code: ResponseCode,
        answers: Vec<Record>,
        authorities: Vec<Record>,
    },
    /// The same with the AD bit.
    Validated(Box<Act>),
    /// The same with extended errors (RFC 8914).
    Explained(Vec<(u16, &'static str)>, Box<Act>),
    /// The same after a while.
    Late(Duration, Box<Act>),
    Silence,
}

impl Act {
    pub fn records(answers: Vec<Record>) -> Self {
        Self::negative(ResponseCode::NoError, answers, Vec::new())
    }

    pub fn code(code: ResponseCode) -> Self {
        Self::negative(code, Vec::new(), Vec::new())
    }

    pub fn negative(code: ResponseCode, answers: Vec<Record>, authorities: Vec<Record>) -> Self {
        Self::Answer {
            code,
            answers,
            authorities,
        }
    }
}

/// A running server; it ends when dropped.
pub struct NameServer {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    pub server: Server<Script>,
}

impl NameServer {
    /// Starts a server on a free port, over UDP and TCP.
    pub async fn start(script: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), script)
            .await
            .unwrap()
    }

    /// The same at another address of this machine, where it has that one.
    pub async fn start_at(
        ip: IpAddr,
        script: impl Fn(&Asked) -> Act + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (tcp, udp) = loop {
            let tcp = TcpListener::bind((ip, 0)).await?;
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr()?).await {
                break (tcp, udp);
            }
        };
        let mut name_server = Self::new(script, tcp.local_addr()?);
        name_server.server.register_socket(udp);
        name_server.server.register_listener(tcp, LONG, 32);
        Ok(name_server)
    }

    /// Starts a server on a free port, over TLS.
    pub async fn start_tls(
        config: Arc<ServerConfig>,
        script: impl Fn(&Asked) -> Act + Send + Sync + 'static,
    ) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut name_server = Self::new(script, tcp.local_addr().unwrap());
        let server = &mut name_server.server;
        let registered = server.register_tls_listener_with_tls_config(tcp, LONG, config);
        registered.unwrap();
        name_server
    }

    /// Starts a server on a free port, over HTTPS at `/dns-query`.
    pub async fn start_https(
        config: Arc<ServerConfig>,
        script: impl Fn(&Asked) -> Act + Send + Sync + 'static,
    ) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut name_server = Self::new(script, tcp.local_addr().unwrap());
        let server = &mut name_server.server;
        let path = "/dns-query".into();
        let registered =
            server.register_https_listener_with_tls_config(tcp, LONG, config, None, path);
        registered.unwrap();
        name_server
    }

    pub fn new(
        script: impl Fn(&Asked) -> Act + Send + Sync + 'static,
        address: SocketAddr,
    ) -> Self {
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let server = Server::new(Script {
            act: Box::new(script),
            asked: Arc::clone(&asked),
        });
        Self {
            address,
            asked,
            server,
        }
    }

    /// All questions so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

pub struct Script {
    act: Box<dyn Fn(&Asked) -> Act + Send + Sync>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

// The trait is written with async-trait, whose expansion this is.
impl RequestHandler for Script {
    fn handle_request<'s, 'r, 'f, R, T>(
        &'s self,
        request: &'r Request,
        mut out: R,
    ) -> Pin<Box<dyn Future<Output = ResponseInfo> + Send + 'f>>
    where
        R: ResponseHandler + 'f,
        T: Time + 'f,
        's: 'f,
        'r: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let info = request.request_info().unwrap();
            let query = info.query.original();
            let labels = query.name().iter().map(String::from_utf8_lossy);
            let sent = labels.collect::<Vec<_>>().join(".");
            let asked = Asked {
                name: sent.to_ascii_lowercase(),
                sent,
                kind: query.query_type(),
                over: info.protocol,
                edns: request.edns.is_some(),
                authentic: info.metadata.authentic_data,
                from: request.src(),
            };
            self.asked.lock().unwrap().push(asked.clone());
            let mut metadata = Metadata::response_from_request(info.metadata);
            metadata.recursion_available = true;
            let mut act = (self.act)(&asked);
            if let Act::Late(time, inner) = act {
                tokio::time::sleep(time).await;
                act = *inner;
            }
            metadata.authentic_data = false;
            if let Act::Validated(inner) = act {
                metadata.authentic_data = true;
                act = *inner;
            }
            let mut edns = request.edns.clone();
            if let Act::Explained(errors, inner) = act {
                let edns = edns.get_or_insert_default();
                for (code, text) in errors {
                    let data = [&code.to_be_bytes(), text.as_bytes()].concat();
                    edns.options_mut().insert(EdnsOption::Unknown(15, data));
                }
                act = *inner;
            }
            if let Act::Answer {
                code,
                answers,
                authorities,
            } = act
            {
                metadata.response_code = code;
                let builder = MessageResponseBuilder::new(&request.queries, edns.as_ref());
                let response = builder.build(metadata, &answers, &authorities, [], []);
                out.send_response(response).await.unwrap();
            }
            ResponseInfo::from(Header {
                metadata,
                counts: HeaderCounts::default(),
            })
        })
    }
}

pub fn record(name: &str, ttl: u32, data: RData) -> Record {
    Record::from_rdata(wire(name), ttl, data)
}

pub fn alias(name: &str, ttl: u32, target: &str) -> Record {
    record(name, ttl, RData::CNAME(CNAME(wire(target))))
}

/// The SOA of `zone`, whose own time to live and whose MINIMUM are given.
pub fn soa(zone: &str, ttl: u32, minimum: u32) -> Record {
    let (host, mail) = (wire("ns.example"), wire("hostmaster.example"));
    let soa = SOA::new(host, mail, 1, 7200, 900, 86400, minimum);
    record(zone, ttl, RData::SOA(soa))
}

pub fn wire(name: &str) -> Name {
    match name {
        "." => Name::root(),
        name => Name::from_labels(name.split('.').map(str::as_bytes)).unwrap(),
    }
}
