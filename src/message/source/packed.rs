//! Files compressed with gzip (RFC 1952) or Zstandard (RFC 8878).

use std::io::{self, Read};

use memchr::memchr_iter;

use super::refused::not_a_message;
use super::unpacked::Unpacked;
use super::{Form, SourceNote};
use crate::{Error, Limits};

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    /// The compression format, from the first bytes; `None` if there is none.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            // A skippable frame (RFC 8878 §3.1.2) may come before the others.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Whether these octets, up to the end of the file if they are few, begin another member or
    /// frame, or a part of one.
    pub fn continues(self, bytes: &[u8]) -> bool {
        let begins = |magic: &[u8]| {
            let length = bytes.len().min(magic.len());
            length > 0 && bytes[..length] == magic[..length]
        };
        match (self, bytes) {
            (Self::Gzip, _) => begins(b"\x1f\x8b"),
            (Self::Zstd, [0x50..=0x5f, rest @ ..]) => {
                rest.is_empty() || b"\x2a\x4d\x18".starts_with(&rest[..rest.len().min(3)])
            }
            (Self::Zstd, _) => begins(b"\x28\xb5\x2f\xfd"),
        }
    }

    /// Why [`Unpacked`] failed.
    pub fn why(self, error: &io::Error) -> String {
        format!(
            "it is in {} that is damaged or cut off ({error})",
            self.name()
        )
    }

    pub fn form(self) -> Form {
        match self {
            Self::Gzip => Form::Gzip,
            Self::Zstd => Form::Zstd,
        }
    }

    /// What such a file is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "a gzip file",
            Self::Zstd => "a zstd file",
        }
    }

    /// Decompresses `bytes`. From a damaged file, the part that can be read is used, with a note.
    pub fn unpack(
        self,
        bytes: &[u8],
        limits: &Limits,
        notes: &mut Vec<SourceNote>,
    ) -> Result<Vec<u8>, Error> {
        let name = self.name();
        let mut out = Vec::new();
        // One byte more than allowed shows that the limit is exceeded.
        let most = limits.decompressed_bytes.saturating_add(1);
        let mut unpacked = Unpacked::new(self, bytes);
        let result = read_within(&mut unpacked, most, &mut out);
        if out.len() > limits.decompressed_bytes {
            return Err(not_a_message(
                &format!(
                    "it is {name} of {} bytes that unpacks to more than the limit of {}",
                    bytes.len(),
                    limits.decompressed_bytes
                ),
                "raise the limit with --max-size if this really is one message",
            ));
        }
        match result.and_then(|()| unpacked.behind()) {
            Ok(0) => notes.push(SourceNote::Unpacked {
                packing: self.form(),
            }),
            Ok(behind) => notes.push(SourceNote::PackingFollowed {
                packing: self.form(),
                behind,
            }),
            Err(error) if error.kind() == io::ErrorKind::OutOfMemory => {
                return Err(not_a_message(
                    &format!("there is not the memory to unpack {name}"),
                    "lower the limit with --max-size",
                ));
            }
            Err(_) if out.is_empty() => {
                return Err(not_a_message(
                    &format!("it begins like {name} and cannot be unpacked"),
                    "save the message again, as text (.eml)",
                ));
            }
            Err(_) => notes.push(SourceNote::PackingDamaged {
                packing: self.form(),
                unpacked: out.len(),
            }),
        }
        Ok(out)
    }
}

/// Whether a line of packed octets begins like a From field. Such formats have room for any text: names, comments,
/// extra fields, skippable frames, what follows the end.
pub fn has_from_line(bytes: &[u8]) -> bool {
    memchr_iter(b':', bytes).any(|colon| {
        let name = bytes[..colon].trim_ascii_end();
        let Some((before, from)) = name.split_last_chunk::<4>() else {
            return false;
        };
        // A program may take other octets than CR and LF for the end of a line.
        let starts_line = before
            .last()
            .is_none_or(|byte| !matches!(byte, b' '..=b'~'));
        starts_line && from.eq_ignore_ascii_case(b"from")
    })
}

/// Reads until `out` has `most` octets, for which it asks in few steps, and never for more: what is
/// not used takes no memory.
fn read_within(mut from: impl Read, most: usize, out: &mut Vec<u8>) -> io::Result<()> {
    const LEAST: usize = 1 << 16;
    while out.len() < most {
        let room = (7 * out.len()).max(LEAST).min(most - out.len());
        out.try_reserve_exact(room)
            .map_err(|_| io::ErrorKind::OutOfMemory)?;
        let read = from.by_ref().take(room as u64).read_to_end(out)?;
        if read < room {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    const TEXT: &[u8] = b"From: a@example.com\r\n\r\nbody\r\n";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        compress_to_vec(bytes, CompressionLevel::Fastest)
    }

    fn unpack(bytes: &[u8], most: usize) -> (Result<Vec<u8>, String>, Vec<SourceNote>) {
        let limits = Limits {
            decompressed_bytes: most,
            ..Limits::default()
        };
        let mut notes = Vec::new();
        let packing = Packing::of(bytes).unwrap();
        let out = packing.unpack(bytes, &limits, &mut notes);
        (out.map_err(|error| error.to_string()), notes)
    }

    #[test]
    fn both_packings_are_undone() {
        for packed in [gzip(TEXT), zstd(TEXT)] {
            assert_eq!(unpack(&packed, 1000).0.unwrap(), TEXT);
        }
    }

    #[test]
    fn members_and_frames_that_follow_each_other_are_one_text() {
        let skipped = [&[0x52, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        let (head, tail) = TEXT.split_at(9);
        let members = [gzip(head), gzip(tail)].concat();
        let frames = [skipped, zstd(head), zstd(tail)].concat();
        for packed in [members, frames] {
            assert_eq!(unpack(&packed, 1000).0.unwrap(), TEXT);
        }
    }

    #[test]
    fn packed_octets_that_read_as_a_message_themselves_are_found() {
        let spoof = b"\r\nFROM : ceo@bank.example\r\n\r\npay";
        let text = [
            TEXT,
            b"and more, so that it is worth packing and packing again and again",
        ]
        .concat();
        let plain = gzip(&text);
        // RFC 1952 §2.3: FCOMMENT; RFC 8878 §3.1.2: a skippable frame.
        let mut commented = plain.clone();
        commented[3] |= 0x10;
        commented.splice(10..10, [&spoof[..], b"\0"].concat());
        let length = u32::try_from(spoof.len()).unwrap().to_le_bytes();
        let skipped = [&[0x52, 0x2a, 0x4d, 0x18][..], &length, spoof, &zstd(TEXT)].concat();
        let followed = [&plain[..], spoof].concat();
        let first = [
            &[0x50, 0x2a, 0x4d, 0x18, 8, 0, 0, 0][..],
            b"from:ceo",
            &zstd(TEXT),
        ]
        .concat();
        for (packed, is_read) in [
            (plain, false),
            (commented, true),
            (skipped, true),
            (followed, true),
            (first, true),
        ] {
            assert!(unpack(&packed, 1000).0.unwrap().starts_with(TEXT));
            assert_eq!(has_from_line(&packed), is_read);
        }
    }

    #[test]
    fn what_follows_a_packed_message_is_a_doubt_and_padding_is_none() {
        for (packed, packing) in [(gzip(TEXT), Form::Gzip), (zstd(TEXT), Form::Zstd)] {
            let (out, notes) = unpack(&[&packed[..], b"more"].concat(), 1000);
            assert_eq!(out.unwrap(), TEXT);
            assert_eq!(notes, [SourceNote::PackingFollowed { packing, behind: 4 }]);
            assert!(notes[0].is_doubt() && !notes[0].is_truncation());
            let (_, notes) = unpack(&[&packed[..], &[0; 512]].concat(), 1000);
            assert_eq!(notes, [SourceNote::Unpacked { packing }]);
        }
    }

    #[test]
    fn a_bomb_is_refused_by_name() {
        let zeros = vec![0; 5_000_000];
        for (packed, name) in [(gzip(&zeros), "gzip"), (zstd(&zeros), "zstd")] {
            let error = unpack(&packed, 1_000_000).0.unwrap_err();
            assert!(error.contains(name), "{error}");
            assert!(error.contains("unpacks to more than the limit of 1000000"));
        }
        let limit = 3_000_000;
        let mut out = Vec::new();
        let packed = gzip(&zeros);
        read_within(Unpacked::new(Packing::Gzip, &packed[..]), limit, &mut out).unwrap();
        assert_eq!(out.len(), limit);
        assert!(out.capacity() < limit + 100_000, "{}", out.capacity());
        assert!(unpack(&gzip(TEXT), TEXT.len()).0.is_ok());
        assert!(unpack(&gzip(TEXT), TEXT.len() - 1).0.is_err());
    }

    #[test]
    fn a_packed_file_that_is_cut_off_gives_what_it_has() {
        let text = TEXT.repeat(3000);
        let packed = gzip(&text);
        let (out, notes) = unpack(&packed[..packed.len() - 9], 1_000_000);
        let out = out.unwrap();
        assert!(text.starts_with(&out));
        assert_eq!(
            notes,
            [SourceNote::PackingDamaged {
                packing: Form::Gzip,
                unpacked: out.len()
            }]
        );
        let error = unpack(b"\x1f\x8bnonsense", 100).0.unwrap_err();
        assert!(error.contains("cannot be unpacked"), "{error}");
    }
}
