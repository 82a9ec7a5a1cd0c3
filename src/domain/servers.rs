//! Whether all name servers of a zone give the same answers. A resolver asks only one of them, so a
//! difference shows as mail that fails now and then.

use std::net::IpAddr;

use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Serialize;

use super::check::DomainCheck;
use crate::dns::{Dns, Name, Question, Record, RecordType, Recorder, Reply, zone_data};

/// How many name servers are asked, and how many addresses of each.
const SERVERS: usize = 13;
const ADDRESSES: usize = 2;

/// How many labels are taken away in search of the zone.
const LABELS: usize = 10;

/// The name servers of a zone, and where they differ.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ZoneServers {
    /// The zone.
    pub zone: Name,
    /// The servers that were asked: name and address.
    pub asked: Vec<String>,
    /// Those that gave no answer to any question.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<String>,
    /// The questions to which they gave different answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<ServerDifference>,
}

/// A question to which name servers give different answers.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ServerDifference {
    /// The name that was asked for.
    pub name: Name,
    /// The type of record.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// Each answer, with the servers that gave it; the one that most gave comes first.
    pub answers: Vec<ServerAnswer>,
}

/// One of several answers.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ServerAnswer {
    /// The records; empty if there are none.
    pub records: Vec<String>,
    /// The servers.
    pub servers: Vec<String>,
}

/// One address of a name server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerAt {
    /// Its name.
    pub host: Name,
    /// Its address.
    pub ip: IpAddr,
}

/// The zone of `domain` and the addresses of its name servers; `None` if they are not found.
pub async fn name_servers(domain: &Name, dns: &impl Dns) -> Option<(Name, Vec<ServerAt>)> {
    let recorder = Recorder::new(dns);
    let mut zone = domain.clone();
    for _ in 0..LABELS {
        let reply = recorder
            .ask(&Question::new(zone.clone(), RecordType::Ns))
            .await;
        let hosts = reply
            .reply
            .records()
            .iter()
            .filter_map(|record| match record {
                Record::Ns(host) => Some(host.clone()),
                _ => None,
            });
        let mut hosts: Vec<Name> = hosts.collect();
        if hosts.is_empty() {
            zone = zone.parent().filter(|parent| !parent.is_root())?;
            continue;
        }
        hosts.sort();
        hosts.truncate(SERVERS);
        let kinds = [RecordType::A, RecordType::Aaaa];
        let both = |host: &Name| kinds.map(|kind| Question::new(host.clone(), kind));
        let questions: Vec<Question> = hosts.iter().flat_map(both).collect();
        let lookups = recorder.ask_all(&questions).await;
        let of = |host: &Name| {
            let own = lookups
                .iter()
                .filter(|lookup| lookup.question.name == *host);
            let ips = own.flat_map(|lookup| lookup.reply.addresses());
            ips.take(ADDRESSES).collect::<Vec<IpAddr>>()
        };
        let servers = hosts.iter().flat_map(|host| {
            of(host).into_iter().map(|ip| ServerAt {
                host: host.clone(),
                ip,
            })
        });
        return Some((zone.clone(), servers.collect()));
    }
    None
}

/// Asks each server about the records of `check`, and compares the answers. A server that gives no answer
/// to a question differs from none.
pub async fn compare_servers<D: Dns>(
    check: &DomainCheck,
    zone: Name,
    servers: &[(ServerAt, D)],
) -> ZoneServers {
    let questions = questions(check, &zone);
    let label = |at: &ServerAt| format!("{} [{}]", at.host, at.ip);
    let replies = join_all(
        servers
            .iter()
            .map(|(_, dns)| join_all(questions.iter().map(|question| dns.query(question)))),
    );
    let replies: Vec<Vec<Reply>> = replies.await;
    let is_silent = |replies: &Vec<Reply>| {
        replies
            .iter()
            .all(|reply| matches!(reply, Reply::TempFail(_) | Reply::NotRecorded))
    };
    let named = || servers.iter().map(|(at, _)| label(at)).zip(&replies);
    let differences = questions
        .iter()
        .enumerate()
        .filter_map(|(index, question)| {
            let mut answers: Vec<ServerAnswer> = Vec::new();
            for (server, replies) in named() {
                let Some(records) = replies.get(index).and_then(records) else {
                    continue;
                };
                match answers.iter_mut().find(|known| known.records == records) {
                    Some(known) => known.servers.push(server),
                    None => answers.push(ServerAnswer {
                        records,
                        servers: vec![server],
                    }),
                }
            }
            answers.sort_by_key(|answer| std::cmp::Reverse(answer.servers.len()));
            (answers.len() > 1).then(|| ServerDifference {
                name: question.name.clone(),
                kind: question.kind,
                answers,
            })
        });
    ZoneServers {
        zone,
        asked: servers.iter().map(|(at, _)| label(at)).collect(),
        silent: named()
            .filter(|(_, all)| is_silent(all))
            .map(|(server, _)| server)
            .collect(),
        differences: differences.collect(),
    }
}

/// What is asked: the records in the zone itself. An alias is asked for as such, as its target is not
/// theirs to know.
fn questions(check: &DomainCheck, zone: &Name) -> Vec<Question> {
    let domain = &check.domain;
    let mut questions = vec![
        Question::new(domain.clone(), RecordType::Mx),
        Question::txt(domain.clone()),
    ];
    let policy = domain.under("_dmarc").ok();
    let aliased = |name: &Name, kind| {
        let mut lookups = check.lookups.0.iter();
        let found = lookups.find(|lookup| lookup.question.name == *name);
        match found.is_some_and(|lookup| !lookup.reply.cname().is_empty()) {
            true => RecordType::Cname,
            false => kind,
        }
    };
    questions
        .extend(policy.map(|name| Question::new(name.clone(), aliased(&name, RecordType::Txt))));
    if let Some(found) = &check.mail_from {
        for kind in [RecordType::Mx, RecordType::Txt] {
            questions.push(Question::new(
                found.domain.clone(),
                aliased(&found.domain, kind),
            ));
        }
    }
    for key in &check.dkim {
        if let Ok(name) = key.domain.under(&format!("{}._domainkey", key.selector)) {
            let kind = if key.cname.is_empty() {
                RecordType::Txt
            } else {
                RecordType::Cname
            };
            questions.push(Question::new(name, kind));
        }
    }
    questions.retain(|question| question.name.is_within(zone));
    questions.sort();
    questions.dedup();
    questions
}

/// The records of an answer in one order; `None` if there was no answer.
fn records(reply: &Reply) -> Option<Vec<String>> {
    if matches!(reply, Reply::TempFail(_) | Reply::NotRecorded) {
        return None;
    }
    let mut records: Vec<String> = reply.records().iter().map(zone_data).collect();
    records.sort_unstable();
    Some(records)
}
