//! The reports in a file: as XML, packed, in an archive, attached to a message, alone or in an mbox, or
//! within another of these.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use zip::ZipArchive;

use super::read::read;
use super::{Report, ReportFault};
use crate::Limits;
use crate::message::mbox::{self, Mbox};
use crate::message::mime::{Entity, Part, decode, tree};
use crate::message::{Message, Packing, Unpacked};

/// Octets of XML and of unpacked files that are read of one file: some 500,000 records.
const UNPACKED: u64 = 512 << 20;

/// Files in one archive.
const FILES: usize = 1_000;

/// Files within files: a message in a message, an archive in it, a packed report in that.
const LAYERS: usize = 5;

/// What was found in a file: a report, or why there is none.
pub type Taken<'a> = dyn FnMut(&str, Result<Report, ReportFault>) + 'a;

/// Reads files that may have reports in them.
#[derive(Clone, Debug)]
pub struct ReportReader {
    limits: Limits,
    unpacked: u64,
}

impl ReportReader {
    /// A reader. `message_bytes` bounds a file that is read as a whole: a message, or an archive.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            unpacked: UNPACKED,
        }
    }

    /// The same, with another bound on the octets that all in a file may unpack to.
    #[must_use]
    pub fn unpacking(mut self, most: u64) -> Self {
        self.unpacked = most;
        self
    }

    /// Gives each report in the file called `name` to `take`, or what is wrong, with the name of the
    /// file within files.
    pub fn read(&self, name: &str, file: &mut dyn BufRead, take: &mut Taken<'_>) {
        let left = Cell::new(self.unpacked);
        let opening = Opening {
            limits: &self.limits,
            left: &left,
            most: self.unpacked,
        };
        opening.look(name, file, 0, take);
    }
}

/// One file that is being opened.
struct Opening<'a> {
    limits: &'a Limits,
    left: &'a Cell<u64>,
    most: u64,
}

/// Octets of which there may be so many more.
struct Counted<'a, R> {
    from: R,
    left: &'a Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.left.get() == 0 {
            return Err(io::Error::other("it unpacks to too much"));
        }
        let read = self.from.read(out)?;
        self.left.set(self.left.get().saturating_sub(read as u64));
        Ok(read)
    }
}

impl Opening<'_> {
    /// Finds out what a stream is, and reads it.
    fn look(&self, name: &str, from: &mut dyn BufRead, layers: usize, take: &mut Taken<'_>) {
        if layers > LAYERS {
            return take(name, Err(ReportFault::TooDeeplyPacked));
        }
        let mut start = Vec::new();
        if let Err(error) = from.take(64).read_to_end(&mut start) {
            return take(name, Err(self.unreadable(&error)));
        }
        let packing = Packing::of(&start);
        let is_archive = start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06");
        let is_xml = is_xml(&start);
        let is_mbox = start.starts_with(b"From ");
        let mut from = Cursor::new(start).chain(from);
        if let Some(packing) = packing {
            self.unpack(name, packing, from, layers, take);
        } else if is_archive {
            self.archive(name, &mut from, layers, take);
        } else if is_xml {
            let counted = Counted {
                from,
                left: self.left,
            };
            let result = read(counted, &mut |report| take(name, Ok(report)));
            if let Err(fault) = result {
                take(name, Err(self.or_too_much(fault)));
            }
        } else if is_mbox {
            self.mbox(name, &mut from, layers, take);
        } else {
            self.message(name, &mut from, layers, take);
        }
    }

    /// What is wrong, or that there is too much of it.
    fn or_too_much(&self, fault: ReportFault) -> ReportFault {
        match self.left.get() {
            0 => ReportFault::UnpacksToMore(self.most),
            _ => fault,
        }
    }

    fn unreadable(&self, error: &io::Error) -> ReportFault {
        self.or_too_much(ReportFault::Unreadable(error.to_string()))
    }

    fn unpack(
        &self,
        name: &str,
        packing: Packing,
        from: Chain<Cursor<Vec<u8>>, &mut dyn BufRead>,
        layers: usize,
        take: &mut Taken<'_>,
    ) {
        let counted = Counted {
            from: Unpacked::new(packing, from),
            left: self.left,
        };
        let mut unpacked = BufReader::new(counted);
        let damaged = |fault| match fault {
            ReportFault::Unreadable(why) => ReportFault::Packed(packing.name(), why),
            fault => fault,
        };
        self.look(name, &mut unpacked, layers + 1, &mut |name, result| {
            take(name, result.map_err(damaged));
        });
    }

    /// All octets of a file that must be seen as a whole.
    fn whole(&self, from: &mut dyn Read) -> Result<Vec<u8>, ReportFault> {
        let limit = self.limits.message_bytes;
        let mut octets = Vec::new();
        let most = (limit as u64).saturating_add(1);
        let read = from.take(most).read_to_end(&mut octets);
        read.map_err(|error| self.unreadable(&error))?;
        match octets.len() > limit {
            true => Err(ReportFault::TooLarge(limit)),
            false => Ok(octets),
        }
    }

    fn archive(&self, name: &str, from: &mut dyn Read, layers: usize, take: &mut Taken<'_>) {
        let damaged = |error: zip::result::ZipError| {
            self.or_too_much(ReportFault::Packed("a zip archive", error.to_string()))
        };
        let archive = self
            .whole(from)
            .and_then(|octets| ZipArchive::new(Cursor::new(octets)).map_err(damaged));
        let mut archive = match archive {
            Ok(archive) => archive,
            Err(fault) => return take(name, Err(fault)),
        };
        let count = archive.len();
        if count == 0 {
            return take(name, Err(ReportFault::NotAReport));
        }
        for index in 0..count.min(FILES) {
            let file = match archive.by_index(index) {
                Ok(file) if file.is_dir() => continue,
                Ok(file) => file,
                Err(error) => {
                    take(name, Err(damaged(error)));
                    continue;
                }
            };
            let within = match file.name() {
                Ok(within) => format!("{name}/{within}"),
                Err(_) => format!("{name}/{}", index + 1),
            };
            let counted = Counted {
                from: file,
                left: self.left,
            };
            self.look(&within, &mut BufReader::new(counted), layers + 1, take);
            if self.left.get() == 0 {
                return;
            }
        }
        if count > FILES {
            take(name, Err(ReportFault::TooManyFiles(FILES)));
        }
    }

    /// Reads each message of an mbox; they are numbered from 1.
    fn mbox(&self, name: &str, from: &mut dyn BufRead, layers: usize, take: &mut Taken<'_>) {
        let limit = self.limits.message_bytes;
        for (part, number) in Mbox::new(from, limit).zip(1..) {
            let name = format!("{name}#{number}");
            match part {
                Ok(mbox::Part::Message(octets)) => {
                    self.message(&name, &mut &octets[..], layers, take);
                }
                Ok(mbox::Part::TooLarge(_)) => take(&name, Err(ReportFault::TooLarge(limit))),
                Err(error) => take(&name, Err(self.unreadable(&error))),
            }
            if self.left.get() == 0 {
                return;
            }
        }
    }

    fn message(&self, name: &str, from: &mut dyn Read, layers: usize, take: &mut Taken<'_>) {
        let octets = match self.whole(from) {
            Ok(octets) => octets,
            Err(fault) => return take(name, Err(fault)),
        };
        let Ok(message) = Message::parse(&octets, self.limits) else {
            return take(name, Err(ReportFault::NotAReport));
        };
        let Some(body) = message.body() else {
            return take(name, Err(ReportFault::NotAReport));
        };
        let whole = tree(body, &Entity::of(&message.header), self.limits);
        let mut has_any = false;
        for part in whole.leaves().filter(|part| may_hold_a_report(part)) {
            has_any = true;
            let content = &body[part.body.clone()];
            let decoded = decode(&part.entity.encoding, content);
            let content = decoded.as_deref().unwrap_or(content);
            let within = match &part.entity.file_name {
                Some(file) => format!("{name}/{file}"),
                None => name.to_owned(),
            };
            let counted = Counted {
                from: content,
                left: self.left,
            };
            self.look(&within, &mut BufReader::new(counted), layers + 1, take);
        }
        if !has_any {
            take(name, Err(ReportFault::NothingAttached));
        }
    }
}

/// Whether a part is an archive, a packed file, XML or a message by what its header says.
fn may_hold_a_report(part: &Part) -> bool {
    let kind = part.entity.kind.as_str();
    let name = part.entity.file_name.as_deref().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    let by_name = [".xml", ".gz", ".zip", ".eml"];
    let is_kind = kind.contains("gzip")
        || kind.contains("zip")
        || kind.ends_with("xml")
        || matches!(kind, "message/rfc822" | "message/global");
    is_kind || by_name.iter().any(|end| name.ends_with(end))
}

/// Whether these octets begin an XML document, in any of the usual character sets.
fn is_xml(start: &[u8]) -> bool {
    let start = match start {
        [0xef, 0xbb, 0xbf, rest @ ..] | [0xfe | 0xff, 0xfe | 0xff, rest @ ..] => rest,
        all => all,
    };
    let mut octets = start
        .iter()
        .filter(|octet| **octet != 0 && !octet.is_ascii_whitespace());
    octets.next() == Some(&b'<')
}
