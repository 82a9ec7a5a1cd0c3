//! A name server on loopback that answers mail-auth, and knows only what somebody on another thread
//! answers: mail-auth takes a resolver, and no other source.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;

use mail_auth::hickory_resolver::proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use mail_auth::hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, MX, NS, PTR, TXT};
use mail_auth::hickory_resolver::proto::rr::{self, RData};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::Event;
use crate::dns::{Name, Question, Record, RecordType, Reply};

/// A question, and where the answer goes.
pub struct Asked {
    pub question: Question,
    pub answer: oneshot::Sender<Reply>,
}

/// Starts to answer, on the runtime of the caller, and gives the address.
pub async fn start(questions: mpsc::Sender<Event>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, questions.clone()));
        }
    });
    Ok(address)
}

/// Answers one question after the other, until the connection ends (RFC 1035 §4.2.2).
async fn serve(mut stream: TcpStream, questions: mpsc::Sender<Event>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let mut octets = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut octets).await?;
        let Ok(request) = Message::from_vec(&octets) else {
            return Ok(());
        };
        let response = respond(&request, &questions).await;
        let body = response.to_vec().or_else(|_| {
            let (id, query) = (request.metadata.id, request.queries.first());
            failure(id, query).to_vec()
        });
        let body = body.map_err(io::Error::other)?;
        let length = u16::try_from(body.len()).map_err(io::Error::other)?;
        // Both in one write: in two, the second would wait for an acknowledgement.
        octets.clear();
        octets.extend_from_slice(&length.to_be_bytes());
        octets.extend_from_slice(&body);
        stream.write_all(&octets).await?;
    }
}

fn failure(id: u16, query: Option<&Query>) -> Message {
    let mut response = Message::new(id, MessageType::Response, OpCode::Query);
    response.metadata.response_code = ResponseCode::ServFail;
    response.queries.extend(query.cloned());
    response
}

/// The response in DNS's own form.
async fn respond(request: &Message, questions: &mpsc::Sender<Event>) -> Message {
    let query = request.queries.first();
    let mut response = failure(request.metadata.id, query);
    let Some((query, reply)) = ask(query, questions).await else {
        return response;
    };
    response.metadata.recursion_desired = true;
    response.metadata.recursion_available = true;
    response.metadata.response_code = match &reply {
        Reply::Records(_) | Reply::NoData(_) => ResponseCode::NoError,
        Reply::NxDomain(_) => ResponseCode::NXDomain,
        Reply::TempFail(_) | Reply::NotRecorded => return response,
    };
    if let Reply::Records(answer) = &reply {
        let mut owner = query.name().clone();
        for target in &answer.cname {
            let target = wire(target.as_str());
            let alias = RData::CNAME(CNAME(target.clone()));
            let record = rr::Record::from_rdata(owner, answer.ttl, alias);
            response.answers.push(record);
            owner = target;
        }
        let data = answer.records.iter().map(data);
        let records = data.map(|data| rr::Record::from_rdata(owner.clone(), answer.ttl, data));
        response.answers.extend(records);
    }
    response
}

/// Asks the other thread; `None` if it cannot be asked.
async fn ask<'q>(
    query: Option<&'q Query>,
    questions: &mpsc::Sender<Event>,
) -> Option<(&'q Query, Reply)> {
    let query = query?;
    let kind = query.query_type().to_string();
    let kind = RecordType::ALL
        .into_iter()
        .find(|one| one.as_str() == kind)?;
    let labels = query.name().iter().map(String::from_utf8_lossy);
    let name = labels.collect::<Vec<_>>().join(".");
    let question = Question::new(Name::parse(&name).ok()?, kind);
    let (answer, reply) = oneshot::channel();
    let asked = Asked { question, answer };
    questions.send(Event::Asks(asked)).ok()?;
    Some((query, reply.await.ok()?))
}

/// A name in DNS's own form. Every name here was one before.
fn wire(name: &str) -> rr::Name {
    let labels = name.split('.').filter(|label| !label.is_empty());
    rr::Name::from_labels(labels.map(str::as_bytes)).unwrap_or_else(|_| rr::Name::root())
}

fn data(record: &Record) -> RData {
    match record {
        Record::A(ip) => RData::A(A(*ip)),
        Record::Aaaa(ip) => RData::AAAA(AAAA(*ip)),
        Record::Cname(name) => RData::CNAME(CNAME(wire(name.as_str()))),
        Record::Ns(name) => RData::NS(NS(wire(name.as_str()))),
        Record::Ptr(name) => RData::PTR(PTR(wire(name.as_str()))),
        Record::Mx {
            preference,
            exchange,
        } => {
            let exchange = exchange.as_ref().map_or("", Name::as_str);
            RData::MX(MX::new(*preference, wire(exchange)))
        }
        // A recording may hold a text in one piece, which DNS cannot (RFC 1035 §3.3).
        Record::Txt(txt) => {
            let pieces = txt.0.iter().flat_map(|string| string.chunks(255));
            let pieces: Vec<&[u8]> = pieces.collect();
            RData::TXT(TXT::from_bytes(match pieces.is_empty() {
                true => vec![b""],
                false => pieces,
            }))
        }
    }
}
