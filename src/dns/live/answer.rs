//! What a response says: the records asked for, and how long they may be cached.

use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::{
    DNSClass, Name as WireName, RData, Record as WireRecord, RecordType as WireType,
};

use super::aliases::{Aliases, target_name, text_name, ttl};
use crate::dns::{Answer, Record, RecordType, Txt};

/// The records of this type at the end of the alias chain, if there are any.
pub(super) fn positive(response: &Message, aliases: &Aliases, kind: RecordType) -> Option<Answer> {
    let mut answer = Answer {
        cname: aliases.names.clone(),
        ttl: aliases.ttl,
        authenticated: aliases.authenticated,
        records: Vec::new(),
    };
    for wire in &response.answers {
        if wire.name != *aliases.end() || wire.dns_class != DNSClass::IN {
            continue;
        }
        if let Some(record) = record(wire, kind) {
            answer.ttl = answer.ttl.min(ttl(wire));
            answer.records.push(record);
        }
    }
    (!answer.records.is_empty()).then_some(answer)
}

/// The data of the record, if it is of this type. A target that is the root has no meaning and
/// gives `None`, except in the null MX.
fn record(wire: &WireRecord, kind: RecordType) -> Option<Record> {
    match (kind, &wire.data) {
        (RecordType::A, RData::A(ip)) => Some(Record::A(ip.0)),
        (RecordType::Aaaa, RData::AAAA(ip)) => Some(Record::Aaaa(ip.0)),
        (RecordType::Cname, RData::CNAME(name)) => target_name(&name.0).map(Record::Cname),
        (RecordType::Ns, RData::NS(name)) => text_name(&name.0).map(Record::Ns),
        (RecordType::Ptr, RData::PTR(name)) => text_name(&name.0).map(Record::Ptr),
        (RecordType::Mx, RData::MX(mx)) => {
            let exchange = text_name(&mx.exchange);
            (exchange.is_some() || mx.exchange.is_root()).then_some(Record::Mx {
                preference: mx.preference,
                exchange,
            })
        }
        (RecordType::Txt, RData::TXT(txt)) => {
            let strings = txt.txt_data.iter().map(|part| part.to_vec()).collect();
            Some(Record::Txt(Txt(strings)))
        }
        _ => None,
    }
}

/// The zone that says that there is nothing, and how long that may be cached (RFC 2308 §5).
pub(super) struct Soa {
    pub(super) zone: WireName,
    pub(super) ttl: u32,
}

/// The SOA record of a negative answer, if it has one.
pub(super) fn soa_of(response: &Message) -> Option<Soa> {
    let mut records = response.authorities.iter();
    records.find_map(|record| match &record.data {
        RData::SOA(soa) => Some(Soa {
            zone: record.name.clone(),
            ttl: ttl(record).min(soa.minimum),
        }),
        _ => None,
    })
}

pub(super) fn wire_type(kind: RecordType) -> WireType {
    match kind {
        RecordType::A => WireType::A,
        RecordType::Aaaa => WireType::AAAA,
        RecordType::Cname => WireType::CNAME,
        RecordType::Mx => WireType::MX,
        RecordType::Ns => WireType::NS,
        RecordType::Ptr => WireType::PTR,
        RecordType::Txt => WireType::TXT,
    }
}
