//! `sesauth batch`.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use jiff::Timestamp;
use sesauth::conclusion::ConclusionResult;
use sesauth::corpus::{Reader, Summary, Verdicts};
use sesauth::dmarc::DmarcResult;
use sesauth::dns::{NoDns, Overlay};
use sesauth::findings::Severity;
use sesauth::render::html::Index;
use sesauth::render::json::Detail;
use sesauth::render::provider::Provider;
use sesauth::render::workflow::Escapes;
use sesauth::{Inspection, Options, SessionHints, render};

use super::autopsy::AutopsyFlag;
use super::dns::{DnsArguments, Load};
use super::findings::FindingArguments;
use super::flags::{RulesFlag, RunFlags, TrustFlags, limits, size};
use super::identity::IdentityFlag;
use super::plan::OverlayArgument;
use super::resume::{Earlier, Lines};
use super::runner::{Answers, Runner, guarded};
use super::runtime::Seen;
use super::second::EngineFlag;
use super::{Failure, Status, output, within};

/// Analyse many saved messages: files, folders, Maildirs, mboxes, tar and zip archives
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Batch {
    /// Files, folders, Maildirs, mboxes or tar archives, packed by gzip or Zstandard or not, and zip
    /// archives; `-` is standard input
    #[arg(required_unless_present = "files_from")]
    paths: Vec<PathBuf>,

    /// Read more paths from this file, one a line or separated by NUL; `-` is standard input. They
    /// are of files and folders, not of messages within an archive
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
  75  DNS failed for a message; try again later

Where several hold, 2 goes before 75, and 75 before 1.";

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
        let earlier = self.earlier()?;
        let format = self.format.unwrap_or_else(|| match &earlier {
            Some(earlier) if earlier.lines == Lines::Csv => BatchFormat::Csv,
            Some(_) => BatchFormat::Ndjson,
            None if io::stdout().is_terminal() || self.html.is_some() => BatchFormat::Summary,
            None => BatchFormat::Ndjson,
        });
        let mut paths = self.paths.clone();
        paths.extend(self.listed()?);
        let planned = self.overlay.zone()?;
        let published = self.dns.published(Load::Many)?;
        let overlay = Overlay::new(planned, &published);
        let answers = Answers::new(&overlay, &published);
        let seen = Seen::new(self.dns.is_to_record());
        if format == BatchFormat::Csv && self.second.compare_with.is_some() {
            let help = "its lines do not show it; give --format summary or ndjson";
            return Err(Failure::new("--compare-with", help));
        }
        let pages = self.html.as_deref();
        let pages = pages.map(|pages| Pages::new(pages, common(&paths)));
        let mut pages = pages.transpose()?;
        let runner = self.runner(format)?;
        let mut reader = Reader::new(paths, self.max_size);
        let out = match earlier {
            None => Out {
                to: output::stdout(match format {
                    BatchFormat::Ndjson => Escapes::Json,
                    BatchFormat::Csv | BatchFormat::Summary => Escapes::Text,
                }),
                format,
                has_head: false,
            },
            Some(earlier) => {
                let mut done = earlier.done;
                reader = reader.only(move |name| !done.take(name));
                Out {
                    to: Box::new(io::BufWriter::new(earlier.file)),
                    format,
                    has_head: !earlier.is_empty,
                }
            }
        };
        let (status, no_dns) = self.go(out, &runner, &mut reader, &answers, &seen, &mut pages)?;
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
        })
    }

    fn go(
        &self,
        out: Out,
        runner: &Runner,
        reader: &mut Reader,
        answers: &Answers<'_>,
        seen: &Seen,
        pages: &mut Option<Pages>,
    ) -> Result<(Status, Option<NoDns>), Failure> {
        let Out {
            to: mut out,
            format,
            has_head,
        } = out;
        let mut summary = Summary::default();
        let mut worst = Status::Fine;
        let mut written = match format {
            BatchFormat::Csv if !has_head => writeln!(out, "{}", render::summary::CSV_HEAD),
            _ => Ok(()),
        };
        let mut page_written = Ok(());
        let ended = runner.run(
            reader,
            answers,
            || runner.inspector(answers),
            |worker, entry, bytes| {
                let mut inspection = bytes.and_then(|bytes| worker.inspect(bytes, |it| it));
                if let Ok(inspection) = &mut inspection {
                    self.findings.leave_out(&mut inspection.hits);
                    seen.add(&inspection.analysis.lookups);
                }
                // A message may also contain something that breaks its output.
                let done = guarded(|| Ok::<_, String>(self.done(format, &entry.name, inspection)));
                done.unwrap_or_else(|error| self.done(format, &entry.name, Err(error)))
            },
            |done| done.text.len() + done.page.as_ref().map_or(0, Vec::len),
            |done: Done, progress| {
                worst = worst.max(done.status);
                summary.add(&done.name, done.verdicts.as_ref());
                if let Some(error) = &done.error {
                    progress.say(format!("{}: {error}", done.name));
                }
                written = out.write_all(&done.text);
                if let (Some(pages), Ok(())) = (pages.as_mut(), &written) {
                    page_written = pages.add(&done);
                }
                match (&written, &page_written) {
                    (Ok(()), Ok(())) => ControlFlow::Continue(()),
                    _ => ControlFlow::Break(()),
                }
            },
        )?;
        page_written?;
        if let Some(pages) = pages {
            pages.finish()?;
        }
        if written.is_ok() && format == BatchFormat::Summary {
            written = render::summary::write(&summary, &mut out);
        }
        super::written(written.and_then(|()| out.flush()))?;
        ended.say(reader);
        if ended.is_interrupted {
            return Ok((Status::NotAnalysed, None));
        }
        if ended.messages == 0 && reader.passed_over().unwanted == 0 {
            let help = "no message was found there";
            return Err(Failure::new("nothing to analyse", help));
        }
        Ok((worst, ended.no_dns))
    }

    /// The output for one message.
    fn done(
        &self,
        format: BatchFormat,
        name: &str,
        inspection: Result<Inspection, String>,
    ) -> Done {
        let mut text = Vec::with_capacity(LINE);
        let shown = inspection.as_ref().map_err(String::as_str);
        let written = match format {
            BatchFormat::Ndjson => {
                let detail = match self.explain {
                    true => Detail::Words,
                    false => Detail::Data,
                };
                render::json::write_line(name, shown, detail, &mut text)
            }
            BatchFormat::Csv => render::summary::write_csv(name, shown, &mut text),
            BatchFormat::Summary => Ok(()),
        };
        let error = written.err().map(|error| error.to_string());
        Done {
            verdicts: match (format, &self.html) {
                (BatchFormat::Summary, _) | (_, Some(_)) => {
                    inspection.as_ref().ok().map(Verdicts::of)
                }
                _ => None,
            },
            subject: inspection
                .as_ref()
                .ok()
                .filter(|_| self.html.is_some())
                .and_then(|one| one.analysis.message.subject.clone()),
            page: inspection
                .as_ref()
                .ok()
                .and_then(|one| self.page(name, one)),
            status: match &inspection {
                Ok(inspection) => status(inspection, &self.findings),
                Err(_) => Status::NotAnalysed,
            },
            error: error.or(inspection.err()),
            name: name.to_owned(),
            text,
        }
    }

    /// The page of a message, if it is to have one.
    fn page(&self, name: &str, inspection: &Inspection) -> Option<Vec<u8>> {
        let is_plain = inspection.analysis.conclusion.result == ConclusionResult::Pass
            && inspection
                .hits
                .iter()
                .all(|hit| hit.severity == Severity::Notice);
        let is_wanted = self.html.is_some() && (self.html_all || !is_plain);
        if !is_wanted {
            return None;
        }
        let mut page = Vec::new();
        let name = output::file_name(name);
        let written = render::html::write(inspection, name, Provider::default(), &mut page);
        written.is_ok().then_some(page)
    }

    /// The paths in the --files-from file.
    fn listed(&self) -> Result<Vec<PathBuf>, Failure> {
        let Some(file) = &self.files_from else {
            return Ok(Vec::new());
        };
        let name = file.display().to_string();
        let list = match name.as_str() {
            "-" => within(io::stdin(), LIST),
            _ => File::open(file).and_then(|file| within(file, LIST)),
        };
        let list = list.map_err(|error| Failure::io(&name, &error))?;
        let Some(list) = list else {
            let why = format!(
                "this list has more bytes than the limit of {LIST}; give its paths in several runs"
            );
            return Err(Failure::new(name, why));
        };
        let (separator, noun) = match list.contains(&0) {
            true => (0, "path"),
            false => (b'\n', "line"),
        };
        let mut paths = Vec::new();
        for (index, path) in list.split(|byte| *byte == separator).enumerate() {
            let path = match separator {
                0 => path,
                _ => path.strip_suffix(b"\r").unwrap_or(path),
            };
            if path.len() > LONGEST_PATH {
                let why = format!(
                    "{noun} {} has {} bytes, and no path is longer than {LONGEST_PATH}",
                    index + 1,
                    path.len()
                );
                return Err(Failure::new(name, why));
            }
            if !path.is_empty() {
                paths.push(super::path_of(path));
            }
        }
        Ok(paths)
    }
}

/// Octets of a list of paths: those of two million messages or more.
const LIST: usize = 256 << 20;

/// Octets of one path. Windows allows as many characters, other systems 4,096 octets or fewer.
const LONGEST_PATH: usize = 32_767;

/// The capacity, in octets, that most lines of JSON fit into.
const LINE: usize = 32 * 1024;

/// Where the lines go.
struct Out {
    to: Box<dyn Write>,
    format: BatchFormat,
    /// Whether a table there has its head.
    has_head: bool,
}

/// The outcome of one message.
struct Done {
    name: String,
    /// The output for it.
    text: Vec<u8>,
    verdicts: Option<Verdicts>,
    /// Its subject, for its line in the index.
    subject: Option<String>,
    /// Its own page.
    page: Option<Vec<u8>>,
    status: Status,
    error: Option<String>,
}

/// The folder of --html.
struct Pages {
    folder: PathBuf,
    index: Index,
    written: usize,
}

/// The folder of the pages of messages, in that of --html.
const MESSAGES: &str = "messages";

impl Pages {
    /// Makes the folder; nothing in it is ever overwritten. `below` is the folder of all messages, if
    /// there is one.
    fn new(folder: &Path, below: String) -> Result<Self, Failure> {
        let failed = |error| Failure::io(folder.display(), &error);
        fs::create_dir_all(folder).map_err(failed)?;
        if fs::read_dir(folder).map_err(failed)?.next().is_some() {
            let why = "there are files in it; give a new or an empty folder";
            return Err(Failure::new(folder.display(), why));
        }
        fs::create_dir(folder.join(MESSAGES)).map_err(failed)?;
        Ok(Self {
            folder: folder.to_owned(),
            index: Index::below(below),
            written: 0,
        })
    }

    fn add(&mut self, done: &Done) -> Result<(), Failure> {
        let mut place = None;
        if let Some(page) = &done.page {
            self.written += 1;
            let relative = format!("{MESSAGES}/{:06}.html", self.written);
            let path = self.folder.join(&relative);
            fs::write(&path, page).map_err(|error| Failure::io(path.display(), &error))?;
            place = Some(relative);
        }
        let error = done.error.as_deref().unwrap_or("it could not be analysed");
        let verdicts = done.verdicts.as_ref().ok_or(error);
        let subject = done.subject.as_deref();
        self.index
            .add(&done.name, subject, verdicts, place.as_deref());
        Ok(())
    }

    fn finish(&self) -> Result<(), Failure> {
        let path = self.folder.join("index.html");
        let failed = |error| Failure::io(path.display(), &error);
        let mut out = io::BufWriter::new(File::create(&path).map_err(failed)?);
        let written = self.index.write(&mut out).and_then(|()| out.flush());
        written.map_err(failed)?;
        output::say(format!(
            "{}: the page over all, and {} of messages",
            path.display(),
            self.written
        ));
        Ok(())
    }
}

/// The folder that all of `paths` are in, with a separator at its end; empty if there is none.
fn common(paths: &[PathBuf]) -> String {
    let folder = |path: &PathBuf| match path.is_dir() {
        true => path.clone(),
        false => path.parent().map(Path::to_owned).unwrap_or_default(),
    };
    let mut folders = paths.iter().map(folder);
    let mut common = folders.next().unwrap_or_default();
    for folder in folders {
        while !folder.starts_with(&common) && common.pop() {}
    }
    match common.as_os_str().is_empty() {
        true => String::new(),
        false => common.join("").display().to_string(),
    }
}

/// The exit code for one message.
fn status(inspection: &Inspection, findings: &FindingArguments) -> Status {
    let analysis = &inspection.analysis;
    if analysis.is_recording_incomplete() {
        return Status::NotAnalysed;
    }
    match analysis.dmarc.result {
        DmarcResult::Temperror => Status::TryAgain,
        _ if findings.call_for_failure(&inspection.hits) => Status::Fail,
        _ => Status::Fine,
    }
}
