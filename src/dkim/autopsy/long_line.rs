//! Lines that a server broke because they were too long, joined again (RFC 5322 §2.1.1).

use std::ops::Range;

use memchr::memchr;

/// What a server put where it broke a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// A line end.
    LineEnd,
    /// A line end and one character of white space.
    LineEndAndOne,
    /// A line end and white space.
    LineEndAndAll,
    /// A line end, with or without white space, instead of a space.
    InsteadOfSpace,
    /// `!`, a line end and a space, as Sendmail does.
    Sendmail,
}

/// All of them, likeliest first.
pub(super) const JOINTS: &[Joint] = &[
    Joint::LineEndAndOne,
    Joint::LineEnd,
    Joint::InsteadOfSpace,
    Joint::LineEndAndAll,
    Joint::Sendmail,
];

/// The places at which the longest lines of `text` were broken, each with what was there before;
/// `None` if all lines are short.
pub(super) fn joints(text: &[u8], joint: Joint) -> Option<Vec<(Range<usize>, Vec<u8>)>> {
    let longest = lines(text).map(|(_, line, _)| line.len()).max()?;
    if longest < SHORTEST {
        return None;
    }
    let mut joints = Vec::new();
    let mut open: Option<(usize, &[u8])> = None;
    for (start, line, end) in lines(text) {
        if let Some((from, with)) = open.take() {
            let rest = line.len() - joint.rest(line).len();
            joints.push((from..start + rest, with.to_vec()));
        }
        let is_last = start + line.len() + end.len() >= text.len();
        if is_last || line.len() + TOLERANCE < longest {
            continue;
        }
        let after = start + line.len();
        open = match joint {
            Joint::Sendmail if line.ends_with(b"!") => Some((after - 1, b"")),
            Joint::Sendmail => None,
            Joint::InsteadOfSpace => Some((after, b" ")),
            _ => Some((after, b"")),
        };
    }
    (!joints.is_empty()).then_some(joints)
}

/// A text whose broken lines are joined.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Joined {
    pub text: Vec<u8>,
    /// The length of the first broken line.
    pub octets: usize,
}

/// No server breaks shorter lines.
pub(super) const SHORTEST: usize = 500;

/// Lines that were broken at one length differ in it by what was put at the break.
const TOLERANCE: usize = 2;

/// Joins the longest lines of `text` to those after them; `None` if all lines are short.
pub(super) fn joined(text: &[u8], joint: Joint) -> Option<Joined> {
    let joints = joints(text, joint)?;
    let first = joints.first()?.0.start;
    let line = memchr::memrchr(b'\n', &text[..first]).map_or(0, |at| at + 1);
    let mut joined = Vec::with_capacity(text.len());
    let mut from = 0;
    for (at, with) in &joints {
        joined.extend_from_slice(&text[from..at.start]);
        joined.extend_from_slice(with);
        from = at.end;
    }
    joined.extend_from_slice(&text[from..]);
    Some(Joined {
        text: joined,
        octets: first - line,
    })
}

/// How long the next line of `rest` is, with its continuation lines, if the last line of `text` is
/// so long that it may be a part of it.
pub(super) fn follows(text: &[u8], rest: &[u8]) -> Option<usize> {
    let lengths = lines(text).map(|(_, line, _)| line.len());
    let (longest, last) =
        lengths.fold((0, 0), |(longest, _), length| (length.max(longest), length));
    if last < SHORTEST || last + TOLERANCE < longest {
        return None;
    }
    let mut more = lines(rest).map(|(start, line, end)| (start, line, line.len() + end.len()));
    let (_, _, length) = more.next().filter(|(_, line, _)| !line.is_empty())?;
    let continued = more.take_while(|(_, line, _)| matches!(line, [b' ' | b'\t', ..]));
    let end = continued.last();
    Some(end.map_or(length, |(start, _, length)| start + length))
}

impl Joint {
    /// A line that is joined to the one before, without what was put at the break.
    fn rest(self, line: &[u8]) -> &[u8] {
        match self {
            Self::LineEnd => line,
            Self::LineEndAndOne | Self::Sendmail => match line {
                [b' ' | b'\t', rest @ ..] => rest,
                line => line,
            },
            Self::LineEndAndAll | Self::InsteadOfSpace => {
                let blank = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
                &line[blank.count()..]
            }
        }
    }
}

/// Where each line begins, the line, and its end.
fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8], &[u8])> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let end = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let whole = &rest[..end];
        let line = whole.strip_suffix(b"\n").unwrap_or(whole);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let item = (start, line, &whole[line.len()..]);
        start += end;
        Some(item)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_broken_at_one_length_are_joined() {
        let long = "x".repeat(998);
        let last = "y".repeat(100);
        for (joint, between) in [
            (Joint::LineEnd, "\r\n"),
            (Joint::LineEndAndOne, "\r\n "),
            (Joint::LineEndAndAll, "\r\n\t "),
        ] {
            let text = format!("a\r\n{long}{between}{long}{between}{last}\r\nb\r\n");
            let joined = joined(text.as_bytes(), joint).unwrap();
            let whole = format!("a\r\n{long}{long}{last}\r\nb\r\n");
            assert_eq!(String::from_utf8(joined.text).unwrap(), whole, "{joint:?}");
            assert_eq!(joined.octets, 998);
        }
        let text = format!("{}!\n {last}\n", "x".repeat(989));
        let sendmail = joined(text.as_bytes(), Joint::Sendmail).unwrap();
        assert!(sendmail.text.ends_with(format!("x{last}\n").as_bytes()));
        assert_eq!(joined(b"a\r\n b\r\n", Joint::LineEnd), None);
    }
}
