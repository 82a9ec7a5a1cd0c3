//! Content without its transfer encoding (RFC 2045 §6).

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The decoded content; `None` if the encoding leaves it as it is.
pub(crate) fn decode(encoding: &str, content: &[u8]) -> Option<Vec<u8>> {
    match encoding {
        "base64" => Some(base64(content)),
        "quoted-printable" => Some(quoted_printable(content)),
        _ => None,
    }
}

const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes base64. Characters that are not digits are ignored; an `=` ends the text (RFC 2045
/// §6.8).
fn base64(content: &[u8]) -> Vec<u8> {
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let text = content
        .split(|byte| *byte == b'=')
        .next()
        .unwrap_or_default();
    let mut digits: Vec<u8> = text.iter().copied().filter(digit).collect();
    // One digit is less than a byte: the text is cut off there.
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    TOLERANT.decode(digits).unwrap_or_default()
}

/// Decodes quoted-printable (RFC 2045 §6.7). Line ends stay as they are; an `=` without a valid
/// escape stays too.
fn quoted_printable(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut rest = content;
    while let [byte, after @ ..] = rest {
        rest = match (byte, after) {
            (b'=', [b'\n', after @ ..] | [b'\r', b'\n', after @ ..]) => after,
            (b'=', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    after
                }
                _ => {
                    out.push(b'=');
                    &rest[1..]
                }
            },
            _ => {
                out.push(*byte);
                after
            }
        };
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    let digit = char::from(digit).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_undone() {
        assert_eq!(decode("7bit", b"a"), None);
        assert_eq!(decode("base64", b"YW\r\nJj\r\nYQ==\r\n").unwrap(), b"abca");
        assert_eq!(decode("base64", b"YWJjY").unwrap(), b"abc");
        let text = b"a=3Db=\r\nc=\nd=XYe\r\n=";
        assert_eq!(decode("quoted-printable", text).unwrap(), b"a=bcd=XYe\r\n=");
    }
}
