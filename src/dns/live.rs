//! Live DNS: asks the system's resolvers, or given ones, over UDP, TCP, TLS or HTTPS.
//!
//! The code here decides what to ask and what an answer means. From hickory only the encoding of
//! DNS messages is used: hickory's resolver answers some names itself, stops at the first SERVFAIL
//! and drops the aliases of a negative answer, and its transports do not say what is wrong with a
//! server.

mod aliases;
mod answer;
mod exchange;
mod https;
mod server;
mod stream;
mod tls;
mod udp;

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, Query, ResponseCode};
use hickory_resolver::proto::rr::Name as WireName;
use hickory_resolver::system_conf;
use tokio::time::Instant;

use self::aliases::{Aliases, wire_name};
use self::answer::{positive, soa_ttl, wire_type};
use self::exchange::{Problem, Upstream};
pub use self::server::{Endpoint, Server};
use self::tls::Trust;
use super::{Dns, Failure, Negative, Question, RecordType, Reply};
use crate::{Error, Limits};

/// A client for recursive name servers, over UDP, TCP, TLS or HTTPS.
///
/// Names are asked exactly as given: no search domains, no hosts file, no cache (see [`Cache`]).
/// With several servers, the one that answered last is tried first. The first valid answer counts,
/// including NODATA and NXDOMAIN. No connection is opened before the first question; connections
/// over TCP, TLS and HTTPS are kept open for the next one.
///
/// Questions must be asked from within a Tokio runtime with its network and time drivers enabled,
/// and always from the same runtime, because the tasks that serve open connections run there.
/// Certificates are checked against the system's clock.
///
/// [`Cache`]: crate::dns::Cache
///
/// # Examples
///
/// ```no_run
/// use sesauth::SessionHints;
/// use sesauth::dns::{Cache, Live, Server};
///
/// # async fn example(message: &[u8]) -> Result<(), sesauth::Error> {
/// let live = Live::servers([Server::parse("tls://dns.example")?])?;
/// let dns = Cache::new(live);
/// let now = jiff::Timestamp::now();
/// let inspection = sesauth::inspect(message, &SessionHints::default(), &dns, now).await?;
/// println!("{}", inspection.analysis.conclusion.result.as_str());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Live {
    servers: Vec<Upstream>,
    trust: Trust,
    options: LiveOptions,
    first: AtomicUsize,
    started: OnceLock<Instant>,
}

/// How long [`Live`] waits, and how often it tries again.
///
/// With one attempt, a question takes at most about `timeout` × (servers + 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveOptions {
    /// How long to wait for one server over one transport. Each further attempt waits half of this
    /// longer than the one before.
    pub timeout: Duration,
    /// How often each server is asked before the question fails; 1 to 100. Only silence, SERVFAIL
    /// and a broken connection are tried again. Before the second attempt there is a pause of 0.1
    /// seconds, which doubles each time.
    pub attempts: usize,
    /// The most time for all questions together, counted from the first one. A question that is not
    /// answered by then fails. `None` means no limit and is the default.
    pub budget: Option<Duration>,
    /// The most CNAME records followed for one answer, as in [`Limits::cname_chain`].
    pub cname_chain: usize,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(3),
            attempts: 2,
            budget: None,
            cname_chain: Limits::default().cname_chain,
        }
    }
}

impl LiveOptions {
    fn rounds(&self) -> usize {
        self.attempts.clamp(1, 100)
    }

    /// How long to wait for a server in round `round`, from 0.
    fn patience(&self, round: usize) -> Duration {
        let halves = u32::try_from(round.saturating_add(2)).unwrap_or(u32::MAX);
        self.timeout.saturating_mul(halves) / 2
    }

    /// How long to pause before a round; never longer than `timeout`.
    fn pause(&self, round: usize) -> Duration {
        let doubled = match round {
            0 => 0,
            _ => 1 << (round - 1).min(16),
        };
        Duration::from_millis(100)
            .saturating_mul(doubled)
            .min(self.timeout)
    }

    /// The longest time that one question may take with this many servers.
    fn longest(&self, servers: usize) -> Duration {
        let servers = u32::try_from(servers).unwrap_or(u32::MAX);
        (0..self.rounds()).fold(self.timeout, |longest, round| {
            let asking = self.patience(round).saturating_mul(servers);
            longest
                .saturating_add(asking)
                .saturating_add(self.pause(round))
        })
    }
}

impl Live {
    /// Asks the servers of the system's configuration (on Unix, `/etc/resolv.conf`). It is read
    /// once, now. Only its servers are used, not its other options.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if the configuration cannot be read or names no server.
    pub fn system() -> Result<Self, Error> {
        let (config, _) = system_conf::read_system_conf().map_err(|error| {
            wrong(format!(
                "the system's DNS configuration cannot be used ({error}); name a resolver instead"
            ))
        })?;
        Self::servers(config.name_servers().iter().map(|server| {
            let port = server.connections.first().map_or(53, |one| one.port);
            Server::Plain(SocketAddr::new(server.ip, port))
        }))
    }

    /// Asks `servers`, in this order.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if there is no server.
    pub fn servers(servers: impl IntoIterator<Item = Server>) -> Result<Self, Error> {
        let servers: Vec<Upstream> = servers.into_iter().map(Upstream::new).collect();
        if servers.is_empty() {
            return Err(wrong("there is no DNS server to ask; name one".into()));
        }
        Ok(Self {
            servers,
            trust: Trust::default(),
            options: LiveOptions::default(),
            first: AtomicUsize::new(0),
            started: OnceLock::new(),
        })
    }

    /// The same servers with other options.
    pub fn with_options(mut self, options: LiveOptions) -> Self {
        self.options = options;
        self
    }

    /// Trusts the certificate authorities in `pem` in addition to the public ones, for servers over
    /// TLS and HTTPS. `pem` is one or more certificates in PEM form.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if `pem` does not hold a certificate that can be read.
    pub fn with_authorities(mut self, pem: &[u8]) -> Result<Self, Error> {
        self.trust.add(pem)?;
        Ok(self)
    }

    /// The servers, in the order in which they were given.
    pub fn asked(&self) -> impl ExactSizeIterator<Item = &Server> {
        self.servers.iter().map(|upstream| &upstream.server)
    }
}

fn wrong(problem: String) -> Error {
    Error::Argument {
        name: "resolver".into(),
        problem,
    }
}

impl Dns for Live {
    async fn query(&self, question: &Question) -> Reply {
        let longest = self.options.longest(self.servers.len());
        let (limit, over) = match self.options.budget {
            Some(budget) => {
                let started = self.started.get_or_init(Instant::now);
                let left = budget.saturating_sub(started.elapsed());
                match left < longest {
                    true => (left, spent(budget)),
                    false => (longest, Failure::Timeout),
                }
            }
            None => (longest, Failure::Timeout),
        };
        if limit.is_zero() {
            return Reply::TempFail(over);
        }
        match tokio::time::timeout(limit, self.resolve(question)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(failure)) => Reply::TempFail(failure),
            Err(_) => Reply::TempFail(over),
        }
    }
}

fn spent(budget: Duration) -> Failure {
    let seconds = budget.as_secs_f64();
    Failure::Network(format!("the time for DNS ({seconds} s in all) is spent"))
}

impl Live {
    async fn resolve(&self, question: &Question) -> Result<Reply, Failure> {
        let start = wire_name(&question.name)
            .ok_or_else(|| Failure::Network("the name cannot be asked in DNS".into()))?;
        let mut aliases = Aliases::from(start);
        loop {
            let response = self.ask(aliases.end(), question.kind).await?;
            aliases.authenticated &= response.metadata.authentic_data;
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
                // The response ends in the middle of the alias chain.
                continue;
            }
            // No SOA of a zone that contains the name: an alias may have been followed but not
            // listed.
            if soa.within.is_none() && question.kind != RecordType::Cname {
                let search = self.find_aliases(&mut aliases);
                // What was found in time is kept.
                let _ = tokio::time::timeout(self.options.timeout, search).await;
            }
            let negative = Negative {
                ttl: soa.any.map(|ttl| ttl.min(aliases.ttl)),
                authenticated: aliases.authenticated,
                cname: aliases.names,
            };
            return Ok(match absent {
                true => Reply::NxDomain(negative),
                false => Reply::NoData(negative),
            });
        }
    }

    /// Asks for the aliases that led to a negative answer which did not list them. Aliases that
    /// cannot be found are left out; the answer stays as it is.
    async fn find_aliases(&self, aliases: &mut Aliases) {
        loop {
            let Ok(response) = self.ask(aliases.end(), RecordType::Cname).await else {
                return;
            };
            if aliases.follow(&response, self.options.cname_chain) != Ok(true) {
                return;
            }
            aliases.authenticated &= response.metadata.authentic_data;
        }
    }

    /// The first answer that any server gives to one question, without following aliases.
    async fn ask(&self, name: &WireName, kind: RecordType) -> Result<Message, Failure> {
        let query = Query::query(name.clone(), wire_type(kind));
        let count = self.servers.len();
        let first = self.first.load(Ordering::Relaxed);
        let mut problems: Vec<Option<Problem>> = vec![None; count];
        for round in 0..self.options.rounds() {
            let worth = |problem: &Option<Problem>| problem.as_ref().is_none_or(Problem::may_pass);
            if !problems.iter().any(worth) {
                break;
            }
            if round > 0 {
                tokio::time::sleep(self.options.pause(round)).await;
            }
            let patience = self.options.patience(round);
            for index in (0..count).map(|offset| (first + offset) % count) {
                if !worth(&problems[index]) {
                    continue;
                }
                let server = &self.servers[index];
                match server.ask(&query, &self.trust, patience).await {
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

    /// One failure out of the problems of all servers. An error code comes first: it says most
    /// about the name.
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
            .map(|(Upstream { server, .. }, problem)| format!("{server} {problem}"))
            .collect();
        Failure::Network(format!("no DNS server gave an answer: {}", said.join("; ")))
    }
}
