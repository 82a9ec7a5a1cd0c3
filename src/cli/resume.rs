//! `batch --resume`: what an earlier run wrote, so that this one goes on behind it.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::hash::BuildHasher;
use std::io::{self, BufRead, BufReader, Seek};
use std::path::Path;

use foldhash::fast::RandomState;
use sesauth::render::summary::{CSV_HEAD, csv_cell};

use super::Failure;

/// A form of output with a line for each message, with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    Ndjson,
    Csv,
}

/// The output of an earlier run.
pub struct Earlier {
    /// Where to write on.
    pub file: File,
    /// Whether nothing is in it.
    pub is_empty: bool,
    /// Its form.
    pub lines: Lines,
    pub done: Done,
}

/// The messages that have a line, by their names; how many lines each name has. Names are long, and
/// there may be millions: their hashes are kept.
pub struct Done {
    lines: Lines,
    hashers: [RandomState; 2],
    count: HashMap<[u64; 2], u32, RandomState>,
}

impl Earlier {
    /// Opens `path`, which need not exist, reads the names in it, and cuts off a last line that was not
    /// written to its end. `lines` is the form that is wanted, if one is.
    pub fn open(path: &Path, lines: Option<Lines>) -> Result<Self, Failure> {
        let name = path.display();
        let failed = |error: io::Error| Failure::io(&name, &error);
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        let mut from = BufReader::new(&file);
        let mut line = Vec::new();
        let mut length = 0;
        let mut found: Option<Done> = None;
        let mut number = 0;
        loop {
            line.clear();
            let read = from.read_until(b'\n', &mut line).map_err(failed)?;
            number += 1;
            if line.last() != Some(&b'\n') {
                if !may_be_ours(&line, found.as_ref()) {
                    return Err(foreign(path, number));
                }
                break;
            }
            let is_head = line.trim_ascii_end() == CSV_HEAD.as_bytes();
            match &mut found {
                None => {
                    let form = if is_head { Lines::Csv } else { Lines::Ndjson };
                    let mut done = Done::new(form);
                    if form == Lines::Ndjson {
                        done.add(&line).ok_or_else(|| foreign(path, number))?;
                    }
                    found = Some(done);
                }
                Some(done) => done.add(&line).ok_or_else(|| foreign(path, number))?,
            }
            length += read as u64;
        }
        let is_empty = found.is_none();
        let done = found.unwrap_or_else(|| Done::new(lines.unwrap_or(Lines::Ndjson)));
        if lines.is_some_and(|lines| lines != done.lines) {
            let why = "it is in the other of the forms csv and ndjson; give --format as before";
            return Err(Failure::new(name, why));
        }
        file.set_len(length).map_err(failed)?;
        file.seek(io::SeekFrom::End(0)).map_err(failed)?;
        Ok(Self {
            file,
            is_empty,
            lines: done.lines,
            done,
        })
    }
}

/// Whether a line that was cut off may be of the same output.
fn may_be_ours(part: &[u8], found: Option<&Done>) -> bool {
    let begins = |start: &[u8]| {
        let length = part.len().min(start.len());
        part[..length] == start[..length]
    };
    match found.map(|done| done.lines) {
        Some(Lines::Csv) => true,
        Some(Lines::Ndjson) => begins(PATH),
        None => begins(PATH) || begins(CSV_HEAD.as_bytes()),
    }
}

/// How a line of JSON begins.
const PATH: &[u8] = b"{\"path\":";

/// The file is no output of `batch`: nothing of it may be cut off.
fn foreign(path: &Path, number: usize) -> Failure {
    let why = format!("line {number} is none that `sesauth batch` writes as ndjson or csv");
    Failure::new(path.display(), why)
}

impl Done {
    fn new(lines: Lines) -> Self {
        Self {
            lines,
            hashers: [RandomState::default(), RandomState::default()],
            count: HashMap::default(),
        }
    }

    fn hash(&self, name: &[u8]) -> [u64; 2] {
        [0, 1].map(|index: usize| self.hashers[index].hash_one(name))
    }

    /// Adds the message of a line; `None` if there is none.
    fn add(&mut self, line: &[u8]) -> Option<()> {
        let hash = match self.lines {
            Lines::Ndjson => {
                let rest = line.strip_prefix(PATH)?;
                let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<String>();
                self.hash(values.next()?.ok()?.as_bytes())
            }
            Lines::Csv => self.hash(first_cell(line)?),
        };
        *self.count.entry(hash).or_default() += 1;
        Some(())
    }

    /// Whether a message has a line that is not another's of the same name; it is taken.
    pub fn take(&mut self, name: &str) -> bool {
        let hash = match self.lines {
            Lines::Ndjson => self.hash(name.as_bytes()),
            Lines::Csv => self.hash(csv_cell(name).as_bytes()),
        };
        match self.count.get_mut(&hash) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }
}

/// The first cell of a line of CSV, as it stands there.
fn first_cell(line: &[u8]) -> Option<&[u8]> {
    let mut is_quoted = false;
    let end = line.iter().position(|octet| {
        is_quoted ^= *octet == b'"';
        *octet == b',' && !is_quoted
    })?;
    Some(&line[..end])
}
