//! `--files-from`: a list of paths, read as it is needed. It may have millions of lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Failure, path_of, store};

/// Octets of a list that is no file, and so may have no end: those of two million paths or more.
const LIST: u64 = 256 << 20;

/// Octets of one path. Windows allows as many characters, other systems 4,096 octets or fewer.
const LONGEST_PATH: usize = 32_767;

/// How many octets show whether paths end with a line or with NUL: one path at least.
const START: usize = LONGEST_PATH + 2;

/// The paths of a list, in its order.
pub struct Listed {
    from: Box<dyn BufRead + Send>,
    name: String,
    separator: u8,
    number: usize,
    /// How many octets may still be read, where there is no other end.
    left: u64,
    fault: Fault,
}

/// Why a list was not read to its end, if it was not.
#[derive(Clone, Default)]
pub struct Fault(Arc<Mutex<Option<String>>>);

impl Fault {
    fn set(&self, why: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    /// An error if there was one.
    pub fn check(&self) -> Result<(), Failure> {
        let mut fault = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        fault.take().map_or(Ok(()), |why| Err(Failure(why)))
    }
}

impl Listed {
    /// Opens a list, where `-` is standard input. A file is first read through, so that nothing is
    /// done if it is faulty.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        if path == Path::new("-") {
            return Self::new(name, Box::new(BufReader::new(io::stdin())), LIST);
        }
        if store::is_url(path) {
            return Self::new(name, store::open(path)?, u64::MAX);
        }
        let failed = |error: io::Error| Failure::io(&name, &error);
        let open = || -> Result<(BufReader<File>, u64), Failure> {
            let file = File::open(path).map_err(failed)?;
            let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
            let limit = if is_file { u64::MAX } else { LIST };
            Ok((BufReader::with_capacity(1 << 16, file), limit))
        };
        let (file, limit) = open()?;
        if limit == LIST {
            return Self::new(name, Box::new(file), limit);
        }
        let mut first = Self::new(name.clone(), Box::new(file), limit)?;
        while first.next().is_some() {}
        first.fault.check()?;
        let (file, limit) = open()?;
        Self::new(name, Box::new(file), limit)
    }

    /// The same list for a second reading; `None` if it can be read only once.
    pub fn again(path: &Path) -> Result<Option<Self>, Failure> {
        match path.is_file() || store::is_url(path) {
            true => Self::open(path).map(Some),
            false => Ok(None),
        }
    }

    fn new(name: String, mut from: Box<dyn BufRead + Send>, limit: u64) -> Result<Self, Failure> {
        let mut start = Vec::new();
        let read = from.by_ref().take(START as u64).read_to_end(&mut start);
        read.map_err(|error| Failure::io(&name, &error))?;
        let separator = if start.contains(&0) { 0 } else { b'\n' };
        Ok(Self {
            from: Box::new(io::Cursor::new(start).chain(from)),
            name,
            separator,
            number: 0,
            left: limit,
            fault: Fault::default(),
        })
    }

    /// Where it is said why it ended too early.
    pub fn fault(&self) -> Fault {
        self.fault.clone()
    }

    /// The octets of the next path; none at the end.
    fn octets(&mut self) -> Result<Option<Vec<u8>>, String> {
        self.pass_separators()?;
        // The carriage return of a line, and its end.
        let most = (LONGEST_PATH as u64 + 2).min(self.left.saturating_add(1));
        let mut path = Vec::new();
        let read = self
            .from
            .by_ref()
            .take(most)
            .read_until(self.separator, &mut path);
        let read = read.map_err(|error| self.unread(&error))? as u64;
        if read > self.left {
            let name = &self.name;
            return Err(format!(
                "{name}: this list has more bytes than the limit of {LIST}; give its paths in \
                 several runs, or as a file"
            ));
        }
        self.left -= read;
        self.number += 1;
        if read == 0 {
            return Ok(None);
        }
        let is_whole = path.last() == Some(&self.separator);
        if is_whole {
            path.pop();
        }
        if self.separator != 0 && path.last() == Some(&b'\r') {
            path.pop();
        }
        if path.len() > LONGEST_PATH {
            let rest = if is_whole { 0 } else { self.rest()? };
            let length = path.len() as u64 + rest;
            let (number, noun) = (
                self.number,
                if self.separator == 0 { "path" } else { "line" },
            );
            let name = &self.name;
            return Err(format!(
                "{name}: {noun} {number} has {length} bytes, and no path is longer than \
                 {LONGEST_PATH}"
            ));
        }
        Ok(Some(path))
    }

    /// Passes over paths that are empty, of which there may be very many.
    fn pass_separators(&mut self) -> Result<(), String> {
        loop {
            let octets = self.from.fill_buf();
            let octets = octets.map_err(|error| Failure::io(&self.name, &error).0)?;
            let other = octets.iter().position(|octet| *octet != self.separator);
            let most = usize::try_from(self.left).unwrap_or(usize::MAX);
            let some = other.unwrap_or(octets.len()).min(most);
            let is_over = some < octets.len() || octets.is_empty();
            self.from.consume(some);
            self.number += some;
            self.left -= some as u64;
            if is_over {
                return Ok(());
            }
        }
    }

    fn unread(&self, error: &io::Error) -> String {
        Failure::io(&self.name, error).0
    }

    /// How many octets follow of a path that is too long.
    fn rest(&mut self) -> Result<u64, String> {
        let mut length = 0;
        let mut has_return = false;
        while length < self.left.min(LIST) {
            let octets = self.from.fill_buf();
            let octets = octets.map_err(|error| Failure::io(&self.name, &error).0)?;
            let end = octets.iter().position(|octet| *octet == self.separator);
            let some = end.unwrap_or(octets.len());
            if some > 0 {
                has_return = self.separator != 0 && octets[some - 1] == b'\r';
            }
            length += some as u64;
            let is_over = end.is_some() || octets.is_empty();
            self.from.consume(some);
            if is_over {
                break;
            }
        }
        Ok(length - u64::from(has_return))
    }
}

impl Iterator for Listed {
    type Item = PathBuf;

    fn next(&mut self) -> Option<PathBuf> {
        loop {
            match self.octets() {
                Ok(None) => return None,
                Ok(Some(path)) if path.is_empty() => (),
                Ok(Some(path)) => return Some(path_of(&path)),
                Err(why) => {
                    self.fault.set(why);
                    self.from = Box::new(io::empty());
                    return None;
                }
            }
        }
    }
}
