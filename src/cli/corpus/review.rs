//! Compares a corpus with its expectations: check reports the differences, update accepts them.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;

use sesauth::corpus::{
    Baseline, Difference, DifferenceKind, Entry, Expectation, Folder, SecondInShort, Settings,
};
use sesauth::dns::Absent;
use sesauth::{Inspection, Inspector};

use super::super::Failure;
use super::super::dns_file::read_snapshot;
use super::super::runner::{Answers, Runner, Worker};
use super::super::second::{EngineName, MAIL_AUTH, SecondEngine};
use super::renames::{Lost, Moved, renames};
use super::{CorpusArguments, saved, version};

/// A corpus that was recorded.
pub struct Review {
    /// Its folder.
    pub folder: Folder,
    /// How its messages are judged.
    pub runner: Runner,
    /// The settings that it was recorded with.
    pub settings: Settings,
    /// What differences are explained with.
    pub baseline: Baseline,
}

/// One message, compared with its expectation.
pub struct Reviewed {
    /// Its name within the corpus.
    pub name: String,
    /// The difference, if there is one.
    pub difference: Option<Difference>,
    /// What second engines say of it.
    pub second: Vec<SecondInShort>,
    /// The new expectation and its place; `None` if the message no longer exists.
    pub expectation: Option<(String, Vec<u8>)>,
    /// The place of an expectation that no longer has a message.
    pub left: Option<String>,
}

/// What one thread found about one message.
struct Found {
    name: String,
    file: PathBuf,
    place: String,
    expectation: Expectation,
    bytes: Vec<u8>,
    second: Vec<SecondInShort>,
    compared: Compared,
}

enum Compared {
    /// It has an expectation; the difference from it.
    Known(Option<Difference>),
    /// It has none; the inspection, if it is needed to compare it with another.
    New(Option<Box<Inspection>>),
}

impl Review {
    /// The corpus that the arguments name.
    pub fn open(corpus: &CorpusArguments) -> Result<Self, Failure> {
        let folder = corpus.folder()?;
        let settings = corpus.settings(&folder)?;
        let snapshot =
            read_snapshot(&folder.snapshot(), Absent::NotRecorded).map_err(|failure| {
                let help = "record the corpus again with `sesauth corpus record`";
                Failure(format!("{}; {help}", failure.0))
            })?;
        let mut runner = corpus.runner(&settings);
        runner.second = match settings.compare_with.as_deref() {
            None => None,
            Some(MAIL_AUTH) => Some(SecondEngine::new(EngineName::MailAuth)?),
            Some(other) => {
                let why = format!("it was recorded with {other}, which is not known here");
                return Err(Failure::new(folder.settings().display(), why));
            }
        };
        Ok(Self {
            runner,
            folder,
            baseline: Baseline {
                snapshot,
                captured: settings.dns,
                written_by: settings.written_by.clone(),
                checked_by: version(),
            },
            settings,
        })
    }

    /// Gives every message to `each`, in their order, then the expectations without a message.
    /// False if the user interrupted it.
    pub fn go(
        &self,
        answers: &Answers<'_>,
        each: &mut dyn FnMut(Reviewed) -> Result<(), Failure>,
    ) -> Result<bool, Failure> {
        let limit = self.runner.options.limits.message_bytes;
        let (moved, mut lost) = renames(&self.folder, limit)?;
        let mut reader = self.folder.reader(limit);
        let mut failed = None;
        let ended = self.runner.run(
            &mut reader,
            answers,
            || self.runner.inspector(answers),
            |worker, entry, bytes| self.found(worker, entry, bytes, &moved),
            |found| found.as_ref().map_or(0, |found| found.bytes.len()),
            |found, _| {
                let done = found.and_then(|found| each(self.reviewed(found, &moved, &mut lost)));
                match done {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(failure) => {
                        failed = Some(failure);
                        ControlFlow::Break(())
                    }
                }
            },
        )?;
        if let Some(failure) = failed {
            return Err(failure);
        }
        if ended.is_interrupted {
            ended.say(&reader);
            return Ok(false);
        }
        for place in lost.into_places() {
            let name = self.folder.name_of_place(&place);
            let file = self.folder.file(&place);
            let difference = Difference::new(name.clone(), file, DifferenceKind::Removed);
            each(Reviewed {
                name,
                difference: Some(difference),
                second: Vec::new(),
                expectation: None,
                left: Some(place).filter(|place| !moved.has(place)),
            })?;
        }
        Ok(true)
    }

    fn found(
        &self,
        worker: &mut Worker<'_, Inspector<'_, Answers<'_>>>,
        entry: &Entry,
        bytes: Result<&[u8], String>,
        moved: &Moved,
    ) -> Result<Found, Failure> {
        let octets = bytes.as_ref().ok().copied();
        let inspection = bytes.and_then(|bytes| worker.inspect(bytes, |it| it));
        let expectation = Expectation::new(octets, inspection.as_ref().map_err(String::as_str));
        let second = inspection.as_ref().map_or(Vec::new(), |inspection| {
            SecondInShort::of(&inspection.second_opinions)
        });
        let name = self.folder.name(entry);
        let bytes = saved(&expectation).map_err(|error| Failure::new(&name, error))?;
        let place = self.folder.place(entry);
        let file = self.folder.file(&place);
        let compared = match fs::read(&file) {
            _ if moved.has(&place) => Compared::New(inspection.ok().map(Box::new)),
            Ok(expected) if expected == bytes => Compared::Known(None),
            Ok(expected) => Compared::Known(Difference::find(
                &expected,
                &expectation,
                octets,
                inspection.as_ref().ok(),
                &self.baseline,
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Compared::New(inspection.ok().map(Box::new))
            }
            Err(error) => return Err(Failure::io(file.display(), &error)),
        };
        Ok(Found {
            second,
            name,
            file: entry.file.clone(),
            place,
            expectation,
            bytes,
            compared,
        })
    }

    /// The result for one message. A message without an expectation may have been renamed.
    fn reviewed(&self, found: Found, moved: &Moved, lost: &mut Lost) -> Reviewed {
        let Found {
            name,
            file,
            place,
            expectation,
            bytes,
            second,
            compared,
        } = found;
        let mut left = None;
        let difference = match compared {
            Compared::Known(difference) => difference,
            Compared::New(inspection) => {
                let from = match moved.has(&place) {
                    true => moved.from(&place).map(str::to_owned),
                    false => expectation.message().and_then(|message| lost.find(message)),
                };
                let is = |kind| {
                    let difference = Difference::new(String::new(), PathBuf::new(), kind);
                    difference.from(expectation.author_domain())
                };
                let difference = match &from {
                    None => is(DifferenceKind::New),
                    Some(from) => {
                        let expected = fs::read(self.folder.file(from)).unwrap_or_default();
                        let inspection = inspection.as_deref();
                        let find = Difference::find(
                            &expected,
                            &expectation,
                            None,
                            inspection,
                            &self.baseline,
                        );
                        let mut renamed = find.unwrap_or(is(DifferenceKind::Renamed));
                        renamed.kind = DifferenceKind::Renamed;
                        renamed.renamed_from = Some(self.folder.name_of_place(from));
                        renamed
                    }
                };
                left = from.filter(|from| !moved.has(from));
                Some(difference)
            }
        };
        Reviewed {
            difference: difference.map(|difference| difference.of(name.clone(), file)),
            name,
            second,
            expectation: Some((place, bytes)),
            left,
        }
    }
}
