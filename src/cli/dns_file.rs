//! DNS in files: recordings, zone text, and caches of mailauth. None is read beyond its limit.

use std::io::Read;
use std::path::Path;

use sesauth::Limits;
use sesauth::corpus::replace;
use sesauth::dns::{Absent, Name, OwnZones, Snapshot, Zone};

use super::dns::Published;
use super::{Failure, output, store};

/// How many octets show of what kind a file is.
const START: u64 = 1 << 16;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Recording,
    Mailauth,
    Zone,
}

impl Kind {
    /// The kind of a file that starts like this.
    fn of(start: &[u8]) -> Self {
        let start = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start);
        let start = start.trim_ascii_start();
        let first = start.split(|byte| *byte == b'\n').next();
        let first = String::from_utf8_lossy(first.unwrap_or_default());
        match start.first() {
            None => Self::Recording,
            Some(_) if first.contains("\"sesauth_dns\"") => Self::Recording,
            Some(b'{' | b'[') => Self::Mailauth,
            Some(_) => Self::Zone,
        }
    }

    fn limit(self) -> usize {
        let limits = Limits::default();
        match self {
            Self::Recording => limits.recording_bytes,
            Self::Mailauth | Self::Zone => limits.zone_bytes,
        }
    }

    /// What it is called, and what to do if it is too large.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Recording => ("recording", "record fewer messages in one file"),
            Self::Mailauth => (
                "DNS cache of mailauth",
                "keep the names that the messages ask for, or make a recording with --record",
            ),
            Self::Zone => (
                "zone text",
                "keep the names that the messages ask for, or make a recording with --record",
            ),
        }
    }
}

/// Reads a file of this kind, or of the kind that it shows. One more byte than allowed is read, so a
/// file that is too large can be recognised, and one without end takes no memory.
fn read(path: &Path, kind: Option<Kind>) -> Result<(Kind, String), Failure> {
    let name = path.display();
    let unread = |error| Failure::io(&name, &error);
    let (mut file, size) = store::file(path)?;
    let mut bytes = Vec::new();
    file.by_ref()
        .take(START)
        .read_to_end(&mut bytes)
        .map_err(unread)?;
    let kind = kind.unwrap_or_else(|| Kind::of(&bytes));
    let limit = kind.limit();
    let (what, help) = kind.words();
    if let Some(size) = size.filter(|size| *size > limit as u64) {
        let why = format!("this {what} has {size} bytes, more than the limit of {limit}; {help}");
        return Err(Failure::new(&name, why));
    }
    let rest = (limit + 1).saturating_sub(bytes.len()) as u64;
    if let Some(size) = size {
        // One more octet allows the end of the file to be seen without growing the buffer.
        let left = size.saturating_sub(bytes.len() as u64);
        bytes.reserve_exact(usize::try_from(left).unwrap_or(0) + 1);
    }
    file.take(rest).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() > limit {
        let why = format!("this {what} has more bytes than the limit of {limit}; {help}");
        return Err(Failure::new(&name, why));
    }
    let text = String::from_utf8(bytes).map_err(|_| Failure::new(&name, "not text in UTF-8"))?;
    Ok((kind, text))
}

/// A recording of this tool.
pub fn read_snapshot(path: &Path, absent: Absent) -> Result<Snapshot, Failure> {
    let (_, text) = read(path, Some(Kind::Recording))?;
    snapshot_of(path, text.into_bytes(), absent)
}

/// A recording of this tool that was read from there.
pub fn snapshot_of(path: &Path, octets: Vec<u8>, absent: Absent) -> Result<Snapshot, Failure> {
    let name = path.display();
    let text = String::from_utf8(octets).map_err(|_| Failure::new(&name, "not text in UTF-8"))?;
    Snapshot::parse(&text, absent).map_err(|error| Failure::new(name, error))
}

/// The planned records in a file.
pub fn planned(path: &Path) -> Result<Zone, Failure> {
    let name = path.display();
    let (_, text) = read(path, Some(Kind::Zone))?;
    let planned = Zone::planned(&text).map_err(|error| Failure::new(&name, error))?;
    match planned.is_empty() {
        true => Err(Failure::new(name, "there is no record in it")),
        false => Ok(planned),
    }
}

/// The recorded DNS in a file, of any kind.
pub fn recorded(path: &Path, absent: Absent) -> Result<Published, Failure> {
    let (kind, text) = read(path, None)?;
    let snapshot = |snapshot| Published::Snapshot(Box::new(snapshot));
    let source = match kind {
        Kind::Recording => Snapshot::parse(&text, absent).map(snapshot),
        Kind::Mailauth => Snapshot::parse_mailauth(&text).map(snapshot),
        Kind::Zone => Zone::parse(&text).map(|zone| match absent {
            Absent::NxDomain => Published::Zone(Box::new(zone)),
            Absent::NotRecorded => Published::OwnZones(Box::new(OwnZones::new(zone))),
        }),
    };
    let source = source.map_err(|error| Failure::new(path.display(), error))?;
    if let Published::OwnZones(zones) = &source {
        output::say(format!(
            "{}: zone text; names outside {} are unknown",
            path.display(),
            named(zones)
        ));
    }
    Ok(source)
}

/// The zones of a text, in words.
fn named(zones: &OwnZones) -> String {
    const NAMED: usize = 3;
    let first: Vec<&str> = zones.zones().take(NAMED).map(Name::as_str).collect();
    match (first.len(), zones.zones().len().saturating_sub(NAMED)) {
        (0, _) => "it".into(),
        (_, 0) => first.join(", "),
        (_, more) => format!("{} and {more} more zones", first.join(", ")),
    }
}

/// Saves a recording; if the run is interrupted, the old one is kept.
pub fn write_snapshot(path: &Path, snapshot: &Snapshot) -> Result<(), Failure> {
    replace(path, |out| snapshot.write(out)).map_err(|error| Failure::io(path.display(), &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_file_shows_its_kind() {
        for (start, kind) in [
            ("", Kind::Recording),
            (" \n", Kind::Recording),
            ("\u{feff}{\"sesauth_dns\":1}\n{}", Kind::Recording),
            ("\n{\"sesauth_dns\":1}", Kind::Recording),
            ("{\"example.com\":{}}\n{\"sesauth_dns\":1}", Kind::Mailauth),
            ("\u{feff} [", Kind::Mailauth),
            ("example.com. TXT x", Kind::Zone),
            ("\0\0\0", Kind::Zone),
        ] {
            assert_eq!(Kind::of(start.as_bytes()), kind, "{start:?}");
        }
        assert_eq!(Kind::of(b"\xff"), Kind::Zone);
    }
}
