//! Octets as they come, packed or not, and whether an mbox begins with them.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use crate::message::{Packing, Unpacked};

/// How many octets are read from a file at once.
pub(super) const BUFFER: usize = 1 << 16;

/// How many octets of a packed stream show whether an mbox is in it.
const PACKED_START: u64 = 1 << 20;

/// Octets as they come.
pub(super) type Octets<'a> = Box<dyn BufRead + Send + 'a>;

/// A stream from which the start was taken to look at it.
pub(super) type Begun<'a> = Chain<Cursor<Vec<u8>>, Stream<'a>>;

/// What messages are read from.
pub(super) enum Stream<'a> {
    Plain(Octets<'a>),
    Packed(Packing, BufReader<Unpacked<Octets<'a>>>),
}

impl<'a> Stream<'a> {
    pub fn of(packing: Option<Packing>, octets: Octets<'a>) -> Self {
        let Some(packing) = packing else {
            return Self::Plain(octets);
        };
        let unpacked = Unpacked::new(packing, octets);
        Self::Packed(packing, BufReader::with_capacity(BUFFER, unpacked))
    }

    /// Why reading failed.
    pub fn why(&self, error: &io::Error) -> String {
        match self {
            Self::Packed(packing, _) if error.kind() != io::ErrorKind::OutOfMemory => {
                packing.why(error)
            }
            _ => why(error),
        }
    }

    /// What follows the end of a packed stream, in words; `None` if nothing does.
    pub fn behind(&mut self) -> Option<String> {
        let Self::Packed(packing, unpacked) = self else {
            return None;
        };
        match unpacked.get_mut().behind() {
            Ok(0) => None,
            Ok(behind) => Some(format!(
                "it is {} with {behind} bytes after its end that are not packed: they were not read",
                packing.name()
            )),
            Err(error) => Some(why(&error)),
        }
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(octets) => octets.read(out),
            Self::Packed(_, unpacked) => unpacked.read(out),
        }
    }
}

impl BufRead for Stream<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Plain(octets) => octets.fill_buf(),
            Self::Packed(_, unpacked) => unpacked.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        match self {
            Self::Plain(octets) => octets.consume(amount),
            Self::Packed(_, unpacked) => unpacked.consume(amount),
        }
    }
}

/// An error of the operating system, without its number.
pub(super) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::PermissionDenied => "reading it is not permitted".into(),
        _ => error.to_string(),
    }
}

/// The next octets, `most` or fewer at the end.
pub(super) fn start(octets: &mut (impl Read + ?Sized), most: u64) -> io::Result<Vec<u8>> {
    // What is at hand may be less: a frame of a packed file may end anywhere.
    let mut start = Vec::new();
    octets.take(most).read_to_end(&mut start)?;
    Ok(start)
}

/// Whether a stream begins with the `From ` line of an mbox; returns the stream too.
pub(super) fn begins_mbox(mut stream: Stream<'_>) -> io::Result<(bool, Begun<'_>)> {
    const START: &[u8] = b"From ";
    let start = start(&mut stream, START.len() as u64)?;
    let is_mbox = start == START;
    Ok((is_mbox, Cursor::new(start).chain(stream)))
}

/// The same for octets that can be read only once. An mbox is returned unpacked, and anything else
/// as it came.
pub(super) fn begins_packed_mbox(mut octets: Octets<'_>) -> io::Result<(bool, Begun<'_>)> {
    let Some(packing) = Packing::of(octets.fill_buf()?) else {
        return begins_mbox(Stream::Plain(octets));
    };
    let start = start(&mut octets, PACKED_START)?;
    let looked_at = Stream::of(Some(packing), Box::new(Cursor::new(start.clone())));
    let is_mbox = begins_mbox(looked_at).is_ok_and(|(is_mbox, _)| is_mbox);
    if is_mbox {
        let octets = Box::new(Cursor::new(start).chain(octets));
        return begins_mbox(Stream::of(Some(packing), octets));
    }
    Ok((false, Cursor::new(start).chain(Stream::Plain(octets))))
}
