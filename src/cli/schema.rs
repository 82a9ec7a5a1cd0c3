//! `sesauth schema`.

use std::io::Write;

use sesauth::render::workflow::Escapes;

use super::{Failure, Status, output, written};

/// Print the JSON Schema of `inspect --format json`
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Schema {}

const EXAMPLES: &str = "\
Examples:
  sesauth schema > schema.json

Exit codes:
  0   printed
  2   usage";

impl Schema {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let mut out = output::stdout(Escapes::Json);
        let result = sesauth::render::json::write_schema(&mut out);
        written(result.and_then(|()| out.flush()))?;
        Ok(Status::Fine)
    }
}
