//! `sesauth schema`.

use std::io::{self, Write};

use super::{Failure, Status, written};

/// Print the JSON Schema of `inspect --format json`
#[derive(clap::Args)]
pub struct Schema {}

impl Schema {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let result = sesauth::render::json::write_schema(&mut out);
        written(result.and_then(|()| out.flush()))?;
        Ok(Status::Fine)
    }
}
