//! `sesauth batch`.

mod done;
mod out;
mod pages;

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::path::PathBuf;

use jiff::Timestamp;
use sesauth::corpus::{Reader, Summary};
use sesauth::dns::{NoDns, Overlay};
use sesauth::{Options, SessionHints};

use super::autopsy::AutopsyFlag;
use super::dns::{DnsArguments, Load};
use super::files_from::{Fault, Listed};
use super::findings::FindingArguments;
use super::flags::{RulesFlag, RunFlags, TrustFlags, limits, size};
use super::identity::IdentityFlag;
use super::plan::OverlayArgument;
use super::resume::{Earlier, Lines};
use super::runner::{Answers, Runner, guarded};
use super::runtime::Seen;
use super::second::EngineFlag;
use super::store::{self, StoreArguments};
use super::{Failure, Status};
use done::{Done, Wanted};
use out::{BatchFormat, Out};
use pages::{Pages, common};

/// Analyse many saved messages: files, folders, Maildirs, mboxes, tar and zip archives
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Batch {
    /// Files, folders, Maildirs, mboxes or tar archives, packed by gzip or Zstandard or not, and zip
    /// archives; `-` is standard input. If built with the feature object-store, also objects and
    /// prefixes of object stores: s3://BUCKET/PREFIX/, gs://, az://
    #[arg(required_unless_present = "files_from")]
    paths: Vec<PathBuf>,

    /// Read more paths from this file, one a line or separated by NUL; `-` is standard input. They
    /// are of files, folders and objects, not of messages within an archive
    #[arg(long, value_name = "FILE")]
    files_from: Option<PathBuf>,

    #[command(flatten)]
    run: RunFlags,

    /// How to show the results [default: summary on a terminal, else ndjson]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    format: Option<BatchFormat>,

    /// Write a page over all messages into this new or empty folder, index.html, and a page for each
    /// message that is not a plain pass
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    html: Option<PathBuf>,

    /// With --html, a page for each message
    #[arg(long, requires = "html", help_heading = "Output")]
    html_all: bool,

    /// Write into this file, ndjson or csv, and go on behind what an earlier run wrote there: messages
    /// of which it has a line are passed over by their names, and a last line that was cut off is
    /// written anew. Give the other flags as before; they are not compared
    #[arg(
        long,
        value_name = "OUTPUT",
        conflicts_with_all = ["html", "record"],
        help_heading = "Output"
    )]
    resume: Option<PathBuf>,

    /// With words too in ndjson: why each result is what it is, and what to do about each finding
    #[arg(long, help_heading = "Output")]
    explain: bool,

    /// Pass over a larger message with an error: bytes, or with K, M or G
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size)]
    max_size: usize,

    /// Judge all as of this time, not of their receipt
    #[arg(long, value_name = "TIME", value_parser = super::session::time, help_heading = "Session")]
    at: Option<Timestamp>,

    #[command(flatten)]
    trust: TrustFlags,

    #[command(flatten)]
    store: StoreArguments,

    #[command(flatten)]
    dns: DnsArguments,

    #[command(flatten)]
    overlay: OverlayArgument,

    #[command(flatten)]
    rules: RulesFlag,

    #[command(flatten)]
    findings: FindingArguments,

    #[command(flatten)]
    identity: IdentityFlag,

    #[command(flatten)]
    autopsy: AutopsyFlag,

    #[command(flatten)]
    second: EngineFlag,
}

const EXAMPLES: &str = "\
Examples:
  sesauth batch --record dns.jsonl Maildir/
      what a mailbox comes to, in numbers; and keep what DNS said
  sesauth batch --dns dns.jsonl --format ndjson Maildir/ > verdicts.ndjson
      every verdict and what it rests on, one message a line, without network
  sesauth batch --dns dns.jsonl --format ndjson --explain Maildir/ | less
      the same with words beside the data
  sesauth batch --format summary --compare-with mail-auth Maildir/
      in how many results another engine agrees, and the clause behind the rest
  sesauth batch --format csv archive.mbox.gz > verdicts.csv
      a table, one message a line
  sesauth batch --html pages/ Maildir/
      pages for a browser: pages/index.html, with charts, and one for each
      message
  sesauth batch --resume verdicts.ndjson --dns dns.jsonl export.tar.gz
      the messages in an archive; the same command again after the run broke
      off goes on where it was
  find . -name '*.eml' -print0 | sesauth batch --files-from -
  find Maildir -type f -mtime -7 -print0 | sesauth batch --files-from -
      the mail of a week; with -print0 any name will do, as 'in box/1.host:2,S'

Exit codes:
  0   all were analysed, and nothing was found at or above --fail-on
  1   something was found at or above --fail-on
  2   a message could not be analysed, as `sesauth help inspect` says
  75  DNS failed for a message; try again later. Where it cannot be used at all,
      or no more, the run ends: --resume goes on behind what was written

Where several hold, 2 goes before 75, and 75 before 1.";

impl Batch {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let earlier = self.earlier()?;
        let format = self.format.unwrap_or_else(|| match &earlier {
            Some(earlier) if earlier.lines == Lines::Csv => BatchFormat::Csv,
            Some(_) => BatchFormat::Ndjson,
            None if io::stdout().is_terminal() || self.html.is_some() => BatchFormat::Summary,
            None => BatchFormat::Ndjson,
        });
        store::check(self.paths.iter().map(PathBuf::as_path))?;
        self.store.apply();
        let mut paths = self.paths.clone();
        let mut listed = self.files_from.as_deref().map(Listed::open).transpose()?;
        let fault = listed.as_ref().map_or_else(Fault::default, Listed::fault);
        // The page over all, and a file of rows, name what all paths have in common.
        let is_below = self.html.is_some() || format == BatchFormat::Parquet;
        let again = self.files_from.as_deref().filter(|_| is_below);
        let again = again.map(Listed::again).transpose()?.flatten();
        if is_below && again.is_none() {
            paths.extend(listed.take().into_iter().flatten());
            fault.check()?;
        }
        let planned = self.overlay.zone()?;
        let published = self.dns.published(Load::Many)?;
        let overlay = Overlay::new(planned, &published);
        let answers = Answers::new(&overlay, &published);
        let seen = Seen::new(self.dns.is_to_record());
        let is_table = matches!(format, BatchFormat::Csv | BatchFormat::Parquet);
        if is_table && self.second.compare_with.is_some() {
            let help = "a table does not show it; give --format summary or ndjson";
            return Err(Failure::new("--compare-with", help));
        }
        let pages = self.html.as_deref();
        let folder = match is_below {
            true => common(paths.iter().cloned().chain(again.into_iter().flatten())),
            false => String::new(),
        };
        let pages = pages.map(|pages| Pages::new(pages, folder.clone()));
        let mut pages = pages.transpose()?;
        let runner = self.runner(format)?;
        let paths = paths.into_iter().chain(listed.into_iter().flatten());
        let mut reader = self.store.give_to(Reader::new(paths, self.max_size));
        let out = match earlier {
            None => Out::stdout(format, &folder)?,
            Some(earlier) => {
                let mut done = earlier.done;
                reader = reader.only(move |name| !done.take(name));
                Out::behind(earlier.file, format, earlier.is_empty)
            }
        };
        let done = self.go(out, &runner, &mut reader, &answers, &seen, &mut pages);
        fault.check()?;
        let (status, no_dns) = done?;
        let no_dns = no_dns.as_ref();
        self.dns
            .record(&published, no_dns, &seen.into_evidence(), runner.now)?;
        Ok(match no_dns {
            Some(_) => status.max(Status::TryAgain),
            None => status,
        })
    }

    /// The output to go on behind, if one is given.
    fn earlier(&self) -> Result<Option<Earlier>, Failure> {
        let Some(path) = &self.resume else {
            return Ok(None);
        };
        let lines = match self.format {
            None => None,
            Some(BatchFormat::Ndjson) => Some(Lines::Ndjson),
            Some(BatchFormat::Csv) => Some(Lines::Csv),
            Some(BatchFormat::Summary) => {
                let why = "a summary has no line for each message; give --format ndjson or csv";
                return Err(Failure::new("--resume", why));
            }
            Some(BatchFormat::Parquet) => {
                let why = "a Parquet file is complete, and nothing can be written behind it; give \
                           --format ndjson or csv, or write a file for each part of the messages: \
                           `corpus report` and others read several as one";
                return Err(Failure::new("--resume", why));
            }
        };
        Earlier::open(path, lines).map(Some)
    }

    fn runner(&self, format: BatchFormat) -> Result<Runner, Failure> {
        let to_stdout = format != BatchFormat::Summary && self.resume.is_none();
        let to_terminal = io::stdout().is_terminal() && to_stdout;
        Ok(Runner {
            run: RunFlags {
                quiet: self.run.quiet || to_terminal,
                ..self.run
            },
            now: Timestamp::now(),
            hints: SessionHints {
                at: self.at,
                trusted_hosts: self.trust.hosts.clone(),
                trusted_ids: self.trust.ids.clone(),
                ..SessionHints::default()
            },
            options: Options {
                limits: limits(self.max_size),
                rules: self.rules.into(),
                advice: !self.findings.no_advice,
                audience: self.findings.audience(),
                planned: self.overlay.is_given(),
                identities: self.identity.identities()?,
                autopsy: self
                    .autopsy
                    .effort(format == BatchFormat::Ndjson || self.html.is_some()),
                ..Options::default()
            },
            dns_time: self.dns.dns_time(),
            second: self.second.engine()?,
            ends_without_dns: true,
        })
    }

    fn go(
        &self,
        mut out: Out,
        runner: &Runner,
        reader: &mut Reader,
        answers: &Answers<'_>,
        seen: &Seen,
        pages: &mut Option<Pages>,
    ) -> Result<(Status, Option<NoDns>), Failure> {
        let wanted = Wanted {
            format: out.format(),
            words: self.explain,
            pages: self.html.is_some(),
            plain_pages: self.html_all,
            findings: &self.findings,
        };
        let mut summary = Summary::default();
        let mut worst = Status::Fine;
        let mut written = Ok(());
        let mut page_written = Ok(());
        let ended = runner.run(
            reader,
            answers,
            || runner.inspector(answers),
            |worker, entry, bytes| {
                let file = bytes.as_ref().ok().copied();
                let mut inspection = bytes.and_then(|bytes| worker.inspect(bytes, |it| it));
                if let Ok(inspection) = &mut inspection {
                    self.findings.leave_out(&mut inspection.hits);
                    seen.add(&inspection.analysis.lookups);
                }
                // A message may also contain something that breaks its output.
                let name = &entry.name;
                let done = guarded(|| Ok::<_, String>(wanted.of(name, file, inspection)));
                done.unwrap_or_else(|error| wanted.of(name, file, Err(error)))
            },
            Done::octets,
            |done: Done, progress| {
                worst = worst.max(done.status);
                summary.add(&done.name, done.verdicts.as_ref());
                if let Some(error) = &done.error {
                    progress.say(format!("{}: {error}", done.name));
                }
                if let Some(pages) = pages.as_mut() {
                    page_written = pages.add(&done);
                }
                written = out.add(done.shown);
                match (&written, &page_written) {
                    (Ok(()), Ok(())) => ControlFlow::Continue(()),
                    _ => ControlFlow::Break(()),
                }
            },
        )?;
        super::written(written.and_then(|()| out.finish(&summary)))?;
        page_written?;
        if let Some(pages) = pages {
            pages.finish()?;
        }
        ended.say(reader);
        if let Some(why) = reader.fault() {
            return Err(Failure(why.to_owned()));
        }
        if ended.is_interrupted {
            return Ok((Status::NotAnalysed, None));
        }
        if !ended.is_cut_short && ended.messages == 0 && reader.passed_over().unwanted == 0 {
            let help = "no message was found there";
            return Err(Failure::new("nothing to analyse", help));
        }
        Ok((worst, ended.no_dns))
    }
}
