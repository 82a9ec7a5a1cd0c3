//! Other verifiers of one message, for `inspect --compare-with`: an engine in this program, or the
//! output of another one.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sesauth::Limits;
use sesauth::second::Opinion;

use super::Failure;
use super::second::{EngineName, MAIL_AUTH, SecondEngine};

/// The flag of `inspect`.
#[derive(clap::Args)]
pub struct CompareFlag {
    /// Put another verifier's results beside it, and the clause behind each difference: `mail-auth`
    /// judges here too; a FILE holds a report of mailauth, or rspamd's symbols (JSON, or the text of
    /// X-Spamd-Result). May be given several times
    #[arg(long, value_name = "mail-auth|FILE", help_heading = "Output")]
    compare_with: Vec<PathBuf>,
}

/// Another verifier.
pub enum Other {
    /// One that judges the message here.
    Engine(SecondEngine),
    /// One that has judged it.
    Said(Opinion),
}

impl CompareFlag {
    /// The verifiers in their order.
    pub fn others(&self, limits: &Limits) -> Result<Vec<Other>, Failure> {
        let others = self.compare_with.iter().map(|path| match path.to_str() {
            Some(MAIL_AUTH) => Ok(Other::Engine(SecondEngine::new(EngineName::MailAuth)?)),
            _ => Ok(Other::Said(read(path, limits)?)),
        });
        others.collect()
    }
}

/// The output of another verifier in the file at `path`. One more byte than allowed is read, so a
/// file that is too large can be recognised.
fn read(path: &Path, limits: &Limits) -> Result<Opinion, Failure> {
    let name = path.display();
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| {
            let most = (limits.opinion_bytes as u64).saturating_add(1);
            file.take(most).read_to_end(&mut bytes)
        })
        .map_err(|error| Failure::io(name, &error))?;
    let text = String::from_utf8_lossy(&bytes);
    Opinion::parse(&text, limits).map_err(|error| Failure::new(path.display(), error))
}
