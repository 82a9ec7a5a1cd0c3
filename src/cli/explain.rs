//! `sesauth explain`.

use std::io::Write;

use sesauth::render::workflow::Escapes;
use sesauth::{explain, findings, render};

use super::findings::perhaps;
use super::{Failure, Status, output, written};

/// Explain a finding or a tag of a DMARC record: what it means, why it matters, what to do
#[derive(clap::Args)]
pub struct Explain {
    /// The code of a finding, as ses-default-mail-from, or a tag, as aspf; without one, all are
    /// listed
    word: Option<String>,
}

impl Explain {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let mut out = output::stdout(Escapes::Text);
        let result = match self.word {
            None => render::explain::write_list(&mut out),
            // A tag may be given as written in a record: aspf=s.
            Some(word) => match (
                findings::rule(&word),
                explain::dmarc::explained_tag(word.split('=').next().unwrap_or_default().trim()),
            ) {
                (Some(rule), _) => render::explain::write_rule(rule, &mut out),
                (None, Some(tag)) => render::explain::write(tag, &mut out),
                (None, None) => {
                    let near = perhaps(&render::explain::perhaps(&word), "sesauth explain");
                    let why = format!("nothing of that name can be explained{near}");
                    return Err(Failure::new(word, why));
                }
            },
        };
        written(result.and_then(|()| out.flush()))?;
        Ok(Status::Fine)
    }
}
