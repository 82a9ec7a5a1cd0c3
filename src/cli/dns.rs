//! Where answers come from, as the arguments say: a resolver, a recording, or nowhere.

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use sesauth::dns::{
    Absent, Dns, Evidence, Live, LiveOptions, Lookup, NoDns, OwnZones, Question, Reply, Seen,
    Server, Snapshot, Zone,
};

use super::dns_file::recorded;
use super::target::Target;
use super::{Failure, output, within};

/// How long all questions about one message may take, unless the user says otherwise.
pub const ONE: Duration = Duration::from_secs(60);

/// Octets of a file of certificates. The authorities that systems trust take some 250,000.
const AUTHORITIES: usize = 4 << 20;

/// The arguments that only matter for live DNS.
const LIVE: [&str; 4] = ["resolver", "timeout", "retries", "dns_budget"];

/// Where DNS answers come from, and what becomes of them
#[derive(Args, Debug)]
#[command(next_help_heading = "DNS")]
pub struct DnsArguments {
    #[command(flatten)]
    source: SourceArguments,

    /// Write the answers to this recording; what it holds already is kept, also where a newer
    /// answer is another: a key once seen stays
    #[arg(long, value_name = "FILE", conflicts_with = "overlay")]
    record: Option<PathBuf>,
}

/// Where DNS answers come from
#[derive(Args, Debug)]
#[command(next_help_heading = "DNS")]
pub struct SourceArguments {
    /// Answer from this file, without network: a recording, zone text, or a DNS cache of mailauth
    #[arg(long, value_name = "FILE", conflicts_with_all = LIVE)]
    dns: Option<PathBuf>,

    /// What a question means that the recording does not hold, or that is about a name outside the
    /// zones of zone text
    #[arg(
        long,
        value_name = "MEANING",
        requires = "dns",
        default_value = "not-recorded"
    )]
    dns_absent: DnsAbsent,

    /// Use no network; without --dns nothing can be looked up
    #[arg(long, conflicts_with_all = LIVE)]
    offline: bool,

    /// Ask this resolver, not the system's: 192.0.2.53, tls://dns.example,
    /// https://dns.example/dns-query, or, if built with the feature dns-quic, quic://dns.example or
    /// h3://dns.example/dns-query; may be given several times
    #[arg(long, value_name = "SERVER", value_parser = server)]
    resolver: Vec<Server>,

    /// Trust the certificate authorities in this PEM file too, for resolvers written with ://
    #[arg(long, value_name = "FILE", requires = "resolver")]
    resolver_ca: Option<PathBuf>,

    /// Seconds to wait for one answer
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    timeout: Duration,

    /// How often a server is asked again that says nothing or fails
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(0..=20))]
    retries: u8,

    /// Seconds that all questions about one message may take; what is not answered then is a
    /// failure. It also bounds SPF (RFC 7208 §4.6.4 asks for 20 at least) [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    dns_budget: Option<Duration>,
}

/// How many messages the answers are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// One message, or one domain.
    One,
    /// Many, of which each has its own time: see [`SourceArguments::dns_time`].
    Many,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DnsAbsent {
    /// Nothing is known: what hangs on it is not evaluated, and the exit code is 2
    NotRecorded,
    /// The name does not exist
    Nxdomain,
}

/// Parses a resolver.
pub fn server(text: &str) -> Result<Server, String> {
    Server::parse(text).map_err(|error| error.to_string())
}

/// Parses a number of seconds.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(timeout) if seconds > 0.0 && seconds <= 3600.0 => Ok(timeout),
        _ => Err("not between 0 and 3600 seconds".into()),
    }
}

/// A source of answers: DNS itself, or a recording.
pub enum Published {
    Live(Box<Live>),
    Snapshot(Box<Snapshot>),
    Zone(Box<Zone>),
    OwnZones(Box<OwnZones>),
}

impl Dns for Published {
    async fn query(&self, question: &Question) -> Reply {
        match self {
            Self::Live(live) => live.query(question).await,
            Self::Snapshot(snapshot) => snapshot.query(question).await,
            Self::Zone(zone) => zone.query(question).await,
            Self::OwnZones(zones) => zones.query(question).await,
        }
    }

    fn earlier(&self, question: &Question) -> Vec<Seen> {
        match self {
            Self::Live(live) => live.earlier(question),
            Self::Snapshot(snapshot) => snapshot.earlier(question),
            Self::Zone(zone) => zone.earlier(question),
            Self::OwnZones(zones) => zones.earlier(question),
        }
    }

    fn keeps_aliases(&self) -> bool {
        match self {
            Self::Live(live) => live.keeps_aliases(),
            Self::Snapshot(snapshot) => snapshot.keeps_aliases(),
            Self::Zone(zone) => zone.keeps_aliases(),
            Self::OwnZones(zones) => zones.keeps_aliases(),
        }
    }
}

impl Published {
    /// A runtime for the questions of several threads.
    pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build();
        runtime.map_err(|error| Failure::io("cannot start", &error))
    }

    /// Runs `future`, with the drivers for network and time only if they are needed; and why DNS
    /// could not be used, if it could not.
    pub fn block_on<T>(
        &self,
        future: impl Future<Output = T>,
    ) -> Result<(T, Option<NoDns>), Failure> {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        if matches!(self, Self::Live(_)) {
            builder.enable_all();
        }
        let runtime = builder
            .build()
            .map_err(|error| Failure::io("cannot start", &error))?;
        let done = runtime.block_on(async { (future.await, self.no_dns().await) });
        // The system may still be looking up the name of a resolver that was given up.
        runtime.shutdown_background();
        Ok(done)
    }

    /// Why nothing can be concluded from the answers so far; `None` if they can be used.
    pub async fn no_dns(&self) -> Option<NoDns> {
        match self {
            Self::Live(live) => live.no_dns().await,
            Self::Snapshot(_) | Self::Zone(_) | Self::OwnZones(_) => None,
        }
    }

    /// Whether what was judged of late may have to be judged again, because DNS cannot be used.
    pub fn is_in_doubt(&self) -> bool {
        match self {
            Self::Live(live) => live.is_in_doubt(),
            Self::Snapshot(_) | Self::Zone(_) | Self::OwnZones(_) => false,
        }
    }

    /// Learns to know the servers, while they answer.
    pub async fn meet(&self) {
        if let Self::Live(live) = self {
            live.meet().await;
        }
    }

    /// Why DNS cannot be used any more, if it cannot.
    pub async fn lost(&self) -> Option<NoDns> {
        match self {
            Self::Live(live) => live.lost().await,
            Self::Snapshot(_) | Self::Zone(_) | Self::OwnZones(_) => None,
        }
    }
}

/// Says that DNS could not be used, and what to do.
pub fn say_no_dns(why: &NoDns) {
    output::say(format!(
        "no usable DNS: {why}. Nothing is concluded from it; try again later, name another resolver \
         with --resolver, or replay a recording with --dns FILE"
    ));
}

impl DnsArguments {
    /// Whether answers are replayed, so that some may be missing.
    pub fn is_recorded(&self) -> bool {
        self.source.dns.is_some()
    }

    /// What a question means that the recording does not hold.
    pub fn absent(&self) -> Absent {
        self.source.absent()
    }

    /// Whether answers are to be recorded.
    pub fn is_to_record(&self) -> bool {
        self.record.is_some()
    }

    /// The source of answers. A file that is no recording, or cannot be written, is refused before
    /// anything is asked.
    pub fn published(&self, load: Load) -> Result<Published, Failure> {
        if let Some(path) = &self.record {
            Target::new(path)?.held()?;
        }
        self.source.published(load)
    }

    /// How long all questions about one message may take.
    pub fn dns_time(&self) -> Duration {
        self.source.dns_time()
    }

    /// Saves what a run asked and the answers, if that is wanted. Where DNS could not be used, says so,
    /// and no failure is saved.
    pub fn record(
        &self,
        published: &Published,
        no_dns: Option<&NoDns>,
        evidence: &Evidence,
        now: Timestamp,
    ) -> Result<(), Failure> {
        if let Some(why) = no_dns {
            say_no_dns(why);
        }
        let Some(path) = &self.record else {
            return Ok(());
        };
        let is_kept =
            |lookup: &&Lookup| no_dns.is_none() || !matches!(lookup.reply, Reply::TempFail(_));
        let lookups: Vec<&Lookup> = evidence.0.iter().filter(is_kept).collect();
        if no_dns.is_some() && lookups.is_empty() {
            output::say(format!("{}: nothing was recorded", path.display()));
            return Ok(());
        }
        let target = Target::new(path)?;
        let _held = target.hold()?;
        let mut snapshot = target.held()?;
        self.source.merge(&mut snapshot, published, lookups, now);
        target.write(&snapshot)
    }
}

impl SourceArguments {
    /// What a question means that the recording does not hold.
    pub fn absent(&self) -> Absent {
        match self.dns_absent {
            DnsAbsent::NotRecorded => Absent::NotRecorded,
            DnsAbsent::Nxdomain => Absent::NxDomain,
        }
    }

    /// The source of answers.
    pub fn published(&self, load: Load) -> Result<Published, Failure> {
        if let Some(path) = &self.dns {
            return recorded(path, self.absent());
        }
        if self.offline {
            return Ok(Published::Snapshot(Box::default()));
        }
        let live = match self.resolver.as_slice() {
            [] => Live::system(),
            servers => Live::servers(servers.iter().cloned()),
        };
        let mut live = live.map_err(|error| Failure(error.to_string()))?;
        if let Some(path) = &self.resolver_ca {
            let name = path.display();
            let pem = File::open(path).and_then(|file| within(file, AUTHORITIES));
            let Some(pem) = pem.map_err(|error| Failure::io(&name, &error))? else {
                let why = format!(
                    "it has more bytes than the limit of {AUTHORITIES} for certificates; keep \
                     those that the resolver needs"
                );
                return Err(Failure::new(name, why));
            };
            live = live
                .with_authorities(&pem)
                .map_err(|error| Failure::new(&name, error))?;
        }
        Ok(Published::Live(Box::new(live.with_options(LiveOptions {
            timeout: self.timeout,
            attempts: usize::from(self.retries) + 1,
            budget: match load {
                Load::One => Some(self.dns_time()),
                Load::Many => None,
            },
            ..LiveOptions::default()
        }))))
    }

    /// How long all questions about one message may take.
    pub fn dns_time(&self) -> Duration {
        self.dns_budget.unwrap_or(ONE)
    }

    /// The same with at most `most` for all questions about one message.
    pub fn within(self, most: Duration) -> Self {
        Self {
            dns_budget: Some(self.dns_time().min(most)),
            ..self
        }
    }

    /// Adds to `snapshot` what a run asked `published`, with the answers.
    pub fn merge<'l>(
        &self,
        snapshot: &mut Snapshot,
        published: &Published,
        lookups: impl IntoIterator<Item = &'l Lookup>,
        now: Timestamp,
    ) {
        let (captured, resolver) = match published {
            Published::Snapshot(from) => (from.captured, from.resolver.clone()),
            Published::Zone(_) | Published::OwnZones(_) => (None, Some("zone text".into())),
            Published::Live(_) => {
                let second = Timestamp::from_second(now.as_second()).ok();
                (second, Some(self.resolver_name()))
            }
        };
        snapshot.extend(lookups, captured, resolver.as_deref());
    }

    fn resolver_name(&self) -> String {
        match self.resolver.as_slice() {
            [] => "system".into(),
            servers => {
                let servers: Vec<String> = servers.iter().map(Server::to_string).collect();
                servers.join(" ")
            }
        }
    }
}
