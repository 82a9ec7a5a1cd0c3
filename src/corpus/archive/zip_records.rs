//! What stands between the octets of a zip archive that is read from its beginning: headers and
//! descriptors of members, and the records of the directory (APPNOTE.TXT 4.3).

use std::io::{self, BufRead, Read};

use super::super::stream::Octets;

pub const MEMBER: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
pub const LISTED: [u8; 4] = *b"PK\x01\x02";
const SIGNED: [u8; 4] = *b"PK\x05\x05";
pub const END: [u8; 4] = *b"PK\x05\x06";
pub const LARGE_END: [u8; 4] = *b"PK\x06\x06";
const PLACE_OF_LARGE_END: [u8; 4] = *b"PK\x06\x07";

/// The size of a member, packed and not, and its checksum.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    pub crc: u32,
    pub packed: u64,
    pub unpacked: u64,
}

/// Octets, and how many were read.
pub struct Counted<'a> {
    from: Octets<'a>,
    /// How many.
    pub at: u64,
}

impl<'a> Counted<'a> {
    pub fn new(from: Octets<'a>) -> Self {
        Self { from, at: 0 }
    }

    /// What is at hand; nothing at the end.
    pub fn fill(&mut self) -> io::Result<&[u8]> {
        while let Err(error) = self.from.fill_buf() {
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        self.from.fill_buf()
    }

    pub fn consume(&mut self, amount: usize) {
        self.at += amount as u64;
        self.from.consume(amount);
    }

    pub fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut array = [0; N];
        let octets = self.octets(N)?;
        array.copy_from_slice(&octets);
        Ok(array)
    }

    pub fn octets(&mut self, count: usize) -> io::Result<Vec<u8>> {
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

    pub fn pass(&mut self, count: u64) -> io::Result<()> {
        let passed = io::copy(&mut self.from.by_ref().take(count), &mut io::sink())?;
        self.at += passed;
        match passed == count {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// What stands behind a member. It may begin with a signature, and its sizes may have four octets
    /// or eight: what was read tells which.
    pub fn descriptor(&mut self, seen: Sizes, is_large: bool) -> io::Result<Sizes> {
        let mut crc: [u8; 4] = self.array()?;
        if crc == DESCRIPTOR {
            crc = self.array()?;
        }
        let crc = u32_of(&crc);
        let sizes: [u8; 8] = self.array()?;
        let large = u64::from_le_bytes(sizes);
        let (packed, unpacked) = (u32_of(&sizes).into(), u32_of(&sizes[4..]).into());
        let is_small = packed == seen.packed && unpacked == seen.unpacked;
        if is_large || !is_small && large == seen.packed {
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
    pub fn listed(&mut self, begins: [u8; 4]) -> io::Result<bool> {
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
pub fn large_sizes(extra: &[u8]) -> Option<(u64, u64)> {
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

pub fn u16_of(octets: &[u8]) -> u16 {
    octets
        .first_chunk()
        .map_or(0, |octets| u16::from_le_bytes(*octets))
}

pub fn u32_of(octets: &[u8]) -> u32 {
    octets
        .first_chunk()
        .map_or(0, |octets| u32::from_le_bytes(*octets))
}
