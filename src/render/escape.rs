//! Escapes hostile text for a terminal or for Markdown: every text from a message or from DNS goes
//! through this file.

use std::fmt::{self, Display, Write};

/// A text on one line of a terminal. Nothing in it can move the cursor, change colours, or hide or
/// reorder the text around it.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a>(pub &'a str);

impl Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        let changes =
            |char: char| !matches!(char, ' '..='~') && (char.is_ascii() || is_unsafe(char));
        while let Some((at, char)) = rest.char_indices().find(|(_, char)| changes(*char)) {
            f.write_str(&rest[..at])?;
            match char {
                '\t' | '\r' | '\n' => f.write_char(' ')?,
                char => write!(f, "\\u{{{:x}}}", u32::from(char))?,
            }
            rest = &rest[at + char.len_utf8()..];
        }
        f.write_str(rest)
    }
}

/// `text`, safe for a terminal.
pub fn plain(text: impl Display) -> String {
    Plain(&text.to_string()).to_string()
}

/// As [`plain`], with tabs and line ends spelt out.
pub(super) fn visible(text: &str) -> String {
    let text = text.replace('\t', "\\t").replace('\r', "\\r");
    plain(text.replace('\n', "\\n"))
}

/// `text` in a code span of Markdown, so nothing in it becomes a link, HTML or emphasis (CommonMark
/// §6.1). Characters that would end the span, or a table cell around it, are spelt out.
pub fn markdown_code(text: impl Display) -> String {
    let text = plain(text).replace('`', "\\u{60}").replace('|', "\\u{7c}");
    match text.trim().is_empty() {
        true => format!("`\"{text}\"`"),
        false => format!("`{text}`"),
    }
}

/// Sentences in Markdown: a word with other characters than letters and digits becomes a code span.
pub fn markdown_prose(text: impl Display) -> String {
    let text = plain(text);
    let words = text.split(' ').filter(|word| !word.is_empty());
    words.map(markdown_word).collect::<Vec<_>>().join(" ")
}

fn markdown_word(word: &str) -> String {
    const BEFORE: &[char] = &['('];
    const BEHIND: &[char] = &[',', ';', ':', '.', ')'];
    let core = word.trim_start_matches(BEFORE).trim_end_matches(BEHIND);
    let Some(start) = word.find(core).filter(|_| !core.is_empty()) else {
        return markdown_code(word);
    };
    let (before, behind) = (&word[..start], &word[start + core.len()..]);
    let is_letter = |char: char| char.is_alphanumeric();
    let is_word = core
        .chars()
        .all(|char| is_letter(char) || matches!(char, '-' | '\''))
        && core.starts_with(is_letter)
        && core.ends_with(is_letter);
    let is_share = core
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".%".contains(&byte));
    // At the start of a line, a number with a full stop starts a list.
    let is_number = core.bytes().all(|byte| byte.is_ascii_digit()) && !behind.is_empty();
    match (is_word || is_share) && !is_number {
        true => word.to_owned(),
        false => format!("{before}{}{behind}", markdown_code(core)),
    }
}

/// Whether a character must not be written to a terminal: control characters, characters that
/// change the direction of writing (Unicode TR 36 §3.1), invisible and private characters, and two
/// that XML and YAML do not allow.
pub(super) fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{ffa0}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}'..='\u{ffff}'
                | '\u{e000}'..='\u{f8ff}'
                | '\u{e0000}'..='\u{e0fff}'
                | '\u{f0000}'..='\u{10ffff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        assert_eq!(
            plain("a\x1b[31mb\x07\u{9b}c\x7f"),
            "a\\u{1b}[31mb\\u{7}\\u{9b}c\\u{7f}"
        );
        assert_eq!(plain("a\u{202e}b\u{200b}c"), "a\\u{202e}b\\u{200b}c");
        assert_eq!(plain("a\u{3164}b\u{34f}c"), "a\\u{3164}b\\u{34f}c");
        assert_eq!(plain("a\u{fffe}b\u{ffff}"), "a\\u{fffe}b\\u{ffff}");
        assert_eq!(plain("one\r\n two\tthree"), "one   two three");
        assert_eq!(plain("Bücher — 日本"), "Bücher — 日本");
    }

    #[test]
    fn code_in_markdown_ends_where_it_should() {
        assert_eq!(markdown_code("a.example"), "`a.example`");
        assert_eq!(
            markdown_code("a`b`|c\\|\n<b>"),
            "`a\\u{60}b\\u{60}\\u{7c}c\\\\u{7c} <b>`"
        );
        assert_eq!(markdown_code(""), "`\"\"`");
    }

    #[test]
    fn prose_in_markdown_has_no_links_lists_or_emphasis() {
        for (text, shown) in [
            ("it passes, (by) re-sending.", "it passes, (by) re-sending."),
            ("12 (27.5 %) on 2026-06-30", "12 (27.5 %) on 2026-06-30"),
            (
                "d=example.com is not www.a.example;",
                "`d=example.com` is not `www.a.example`;",
            ),
            (
                "<b>x</b> [a](http://b) *c* _d_",
                "`<b>x</b>` `[a](http://b`) `*c*` `_d_`",
            ),
            ("- 1. # > a@b.example", "`-` `1`. `#` `>` `a@b.example`"),
            ("| `` &lt; ...", "`\\u{7c}` `\\u{60}\\u{60}` `&lt`; `...`"),
        ] {
            assert_eq!(markdown_prose(text), shown);
        }
    }
}
