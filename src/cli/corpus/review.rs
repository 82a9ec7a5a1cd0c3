//! What is in a corpus beside what is expected of it; check says it, update accepts it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;

use sesauth::corpus::{
    Baseline, Difference, DifferenceKind, Entry, Expectation, Folder, Settings, message_of,
};
use sesauth::dns::{Absent, Dns};
use sesauth::{Analysis, Inspector};

use super::super::Failure;
use super::super::dns::read_snapshot;
use super::super::many::{Answers, Desk, Many};
use super::{CorpusArguments, saved, version};

/// A corpus that was recorded.
pub struct Review {
    /// Where it is.
    pub folder: Folder,
    /// How its messages are judged.
    pub many: Many,
    /// What it was recorded with.
    pub settings: Settings,
    /// What was answered and by what it was judged.
    pub baseline: Baseline,
}

/// One message beside what is expected of it.
pub struct Reviewed {
    /// Its name within the corpus.
    pub name: String,
    /// Where its expectation is, or belongs.
    pub place: String,
    /// Where that is, when the message was renamed.
    pub moved_from: Option<String>,
    /// What is other.
    pub difference: Option<Difference>,
    /// The expectation that it meets; nothing where it is there no more.
    pub bytes: Vec<u8>,
}

/// Expectations without a message, by the hash of their message.
type Missing = BTreeMap<String, VecDeque<String>>;

/// What one thread found out about one message.
struct Found {
    name: String,
    file: PathBuf,
    place: String,
    expectation: Expectation,
    bytes: Vec<u8>,
    compared: Compared,
}

enum Compared {
    /// With its expectation.
    Known(Option<Difference>),
    /// There is none; what is needed to compare it with another.
    New(Option<Box<Analysis>>),
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
        Ok(Self {
            many: corpus.many(&settings),
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

    /// Gives every message to `each`, in their order, then what is there no more. False when the user
    /// wanted an end.
    pub fn go<D: Dns>(
        &self,
        answers: &Answers<D>,
        mut each: impl FnMut(Reviewed) -> Result<(), Failure>,
    ) -> Result<bool, Failure> {
        let mut gone = self.gone()?;
        let mut missing = self.missing(&gone);
        let mut reader = self.folder.reader(self.many.options.limits.message_bytes);
        let mut failed = None;
        let ended = self.many.run(
            &mut reader,
            answers,
            || self.many.inspector(answers),
            |desk, entry, bytes| self.found(desk, entry, bytes),
            |found, _| {
                let done =
                    found.and_then(|found| each(self.reviewed(found, &mut missing, &mut gone)));
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
        for place in gone {
            let name = self.folder.name_of_place(&place);
            let file = self.folder.file(&place);
            let difference = Difference::new(name.clone(), file, DifferenceKind::Removed);
            each(Reviewed {
                name,
                place,
                moved_from: None,
                difference: Some(difference),
                bytes: Vec::new(),
            })?;
        }
        Ok(true)
    }

    /// The expectations whose message is there no more under its name.
    fn gone(&self) -> Result<BTreeSet<String>, Failure> {
        let places = self.folder.places();
        let mut gone =
            places.map_err(|error| Failure::io(self.folder.settings().display(), &error))?;
        if !gone.is_empty() {
            let reader = self.folder.reader(self.many.options.limits.message_bytes);
            for entry in reader {
                gone.remove(&self.folder.place(&entry));
            }
        }
        gone.retain(|place| self.folder.holds(place));
        Ok(gone)
    }

    fn missing(&self, gone: &BTreeSet<String>) -> Missing {
        let mut missing = Missing::new();
        for place in gone {
            let expected = fs::read(self.folder.file(place)).ok();
            if let Some(message) = expected.and_then(|expected| message_of(&expected)) {
                missing.entry(message).or_default().push_back(place.clone());
            }
        }
        missing
    }

    fn found<D: Dns>(
        &self,
        desk: &mut Desk<'_, Inspector<'_, D>>,
        entry: &Entry,
        bytes: Result<&[u8], String>,
    ) -> Result<Found, Failure> {
        let octets = bytes.as_ref().ok().copied();
        let analysis = bytes.and_then(|bytes| desk.analyse(bytes, |it| it));
        let expectation = Expectation::new(octets, analysis.as_ref().map_err(String::as_str));
        let name = self.folder.name(entry);
        let bytes = saved(&expectation).map_err(|error| Failure::new(&name, error))?;
        let place = self.folder.place(entry);
        let file = self.folder.file(&place);
        let compared = match fs::read(&file) {
            Ok(expected) if expected == bytes => Compared::Known(None),
            Ok(expected) => Compared::Known(Difference::find(
                &expected,
                &expectation,
                analysis.as_ref().ok(),
                &self.baseline,
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Compared::New(analysis.ok().map(Box::new))
            }
            Err(error) => return Err(Failure::io(file.display(), &error)),
        };
        Ok(Found {
            name,
            file: entry.file.clone(),
            place,
            expectation,
            bytes,
            compared,
        })
    }

    /// What is said of one message. One without an expectation may be one that had another name.
    fn reviewed(
        &self,
        found: Found,
        missing: &mut Missing,
        gone: &mut BTreeSet<String>,
    ) -> Reviewed {
        let Found {
            name,
            file,
            place,
            expectation,
            bytes,
            compared,
        } = found;
        let mut moved_from = None;
        let difference = match compared {
            Compared::Known(difference) => difference,
            Compared::New(analysis) => {
                let message = expectation.message();
                let queue = message.and_then(|message| missing.get_mut(message));
                moved_from = queue.and_then(VecDeque::pop_front);
                let is = |kind| Difference::new(String::new(), PathBuf::new(), kind);
                Some(match &moved_from {
                    None => is(DifferenceKind::New),
                    Some(from) => {
                        gone.remove(from);
                        let expected = fs::read(self.folder.file(from)).unwrap_or_default();
                        let analysis = analysis.as_deref();
                        let find =
                            Difference::find(&expected, &expectation, analysis, &self.baseline);
                        Difference {
                            kind: DifferenceKind::Renamed,
                            renamed_from: Some(self.folder.name_of_place(from)),
                            ..find.unwrap_or(is(DifferenceKind::Renamed))
                        }
                    }
                })
            }
        };
        Reviewed {
            difference: difference.map(|difference| difference.of(name.clone(), file)),
            name,
            place,
            moved_from,
            bytes,
        }
    }
}
