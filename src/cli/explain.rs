//! `sesauth explain`.

use std::io::{self, Write};

use sesauth::{dmarc, render};

use super::{Failure, Status, written};

/// Explain a tag of a DMARC record: what it means, why it matters, what to do
#[derive(clap::Args)]
pub struct Explain {
    /// The tag, as aspf; without one, all are listed
    tag: Option<String>,
}

impl Explain {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        let found = self.tag.as_deref().map(dmarc::explained);
        let result = match found {
            Some(Some(explained)) => render::explain::write(explained, &mut out),
            Some(None) | None => render::explain::write_list(&mut out),
        };
        written(result.and_then(|()| out.flush()))?;
        match (found, self.tag) {
            (Some(None), Some(tag)) => {
                Err(Failure::new(tag, "nothing of that name can be explained"))
            }
            _ => Ok(Status::Fine),
        }
    }
}
