//! Live DNS: asks the system's resolvers, or given ones, over UDP, TCP, TLS, HTTPS, QUIC or HTTP/3.
//!
//! The code here decides what to ask, whom, and what an answer means; hickory's client layer carries
//! it over TCP, TLS, QUIC and HTTP/3.
//!
//! Hickory's `NameServerPool` is not used, as an absence from it has lost its AD bit and extended
//! errors, and one SERVFAIL ends its search.

mod aliases;
mod answer;
mod connection;
mod doubt;
mod exchange;
mod https;
#[cfg(feature = "dns-quic")]
mod metered;
#[cfg(feature = "dns-quic")]
mod quic;
mod server;
mod tls;
mod udp;

use std::collections::hash_map::RandomState;
use std::future::pending;
use std::hash::{BuildHasher as _, Hasher as _};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{BoxFuture, Either, FutureExt, join_all, select};
use hickory_resolver::proto::op::{Message, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name as WireName, Record as WireRecord, RecordType as WireType};
use hickory_resolver::system_conf;
use tokio::sync::Mutex;
use tokio::time::Instant;

use self::aliases::{Aliases, wire_name};
use self::answer::{positive, soa_of, wire_type};
pub use self::doubt::NoDns;
use self::doubt::{Doubt, PROBE, Probed, is_proof};
use self::exchange::{Problem, Upstream};
pub use self::server::{Endpoint, Server};
use self::tls::Trust;
use super::{Dns, Failure, Name, Negative, Question, RecordType, Reply};
use crate::{Error, Limits};

/// A client for recursive name servers, over UDP, TCP, TLS or HTTPS; with the feature `dns-quic`
/// also over QUIC and HTTP/3.
///
/// Names are asked exactly as given: no search domains, no hosts file, no cache (see [`Cache`]).
/// With several servers, the one that answered last is tried first. The first valid answer counts,
/// including NODATA and NXDOMAIN, once the servers are believed (see [`LiveOptions::doubt`]). No
/// connection is opened before the first question; one is kept open for the next.
///
/// Over UDP the letters of a name are sent in random case, and an answer must repeat them: one that
/// was forged unseen does not. A server that answers in lower case is asked in lower case from then
/// on.
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
    doubt: Doubt,
    /// Held by the question that finds out whether any server responds.
    reaching: Mutex<()>,
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
    /// Whether servers are doubted before they are believed. An absence, or an address, from a
    /// server that gave nothing else yet counts only when the server also knows a name that must
    /// exist; otherwise it is a failure. A server that never responds is given up after twice
    /// `timeout`, and not asked again for a minute. [`Live::no_dns`] says what came of it.
    pub doubt: bool,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(3),
            attempts: 2,
            budget: None,
            cname_chain: Limits::default().cname_chain,
            doubt: true,
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
            doubt: Doubt::default(),
            reaching: Mutex::default(),
        })
    }

    /// The same servers with other options.
    pub fn with_options(mut self, options: LiveOptions) -> Self {
        self.options = options;
        self
    }

    /// Trusts the certificate authorities in `pem` in addition to the public ones, for servers that
    /// are asked encrypted. `pem` is one or more certificates in PEM form.
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
        self.in_time(question).await
    }
}

impl Live {
    /// In a box, all that follows is compiled here and not in each crate that awaits it.
    fn in_time<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Reply> {
        self.timed(question).boxed()
    }

    async fn timed(&self, question: &Question) -> Reply {
        let mut longest = self.options.longest(self.servers.len());
        if self.options.doubt {
            // The probe, and the SOA of a closed network.
            longest = longest.saturating_mul(3);
        }
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
        let waited = Waited(&self.doubt);
        let reply = tokio::time::timeout(limit, self.reply(question)).await;
        let reply = reply.unwrap_or(Reply::TempFail(over));
        std::mem::forget(waited);
        self.doubt.count(&reply);
        reply
    }
}

fn spent(budget: Duration) -> Failure {
    let seconds = budget.as_secs_f64();
    Failure::Network(format!("the time for DNS ({seconds} s in all) is spent"))
}

/// A question that fails if nobody waits for its answer any more.
struct Waited<'d>(&'d Doubt);

impl Drop for Waited<'_> {
    fn drop(&mut self) {
        self.0.fail();
    }
}

/// What a response says, and the zone whose SOA says that there is nothing.
struct Resolved {
    reply: Reply,
    has_soa: bool,
    zone: Option<WireName>,
}

impl Live {
    /// Why nothing can be concluded from the answers so far; `None` if they can be used. Where every
    /// question failed, this asks one more, about a name that must exist.
    pub async fn no_dns(&self) -> Option<NoDns> {
        self.unusable().await
    }

    /// Whether the latest question failed, or answers were not believed, so that [`Live::lost`] may
    /// have something to say. Asks nothing.
    pub fn is_in_doubt(&self) -> bool {
        self.doubt.is_refuted() || self.doubt.is_failing()
    }

    /// Learns what the servers say of a name that must exist, while they answer; [`Live::lost`] then
    /// knows them. It is asked once.
    pub async fn meet(&self) {
        self.probed().boxed().await;
    }

    /// Why nothing more can be concluded: as [`Live::no_dns`], but not if servers refuse some names, as
    /// those of a closed network do; or because servers that knew the name that must exist do not
    /// respond any more. If the latest question failed, that is asked of them.
    pub async fn lost(&self) -> Option<NoDns> {
        let knew = self.doubt.probe.get() == Some(&Probed::Exists);
        match self.unusable().await {
            Some(NoDns::Fails(code)) if code.name != SERVFAIL => None,
            None if self.doubt.is_failing() && knew => self.ended().boxed().await,
            why => why,
        }
    }

    async fn ended(&self) -> Option<NoDns> {
        let why = match self.ask(&unasked_name()?, WireType::TXT).await {
            Ok(_) => None,
            Err(Failure::Rcode(code)) if code.name == SERVFAIL => Some(NoDns::Fails(code)),
            Err(Failure::Rcode(_)) => None,
            Err(failure) => Some(NoDns::Silent(failure)),
        };
        if why.is_none() {
            self.doubt.excuse();
        }
        // Another question may have been answered meanwhile.
        why.filter(|_| self.doubt.is_failing())
    }

    fn unusable(&self) -> BoxFuture<'_, Option<NoDns>> {
        self.doubted().boxed()
    }

    async fn doubted(&self) -> Option<NoDns> {
        if self.doubt.is_refuted() {
            return Some(NoDns::Denies(PROBE.into()));
        }
        let failure = self.doubt.only_failure()?;
        if self.doubt.has_heard() && self.probed().await == Probed::Exists {
            return None;
        }
        Some(match failure {
            Failure::Rcode(code) => NoDns::Fails(code),
            failure => NoDns::Silent(failure),
        })
    }

    async fn reply(&self, question: &Question) -> Reply {
        if !self.options.doubt {
            let resolved = self.resolve(question).await;
            return resolved.map_or_else(Reply::TempFail, |resolved| resolved.reply);
        }
        if self.doubt.is_silent() {
            let why = "not asked, because no DNS server responds";
            return Reply::TempFail(Failure::Network(why.into()));
        }
        let resolved = match self.doubt.has_heard() {
            true => self.resolve(question).await,
            false => match select(pin!(self.resolve(question)), pin!(self.silence())).await {
                Either::Left((resolved, _)) => resolved,
                Either::Right(((), _)) => Err(Failure::Timeout),
            },
        };
        match resolved {
            Ok(resolved) => self.believed(question, resolved).await,
            Err(failure) => Reply::TempFail(failure),
        }
    }

    /// The reply, if it is to be believed: the rules are in [`doubt`].
    async fn believed(&self, question: &Question, resolved: Resolved) -> Reply {
        let doubt = &self.doubt;
        if is_proof(question.kind, &resolved.reply) {
            doubt.believe();
        }
        if doubt.is_believed() {
            return resolved.reply;
        }
        match self.probed().await {
            Probed::Exists | Probed::Code => doubt.believe(),
            Probed::Nothing if resolved.has_soa => (),
            Probed::Nothing if !matches!(resolved.reply, Reply::NxDomain(_)) => (),
            Probed::Nothing => return doubt.refuse(),
            Probed::Denied => match resolved.zone {
                Some(zone) if self.has_soa(&zone).await => doubt.believe(),
                // Another question may have been answered meanwhile.
                _ if doubt.is_believed() => (),
                _ => return doubt.refuse(),
            },
        }
        resolved.reply
    }

    /// What the servers say about the name that must exist. It is asked once.
    async fn probed(&self) -> Probed {
        let probe = || async {
            let Some(name) = probe_name() else {
                return Probed::Nothing;
            };
            match self.ask(&name, WireType::TXT).await {
                Ok(response) if response.answers.iter().any(is_text) => Probed::Exists,
                Ok(_) => Probed::Denied,
                Err(Failure::Rcode(_)) => Probed::Code,
                Err(_) => Probed::Nothing,
            }
        };
        *self.doubt.probe.get_or_init(probe).await
    }

    /// Whether the servers have the SOA record of this zone, which they gave with an absence.
    async fn has_soa(&self, zone: &WireName) -> bool {
        match self.ask(zone, WireType::SOA).await {
            Ok(response) => {
                let mut answers = response.answers.iter();
                answers.any(|record| record.record_type() == WireType::SOA && record.name == *zone)
            }
            Err(_) => false,
        }
    }

    /// Ends when it turns out that no server responds, and never otherwise.
    async fn silence(&self) {
        tokio::time::sleep(self.options.timeout).await;
        let reaching = self.reaching.lock().await;
        if !self.doubt.has_heard() && !self.doubt.is_silent() && !self.reach().await {
            self.doubt.silence();
        }
        drop(reaching);
        if !self.doubt.is_silent() {
            pending::<()>().await;
        }
    }

    /// Whether any server responds when all are asked at once for the name that must exist.
    async fn reach(&self) -> bool {
        let Some(name) = probe_name() else {
            return false;
        };
        let query = Query::query(name, WireType::TXT);
        let asked = self.servers.iter().map(|server| async {
            let response = server.ask(&query, &self.trust, self.options.timeout).await;
            self.hear(&response);
        });
        join_all(asked).await;
        self.doubt.has_heard()
    }

    fn hear(&self, response: &Result<Message, Problem>) {
        if response.as_ref().map_or_else(Problem::is_heard, |_| true) {
            self.doubt.hear();
        }
    }
}

/// What a server says that cannot find out.
const SERVFAIL: &str = "SERVFAIL";

fn probe_name() -> Option<WireName> {
    wire_name(&Name::parse(PROBE).ok()?)
}

/// A name below the probe that no cache has.
fn unasked_name() -> Option<WireName> {
    let number = RandomState::new().build_hasher().finish();
    wire_name(&Name::parse(&format!("sesauth-{number:x}.{PROBE}")).ok()?)
}

fn is_text(record: &WireRecord) -> bool {
    record.record_type() == WireType::TXT
}

impl Live {
    async fn resolve(&self, question: &Question) -> Result<Resolved, Failure> {
        let start = wire_name(&question.name)
            .ok_or_else(|| Failure::Network("the name cannot be asked in DNS".into()))?;
        let mut aliases = Aliases::from(start);
        loop {
            let response = self.ask(aliases.end(), wire_type(question.kind)).await?;
            aliases.authenticated &= response.metadata.authentic_data;
            let moved = question.kind != RecordType::Cname
                && aliases
                    .follow(&response, self.options.cname_chain)
                    .map_err(Failure::Network)?;
            if let Some(answer) = positive(&response, &aliases, question.kind) {
                return Ok(Resolved {
                    reply: Reply::Records(answer),
                    has_soa: false,
                    zone: None,
                });
            }
            let absent = response.metadata.response_code == ResponseCode::NXDomain;
            let soa = soa_of(&response);
            let is_within = soa
                .as_ref()
                .is_some_and(|soa| soa.zone.zone_of(aliases.end()));
            if moved && !absent && !is_within {
                // The response ends in the middle of the alias chain.
                continue;
            }
            // No SOA of a zone that contains the name: an alias may have been followed but not
            // listed.
            if !is_within && question.kind != RecordType::Cname {
                let search = self.find_aliases(&mut aliases);
                // What was found in time is kept.
                let _ = tokio::time::timeout(self.options.timeout, search).await;
            }
            let negative = Negative {
                ttl: soa.as_ref().map(|soa| soa.ttl.min(aliases.ttl)),
                authenticated: aliases.authenticated,
                cname: aliases.names,
            };
            let zone = soa.map(|soa| soa.zone);
            return Ok(Resolved {
                reply: match absent {
                    true => Reply::NxDomain(negative),
                    false => Reply::NoData(negative),
                },
                has_soa: zone.is_some(),
                zone: zone.filter(|zone| is_within && !zone.is_root()),
            });
        }
    }

    /// Asks for the aliases that led to a negative answer which did not list them. Aliases that
    /// cannot be found are left out; the answer stays as it is.
    async fn find_aliases(&self, aliases: &mut Aliases) {
        loop {
            let Ok(response) = self.ask(aliases.end(), WireType::CNAME).await else {
                return;
            };
            if aliases.follow(&response, self.options.cname_chain) != Ok(true) {
                return;
            }
            aliases.authenticated &= response.metadata.authentic_data;
        }
    }

    /// The first answer that any server gives to one question, without following aliases.
    async fn ask(&self, name: &WireName, kind: WireType) -> Result<Message, Failure> {
        let query = Query::query(name.clone(), kind);
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
                let response = server.ask(&query, &self.trust, patience).await;
                self.hear(&response);
                match response {
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
