//! `sesauth diff`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sesauth::diff::DiffResult;
use sesauth::dkim::signatures;
use sesauth::message::{Opened, Reading};
use sesauth::render::provider::Provider;
use sesauth::render::text::TextOptions;
use sesauth::{Diff, render};

use super::dns::{Load, SourceArguments, say_no_dns};
use super::flags::{ColorFlag, Format, limits, size};
use super::signature::{Wanted, wanted};
use super::{Failure, Status, message, output, written};

/// Compare two copies of one message in what its DKIM signatures cover: where they differ, and which
/// copy is as it was signed
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct DiffCommand {
    /// One copy, as saved at one provider; `-` reads standard input
    a: PathBuf,

    /// The other copy, as saved where the signature fails; `-` reads standard input
    b: PathBuf,

    /// Only this signature: its number in A, or its domain (d=)
    #[arg(long, value_name = "SIG", value_parser = wanted)]
    signature: Option<Wanted>,

    /// Refuse a larger message, unpacked or not: bytes, or with K, M or G
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size)]
    max_size: usize,

    #[command(flatten)]
    dns: SourceArguments,

    /// How to show the result
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    format: Format,

    #[command(flatten)]
    color: ColorFlag,
}

const EXAMPLES: &str = "\
Save one message at two providers, as it was received: one where DKIM passes,
one where it fails. What a signature forgives is no difference: line ends
always, and with c=relaxed white space.

Examples:
  sesauth diff gmail.eml failing.eml
  sesauth diff --offline a.eml b.eml
      without the keys: where they differ, and whose body is the signed one
  sesauth diff --signature example.com a.eml b.eml

Exit codes:
  0   the same in all that the signatures in common cover
  1   different in what one of them covers
  2   not compared: usage, unreadable file, no signature in common

A key that DNS does not give changes none of these: only which copy verifies is
not known then.";

impl DiffCommand {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let is_stdin = |path: &Path| path == Path::new("-");
        if is_stdin(&self.a) && is_stdin(&self.b) {
            let why = "only one of the copies can come from standard input";
            return Err(Failure::new("-", why));
        }
        let limits = limits(self.max_size);
        let published = self.dns.published(Load::One)?;
        let (name_of_a, a) = message::read(Some(&self.a), self.max_size)?;
        let (name_of_b, b) = message::read(Some(&self.b), self.max_size)?;
        let in_a = |error| Failure::new(&name_of_a, error);
        let in_b = |error| Failure::new(&name_of_b, error);
        let a = Opened::open(&a, Reading::Saved, None, &limits).map_err(in_a)?;
        let b = Opened::open(&b, Reading::Saved, None, &limits).map_err(in_b)?;
        let (a, b) = (
            a.message(&limits).map_err(in_a)?,
            b.message(&limits).map_err(in_b)?,
        );
        let only = match &self.signature {
            None => None,
            Some(wanted) => {
                let found = wanted.find(&signatures(&a, &limits));
                Some(1 + found.map_err(|why| Failure::new(&name_of_a, why))?)
            }
        };
        let now = Timestamp::now();
        let diff = sesauth::diff(&a, &b, only, &published, now, &limits);
        let (diff, no_dns) = published.block_on(diff)?;
        if let Some(why) = &no_dns {
            say_no_dns(why);
        }
        if let Some(number) = only.filter(|_| diff.signatures.is_empty()) {
            let why = format!("it does not carry signature {number} of {name_of_a}");
            return Err(Failure::new(&name_of_b, why));
        }
        self.show(&diff, [&name_of_a, &name_of_b])?;
        Ok(match diff.result() {
            DiffResult::Same => Status::Fine,
            DiffResult::Differ => Status::Fail,
            _ => Status::NotAnalysed,
        })
    }

    fn show(&self, diff: &Diff, names: [&str; 2]) -> Result<(), Failure> {
        let options = TextOptions {
            verbose: false,
            color: self.color.is_wanted(&io::stdout()),
            columns: output::columns(),
            provider: Provider::default(),
        };
        let mut out = output::stdout(self.format.escapes());
        let result = match self.format {
            Format::Text => render::diff::write(diff, names, options, &mut out),
            Format::Json => render::json::write_diff(diff, names, &mut out),
        };
        written(result.and_then(|()| out.flush()))
    }
}
