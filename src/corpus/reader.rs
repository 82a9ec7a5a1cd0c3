//! Where saved messages are: files, folders, Maildirs, mboxes, standard input.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::mbox::{Mbox, Part};

/// Octets read from a file at once.
const BUFFER: usize = 1 << 16;

/// One saved message.
#[derive(Debug)]
pub struct Entry {
    /// Its path; for a message of an mbox with `#` and its number there.
    pub name: String,
    /// The file it is in.
    pub file: PathBuf,
    /// Its number in an mbox, from 1; `None` where it is alone in its file.
    pub number: Option<usize>,
    /// Its octets, or how to come by them.
    pub load: Load,
}

/// The octets of a saved message.
#[derive(Debug)]
pub enum Load {
    /// In a file, still to be read.
    File(PathBuf),
    /// At hand.
    Bytes(Vec<u8>),
    /// Not to be had, and why.
    Failed(String),
}

impl Load {
    /// The octets, read into `buffer` where they are in a file; one more than `limit` at most, so
    /// that a message that is too large is known as such.
    pub fn bytes<'b>(&'b self, buffer: &'b mut Vec<u8>, limit: usize) -> Result<&'b [u8], String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Failed(why) => Err(why.clone()),
            Self::File(path) => {
                buffer.clear();
                let most = (limit as u64).saturating_add(1);
                let file = File::open(path).map_err(|error| why(&error))?;
                let size = file.metadata().map_or(0, |metadata| metadata.len());
                // One octet more lets the end of the file be seen without growing.
                buffer.reserve(usize::try_from(size.min(most)).unwrap_or(0) + 1);
                file.take(most)
                    .read_to_end(buffer)
                    .map_err(|error| why(&error))?;
                Ok(buffer)
            }
        }
    }
}

/// Finds all messages behind some paths, in their order; a folder's in the order of their names.
///
/// In folders, files are taken whose name (`.eml`, `.emlx`, `.mbox`, with `.gz` or `.zst` behind or
/// not) or whose first line says that they are mail; in the `cur` and `new` of a Maildir, all. A
/// path that is given is taken in any case.
pub struct Reader {
    /// What is still to be looked at, last first.
    pending: Vec<Pending>,
    open: Option<Open>,
    /// The folders that were entered, so that a link does not lead in circles.
    entered: HashSet<PathBuf>,
    /// What is no mail whatever it looks like.
    without: HashSet<PathBuf>,
    /// The most octets of one message.
    limit: usize,
    passed_over: usize,
    left: Arc<AtomicUsize>,
}

enum Pending {
    /// Given by the caller.
    Given(PathBuf),
    /// Found in a folder.
    Found(PathBuf),
    /// Standard input.
    Stdin,
}

/// An mbox that is being read.
struct Open {
    file: PathBuf,
    mbox: Mbox<Box<dyn BufRead + Send>>,
    number: usize,
}

impl Reader {
    /// Of `paths`, where `-` is standard input; no message may have more than `limit` octets.
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

    /// Leaves out these files and folders, written as a folder that was given leads to them.
    pub fn without(mut self, paths: impl IntoIterator<Item = PathBuf>) -> Self {
        self.without.extend(paths);
        self
    }

    /// How many files in folders were passed over, as they do not look like mail.
    pub fn passed_over(&self) -> usize {
        self.passed_over
    }

    /// How many paths are known of that were not looked at yet; it changes as folders are entered.
    pub fn left(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.left)
    }

    fn of_open(&mut self) -> Option<Entry> {
        let open = self.open.as_mut()?;
        let Some(part) = open.mbox.next() else {
            self.open = None;
            return None;
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
                Err(error) => Load::Failed(why(&error)),
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
                // A pipe that the caller names is to be read.
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

    /// Puts what a folder holds in its place.
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

    /// A file that is mail: one message, or an mbox.
    fn file(&mut self, path: PathBuf) -> Option<Entry> {
        if is_one_message(&path) {
            return Some(alone(path));
        }
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) => return Some(failed(path, &error)),
        };
        let mut reader: Box<dyn BufRead + Send> = Box::new(BufReader::with_capacity(BUFFER, file));
        let stream = match unpacked(&mut reader) {
            Ok(Some(unpacked)) => unpacked,
            Ok(None) => reader,
            Err(error) => return Some(failed(path, &error)),
        };
        match begins_mbox(stream) {
            Ok((true, stream)) => self.stream(path, stream),
            _ => Some(alone(path)),
        }
    }

    /// A stream: an mbox, or one message.
    fn stream(&mut self, path: PathBuf, stream: Box<dyn BufRead + Send>) -> Option<Entry> {
        let (is_mbox, mut stream) = match begins_mbox(stream) {
            Ok(begun) => begun,
            Err(error) => return Some(failed(path, &error)),
        };
        if is_mbox {
            self.open = Some(Open {
                file: path,
                mbox: Mbox::new(stream, self.limit),
                number: 0,
            });
            return self.of_open();
        }
        let mut bytes = Vec::new();
        let most = (self.limit as u64).saturating_add(1);
        let read = stream.by_ref().take(most).read_to_end(&mut bytes);
        Some(match read {
            Ok(_) => entry(path, Load::Bytes(bytes)),
            Err(error) => failed(path, &error),
        })
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

/// Whether the name, or the place in a Maildir, says that there is one message in the file.
fn is_one_message(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    matches!(extension.to_ascii_lowercase().as_str(), "eml" | "emlx") || is_in_maildir(path)
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
            "eml" | "emlx" | "mbox" | "mbx"
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

/// Whether a stream begins with the `From ` line of an mbox, and the stream.
fn begins_mbox(mut stream: Box<dyn BufRead + Send>) -> io::Result<(bool, Box<dyn BufRead + Send>)> {
    let is_mbox = stream.fill_buf()?.starts_with(b"From ");
    Ok((is_mbox, stream))
}

/// What is in a stream that is packed by gzip or Zstandard.
fn unpacked(stream: &mut Box<dyn BufRead + Send>) -> io::Result<Option<Box<dyn BufRead + Send>>> {
    let start = stream.fill_buf()?;
    let is_gzip = start.starts_with(&[0x1f, 0x8b]);
    let is_zstd = start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    if !is_gzip && !is_zstd {
        return Ok(None);
    }
    let packed = std::mem::replace(stream, Box::new(io::empty()));
    let inner: Box<dyn Read + Send> = match is_gzip {
        true => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
        false => Box::new(
            ruzstd::decoding::StreamingDecoder::new(packed)
                .map_err(|error| io::Error::other(error.to_string()))?,
        ),
    };
    Ok(Some(Box::new(BufReader::with_capacity(BUFFER, inner))))
}
