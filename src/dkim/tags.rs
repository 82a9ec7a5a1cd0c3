//! Tag lists: the `name=value; …` syntax of signatures and key records (RFC 6376 §3.2).

use std::ops::Range;

use foldhash::{HashSet, HashSetExt};
use memchr::memchr;
use schemars::JsonSchema;
use serde::Serialize;

use super::fault::Excerpt;

/// One tag of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// The name; it is case-sensitive.
    pub name: &'a str,
    /// The value without white space at either end; folding inside it is kept.
    pub value: &'a [u8],
    /// The position in the list of everything between `=` and `;` (or the end), with white space.
    pub span: Range<usize>,
}

/// Why a text is not a tag list.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct TagListFault {
    /// The octet at which the invalid part of the list begins.
    pub at: usize,
    /// What is wrong with it.
    pub problem: TagProblem,
}

/// What is wrong with a part of a tag list.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TagProblem {
    /// It is empty.
    Nothing,
    /// Its name is already in the list.
    Repeated {
        /// The name.
        tag: String,
    },
    /// It has no `=`.
    NoEqualsSign {
        /// The text.
        text: Excerpt,
    },
    /// The text before the `=` is not a tag name.
    NotAName {
        /// The text.
        text: Excerpt,
    },
    /// Its value contains a control character.
    ControlCharacter {
        /// Its name.
        tag: String,
    },
}

/// How many characters of an invalid part are kept.
const EXCERPT: usize = 40;

/// Reads a tag list. A repeated name makes the whole list invalid.
pub(crate) fn parse(list: &[u8]) -> Result<Vec<Tag<'_>>, TagListFault> {
    let mut tags: Vec<Tag<'_>> = Vec::new();
    let mut names = HashSet::new();
    let mut at = 0;
    for spec in list.split(|byte| *byte == b';') {
        let start = at;
        at += spec.len() + 1;
        let fault = |problem| TagListFault { at: start, problem };
        if spec.trim_ascii().is_empty() {
            if at > list.len() && !tags.is_empty() {
                break;
            }
            return Err(fault(TagProblem::Nothing));
        }
        let tag = tag(spec, start).map_err(fault)?;
        if !names.insert(tag.name) {
            let tag = tag.name.to_owned();
            return Err(fault(TagProblem::Repeated { tag }));
        }
        tags.push(tag);
    }
    Ok(tags)
}

fn tag(spec: &[u8], start: usize) -> Result<Tag<'_>, TagProblem> {
    let Some(equals) = memchr(b'=', spec) else {
        let text = Excerpt::of(spec.trim_ascii(), EXCERPT);
        return Err(TagProblem::NoEqualsSign { text });
    };
    let name = spec[..equals].trim_ascii();
    let is_name = name.first().is_some_and(u8::is_ascii_alphabetic)
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let name = match std::str::from_utf8(name) {
        Ok(name) if is_name => name,
        _ => {
            let text = Excerpt::of(name, EXCERPT);
            return Err(TagProblem::NotAName { text });
        }
    };
    let value = spec[equals + 1..].trim_ascii();
    // RFC 8616 §4 allows UTF-8 in values, so only control characters are refused.
    let control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    // Without an early end, many bytes are compared at once.
    if value.iter().fold(false, |any, byte| any | control(byte)) {
        let tag = name.to_owned();
        return Err(TagProblem::ControlCharacter { tag });
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

/// The most octets of a part: a name is within one line (RFC 5322 §2.1.1).
const LINE: usize = 998;

/// The parts of a colon-separated value, without white space around them.
pub(crate) fn colon_separated(value: &[u8]) -> impl Iterator<Item = String> {
    value
        .split(|byte| *byte == b':')
        .map(|part| part.trim_ascii())
        .map(|part| String::from_utf8_lossy(part.get(..LINE).unwrap_or(part)).into_owned())
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
        let text = |text: &[u8]| Excerpt::of(text, EXCERPT);
        let tag = String::from("v");
        for (list, at, problem) in [
            (
                &b"v=1; v=1"[..],
                4,
                TagProblem::Repeated { tag: tag.clone() },
            ),
            (b"v=1;; a=b", 4, TagProblem::Nothing),
            (b"; v=1", 0, TagProblem::Nothing),
            (
                b"v=1; synerr",
                4,
                TagProblem::NoEqualsSign {
                    text: text(b"synerr"),
                },
            ),
            (b"1v=1", 0, TagProblem::NotAName { text: text(b"1v") }),
            (b"v=\x00", 0, TagProblem::ControlCharacter { tag }),
        ] {
            assert_eq!(parse(list), Err(TagListFault { at, problem }));
        }
    }
}
