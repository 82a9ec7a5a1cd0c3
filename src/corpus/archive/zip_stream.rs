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
use super::zip_records::{
    Counted, END, LARGE_END, LISTED, MEMBER, Sizes, large_sizes, u16_of, u32_of,
};

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

impl<'a> ZipStream<'a> {
    pub fn new(from: Octets<'a>, budget: &Arc<Budget>) -> Self {
        Self {
            from: Counted::new(from),
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
        let seen = open.seen();
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
            true => self.from.descriptor(open.seen(), open.has_large_sizes)?,
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

    /// What was read of it.
    fn seen(&self) -> Sizes {
        Sizes {
            crc: self.crc.sum(),
            packed: self.packed,
            unpacked: self.unpacked,
        }
    }

    fn took(&mut self, packed: u64) {
        self.packed += packed;
        if let Some(left) = &mut self.left {
            *left -= packed;
        }
    }
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
