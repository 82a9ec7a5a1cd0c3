//! Octets in a character set that an XML document says or shows (XML 1.0, appendix F), as UTF-8.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How many octets are searched for an XML declaration.
const DECLARATION: usize = 256;

/// The same text in UTF-8. Octets that are no character become U+FFFD.
pub(super) struct Decoded<R> {
    from: R,
    decoder: Decoder,
    raw: Vec<u8>,
    at: usize,
    is_over: bool,
}

impl<R: Read> Decoded<R> {
    pub(super) fn new(mut from: R) -> io::Result<Self> {
        let mut raw = Vec::new();
        from.by_ref()
            .take(DECLARATION as u64)
            .read_to_end(&mut raw)?;
        Ok(Self {
            decoder: charset(&raw).new_decoder_with_bom_removal(),
            from,
            raw,
            at: 0,
            is_over: false,
        })
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        // A character of UTF-8 has up to four octets, and none is written in part.
        if out.len() < 4 {
            return Err(io::Error::other("too few octets are asked for at once"));
        }
        loop {
            if self.is_over {
                return Ok(0);
            }
            let is_last = self.at == self.raw.len() && {
                self.raw.resize(8 << 10, 0);
                let read = self.from.read(&mut self.raw)?;
                self.raw.truncate(read);
                self.at = 0;
                read == 0
            };
            let (result, read, written, _) =
                self.decoder
                    .decode_to_utf8(&self.raw[self.at..], out, is_last);
            self.at += read;
            self.is_over = is_last && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
    }
}

/// The character set, from the byte order mark, from how `<` is written, or from the declaration.
fn charset(start: &[u8]) -> &'static Encoding {
    match start {
        [0xfe, 0xff, ..] | [0, b'<', ..] => return UTF_16BE,
        [0xff, 0xfe, ..] | [b'<', 0, ..] => return UTF_16LE,
        [0xef, 0xbb, 0xbf, ..] => return UTF_8,
        _ => (),
    }
    let text = String::from_utf8_lossy(start);
    let declared = || {
        let declaration = text
            .trim_start()
            .strip_prefix("<?xml")?
            .split("?>")
            .next()?;
        let (_, value) = declaration.split_once("encoding")?;
        let value = value.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''))?;
        let label = value[1..].split(quote).next()?;
        // A declaration that can be read as it stands is not in UTF-16.
        Encoding::for_label(label.as_bytes()).filter(|found| found.is_ascii_compatible())
    };
    declared().unwrap_or(UTF_8)
}

#[cfg(test)]
mod tests {
    use std::io::BufRead;

    use super::*;

    fn decoded(octets: &[u8]) -> String {
        let mut reader = io::BufReader::new(Decoded::new(octets).unwrap());
        let mut text = Vec::new();
        while let Ok(piece) = reader.fill_buf() {
            if piece.is_empty() {
                break;
            }
            text.extend_from_slice(piece);
            let length = piece.len();
            reader.consume(length);
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_text_is_the_same_in_every_character_set() {
        let text = format!("<?xml version='1.0'?><a>Größe {}</a>", "x".repeat(20_000));
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for octets in [
            text.clone().into_bytes(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            little.clone(),
            [b"\xff\xfe", &little[..]].concat(),
            [b"\xfe\xff", &big[..]].concat(),
            big,
        ] {
            assert_eq!(decoded(&octets), text);
        }
    }

    #[test]
    fn a_declaration_names_the_character_set() {
        let said = b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>Gr\xf6\xdfe</a>";
        assert!(decoded(said).contains("Größe"));
        let wrong = b"<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>text</a>";
        assert!(decoded(wrong).contains("text"));
        assert_eq!(decoded(b""), "");
        assert_eq!(decoded(b"\xff"), "\u{fffd}");
    }
}
