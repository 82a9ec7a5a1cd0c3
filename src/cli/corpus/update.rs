//! `sesauth corpus update`.

use std::io::Write;

use sesauth::corpus::{Check, Difference, DifferenceKind, Folder, Settings};
use sesauth::render::escape::plain;
use sesauth::render::workflow::Escapes;

use super::super::dns::Published;
use super::super::runner::Answers;
use super::super::{Failure, Status, output, written};
use super::review::{Review, Reviewed};
use super::{CorpusArguments, save, version};

/// Accept what a check says: write anew what is expected, where it is not as recorded
#[derive(clap::Args)]
#[command(after_help = ABOUT)]
pub struct Update {
    #[command(flatten)]
    corpus: CorpusArguments,

    /// Say what would be written, and write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

const ABOUT: &str = "\
DNS is not asked: the messages are judged with DIR/dns.jsonl, as check does it.
Expectations that are met are not touched.

Examples:
  sesauth corpus update --dry-run mail/
      what would be written
  sesauth corpus update mail/

Exit codes:
  0   done
  2   it could not be";

impl Update {
    pub(super) fn run(self) -> Result<Status, Failure> {
        let _held = match self.dry_run {
            true => None,
            false => Some(self.corpus.hold(&self.corpus.folder()?)?),
        };
        let review = Review::open(&self.corpus)?;
        if !self.dry_run {
            let swept = review.folder.sweep();
            swept.map_err(|error| Failure::io(self.corpus.folder.display(), &error))?;
        }
        let published = Published::Snapshot(Box::new(review.baseline.snapshot.clone()));
        let answers = Answers::new(&published, &published);
        let mut lines = String::new();
        let mut outcome = Check::default();
        let reviewed = review.go(&answers, &mut |reviewed| {
            if let Some(difference) = &reviewed.difference {
                if !self.dry_run {
                    accept(&review.folder, &reviewed)?;
                }
                lines.push_str(&plain(line(difference)));
                lines.push('\n');
            }
            outcome.add(String::new(), reviewed.difference.map(bare), &[]);
            Ok(())
        });
        // What was accepted before a failure is reported too.
        let mut out = output::stdout(Escapes::Text);
        let listed = out.write_all(lines.as_bytes());
        written(listed.and_then(|()| out.flush()))?;
        let is_whole = reviewed?;
        let settings = Settings {
            written_by: version(),
            dns: review.baseline.snapshot.latest(),
            metadata: !review.runner.run.no_metadata,
            ..review.settings.clone()
        };
        if is_whole && !self.dry_run && settings != review.settings {
            save(&settings, &review.folder)?;
        }
        let would = if self.dry_run { "would be " } else { "" };
        let count = outcome.differences.len();
        let noun = if count == 1 {
            "expectation"
        } else {
            "expectations"
        };
        let kept = outcome.as_recorded;
        let counts = writeln!(
            out,
            "{count} {noun} {would}updated; {kept} stay as they are"
        );
        written(counts.and_then(|()| out.flush()))?;
        Ok(match is_whole {
            true => Status::Fine,
            false => Status::NotAnalysed,
        })
    }
}

/// The difference without its details, as only the kind is counted.
fn bare(difference: Difference) -> Difference {
    Difference::new(String::new(), difference.file, difference.kind)
}

fn accept(folder: &Folder, reviewed: &Reviewed) -> Result<(), Failure> {
    let failure = |place: &str, error| Failure::io(folder.file(place).display(), &error);
    if let Some((place, bytes)) = &reviewed.expectation {
        let written = folder.write(place, bytes);
        written.map_err(|error| failure(place, error))?;
    }
    if let Some(place) = &reviewed.left {
        let removed = folder.remove(place);
        removed.map_err(|error| failure(place, error))?;
    }
    Ok(())
}

fn line(difference: &Difference) -> String {
    let name = &difference.name;
    match (difference.kind, &difference.renamed_from) {
        (DifferenceKind::New, _) => format!("new      {name}"),
        (DifferenceKind::Removed, _) => format!("removed  {name}"),
        (DifferenceKind::Renamed, Some(from)) => format!("renamed  {name}, before {from}"),
        (DifferenceKind::Changed | DifferenceKind::Renamed | DifferenceKind::Unreadable, _) => {
            format!("changed  {name}")
        }
    }
}
