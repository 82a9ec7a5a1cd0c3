//! `sesauth reports`.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use sesauth::Limits;
use sesauth::corpus::{SeenMessage, SeenSenders};
use sesauth::explain;
use sesauth::render::Markup;
use sesauth::render::reports::{self, Reported};
use sesauth::render::workflow::Escapes;
use sesauth::reports::{ReportFault, ReportReader};

use super::corpus::input::Input;
use super::flags::RunFlags;
use super::runner::Answers;
use super::{Failure, Status, output, written};

/// Read DMARC aggregate reports: who sends, what passes, what p=reject would refuse
#[derive(clap::Args)]
#[command(after_help = ABOUT)]
pub struct Reports {
    /// Files, folders, or - for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Say why saved messages fail whose senders fail in the reports too, and which senders are only
    /// in the reports, or only among these messages
    #[arg(long, value_name = "DIR", help_heading = "Corpus")]
    corpus: Option<PathBuf>,

    /// Judge the messages by this recording or zone text [default: DIR/dns.jsonl]
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Corpus",
        requires = "corpus",
        conflicts_with = "live"
    )]
    dns: Option<PathBuf>,

    /// Judge the messages by DNS of today
    #[arg(long, help_heading = "Corpus", requires = "corpus")]
    live: bool,

    #[command(flatten)]
    run: RunFlags,

    /// How to show it
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    format: ReportsFormat,
}

const ABOUT: &str = "\
Reads XML as it is, in gzip, Zstandard or zip, and attached to messages, also
to those of an mbox. Of a folder, files named .xml, .gz, .zst, .zip, .eml, .mbox
and .mbx are read. A file that cannot be read is named on standard error, and
the others are read all the same. A report is counted once, however often it is
given: by who reports, its report_id and its domain.

Whether DMARC passes is what the receivers say; nothing is looked up in DNS.
JSON is described by `sesauth schema reports`. A source beyond the bound has a
line without a name in CSV and NDJSON.

Examples:
  sesauth reports reports/
  sesauth reports --format markdown reports/ > reports.md
  sesauth reports --format csv report.xml.gz
  sesauth reports --format ndjson reports/ | jq -r 'select(.fail > 0).sender'
  sesauth reports --format json - < report.xml.gz | jq .domains
  sesauth reports --corpus mail/ reports/
      why saved messages of the same senders fail, and which were never saved

Exit codes:
  0   all files were read
  2   a file could not be read, there is none, or the corpus cannot be used
  75  DNS could not be used for the corpus; try again later";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReportsFormat {
    /// For people
    Text,
    /// For people, as a page
    Markdown,
    /// For programs
    Json,
    /// A line for each sender and what its results mean
    Csv,
    /// The same, each line a JSON object
    Ndjson,
}

impl Reports {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let mut reported = Reported::default();
        let reader = ReportReader::new(Limits::default());
        let mut count = 0;
        let mut files = Files::new(self.files);
        while let Some(path) = files.next() {
            count += 1;
            read(&reader, &path, &mut reported);
        }
        for (folder, error) in files.refused {
            let name = folder.display().to_string();
            refuse(&name, unreadable(&error), &mut reported);
        }
        if count == 0 && reported.faults.is_empty() {
            let why = "no file in it has the name of a report (.xml, .gz, .zst, .zip, .eml, .mbox)";
            return Err(Failure::new("nothing to read", why));
        }
        let mut status = match reported.faults.is_empty() {
            true => Status::Fine,
            false => Status::NotAnalysed,
        };
        if let Some(folder) = self.corpus {
            let input = Input::of(folder, self.run, self.dns, self.live);
            match senders(&input)? {
                Some(seen) => reported.corpus = Some(seen),
                None => status = status.max(Status::TryAgain),
            }
        }
        let mut out = output::stdout(match self.format {
            ReportsFormat::Json | ReportsFormat::Ndjson => Escapes::Json,
            _ => Escapes::Text,
        });
        let result = match self.format {
            ReportsFormat::Text => reports::write(&reported, Markup::Text, &mut out),
            ReportsFormat::Markdown => reports::write(&reported, Markup::Markdown, &mut out),
            ReportsFormat::Json => reports::write_json(&reported, &mut out),
            ReportsFormat::Csv => reports::write_csv(&reported, &mut out),
            ReportsFormat::Ndjson => reports::write_ndjson(&reported, &mut out),
        };
        written(result.and_then(|()| out.flush()))?;
        Ok(status)
    }
}

/// Adds the reports in a file, and says what cannot be read.
fn read(reader: &ReportReader, path: &Path, reported: &mut Reported) {
    let name = path.display().to_string();
    let mut take = |name: &str, result: Result<_, _>| match result {
        Ok(report) => drop(reported.tally.add(report)),
        Err(fault) => refuse(name, fault, reported),
    };
    if path == Path::new("-") {
        return reader.read(&name, &mut BufReader::new(io::stdin()), &mut take);
    }
    match File::open(path) {
        Ok(file) => reader.read(&name, &mut BufReader::new(file), &mut take),
        Err(error) => take(&name, Err(unreadable(&error))),
    }
}

/// Says what cannot be read, and keeps it.
fn refuse(name: &str, fault: ReportFault, reported: &mut Reported) {
    output::say(format!("{name}: {}", explain::reports::fault(&fault)));
    reported.add_fault(name, fault);
}

fn unreadable(error: &io::Error) -> ReportFault {
    ReportFault::Unreadable(match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        _ => error.to_string(),
    })
}

/// Who sends by the messages of a corpus; `None` if DNS could not be used, which is said.
fn senders(input: &Input) -> Result<Option<SeenSenders>, Failure> {
    let messages = input.messages()?;
    let answers = Answers::new(&messages.published, &messages.published);
    let mut seen = SeenSenders::default();
    let is_usable = messages.each(
        &answers,
        |worker, bytes| Ok(SeenMessage::of(&worker.inspect(bytes, |it| it)?)),
        |name, message| seen.add(name, message),
    )?;
    Ok(is_usable.then_some(seen))
}

/// The files to read, those of a folder in the order of their names.
struct Files {
    /// What has not been visited yet, last first, and whether the caller named it.
    pending: Vec<(PathBuf, bool)>,
    /// The folders that were entered, so links cannot lead in circles.
    entered: HashSet<PathBuf>,
    /// The folders that could not be entered, and why.
    refused: Vec<(PathBuf, io::Error)>,
}

impl Files {
    fn new(paths: Vec<PathBuf>) -> Self {
        Self {
            pending: paths.into_iter().rev().map(|path| (path, true)).collect(),
            entered: HashSet::new(),
            refused: Vec::new(),
        }
    }

    fn next(&mut self) -> Option<PathBuf> {
        loop {
            let (path, is_given) = self.pending.pop()?;
            if path != Path::new("-") && path.is_dir() {
                self.enter(&path);
            } else if is_given || may_be_a_report(&path) {
                return Some(path);
            }
        }
    }

    fn enter(&mut self, folder: &Path) {
        let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        if !self.entered.insert(real) {
            return;
        }
        match fs::read_dir(folder) {
            Ok(entries) => {
                let mut paths: Vec<PathBuf> = entries.flatten().map(|it| it.path()).collect();
                paths.sort_unstable_by(|a, b| b.cmp(a));
                self.pending
                    .extend(paths.into_iter().map(|path| (path, false)));
            }
            Err(error) => self.refused.push((folder.to_owned(), error)),
        }
    }
}

fn may_be_a_report(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    let ends = [".xml", ".gz", ".zst", ".zip", ".eml", ".mbox", ".mbx"];
    !name.starts_with('.') && ends.iter().any(|end| name.ends_with(end)) && path.is_file()
}
