//! The way of hostile text to a terminal: every text that comes from a message or from DNS passes
//! through here.

use std::fmt::{self, Display, Write};

/// A text on one line of a terminal: nothing in it can move the cursor, change colours, hide or
/// reorder what stands beside it.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a>(pub &'a str);

impl Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for char in self.0.chars() {
            match char {
                '\t' | '\r' | '\n' => f.write_char(' ')?,
                char if is_unsafe(char) => write!(f, "\\u{{{:x}}}", u32::from(char))?,
                char => f.write_char(char)?,
            }
        }
        Ok(())
    }
}

/// `text`, safe for a terminal.
pub fn plain(text: impl Display) -> String {
    Plain(&text.to_string()).to_string()
}

/// Whether a character must not reach a terminal as it is: control characters, those that
/// change the direction of writing (Unicode TR 36 §3.1), those that nobody sees, and private ones.
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
        assert_eq!(plain("one\r\n two\tthree"), "one   two three");
        assert_eq!(plain("Bücher — 日本"), "Bücher — 日本");
    }
}
