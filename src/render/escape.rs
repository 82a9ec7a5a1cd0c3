//! Escapes hostile text for a terminal, for Markdown or for HTML: every text from a message or from
//! DNS goes through this file.

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
    let (before, core, behind) = parts(word);
    // At the start of a line, a number with a full stop starts a list.
    let is_number = core.bytes().all(|byte| byte.is_ascii_digit()) && !behind.is_empty();
    match core.is_empty() {
        true => markdown_code(word),
        false if !is_value(core) && !is_number => word.to_owned(),
        false => format!("{before}{}{behind}", markdown_code(core)),
    }
}

/// A word of a sentence without the punctuation around it, and that before and behind it.
fn parts(word: &str) -> (&str, &str, &str) {
    const BEFORE: &[char] = &['('];
    const BEHIND: &[char] = &[',', ';', ':', '.', ')'];
    let rest = word.trim_start_matches(BEFORE);
    let core = rest.trim_end_matches(BEHIND);
    let (before, behind) = (word.len() - rest.len(), &rest[core.len()..]);
    (&word[..before], core, behind)
}

/// Whether what stands in a sentence is no word and no number, but a name, a tag or an address.
fn is_value(core: &str) -> bool {
    let is_letter = |char: char| char.is_alphanumeric();
    let is_word = core
        .chars()
        .all(|char| is_letter(char) || matches!(char, '-' | '\''))
        && core.starts_with(is_letter)
        && core.ends_with(is_letter);
    let is_share = core
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".%".contains(&byte));
    !is_word && !is_share
}

/// `text` as the text of an HTML element, or as a quoted attribute value. Nothing in it begins or
/// ends a tag, a character reference or an attribute, and nothing is invisible or reorders the text
/// around it.
pub fn html(text: impl Display) -> String {
    let text = plain(text);
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            char => out.push(char),
        }
    }
    out
}

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Words.
    Words(String),
    /// Names, tags, addresses, and what is not written in ASCII.
    Value(String),
}

/// The sentences in `text` in pieces, so that what is quoted in them can be set apart.
pub(super) fn pieces(text: impl Display) -> Vec<Piece> {
    let text = plain(text);
    let all: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let mut pieces: Vec<Piece> = Vec::new();
    let mut words = String::new();
    // Whether a value ended the word before, so that the next one may go on with it.
    let mut is_open = false;
    let mut last_quote = None;
    let mut at = 0;
    while at < all.len() {
        let gap = if at == 0 { "" } else { " " };
        let (before, mut core, mut behind) = parts(all[at]);
        // What stands in quotation marks is one value.
        let mut end = at;
        if core.starts_with('"') && !is_closed(core) {
            let last = *last_quote.get_or_insert_with(|| {
                let is_end = |word: &&str| parts(word).1.ends_with('"');
                all.iter().rposition(is_end).unwrap_or(0)
            });
            let is_end = |word: &&str| parts(word).1.ends_with('"');
            if at < last {
                let next = all[at + 1..=last].iter().position(is_end);
                end = next.map_or(at, |next| at + 1 + next);
            }
        }
        let quoted;
        if end > at {
            let (_, closing, punctuation) = parts(all[end]);
            let start = &all[at][before.len()..];
            let between = all[at + 1..end].iter().copied();
            let parts = std::iter::once(start).chain(between).chain([closing]);
            quoted = parts.collect::<Vec<_>>().join(" ");
            (core, behind) = (&quoted, punctuation);
        }
        at = end + 1;
        if core.is_empty() || !is_set_apart(core) {
            words.extend([gap, before, core, behind]);
            is_open = false;
            continue;
        }
        match pieces.last_mut() {
            Some(Piece::Value(value)) if is_open && before.is_empty() => {
                value.extend([gap, core]);
            }
            _ => {
                words.extend([gap, before]);
                let before = std::mem::take(&mut words);
                pieces.extend((!before.is_empty()).then_some(Piece::Words(before)));
                pieces.push(Piece::Value(core.to_owned()));
            }
        }
        is_open = behind.is_empty();
        words.push_str(behind);
    }
    pieces.extend((!words.is_empty()).then_some(Piece::Words(words)));
    pieces
}

/// Whether a quotation ends where it began.
fn is_closed(core: &str) -> bool {
    core.len() > 1 && core.ends_with('"')
}

/// Whether it is a value, and no time; or an address, or not written in ASCII.
fn is_set_apart(core: &str) -> bool {
    let is_time = core
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'-' | b'+'));
    let is_address = core.split('.').filter(|part| !part.is_empty()).count() == 4;
    is_value(core) && !is_time || is_address || !core.is_ascii()
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
    fn nothing_in_html_begins_or_ends_a_tag_or_an_attribute() {
        assert_eq!(
            html("<b a='1' b=\"2\">&lt;\0\u{202e}\n</b>"),
            "&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;lt;\\u{0}\\u{202e} &lt;/b&gt;"
        );
    }

    #[test]
    fn what_is_quoted_in_a_sentence_is_a_piece_of_its_own() {
        let words = |text: &str| Piece::Words(text.into());
        let value = |text: &str| Piece::Value(text.into());
        assert_eq!(
            pieces("mail of a.example, (p=none) is \"v=spf1 -all\"."),
            [
                words("mail of "),
                value("a.example"),
                words(", ("),
                value("p=none"),
                words(") is "),
                value("\"v=spf1 -all\""),
                words(".")
            ]
        );
        assert_eq!(
            pieces("was \"The group\", at 10:30:00 of 192.0.2.1 (\"a"),
            [
                words("was "),
                value("\"The group\""),
                words(", at 10:30:00 of "),
                value("192.0.2.1"),
                words(" ("),
                value("\"a")
            ]
        );
        assert_eq!(pieces("דואר x"), [value("דואר"), words(" x")]);
        assert_eq!(pieces(" "), []);
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
