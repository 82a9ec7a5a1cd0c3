//! Folding of header fields as servers and signers do it (RFC 5322 §2.2.3).

/// Where a field is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    /// Where it is.
    AsIs,
    /// Where it is, with this white space after each line end.
    With(&'static [u8]),
    /// Without those folds whose bits are set, the first being the lowest.
    WithoutSome(u16),
    /// At each tab.
    AtTabs,
    /// After each `;`, or each `,`.
    After(u8, u8),
    /// After those `;` and `,` whose bits are set, the first being the lowest.
    AfterSome(u16, u8),
    /// At the space with this number, from 0.
    AtSpace(usize, u8),
    /// Where a line would be longer than `width`.
    Greedy {
        width: usize,
        /// Only after `;` and `,`.
        at_lists: bool,
        /// Whether the value of `b=` counts, which a signer adds later.
        counts_signature: bool,
        space: u8,
    },
}

/// The length of a value of `b=` on one line.
const SIGNATURE: usize = 64;

impl Fold {
    /// Folds `text`, which follows `head` octets on its line; `None` if it cannot be folded so.
    pub(super) fn apply(self, text: &[u8], head: usize) -> Option<Vec<u8>> {
        match self {
            Self::AsIs => Some(text.to_vec()),
            Self::With(space) => refolded(text, space),
            Self::WithoutSome(mask) => without_some(text, mask),
            Self::AtTabs => {
                let inner = text.trim_ascii_start();
                let lead = text.len() - inner.len();
                inner.contains(&b'\t').then(|| {
                    let pieces: Vec<&[u8]> = inner.split(|byte| *byte == b'\t').collect();
                    [&text[..lead], &pieces.join(&b"\r\n\t"[..])].concat()
                })
            }
            Self::After(mark, space) => {
                let mut out = Vec::with_capacity(text.len() + 32);
                let mut at = 0;
                while at < text.len() {
                    if text[at] == b' ' && at > 0 && text[at - 1] == mark {
                        out.extend_from_slice(&[b'\r', b'\n', space]);
                    } else {
                        out.push(text[at]);
                    }
                    at += 1;
                }
                (out.len() > text.len()).then_some(out)
            }
            Self::AfterSome(mask, space) => {
                let mut pieces = pieces(text, true).into_iter();
                let mut out = pieces.next()?.to_vec();
                let mut mask = mask;
                for piece in pieces {
                    match mask & 1 == 1 {
                        true => out.extend_from_slice(&[b'\r', b'\n', space]),
                        false => out.push(b' '),
                    }
                    out.extend_from_slice(piece);
                    mask >>= 1;
                }
                // What is left are places that the text does not have.
                (mask == 0).then_some(out)
            }
            Self::AtSpace(number, space) => {
                let spaces = text.iter().enumerate().skip(1);
                let mut spaces = spaces.filter(|(_, byte)| **byte == b' ');
                let (at, _) = spaces.nth(number)?;
                Some([&text[..at], &[b'\r', b'\n', space], &text[at + 1..]].concat())
            }
            Self::Greedy {
                width,
                at_lists,
                counts_signature,
                space,
            } => {
                if head + text.len() + SIGNATURE <= width {
                    return None;
                }
                let mut out = Vec::with_capacity(text.len() + 32);
                let mut length = head;
                for piece in pieces(text, at_lists) {
                    let more = match piece.starts_with(b"b=") && counts_signature {
                        true => SIGNATURE,
                        false => 0,
                    };
                    if out.is_empty() {
                        out.extend_from_slice(piece);
                        length += piece.len();
                    } else if length + 1 + piece.len() + more > width && out != b" " {
                        out.extend_from_slice(&[b'\r', b'\n', space]);
                        out.extend_from_slice(piece);
                        length = 1 + piece.len();
                    } else {
                        out.push(b' ');
                        out.extend_from_slice(piece);
                        length += 1 + piece.len();
                    }
                }
                Some(out)
            }
        }
    }
}

/// The pieces of a text between spaces, the leading one with the first piece.
fn pieces(text: &[u8], at_lists: bool) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, byte) in text.iter().enumerate().skip(1) {
        let is_place = !at_lists || matches!(text[at - 1], b';' | b',');
        if *byte == b' ' && is_place {
            pieces.push(&text[start..at]);
            start = at + 1;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// The text with this white space after each line end; `None` if it is not folded.
fn refolded(text: &[u8], space: &[u8]) -> Option<Vec<u8>> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let mut out = lines.next()?.to_vec();
    let mut is_folded = false;
    for line in lines {
        is_folded = true;
        out.push(b'\n');
        out.extend_from_slice(space);
        let blank = line.iter().take_while(|byte| is_blank(**byte)).count();
        out.extend_from_slice(&line[blank..]);
    }
    is_folded.then_some(out)
}

/// The text without some of its line ends; the white space after them stays. `None` if it has not so
/// many.
fn without_some(text: &[u8], mask: u16) -> Option<Vec<u8>> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let mut out = lines.next()?.to_vec();
    let mut mask = mask;
    for line in lines {
        match mask & 1 == 1 {
            true => out.truncate(out.strip_suffix(b"\r").map_or(out.len(), <[u8]>::len)),
            false => out.push(b'\n'),
        }
        out.extend_from_slice(line);
        mask >>= 1;
    }
    (mask == 0).then_some(out)
}

/// Where a text is folded: after how many characters other than white space.
pub(super) fn places(text: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut count = 0;
    for byte in text {
        match byte {
            b'\n' => places.push(count),
            b' ' | b'\t' | b'\r' => (),
            _ => count += 1,
        }
    }
    places
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
