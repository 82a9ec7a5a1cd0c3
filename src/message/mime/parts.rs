//! Where the parts of a multipart body begin and end (RFC 2046 §5.1).

use std::ops::Range;

use memchr::memmem::Finder;

use crate::message::header::line_end;

/// The parts of a multipart body, including their headers, and whether the closing boundary is there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::message) struct Parts {
    pub spans: Vec<Range<usize>>,
    pub closed: bool,
}

/// The parts of the multipart body at `body` in `bytes`, at most `limit` of them. Text before the
/// first boundary and after the last one is not a part.
pub(in crate::message) fn parts(
    bytes: &[u8],
    body: Range<usize>,
    boundary: &str,
    limit: usize,
) -> Parts {
    let mut parts = Parts::default();
    let mut start = None;
    for delimiter in delimiters(&bytes[body.clone()], boundary) {
        if let Some(start) = start.take() {
            let part = start..(body.start + delimiter.span.start).max(start);
            parts.spans.push(part);
        }
        if delimiter.closes {
            parts.closed = true;
            return parts;
        }
        if parts.spans.len() < limit {
            start = Some(body.start + delimiter.span.end);
        }
    }
    parts.spans.extend(start.map(|start| start..body.end));
    parts
}

/// A boundary line, including the line end before it, which is part of it (RFC 2046 §5.1.1).
pub(super) struct Delimiter {
    pub span: Range<usize>,
    pub closes: bool,
}

pub(super) fn delimiters(body: &[u8], boundary: &str) -> impl Iterator<Item = Delimiter> {
    let line = format!("--{boundary}");
    let length = line.len();
    let finder = Finder::new(line.as_bytes()).into_owned();
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + finder.find(&body[from..])?;
            from = at + length;
            let before = match &body[..at] {
                [] => 0,
                [.., b'\r', b'\n'] => at - 2,
                [.., b'\n'] => at - 1,
                _ => continue,
            };
            let end = line_end(body, at);
            let rest = body[from..end].trim_ascii();
            if rest.is_empty() || rest == b"--" {
                from = end;
                let span = before..end;
                return Some(Delimiter {
                    span,
                    closes: !rest.is_empty(),
                });
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_between_boundaries_without_the_line_ends_before_them() {
        let bytes = b"before\r\n--b\r\none\r\n--b \r\ntwo\n\r\n--bc\r\n--b--\r\nafter";
        let parts: Vec<&[u8]> = parts(bytes, 0..bytes.len(), "b", 10)
            .spans
            .into_iter()
            .map(|part| &bytes[part])
            .collect();
        assert_eq!(parts, [&b"one"[..], b"two\n\r\n--bc"]);
    }

    #[test]
    fn a_part_that_nothing_closes_goes_to_the_end() {
        let bytes = b"--b\none";
        let found = parts(bytes, 0..7, "b", 10);
        assert_eq!((found.spans.first(), found.closed), (Some(&(4..7)), false));
        let found = parts(b"--b\n--b\n--b--", 0..13, "b", 10);
        assert_eq!((&found.spans[..], found.closed), (&[4..4, 8..8][..], true));
        let found = parts(b"--b\n1\n--b\n2\n--b\n3\n--b--", 0..23, "b", 2);
        assert_eq!((found.spans.len(), found.closed), (2, true));
    }
}
