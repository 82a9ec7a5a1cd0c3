//! `sesauth milter`: Authentication-Results for Postfix and Sendmail, which tell it of the real session.

mod address;
mod held;
mod judge;
mod listen;
mod session;

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use sesauth::Options;
use sesauth::dkim::Effort;

use super::authserv_id::AuthservIdFlag;
use super::dns::{Load, Published, SourceArguments, seconds};
use super::filter::DNS_PART;
use super::flags::{RulesFlag, limits, size};
use super::server::{self, Ends};
use super::{Failure, Status, output, written};
use address::Address;
use held::Memory;
use judge::{Judge, Terms};
use listen::Listener;

/// Octets that all messages may take at once; four of the largest if those are more.
const LEAST: usize = 256 << 20;

/// Put Authentication-Results on the messages of Postfix or Sendmail, with the session that they see
#[derive(clap::Args)]
#[command(after_help = NOTES)]
pub struct Milter {
    /// Where the mail server finds it: inet:PORT@ADDRESS, inet6:PORT@ADDRESS or unix:PATH; port 0
    /// takes one that is free
    #[arg(
        long,
        value_name = "WHERE",
        default_value = "inet:8891@127.0.0.1",
        value_parser = Address::parse
    )]
    listen: Address,

    #[command(flatten)]
    authserv_id: AuthservIdFlag,

    /// Refuse messages too, with code 550. Without it, none is ever refused
    #[arg(long, value_name = "WHAT")]
    reject_on: Option<RejectOn>,

    /// Seconds after which a message goes on without a result
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    max_time: Duration,

    /// Judge no larger message; it goes on all the same. Bytes, or with K, M or G
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size)]
    max_size: usize,

    /// How many messages to work on at once
    #[arg(short, long, value_name = "N", default_value = "16")]
    jobs: NonZeroUsize,

    #[command(flatten)]
    dns: SourceArguments,

    #[command(flatten)]
    rules: RulesFlag,

    /// Write a line for each message to standard error
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,
}

/// What is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RejectOn {
    /// DMARC fails, and the policy that applies is reject
    DmarcReject,
}

const NOTES: &str = "\
Each message from outside gets a field on top, and loses those in the same name,
which its sender wrote (RFC 8601, section 5). Messages of users who have
authenticated, and of this machine's own programs, get none. A message that
cannot be judged goes on with a field that says temperror. Ctrl-C and SIGTERM
end it when the messages that are open are done.

In Postfix (main.cf):
    smtpd_milters = inet:127.0.0.1:8891
    milter_default_action = accept
In Sendmail (sendmail.mc):
    INPUT_MAIL_FILTER(`sesauth', `S=inet:8891@127.0.0.1')

Examples:
  sesauth milter --authserv-id mx.example.org
  sesauth milter --authserv-id mx.example.org \\
    --listen unix:/run/sesauth/milter.sock

Exit codes:
  0   ended by Ctrl-C or SIGTERM
  2   it could not start: usage, unreadable file, or the address is taken";

impl Milter {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let dns = self.dns.within(self.max_time.mul_f64(DNS_PART));
        let dns_time = dns.dns_time();
        let published = dns.published(Load::Many)?;
        let terms = Terms {
            authserv_id: self.authserv_id.name(),
            options: Options {
                limits: limits(self.max_size),
                rules: self.rules.into(),
                advice: false,
                autopsy: Effort::Off,
                ..Options::default()
            },
            refuses: self.reject_on == Some(RejectOn::DmarcReject),
            is_verbose: self.verbose,
            max_time: self.max_time,
            dns_time,
            memory: Memory::new(LEAST.max(self.max_size.saturating_mul(4))),
        };
        let runtime = server::runtime()?;
        let done = runtime.block_on(serve(&self.listen, terms, published, self.jobs));
        // Work that nobody waits for any more ends with the process.
        runtime.shutdown_background();
        done
    }
}

async fn serve(
    address: &Address,
    terms: Terms,
    published: Published,
    jobs: NonZeroUsize,
) -> Result<Status, Failure> {
    let name = format!("--listen {address}");
    let unable = |error: std::io::Error| Failure::io(&name, &error);
    let grace = terms.max_time;
    let judge = Arc::new(Judge::new(terms, published, jobs));
    let listener = Listener::bind(address).await.map_err(unable)?;
    let mut ends = Ends::new().map_err(|error| Failure::io("cannot start", &error))?;
    let address = listener.address().map_err(unable)?;
    let mut out = output::stdout(sesauth::render::workflow::Escapes::Text);
    let said = writeln!(out, "sesauth milter listens on {address}");
    written(said.and_then(|()| out.flush()))?;
    drop(out);
    let connections = listen::accept(&listener, judge, ends.next()).await;
    drop(listener);
    tokio::select! {
        () = connections.end(grace) => Ok(Status::Fine),
        () = ends.next() => std::process::exit(130),
    }
}
