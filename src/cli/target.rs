//! The file that `--record` names: replaced whole, or written to if it is a device or a pipe.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use sesauth::Limits;
use sesauth::corpus::{Held, check_replaceable, hold};
use sesauth::dns::{Absent, Snapshot};
use sesauth::render::workflow::Escapes;

use super::Failure;
use super::dns_file::{read_snapshot, snapshot_of, write_snapshot};
use super::output::{self, guarded};
use super::store;

/// The folders in which the system keeps names for what is open. A link there may be followed:
/// nobody else can put one there.
const OPEN: [&str; 3] = ["/dev", "/dev/fd", "/proc/self/fd"];

/// Names of standard output. To open it a second time would write over what is in it.
const STDOUT: [&str; 3] = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// Where a recording goes.
pub struct Target<'p> {
    path: &'p Path,
    kind: Kind,
}

enum Kind {
    /// A regular file, or none yet.
    File,
    Stdout,
    /// A device or a pipe, which holds nothing that could be read first.
    Stream,
    /// An object, which is written when the run is over. Two runs that write one do not wait for each
    /// other: the last one's is kept.
    Object,
}

impl<'p> Target<'p> {
    /// What `path` names; an error if it is a link, or nothing can be written there.
    pub fn new(path: &'p Path) -> Result<Self, Failure> {
        if store::is_url(path) {
            store::check([path])?;
            let kind = Kind::Object;
            return Ok(Self { path, kind });
        }
        let failure = |error: &io::Error| Failure::io(path.display(), error);
        let found = fs::symlink_metadata(path);
        let is = |names: &[&str], path: &Path| names.iter().any(|name| path == Path::new(name));
        let kind = match found {
            Ok(_) if is(&STDOUT, path) => Kind::Stdout,
            Ok(found) if found.is_file() || found.is_dir() => Kind::File,
            Ok(found) if !found.is_symlink() => Kind::Stream,
            Ok(_) if path.parent().is_some_and(|folder| is(&OPEN, folder)) => Kind::Stream,
            _ => Kind::File,
        };
        let target = Self { path, kind };
        if matches!(target.kind, Kind::File) {
            check_replaceable(path).map_err(|error| failure(&error))?;
            if !target.folder().is_dir() {
                return Err(Failure::new(path.display(), "there is no such folder"));
            }
        }
        Ok(target)
    }

    /// Keeps other runs from writing there until what is returned is dropped. What they have
    /// written by then is to be read anew.
    pub fn hold(&self) -> Result<Option<Held>, Failure> {
        if !matches!(self.kind, Kind::File) {
            return Ok(None);
        }
        let name = self.path.display();
        let wait = || {
            output::say(format!(
                "{name}: another run writes in its folder; this one goes on when it ends"
            ));
        };
        let held = hold(self.folder(), wait);
        held.map(Some).map_err(|error| Failure::io(&name, &error))
    }

    /// The folder of the file.
    fn folder(&self) -> &'p Path {
        let folder = self.path.parent().filter(|it| !it.as_os_str().is_empty());
        folder.unwrap_or(Path::new("."))
    }

    /// The recording that is there already.
    pub fn held(&self) -> Result<Snapshot, Failure> {
        match self.kind {
            Kind::File if self.path.exists() => read_snapshot(self.path, Absent::NotRecorded),
            Kind::Object => match store::read(self.path, Limits::default().recording_bytes)? {
                Some(octets) => snapshot_of(self.path, octets, Absent::NotRecorded),
                None => Ok(Snapshot::default()),
            },
            Kind::File | Kind::Stdout | Kind::Stream => Ok(Snapshot::default()),
        }
    }

    /// Saves the recording.
    pub fn write(&self, snapshot: &Snapshot) -> Result<(), Failure> {
        let written = match self.kind {
            Kind::File => return write_snapshot(self.path, snapshot),
            Kind::Object => {
                let mut octets = Vec::new();
                let written = snapshot.write(&mut octets);
                written.map_err(|error| Failure::io(self.path.display(), &error))?;
                return store::write(self.path, octets);
            }
            Kind::Stdout => write_to(io::stdout().lock(), snapshot),
            Kind::Stream => OpenOptions::new()
                .write(true)
                .open(self.path)
                .and_then(|file| write_to(file, snapshot)),
        };
        written.map_err(|error| Failure::io(self.path.display(), &error))
    }
}

fn write_to(out: impl Write, snapshot: &Snapshot) -> io::Result<()> {
    let mut out = guarded(out, Escapes::Json);
    snapshot.write(&mut out)?;
    out.flush()
}
