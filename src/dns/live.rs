//! Live DNS: asks the system's resolvers, or those named, through hickory's transports.
//!
//! What is asked when, and what an answer means, is decided here and not by hickory's resolver: it
//! answers some names itself, stops at the first server's SERVFAIL, and drops the aliases of a
//! negative answer.

mod aliases;
mod exchange;

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, Query, ResponseCode};
use hickory_resolver::proto::rr::{
    DNSClass, Name as WireName, RData, Record as WireRecord, RecordType as WireType,
};
use hickory_resolver::system_conf;

use self::aliases::{Aliases, text_name, ttl, wire_name};
use self::exchange::Problem;
use super::{Answer, Dns, Failure, Negative, Question, Record, RecordType, Reply, Txt};
use crate::{Error, Limits};

/// A resolver that asks recursive name servers over UDP, and over TCP where an answer is too long.
///
/// Names are asked as they stand: no search domains, no hosts file, no cache. Several servers are
/// tried in turn, beginning with the one that answered last; the first that gives an answer, be it
/// that there is none, decides. No socket is opened before the first question, and none is kept.
/// Questions must be asked within a Tokio runtime that has its network and time drivers enabled.
#[derive(Debug)]
pub struct Live {
    servers: Vec<SocketAddr>,
    options: LiveOptions,
    first: AtomicUsize,
}

/// How patiently [`Live`] asks.
///
/// One question takes at most about `timeout` × (`attempts` × servers + 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveOptions {
    /// How long one server may take for one try over one transport.
    pub timeout: Duration,
    /// How often each server is asked before the question is given up; at least once. Only silence
    /// and SERVFAIL are worth another try.
    pub attempts: usize,
    /// CNAME records followed for one answer, as in [`Limits::cname_chain`].
    pub cname_chain: usize,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(3),
            attempts: 2,
            cname_chain: Limits::default().cname_chain,
        }
    }
}

impl Live {
    /// Asks the servers of the system's configuration (on Unix, `/etc/resolv.conf`), which is read
    /// here; of its options only the servers count.
    pub fn system() -> Result<Self, Error> {
        let (config, _) = system_conf::read_system_conf().map_err(|error| {
            wrong(format!(
                "the system's DNS configuration cannot be used ({error}); name a resolver instead"
            ))
        })?;
        let servers: Vec<SocketAddr> = config
            .name_servers()
            .iter()
            .map(|server| {
                let port = server.connections.first().map_or(53, |one| one.port);
                SocketAddr::new(server.ip, port)
            })
            .collect();
        Self::servers(&servers)
    }

    /// Asks `servers`, in this order; there must be one.
    pub fn servers(servers: &[SocketAddr]) -> Result<Self, Error> {
        if servers.is_empty() {
            return Err(wrong("there is no DNS server to ask; name one".into()));
        }
        Ok(Self {
            servers: servers.to_vec(),
            options: LiveOptions::default(),
            first: AtomicUsize::new(0),
        })
    }

    /// The same servers, asked with other patience.
    pub fn with_options(mut self, options: LiveOptions) -> Self {
        self.options = options;
        self
    }

    /// The servers asked, in their order.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.servers
    }
}

/// Reads a resolver's address: `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or
/// `[2001:db8::53]:5353`; without a port it is 53.
pub fn resolver_address(text: &str) -> Result<SocketAddr, Error> {
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
                 192.0.2.53:5353, 2001:db8::53 or [2001:db8::53]:5353"
            )));
        }
    };
    if address.port() == 0 {
        return Err(wrong(format!("{text:?} has port 0; DNS uses port 53")));
    }
    Ok(address)
}

fn wrong(problem: String) -> Error {
    Error::Argument {
        name: "resolver".into(),
        problem,
    }
}

impl Dns for Live {
    async fn query(&self, question: &Question) -> Reply {
        let attempts = self.options.attempts.max(1);
        let tries = attempts
            .saturating_mul(self.servers.len())
            .saturating_add(1);
        let tries = u32::try_from(tries).unwrap_or(u32::MAX);
        let budget = self.options.timeout.saturating_mul(tries);
        match tokio::time::timeout(budget, self.resolve(question)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(failure)) => Reply::TempFail(failure),
            Err(_) => Reply::TempFail(Failure::Timeout),
        }
    }
}

impl Live {
    async fn resolve(&self, question: &Question) -> Result<Reply, Failure> {
        let start = wire_name(&question.name)
            .ok_or_else(|| Failure::Network("the name cannot be asked in DNS".into()))?;
        let mut aliases = Aliases::from(start);
        loop {
            let response = self.ask(aliases.end(), question.kind).await?;
            let moved = question.kind != RecordType::Cname
                && aliases
                    .follow(&response, self.options.cname_chain)
                    .map_err(Failure::Network)?;
            if let Some(answer) = positive(&response, &aliases, question.kind) {
                return Ok(Reply::Records(answer));
            }
            let absent = response.metadata.response_code == ResponseCode::NXDomain;
            let soa = soa_ttl(&response, aliases.end());
            if moved && !absent && soa.within.is_none() {
                // The response ends in the middle of the way.
                continue;
            }
            // Where the zone that says no does not hold the name, an alias was followed unsaid.
            if soa.within.is_none() && question.kind != RecordType::Cname {
                let search = self.find_aliases(&mut aliases);
                // What it found in time is kept.
                let _ = tokio::time::timeout(self.options.timeout, search).await;
            }
            let negative = Negative {
                ttl: soa.any.map(|ttl| ttl.min(aliases.ttl)),
                cname: aliases.names,
            };
            return Ok(match absent {
                true => Reply::NxDomain(negative),
                false => Reply::NoData(negative),
            });
        }
    }

    /// Asks for the aliases behind a negative answer that did not name them. What cannot be had is
    /// left out: the answer stands without it.
    async fn find_aliases(&self, aliases: &mut Aliases) {
        loop {
            let Ok(response) = self.ask(aliases.end(), RecordType::Cname).await else {
                return;
            };
            if aliases.follow(&response, self.options.cname_chain) != Ok(true) {
                return;
            }
        }
    }

    /// The first answer that a server gives to one question, aliases not followed.
    async fn ask(&self, name: &WireName, kind: RecordType) -> Result<Message, Failure> {
        let query = Query::query(name.clone(), wire_type(kind));
        let count = self.servers.len();
        let first = self.first.load(Ordering::Relaxed);
        let mut problems: Vec<Option<Problem>> = vec![None; count];
        for _ in 0..self.options.attempts.max(1) {
            for index in (0..count).map(|offset| (first + offset) % count) {
                if problems[index].as_ref().is_some_and(|p| !p.may_pass()) {
                    continue;
                }
                match exchange::ask(self.servers[index], &query, self.options.timeout).await {
                    Ok(response) => {
                        self.first.store(index, Ordering::Relaxed);
                        return Ok(response);
                    }
                    Err(problem) => problems[index] = Some(problem),
                }
            }
        }
        Err(self.failure(problems.into_iter().flatten().collect()))
    }

    /// What the servers' problems, in their order, come to: an error code says most about the name.
    fn failure(&self, problems: Vec<Problem>) -> Failure {
        let code = problems.iter().find_map(|problem| match problem {
            Problem::Rcode(code) => Some(code.clone()),
            _ => None,
        });
        if let Some(code) = code {
            return Failure::Rcode(code);
        }
        if problems.iter().all(|problem| *problem == Problem::Timeout) {
            return Failure::Timeout;
        }
        let said: Vec<String> = self
            .servers
            .iter()
            .zip(problems)
            .map(|(server, problem)| match problem {
                Problem::Other(text) => format!("{server} {text}"),
                _ => format!("{server} did not answer in time"),
            })
            .collect();
        Failure::Network(format!("no DNS server gave an answer: {}", said.join("; ")))
    }
}

fn positive(response: &Message, aliases: &Aliases, kind: RecordType) -> Option<Answer> {
    let mut answer = Answer {
        cname: aliases.names.clone(),
        ttl: aliases.ttl,
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

/// The record's data when it is of this type; one that leads to the root says nothing and is left
/// out, but for the null MX.
fn record(wire: &WireRecord, kind: RecordType) -> Option<Record> {
    match (kind, &wire.data) {
        (RecordType::A, RData::A(ip)) => Some(Record::A(ip.0)),
        (RecordType::Aaaa, RData::AAAA(ip)) => Some(Record::Aaaa(ip.0)),
        (RecordType::Cname, RData::CNAME(name)) => text_name(&name.0).map(Record::Cname),
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

/// The negative time to live (RFC 2308 §5): of any SOA, and of one whose zone holds the name.
struct SoaTtl {
    any: Option<u32>,
    within: Option<u32>,
}

fn soa_ttl(response: &Message, name: &WireName) -> SoaTtl {
    let soa = response
        .authorities
        .iter()
        .find_map(|record| match &record.data {
            RData::SOA(soa) => Some((&record.name, ttl(record).min(soa.minimum))),
            _ => None,
        });
    SoaTtl {
        any: soa.map(|(_, ttl)| ttl),
        within: soa.and_then(|(zone, ttl)| zone.zone_of(name).then_some(ttl)),
    }
}

fn wire_type(kind: RecordType) -> WireType {
    match kind {
        RecordType::A => WireType::A,
        RecordType::Aaaa => WireType::AAAA,
        RecordType::Cname => WireType::CNAME,
        RecordType::Mx => WireType::MX,
        RecordType::Ptr => WireType::PTR,
        RecordType::Txt => WireType::TXT,
    }
}
