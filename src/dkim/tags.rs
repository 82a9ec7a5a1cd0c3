//! Tag lists: the `name=value; …` syntax of signatures and key records (RFC 6376 §3.2).

use std::collections::HashSet;
use std::ops::Range;

/// One tag of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// The name; case counts.
    pub name: &'a str,
    /// The value without its outer white space; folding inside it is kept.
    pub value: &'a [u8],
    /// From behind the `=` to the `;` or the end, white space included, within the list.
    pub span: Range<usize>,
}

/// Why a text is no tag list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TagError(pub String);

/// Reads a tag list. A name that stands twice makes the whole list invalid.
pub(crate) fn parse(list: &[u8]) -> Result<Vec<Tag<'_>>, TagError> {
    let mut tags: Vec<Tag<'_>> = Vec::new();
    let mut names = HashSet::new();
    let mut at = 0;
    for spec in list.split(|byte| *byte == b';') {
        let start = at;
        at += spec.len() + 1;
        if spec.trim_ascii().is_empty() {
            if at > list.len() && !tags.is_empty() {
                break;
            }
            return Err(TagError("there is nothing between two \";\"".into()));
        }
        let tag = tag(spec, start)?;
        if !names.insert(tag.name) {
            return Err(TagError(format!(
                "the tag {}= stands there twice",
                tag.name
            )));
        }
        tags.push(tag);
    }
    Ok(tags)
}

fn tag(spec: &[u8], start: usize) -> Result<Tag<'_>, TagError> {
    let Some(equals) = spec.iter().position(|byte| *byte == b'=') else {
        let text = String::from_utf8_lossy(spec.trim_ascii()).into_owned();
        return Err(TagError(format!("\"{}\" has no \"=\"", shortened(&text))));
    };
    let name = spec[..equals].trim_ascii();
    let is_name = name.first().is_some_and(u8::is_ascii_alphabetic)
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let name = match std::str::from_utf8(name) {
        Ok(name) if is_name => name,
        _ => {
            let text = String::from_utf8_lossy(name).into_owned();
            return Err(TagError(format!("\"{}\" is no tag name", shortened(&text))));
        }
    };
    let value = spec[equals + 1..].trim_ascii();
    // RFC 8616 §4 lets UTF-8 stand in values, so only control characters are refused.
    let control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    if value.iter().any(control) {
        return Err(TagError(format!(
            "the value of {name}= holds a control character"
        )));
    }
    Ok(Tag {
        name,
        value,
        span: start + equals + 1..start + spec.len(),
    })
}

/// `value` without any white space, as in base64 and number tags.
pub(crate) fn without_space(value: &[u8]) -> Vec<u8> {
    value
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect()
}

/// The parts of a colon-separated value, without outer white space.
pub(crate) fn colon_separated(value: &[u8]) -> impl Iterator<Item = String> {
    value
        .split(|byte| *byte == b':')
        .map(|part| String::from_utf8_lossy(part.trim_ascii()).into_owned())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_white_space_stands_anywhere_around_names_and_values() {
        let tags = parse(b" v = 1 ;\r\n\tb=ab\r\n cd ;").unwrap();
        assert_eq!(tags[0].name, "v");
        assert_eq!(tags[0].value, b"1");
        assert_eq!(tags[1].value, b"ab\r\n cd");
        assert_eq!(tags[1].span, 13..21);
    }

    #[test]
    fn an_empty_value_is_a_value() {
        assert_eq!(parse(b"p=").unwrap()[0].value, b"");
    }

    #[test]
    fn what_is_no_tag_list_is_refused_with_its_cause() {
        let cause = |list: &[u8]| parse(list).unwrap_err().0;
        assert_eq!(cause(b"v=1; v=1"), "the tag v= stands there twice");
        assert_eq!(cause(b"v=1;; a=b"), "there is nothing between two \";\"");
        assert_eq!(cause(b"; v=1"), "there is nothing between two \";\"");
        assert_eq!(cause(b"v=1; synerr"), "\"synerr\" has no \"=\"");
        assert_eq!(cause(b"1v=1"), "\"1v\" is no tag name");
        assert_eq!(
            cause(b"v=\x00"),
            "the value of v= holds a control character"
        );
    }
}
