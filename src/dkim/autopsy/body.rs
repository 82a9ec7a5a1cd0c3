//! Changes of a body, each undone in one pass.

use memchr::memchr;

use super::super::DkimSignature;
use super::super::canonical::{self, Canonicalization};
use super::{BodyChange, BodyDamage, Budget, line_at, long_line};
use crate::message::Message;

/// Looks for the change of the body after which its hash is no longer the signed one.
pub(in crate::dkim) fn search(
    message: &Message<'_>,
    signature: &DkimSignature,
    budget: &mut Budget,
) -> Option<BodyDamage> {
    let start = message.header.body?;
    let body = message.body()?;
    let (_, by) = signature.canonicalization?;
    let algorithm = signature.algorithm?;
    let fits = |body: &[u8], by, budget: &mut Budget| {
        if !budget.take(1, body.len()) {
            return false;
        }
        let hashes = canonical::body_hashes(body, by, algorithm.hash(), signature.length);
        hashes.digest(signature.length) == signature.body_hash
    };
    let damage = |change, at: usize, places| BodyDamage {
        change,
        line: line_at(message.bytes, start + at),
        places,
    };
    for (change, undo) in LINE_BY_LINE {
        if budget.take(0, body.len())
            && let Some(before) = undone(body, *undo)
            && fits(&before.body, by, budget)
        {
            return Some(damage(*change, before.first, before.places));
        }
    }
    for joint in long_line::JOINTS {
        if budget.take(0, body.len())
            && let Some(joined) = long_line::joined(body, *joint)
            && fits(&joined.text, by, budget)
        {
            let octets = joined.octets;
            let change = BodyChange::LineBroken { octets };
            return Some(damage(change, joined.first, joined.places));
        }
    }
    if by == Canonicalization::Simple && fits(body, Canonicalization::Relaxed, budget) {
        return Some(damage(BodyChange::WhiteSpaceAdded, 0, 1));
    }
    let rest = without_empty_lines(body);
    if rest.len() < body.len() && fits(rest, by, budget) {
        let places = body.len() - rest.len();
        return Some(damage(BodyChange::EmptyLinesAdded, 0, places));
    }
    if fits(&[b"\r\n", body].concat(), by, budget) {
        return Some(damage(BodyChange::EmptyLineLost, 0, 1));
    }
    if signature.length.is_none() && budget.take(1, body.len()) {
        let length = canonical::body_hashes(body, by, algorithm.hash(), None).length;
        let without = length.checked_sub(2)?;
        let hashes = canonical::body_hashes(body, by, algorithm.hash(), [without]);
        if hashes.digest(Some(without)) == signature.body_hash {
            return Some(damage(BodyChange::LineEndAdded, body.len(), 1));
        }
    }
    None
}

/// What a line was before the change, given the line without its LF and what follows it; `None` if
/// the change did not touch it.
type Undo = fn(&[u8]) -> Option<Vec<u8>>;

/// The changes that are seen line by line, likeliest first.
const LINE_BY_LINE: &[(BodyChange, Undo)] = &[
    (BodyChange::CrDoubled, |line| {
        line.ends_with(b"\r\r")
            .then(|| line[..line.len() - 1].to_vec())
    }),
    (BodyChange::BareCrSignedAsLineEnd, |line| {
        replaced_cr(line, b"\r\n")
    }),
    (BodyChange::BareCrAdded, |line| replaced_cr(line, b"")),
    (BodyChange::FromQuoted, |line| {
        let is_quoted = line.trim_ascii_start().len() == line.len()
            && line.first() == Some(&b'>')
            && unquoted(line).starts_with(b"From ");
        is_quoted.then(|| line[1..].to_vec())
    }),
    (BodyChange::DotAdded, |line| {
        line.starts_with(b"..").then(|| line[1..].to_vec())
    }),
    (BodyChange::SeparatorSpaceLost, |line| {
        match line.strip_suffix(b"\r").unwrap_or(line) {
            b"--" if line.len() > 2 => Some(b"-- \r".to_vec()),
            b"--" => Some(b"-- ".to_vec()),
            _ => None,
        }
    }),
    (BodyChange::FromUnquoted, |line| {
        line.starts_with(b"From ").then(|| [b">", line].concat())
    }),
    (BodyChange::DotLost, |line| {
        line.starts_with(b".").then(|| [b".", line].concat())
    }),
];

fn unquoted(mut line: &[u8]) -> &[u8] {
    while let [b'>', rest @ ..] = line {
        line = rest;
    }
    line
}

/// The line with each CR that is not part of its end replaced; `None` if there is none.
fn replaced_cr(line: &[u8], by: &[u8]) -> Option<Vec<u8>> {
    let (text, end) = match line {
        [text @ .., b'\r'] => (text, &b"\r"[..]),
        text => (text, &b""[..]),
    };
    memchr(b'\r', text)?;
    let pieces: Vec<&[u8]> = text.split(|byte| *byte == b'\r').collect();
    Some([&pieces.join(by), end].concat())
}

/// A body with a change undone.
struct Before {
    body: Vec<u8>,
    /// Where the first line is that the change touched.
    first: usize,
    /// How many lines it touched.
    places: usize,
}

/// The body before a change of lines; `None` if no line shows it.
fn undone(body: &[u8], undo: Undo) -> Option<Before> {
    let mut before: Option<Before> = None;
    let mut start = 0;
    let mut copied = 0;
    while start < body.len() {
        let end = memchr(b'\n', &body[start..]).map_or(body.len(), |at| start + at);
        let line = match &body[start..end] {
            // A CR at the end of the file may be a line end like any other.
            line if end == body.len() && line.ends_with(b"\r") => {
                let line = undo(&[line, b"\r"].concat());
                line.map(|line| line.strip_suffix(b"\r").unwrap_or(&line).to_vec())
            }
            line => undo(line),
        };
        if let Some(line) = line {
            let before = before.get_or_insert_with(|| Before {
                body: Vec::with_capacity(body.len() + 64),
                first: start,
                places: 0,
            });
            before.body.extend_from_slice(&body[copied..start]);
            before.body.extend_from_slice(&line);
            before.places += 1;
            copied = end;
        }
        start = end + 1;
    }
    before.map(|mut before| {
        before.body.extend_from_slice(&body[copied..]);
        before
    })
}

fn without_empty_lines(mut body: &[u8]) -> &[u8] {
    while let [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] = body {
        body = rest;
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(change: BodyChange, body: &[u8]) -> Option<(Vec<u8>, usize, usize)> {
        let (_, undo) = LINE_BY_LINE.iter().find(|(one, _)| *one == change)?;
        undone(body, *undo).map(|before| (before.body, before.first, before.places))
    }

    #[test]
    fn changes_of_lines_are_undone() {
        use BodyChange::{
            BareCrAdded, BareCrSignedAsLineEnd, CrDoubled, DotAdded, FromQuoted, FromUnquoted,
            SeparatorSpaceLost,
        };
        for (change, body, expected) in [
            (
                CrDoubled,
                &b"a\r\r\nb\r\n"[..],
                Some((&b"a\r\nb\r\n"[..], 0, 1)),
            ),
            (
                BareCrSignedAsLineEnd,
                b"a\rb\r\n",
                Some((b"a\r\nb\r\n", 0, 1)),
            ),
            (
                BareCrAdded,
                b"x\r\na\rb\rc\r\n",
                Some((b"x\r\nabc\r\n", 3, 1)),
            ),
            (BareCrAdded, b"a\r\nb\n", None),
            (
                FromQuoted,
                b"a\n>From b\n>>From c\n> From\n",
                Some((b"a\nFrom b\n>From c\n> From\n", 2, 2)),
            ),
            (FromUnquoted, b"From b\nb", Some((b">From b\nb", 0, 1))),
            (DotAdded, b"..\r\n.a\r\n..b", Some((b".\r\n.a\r\n.b", 0, 2))),
            (
                SeparatorSpaceLost,
                b"--\r\n--\n-- \n",
                Some((b"-- \r\n-- \n-- \n", 0, 2)),
            ),
        ] {
            let expected = expected.map(|(body, first, places)| (body.to_vec(), first, places));
            assert_eq!(before(change, body), expected, "{change:?} {body:?}");
        }
    }
}
