//! Bodies: short letters for stories, and long ones for the corpus.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::rng::Rng;

/// A body and the fields that describe it.
#[derive(Clone, Debug)]
pub struct Content {
    /// Content-Type.
    pub kind: String,
    /// Content-Transfer-Encoding.
    pub encoding: &'static str,
    pub body: Vec<u8>,
}

const SUBJECTS: [&str; 8] = [
    "Your order 40217 is on its way",
    "Tuesday's opening hours",
    "Receipt for two notebooks",
    "Please confirm your address",
    "The reading group meets in July",
    "Invoice 2026-0630",
    "A new chair for the corner by the window",
    "Your library card runs out soon",
];

const LETTERS: [&str; 4] = [
    "Hello Ada,\r\n\r\nyour parcel left our shop this morning. It holds:\r\n\r\n\
     \u{20}\u{20}1 x Field Notes on Mosses\r\n\u{20}\u{20}2 x Pencil, soft\r\n\r\n\
     Follow it here: https://www.example.com/parcel/40217\r\n\r\nLarkspur Books\r\n",
    "Dear reader,\r\n\r\non Tuesday we open at eleven, because the shelves get a new coat of paint.\r\n\
     The back room smells of it until Friday; bring your own air.\r\n\r\n\
     See you soon,\r\nthe people behind the counter\r\n",
    "Good morning,\r\n\r\nthank you for paying so quickly. This is the receipt for your files:\r\n\r\n\
     \u{20}\u{20}Two notebooks, ruled      18.40\r\n\u{20}\u{20}Postage                    3.90\r\n\
     \u{20}\u{20}Total                     22.30\r\n\r\nNothing is left to do.\r\n\r\nLarkspur Books\r\n",
    "Hello,\r\n\r\nsomebody, we hope you, asked for a new password.\r\n\
     The link works for one hour: https://www.example.com/reset/7f3a\r\n\r\n\
     If it was not you, do nothing, and nothing happens.\r\n",
];

/// A subject for a story.
pub fn subject(rng: &mut Rng) -> String {
    (*rng.pick(&SUBJECTS)).to_owned()
}

/// A short letter in plain text.
pub fn letter(rng: &mut Rng) -> Content {
    plain(rng.pick::<&str>(&LETTERS))
}

/// `text` as plain ASCII, unchanged.
pub fn plain(text: &str) -> Content {
    Content {
        kind: "text/plain; charset=UTF-8".to_owned(),
        encoding: "7bit",
        body: text.as_bytes().to_vec(),
    }
}

/// A short letter in text and HTML, quoted-printable.
pub fn both(rng: &mut Rng) -> Content {
    let text = rng.pick(&LETTERS);
    let html = format!(
        "<!DOCTYPE html>\r\n<html><body style=\"font-family: serif\">\r\n<p>{}</p>\r\n</body></html>\r\n",
        text.trim_end().replace("\r\n\r\n", "</p>\r\n<p>")
    );
    let boundary = format!(
        "----=_Part_{}_{}",
        rng.below(900_000),
        rng.below(900_000_000)
    );
    let mut body = Vec::new();
    part(
        &mut body,
        &boundary,
        "text/plain; charset=UTF-8",
        quoted(text.as_bytes()),
    );
    part(
        &mut body,
        &boundary,
        "text/html; charset=UTF-8",
        quoted(html.as_bytes()),
    );
    end(&mut body, &boundary);
    alternative(&boundary, body)
}

/// A newsletter of about `size` bytes; an attachment fills what text and HTML do not.
pub fn newsletter(rng: &mut Rng, size: usize) -> Content {
    let attached = if size > 150_000 { size - 30_000 } else { 0 };
    let written = size - attached;
    let text = prose(rng, written / 5);
    let html = html(rng, written * 3 / 5);
    let boundary = format!(
        "----=_Part_{}_{}",
        rng.below(900_000),
        rng.below(900_000_000)
    );
    let mut body = Vec::with_capacity(size + size / 8);
    let wide = rng.chance(1, 4);
    part(
        &mut body,
        &boundary,
        "text/plain; charset=UTF-8",
        quoted(text.as_bytes()),
    );
    match wide {
        true => part(
            &mut body,
            &boundary,
            "text/html; charset=UTF-8",
            wrapped(html.as_bytes()),
        ),
        false => part(
            &mut body,
            &boundary,
            "text/html; charset=UTF-8",
            quoted(html.as_bytes()),
        ),
    }
    if attached == 0 {
        end(&mut body, &boundary);
        return alternative(&boundary, body);
    }
    let bytes = rng.bytes(attached * 3 / 4);
    part(
        &mut body,
        &boundary,
        "application/pdf; name=\"catalogue.pdf\"",
        wrapped(&bytes),
    );
    end(&mut body, &boundary);
    Content {
        kind: format!("multipart/mixed;\r\n\tboundary=\"{boundary}\""),
        ..alternative(&boundary, body)
    }
}

fn alternative(boundary: &str, body: Vec<u8>) -> Content {
    Content {
        kind: format!("multipart/alternative;\r\n\tboundary=\"{boundary}\""),
        encoding: "7bit",
        body,
    }
}

/// The text of a part, and the name of its encoding.
struct Encoded(&'static str, Vec<u8>);

fn part(body: &mut Vec<u8>, boundary: &str, kind: &str, Encoded(encoding, text): Encoded) {
    let head = format!(
        "--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(&text);
    body.extend_from_slice(b"\r\n");
}

fn end(body: &mut Vec<u8>, boundary: &str) {
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
}

/// Quoted-printable (RFC 2045 §6.7).
fn quoted(text: &[u8]) -> Encoded {
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    let mut width = 0;
    for (index, &byte) in text.iter().enumerate() {
        if matches!(byte, b'\r' | b'\n') {
            out.push(byte);
            width = 0;
            continue;
        }
        if width >= 72 {
            out.extend_from_slice(b"=\r\n");
            width = 0;
        }
        let last = matches!(text.get(index + 1), Some(b'\r') | None);
        match byte {
            b' ' if !last => out.push(byte),
            b'!'..=b'<' | b'>'..=b'~' => out.push(byte),
            _ => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
                out.extend_from_slice(&[b'=', HEX[high], HEX[low]]);
                width += 2;
            }
        }
        width += 1;
    }
    Encoded("quoted-printable", out)
}

/// Base64 in lines of 76 characters (RFC 2045 §6.8).
fn wrapped(bytes: &[u8]) -> Encoded {
    let text = BASE64.encode(bytes);
    let mut out = Vec::with_capacity(text.len() + text.len() / 38);
    for line in text.as_bytes().chunks(76) {
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    Encoded("base64", out)
}

const WORDS: [&str; 64] = [
    "lantern", "harbour", "maple", "quiet", "copper", "window", "seven", "garden", "paper",
    "river", "slowly", "button", "winter", "orange", "ladder", "kettle", "morning", "signal",
    "corner", "velvet", "travels", "under", "the", "a", "of", "and", "with", "for", "to", "from",
    "is", "was", "will", "may", "opens", "closes", "carries", "holds", "finds", "brings", "new",
    "old", "small", "bright", "early", "again", "never", "always", "café", "crème", "Zürich",
    "market", "basket", "station", "bridge", "letter", "ticket", "offer", "season", "members",
    "readers", "friends", "today", "tomorrow",
];

/// Paragraphs of about `size` bytes.
pub fn prose(rng: &mut Rng, size: usize) -> String {
    let mut out = String::with_capacity(size + 200);
    while out.len() < size {
        for _ in 0..3 + rng.below(4) {
            sentence(rng, &mut out);
            out.push(' ');
        }
        out.pop();
        out.push_str("\r\n\r\n");
    }
    out
}

fn sentence(rng: &mut Rng, out: &mut String) {
    let start = out.len();
    for _ in 0..5 + rng.below(9) {
        out.push_str(rng.pick::<&str>(&WORDS));
        out.push(' ');
    }
    out.pop();
    out.push('.');
    out[start..start + 1].make_ascii_uppercase();
}

/// A page of nested tables, as is usual for newsletters.
pub fn html(rng: &mut Rng, size: usize) -> String {
    let mut out = String::with_capacity(size + 2000);
    out.push_str(
        "<!DOCTYPE html>\r\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>News</title>\r\n\
         <style>td { padding: 8px } .c { color: #205060 }</style></head>\r\n\
         <body><table role=\"presentation\" width=\"100%\"><tr><td align=\"center\">\r\n",
    );
    while out.len() < size {
        let number = rng.below(1_000_000);
        let _ = write!(
            out,
            "<table class=\"c\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\"><tr>\r\n\
             <td style=\"font-family: Arial, sans-serif; font-size: 15px\">\r\n\
             <h2>{} {}</h2>\r\n<p>",
            rng.pick(&WORDS),
            rng.pick(&WORDS)
        );
        for _ in 0..2 + rng.below(4) {
            sentence(rng, &mut out);
            out.push(' ');
        }
        let _ = write!(
            out,
            "</p>\r\n<a href=\"https://www.example.com/c/{number}?u={}&amp;m=30\">Read on</a>\r\n</td></tr></table>\r\n",
            rng.hex(24)
        );
    }
    out.push_str("</td></tr></table></body></html>\r\n");
    out
}
