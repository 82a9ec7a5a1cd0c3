//! Parameters of a header field such as Content-Type (RFC 2045 §5.1), as they are written.

/// The text between semicolons outside quotation marks; the last is left out if it is empty.
pub(super) fn pieces(text: &[u8]) -> Vec<&[u8]> {
    let mut quoted = false;
    let mut pieces: Vec<&[u8]> = text
        .split(|byte| {
            quoted ^= *byte == b'"';
            *byte == b';' && !quoted
        })
        .collect();
    if pieces
        .last()
        .is_some_and(|last| last.trim_ascii().is_empty())
    {
        pieces.pop();
    }
    pieces
}
