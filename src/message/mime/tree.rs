//! The parts of a body and the parts within them (RFC 2046 §5.1).

use std::ops::Range;

use super::Entity;
use super::parts::delimiters;
use crate::Limits;
use crate::message::{Header, Reading};

/// A part, or the whole body. Spans are positions in the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// What its header says. In a digest, a part that gives no type has the type `message/rfc822`
    /// (RFC 2046 §5.1.5).
    pub entity: Entity,
    /// Its header fields and the empty line after them, if there is one. The content follows.
    pub header: Range<usize>,
    /// Its content, still encoded, without the line end that belongs to the delimiter after it.
    pub body: Range<usize>,
    /// What is in a multipart; `None` for any other type, if its boundary is not in it, or if it is
    /// beyond the limits.
    pub multipart: Option<Multipart>,
}

/// The content of a multipart, without gaps: preamble, delimiter, part, delimiter, …, epilogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Multipart {
    /// What is before the first delimiter.
    pub preamble: Range<usize>,
    /// The boundary lines: each with the line end before it, unless the delimiter above has that,
    /// and with its own. If there is an epilogue, the last one closes.
    pub delimiters: Vec<Range<usize>>,
    /// The parts, each after one delimiter.
    pub parts: Vec<Part>,
    /// What is after the closing boundary line; `None` if there is no such line.
    pub epilogue: Option<Range<usize>>,
}

/// The tree of a body whose header said `entity`. An attached message is a leaf.
pub(crate) fn tree(body: &[u8], entity: &Entity, limits: &Limits) -> Part {
    let mut walk = Walk {
        bytes: body,
        limits,
        left: limits.mime_parts,
    };
    walk.part(entity.clone(), 0..0, 0..body.len(), 0)
}

impl Part {
    /// The parts that are no multipart, in order. A body without parts is one itself.
    pub fn leaves(&self) -> impl Iterator<Item = &Part> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            loop {
                let part = open.pop()?;
                match &part.multipart {
                    Some(multipart) => open.extend(multipart.parts.iter().rev()),
                    None => return Some(part),
                }
            }
        })
    }

    /// Whether it is text, which a part without a type is (RFC 2045 §5.2).
    pub fn is_text(&self) -> bool {
        self.entity.kind.is_empty() || self.entity.kind.starts_with("text/")
    }
}

struct Walk<'a> {
    bytes: &'a [u8],
    limits: &'a Limits,
    /// How many parts there may still be.
    left: usize,
}

impl Walk<'_> {
    /// A part at this depth. Each level reads its bytes once.
    fn part(
        &mut self,
        entity: Entity,
        header: Range<usize>,
        body: Range<usize>,
        depth: usize,
    ) -> Part {
        let multipart = match &entity.boundary {
            Some(boundary) if depth < self.limits.mime_depth => {
                let is_digest = entity.kind == "multipart/digest";
                self.multipart(body.clone(), boundary, is_digest, depth)
            }
            _ => None,
        };
        Part {
            entity,
            header,
            body,
            multipart,
        }
    }

    fn multipart(
        &mut self,
        body: Range<usize>,
        boundary: &str,
        is_digest: bool,
        depth: usize,
    ) -> Option<Multipart> {
        let mut lines: Vec<Range<usize>> = Vec::new();
        let mut epilogue = None;
        for delimiter in delimiters(&self.bytes[body.clone()], boundary) {
            let above = lines.last().map_or(body.start, |line| line.end);
            let start = (body.start + delimiter.span.start).max(above);
            let end = body.start + delimiter.span.end;
            lines.push(start..end);
            if delimiter.closes {
                epilogue = Some(end..body.end);
                break;
            }
            self.left = self.left.checked_sub(1)?;
        }
        let first = lines.first()?.start;
        let ends = lines.iter().skip(1).map(|line| line.start);
        let ends = ends.chain(epilogue.is_none().then_some(body.end));
        let spans = lines.iter().map(|line| line.end).zip(ends);
        let parts = spans.map(|(start, end)| self.child(start..end, is_digest, depth + 1));
        Some(Multipart {
            preamble: body.start..first,
            parts: parts.collect(),
            delimiters: lines.clone(),
            epilogue,
        })
    }

    /// A part with its own header. A line that is no field begins its content.
    fn child(&mut self, span: Range<usize>, is_digest: bool, depth: usize) -> Part {
        let bytes = &self.bytes[..span.end];
        let most = self.limits.header_fields;
        let header = Header::parse(bytes, span.start, most, Reading::AsDelivered);
        let mut entity = Entity::of(&header);
        if is_digest && entity.kind.is_empty() {
            entity.kind = "message/rfc822".into();
        }
        let body = header.body.unwrap_or(span.end);
        self.part(entity, span.start..body, body..span.end, depth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn multipart(boundary: &str) -> Entity {
        Entity {
            kind: "multipart/mixed".into(),
            boundary: Some(boundary.into()),
            ..Entity::default()
        }
    }

    fn read(body: &str) -> Part {
        tree(body.as_bytes(), &multipart("b"), &Limits::default())
    }

    /// What covers a part, in order, by one letter for each kind.
    fn outline<'a>(part: &Part, body: &'a str, out: &mut Vec<(char, &'a str)>) {
        let mut push = |kind, span: &Range<usize>| out.push((kind, &body[span.clone()]));
        push('h', &part.header);
        let Some(multipart) = &part.multipart else {
            push('b', &part.body);
            return;
        };
        push('p', &multipart.preamble);
        let mut parts = multipart.parts.iter();
        for delimiter in &multipart.delimiters {
            out.push(('d', &body[delimiter.clone()]));
            if let Some(part) = parts.next() {
                outline(part, body, out);
            }
        }
        if let Some(epilogue) = &multipart.epilogue {
            out.push(('e', &body[epilogue.clone()]));
        }
    }

    fn outlined(body: &str) -> Vec<(char, &str)> {
        let mut out = Vec::new();
        outline(&read(body), body, &mut out);
        out.retain(|(_, text)| !text.is_empty());
        out
    }

    #[test]
    fn a_multipart_is_preamble_delimiters_parts_epilogue() {
        let body = "pre\r\n--b\r\nA: 1\r\n\r\none\r\n--b \t\r\n\r\ntwo\r\n\r\n--b--\r\npost\r\n";
        let expected = [
            ('p', "pre"),
            ('d', "\r\n--b\r\n"),
            ('h', "A: 1\r\n\r\n"),
            ('b', "one"),
            ('d', "\r\n--b \t\r\n"),
            ('h', "\r\n"),
            ('b', "two\r\n"),
            ('d', "\r\n--b--\r\n"),
            ('e', "post\r\n"),
        ];
        assert_eq!(outlined(body), expected);
        let unix = body.replace('\r', "");
        let of_unix: Vec<_> = outlined(&unix).into_iter().collect();
        let expected: Vec<_> = expected
            .map(|(kind, text)| (kind, text.replace('\r', "")))
            .into();
        let of_unix: Vec<_> = of_unix
            .into_iter()
            .map(|(kind, text)| (kind, text.to_owned()))
            .collect();
        assert_eq!(of_unix, expected);
    }

    #[test]
    fn a_missing_closing_boundary_leaves_no_epilogue() {
        let part = read("--b\n\none\n");
        let multipart = part.multipart.unwrap();
        assert_eq!(multipart.epilogue, None);
        assert_eq!(multipart.delimiters.first(), Some(&(0..4)));
        assert_eq!(multipart.parts[0].body, 5..9);
        let closed = read("--b--").multipart.unwrap();
        assert_eq!((closed.parts.len(), closed.epilogue), (0, Some(5..5)));
        assert_eq!(read("no boundary\n--bc\n --b\n").multipart, None);
    }

    #[test]
    fn delimiters_in_a_row_share_no_line_end() {
        let multipart = read("--b\r\n--b\r\n--b--").multipart.unwrap();
        assert_eq!(multipart.delimiters, [0..5, 5..10, 10..15]);
        let bodies: Vec<_> = multipart
            .parts
            .iter()
            .map(|part| part.body.clone())
            .collect();
        assert_eq!(bodies, [5..5, 10..10]);
    }

    #[test]
    fn a_part_needs_no_empty_line() {
        let expected = [
            ('d', "--b\n"),
            ('b', "text: no\nnot a field"),
            ('d', "\n--b\n"),
            ('h', "A: 1\n"),
            ('d', "\n--b--"),
        ];
        let body = "--b\ntext: no\nnot a field\n--b\nA: 1\n\n--b--";
        let found = outlined(body);
        // "text: no" is a field; the line after it is not.
        assert_eq!(found[1], ('h', "text: no\n"));
        assert_eq!(found[2], ('b', "not a field"));
        assert_eq!(found[3..], expected[2..]);
    }

    #[test]
    fn parts_are_found_within_parts() {
        let body = "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nx\n--c\n\
            Content-Type: text/HTML\n\ny\n--b\nContent-Type: message/rfc822\n\n\
            Content-Type: multipart/mixed; boundary=d\n\n--d\n\nz\n--d--\n--b--\n";
        let tree = read(body);
        let leaves: Vec<_> = tree.leaves().map(|part| &body[part.body.clone()]).collect();
        assert_eq!(leaves.len(), 3);
        assert_eq!(leaves[..2], ["x", "y"]);
        let texts: Vec<bool> = tree.leaves().map(Part::is_text).collect();
        assert_eq!(texts, [true, true, false]);
        let inner = &tree.multipart.as_ref().unwrap().parts[0];
        assert_eq!(inner.multipart.as_ref().unwrap().epilogue, None);
    }

    #[test]
    fn parts_of_a_digest_are_messages() {
        let digest = Entity {
            kind: "multipart/digest".into(),
            ..multipart("b")
        };
        let tree = tree(b"--b\n\nFrom: a\n\nx\n--b--", &digest, &Limits::default());
        assert!(
            tree.leaves()
                .all(|part| part.entity.kind == "message/rfc822")
        );
    }

    #[test]
    fn a_body_without_parts_is_a_leaf() {
        let tree = tree(b"--b\n", &Entity::default(), &Limits::default());
        assert_eq!((tree.header.clone(), tree.body.clone()), (0..0, 0..4));
        assert!(tree.is_text() && tree.leaves().count() == 1);
    }

    #[test]
    fn what_is_beyond_the_limits_is_a_leaf() {
        let limits = Limits {
            mime_depth: 2,
            mime_parts: 3,
            ..Limits::default()
        };
        let nested = "--b\nContent-Type: multipart/mixed; boundary=b\n\n".repeat(9);
        let many = "--b\n\nx\n".repeat(4);
        for body in [nested, many] {
            let tree = tree(body.as_bytes(), &multipart("b"), &limits);
            assert!(tree.leaves().count() <= 3);
        }
        let three = tree("--b\n\nx\n".repeat(3).as_bytes(), &multipart("b"), &limits);
        assert_eq!(three.leaves().count(), 3);
    }

    /// This test would not end if nested or unclosed boundaries took more than depth times length.
    #[test]
    fn hostile_bodies_take_linear_time() {
        let limits = Limits::default();
        let mut nested = String::new();
        for number in 0..50_000 {
            nested += &format!(
                "--b{number}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n",
                number + 1
            );
        }
        for body in [
            nested,
            "--b0\r\n".repeat(500_000),
            "--b0".repeat(700_000),
            "\r\n--b0 x".repeat(300_000),
            "--b0\r\nA: b\r\n c\r\n".repeat(100_000),
        ] {
            let tree = tree(body.as_bytes(), &multipart("b0"), &limits);
            assert!(tree.leaves().count() <= limits.mime_parts);
        }
    }

    fn pieces() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            8 => proptest::sample::select(&[
                "--b", "--c", "--b--", "--c--", "--", "-", "\r\n", "\n", "\r", " ", "b", "text",
                "Content-Type: multipart/mixed; boundary=c\r\n\r\n",
                "Content-Type: multipart/digest;\n boundary=\"b\"\n\n",
                "Content-Type: message/rfc822\n\n",
            ][..]).prop_map(|piece| piece.as_bytes().to_vec()),
            1 => proptest::collection::vec(any::<u8>(), 1..4),
        ];
        proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    /// The end of a part that begins at `at`, if its spans follow one another to there.
    fn covered(part: &Part, at: usize) -> Option<usize> {
        let step = |at: usize, span: &Range<usize>| {
            (span.start == at && span.end >= at).then_some(span.end)
        };
        let start = step(at, &part.header)?;
        let end = step(start, &part.body)?;
        let Some(multipart) = &part.multipart else {
            return Some(end);
        };
        let is_closed = usize::from(multipart.epilogue.is_some());
        if multipart.delimiters.len() != multipart.parts.len() + is_closed {
            return None;
        }
        let mut at = step(start, &multipart.preamble)?;
        let mut parts = multipart.parts.iter();
        for delimiter in &multipart.delimiters {
            at = step(at, delimiter)?;
            if let Some(part) = parts.next() {
                at = covered(part, at)?;
            }
        }
        if let Some(epilogue) = &multipart.epilogue {
            at = step(at, epilogue)?;
        }
        (at == end).then_some(end)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn spans_of_any_body_follow_one_another(body in pieces(), parts in 0_usize..9, depth in 0_usize..5) {
            let limits = Limits { mime_parts: parts, mime_depth: depth, ..Limits::default() };
            let tree = tree(&body, &multipart("b"), &limits);
            prop_assert_eq!(covered(&tree, 0), Some(body.len()), "{:?}", tree);
        }
    }
}
