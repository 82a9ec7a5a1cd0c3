//! A text that was broken at other places than between words, made of the new text of what it was.

/// `now` made of `new`, which stands in place of `before`; `None` if they differ in more than white
/// space and in the `!` that Sendmail writes before a line end, or if `new` has another length.
pub(super) fn woven(now: &[u8], before: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    if before.len() != new.len() {
        return None;
    }
    let mut out = Vec::with_capacity(now.len());
    let mut pairs = before.iter().zip(new).peekable();
    for (at, byte) in now.iter().enumerate() {
        let is_joint = byte.is_ascii_whitespace() || now[at..].starts_with(b"!\r\n");
        if !is_joint {
            while pairs
                .next_if(|(old, _)| *old != byte && old.is_ascii_whitespace())
                .is_some()
            {}
        }
        match pairs.next_if(|(old, _)| *old == byte) {
            Some((_, new)) => out.push(*new),
            None if is_joint => out.push(*byte),
            None => return None,
        }
    }
    pairs
        .all(|(old, _)| old.is_ascii_whitespace())
        .then_some(out)
}

#[cfg(test)]
mod tests {
    use super::woven;

    #[test]
    fn what_was_broken_within_a_word_has_the_letters_of_the_whole_word() {
        let of = |now: &str| {
            let woven = woven(now.as_bytes(), b"one word more", b"eno drow erom");
            woven.map(|text| String::from_utf8(text).unwrap())
        };
        assert_eq!(
            of("one wo\r\n rd more").as_deref(),
            Some("eno dr\r\n ow erom")
        );
        assert_eq!(
            of("one wo!\r\n rd more\r\n").as_deref(),
            Some("eno dr!\r\n ow erom\r\n")
        );
        assert_eq!(of("one\r\nword more").as_deref(), Some("eno\r\ndrow erom"));
        assert_eq!(of("one wo\r\n rd less"), None);
        assert_eq!(of("one word"), None);
    }
}
