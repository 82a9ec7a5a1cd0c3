//! `sesauth dns`: shows a recording.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Subcommand;
use sesauth::dns::Absent;
use sesauth::render;

use super::dns_file::read_snapshot;
use super::{Failure, Status, written};

/// Look at recorded DNS
#[derive(clap::Args)]
pub struct Recording {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List what a run asked and got, each question as the dig command that repeats it
    Show {
        /// A recording, as --record writes it
        file: PathBuf,
    },
    /// Print the latest answers as zone text, which --dns and --overlay read
    Export {
        /// A recording, as --record writes it
        file: PathBuf,
    },
}

impl Recording {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let result = match self.action {
            Action::Show { file } => {
                let snapshot = read_snapshot(&file, Absent::NotRecorded)?;
                render::dns::show(&snapshot, &mut out)
            }
            Action::Export { file } => {
                let snapshot = read_snapshot(&file, Absent::NotRecorded)?;
                render::dns::export(&snapshot, &mut out)
            }
        };
        written(result.and_then(|()| out.flush()))?;
        Ok(Status::Fine)
    }
}
