//! The live resolver against real servers on loopback.

mod aliases;
#[path = "../support/authority.rs"]
mod authority;
mod connections;
mod doubt;
mod encrypted;
mod explained;
mod hostile;
mod letter_case;
#[path = "../support/name_server.rs"]
mod name_server;
mod patience;
mod records;
mod servers;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use futures_util::future::join_all;
use hickory_server::net::xfer::Protocol;
use hickory_server::proto::op::ResponseCode;
use hickory_server::proto::rr::rdata::{A, AAAA, MX, NS, PTR, TXT};
use hickory_server::proto::rr::{
    Name as WireName, RData, Record as WireRecord, RecordType as WireType,
};
use sesauth::dns::{
    Answer, Dns, ErrorCode, ExtendedError, Failure, Live, LiveOptions, Name, Negative, Question,
    Record, RecordType, Reply, Server, Txt,
};

use name_server::{Act, Asked, NameServer, alias, record, soa, wire};

/// Long enough for a busy machine.
const PATIENT: Duration = Duration::from_secs(20);

const X250: &[u8] = &[b'x'; 250];

fn live(servers: &[SocketAddr], timeout: Duration, attempts: usize) -> Live {
    let servers = servers.iter().map(|address| Server::Plain(*address));
    Live::servers(servers).unwrap().with_options(LiveOptions {
        timeout,
        attempts,
        doubt: false,
        ..LiveOptions::default()
    })
}

async fn ask(server: &NameServer, name: &str, kind: RecordType) -> Reply {
    let live = live(&[server.address], PATIENT, 1);
    live.query(&question(name, kind)).await
}

fn question(name: &str, kind: RecordType) -> Question {
    Question::new(self::name(name), kind)
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn names(texts: &[&str]) -> Vec<Name> {
    texts.iter().map(|text| name(text)).collect()
}

fn txt(name: &str, ttl: u32, strings: &[&[u8]]) -> WireRecord {
    record(name, ttl, RData::TXT(TXT::from_bytes(strings.to_vec())))
}

fn found(cname: &[&str], ttl: u32, records: Vec<Record>) -> Reply {
    Reply::Records(Answer {
        cname: names(cname),
        ttl,
        authenticated: false,
        records,
    })
}

fn text(strings: &[&[u8]]) -> Record {
    Record::Txt(Txt(strings.iter().map(|part| part.to_vec()).collect()))
}

fn absent(cname: &[&str], ttl: Option<u32>) -> Negative {
    Negative {
        cname: names(cname),
        ttl,
        authenticated: false,
    }
}

fn network(reply: Reply) -> String {
    match reply {
        Reply::TempFail(Failure::Network(text)) => text,
        other => panic!("{other:?} is no network failure"),
    }
}

fn over(server: &NameServer) -> Vec<Protocol> {
    server.asked().iter().map(|asked| asked.over).collect()
}

/// An address that refuses UDP: its port is held by a socket that listens to itself only.
fn closed_port() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    socket.connect(address).unwrap();
    (socket, address)
}
