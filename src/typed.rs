//! Signs that people and editors type in place of others, in the records of any method.

/// The longest text, in octets, that is repaired; records are far shorter.
pub(crate) const LONGEST: usize = 4096;

/// `text` with the ASCII sign for each sign that looks like it, or that editors put in its place:
/// dashes, tildes, quotes, full-width forms, blanks. Invisible characters are left out.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter_map(plain_sign).collect()
}

fn plain_sign(sign: char) -> Option<char> {
    Some(match sign {
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        '\u{2dc}' | '\u{223c}' | '\u{223d}' | '\u{301c}' | '\u{2053}' => '~',
        '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}' | '\u{b4}' => '"',
        '\u{2032}' | '\u{2033}' | '\u{300c}'..='\u{300f}' | '`' | '\'' => '"',
        '\u{2236}' | '\u{fe55}' | '\u{a789}' => ':',
        '\u{37e}' | '\u{fe54}' | '\u{61b}' => ';',
        '\u{fe50}' | '\u{3001}' | '\u{60c}' => ',',
        '\u{fe66}' => '=',
        '\u{ff01}'..='\u{ff5e}' => {
            return char::from_u32(u32::from(sign) - 0xfee0).and_then(plain_sign);
        }
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' => {
            return None;
        }
        '\u{feff}' => return None,
        sign if sign.is_whitespace() || sign == '\u{2800}' => ' ',
        sign if sign.is_control() => return None,
        sign => sign,
    })
}

/// The words for a sign that cannot be seen, or that looks like another; `None` for others.
pub(crate) fn name_of(sign: char) -> Option<&'static str> {
    Some(match sign {
        '\n' => "a line feed",
        '\r' => "a carriage return",
        '\t' => "a tab",
        '\u{a0}' => "a no-break space",
        '\u{2010}' | '\u{2011}' => "a typographic hyphen",
        '\u{2012}' => "a figure dash",
        '\u{2013}' => "an en dash",
        '\u{2014}' => "an em dash",
        '\u{2212}' => "a minus sign",
        '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '\u{201e}' => {
            "a typographic quotation mark"
        }
        '\u{2dc}' | '\u{223c}' | '\u{301c}' => "a sign that looks like a tilde",
        '\u{ff01}'..='\u{ff5e}' => "a full-width sign",
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => "an invisible character",
        '\u{fffd}' => "a byte that is not UTF-8",
        sign if sign.is_whitespace() => "a blank that is not a space",
        sign if sign.is_control() => "a control character",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_become_the_ones_that_they_stand_for() {
        for (typed, meant) in [
            ("\u{2013}all", "-all"),
            ("\u{2212}all\n", "-all "),
            ("\u{ff5e}all", "~all"),
            ("\u{feff}v\u{ff1d}spf1\u{a0}a", "v=spf1 a"),
            ("\u{201c}x\u{201d}", "\"x\""),
        ] {
            assert_eq!(plain(typed), meant);
        }
    }
}
