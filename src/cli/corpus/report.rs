//! `sesauth corpus report`.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use sesauth::corpus::{Trend, Verdicts};
use sesauth::render;
use sesauth::render::Markup;
use sesauth::render::workflow::Escapes;

use super::super::runner::Answers;
use super::super::{Failure, Status, output, written};
use super::input::Input;
use super::rows;

/// Say how the messages fare over time, by domain and by source, and what is found in them
#[derive(clap::Args)]
#[command(after_help = ABOUT)]
pub struct Report {
    #[command(flatten)]
    input: Input,

    /// More files of rows
    #[arg(value_name = "FILE", hide = !cfg!(feature = "parquet"))]
    more: Vec<PathBuf>,

    /// How many domains and sources to show over time
    #[arg(long, value_name = "N", default_value = "3", help_heading = "Output")]
    top: u16,

    /// How to show it
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "markdown",
        help_heading = "Output"
    )]
    format: ReportFormat,
}

const ABOUT: &str = "\
Judged by the answers in DIR/dns.jsonl and as DIR/expected/corpus.json says,
where there is one. By day over 31 days at most, by week (from Monday on, UTC)
over 26 weeks at most, else by month; messages without a date are said apart.

Files of rows, as `sesauth batch --format parquet` writes them, may be given in
place of DIR: the report is the same.

What to do comes first, then the messages that fail, by name.

The columns: DMARC passes, of those that could be judged. SPF passes, aligned:
for the domain in From, not for another one; DKIM alike. Pass on one alone: of
those that pass DMARC, those that would fail without SPF, or without DKIM.

Examples:
  sesauth corpus report mail/ > report.md
  sesauth corpus report --top 10 mail/
  sesauth corpus report --format html mail/ > report.html
  sesauth corpus report --format json mail/ | jq .all.pass

Exit codes:
  0   reported
  2   there are no messages or no answers
  75  DNS could not be used; try again later";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// For people, as a page or on a terminal
    Markdown,
    /// A page for a browser, with charts
    Html,
    /// For programs: the same, with all domains and sources over time
    Json,
}

impl Report {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let trend = match rows::given(&self.input, &self.more)? {
            Some(files) => self.of_rows(&files)?,
            None => match self.of_messages()? {
                Some(trend) => trend,
                None => return Ok(Status::TryAgain),
            },
        };
        let mut out = output::stdout(match self.format {
            ReportFormat::Json => Escapes::Json,
            ReportFormat::Markdown | ReportFormat::Html => Escapes::Text,
        });
        let result = match self.format {
            ReportFormat::Json => render::trend::write_json(&trend, &mut out),
            ReportFormat::Html => {
                render::html::write_report(&trend, usize::from(self.top), &mut out)
            }
            ReportFormat::Markdown => {
                let most = usize::from(self.top);
                render::trend::write(&trend, most, Markup::Markdown, &mut out)
            }
        };
        written(result.and_then(|()| out.flush()))?;
        Ok(Status::Fine)
    }

    /// The rates of the messages; `None` if DNS could not be used.
    fn of_messages(&self) -> Result<Option<Trend>, Failure> {
        let messages = self.input.messages()?;
        let answers = Answers::new(&messages.published, &messages.published);
        let mut trend = Trend::default();
        let is_usable = messages.each(
            &answers,
            |worker, bytes| Ok(Verdicts::of(&worker.inspect(bytes, |it| it)?)),
            |name, verdicts| trend.add(name, verdicts.as_ref()),
        )?;
        Ok(is_usable.then_some(trend))
    }

    /// The rates of the rows in these files.
    #[cfg(feature = "parquet")]
    fn of_rows(&self, files: &[PathBuf]) -> Result<Trend, Failure> {
        if self.input.says_answers() {
            let why = "rows hold the results; no answers are asked for";
            return Err(Failure::new("--dns, --live, --resolver", why));
        }
        let mut trend = Trend::default();
        let mut count = 0_usize;
        rows::each(files, |row| {
            count += 1;
            trend.add(&row.name()?, row.verdicts()?.as_ref());
            Ok(())
        })?;
        match count {
            0 => Err(Failure::new("nothing to analyse", "there is no row in it")),
            _ => Ok(trend),
        }
    }

    #[cfg(not(feature = "parquet"))]
    fn of_rows(&self, files: &[PathBuf]) -> Result<Trend, Failure> {
        Err(rows::refused(files))
    }
}
