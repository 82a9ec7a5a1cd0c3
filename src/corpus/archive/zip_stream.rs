//! A zip archive read from its beginning, without the directory at its end: from a pipe, or where it
//! was cut off. Each member says before its octets what it is; its size may come only behind them
//! (APPNOTE.TXT 4.3.7 and 4.3.9). What is a link, only the directory would say.

use std::io::{self, BufRead, Read};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use flate2::{Crc, Decompress, FlushDecompress, Status};
use rawzip::CompressionMethod;

use super::super::stream::{BUFFER, Octets};
use super::budget::Budget;
use super::zip::{Kind, path, why_unread};

const MEMBER: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const LISTED: [u8; 4] = *b"PK\x01\x02";
const SIGNED: [u8; 4] = *b"PK\x05\x05";
const END: [u8; 4] = *b"PK\x05\x06";
const LARGE_END: [u8; 4] = *b"PK\x06\x06";
const PLACE_OF_LARGE_END: [u8; 4] = *b"PK\x06\x07";

/// An archive that is being read; the octets of the last member can be read from this, unpacked.
pub struct ZipStream<'a> {
    from: Counted<'a>,
    budget: Arc<Budget>,
    inflate: Decompress,
    /// What was unpacked, and where in it is what was not read yet.
    unpacked: Vec<u8>,
    ready: Range<usize>,
    /// Where the last member began, and its octets, if they are not all read.
    at: u64,
    open: Option<Open>,
    /// With what the directory begins, once it was reached.
    directory: Option<[u8; 4]>,
    /// Why nothing more can be read, in words.
    pub fault: Option<String>,
}

/// A member, by what stands before its octets.
pub struct Member {
    /// Its path within the archive; `None` if it leads out of it.
    pub path: Option<PathBuf>,
    pub kind: Kind,
    /// Why its octets cannot be unpacked, in words.
    pub unread: Option<String>,
}

/// The octets of a member.
struct Open {
    is_encrypted: bool,
    method: CompressionMethod,
    /// How many packed octets are left, if that is known.
    left: Option<u64>,
    /// Whether its size and checksum stand behind it, and in eight octets each.
    has_descriptor: bool,
    has_large_sizes: bool,
    told: Sizes,
    packed: u64,
    crc: Crc,
    unpacked: u64,
    /// Whether the end of what is packed was seen.
    is_over: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Sizes {
    crc: u32,
    packed: u64,
    unpacked: u64,
}

impl<'a> ZipStream<'a> {
    pub fn new(from: Octets<'a>, budget: &Arc<Budget>) -> Self {
        Self {
            from: Counted { from, at: 0 },
            budget: Arc::clone(budget),
            inflate: Decompress::new(false),
            unpacked: vec![0; BUFFER],
            ready: 0..0,
            at: 0,
            open: None,
            directory: None,
            fault: None,
        }
    }

    /// The next member; `None` at the directory, or where a fault is.
    pub fn next(&mut self) -> Option<Member> {
        if let Err(error) = self.pass() {
            self.fault(&error);
        }
        if self.fault.is_some() || self.directory.is_some() {
            return None;
        }
        self.at = self.from.at;
        self.member().unwrap_or_else(|error| {
            self.fault(&error);
            None
        })
    }

    /// Passes over what is left of a member.
    fn pass(&mut self) -> io::Result<()> {
        self.ready = 0..0;
        while self.fault.is_none()
            && let Some(open) = &self.open
        {
            if let Some(left) = open.left {
                self.from.pass(left)?;
                self.close()?;
            } else if let Err(error) = self.fill() {
                // What nobody reads may be damaged, if it has an end.
                if self.open.is_some() {
                    return Err(error);
                }
            }
        }
        self.ready = 0..0;
        Ok(())
    }

    fn member(&mut self) -> io::Result<Option<Member>> {
        let begins = self.from.array()?;
        match begins {
            MEMBER => (),
            LISTED | END | LARGE_END => {
                self.directory = Some(begins);
                return Ok(None);
            }
            _ => return Err(io::Error::other("there is no header of a member there")),
        }
        let head: [u8; 26] = self.from.array()?;
        let flags = u16_of(&head[2..]);
        let name = self.from.octets(u16_of(&head[22..]).into())?;
        let extra = self.from.octets(u16_of(&head[24..]).into())?;
        let mut told = Sizes {
            crc: u32_of(&head[10..]),
            packed: u32_of(&head[14..]).into(),
            unpacked: u32_of(&head[18..]).into(),
        };
        let large = large_sizes(&extra);
        if let Some((unpacked, packed)) = large {
            for (size, large) in [(&mut told.unpacked, unpacked), (&mut told.packed, packed)] {
                if *size == u64::from(u32::MAX) {
                    *size = large;
                }
            }
        }
        let has_descriptor = flags & 8 != 0;
        let is_encrypted = flags & 1 != 0;
        let method = CompressionMethod::from(u16_of(&head[4..]));
        let (path, is_folder) = path(&name);
        // Some programs write both.
        let is_empty = is_folder && method == CompressionMethod::STORE;
        let is_told = !has_descriptor || told.packed > 0 || is_empty;
        self.inflate.reset(false);
        self.open = Some(Open {
            is_encrypted,
            method,
            left: is_told.then_some(told.packed),
            has_descriptor,
            has_large_sizes: large.is_some(),
            told,
            packed: 0,
            crc: Crc::new(),
            unpacked: 0,
            is_over: false,
        });
        Ok(Some(Member {
            path,
            kind: match () {
                () if is_folder => Kind::Folder,
                () if is_encrypted => Kind::Encrypted,
                () => Kind::File,
            },
            unread: why_unread(method),
        }))
    }

    /// Unpacks more of the member, unless all was; then its checksum is compared.
    fn fill(&mut self) -> io::Result<()> {
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        let unpacked = open.unpack(&mut self.from, &mut self.inflate, &mut self.unpacked)?;
        if unpacked > 0 {
            self.ready = 0..unpacked;
            return self.budget.unpack(unpacked as u64);
        }
        let seen = Sizes {
            crc: open.crc.sum(),
            packed: open.packed,
            unpacked: open.unpacked,
        };
        match self.close()? == seen {
            true => Ok(()),
            false => Err(damaged("its size or checksum is another")),
        }
    }

    /// What the octets of the member are to be, told behind it or before.
    fn close(&mut self) -> io::Result<Sizes> {
        let Some(open) = &self.open else {
            return Err(damaged("it is over"));
        };
        let told = match open.has_descriptor {
            true => self.from.descriptor(open)?,
            false => open.told,
        };
        self.open = None;
        Ok(told)
    }

    /// Reads what follows the members to its end.
    ///
    /// # Errors
    ///
    /// Where it is damaged or cut off, in words.
    pub fn end(&mut self) -> Result<(), String> {
        let Some(mut begins) = self.directory else {
            return Ok(());
        };
        let read = loop {
            match self.from.listed(begins) {
                Ok(true) => return Ok(()),
                Ok(false) => (),
                Err(error) => break error,
            }
            match self.from.array() {
                Ok(next) => begins = next,
                Err(error) => break error,
            }
        };
        let at = self.from.at;
        Err(match read.kind() {
            io::ErrorKind::UnexpectedEof => format!(
                "it is a zip archive that is cut off: the directory at its end is cut off at byte \
                 {at}; its messages were read without it"
            ),
            _ => format!(
                "it is a zip archive that is damaged: the directory at its end cannot be read from \
                 byte {at} on: {read}; its messages were read without it"
            ),
        })
    }

    /// Remembers why nothing more can be read.
    fn fault(&mut self, error: &io::Error) -> io::Error {
        let why = match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                format!("the archive is cut off at byte {}", self.from.at)
            }
            _ => format!(
                "the archive cannot be read from byte {} on: {error}",
                self.at
            ),
        };
        let fault = self.fault.get_or_insert(why);
        io::Error::other(fault.clone())
    }

    /// What is said of an error in the octets of a member.
    fn failed(&mut self, error: &io::Error) -> io::Error {
        let has_end = self.open.as_ref().is_none_or(|open| open.left.is_some());
        if error.kind() != io::ErrorKind::InvalidData || !has_end {
            return self.fault(error);
        }
        let at = self.at;
        if let Err(error) = self.pass() {
            self.fault(&error);
        }
        let why = format!("the member at byte {at} of the archive is damaged: {error}");
        io::Error::other(why)
    }
}

impl Open {
    /// Unpacks some octets; 0 at the end.
    fn unpack(
        &mut self,
        from: &mut Counted<'_>,
        inflate: &mut Decompress,
        out: &mut [u8],
    ) -> io::Result<usize> {
        if self.is_encrypted || self.method == CompressionMethod::STORE && self.left.is_none() {
            return Err(io::Error::other(
                "nothing says where the octets of the member end that begins there",
            ));
        }
        loop {
            if self.is_over {
                let rest = self.left.unwrap_or(0);
                from.pass(rest)?;
                self.took(rest);
                return Ok(0);
            }
            let input = from.fill()?;
            let most = self.left.unwrap_or(u64::MAX);
            let most = usize::try_from(most).unwrap_or(usize::MAX).min(input.len());
            let (taken, unpacked) = match self.method {
                CompressionMethod::STORE => {
                    let most = most.min(out.len());
                    out[..most].copy_from_slice(&input[..most]);
                    (most, most)
                }
                _ => {
                    let (taken, unpacked) = (inflate.total_in(), inflate.total_out());
                    let status = inflate
                        .decompress(&input[..most], out, FlushDecompress::None)
                        .map_err(|_| damaged("it does not unpack"))?;
                    self.is_over = status == Status::StreamEnd;
                    let len = |after: u64, before| usize::try_from(after - before).unwrap_or(0);
                    (
                        len(inflate.total_in(), taken),
                        len(inflate.total_out(), unpacked),
                    )
                }
            };
            let is_cut_off = input.is_empty();
            from.consume(taken);
            self.took(taken as u64);
            self.is_over |= self.method == CompressionMethod::STORE && self.left == Some(0);
            if unpacked > 0 {
                self.crc.update(&out[..unpacked]);
                self.unpacked += unpacked as u64;
                return Ok(unpacked);
            }
            if taken == 0 && !self.is_over {
                return Err(match is_cut_off && self.left != Some(0) {
                    true => io::ErrorKind::UnexpectedEof.into(),
                    false => damaged("it does not unpack"),
                });
            }
        }
    }

    fn took(&mut self, packed: u64) {
        self.packed += packed;
        if let Some(left) = &mut self.left {
            *left -= packed;
        }
    }
}

/// Octets, and how many were read.
struct Counted<'a> {
    from: Octets<'a>,
    at: u64,
}

impl Counted<'_> {
    /// What is at hand; nothing at the end.
    fn fill(&mut self) -> io::Result<&[u8]> {
        while let Err(error) = self.from.fill_buf() {
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        self.from.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount as u64;
        self.from.consume(amount);
    }

    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut array = [0; N];
        let octets = self.octets(N)?;
        array.copy_from_slice(&octets);
        Ok(array)
    }

    fn octets(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut octets = Vec::new();
        let read = self
            .from
            .by_ref()
            .take(count as u64)
            .read_to_end(&mut octets);
        self.at += octets.len() as u64;
        match read? == count {
            true => Ok(octets),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn pass(&mut self, count: u64) -> io::Result<()> {
        let passed = io::copy(&mut self.from.by_ref().take(count), &mut io::sink())?;
        self.at += passed;
        match passed == count {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// What stands behind a member. It may begin with a signature, and its sizes may have four octets
    /// or eight: what was read tells which.
    fn descriptor(&mut self, open: &Open) -> io::Result<Sizes> {
        let mut crc: [u8; 4] = self.array()?;
        if crc == DESCRIPTOR {
            crc = self.array()?;
        }
        let crc = u32_of(&crc);
        let sizes: [u8; 8] = self.array()?;
        let large = u64::from_le_bytes(sizes);
        let (packed, unpacked) = (u32_of(&sizes).into(), u32_of(&sizes[4..]).into());
        let is_small = packed == open.packed && unpacked == open.unpacked;
        if open.has_large_sizes || !is_small && large == open.packed {
            return Ok(Sizes {
                crc,
                packed: large,
                unpacked: u64::from_le_bytes(self.array()?),
            });
        }
        Ok(Sizes {
            crc,
            packed,
            unpacked,
        })
    }

    /// Passes over a record of the directory that begins so; true if it was the last.
    fn listed(&mut self, begins: [u8; 4]) -> io::Result<bool> {
        let more = match begins {
            LISTED => {
                let head: [u8; 42] = self.array()?;
                let lengths = head[24..30].chunks_exact(2);
                lengths.map(|length| u64::from(u16_of(length))).sum()
            }
            LARGE_END => u64::from_le_bytes(self.array()?),
            PLACE_OF_LARGE_END => 16,
            SIGNED => u16_of(&self.array::<2>()?).into(),
            END => {
                let head: [u8; 18] = self.array()?;
                u16_of(&head[16..]).into()
            }
            _ => return Err(io::Error::other("there is no record of a directory there")),
        };
        self.pass(more)?;
        Ok(begins == END)
    }
}

/// The sizes in the extra fields before a member, of its octets unpacked and packed.
fn large_sizes(extra: &[u8]) -> Option<(u64, u64)> {
    const LARGE: u16 = 1;
    let mut rest = extra;
    while let Some((head, after)) = rest.split_first_chunk::<4>() {
        let field = after.get(..usize::from(u16_of(&head[2..])))?;
        if u16_of(head) == LARGE {
            let (unpacked, after) = field.split_first_chunk()?;
            let packed = after.first_chunk()?;
            return Some((u64::from_le_bytes(*unpacked), u64::from_le_bytes(*packed)));
        }
        rest = &after[field.len()..];
    }
    None
}

fn u16_of(octets: &[u8]) -> u16 {
    octets
        .first_chunk()
        .map_or(0, |octets| u16::from_le_bytes(*octets))
}

fn u32_of(octets: &[u8]) -> u32 {
    octets
        .first_chunk()
        .map_or(0, |octets| u32::from_le_bytes(*octets))
}

fn damaged(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// The octets of the member.
impl BufRead for ZipStream<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Some(fault) = &self.fault {
            return Err(io::Error::other(fault.clone()));
        }
        if self.ready.is_empty()
            && let Err(error) = self.fill()
        {
            return Err(self.failed(&error));
        }
        Ok(&self.unpacked[self.ready.clone()])
    }

    fn consume(&mut self, amount: usize) {
        self.ready.start = self.ready.end.min(self.ready.start + amount);
    }
}

impl Read for ZipStream<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}
