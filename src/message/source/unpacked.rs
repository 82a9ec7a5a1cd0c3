//! What a gzip or zstd file contains, as one stream: all members (RFC 1952 §2.2), all frames
//! (RFC 8878 §3).

use std::io::{self, BufRead, Read};
use std::mem;

use flate2::bufread::GzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::packed::Packing;

/// Reads the members or frames one after the other. Damage is an error.
pub(crate) struct Unpacked<R: BufRead> {
    packing: Packing,
    piece: Piece<R>,
}

/// A member or a frame.
enum Piece<R: BufRead> {
    /// None has begun.
    None(Ahead<R>),
    Member(Box<GzDecoder<Ahead<R>>>),
    Frame(Box<Frame>, Ahead<R>),
    /// There are no more of them; how many zeros follow, and what is after those.
    Over(u64, Ahead<R>),
    /// One is damaged.
    Broken,
}

struct Frame {
    decoder: FrameDecoder,
    /// How many octets were read from it.
    read: u64,
}

/// How many octets show whether another member or frame begins.
const START: usize = 4;

impl<R: BufRead> Unpacked<R> {
    pub fn new(packing: Packing, packed: R) -> Self {
        let ahead = Ahead {
            seen: Vec::new(),
            from: packed,
        };
        Self {
            packing,
            piece: Piece::None(ahead),
        }
    }

    /// Counts what follows the last member or frame and is not packed. Zeros alone are padding, with
    /// which some programs fill the last block. Zero before the end was read.
    pub fn behind(&mut self) -> io::Result<u64> {
        let Piece::Over(zeros, from) = &mut self.piece else {
            return Ok(0);
        };
        Ok(match io::copy(from, &mut io::sink())? {
            0 => 0,
            others => *zeros + others,
        })
    }

    /// Begins the next piece, or passes over one that holds nothing.
    fn begin(&mut self, mut from: Ahead<R>) -> io::Result<Piece<R>> {
        let start = from.peek(START)?;
        if !self.packing.continues(start) {
            return Ok(Piece::Over(from.pass_zeros()?, from));
        }
        Ok(match self.packing {
            Packing::Gzip => Piece::Member(Box::new(GzDecoder::new(from))),
            Packing::Zstd => {
                // A used decoder would first take the memory that the next frame asks for, whatever
                // is in it.
                let mut decoder = FrameDecoder::new();
                match decoder.init(&mut from) {
                    Ok(()) => Piece::Frame(Box::new(Frame { decoder, read: 0 }), from),
                    Err(FrameDecoderError::ReadFrameHeaderError(
                        ReadFrameHeaderError::SkipFrame { length, .. },
                    )) => {
                        from.pass(length.into())?;
                        Piece::None(from)
                    }
                    Err(error) => return Err(io::Error::other(error)),
                }
            }
        })
    }

    /// Reads from the piece that has begun; 0 at its end.
    fn read_piece(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match &mut self.piece {
            Piece::Member(member) => member.read(out),
            Piece::Frame(frame, from) => frame.read(from, out),
            Piece::None(_) | Piece::Over(..) => Ok(0),
            Piece::Broken => Err(io::Error::other("it is damaged before here")),
        }
    }
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match self.read_piece(out) {
                Ok(0) => (),
                Ok(read) => return Ok(read),
                Err(error) => {
                    self.piece = Piece::Broken;
                    return Err(error);
                }
            }
            // It stays broken if the next one cannot begin.
            let from = match mem::replace(&mut self.piece, Piece::Broken) {
                Piece::None(from) | Piece::Frame(_, from) => from,
                Piece::Member(member) => member.into_inner(),
                over => {
                    self.piece = over;
                    return Ok(0);
                }
            };
            self.piece = self.begin(from)?;
        }
    }
}

impl Frame {
    fn read(&mut self, mut from: impl Read, out: &mut [u8]) -> io::Result<usize> {
        let decoder = &mut self.decoder;
        while decoder.can_collect() == 0 && !decoder.is_finished() {
            let one = BlockDecodingStrategy::UptoBlocks(1);
            let decoded = decoder.decode_blocks(&mut from, one);
            decoded.map_err(io::Error::other)?;
        }
        let read = decoder.read(out)?;
        self.read += read as u64;
        if read > 0 {
            return Ok(read);
        }
        // RFC 8878 §3.1.1: both may be left out.
        let (size, sum) = (decoder.content_size(), decoder.get_checksum_from_data());
        if size != 0 && size != self.read {
            return Err(io::Error::other("a frame has another size than it says"));
        }
        if sum.is_some() && sum != decoder.get_calculated_checksum() {
            return Err(io::Error::other("the checksum of a frame differs"));
        }
        Ok(0)
    }
}

/// A stream whose next octets can be seen before they are read.
struct Ahead<R> {
    /// Octets of `from` that were seen and not read.
    seen: Vec<u8>,
    from: R,
}

impl<R: BufRead> Ahead<R> {
    /// The next octets: `most`, or fewer at the end.
    fn peek(&mut self, most: usize) -> io::Result<&[u8]> {
        if self.seen.is_empty() && self.fill_buf()?.len() >= most {
            return Ok(&self.from.fill_buf()?[..most]);
        }
        let missing = most.saturating_sub(self.seen.len()) as u64;
        self.from
            .by_ref()
            .take(missing)
            .read_to_end(&mut self.seen)?;
        Ok(&self.seen[..self.seen.len().min(most)])
    }

    /// Passes over so many octets.
    fn pass(&mut self, length: u64) -> io::Result<()> {
        let passed = io::copy(&mut self.take(length), &mut io::sink())?;
        match passed == length {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Passes over zeros up to the end of the stream or of what is at hand with others among it.
    fn pass_zeros(&mut self) -> io::Result<u64> {
        let mut passed = 0;
        loop {
            let rest = self.fill_buf()?;
            let are_zeros = !rest.is_empty() && rest.iter().all(|byte| *byte == 0);
            let length = rest.len();
            if !are_zeros {
                return Ok(passed);
            }
            self.consume(length);
            passed += length as u64;
        }
    }
}

impl<R: BufRead> BufRead for Ahead<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !self.seen.is_empty() {
            return Ok(&self.seen);
        }
        let is_interrupted = |error: io::Error| error.kind() == io::ErrorKind::Interrupted;
        while self.from.fill_buf().is_err_and(is_interrupted) {}
        self.from.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        match self.seen.is_empty() {
            true => self.from.consume(amount),
            false => drop(self.seen.drain(..amount)),
        }
    }
}

impl<R: BufRead> Read for Ahead<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Write};
    use std::time::{Duration, Instant};

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        compress_to_vec(bytes, CompressionLevel::Fastest)
    }

    /// The header frame of pzstd: the size of the frame behind it.
    fn pzstd(bytes: &[u8]) -> Vec<u8> {
        let frame = zstd(bytes);
        let size = u32::try_from(frame.len()).unwrap().to_le_bytes();
        [&b"\x50\x2a\x4d\x18\x04\0\0\0"[..], &size, &frame].concat()
    }

    /// What is read, whether to the end, and how much is behind that.
    fn read(packed: &[u8], at_once: usize) -> (Vec<u8>, Result<u64, String>) {
        let packing = Packing::of(packed).unwrap();
        let mut unpacked = Unpacked::new(packing, BufReader::with_capacity(at_once, packed));
        let mut out = Vec::new();
        let read = unpacked.read_to_end(&mut out);
        let behind = read.and_then(|_| unpacked.behind());
        (out, behind.map_err(|error| error.to_string()))
    }

    const TEXT: &[u8] = b"one two three and one two three again, one two three";

    fn in_three(pack: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let (one, rest) = TEXT.split_at(7);
        let (two, three) = rest.split_at(20);
        [one, b"", two, three].map(pack).concat()
    }

    #[test]
    fn all_pieces_are_read_however_they_come() {
        for pack in [gzip, zstd, pzstd] {
            let packed = in_three(pack);
            for at_once in [1, 2, 3, 4, 5, 20, 1 << 16] {
                assert_eq!(read(&packed, at_once), (TEXT.to_vec(), Ok(0)));
            }
        }
    }

    #[test]
    fn what_is_behind_the_end_is_counted_unless_it_is_padding() {
        for pack in [gzip, zstd, pzstd] {
            for (behind, count) in [
                (&b"x"[..], 1),
                (b"From here on it is text", 23),
                (&[0; 512][..], 0),
                (b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0x", 27),
            ] {
                let packed = [in_three(pack), behind.to_vec()].concat();
                for at_once in [1, 3, 1 << 16] {
                    assert_eq!(read(&packed, at_once), (TEXT.to_vec(), Ok(count)));
                }
            }
        }
    }

    #[test]
    fn a_piece_that_is_cut_off_anywhere_is_damage() {
        for pack in [gzip, zstd, pzstd] {
            let first = pack(TEXT);
            let packed = [&first[..], &pack(b"and more")].concat();
            // Where a frame ends, the file may end.
            let skippable = if first[0] == 0x50 { 12 } else { 0 };
            for length in first.len() + skippable + 1..packed.len() {
                let (out, behind) = read(&packed[..length], 1 << 16);
                assert!(out.starts_with(TEXT));
                assert!(behind.is_err(), "{length} of {}", packed.len());
            }
        }
    }

    #[test]
    fn nothing_is_read_behind_damage() {
        let mut packed = [gzip(TEXT), gzip(TEXT)].concat();
        let sum = gzip(TEXT).len() - 8;
        packed[sum] ^= 1;
        let mut unpacked = Unpacked::new(Packing::Gzip, &packed[..]);
        let mut out = Vec::new();
        assert!(unpacked.read_to_end(&mut out).is_err());
        assert!(unpacked.read_to_end(&mut out).is_err());
        assert_eq!((&out[..], unpacked.behind().unwrap()), (TEXT, 0));
    }

    #[test]
    fn a_frame_holds_to_its_checksum_and_its_size() {
        // RFC 8878 §3.1.1: one segment, a size of one octet, with and without a checksum; one raw block.
        let frame = |checksum: &[u8], size: u8| {
            let descriptor = if checksum.is_empty() { 0x20 } else { 0x24 };
            let head = [0x28, 0xb5, 0x2f, 0xfd, descriptor, size, 0x19, 0, 0];
            [&head[..], b"abc", checksum].concat()
        };
        // The low half of XXH64 of "abc".
        let sum = 0x44bc_2cf5_ad77_0999_u64 as u32;
        assert_eq!(read(&frame(&[], 3), 100), (b"abc".to_vec(), Ok(0)));
        assert_eq!(read(&frame(&sum.to_le_bytes(), 3), 100).1, Ok(0));
        assert!(read(&frame(&(sum ^ 1).to_le_bytes(), 3), 100).1.is_err());
        assert!(read(&frame(&[], 4), 100).1.is_err());
    }

    #[test]
    fn pieces_that_hold_nothing_take_little_time() {
        let skippable = b"\x50\x2a\x4d\x18\0\0\0\0".to_vec();
        for (piece, count) in [
            (gzip(b""), 200_000),
            (zstd(b""), 200_000),
            (skippable, 1_000_000),
        ] {
            let start = Instant::now();
            assert_eq!(read(&piece.repeat(count), 1 << 16), (Vec::new(), Ok(0)));
            assert!(start.elapsed() < Duration::from_secs(20));
        }
    }
}
