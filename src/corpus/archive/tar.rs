//! A tar archive, member by member (POSIX pax and ustar, GNU). Its headers are read by the crate
//! `tar`; the names that do not fit into one are read here, within bounds.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};

use tar::{EntryType, Header, PaxExtensions};

use super::super::stream::{Octets, start};

/// The size of a block; all headers and contents fill blocks.
pub const BLOCK: usize = 512;

/// Octets of a name or of other extensions of a header.
const EXTENSION: u64 = 64 << 10;

/// What an archive is read from.
pub enum Source<'a> {
    /// A file, in which what is passed over need not be read.
    File(BufReader<File>),
    Stream(Octets<'a>),
}

impl Source<'_> {
    /// Passes over so many octets; returns how many there were.
    fn pass(&mut self, length: u64) -> io::Result<u64> {
        match self {
            Self::Stream(octets) => io::copy(&mut octets.take(length), &mut io::sink()),
            Self::File(file) => {
                let (at, end) = (file.stream_position()?, file.get_ref().metadata()?.len());
                let length = length.min(end.saturating_sub(at));
                file.seek_relative(i64::try_from(length).unwrap_or(i64::MAX))?;
                Ok(length)
            }
        }
    }

    fn octets(&mut self) -> &mut dyn BufRead {
        match self {
            Self::File(file) => file,
            Self::Stream(octets) => octets,
        }
    }
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Link,
    /// A device, a pipe, or something else that has no octets.
    Special,
}

/// A member.
pub struct Member {
    pub name: Vec<u8>,
    pub kind: Kind,
}

/// An archive that is being read.
pub struct Tar<'a> {
    from: Source<'a>,
    /// Where it is, in octets.
    at: u64,
    /// What follows a place in words, if that is not of the file.
    of: &'static str,
    /// How many octets of the member are left, and how many fill its last block.
    left: u64,
    padding: u64,
    /// Whether the blocks were seen that end an archive.
    has_end: bool,
    /// Why nothing more can be read, in words.
    pub fault: Option<String>,
}

/// Whether a block is the header of a member: its checksum fits.
pub fn is_header(block: &[u8]) -> bool {
    let Some((block, _)) = block.split_first_chunk::<BLOCK>() else {
        return false;
    };
    block[0] != 0 && has_sum(Header::from_byte_slice(block))
}

fn has_sum(header: &Header) -> bool {
    let octets = header.as_bytes().iter().enumerate();
    let sum = |of: fn(u8) -> i64| -> i64 {
        let octets = octets.clone();
        octets
            .map(|(at, octet)| {
                of(if (148..156).contains(&at) {
                    b' '
                } else {
                    *octet
                })
            })
            .sum()
    };
    // Some old programs took octets for signed numbers.
    let said = header.cksum().map(i64::from);
    said.is_ok_and(|said| {
        said == sum(i64::from) || said == sum(|octet| i64::from(octet.cast_signed()))
    })
}

impl<'a> Tar<'a> {
    pub fn new(from: Source<'a>, is_packed: bool) -> Self {
        Self {
            from,
            at: 0,
            of: if is_packed {
                " of what is unpacked"
            } else {
                ""
            },
            left: 0,
            padding: 0,
            has_end: false,
            fault: None,
        }
    }

    /// What it was read from.
    pub fn into_source(self) -> Source<'a> {
        self.from
    }

    /// The next member; its octets can be read from this. `None` at the end, or where a fault is.
    pub fn next(&mut self) -> Option<Member> {
        if self.fault.is_some() {
            return None;
        }
        self.member().unwrap_or_else(|error| {
            if self.fault.is_none() {
                self.fault(&error);
            }
            None
        })
    }

    fn member(&mut self) -> io::Result<Option<Member>> {
        let mut long_name = None;
        let mut size = None;
        loop {
            let rest = self.left + self.padding;
            (self.left, self.padding) = (0, 0);
            let passed = self.from.pass(rest)?;
            self.at += passed;
            if passed < rest {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let Some(header) = self.header()? else {
                return Ok(None);
            };
            let stated = header
                .entry_size()
                .map_err(|_| damaged("a size is not a number"))?;
            let kind = header.entry_type();
            let stated = match size.filter(|_| !is_extension(kind)) {
                Some(size) => size,
                None => stated,
            };
            self.left = stated;
            self.padding = stated.wrapping_neg() % BLOCK as u64;
            match kind {
                EntryType::GNULongName => {
                    let mut name = self.extension()?;
                    let end = name.iter().position(|octet| *octet == 0);
                    name.truncate(end.unwrap_or(name.len()));
                    long_name = Some(name);
                }
                EntryType::XHeader => {
                    let records = self.extension()?;
                    for record in PaxExtensions::new(&records) {
                        let record = record.map_err(|_| damaged("a pax header is malformed"))?;
                        match record.key_bytes() {
                            b"path" => long_name = Some(record.value_bytes().to_vec()),
                            b"size" => {
                                let value = record.value().ok().and_then(|it| it.parse().ok());
                                size =
                                    Some(value.ok_or_else(|| damaged("a size is not a number"))?);
                            }
                            _ => (),
                        }
                    }
                }
                EntryType::GNULongLink | EntryType::XGlobalHeader => (),
                kind => {
                    let name = long_name.unwrap_or_else(|| header.path_bytes().into_owned());
                    let is_folder = name.ends_with(b"/");
                    let kind = match kind {
                        EntryType::Directory => Kind::Folder,
                        EntryType::Regular | EntryType::Continuous if is_folder => Kind::Folder,
                        EntryType::Regular | EntryType::Continuous => Kind::File,
                        EntryType::Link | EntryType::Symlink => Kind::Link,
                        _ => Kind::Special,
                    };
                    return Ok(Some(Member { name, kind }));
                }
            }
        }
    }

    /// The next header; `None` at the end.
    fn header(&mut self) -> io::Result<Option<Header>> {
        loop {
            let mut header = Header::new_old();
            let block = start(self.from.octets(), BLOCK as u64)?;
            match block.len() {
                0 if self.has_end => return Ok(None),
                BLOCK => header.as_mut_bytes().copy_from_slice(&block),
                _ => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
            if block.iter().all(|octet| *octet == 0) {
                // Another archive may follow.
                self.has_end = true;
                self.at += BLOCK as u64;
                continue;
            }
            if !has_sum(&header) {
                return Err(damaged("there is no header of a member there"));
            }
            self.has_end = false;
            self.at += BLOCK as u64;
            return Ok(Some(header));
        }
    }

    /// The content of an extension.
    fn extension(&mut self) -> io::Result<Vec<u8>> {
        if self.left > EXTENSION {
            return Err(damaged("a name is too long"));
        }
        let mut octets = Vec::new();
        self.read_to_end(&mut octets)?;
        Ok(octets)
    }

    /// Remembers why nothing more can be read.
    fn fault(&mut self, error: &io::Error) -> io::Error {
        let Self { at, of, .. } = *self;
        let why = match error.kind() {
            io::ErrorKind::UnexpectedEof => format!("the archive is cut off at byte {at}{of}"),
            _ => format!("the archive cannot be read from byte {at}{of} on: {error}"),
        };
        self.fault = Some(why.clone());
        io::Error::other(why)
    }
}

fn is_extension(kind: EntryType) -> bool {
    matches!(
        kind,
        EntryType::GNULongName
            | EntryType::GNULongLink
            | EntryType::XHeader
            | EntryType::XGlobalHeader
    )
}

fn damaged(why: &'static str) -> io::Error {
    io::Error::other(why)
}

/// The octets of the member.
impl BufRead for Tar<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Some(fault) = &self.fault {
            return Err(io::Error::other(fault.clone()));
        }
        if self.left == 0 {
            return Ok(&[]);
        }
        loop {
            let error = match self.from.octets().fill_buf() {
                Ok([]) => io::ErrorKind::UnexpectedEof.into(),
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            return Err(self.fault(&error));
        }
        let octets = self.from.octets().fill_buf()?;
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        Ok(&octets[..octets.len().min(most)])
    }

    fn consume(&mut self, amount: usize) {
        self.from.octets().consume(amount);
        self.left -= amount as u64;
        self.at += amount as u64;
    }
}

impl Read for Tar<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}
