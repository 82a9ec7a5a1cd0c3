//! `sesauth corpus check`.

use std::io;
use std::path::PathBuf;

use clap::ValueEnum;
use sesauth::corpus::Check as Outcome;
use sesauth::dns::{Absent, Overlay, Zone};
use sesauth::render::text::TextOptions;
use sesauth::render::workflow::Escapes;
use sesauth::render::{self, differences};

use super::super::dns::Published;
use super::super::dns_file::{planned, recorded};
use super::super::flags::ColorFlag;
use super::super::runner::Answers;
use super::super::second::EngineFlag;
use super::super::{Failure, Status, output, written};
use super::CorpusArguments;
use super::review::Review;

/// Judge all messages again without network; say what is not as recorded, and why
#[derive(clap::Args)]
#[command(after_help = ABOUT)]
pub struct Check {
    #[command(flatten)]
    corpus: CorpusArguments,

    /// Answer from this recording or zone text, not from DIR/dns.jsonl
    #[arg(long, value_name = "FILE", help_heading = "DNS")]
    dns: Option<PathBuf>,

    /// Put planned records (zone text; `$GONE name` takes away) over what was recorded
    #[arg(long, value_name = "FILE", help_heading = "DNS")]
    overlay: Option<PathBuf>,

    /// How to show the differences
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    format: CheckFormat,

    /// Every message in full, not by reason
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,

    #[command(flatten)]
    second: EngineFlag,

    #[command(flatten)]
    color: ColorFlag,
}

const ABOUT: &str = "\
A message that only has another name, or another number in its mbox, is said
and makes no difference; a new or removed message does, until `sesauth corpus
update` accepts it.

Text puts messages together that differ for one reason. The other formats have
an entry for each.

Examples:
  sesauth corpus check mail/
  sesauth corpus check -v mail/
      each message in full
  sesauth corpus check --format github mail/
      annotations in a workflow of GitHub Actions: it shows ten of a step, its
      log has all
  sesauth corpus check --compare-with mail-auth mail/
      in how many results a second engine agrees; a corpus recorded with it is
      always checked with it
  sesauth corpus check --overlay planned.zone mail/
      what would be otherwise if that were published

Exit codes:
  0   all is as recorded
  1   something is not
  2   it could not be checked";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CheckFormat {
    /// For people
    Text,
    /// JUnit XML
    Junit,
    /// Test Anything Protocol, version 14
    Tap,
    /// Annotations of GitHub Actions
    Github,
    /// One JSON document
    Json,
    /// SARIF 2.1.0
    Sarif,
}

impl Check {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let mut review = Review::open(&self.corpus)?;
        if let Some(engine) = self.second.engine()? {
            review.runner.second = Some(engine);
        }
        let published = match &self.dns {
            Some(path) => recorded(path, Absent::NotRecorded)?,
            None => Published::Snapshot(Box::new(review.baseline.snapshot.clone())),
        };
        let zone = match &self.overlay {
            Some(path) => planned(path)?,
            None => Zone::default(),
        };
        let overlay = Overlay::new(zone, &published);
        let answers = Answers::new(&overlay, &published);
        let mut outcome = Outcome::default();
        let is_whole = review.go(&answers, &mut |reviewed| {
            outcome.add(reviewed.name, reviewed.difference, &reviewed.second);
            Ok(())
        })?;
        if outcome.outcomes.is_empty() && is_whole {
            let help = "no message was found there";
            return Err(Failure::new(self.corpus.folder.display(), help));
        }
        self.show(&outcome)?;
        Ok(match (is_whole, outcome.is_failure()) {
            (false, _) => Status::NotAnalysed,
            (true, true) => Status::Fail,
            (true, false) => Status::Fine,
        })
    }

    fn show(&self, outcome: &Outcome) -> Result<(), Failure> {
        let color = self.color.is_wanted(&io::stdout());
        let mut out = match self.format {
            CheckFormat::Text => output::stdout(Escapes::Text),
            CheckFormat::Junit => output::stdout(Escapes::Xml),
            // Its values are in quotes, as in JSON.
            CheckFormat::Tap => output::stdout(Escapes::Json),
            CheckFormat::Json | CheckFormat::Sarif => output::stdout(Escapes::Json),
            CheckFormat::Github => output::stdout_of_commands(),
        };
        let result = match self.format {
            CheckFormat::Text => {
                let options = TextOptions {
                    color,
                    verbose: self.verbose,
                    ..TextOptions::default()
                };
                differences::write(outcome, options, &mut out)
            }
            CheckFormat::Junit => differences::write_junit(outcome, &mut out),
            CheckFormat::Tap => differences::write_tap(outcome, &mut out),
            CheckFormat::Github => differences::write_github(outcome, &mut out),
            CheckFormat::Json => render::json::write(outcome, &mut out),
            CheckFormat::Sarif => differences::write_sarif(outcome, &mut out),
        };
        written(result.and_then(|()| out.flush()))
    }
}
