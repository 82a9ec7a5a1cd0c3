//! How programs change a message when they save it, copy it or pack it.

use std::io::{Cursor, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::{Compression, GzBuilder};

use super::body::Content;
use super::mail::{Field, Mail};

/// A byte order mark and an empty line before the header, as some editors add them.
pub fn edited(message: &[u8]) -> Vec<u8> {
    [b"\xef\xbb\xbf\r\n", message].concat()
}

/// As in a Unix mail folder: LF, a `From ` line at the top, `From ` quoted in the body.
pub fn mbox(message: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(message).replace("\r\n", "\n");
    let text = text.replace("\nFrom ", "\n>From ");
    format!("From orders@example.com Tue Jun 30 15:39:25 2026\n{text}\n").into_bytes()
}

/// As Apple Mail saves it.
pub fn emlx(message: &[u8]) -> Vec<u8> {
    let mut text = message.to_vec();
    text.retain(|byte| *byte != b'\r');
    counted(text.len(), &text)
}

/// As Apple Mail saves it, but the line ends were changed after the length was counted.
pub fn emlx_with_wrong_count(message: &[u8]) -> Vec<u8> {
    let mut text = message.to_vec();
    text.retain(|byte| *byte != b'\r');
    counted(message.len(), &text)
}

/// As Apple Mail saves it while the attachment has not been loaded.
pub fn partial_emlx(message: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(message).replace("\r\n", "\n");
    let (before, rest) = text
        .split_once("Content-Transfer-Encoding: base64\n\n")
        .expect("an attachment");
    let end = rest.find("\n--").expect("a boundary");
    let text = format!(
        "{before}Content-Transfer-Encoding: base64\nX-Apple-Content-Length: {end}\n{}",
        &rest[end..]
    );
    counted(text.len(), text.as_bytes())
}

fn counted(count: usize, message: &[u8]) -> Vec<u8> {
    let count = format!("{count:<10}\n");
    let list = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
                \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
                <plist version=\"1.0\">\n<dict>\n\t<key>date-received</key>\n\
                \t<integer>1782833965</integer>\n\t<key>flags</key>\n\
                \t<integer>8590195713</integer>\n</dict>\n</plist>\n";
    [count.as_bytes(), message, list.as_bytes()].concat()
}

/// The copied text of Gmail's page "Show original": LF, no spaces at line ends.
pub fn show_original(message: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(message);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let value = |name: &str| {
        let mut values = lines.iter().filter_map(|line| line.strip_prefix(name));
        values.next_back().expect("the field").trim()
    };
    format!(
        "Original Message\n\nMessage ID\t{}\nCreated at:\t{} (Delivered after 1 second)\n\
         From:\t{}\nTo:\t{}\nSubject:\t{}\n\
         SPF:\tPASS with IP 54.240.8.50 Learn more\n\
         DKIM:\t'PASS' with domain example.com Learn more\n\
         DMARC:\t'PASS' Learn more\n\n\nDownload Original\n\nCopy to clipboard\n{}\n",
        value("Message-ID:"),
        value("Date:"),
        value("From:"),
        value("To:"),
        value("Subject:"),
        lines.join("\n")
    )
    .into_bytes()
}

/// With LF only at the ends of some header lines.
pub fn mixed_line_ends(message: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(message);
    text.replacen("\r\n", "\n", 5).into_bytes()
}

/// With a field at the top that has a CR without an LF after it.
pub fn bare_cr(message: &[u8]) -> Vec<u8> {
    [b"X-Checked: yes\rSubject: Another\r\n", message].concat()
}

/// Without its second half.
pub fn cut_off(message: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(message);
    let (header, body) = text.split_once("\r\n\r\n").expect("a body");
    format!("{header}\r\n\r\n{}", &body[..body.len() / 2]).into_bytes()
}

/// As Outlook saves it (.msg): the header, and the text in another form.
pub fn outlook_msg(message: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(message);
    let (header, body) = text.split_once("\r\n\r\n").expect("a body");
    let utf_16 = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    let mut file =
        cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()))
            .expect("writing to memory");
    for (name, octets) in [
        ("__properties_version1.0", vec![0; 32]),
        ("__substg1.0_001A001F", utf_16("IPM.Note")),
        ("__substg1.0_007D001F", utf_16(&format!("{header}\r\n\r\n"))),
        ("__substg1.0_1000001F", utf_16(body)),
    ] {
        let mut stream = file.create_stream(name).expect("a new name");
        stream.write_all(&octets).expect("writing to memory");
    }
    file.flush().expect("writing to memory");
    file.into_inner().into_inner()
}

/// Packed with gzip; stored, so every version of the packer gives the same bytes.
pub fn gzip(message: &[u8]) -> Vec<u8> {
    let mut packer = GzBuilder::new()
        .operating_system(255)
        .write(Vec::new(), Compression::none());
    packer.write_all(message).expect("writing to memory");
    packer.finish().expect("writing to memory")
}

/// Packed with Zstandard: one frame with one raw block (RFC 8878 §3.1.1).
pub fn zstd(message: &[u8]) -> Vec<u8> {
    const ONE_SEGMENT_SIZE_IN_FOUR_BYTES: u8 = 0xa0;
    const LAST_RAW: u32 = 1;
    assert!(message.len() < 128 << 10, "a block holds 128 kB");
    let size = u32::try_from(message.len()).expect("a small message");
    let mut out = b"\x28\xb5\x2f\xfd".to_vec();
    out.push(ONE_SEGMENT_SIZE_IN_FOUR_BYTES);
    out.extend(size.to_le_bytes());
    out.extend(&(LAST_RAW | size << 3).to_le_bytes()[..3]);
    out.extend(message);
    out
}

/// A message of example.net with `message` attached unchanged.
pub fn forwarded(message: &[u8]) -> Vec<u8> {
    written(&forwarding(&[message]))
}

/// A message of example.net with `message` attached as a base64 file.
pub fn forwarded_as_file(message: &[u8]) -> Vec<u8> {
    let head = "Content-Type: application/octet-stream; name=\"order.eml\"\r\n\
                Content-Disposition: attachment; filename=\"order.eml\"\r\n\
                Content-Transfer-Encoding: base64\r\n\r\n";
    let text = format!("{head}{}", base64_lines(message));
    written(&mixed(&[text.into_bytes()]))
}

/// A body with `messages` attached unchanged.
pub fn forwarding(messages: &[&[u8]]) -> Content {
    let head = b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n";
    let parts = messages.iter().map(|message| [&head[..], message].concat());
    mixed(&parts.collect::<Vec<_>>())
}

fn mixed(parts: &[Vec<u8>]) -> Content {
    let mut body = b"--=_forwarded\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n\
                     Is this mail really yours?\r\n\r\nA reader\r\n"
        .to_vec();
    for part in parts {
        body.extend_from_slice(b"\r\n--=_forwarded\r\n");
        body.extend_from_slice(part);
    }
    body.extend_from_slice(b"\r\n--=_forwarded--\r\n");
    Content {
        kind: "multipart/mixed; boundary=\"=_forwarded\"".into(),
        encoding: "8bit",
        body,
    }
}

fn written(content: &Content) -> Vec<u8> {
    let header = format!(
        "Return-Path: <reader@example.net>\r\n\
         Received: from mail.example.net (mail.example.net [192.0.2.25])\r\n\
         \tby mx.example.com with ESMTPS id 4711 for <support@example.com>;\r\n\
         \tWed, 1 Jul 2026 08:00:00 +0000\r\n\
         From: A reader <reader@example.net>\r\nTo: support@example.com\r\n\
         Subject: Fwd: a mail that looks like yours\r\n\
         Message-ID: <forwarded-1@example.net>\r\nDate: Wed, 1 Jul 2026 08:00:00 +0000\r\n\
         MIME-Version: 1.0\r\nContent-Type: {}\r\nContent-Transfer-Encoding: {}\r\n\r\n",
        content.kind, content.encoding
    );
    [header.as_bytes(), &content.body].concat()
}

/// As Outlook exports mail with several parts: each part rewritten in base64, with new boundaries.
pub fn exported_by_outlook(mail: &mut Mail) {
    const BOUNDARY: &str = "_000_MN0PR12MB6101A7C5E2F34B10MN0PR12MB6101namp_";
    let kind = mail.field("Content-Type");
    let old = kind
        .body()
        .split('"')
        .nth(1)
        .expect("a boundary")
        .to_owned();
    let new = format!("multipart/alternative;\r\n\tboundary=\"{BOUNDARY}\"");
    *kind = Field::new("Content-Type", &new);
    let text = String::from_utf8_lossy(&mail.body).into_owned();
    let delimiter = format!("--{old}");
    let part = |part: &str| {
        let (head, text) = part.split_once("\r\n\r\n").expect("a part");
        let head = head.replace("quoted-printable", "base64");
        format!("{head}\r\n\r\n{}\r\n", base64_lines(&unquoted(text)))
    };
    let parts = text.split(&delimiter).skip(1);
    let parts = parts.map(|text| match text.starts_with("--") {
        true => text.to_owned(),
        false => part(text),
    });
    mail.body = parts
        .map(|part| format!("--{BOUNDARY}{part}"))
        .collect::<String>()
        .into_bytes();
}

/// As Proton exports mail with one part: decrypted into a part of a new message, in base64.
pub fn exported_by_proton(mail: &mut Mail) {
    const BOUNDARY: &str = "---------------------5d2c0e8b1f7a4c9690b3e4d7a8f6c215";
    let kind = mail.field("Content-Type");
    let old = kind.0.clone();
    *kind = Field::new(
        "Content-Type",
        &format!("multipart/mixed;boundary={BOUNDARY}"),
    );
    let text = base64_lines(&mail.body);
    mail.body = format!(
        "--{BOUNDARY}\r\n{old}\r\nContent-Transfer-Encoding: base64\r\n\r\n{text}\r\n--{BOUNDARY}--\r\n"
    )
    .into_bytes();
    for (name, body) in [
        ("X-Pm-Origin", "external"),
        ("X-Pm-Content-Encryption", "on-delivery"),
        ("X-Pm-Spamscore", "0"),
    ] {
        mail.fields.push(Field::new(name, body));
    }
}

/// Decodes quoted-printable `text` (RFC 2045 §6.7).
fn unquoted(text: &str) -> Vec<u8> {
    let text = text.replace("=\r\n", "");
    let mut pieces = text.split('=');
    let mut out = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at(2);
        out.push(u8::from_str_radix(digits, 16).expect("two digits"));
        out.extend_from_slice(rest.as_bytes());
    }
    out
}

fn base64_lines(bytes: &[u8]) -> String {
    let digits = BASE64.encode(bytes);
    let lines = digits.as_bytes().chunks(76).map(String::from_utf8_lossy);
    lines.collect::<Vec<_>>().join("\r\n")
}
