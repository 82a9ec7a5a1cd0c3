//! `sesauth batch`.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::ValueEnum;
use jiff::Timestamp;
use sesauth::corpus::{Digest, Entry, Reader, Summary, in_order};
use sesauth::dmarc::DmarcResult;
use sesauth::dns::{Cache, CacheOptions, Dns, Overlay};
use sesauth::{Analysis, Inspector, Limits, Options, SessionHints, render};

use super::dns::{DnsArguments, Published};
use super::drive::{Drive, Seen};
use super::findings::FindingArguments;
use super::inspect::{RulesArgument, size};
use super::progress::Progress;
use super::{Failure, Status, interrupt};

/// Analyse many saved messages: files, folders, Maildirs, mboxes
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Batch {
    /// Files, folders, Maildirs or mboxes, packed by gzip or Zstandard or not; `-` is standard input
    #[arg(required_unless_present = "files_from")]
    paths: Vec<PathBuf>,

    /// Read more paths from this file, one a line or separated by NUL; `-` is standard input
    #[arg(long, value_name = "FILE")]
    files_from: Option<PathBuf>,

    /// How many messages to work on at once [default: one for each processor; more with live DNS]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// How to show the results [default: summary on a terminal, else ndjson]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    format: Option<BatchFormat>,

    /// Show no progress on the terminal
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,

    /// Pass over a larger message with an error: bytes, or with K, M or G
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size)]
    max_size: usize,

    /// Judge all as of this time, not of their receipt
    #[arg(long, value_name = "TIME", value_parser = super::session::time, help_heading = "Session")]
    at: Option<Timestamp>,

    /// A host of the receiver, or a domain of its hosts; may be given several times
    #[arg(long, value_name = "HOST", help_heading = "Session")]
    trust: Vec<String>,

    /// A name under which the receiver writes Authentication-Results; may be given several times
    #[arg(long, value_name = "ID", help_heading = "Session")]
    trusted: Vec<String>,

    #[command(flatten)]
    dns: DnsArguments,

    /// The rules of DMARC that make the verdict; the others stand beside it
    #[arg(
        long,
        value_name = "RULES",
        default_value = "rfc9989",
        help_heading = "DMARC"
    )]
    rules: RulesArgument,

    #[command(flatten)]
    findings: FindingArguments,
}

const EXAMPLES: &str = "\
Examples:
  sesauth batch --record dns.jsonl Maildir/
      what a mailbox comes to, in numbers; and keep what DNS said
  sesauth batch --dns dns.jsonl --format ndjson Maildir/ > analyses.ndjson
      every analysis, one a line, without network
  sesauth batch --format csv archive.mbox.gz | sort -t, -k2
  find . -name '*.eml' -print0 | sesauth batch --files-from -

Exit codes: as of inspect, of all messages together: 2 if any could not be
analysed, else 75 if DNS failed for any, else 1 if any has a finding at or above
--fail-on.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum BatchFormat {
    /// Counts
    Summary,
    /// One JSON object a line: `path` and an analysis, or `path` and `error`
    Ndjson,
    /// One line a message, for tables
    Csv,
}

impl Batch {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let format = self
            .format
            .unwrap_or_else(|| match io::stdout().is_terminal() {
                true => BatchFormat::Summary,
                false => BatchFormat::Ndjson,
            });
        let mut paths = self.paths.clone();
        paths.extend(self.listed()?);
        let planned = self.dns.planned()?;
        let published = self.dns.published()?;
        let dns = Overlay::new(planned, &published);
        let seen = Seen::new(self.dns.is_to_record());
        let run = Run {
            format,
            jobs: self.jobs(&published),
            now: Timestamp::now(),
            batch: &self,
            options: self.options(),
            hints: self.hints(),
            seen: &seen,
        };
        let reader = Reader::new(paths, self.max_size);
        let now = run.now;
        let status = match &published {
            // A recording is at hand as it is.
            Published::Snapshot(_) | Published::Zone(_) => run.go(reader, &dns, Drive::here),
            Published::Live(_) => {
                let runtime = Published::runtime()?;
                let cache = Cache::with_options(&dns, LIVE);
                let status = run.go(reader, &cache, || Drive::shared(&runtime));
                runtime.shutdown_background();
                status
            }
        }?;
        self.dns.record(&published, &seen.into_evidence(), now)?;
        Ok(status)
    }

    fn options(&self) -> Options {
        Options {
            limits: Limits {
                message_bytes: self.max_size,
                decompressed_bytes: self.max_size,
                ..Limits::default()
            },
            rules: self.rules.into(),
            advice: !self.findings.no_advice,
            ..Options::default()
        }
    }

    fn hints(&self) -> SessionHints {
        SessionHints {
            at: self.at,
            trusted_hosts: self.trust.clone(),
            trusted_ids: self.trusted.clone(),
            ..SessionHints::default()
        }
    }

    /// Waiting for DNS takes no processor, so that live more messages are worked on at once.
    fn jobs(&self, published: &Published) -> usize {
        let processors = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        match (self.jobs, published) {
            (Some(jobs), _) => jobs.get(),
            (None, Published::Live(_)) => 16.max(processors()),
            (None, _) => processors(),
        }
    }

    /// The paths in the file of --files-from.
    fn listed(&self) -> Result<Vec<PathBuf>, Failure> {
        let Some(file) = &self.files_from else {
            return Ok(Vec::new());
        };
        let name = file.display().to_string();
        let mut list = Vec::new();
        let read = match name.as_str() {
            "-" => io::stdin().read_to_end(&mut list),
            _ => File::open(file).and_then(|mut file| file.read_to_end(&mut list)),
        };
        read.map_err(|error| Failure::io(&name, &error))?;
        let separator = if list.contains(&0) { 0 } else { b'\n' };
        let paths = list.split(|byte| *byte == separator);
        let paths = paths.map(|path| match separator {
            0 => path,
            _ => path.strip_suffix(b"\r").unwrap_or(path),
        });
        Ok(paths
            .filter(|path| !path.is_empty())
            .map(super::path_of)
            .collect())
    }
}

/// With many messages, a name is asked about once in an hour at most.
const LIVE: CacheOptions = CacheOptions {
    entries: 100_000,
    in_flight: 64,
    longest: Duration::from_secs(3600),
    absence: Duration::from_secs(3600),
    failure: Duration::from_secs(60),
};

/// One run over many messages.
struct Run<'b> {
    batch: &'b Batch,
    format: BatchFormat,
    jobs: usize,
    now: Timestamp,
    options: Options,
    hints: SessionHints,
    seen: &'b Seen,
}

impl Run<'_> {
    fn go<D: Dns>(
        &self,
        mut reader: Reader,
        dns: &D,
        drive: impl Fn() -> Drive + Sync,
    ) -> Result<Status, Failure> {
        let interrupted = interrupt::flag();
        let to_terminal = io::stdout().is_terminal() && self.format != BatchFormat::Summary;
        let mut progress = Progress::new(self.batch.quiet || to_terminal);
        let left = reader.left();
        let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let mut summary = Summary::default();
        let mut worst = Status::Fine;
        let mut written = match self.format {
            BatchFormat::Csv => writeln!(out, "{}", render::summary::CSV_HEAD),
            BatchFormat::Ndjson | BatchFormat::Summary => Ok(()),
        };
        let entries = std::iter::from_fn(|| match interrupted.load(Ordering::Relaxed) {
            true => None,
            false => reader.next(),
        });
        in_order(
            entries,
            self.jobs,
            || Worker {
                drive: drive(),
                buffer: Vec::new(),
                inspector: Inspector::new(dns, self.options.clone()),
            },
            |worker, entry| self.done(&entry, worker),
            |done: Done| {
                worst = worst.max(done.status);
                summary.add(done.digest);
                progress.step(summary.messages, left.load(Ordering::Relaxed));
                if let Some(error) = &done.error {
                    let text = render::escape::plain(format!("{}: {error}", done.name));
                    progress.say(&format!("sesauth: {text}"));
                }
                written = out.write_all(&done.text);
                match &written {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            },
        );
        progress.end();
        if written.is_ok() && self.format == BatchFormat::Summary {
            written = render::summary::write(&summary, &mut out);
        }
        super::written(written.and_then(|()| out.flush()))?;
        match reader.passed_over() {
            0 => (),
            count => eprintln!(
                "sesauth: {count} files in folders do not look like mail and were passed over"
            ),
        }
        if interrupted.load(Ordering::Relaxed) {
            let count = summary.messages;
            eprintln!("sesauth: interrupted; {count} messages are done");
            return Ok(Status::NotAnalysed);
        }
        if summary.messages == 0 {
            let help = "no message was found there";
            return Err(Failure::new("nothing to analyse", help));
        }
        Ok(worst)
    }

    /// One message, whatever is in it.
    fn done<D: Dns>(&self, entry: &Entry, worker: &mut Worker<'_, D>) -> Done {
        let analysed = catch_unwind(AssertUnwindSafe(|| self.analyse(entry, worker)));
        let analysis = analysed.unwrap_or_else(|_| {
            Err("it made the program fail; please report it with the message".into())
        });
        let mut text = Vec::new();
        let shown = analysis.as_ref().map_err(String::as_str);
        let written = match self.format {
            BatchFormat::Ndjson => render::json::write_line(&entry.name, shown, &mut text),
            BatchFormat::Csv => render::summary::write_csv(&entry.name, shown, &mut text),
            BatchFormat::Summary => Ok(()),
        };
        let error = written.err().map(|error| error.to_string());
        Done {
            digest: analysis.as_ref().ok().map(Digest::of),
            status: match &analysis {
                Ok(analysis) => status(analysis, &self.batch.findings),
                Err(_) => Status::NotAnalysed,
            },
            error: error.or(analysis.err()),
            name: entry.name.clone(),
            text,
        }
    }

    fn analyse<D: Dns>(
        &self,
        entry: &Entry,
        worker: &mut Worker<'_, D>,
    ) -> Result<Analysis, String> {
        let bytes = entry.load.bytes(&mut worker.buffer, self.batch.max_size)?;
        let analysis = worker.inspector.inspect(bytes, &self.hints, self.now);
        let mut analysis = worker
            .drive
            .block_on(analysis)
            .map_err(|error| error.to_string())?;
        self.batch.findings.leave_out(&mut analysis.findings);
        self.seen.add(&analysis.lookups);
        Ok(analysis)
    }
}

/// What one thread works with.
struct Worker<'d, D> {
    drive: Drive,
    /// The bytes of the message at hand.
    buffer: Vec<u8>,
    inspector: Inspector<'d, D>,
}

/// What came of one message.
struct Done {
    name: String,
    /// What is written of it.
    text: Vec<u8>,
    digest: Option<Digest>,
    status: Status,
    error: Option<String>,
}

/// The exit code that one message calls for.
fn status(analysis: &Analysis, findings: &FindingArguments) -> Status {
    if analysis.is_recording_incomplete() {
        return Status::NotAnalysed;
    }
    match analysis.dmarc.result {
        DmarcResult::Temperror => Status::TryAgain,
        _ if findings.call_for_failure(&analysis.findings) => Status::Fail,
        _ => Status::Fine,
    }
}
