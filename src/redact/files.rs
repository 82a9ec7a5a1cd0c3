//! Files that stand in a text as signs, as uuencode and Ascii85 write them: they are replaced whole, by
//! other signs of the same alphabet.

use super::Replacements;
use super::text::Manner;

/// In which file within a text a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Within {
    #[default]
    Text,
    /// Between `begin 644 name` and `end`.
    Uuencode,
    /// Between `<~` and `~>`.
    Ascii85,
    /// Between `=ybegin` and `=yend`.
    Yenc,
    /// Between two colons, below the line that names BinHex (RFC 1741).
    BinHex,
    /// Below `literal` or `delta` in a patch of Git.
    Git,
}

/// The octets that a full line of uuencode stands for.
const FULL: u8 = 45;

/// The line above a file in BinHex (RFC 1741 §3).
const BIN_HEX: &[u8] = b"(This file must be converted with BinHex";

/// The digits of BinHex (RFC 1741 §4).
const BIN_HEX_DIGITS: &[u8] = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr";

/// The digits of Git's patches (RFC 1924 §4.2).
const GIT_DIGITS: &[u8] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

impl Replacements {
    /// A text of people with the files in it. `within` says in which of them it begins, and then in
    /// which of them it ends.
    pub(super) fn text_with_files(
        &self,
        text: &[u8],
        manner: Manner,
        within: &mut Within,
    ) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        // From `words` on up to `at`, it is text.
        let (mut words, mut at) = (0, 0);
        while at < text.len() {
            let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end + 1);
            let line = &text[at..end];
            if *within == Within::Text
                && let Some(begin) = memchr::memmem::find(line, b"<~")
            {
                at += begin + 2;
                if is_ascii85(&text[at..]) {
                    *within = Within::Ascii85;
                }
                continue;
            }
            if *within == Within::Ascii85 {
                let length = text[at..].iter().position(|byte| *byte == b'~');
                let length = length.unwrap_or(text.len() - at);
                out.extend(self.text(&text[words..at], manner));
                out.extend(self.ascii85(&text[at..at + length]));
                at += length;
                words = at;
                if at < text.len() {
                    *within = Within::Text;
                    at += 1;
                }
                continue;
            }
            let shown = line.trim_ascii_end();
            if is_of_file(shown, *within) {
                out.extend(self.text(&text[words..at], manner));
                out.extend(self.line_of_file(line, shown.len(), *within));
                words = end;
                if *within == Within::Text {
                    *within = Within::Uuencode;
                }
            } else {
                let (next, kept) = match *within {
                    // An empty line stands above the file.
                    Within::BinHex if shown.is_empty() => (Within::BinHex, 0),
                    _ => begins(shown),
                };
                out.extend(self.text(&text[words..at], manner));
                out.extend_from_slice(&line[..kept]);
                words = at + kept;
                *within = next;
            }
            at = end;
        }
        out.extend(self.text(&text[words..], manner));
        out
    }

    /// A line of a file, of which `length` octets are shown.
    fn line_of_file(&self, line: &[u8], length: usize, within: Within) -> Vec<u8> {
        let seed = self.words.octets("line of a file", line, 32);
        let octets = self.words.octets("signs", &seed, length);
        let sign = |(at, (old, octet)): (usize, (&u8, u8))| match within {
            // The first sign tells the length.
            Within::Text | Within::Uuencode | Within::Git if at == 0 => *old,
            Within::Yenc => 0x3e + octet % 0x40,
            Within::BinHex if *old == b':' => *old,
            Within::BinHex => BIN_HEX_DIGITS[usize::from(octet) % BIN_HEX_DIGITS.len()],
            // A number of five digits is not larger than four octets.
            Within::Git if at % 5 == 1 => GIT_DIGITS[usize::from(octet) % 80],
            Within::Git => GIT_DIGITS[usize::from(octet) % GIT_DIGITS.len()],
            _ => 0x21 + octet % 0x40,
        };
        let signs = line[..length].iter().zip(octets).enumerate().map(sign);
        signs.chain(line[length..].iter().copied()).collect()
    }

    /// What stands between `<~` and `~>`, with its white space.
    fn ascii85(&self, file: &[u8]) -> Vec<u8> {
        let seed = self.words.octets("file", file, 32);
        let mut octets = self.words.octets("signs", &seed, file.len()).into_iter();
        let is_sign = |byte: &u8| !byte.is_ascii_whitespace();
        let all = file.iter().filter(|byte| is_sign(byte)).count();
        let mut number = 0;
        let sign = |old: &u8| {
            let octet = octets.next().unwrap_or_default();
            if !is_sign(old) {
                return *old;
            }
            number += 1;
            match number % 5 {
                // One digit alone is no number, but this stands for five of them.
                1 if number == all => b'z',
                1 => b'!' + octet % 82,
                _ => b'!' + octet % 85,
            }
        };
        file.iter().map(sign).collect()
    }
}

/// Whether Ascii85 is what follows `<~`: up to `~>`, or up to the end of what is at hand.
fn is_ascii85(text: &[u8]) -> bool {
    let fits = |byte: &&u8| matches!(byte, b'!'..=b'u' | b'z') || byte.is_ascii_whitespace();
    let length = text.iter().take_while(fits).count();
    length > 0 && (length == text.len() || text[length..].starts_with(b"~>"))
}

/// Whether a line belongs to a file of this kind; in a text, whether it is a full line of uuencode.
fn is_of_file(shown: &[u8], within: Within) -> bool {
    let all = |fits: &dyn Fn(u8) -> bool| !shown.is_empty() && shown.iter().all(|byte| fits(*byte));
    let is_uuencode = || all(&|byte| matches!(byte, b' '..=b'`'));
    match within {
        Within::Text => {
            let digits = usize::from(FULL) / 3 * 4;
            shown.first() == Some(&(b' ' + FULL)) && shown.len() == digits + 1 && is_uuencode()
        }
        Within::Uuencode => is_uuencode(),
        Within::Yenc => !shown.starts_with(b"=y"),
        Within::BinHex => all(&|byte| byte == b':' || BIN_HEX_DIGITS.contains(&byte)),
        Within::Git => all(&|byte| GIT_DIGITS.contains(&byte)),
        Within::Ascii85 => false,
    }
}

/// The file that begins below a line that belongs to none, and how much of the line stays.
fn begins(shown: &[u8]) -> (Within, usize) {
    let after = |start: &[u8]| shown.strip_prefix(start);
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if let Some(rest) = after(b"begin ")
        && matches!(digits(rest), 3..=4)
    {
        return (Within::Uuencode, "begin ".len() + digits(rest));
    }
    if after(b"=ybegin ").is_some() || after(b"=ypart ").is_some() {
        let name = memchr::memmem::find(shown, b" name=").map(|at| at + " name=".len());
        return (Within::Yenc, name.unwrap_or(shown.len()));
    }
    if after(b"=yend").is_some() {
        return (Within::Text, "=yend".len());
    }
    if after(BIN_HEX).is_some() {
        return (Within::BinHex, BIN_HEX.len());
    }
    for start in [&b"literal "[..], b"delta "] {
        if let Some(rest) = after(start)
            && !rest.is_empty()
            && digits(rest) == rest.len()
        {
            return (Within::Git, start.len());
        }
    }
    match shown {
        b"end" => (Within::Text, shown.len()),
        _ => (Within::Text, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_begin_a_file_are_known() {
        for (line, expected) in [
            ("begin 644 a.txt", (Within::Uuencode, 9)),
            ("begin with this", (Within::Text, 0)),
            ("=ybegin line=128 size=1 name=a.txt", (Within::Yenc, 29)),
            ("literal 1234", (Within::Git, 8)),
            ("literal minds", (Within::Text, 0)),
            ("end", (Within::Text, 3)),
        ] {
            assert_eq!(begins(line.as_bytes()), expected, "{line}");
        }
    }
}
