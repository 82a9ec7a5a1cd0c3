//! `sesauth serve`: pages and an API on one's own machine. It stores nothing and tells nobody.

mod answer;
mod asked;
mod body;
mod form;
mod guard;
mod job;
mod listen;
mod openapi;
mod page;
mod redacted;
mod refusal;
mod routes;
mod work;

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::time::Duration;

use tokio::net::TcpListener;

use super::dns::{Load, Published, SourceArguments};
use super::flags::size;
use super::server::{self, Ends};
use super::{Failure, Status, output};
use guard::Guard;
use work::Desk;

/// How long requests that run may go on after Ctrl-C.
const GRACE: Duration = Duration::from_secs(5);

/// Show inspections and domain checks in a browser, from this machine alone
#[derive(clap::Args)]
#[command(after_help = NOTES)]
pub struct Serve {
    /// The address and port; port 0 takes one that is free
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8025", value_parser = address)]
    listen: SocketAddr,

    /// Accept an address of --listen that other machines can reach. Whoever reaches it can use it, and
    /// what they send is not encrypted
    #[arg(long)]
    allow_remote: bool,

    /// Answer to this host name too; may be given several times. IP addresses need not be named
    #[arg(long = "host", value_name = "NAME", requires = "allow_remote")]
    hosts: Vec<String>,

    /// Refuse a larger message, unpacked or not: bytes, or with K, M or G
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size)]
    max_size: usize,

    /// How many messages to work on at once [default: one for each processor; more with live DNS]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    #[command(flatten)]
    dns: SourceArguments,
}

const NOTES: &str = "\
Nothing that is sent is stored or logged. Answers of DNS are kept in memory for
up to an hour. Pages of other sites cannot use it: it answers only to its own
name, and takes forms only from its own pages.

Examples:
  sesauth serve
      then open http://127.0.0.1:8025/; Ctrl-C ends it
  sesauth serve --dns dns.jsonl
      without network
  curl --data-binary @message.eml -H 'Content-Type: message/rfc822' \\
    'http://127.0.0.1:8025/api/inspect?ip=192.0.2.10'
  curl 'http://127.0.0.1:8025/api/domain?name=example.com'
      the same as JSON; /api/openapi.json describes it
  curl --data-binary @message.eml -H 'Content-Type: message/rfc822' \\
    http://127.0.0.1:8025/api/redact
      a copy to show to others, in Base64, with its recording of DNS

Exit codes:
  0   ended by Ctrl-C or SIGTERM
  2   it could not start: usage, unreadable file, or the port is taken";

/// Parses where to listen: an address with a port, or `localhost` with one.
fn address(text: &str) -> Result<SocketAddr, String> {
    let text = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    let read = text.parse();
    read.map_err(|_| "not an address with a port such as 127.0.0.1:8025 or [::1]:8025".into())
}

impl Serve {
    pub(super) fn run(self) -> Result<Status, Failure> {
        if !self.listen.ip().is_loopback() && !self.allow_remote {
            let why = "other machines can reach this address; --allow-remote accepts that";
            return Err(Failure::new(format!("--listen {}", self.listen), why));
        }
        let published = self.dns.published(Load::Many)?;
        let jobs = self.jobs(matches!(published, Published::Live(_)));
        let (absent, time) = (self.dns.absent(), self.dns.dns_time());
        let desk = Desk::new(published, absent, jobs, self.max_size, time);
        let runtime = server::runtime()?;
        let done = runtime.block_on(self.serve(desk));
        // Work that nobody waits for any more ends with the process.
        runtime.shutdown_background();
        done
    }

    async fn serve(self, desk: Desk) -> Result<Status, Failure> {
        let name = format!("--listen {}", self.listen);
        let unable = |error: io::Error| Failure::io(&name, &error);
        let listener = TcpListener::bind(self.listen).await.map_err(unable)?;
        let address = listener.local_addr().map_err(unable)?;
        let mut ends = Ends::new().map_err(|error| Failure::io("cannot start", &error))?;
        let guard = Guard::new(self.allow_remote, self.hosts);
        let router = routes::router(desk, guard);
        say_address(address)?;
        let connections = listen::accept(listener, router, ends.next()).await;
        tokio::select! {
            () = connections.end(GRACE) => Ok(Status::Fine),
            () = ends.next() => std::process::exit(130),
        }
    }

    /// Waiting for DNS needs no processor, so with live DNS more messages are judged at once.
    fn jobs(&self, is_live: bool) -> usize {
        let processors = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        match (self.jobs, is_live) {
            (Some(jobs), _) => jobs.get(),
            (None, true) => 16.max(processors()),
            (None, false) => processors(),
        }
    }
}

/// Says where to go: an address that a browser can open, also where all addresses are listened on.
fn say_address(address: SocketAddr) -> Result<(), Failure> {
    let host = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
    };
    if !address.ip().is_loopback() {
        output::say("other machines can reach this, and nothing is encrypted");
    }
    let url = SocketAddr::new(host, address.port());
    let mut out = io::stdout().lock();
    let said = writeln!(out, "Open http://{url}/ in a browser. Ctrl-C ends it.");
    super::written(said.and_then(|()| out.flush()))
}
