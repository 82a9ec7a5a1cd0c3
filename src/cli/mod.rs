//! The command line: arguments in, text out, an exit code.

mod authserv_id;
mod autopsy;
mod batch;
mod canonical;
mod compare;
mod completions;
mod corpus;
mod diff;
mod dmarc;
mod dns;
mod dns_file;
mod domain;
mod expect;
mod explain;
mod files_from;
mod filter;
mod findings;
mod flags;
mod hint;
mod identity;
mod inspect;
mod interrupt;
mod man;
mod message;
#[cfg(feature = "milter")]
mod milter;
mod output;
mod plan;
mod progress;
mod provider;
mod recording;
mod redact;
mod reports;
mod resume;
mod runner;
mod runtime;
mod schema;
mod second;
#[cfg(feature = "serve")]
mod serve;
#[cfg(any(feature = "milter", feature = "serve"))]
mod server;
#[cfg(any(feature = "milter", feature = "serve"))]
mod server_dns;
mod session;
mod setup;
mod signature;
mod spf;
mod store;
mod target;
mod typed;
mod usage;

use std::fmt;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Explains why a mail message passed or failed SPF, DKIM and DMARC.
#[derive(Parser)]
#[command(
    name = "sesauth",
    version = concat!(
        env!("CARGO_PKG_VERSION"),
        " (JSON schema sesauth/1, public suffix list psl 2.1.247)"
    ),
    after_help = format!("{LEFT_OUT}{AFTER_HELP}"),
    max_term_width = 80
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Inspect(Box<inspect::Inspect>),
    Batch(Box<batch::Batch>),
    Completions(completions::Completions),
    #[command(subcommand)]
    Corpus(corpus::Corpus),
    Diff(Box<diff::DiffCommand>),
    Dmarc(Box<dmarc::Dmarc>),
    Dns(recording::Recording),
    Domain(Box<domain::DomainCommand>),
    Explain(explain::Explain),
    Filter(Box<filter::Filter>),
    Findings(findings::Findings),
    Man(man::Man),
    #[cfg(feature = "milter")]
    Milter(Box<milter::Milter>),
    Redact(Box<redact::RedactCommand>),
    Reports(Box<reports::Reports>),
    Schema(schema::Schema),
    #[cfg(feature = "serve")]
    Serve(Box<serve::Serve>),
    Setup(Box<setup::SetupCommand>),
    Spf(Box<spf::Spf>),
}

const AFTER_HELP: &str = "\
Examples:
  sesauth inspect message.eml
  sesauth inspect --format json < message.eml
  sesauth diff passes.eml fails.eml
  sesauth help inspect

Exit codes:
  0   analysed, and nothing was found at or above --fail-on
  1   something was found at or above --fail-on (error, unless told otherwise)
  2   could not analyse: usage, unreadable file, not a message, a plan that
      touches nothing, or recorded DNS that does not hold what is needed
  75  DNS gave no answer on which the DMARC result hangs, or could not be used;
      try again later";

/// The commands that only some builds have.
const LEFT_OUT: &str = match (cfg!(feature = "serve"), cfg!(feature = "milter")) {
    (true, true) => "",
    (false, true) => "This build has no `sesauth serve`: it needs the feature `serve`.\n\n",
    (true, false) => "This build has no `sesauth milter`: it needs the feature `milter`.\n\n",
    (false, false) => {
        "This build has no `sesauth serve` and no `sesauth milter`: they need the features `serve` \
         and `milter`.\n\n"
    }
};

/// What the process reports when it ends; later ones have priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Fine,
    Fail,
    TryAgain,
    NotAnalysed,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Fine => 0,
            Status::Fail => 1,
            Status::NotAnalysed => 2,
            Status::TryAgain => 75,
        })
    }
}

/// Why a command could not do its work, for the person who called it.
#[derive(Debug)]
struct Failure(String);

impl Failure {
    fn new(what: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self(format!("{what}: {why}"))
    }

    /// An error of the operating system, without its number.
    fn io(what: impl fmt::Display, error: &io::Error) -> Self {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".into(),
            io::ErrorKind::PermissionDenied => "reading or writing it is not permitted".into(),
            io::ErrorKind::IsADirectory => "it is a folder; give one message file".into(),
            _ => error.to_string(),
        };
        Self::new(what, why)
    }
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let arguments = match usage::arguments() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    second::quiet_panics();
    let result = match arguments.command {
        Command::Inspect(inspect) => inspect.run(),
        Command::Batch(batch) => batch.run(),
        Command::Completions(completions) => completions.run(),
        Command::Corpus(corpus) => corpus.run(),
        Command::Diff(diff) => diff.run(),
        Command::Dmarc(dmarc) => dmarc.run(),
        Command::Dns(recording) => recording.run(),
        Command::Domain(domain) => domain.run(),
        Command::Explain(explain) => explain.run(),
        Command::Filter(filter) => Ok(filter.run()),
        Command::Findings(findings) => findings.run(),
        Command::Man(man) => man.run(),
        #[cfg(feature = "milter")]
        Command::Milter(milter) => milter.run(),
        Command::Redact(redact) => redact.run(),
        Command::Reports(reports) => reports.run(),
        Command::Schema(schema) => schema.run(),
        #[cfg(feature = "serve")]
        Command::Serve(serve) => serve.run(),
        Command::Setup(setup) => setup.run(),
        Command::Spf(spf) => spf.run(),
    };
    match result {
        Ok(status) => status.into(),
        Err(failure) => {
            output::say(format!("error: {}", failure.0));
            Status::NotAnalysed.into()
        }
    }
}

/// All that `from` has; `None` if that is more than `limit` octets, of which one more is read.
fn within(from: impl io::Read, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() <= limit))
}

/// A path as bytes, as `find -print0` writes it.
#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

/// A path as bytes, which must be UTF-8 here.
#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// Whether the output was written; a reader that closed its pipe has seen enough.
fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::io("standard output", &error))
        }
        _ => Ok(()),
    }
}
