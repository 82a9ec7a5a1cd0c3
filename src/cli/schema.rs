//! `sesauth schema`.

use std::io::Write;

use clap::ValueEnum;
use sesauth::render::workflow::Escapes;
use sesauth::render::{json, reports};

use super::{Failure, Status, output, written};

/// Print the JSON Schema of a command's JSON, of `inspect --format json` if none is named
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Schema {
    /// Of which command
    #[arg(value_name = "COMMAND", default_value = "inspect")]
    of: Described,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Described {
    /// A message
    Inspect,
    /// A domain
    Domain,
    /// Aggregate reports
    Reports,
}

const EXAMPLES: &str = "\
Examples:
  sesauth schema > schema.json
  sesauth schema reports > reports.schema.json

Exit codes:
  0   printed
  2   usage";

impl Schema {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let mut out = output::stdout(Escapes::Json);
        let result = match self.of {
            Described::Inspect => json::write_schema(&mut out),
            Described::Domain => json::write_domain_schema(&mut out),
            Described::Reports => reports::write_schema(&mut out),
        };
        written(result.and_then(|()| out.flush()))?;
        Ok(Status::Fine)
    }
}
