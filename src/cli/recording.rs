//! `sesauth dns`: shows a recording.

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use sesauth::dns::Absent;
use sesauth::render;
use sesauth::render::workflow::Escapes;

use super::dns_file::read_snapshot;
use super::{Failure, Status, output, written};

/// Look at recorded DNS
#[derive(clap::Args)]
pub struct Recording {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List what a run asked and got, each question as the dig command that repeats it
    #[command(after_help = EXAMPLES_OF_SHOW)]
    Show {
        /// A recording, as --record writes it
        file: PathBuf,
    },
    /// Print the latest answers as zone text, which --dns and --overlay read
    #[command(after_help = EXAMPLES_OF_EXPORT)]
    Export {
        /// A recording, as --record writes it
        file: PathBuf,
    },
}

const EXAMPLES_OF_SHOW: &str = "\
Examples:
  sesauth dns show dns.jsonl

Exit codes:
  0   shown
  2   usage, or a file that is no recording";

const EXAMPLES_OF_EXPORT: &str = "\
Examples:
  sesauth dns export dns.jsonl > answers.zone
  sesauth inspect --dns answers.zone --dns-absent nxdomain message.eml
      the same results from text that can be read and changed

Exit codes:
  0   printed
  2   usage, or a file that is no recording";

impl Recording {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let (file, escapes) = match &self.action {
            Action::Show { file } => (file, Escapes::Text),
            Action::Export { file } => (file, Escapes::Zone),
        };
        let snapshot = read_snapshot(file, Absent::NotRecorded)?;
        let mut out = output::stdout(escapes);
        let result = match self.action {
            Action::Show { .. } => render::dns::show(&snapshot, &mut out),
            Action::Export { .. } => render::dns::export(&snapshot, &mut out),
        };
        written(result.and_then(|()| out.flush()))?;
        Ok(Status::Fine)
    }
}
