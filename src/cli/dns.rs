//! Where answers come from, as the arguments say: a resolver, a recording, or nowhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use sesauth::dns::{Absent, Dns, Evidence, Live, LiveOptions, Question, Reply, Server, Snapshot};

use super::Failure;

/// What only live DNS has a use for.
const LIVE: [&str; 4] = ["resolver", "timeout", "retries", "dns_budget"];

/// Where DNS answers come from
#[derive(Args, Debug)]
#[command(next_help_heading = "DNS")]
pub struct DnsArguments {
    /// Answer from this recording; no network is used
    #[arg(long, value_name = "FILE", conflicts_with_all = LIVE)]
    dns: Option<PathBuf>,

    /// What a question means that the recording does not hold
    #[arg(
        long,
        value_name = "MEANING",
        requires = "dns",
        default_value = "not-recorded"
    )]
    dns_absent: DnsAbsent,

    /// Write the answers to this recording; what it holds already is kept, newer answers replace
    /// older ones
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// Use no network; without --dns nothing can be looked up
    #[arg(long, conflicts_with_all = LIVE)]
    offline: bool,

    /// Ask this resolver, not the system's: 192.0.2.53, tls://dns.example or
    /// https://dns.example/dns-query; may be given several times
    #[arg(long, value_name = "SERVER", value_parser = server)]
    resolver: Vec<Server>,

    /// Trust the certificate authorities in this PEM file too, for tls:// and https://
    #[arg(long, value_name = "FILE", requires = "resolver")]
    resolver_ca: Option<PathBuf>,

    /// Seconds to wait for one answer
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    timeout: Duration,

    /// How often a server is asked again that says nothing or fails
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(0..=20))]
    retries: u8,

    /// Seconds that all questions together may take; what is not answered then is a failure
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    dns_budget: Option<Duration>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DnsAbsent {
    /// Nothing is known: what hangs on it is not evaluated, and the exit code is 2
    NotRecorded,
    /// The name does not exist
    Nxdomain,
}

fn server(text: &str) -> Result<Server, String> {
    Server::parse(text).map_err(|error| error.to_string())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(timeout) if seconds > 0.0 && seconds <= 3600.0 => Ok(timeout),
        _ => Err("not between 0 and 3600 seconds".into()),
    }
}

/// A source of answers.
pub enum Source {
    Live(Box<Live>),
    Snapshot(Box<Snapshot>),
}

impl Dns for Source {
    async fn query(&self, question: &Question) -> Reply {
        match self {
            Self::Live(live) => live.query(question).await,
            Self::Snapshot(snapshot) => snapshot.query(question).await,
        }
    }
}

impl Source {
    /// Runs `future`, with the drivers for network and time only where they are needed.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> Result<T, Failure> {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        if matches!(self, Self::Live(_)) {
            builder.enable_all();
        }
        let runtime = builder
            .build()
            .map_err(|error| Failure::io("cannot start", &error))?;
        let done = runtime.block_on(future);
        // The system may still look up the name of a resolver that was given up.
        runtime.shutdown_background();
        Ok(done)
    }
}

impl DnsArguments {
    /// Whether answers are replayed, so that one may be missing.
    pub fn is_recorded(&self) -> bool {
        self.dns.is_some()
    }

    pub fn source(&self) -> Result<Source, Failure> {
        if let Some(path) = &self.dns {
            let absent = match self.dns_absent {
                DnsAbsent::NotRecorded => Absent::NotRecorded,
                DnsAbsent::Nxdomain => Absent::NxDomain,
            };
            return Ok(Source::Snapshot(Box::new(read(path, absent)?)));
        }
        if self.offline {
            return Ok(Source::Snapshot(Box::default()));
        }
        let live = match self.resolver.as_slice() {
            [] => Live::system(),
            servers => Live::servers(servers.iter().cloned()),
        };
        let mut live = live.map_err(|error| Failure(error.to_string()))?;
        if let Some(path) = &self.resolver_ca {
            let name = path.display();
            let pem = fs::read(path).map_err(|error| Failure::io(&name, &error))?;
            live = live
                .with_authorities(&pem)
                .map_err(|error| Failure::new(&name, error))?;
        }
        Ok(Source::Live(Box::new(live.with_options(LiveOptions {
            timeout: self.timeout,
            attempts: usize::from(self.retries) + 1,
            budget: self.dns_budget,
            ..LiveOptions::default()
        }))))
    }

    /// Saves what a run asked and got, where that is wanted.
    pub fn record(
        &self,
        source: &Source,
        evidence: &Evidence,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let Some(path) = &self.record else {
            return Ok(());
        };
        let mut snapshot = match path.exists() {
            true => read(path, Absent::NotRecorded)?,
            false => Snapshot::default(),
        };
        (snapshot.captured, snapshot.resolver) = match source {
            Source::Snapshot(from) => (from.captured, from.resolver.clone()),
            Source::Live(_) => (Some(now), Some(self.resolver_name())),
        };
        snapshot.extend(evidence.0.iter().map(AsRef::as_ref));
        write(path, &snapshot)
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

fn read(path: &Path, absent: Absent) -> Result<Snapshot, Failure> {
    let name = path.display().to_string();
    let text = fs::read(path).map_err(|error| Failure::io(&name, &error))?;
    let text = String::from_utf8(text)
        .map_err(|_| Failure::new(&name, "not a DNS recording: it is not UTF-8"))?;
    Snapshot::parse(&text, absent).map_err(|error| Failure::new(&name, error))
}

/// Writes beside `path` and then renames, so that an interrupted run leaves the old file whole.
fn write(path: &Path, snapshot: &Snapshot) -> Result<(), Failure> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}.tmp", std::process::id()));
    let aside = PathBuf::from(aside);
    let written = fs::File::create(&aside).and_then(|file| {
        let mut out = std::io::BufWriter::new(file);
        snapshot.write(&mut out)?;
        out.into_inner()?.sync_all()?;
        fs::rename(&aside, path)
    });
    written.map_err(|error| {
        // The error that matters is the first one.
        let _ = fs::remove_file(&aside);
        Failure::io(path.display(), &error)
    })
}
