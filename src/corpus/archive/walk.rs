//! What is done with each member of an archive: it is a message, an mbox, an archive, the metadata of
//! a message, or passed over.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use super::budget::{Budget, Weighed};
use super::name::{Named, within};
use super::tar::{self, Source, Tar};
use super::zip::{self, Zip};
use super::zip_stream::ZipStream;
use super::{Form, How, Item, octets};
use crate::corpus::beside::{self, SideFile};
use crate::corpus::entry::{Entry, Load};
use crate::corpus::mail_file::begins_like_mail;
use crate::corpus::passed_over::PassedOver;
use crate::corpus::stream::{Octets, Stream, begins_packed_mbox, start};
use crate::message::mbox::{Mbox, Part};
use crate::session::Metadata;

/// Octets of a zip archive within another archive or in an object store; it is put into a temporary
/// file, as its directory is at its end.
const INNER_ZIP: u64 = 4 << 30;

/// Octets of the metadata that waits for its message, about.
const WAITING: usize = 64 << 20;

/// Why a member is not read.
const ENCRYPTED: &str = "it is encrypted; unpack the archive with its password first";

/// Nobody takes what is found.
pub struct Stop;

/// The walk through an archive and those within it.
pub struct Walk {
    out: SyncSender<Item>,
    how: How,
    budget: Arc<Budget>,
    /// Metadata by the path of its message, and how many octets it has.
    waiting: HashMap<PathBuf, Result<Metadata, String>>,
    waiting_octets: usize,
    /// Whether all metadata of the archive that is read was looked for before.
    is_gathered: bool,
    /// A message whose metadata may come next.
    held: Option<Box<Entry>>,
    passed_over: PassedOver,
    /// How many archives are around.
    depth: usize,
    /// How many entries say that something cannot be read.
    failures: usize,
}

impl Walk {
    pub fn new(out: SyncSender<Item>, how: How) -> Self {
        Self {
            out,
            how,
            budget: Budget::new(0),
            waiting: HashMap::new(),
            waiting_octets: 0,
            is_gathered: false,
            held: None,
            passed_over: PassedOver::default(),
            depth: 0,
            failures: 0,
        }
    }

    /// Reads the archive in a file. Metadata is found wherever it stands in one that is not packed.
    pub fn file(&mut self, path: &Path, form: Form, file: File) -> Result<(), Stop> {
        if !matches!(form, Form::PackedTar(_)) {
            self.budget = Budget::new(file.metadata().map_or(0, |metadata| metadata.len()));
        }
        match form {
            Form::Zip => self.zip(path, file),
            Form::PackedTar(_) => self.stream(path, form, Box::new(octets(file))),
            Form::Tar => {
                let mut file = octets(file);
                if self.how.with_metadata {
                    let mut tar = Tar::new(Source::File(file), false);
                    self.gather(path, &mut tar);
                    let Source::File(read) = tar.into_source() else {
                        return Ok(());
                    };
                    file = read;
                    if let Err(error) = file.rewind() {
                        return self.failed(path, error.to_string());
                    }
                }
                self.is_gathered = true;
                self.tar(path, &mut Tar::new(Source::File(file), false))
            }
        }
    }

    /// Reads the zip archive in a stream by its directory.
    pub fn spooled_zip(&mut self, path: &Path, octets: Octets<'_>) -> Result<(), Stop> {
        match spooled(octets, "fetch it, and unpack it, first") {
            Ok(file) => self.file(path, Form::Zip, file),
            Err(error) => self.failed(path, error.to_string()),
        }
    }

    /// Reads the archive in a stream, at the depth of the walk.
    pub fn stream(&mut self, path: &Path, form: Form, octets: Octets<'_>) -> Result<(), Stop> {
        let octets: Octets<'_> = match self.depth {
            0 => Box::new(Weighed::packed(octets, &self.budget)),
            _ => octets,
        };
        let (octets, is_packed): (Octets<'_>, _) = match form {
            Form::Zip => return self.zip_stream(path, octets, None),
            Form::Tar => (octets, false),
            Form::PackedTar(packing) => {
                let unpacked = Stream::of(Some(packing), octets);
                (Box::new(Weighed::unpacked(unpacked, &self.budget)), true)
            }
        };
        let is_gathered = std::mem::replace(&mut self.is_gathered, false);
        let done = self.tar(path, &mut Tar::new(Source::Stream(octets), is_packed));
        self.is_gathered = is_gathered;
        done
    }

    /// Reads a zip archive from its beginning; `why` its directory cannot be read, if that was tried.
    fn zip_stream(
        &mut self,
        path: &Path,
        octets: Octets<'_>,
        why: Option<String>,
    ) -> Result<(), Stop> {
        let is_gathered = std::mem::replace(&mut self.is_gathered, false);
        let done = self.streamed(path, &mut ZipStream::new(octets, &self.budget), why);
        self.is_gathered = is_gathered;
        done
    }

    fn streamed(
        &mut self,
        path: &Path,
        zip: &mut ZipStream<'_>,
        why: Option<String>,
    ) -> Result<(), Stop> {
        while let Some(member) = zip.next() {
            let failures = self.failures;
            let named = member
                .path
                .as_deref()
                .map(|inner| (inner, Named::of(inner)));
            match (member.kind, named) {
                (zip::Kind::Folder, _) => (),
                (zip::Kind::Link, _) => self.passed_over.links += 1,
                (_, None) => self.passed_over.outside += 1,
                (_, Some((_, Named::Hidden))) => (),
                (zip::Kind::Encrypted, Some((inner, _))) => {
                    self.failed(&path.join(inner), ENCRYPTED.into())?;
                }
                (zip::Kind::File, Some((inner, named))) => match member.unread {
                    Some(why) => self.failed(&path.join(inner), why)?,
                    None => self.member(&path.join(inner), named, zip)?,
                },
            }
            if zip.fault.is_some() && self.failures > failures {
                return Ok(());
            }
        }
        let fault = zip.fault.take().or(why);
        match fault.or_else(|| zip.end().err()) {
            Some(fault) => self.failed(path, fault),
            None => Ok(()),
        }
    }

    /// Says what is left.
    pub fn end(&mut self) -> Result<(), Stop> {
        self.flush()?;
        self.passed_over.metadata += self.waiting.len();
        self.send(Item::PassedOver(self.passed_over))
    }

    fn tar(&mut self, path: &Path, tar: &mut Tar<'_>) -> Result<(), Stop> {
        while let Some(member) = tar.next() {
            let failures = self.failures;
            match (member.kind, within(&member.name)) {
                (tar::Kind::Folder, _) => (),
                (tar::Kind::Link, _) => self.passed_over.links += 1,
                (tar::Kind::Special, _) => self.passed_over.special += 1,
                (tar::Kind::File, None) => self.passed_over.outside += 1,
                (tar::Kind::File, Some(inner)) => {
                    self.member(&path.join(&inner), Named::of(&inner), tar)?;
                }
            }
            if tar.fault.is_some() && self.failures > failures {
                return Ok(());
            }
        }
        match tar.fault.take() {
            Some(fault) => self.failed(path, fault),
            None => Ok(()),
        }
    }

    /// Reads all metadata of an archive.
    fn gather(&mut self, path: &Path, tar: &mut Tar<'_>) {
        while let Some(member) = tar.next() {
            let inner = within(&member.name).filter(|_| member.kind == tar::Kind::File);
            if let Some(inner) = inner
                && Named::of(&inner) == Named::Json
            {
                self.keep(&path.join(inner), &mut *tar);
            }
        }
    }

    fn zip(&mut self, path: &Path, file: File) -> Result<(), Stop> {
        let mut again = match file.try_clone() {
            Ok(again) => again,
            Err(error) => return self.failed(path, error.to_string()),
        };
        let zip = match Zip::open(file) {
            Ok(zip) => zip,
            Err(why) => {
                return match again.rewind() {
                    Ok(()) => self.zip_stream(path, Box::new(octets(again)), Some(why)),
                    Err(error) => self.failed(path, error.to_string()),
                };
            }
        };
        if self.how.with_metadata {
            // Where the directory is damaged is said below.
            let _ = zip.each(|member| {
                if let (zip::Kind::File, Some(inner)) = (member.kind, &member.path)
                    && Named::of(inner) == Named::Json
                    && let Ok(octets) = zip.octets(&member)
                {
                    let octets = Weighed::unpacked(octets, &self.budget);
                    self.keep(&path.join(inner), octets);
                }
                Ok::<_, Stop>(())
            });
        }
        let is_gathered = std::mem::replace(&mut self.is_gathered, true);
        let visited = zip.each(|member| {
            if let Err(error) = self.budget.check() {
                self.failed(path, error.to_string())?;
                return Err(None);
            }
            let Some(inner) = &member.path else {
                self.passed_over.outside += usize::from(member.kind != zip::Kind::Folder);
                return Ok(());
            };
            let named = Named::of(inner);
            let inner = path.join(inner);
            match member.kind {
                zip::Kind::Folder => (),
                zip::Kind::Link => self.passed_over.links += 1,
                zip::Kind::Encrypted if named == Named::Hidden => (),
                zip::Kind::Encrypted => self.failed(&inner, ENCRYPTED.into())?,
                zip::Kind::File => match zip.octets(&member) {
                    Ok(octets) => {
                        let mut octets = Weighed::unpacked(octets, &self.budget);
                        self.member(&inner, named, &mut octets)?;
                    }
                    Err(why) => self.failed(&inner, why)?,
                },
            }
            Ok(())
        });
        self.is_gathered = is_gathered;
        match visited {
            Ok(Ok(()) | Err(None)) => Ok(()),
            Ok(Err(Some(stop))) => Err(stop),
            Err(why) => self.failed(path, why),
        }
    }

    fn member(
        &mut self,
        path: &Path,
        named: Named,
        octets: &mut (dyn BufRead + Send),
    ) -> Result<(), Stop> {
        match named {
            Named::Hidden => Ok(()),
            Named::Message => self.message(path, octets),
            Named::Archive => self.inner(path, octets),
            Named::Mail => self.mail(path, octets),
            Named::Json if self.is_gathered || !self.how.with_metadata => Ok(()),
            Named::Json => {
                self.keep(path, octets);
                Ok(())
            }
            Named::Open => match start(octets, tar::BLOCK as u64) {
                Ok(start) if begins_like_mail(&start) => {
                    self.mail(path, &mut Cursor::new(start).chain(octets))
                }
                Ok(_) => {
                    self.passed_over.not_mail += 1;
                    Ok(())
                }
                Err(error) => self.failed(path, error.to_string()),
            },
        }
    }

    /// Reads one message.
    fn message(&mut self, path: &Path, octets: impl Read) -> Result<(), Stop> {
        let mut bytes = Vec::new();
        let most = (self.how.limit as u64).saturating_add(1);
        match octets.take(most).read_to_end(&mut bytes) {
            Ok(_) => self.entry(Entry::alone(path.to_owned(), Load::Bytes(bytes))),
            Err(error) => self.unfinished(path.to_owned(), None, &error.to_string()),
        }
    }

    /// Reads a message or an mbox, packed or not.
    fn mail(&mut self, path: &Path, octets: &mut (dyn BufRead + Send)) -> Result<(), Stop> {
        let (is_mbox, begun) = match begins_packed_mbox(Box::new(octets)) {
            Ok(begun) => begun,
            Err(error) => return self.failed(path, error.to_string()),
        };
        if !is_mbox {
            return self.message(path, begun);
        }
        let begun = Weighed::unpacked(begun, &self.budget);
        let limit = self.how.limit;
        for (part, number) in Mbox::new(begun, limit).zip(1..) {
            let load = match part {
                Ok(Part::Message(bytes)) => Load::Bytes(bytes),
                Ok(Part::TooLarge(length)) => Load::too_large(length, limit),
                Err(error) => {
                    return self.unfinished(path.to_owned(), Some(number), &error.to_string());
                }
            };
            self.entry(Entry::numbered(path.to_owned(), number, load))?;
        }
        Ok(())
    }

    /// Reads an archive within the archive.
    fn inner(&mut self, path: &Path, octets: &mut (dyn BufRead + Send)) -> Result<(), Stop> {
        let started = octets
            .fill_buf()
            .map(Form::start)
            .and_then(|most| start(octets, most));
        let start = match started {
            Ok(start) => start,
            Err(error) => return self.failed(path, error.to_string()),
        };
        let Some(form) = Form::of(&start) else {
            self.passed_over.not_mail += 1;
            return Ok(());
        };
        if self.depth > 0 {
            let why = "it is an archive within an archive within an archive, which is not read: \
                       unpack the outermost first";
            return self.failed(path, why.into());
        }
        self.depth += 1;
        let octets = Cursor::new(start).chain(octets);
        let done = match form {
            Form::Tar | Form::PackedTar(_) => self.stream(path, form, Box::new(octets)),
            Form::Zip => match spooled(octets, "unpack the archive around it first") {
                Ok(file) => self.zip(path, file),
                Err(error) => self.failed(path, error.to_string()),
            },
        };
        self.depth -= 1;
        done
    }

    /// Keeps metadata until its message comes, or gives it to the one that is held.
    fn keep(&mut self, path: &Path, octets: impl Read) {
        let Some(read) = beside::of_octets(path, octets) else {
            return;
        };
        let stem = path.with_extension("");
        if let Some(held) = &mut self.held
            && beside::stems(&held.file).contains(&stem)
        {
            held.metadata = SideFile::Read(read);
            return;
        }
        let size = 2 * stem.as_os_str().len() + size_of::<Metadata>() + 200;
        if self.waiting_octets + size > WAITING {
            self.passed_over.metadata += 1;
            return;
        }
        self.waiting_octets += size;
        self.waiting.insert(stem, read);
    }

    /// Gives a message on, with its metadata.
    fn entry(&mut self, mut entry: Entry) -> Result<(), Stop> {
        self.flush()?;
        if !self.how.with_metadata || entry.number.is_some() {
            return self.send(Item::Entry(Box::new(entry)));
        }
        let stems = beside::stems(&entry.file);
        let read = stems.iter().find_map(|stem| self.waiting.remove(stem));
        if let Some(read) = read {
            entry.metadata = SideFile::Read(read);
        } else if !self.is_gathered {
            self.held = Some(Box::new(entry));
            return Ok(());
        }
        self.send(Item::Entry(Box::new(entry)))
    }

    fn unfinished(&mut self, file: PathBuf, number: Option<usize>, why: &str) -> Result<(), Stop> {
        self.failures += 1;
        let why = Load::Failed(format!("the message cannot be read to its end: {why}"));
        self.entry(match number {
            Some(number) => Entry::numbered(file, number, why),
            None => Entry::alone(file, why),
        })
    }

    fn failed(&mut self, path: &Path, why: String) -> Result<(), Stop> {
        self.failures += 1;
        self.entry(Entry::alone(path.to_owned(), Load::Failed(why)))
    }

    fn flush(&mut self) -> Result<(), Stop> {
        match self.held.take() {
            Some(held) => self.send(Item::Entry(held)),
            None => Ok(()),
        }
    }

    fn send(&self, item: Item) -> Result<(), Stop> {
        self.out.send(item).map_err(|_| Stop)
    }
}

/// A temporary file with these octets.
fn spooled(octets: impl Read, help: &str) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    let copied = io::copy(&mut octets.take(INNER_ZIP + 1), &mut file)?;
    if copied > INNER_ZIP {
        let why = format!("it has more than {INNER_ZIP} bytes; {help}");
        return Err(io::Error::other(why));
    }
    file.flush()?;
    file.rewind()?;
    Ok(file)
}
