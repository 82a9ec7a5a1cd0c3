//! What a name server says that knows only a recording, or another source.

use futures_util::FutureExt as _;
use hickory_server::proto::op::ResponseCode;
use hickory_server::proto::rr::RData;
use hickory_server::proto::rr::rdata::{A, AAAA, CNAME, MX, NS, PTR, TXT};
use sesauth::dns::{Dns, Name, Question, Record, RecordType, Reply};

use crate::name_server::{Act, Asked, alias, record, wire};

/// The answer of `dns`, which answers at once, in DNS's own form.
pub fn answer(dns: &impl Dns, asked: &Asked) -> Act {
    let kind = RecordType::ALL
        .into_iter()
        .find(|kind| kind.as_str() == asked.kind.to_string());
    let (Some(kind), Ok(name)) = (kind, Name::parse(&asked.name)) else {
        return Act::code(ResponseCode::NXDomain);
    };
    let reply = dns
        .query(&Question::new(name, kind))
        .now_or_never()
        .unwrap();
    match &reply {
        Reply::NxDomain(_) => Act::code(ResponseCode::NXDomain),
        Reply::NoData(_) => Act::records(Vec::new()),
        Reply::TempFail(_) | Reply::NotRecorded => Act::code(ResponseCode::ServFail),
        Reply::Records(answer) => {
            let mut owner = asked.name.clone();
            let mut records = Vec::new();
            for target in &answer.cname {
                records.push(alias(&owner, answer.ttl, target.as_str()));
                owner = target.to_string();
            }
            let data = answer.records.iter().map(data);
            records.extend(data.map(|data| record(&owner, answer.ttl, data)));
            Act::records(records)
        }
    }
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
            let exchange = exchange.as_ref().map_or(".", Name::as_str);
            RData::MX(MX::new(*preference, wire(exchange)))
        }
        Record::Txt(txt) => {
            let strings = txt.0.iter().map(Vec::as_slice).collect();
            RData::TXT(TXT::from_bytes(strings))
        }
    }
}
