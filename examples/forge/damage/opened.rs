//! A message taken apart as mail software does it: fields, parts, and the text in them.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::super::mail::{Field, Mail};

/// The message in `bytes`, or the part of one.
pub fn open(bytes: &[u8]) -> Mail {
    let mut fields: Vec<Field> = Vec::new();
    let mut rest = bytes;
    loop {
        let end = position(rest, b"\r\n").unwrap_or(rest.len());
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        rest = rest.get(end + 2..).unwrap_or_default();
        match fields.last_mut() {
            _ if line.is_empty() => break,
            Some(field) if line.starts_with([' ', '\t']) => {
                field.0.push_str("\r\n");
                field.0.push_str(&line);
            }
            _ => fields.push(Field(line)),
        }
    }
    Mail {
        fields,
        body: rest.to_vec(),
    }
}

/// Where `sought` begins in `bytes`.
pub fn position(bytes: &[u8], sought: &[u8]) -> Option<usize> {
    bytes.windows(sought.len()).position(|at| at == sought)
}

/// Where the topmost field with this name is.
pub fn find(mail: &Mail, name: &str) -> Option<usize> {
    mail.fields.iter().position(|field| field.is(name))
}

/// The value of the topmost field with this name, unfolded.
pub fn value(mail: &Mail, name: &str) -> Option<String> {
    find(mail, name).map(|at| unfolded(mail.fields[at].body()))
}

/// `text` without folding, and without white space around it.
pub fn unfolded(text: &str) -> String {
    text.replace("\r\n", "").trim().to_owned()
}

/// Gives the topmost field with this name another value.
pub fn set(mail: &mut Mail, name: &str, value: &str) -> Option<()> {
    let at = find(mail, name)?;
    let written = mail.fields[at].name().to_owned();
    mail.fields[at] = Field::new(&written, value);
    Some(())
}

/// The names in `h=` of the first signature, in lower case.
pub fn signed(mail: &Mail) -> Vec<String> {
    let field = value(mail, "DKIM-Signature").unwrap_or_default();
    let list = field
        .split(';')
        .find_map(|tag| tag.trim().strip_prefix("h="));
    let names = list.unwrap_or_default().split(':');
    names.map(|name| name.trim().to_ascii_lowercase()).collect()
}

/// Whether the first signature covers fields with this name.
pub fn is_signed(mail: &Mail, name: &str) -> bool {
    signed(mail)
        .iter()
        .any(|signed| signed.eq_ignore_ascii_case(name))
}

/// The addresses of a list, each with its name.
pub fn addresses(list: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quoted = false;
    for char in list.chars() {
        quoted ^= char == '"';
        match char {
            ',' if !quoted => found.push(String::new()),
            _ => found.last_mut().expect("it is never empty").push(char),
        }
    }
    found
        .iter()
        .map(|address| address.trim().to_owned())
        .collect()
}

/// The address in angle brackets, or the whole.
pub fn bare_address(mailbox: &str) -> &str {
    match mailbox.rsplit_once('<') {
        Some((_, rest)) => rest.trim_end_matches('>'),
        None => mailbox,
    }
}

/// A mailbox's name without quotes; its address if it has none.
pub fn display_name(mailbox: &str) -> &str {
    match mailbox.rsplit_once('<') {
        Some((name, _)) => name.trim().trim_matches('"'),
        None => mailbox,
    }
}

/// The media type, in lower case.
pub fn media(mail: &Mail) -> String {
    let kind = value(mail, "Content-Type").unwrap_or("text/plain".to_owned());
    let kind = kind.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

/// A parameter of Content-Type.
pub fn parameter(mail: &Mail, name: &str) -> Option<String> {
    let kind = value(mail, "Content-Type")?;
    kind.split(';').skip(1).find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        let wanted = key.trim().eq_ignore_ascii_case(name);
        wanted.then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// The boundary of a multipart.
pub fn boundary(mail: &Mail) -> Option<String> {
    parameter(mail, "boundary").filter(|_| media(mail).starts_with("multipart/"))
}

/// The transfer encoding, in lower case.
pub fn transfer_encoding(mail: &Mail) -> String {
    let encoding = value(mail, "Content-Transfer-Encoding");
    encoding.unwrap_or("7bit".to_owned()).to_ascii_lowercase()
}

/// Whether it is a text, and no attached one.
pub fn is_text(mail: &Mail) -> bool {
    let attached = value(mail, "Content-Disposition");
    media(mail).starts_with("text/") && !attached.is_some_and(|it| it.starts_with("attach"))
}

/// Where the parts of a multipart are in its body, without the line end that belongs to the
/// boundary below (RFC 2046 §5.1.1), and where the closing boundary ends.
pub fn parts(body: &[u8], boundary: &str) -> (Vec<Range<usize>>, usize) {
    let delimiter = format!("--{boundary}");
    let closing = format!("--{boundary}--");
    let mut parts = Vec::new();
    let mut from = None;
    let mut at = 0;
    for line in body.split_inclusive(|&byte| byte == b'\n') {
        let text = line.trim_ascii_end();
        if text == delimiter.as_bytes() || text == closing.as_bytes() {
            parts.extend(from.map(|from| from..(at.max(from + 2) - 2)));
            from = Some(at + line.len());
        }
        at += line.len();
        if text == closing.as_bytes() {
            return (parts, at);
        }
    }
    (parts, at)
}

/// Calls `change` for each part that has no parts; for the message itself if it has none.
pub fn each_leaf(mail: &mut Mail, change: &mut dyn FnMut(&mut Mail)) {
    let Some(boundary) = boundary(mail) else {
        return change(mail);
    };
    for range in parts(&mail.body, &boundary).0.into_iter().rev() {
        let mut part = open(&mail.body[range.clone()]);
        each_leaf(&mut part, change);
        mail.body.splice(range, part.bytes()).for_each(drop);
    }
}

/// Calls `change` with the decoded text of each text part, and encodes what it makes of it as it
/// was. `change` gives the media type.
pub fn each_text(mail: &mut Mail, change: &mut dyn FnMut(&str, String) -> String) {
    each_leaf(mail, &mut |leaf| {
        if is_text(leaf) {
            edit_text(leaf, change);
        }
    });
}

/// The same for one part.
pub fn edit_text(leaf: &mut Mail, change: &mut dyn FnMut(&str, String) -> String) {
    let encoding = transfer_encoding(leaf);
    let octets = decode(&encoding, &leaf.body);
    let Ok(text) = String::from_utf8(octets) else {
        return;
    };
    let changed = change(&media(leaf), text.clone());
    if changed != text {
        leaf.body = encode(&encoding, changed.as_bytes());
    }
}

/// The octets behind a transfer encoding.
pub fn decode(encoding: &str, body: &[u8]) -> Vec<u8> {
    match encoding {
        "base64" => {
            let mut text = body.to_vec();
            text.retain(|byte| !byte.is_ascii_whitespace());
            BASE64.decode(text).expect("the base64 of the forge")
        }
        "quoted-printable" => unquoted(body),
        _ => body.to_vec(),
    }
}

/// Octets in a transfer encoding.
pub fn encode(encoding: &str, octets: &[u8]) -> Vec<u8> {
    match encoding {
        "base64" => in_lines(&BASE64.encode(octets), 76),
        "quoted-printable" => quoted(octets, 76, b""),
        _ => octets.to_vec(),
    }
}

/// `text` in lines of this width.
pub fn in_lines(text: &str, width: usize) -> Vec<u8> {
    let lines = text.as_bytes().chunks(width);
    lines.flat_map(|line| [line, b"\r\n"].concat()).collect()
}

/// Quoted-printable (RFC 2045 §6.7) in lines of at most `width`; `also` is encoded too.
pub fn quoted(octets: &[u8], width: usize, also: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len() * 5 / 4);
    let mut column = 0;
    for (index, &byte) in octets.iter().enumerate() {
        let next = octets.get(index + 1);
        let line_end = matches!((byte, next), (b'\r', Some(b'\n')) | (b'\n', _));
        if line_end {
            out.push(byte);
            column = 0;
            continue;
        }
        let ends_line = matches!(next, Some(b'\r') | None);
        let plain = match byte {
            b' ' | b'\t' => !ends_line,
            b'=' => false,
            b'!'..=b'~' => true,
            _ => false,
        };
        let token = match plain && !also.contains(&byte) {
            true => vec![byte],
            false => format!("={byte:02X}").into_bytes(),
        };
        let room = if ends_line { width } else { width - 1 };
        if column + token.len() > room {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        column += token.len();
        out.extend(token);
    }
    out
}

/// The octets behind quoted-printable.
pub fn unquoted(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        let digits = body.get(at + 1..at + 3).unwrap_or_default();
        let octet = std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (body[at], octet) {
            (b'=', _) if digits == b"\r\n" => at += 3,
            (b'=', Some(octet)) => {
                out.push(octet);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// `body` with `change` made to each of its lines, which come without their line ends.
pub fn by_line(body: &[u8], change: &mut dyn FnMut(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 64);
    for line in body.split_inclusive(|&byte| byte == b'\n') {
        let text = line.strip_suffix(b"\r\n").unwrap_or(line);
        out.extend(change(text));
        out.extend_from_slice(&line[text.len()..]);
    }
    out
}
