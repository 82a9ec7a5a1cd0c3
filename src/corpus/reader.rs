//! Finds saved messages: files, folders, Maildirs, mboxes, standard input.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::mbox::{Mbox, Part};
use crate::message::{Packing, Unpacked};

/// How many octets are read from a file at once.
const BUFFER: usize = 1 << 16;

/// How many octets of a packed stream show whether an mbox is in it.
const PACKED_START: u64 = 1 << 20;

/// One saved message.
#[derive(Debug)]
#[non_exhaustive]
pub struct Entry {
    /// Its path; for a message of an mbox followed by `#` and its number there.
    pub name: String,
    /// The file that contains it.
    pub file: PathBuf,
    /// Its number in an mbox, from 1; `None` if it is the only one in its file.
    pub number: Option<usize>,
    /// Its octets, or how to get them.
    pub load: Load,
}

/// The octets of a saved message.
#[derive(Debug)]
#[non_exhaustive]
pub enum Load {
    /// In a file that has not been read yet.
    File(PathBuf),
    /// Already read.
    Bytes(Vec<u8>),
    /// They could not be read, for this reason.
    Failed(String),
}

impl Load {
    /// The octets, read into `buffer` if they are in a file. At most one more than `limit` is read,
    /// so a message that is too large can be recognised.
    ///
    /// # Errors
    ///
    /// Why the octets cannot be read, in words.
    pub fn bytes<'b>(&'b self, buffer: &'b mut Vec<u8>, limit: usize) -> Result<&'b [u8], String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Failed(why) => Err(why.clone()),
            Self::File(path) => {
                buffer.clear();
                let most = (limit as u64).saturating_add(1);
                let file = File::open(path).map_err(|error| why(&error))?;
                let size = file.metadata().map_or(0, |metadata| metadata.len());
                // One more octet allows the end of the file to be seen without growing the buffer.
                let room = usize::try_from(size.min(most)).unwrap_or(0) + 1;
                buffer
                    .try_reserve(room)
                    .map_err(|_| why(&io::ErrorKind::OutOfMemory.into()))?;
                file.take(most)
                    .read_to_end(buffer)
                    .map_err(|error| why(&error))?;
                Ok(buffer)
            }
        }
    }
}

/// Finds all messages at some paths, in the order of the paths; within a folder, in the order of
/// the names.
///
/// In a folder, files count as mail if their name (`.eml`, `.emlx`, `.msg`, `.mbox`, also with `.gz` or
/// `.zst`) or their first line says so; in the `cur` and `new` folders of a Maildir, all files do.
/// A path from the caller is always read.
///
/// A message that cannot be read is an [`Entry`] too, with [`Load::Failed`].
pub struct Reader {
    /// The paths that have not been visited yet, last first.
    pending: Vec<Pending>,
    open: Option<Open>,
    /// The folders that were entered, so links cannot lead in circles.
    entered: HashSet<PathBuf>,
    /// Paths that are never mail.
    without: HashSet<PathBuf>,
    /// The maximum number of octets of one message.
    limit: usize,
    passed_over: usize,
    left: Arc<AtomicUsize>,
}

enum Pending {
    /// From the caller.
    Given(PathBuf),
    /// Found in a folder.
    Found(PathBuf),
    /// Standard input.
    Stdin,
}

/// An mbox that is being read.
struct Open {
    file: PathBuf,
    mbox: Mbox<Begun>,
    number: usize,
}

/// Octets as they come.
type Octets = Box<dyn BufRead + Send>;

/// A stream from which the start was taken to look at it.
type Begun = Chain<Cursor<Vec<u8>>, Stream>;

/// What an mbox is read from.
enum Stream {
    Plain(Octets),
    Packed(Packing, BufReader<Unpacked<Octets>>),
}

impl Reader {
    /// Finds messages at `paths`, where `-` is standard input; each message may have at most
    /// `limit` octets.
    pub fn new(paths: impl IntoIterator<Item = PathBuf>, limit: usize) -> Self {
        let mut pending: Vec<Pending> = paths
            .into_iter()
            .map(|path| match path == Path::new("-") {
                true => Pending::Stdin,
                false => Pending::Given(path),
            })
            .collect();
        pending.reverse();
        Self {
            pending,
            open: None,
            entered: HashSet::new(),
            without: HashSet::new(),
            limit,
            passed_over: 0,
            left: Arc::default(),
        }
    }

    /// Leaves out these files and folders, written as paths that start with a path from the caller.
    pub fn without(mut self, paths: impl IntoIterator<Item = PathBuf>) -> Self {
        self.without.extend(paths);
        self
    }

    /// How many files in folders were skipped because they do not look like mail.
    pub fn passed_over(&self) -> usize {
        self.passed_over
    }

    /// How many known paths have not been visited yet; the number changes as folders are entered.
    pub fn left(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.left)
    }

    fn of_open(&mut self) -> Option<Entry> {
        let open = self.open.as_mut()?;
        let Some(part) = open.mbox.next() else {
            let mut open = self.open.take()?;
            let behind = open.mbox.stream().get_mut().1.behind()?;
            return Some(entry(open.file, Load::Failed(behind)));
        };
        open.number += 1;
        Some(Entry {
            name: format!("{}#{}", name(&open.file), open.number),
            file: open.file.clone(),
            number: Some(open.number),
            load: match part {
                Ok(Part::Message(bytes)) => Load::Bytes(bytes),
                Ok(Part::TooLarge(length)) => Load::Failed(format!(
                    "the message has {length} bytes, more than the limit of {}",
                    self.limit
                )),
                Err(error) => {
                    let why = open.mbox.stream().get_ref().1.why(&error);
                    Load::Failed(format!("the message cannot be read to its end: {why}"))
                }
            },
        })
    }

    fn look_at(&mut self, pending: Pending) -> Option<Entry> {
        match pending {
            Pending::Stdin => {
                let stdin = BufReader::with_capacity(BUFFER, io::stdin());
                self.stream("-".into(), Box::new(stdin))
            }
            Pending::Given(path) => self.given(path),
            Pending::Found(path) => self.found(path),
        }
    }

    fn given(&mut self, path: PathBuf) -> Option<Entry> {
        match fs::metadata(&path) {
            Err(error) => Some(failed(path, &error)),
            Ok(metadata) if metadata.is_dir() => self.folder(&path),
            Ok(metadata) if metadata.is_file() => self.file(path),
            Ok(_) => match File::open(&path) {
                // A pipe that the caller names is read.
                Ok(file) => self.stream(path, Box::new(BufReader::with_capacity(BUFFER, file))),
                Err(error) => Some(failed(path, &error)),
            },
        }
    }

    fn found(&mut self, path: PathBuf) -> Option<Entry> {
        match fs::metadata(&path) {
            Err(error) => Some(failed(path, &error)),
            Ok(metadata) if metadata.is_dir() => self.folder(&path),
            Ok(metadata) if !metadata.is_file() => {
                self.passed_over += 1;
                None
            }
            Ok(_) if is_mail(&path) => self.file(path),
            Ok(_) => {
                self.passed_over += 1;
                None
            }
        }
    }

    /// Replaces a folder by its contents.
    fn folder(&mut self, path: &Path) -> Option<Entry> {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !self.entered.insert(real) {
            return None;
        }
        let entries = fs::read_dir(path).and_then(|entries| {
            let paths = entries.map(|entry| entry.map(|entry| entry.path()));
            paths.collect::<io::Result<Vec<PathBuf>>>()
        });
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return Some(failed(path.to_owned(), &error)),
        };
        let is_maildir = entries.iter().any(|entry| entry.ends_with("cur"));
        entries.retain(|entry| {
            let name = entry.file_name().unwrap_or_default().to_string_lossy();
            let is_unfinished = is_maildir && name == "tmp";
            let is_hidden = name.starts_with('.') && !entry.join("cur").is_dir();
            !is_unfinished && !is_hidden && !self.without.contains(entry)
        });
        entries.sort_unstable_by(|a, b| b.cmp(a));
        self.pending.extend(entries.into_iter().map(Pending::Found));
        None
    }

    /// Reads a file that is mail: one message, or an mbox.
    fn file(&mut self, path: PathBuf) -> Option<Entry> {
        if is_one_message(&path) {
            return Some(alone(path));
        }
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) => return Some(failed(path, &error)),
        };
        let mut file = BufReader::with_capacity(BUFFER, file);
        let packing = match file.fill_buf().map(Packing::of) {
            Ok(packing) => packing,
            Err(error) => return Some(failed(path, &error)),
        };
        match begins_mbox(Stream::of(packing, Box::new(file))) {
            Ok((true, begun)) => self.mbox(path, begun),
            _ => Some(alone(path)),
        }
    }

    /// Reads an mbox.
    fn mbox(&mut self, file: PathBuf, begun: Begun) -> Option<Entry> {
        self.open = Some(Open {
            file,
            mbox: Mbox::new(begun, self.limit),
            number: 0,
        });
        self.of_open()
    }

    /// Reads a stream: an mbox, or one message.
    fn stream(&mut self, path: PathBuf, octets: Octets) -> Option<Entry> {
        let (is_mbox, begun) = match begins_packed_mbox(octets) {
            Ok(begun) => begun,
            Err(error) => return Some(failed(path, &error)),
        };
        if is_mbox {
            return self.mbox(path, begun);
        }
        let mut bytes = Vec::new();
        let most = (self.limit as u64).saturating_add(1);
        let read = begun.take(most).read_to_end(&mut bytes);
        Some(match read {
            Ok(_) => entry(path, Load::Bytes(bytes)),
            Err(error) => failed(path, &error),
        })
    }
}

impl Stream {
    fn of(packing: Option<Packing>, octets: Octets) -> Self {
        let Some(packing) = packing else {
            return Self::Plain(octets);
        };
        let unpacked = Unpacked::new(packing, octets);
        Self::Packed(packing, BufReader::with_capacity(BUFFER, unpacked))
    }

    /// Why reading failed.
    fn why(&self, error: &io::Error) -> String {
        match self {
            Self::Packed(packing, _) if error.kind() != io::ErrorKind::OutOfMemory => {
                packing.why(error)
            }
            _ => why(error),
        }
    }

    /// What follows the end of a packed stream, in words; `None` if nothing does.
    fn behind(&mut self) -> Option<String> {
        let Self::Packed(packing, unpacked) = self else {
            return None;
        };
        match unpacked.get_mut().behind() {
            Ok(0) => None,
            Ok(behind) => Some(format!(
                "it is {} with {behind} bytes after its end that are not packed: they were not read",
                packing.name()
            )),
            Err(error) => Some(why(&error)),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(octets) => octets.read(out),
            Self::Packed(_, unpacked) => unpacked.read(out),
        }
    }
}

impl BufRead for Stream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Plain(octets) => octets.fill_buf(),
            Self::Packed(_, unpacked) => unpacked.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        match self {
            Self::Plain(octets) => octets.consume(amount),
            Self::Packed(_, unpacked) => unpacked.consume(amount),
        }
    }
}

impl Iterator for Reader {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            if let Some(entry) = self.of_open() {
                return Some(entry);
            }
            let pending = self.pending.pop()?;
            self.left.store(self.pending.len(), Ordering::Relaxed);
            if let Some(entry) = self.look_at(pending) {
                return Some(entry);
            }
        }
    }
}

/// The only message of a file.
fn entry(file: PathBuf, load: Load) -> Entry {
    Entry {
        name: name(&file),
        file,
        number: None,
        load,
    }
}

fn alone(path: PathBuf) -> Entry {
    entry(path.clone(), Load::File(path))
}

fn failed(path: PathBuf, error: &io::Error) -> Entry {
    entry(path, Load::Failed(why(error)))
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// An error of the operating system, without its number.
fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::PermissionDenied => "reading it is not permitted".into(),
        _ => error.to_string(),
    }
}

/// Whether the name of the file, or its place in a Maildir, shows that it contains one message.
fn is_one_message(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    matches!(
        extension.to_ascii_lowercase().as_str(),
        "eml" | "emlx" | "msg"
    ) || is_in_maildir(path)
}

fn is_in_maildir(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name);
    let folder = folder.unwrap_or_default();
    folder == "cur" || folder == "new"
}

/// Whether a file that was found in a folder is mail.
fn is_mail(path: &Path) -> bool {
    if is_one_message(path) {
        return true;
    }
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let inner = path.file_stem().map(Path::new).and_then(Path::extension);
    let inner = inner.unwrap_or_default().to_string_lossy();
    match extension.to_ascii_lowercase().as_str() {
        "mbox" | "mbx" => true,
        "gz" | "zst" => matches!(
            inner.to_ascii_lowercase().as_str(),
            "eml" | "emlx" | "msg" | "mbox" | "mbx"
        ),
        _ => begins_like_mail(path),
    }
}

/// Whether the first line is a header field or the `From ` line of an mbox.
fn begins_like_mail(path: &Path) -> bool {
    let mut start = [0; 512];
    let Ok(mut file) = File::open(path) else {
        return false;
    };
    let read = file.read(&mut start).unwrap_or(0);
    let line = start[..read].split(|byte| *byte == b'\n').next();
    let line = line.unwrap_or_default();
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    line.starts_with(b"From ")
        || name.len() < line.len() && !name.is_empty() && name.iter().all(is_name)
}

/// Whether a stream begins with the `From ` line of an mbox; returns the stream too.
fn begins_mbox(mut stream: Stream) -> io::Result<(bool, Begun)> {
    const START: &[u8] = b"From ";
    // What is at hand may be less than the start: a frame of a packed file may end anywhere.
    let mut start = Vec::new();
    let most = START.len() as u64;
    stream.by_ref().take(most).read_to_end(&mut start)?;
    let is_mbox = start == START;
    Ok((is_mbox, Cursor::new(start).chain(stream)))
}

/// The same for octets that can be read only once. An mbox is returned unpacked, and anything else
/// as it came.
fn begins_packed_mbox(mut octets: Octets) -> io::Result<(bool, Begun)> {
    let Some(packing) = Packing::of(octets.fill_buf()?) else {
        return begins_mbox(Stream::Plain(octets));
    };
    let mut start = Vec::new();
    octets.by_ref().take(PACKED_START).read_to_end(&mut start)?;
    let looked_at = Stream::of(Some(packing), Box::new(Cursor::new(start.clone())));
    let is_mbox = begins_mbox(looked_at).is_ok_and(|(is_mbox, _)| is_mbox);
    if is_mbox {
        let octets = Box::new(Cursor::new(start).chain(octets));
        return begins_mbox(Stream::of(Some(packing), octets));
    }
    Ok((false, Cursor::new(start).chain(Stream::Plain(octets))))
}
