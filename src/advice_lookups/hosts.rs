//! The hosts that send mail of a domain, by the caller's word, and those that take it, by its MX.

use std::net::IpAddr;

use jiff::Timestamp;

use super::Answered;
use crate::Limits;
use crate::dns::{Name, Question, RecordType, Recorder};
use crate::ses::is_ses_domain;
use crate::spf::{self, HostName, SpfQuery, SpfVerdict, host_names, is_confirmed};

/// How many hosts that send are looked at.
const HOSTS: usize = 50;

/// How many hosts that take mail are looked at.
const EXCHANGERS: usize = 20;

/// A host that sends.
#[derive(Clone, Debug)]
pub struct SendingZone {
    /// Its address.
    pub ip: IpAddr,
    /// Its names; `None` if that could not be asked.
    pub names: Option<Vec<HostName>>,
    /// SPF with this client for the author's domain, and for the reverse-path's if that is another.
    pub spf: Vec<SpfVerdict>,
}

/// A host that takes mail.
#[derive(Clone, Debug)]
pub struct Exchanger {
    /// Its preference.
    pub preference: u16,
    /// The host.
    pub host: Name,
    /// Its addresses of IPv4.
    pub a: Answered,
    /// Those of IPv6.
    pub aaaa: Answered,
}

impl SendingZone {
    /// Whether a name leads back to the address.
    pub(crate) fn is_confirmed(&self) -> Option<bool> {
        is_confirmed(self.names.as_deref()?)
    }

    /// Asks about `ip`.
    async fn ask(
        ip: IpAddr,
        domains: &[&str],
        at: Timestamp,
        dns: &Recorder<'_>,
        limits: &Limits,
    ) -> Self {
        let names = host_names(ip, dns).await;
        let mut verdicts = Vec::new();
        for domain in domains {
            let sender = format!("postmaster@{domain}");
            let query = SpfQuery {
                client_ip: Some(ip),
                helo: None,
                mail_from: Some(&sender),
                receiver: None,
                now: at,
            };
            verdicts.push(spf::check_mail_from(dns, &query, limits).await);
        }
        Self {
            ip,
            names,
            spf: verdicts,
        }
    }
}

impl Exchanger {
    /// Whether the host has no address; `None` if that is not known.
    pub(crate) fn has_no_address(&self) -> Option<bool> {
        let has_any = |answer: &Answered| {
            let lookup = answer.lookup();
            lookup.map(|lookup| lookup.reply.addresses().next().is_some())
        };
        match (has_any(&self.a), has_any(&self.aaaa)) {
            (Some(false), Some(false)) => Some(true),
            (Some(true), _) | (_, Some(true)) => Some(false),
            _ => None,
        }
    }

    /// Where the host leads, if it is an alias.
    pub(crate) fn alias(&self) -> Option<&Name> {
        [&self.a, &self.aaaa].into_iter().find_map(|answer| {
            let lookup = answer.lookup()?;
            lookup.reply.cname().last()
        })
    }
}

/// The hosts that send for `author`, or with the reverse-path `mail_from`.
pub(super) async fn sending(
    ips: &[IpAddr],
    (author, mail_from): (&Name, Option<&str>),
    at: Timestamp,
    dns: &Recorder<'_>,
    limits: &Limits,
) -> Vec<SendingZone> {
    let path = mail_from.and_then(|path| path.rsplit('@').next());
    let path = path.filter(|path| *path != author.as_str() && !is_ses_domain(path));
    let domains: Vec<&str> = [Some(author.as_str()), path]
        .into_iter()
        .flatten()
        .collect();
    let mut hosts = Vec::new();
    for ip in ips.iter().take(HOSTS) {
        hosts.push(SendingZone::ask(*ip, &domains, at, dns, limits).await);
    }
    hosts
}

/// The hosts that take mail for `author`.
pub(super) async fn exchangers(author: &Name, dns: &Recorder<'_>) -> Vec<Exchanger> {
    let question = Question::new(author.clone(), RecordType::Mx);
    let mx = Answered::new(dns.ask(&question).await);
    let hosts = mx.exchanges().into_iter();
    let hosts = hosts.filter_map(|(preference, host)| Some((preference, host?.clone())));
    let hosts: Vec<(u16, Name)> = hosts.take(EXCHANGERS).collect();
    let kinds = [RecordType::A, RecordType::Aaaa];
    let questions: Vec<Question> = hosts
        .iter()
        .flat_map(|(_, host)| kinds.map(|kind| Question::new(host.clone(), kind)))
        .collect();
    let mut lookups = dns.ask_all(&questions).await.into_iter().map(Answered::new);
    let mut next = || lookups.next().unwrap_or_default();
    hosts
        .into_iter()
        .map(|(preference, host)| Exchanger {
            preference,
            host,
            a: next(),
            aaaa: next(),
        })
        .collect()
}
