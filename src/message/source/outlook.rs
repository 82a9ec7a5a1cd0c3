//! Outlook's .msg: a compound file (MS-CFB) of properties (MS-OXMSG). Outlook keeps the header as it
//! was received, but not the body.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use cfb::CompoundFile;

use super::refused::not_a_message;
use crate::message::header::line_end;
use crate::{Error, Limits};

pub(super) const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Every .msg has this stream (MS-OXMSG §2.4).
const PROPERTIES: &str = "__properties_version1.0";

/// The header as it was received (MS-OXPROPS, PidTagTransportMessageHeaders), as Unicode and in
/// octets.
const HEADER_IN_UTF_16: &str = "__substg1.0_007D001F";
const HEADER_IN_OCTETS: &str = "__substg1.0_007D001E";

/// A line that Outlook puts above the header.
const TITLE: &[u8] = b"Microsoft Mail Internet Headers Version 2.0";

/// The header that is kept in a .msg, without the empty line at its end.
pub(super) fn header(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Error> {
    let Ok(mut file) = CompoundFile::open(Bounded::new(bytes)) else {
        return Err(no_header());
    };
    if !file.is_stream(PROPERTIES) {
        return Err(not_a_message(
            "it is a document of Microsoft Office (.doc, .xls, .ppt), or another compound file",
            "give the raw message as text (.eml)",
        ));
    }
    let text = match stream(&mut file, HEADER_IN_UTF_16, limits) {
        Some(units) => utf_8(&units),
        None => stream(&mut file, HEADER_IN_OCTETS, limits).unwrap_or_default(),
    };
    let header = header_of(&text);
    match header.is_empty() {
        true => Err(no_header()),
        false => Ok(header.to_vec()),
    }
}

fn no_header() -> Error {
    not_a_message(
        "it is an Outlook .msg file, which does not hold the message as it was received",
        "in Outlook on the web or the new Outlook, choose \"Save as\" or \"Download\" to get an \
         .eml; or give the text of \"Internet headers\" from the properties of the message",
    )
}

/// What the stream of this name contains; `None` if there is none or it cannot be read.
fn stream(file: &mut CompoundFile<Bounded<'_>>, name: &str, limits: &Limits) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let stream = file.open_stream(name).ok()?;
    let most = limits.message_bytes as u64;
    stream.take(most).read_to_end(&mut out).ok()?;
    Some(out)
}

fn utf_8(octets: &[u8]) -> Vec<u8> {
    let units = octets.chunks_exact(2);
    let units: Vec<u16> = units
        .map(|unit| u16::from_le_bytes([unit[0], unit[1]]))
        .collect();
    String::from_utf16_lossy(&units).into_bytes()
}

/// The lines up to the first empty one. The headers of parts may follow.
fn header_of(text: &[u8]) -> &[u8] {
    // A text in octets may end in NUL.
    let length = text
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    let mut text = text[..length].trim_ascii_start();
    if text.starts_with(TITLE) {
        text = text[line_end(text, 0)..].trim_ascii_start();
    }
    let mut end = 0;
    while end < text.len() {
        let next = line_end(text, end);
        if matches!(&text[end..next], b"\n" | b"\r\n" | b"\r\r\n") {
            break;
        }
        end = next;
    }
    &text[..end]
}

/// Bytes of which only so many are read: what a compound file lists may be listed again and again.
struct Bounded<'a> {
    from: Cursor<&'a [u8]>,
    left: usize,
}

impl<'a> Bounded<'a> {
    /// How often each byte may be read.
    const TIMES: usize = 4;

    fn new(bytes: &'a [u8]) -> Self {
        Self {
            from: Cursor::new(bytes),
            left: bytes.len().saturating_mul(Self::TIMES),
        }
    }
}

impl Read for Bounded<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(out)?;
        self.left = self
            .left
            .checked_sub(read)
            .ok_or(io::ErrorKind::QuotaExceeded)?;
        Ok(read)
    }
}

impl Seek for Bounded<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.from.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::{Duration, Instant};

    use cfb::Version;

    use super::*;

    fn compound(version: Version, streams: &[(&str, &[u8])]) -> Vec<u8> {
        let empty = Cursor::new(Vec::new());
        let mut file = CompoundFile::create_with_version(version, empty).unwrap();
        for (name, octets) in streams {
            let mut stream = file.create_stream(name).unwrap();
            stream.write_all(octets).unwrap();
        }
        file.flush().unwrap();
        file.into_inner().into_inner()
    }

    fn utf_16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn read(bytes: &[u8]) -> Result<String, String> {
        let header = header(bytes, &Limits::default());
        let header = header.map_err(|error| error.to_string());
        header.map(|octets| String::from_utf8(octets).unwrap())
    }

    fn msg(name: &str, octets: &[u8]) -> Vec<u8> {
        compound(Version::V3, &[(PROPERTIES, b""), (name, octets)])
    }

    #[test]
    fn the_header_is_taken_from_either_property() {
        let text = "From: J\u{fc}rgen <a@example.com>\r\nSubject: 1\r\n";
        let large = format!("{text}X: {}\r\n", "x".repeat(9_000));
        for text in [text, &large] {
            for version in [Version::V3, Version::V4] {
                for (name, octets) in [
                    (HEADER_IN_UTF_16, utf_16(text)),
                    (HEADER_IN_OCTETS, [text.as_bytes(), b"\0"].concat()),
                ] {
                    let file = compound(version, &[(PROPERTIES, b""), (name, &octets)]);
                    assert_eq!(read(&file).unwrap(), text);
                }
            }
        }
    }

    #[test]
    fn what_is_around_the_header_in_the_property_is_left_out() {
        let fields = "A: 1\r\n B\r\nC: 2\r\n";
        for text in [
            format!("Microsoft Mail Internet Headers Version 2.0\r\n{fields}"),
            format!("\r\n{fields}\r\n"),
            format!("{fields}\r\n--part\r\nD: 3\r\n\r\n"),
        ] {
            assert_eq!(
                read(&msg(HEADER_IN_UTF_16, &utf_16(&text))).unwrap(),
                fields
            );
        }
    }

    #[test]
    fn a_file_without_the_property_is_refused_by_name() {
        for (file, name) in [
            (
                msg("__substg1.0_0037001F", &utf_16("hello")),
                "an Outlook .msg file",
            ),
            (
                msg(HEADER_IN_UTF_16, &utf_16("\r\n")),
                "an Outlook .msg file",
            ),
            (
                compound(Version::V3, &[("WordDocument", b"")]),
                "Microsoft Office",
            ),
            ([MAGIC, b"...."].concat(), "an Outlook .msg file"),
        ] {
            let error = read(&file).unwrap_err();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn any_damage_ends_in_a_header_or_an_error() {
        // A stream of less than 4,096 octets is kept in another way.
        for length in [10, 2_500] {
            let text = format!("A: {}\r\n", "x".repeat(length));
            let file = msg(HEADER_IN_UTF_16, &utf_16(&text));
            let mangle = |at: usize, by: &[u8]| {
                let mut file = file.clone();
                let end = (at + by.len()).min(file.len());
                file[at..end].copy_from_slice(&by[..end - at]);
                let _ = header(&file, &Limits::default());
            };
            let is_text =
                |at: &usize| matches!(file.get(*at..*at + 4), Some(b"x\0x\0" | b"\0x\0x"));
            for at in (0..file.len()).step_by(4).filter(|at| !is_text(at)) {
                for by in [1_u32, 5, 0x7fff_ffff, 0xffff_fffe] {
                    mangle(at, &by.to_le_bytes());
                }
            }
            for length in (0..file.len()).step_by(161) {
                let _ = header(&file[..length], &Limits::default());
            }
        }
    }

    /// Sectors of the list of lists (DIFAT) that name one sector again and again.
    #[test]
    fn a_file_that_lists_itself_again_and_again_takes_no_memory() {
        const SECTOR: usize = 512;
        const SECTORS: u32 = 8_000;
        let mut file = msg(HEADER_IN_UTF_16, &utf_16("A: 1\r\n"));
        file.truncate(SECTOR);
        file[68..72].copy_from_slice(&0_u32.to_le_bytes());
        file[76..].copy_from_slice(&1_u32.to_le_bytes().repeat(109));
        for number in 0..SECTORS {
            let next = if number + 1 == SECTORS {
                u32::MAX - 1
            } else {
                number + 1
            };
            file.extend(1_u32.to_le_bytes().repeat(SECTOR / 4 - 1));
            file.extend(next.to_le_bytes());
        }
        let start = Instant::now();
        assert!(read(&file).is_err());
        assert!(start.elapsed() < Duration::from_secs(5));
        let mut bounded = Bounded::new(&file);
        let error = CompoundFile::open(&mut bounded).map(drop).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::QuotaExceeded, "{error}");
    }
}
