//! Content as mail programs encode it: each breaks lines and escapes octets in its own way.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

use super::style::{Blanks, Dots, Froms, Last, LineEnds, PLAIN, QuotedPrintable, Wrap};

/// An octet of the text on its way.
#[derive(Clone, Copy)]
struct Octet {
    byte: u8,
    is_escaped: bool,
    /// The columns that it takes when lines are broken.
    columns: u8,
}

impl Octet {
    fn columns(&self) -> usize {
        self.columns.into()
    }

    fn escape(&mut self) {
        self.is_escaped = true;
        self.columns = 3;
    }

    fn is_blank(&self) -> bool {
        matches!(self.byte, b' ' | b'\t')
    }

    fn is_deferred(&self) -> bool {
        self.is_blank() || self.byte == b'F'
    }
}

const SOFT_BREAK: &[u8] = b"=\r\n";

/// The text in quoted-printable. Line ends, CR LF or LF, become CR LF.
pub(crate) fn quoted_printable(text: &[u8], style: &QuotedPrintable) -> Vec<u8> {
    if style.wrap == Wrap::Nodemailer && text.len() <= NODEMAILER_WIDTH {
        // A text so short that no line can be too long is not looked at.
        let wrap = PLAIN.wrap;
        let whole = quoted_printable(text, &QuotedPrintable { wrap, ..*style });
        if whole.len() <= NODEMAILER_WIDTH {
            return whole;
        }
    }
    let mut out = Vec::with_capacity(text.len() + text.len() / 16);
    let mut column = 0;
    if style.line_ends == LineEnds::Escaped {
        line(text, false, style, &mut column, &mut out);
        return out;
    }
    for text in text.split_inclusive(|byte| *byte == b'\n') {
        let content = text.strip_suffix(b"\n");
        let is_ended = content.is_some();
        let content = content.map_or(text, |line| line.strip_suffix(b"\r").unwrap_or(line));
        line(content, is_ended, style, &mut column, &mut out);
    }
    out
}

/// One line of the text, from this column on.
fn line(
    text: &[u8],
    is_ended: bool,
    style: &QuotedPrintable,
    column: &mut usize,
    out: &mut Vec<u8>,
) {
    let mut octets = octets(text, is_ended, style);
    let mut rest = &mut octets[..];
    let is_closed = style.closed && !is_ended;
    while !rest.is_empty() {
        if *column == 0 {
            start(rest, style);
        }
        let (count, is_soft) = style.wrap.piece(rest, *column, is_ended, is_closed);
        let (piece, after) = rest.split_at_mut(count);
        for octet in piece {
            write(octet, style, out);
            *column += octet.columns();
        }
        if is_soft {
            out.extend(SOFT_BREAK);
            *column = 0;
        }
        rest = after;
    }
    match style.line_ends {
        LineEnds::Counted if is_ended => {
            if *column + 3 > 75 {
                out.extend(SOFT_BREAK);
                *column = 0;
            }
            *column += 3;
            out.extend(b"\r\n");
        }
        _ if is_ended => {
            *column = 0;
            out.extend(b"\r\n");
        }
        _ if is_closed && *column > 0 => out.extend(SOFT_BREAK),
        _ => (),
    }
}

fn octets(text: &[u8], is_ended: bool, style: &QuotedPrintable) -> Vec<Octet> {
    let is_escaped = |byte: u8| match byte {
        b'\t' => style.tabs,
        b'?' => style.question_marks,
        b' '..=b'~' => byte == b'=' || style.cautious && b"!\"#$@[\\]^`{|}~".contains(&byte),
        _ => true,
    };
    let octet = |byte: &u8| Octet {
        byte: *byte,
        is_escaped: is_escaped(*byte),
        columns: if is_escaped(*byte) { 3 } else { 1 },
    };
    let mut octets: Vec<Octet> = text.iter().map(octet).collect();
    if style.from == Froms::Everywhere {
        for at in memmem::find_iter(text, b"From ") {
            octets[at].escape();
        }
    }
    let mut is_trailing = is_ended || style.blanks != Blanks::LastWithin;
    for octet in octets.iter_mut().rev() {
        if is_trailing && octet.is_blank() && !octet.is_escaped {
            octet.escape();
            if style.blanks == Blanks::LastUncounted && is_ended {
                octet.columns = 1;
            }
        }
        is_trailing = match style.blanks {
            Blanks::All => is_trailing && octet.is_blank(),
            _ => false,
        } || matches!(octet.byte, b'\r' | b'\n');
    }
    octets
}

/// What is escaped because it starts a line.
fn start(line: &mut [Octet], style: &QuotedPrintable) {
    let is_from = |line: &[Octet]| line.iter().map(|octet| octet.byte).take(5).eq(*b"From ");
    let is_escaped = match &*line {
        [dot] if dot.byte == b'.' => style.dots != Dots::No,
        [dot, ..] if dot.byte == b'.' => style.dots == Dots::All,
        line => style.from == Froms::LineStart && is_from(line),
    };
    if let ([first, ..], true) = (line, is_escaped) {
        first.escape();
    }
}

fn write(octet: &Octet, style: &QuotedPrintable, out: &mut Vec<u8>) {
    let digits = match style.lower_case {
        true => b"0123456789abcdef",
        false => b"0123456789ABCDEF",
    };
    let digit = |value: u8| digits[usize::from(value)];
    match octet.is_escaped {
        true => out.extend([b'=', digit(octet.byte >> 4), digit(octet.byte & 15)]),
        false => out.push(octet.byte),
    }
}

impl Wrap {
    /// How many octets of the rest of a line stand in one line, from this column on, and whether a
    /// soft break follows.
    fn piece(
        self,
        rest: &mut [Octet],
        column: usize,
        is_ended: bool,
        is_closed: bool,
    ) -> (usize, bool) {
        match self {
            Self::Fill { width, last } => fill(rest, column, width, last, is_closed),
            Self::Before(most) => {
                let count = once(rest, column, most, |_| true);
                (count, count < rest.len())
            }
            Self::After(most) => after(rest, column, most, |_| true),
            Self::AfterDeferred(most) => after(rest, column, most, |pair| {
                let [before, after] = pair.map(Octet::is_deferred);
                !before || after
            }),
            Self::Words(most) => words(rest, column, most),
            Self::Characters => characters(rest, column),
            Self::Nodemailer => nodemailer(rest, is_ended),
        }
    }
}

fn fill(
    rest: &mut [Octet],
    mut column: usize,
    width: usize,
    last: Last,
    is_closed: bool,
) -> (usize, bool) {
    let count = rest.len();
    for (index, octet) in rest.iter_mut().enumerate() {
        let uses_all = index + 1 == count
            && !is_closed
            && match last {
                Last::Nothing => false,
                Last::Plain => octet.columns == 1,
                Last::Anything | Last::LooseSpace => true,
            };
        let most = if uses_all { width } else { width - 1 };
        if column + octet.columns() > most && column > 0 {
            let is_loose = last == Last::LooseSpace && uses_all && octet.is_blank();
            if is_loose && column + 2 == width {
                octet.is_escaped = false;
                return (count, true);
            }
            return (index, true);
        }
        column += octet.columns();
    }
    (count, false)
}

fn words(rest: &[Octet], mut column: usize, most: usize) -> (usize, bool) {
    let mut blank = None;
    for (index, octet) in rest.iter().enumerate() {
        let is_blank = octet.is_blank() && !octet.is_escaped;
        if column + octet.columns() > most + usize::from(is_blank) && column > 0 {
            return (blank.map_or(index, |blank| blank + 1), true);
        }
        blank = if is_blank { Some(index) } else { blank };
        column += octet.columns();
    }
    (rest.len(), false)
}

/// How many octets it takes to fill so many columns, if a line may be broken between the last and
/// the next one; all if there are fewer.
fn once(
    rest: &[Octet],
    mut column: usize,
    most: usize,
    may_part: impl Fn([&Octet; 2]) -> bool,
) -> usize {
    for (index, octet) in rest.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| &rest[index]);
        if column >= most && before.is_none_or(|before| may_part([before, octet])) {
            return index;
        }
        column += octet.columns();
    }
    rest.len()
}

/// The same, with a soft break also after all of them.
fn after(
    rest: &[Octet],
    column: usize,
    most: usize,
    may_part: impl Fn([&Octet; 2]) -> bool,
) -> (usize, bool) {
    let count = once(rest, column, most, may_part);
    let used: usize = rest[..count].iter().map(|octet| octet.columns()).sum();
    (count, column + used >= most)
}

fn characters(rest: &[Octet], mut column: usize) -> (usize, bool) {
    for (index, octet) in rest.iter().enumerate() {
        // The octets of a character, told from its first one; a later one counts as two.
        let needs = match octet.byte {
            0x80..=0xdf => 6,
            0xe0..=0xef => 9,
            0xf0..=0xf4 => 12,
            0xf5.. => 0,
            _ => octet.columns(),
        };
        if column + needs > 75 && column > 0 {
            return (index, true);
        }
        column += octet.columns();
    }
    (rest.len(), false)
}

const NODEMAILER_WIDTH: usize = 76;

/// The window of 76 characters that Nodemailer looks at may end within an escape, or between CR and
/// LF: then the line is broken although it would fit.
fn nodemailer(rest: &[Octet], is_ended: bool) -> (usize, bool) {
    const WIDTH: usize = NODEMAILER_WIDTH;
    const MARGIN: usize = 25;
    let mut used = 0;
    let mut whole = 0;
    while let Some(octet) = rest
        .get(whole)
        .filter(|octet| used + octet.columns() <= WIDTH)
    {
        used += octet.columns();
        whole += 1;
    }
    let is_all = whole == rest.len();
    if is_all && is_ended && used + 2 <= WIDTH {
        return (whole, false);
    }
    // The characters in the window, with half an escape or the CR.
    let window = match is_all {
        true => (used + usize::from(is_ended)).min(WIDTH),
        false => WIDTH,
    };
    let mut count = whole;
    let mut at = used;
    let mut separator = None;
    for index in (0..whole).rev() {
        at -= rest[index].columns();
        if at + MARGIN < window {
            break;
        }
        let octet = &rest[index];
        if matches!(octet.byte, b' ' | b'\t' | b'.' | b',' | b'!' | b'?') && !octet.is_escaped {
            separator = Some(index);
            break;
        }
    }
    let ends_in_escape = |count: usize| count > 0 && rest[count - 1].is_escaped;
    let has_cr = is_all && window > used;
    let mut length = window;
    match separator.filter(|_| window > WIDTH - MARGIN) {
        Some(index) => {
            count = index + 1;
            length = rest[..count].iter().map(|octet| octet.columns()).sum();
        }
        None if !has_cr && (window > used || ends_in_escape(count)) => {
            length = used;
            // Octets of one character stay together.
            while length > 3 && (is_ended || count < rest.len()) && ends_in_escape(count) {
                let byte = rest[count - 1].byte;
                let is_short = count <= 4 && rest[..count].iter().all(|octet| octet.is_escaped);
                if is_short || byte < 0x80 {
                    break;
                }
                count -= 1;
                length -= 3;
                if byte >= 0xc0 {
                    break;
                }
            }
        }
        None => (),
    }
    if count == rest.len() && !is_ended {
        return (count, false);
    }
    if length == WIDTH && !has_cr {
        count -= 1;
    }
    (count, true)
}

/// The text in base64, in lines of this many characters.
pub(crate) fn base64(text: &[u8], width: Option<usize>) -> Vec<u8> {
    let text = STANDARD.encode(text).into_bytes();
    let width = width.unwrap_or(text.len()).max(1);
    let mut out = Vec::with_capacity(text.len() + 2 * text.len().div_ceil(width));
    for line in text.chunks(width) {
        out.extend(line);
        out.extend(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::mime::decode::decode;
    use crate::message::mime::style::*;

    fn encoded(text: &str, style: &QuotedPrintable) -> String {
        String::from_utf8(quoted_printable(text.as_bytes(), style)).unwrap()
    }

    /// The lengths of the lines of a text in which nothing is escaped, with their `=`.
    fn lengths(text: &str, style: &QuotedPrintable) -> Vec<usize> {
        let encoded = encoded(text, style);
        encoded.lines().map(str::len).collect()
    }

    fn letters(count: usize) -> String {
        "a".repeat(count) + "\r\n"
    }

    #[test]
    fn lines_are_as_long_as_each_program_makes_them() {
        for (style, longest, broken) in [
            (GMAIL, 75, [76, 1]),
            (JAVA_MAIL, 75, [76, 1]),
            (PHP, 75, [76, 1]),
            (PLAIN, 76, [76, 2]),
            (PERL, 76, [76, 2]),
            (PYTHON, 76, [76, 2]),
            (QUOPRI, 76, [76, 2]),
            (PYTHON_MESSAGE, 78, [78, 2]),
            (OUTLOOK, 72, [73, 1]),
            (APPLE_MAIL, 72, [73, 1]),
            (POSTFIX, 73, [74, 1]),
            (THUNDERBIRD, 73, [74, 1]),
            (MIME_KIT, 70, [71, 1]),
            (NODEMAILER, 74, [76, 0]),
        ] {
            assert_eq!(lengths(&letters(longest), &style), [longest], "{style:?}");
            assert_eq!(lengths(&letters(longest + 1), &style), broken, "{style:?}");
        }
        assert_eq!(lengths(&letters(72), &NEW_THUNDERBIRD), [72]);
        assert_eq!(lengths(&letters(73), &NEW_THUNDERBIRD), [74, 0]);
        assert_eq!(lengths(&letters(75), &IPHONE), [75]);
        assert_eq!(lengths(&letters(76), &IPHONE), [77, 0]);
    }

    #[test]
    fn an_escape_is_never_broken() {
        let line = |count| "a".repeat(count) + "=b";
        for (style, count, expected) in [
            (GMAIL, 72, [75, 1]),
            (GMAIL, 73, [74, 4]),
            (POSTFIX, 72, [76, 1]),
            (POSTFIX, 73, [74, 4]),
            (IPHONE, 75, [79, 2]),
            (MIME_KIT, 69, [73, 2]),
        ] {
            let first = encoded(&line(count), &style);
            let first = first.split("\r\n").next().unwrap().len();
            let expected = expected[0] + usize::from(style == GMAIL && count == 72);
            assert_eq!(first, expected, "{style:?}");
        }
    }

    #[test]
    fn a_space_before_a_line_end_is_escaped() {
        assert_eq!(encoded("a \r\n \tb\t\nc", &GMAIL), "a=20\r\n \tb=09\r\nc");
        assert_eq!(encoded("a \t\n", &PLAIN), "a =09\r\n");
        assert_eq!(encoded("a \t\n", &PERL), "a=20=09\r\n");
        assert_eq!(encoded("a\tb\n", &JAVA_MAIL), "a=09b\r\n");
        let line = |count| "a".repeat(count) + " \r\n";
        assert_eq!(encoded(&line(73), &GMAIL), "a".repeat(73) + "=\r\n=20\r\n");
        assert_eq!(encoded(&line(72), &GMAIL), "a".repeat(72) + "=20\r\n");
        assert_eq!(encoded(&line(74), &PYTHON), "a".repeat(74) + " =\r\n\r\n");
        assert_eq!(encoded(&line(75), &PYTHON), "a".repeat(75) + "=\r\n=20\r\n");
        assert_eq!(encoded(&line(75), &QUOPRI), "a".repeat(75) + "=20\r\n");
        assert_eq!(encoded(&line(72), &POSTFIX), "a".repeat(72) + "=20\r\n");
        assert_eq!(
            encoded(&line(73), &POSTFIX),
            "a".repeat(73) + "=\r\n=20\r\n"
        );
    }

    #[test]
    fn the_start_of_a_line_may_be_escaped() {
        let text = "From x\n.\n.x\nFrom\n>From x\n";
        for (style, expected) in [
            (GMAIL, "From x|.|.x|From|>From x|"),
            (APPLE_MAIL, "=46rom x|.|.x|From|>=46rom x|"),
            (THUNDERBIRD, "=46rom x|=2E|=2Ex|From|>From x|"),
            (SENDMAIL, "From x|=2E|.x|From|>From x|"),
        ] {
            assert_eq!(encoded(text, &style), expected.replace('|', "\r\n"));
        }
        let soft = "a".repeat(73) + ".b";
        assert!(encoded(&soft, &THUNDERBIRD).ends_with("=\r\n=2Eb"));
    }

    #[test]
    fn words_stay_whole_where_programs_keep_them() {
        let words = "abcdefgh ".repeat(9);
        assert_eq!(encoded(&words, &OUTLOOK).find("=\r\n"), Some(72));
        let late = "a".repeat(70) + " bcdefgh";
        assert_eq!(encoded(&late, &OUTLOOK).find("=\r\n"), Some(71));
        assert_eq!(encoded(&late, &IPHONE).find("=\r\n"), Some(76));
        assert_eq!(encoded(&late, &NODEMAILER).find("=\r\n"), Some(71));
        let short = "a".repeat(60) + " b";
        assert_eq!(encoded(&short, &NODEMAILER), short);
        let early = "a".repeat(40) + " " + &"b".repeat(40);
        assert_eq!(encoded(&early, &NODEMAILER).find("=\r\n"), Some(75));
        assert_eq!(encoded(&early, &OUTLOOK).find("=\r\n"), Some(41));
    }

    #[test]
    fn the_iphone_reads_on_after_a_space_or_f() {
        let broken = |end: &str| {
            let text = "a".repeat(75) + end;
            encoded(&text, &IPHONE)[75..].to_owned()
        };
        assert_eq!(broken("bcd"), "b=\r\ncd=\r\n");
        assert_eq!(broken(" cd"), " c=\r\nd=\r\n");
        assert_eq!(broken("FGA"), "FG=\r\nA=\r\n");
        assert_eq!(broken(" FGA"), " =\r\nFGA=\r\n");
        assert_eq!(broken(" \r\nb"), "=20=\r\n\r\nb=\r\n");
    }

    #[test]
    fn characters_are_kept_together_as_far_as_programs_do() {
        let broken = |count: usize, style| {
            let text = "a".repeat(count) + "\u{20ac}\u{20ac}\r\n";
            let encoded = encoded(&text, style);
            encoded[count..].find("=\r\n")
        };
        // What fills the line to its 76th character, an escape, is what Nodemailer looks at.
        assert_eq!(broken(64, &NODEMAILER), Some(9));
        assert_eq!(broken(64, &GMAIL), Some(9));
        assert_eq!(broken(61, &GMAIL), Some(12));
        assert_eq!(broken(61, &NODEMAILER), Some(9));
        // PHP keeps room for the rest of a character when it writes its first octet, and for one
        // more when it writes any other.
        assert_eq!(broken(63, &PHP), Some(9));
        assert_eq!(broken(67, &PHP), Some(0));
        assert_eq!(broken(66, &PHP), Some(6));
    }

    #[test]
    fn apple_mail_escapes_from_within_a_line() {
        let text = "a".repeat(66) + " From b";
        assert!(encoded(&text, &APPLE_MAIL).ends_with("a =\r\n=46rom b=\r\n"));
    }

    #[test]
    fn line_ends_may_be_counted_or_escaped() {
        let text = "a".repeat(70) + "\nb\nccc\n";
        let counted = "a".repeat(70) + "\r\nb=\r\n\r\nccc\r\n";
        assert_eq!(encoded(&text, &SYMFONY), counted);
        assert_eq!(encoded("a? \r\n.\r\n", &WORK_MAIL), "a=3F=20=0D=0A.=0D=0A");
    }

    #[test]
    fn a_text_without_line_end_may_be_closed() {
        assert_eq!(encoded("a ", &APPLE_MAIL), "a=20=\r\n");
        assert_eq!(encoded("a\n", &APPLE_MAIL), "a\r\n");
        assert_eq!(encoded("a ", &GMAIL), "a=20");
        assert_eq!(encoded("a ", &PHP), "a ");
        assert_eq!(encoded("", &PERL), "");
        let style = QuotedPrintable {
            lower_case: true,
            ..GMAIL
        };
        assert_eq!(encoded("\u{fc}", &style), "=c3=bc");
    }

    #[test]
    fn programs_of_ones_own_differ_in_width_and_in_what_they_escape() {
        for width in [70, 72, 73, 75] {
            let style = narrow(width);
            assert!(QUOTED_PRINTABLE.contains(&style));
            assert_eq!(lengths(&letters(width), &style), [width]);
            assert_eq!(lengths(&letters(width + 1), &style), [width, 2]);
        }
        assert_eq!(encoded("a\tb\t\n", &TABS), "a=09b=09\r\n");
        let special = "!\"#$@[\\]^`{|}~";
        let escaped: String = special.bytes().map(|byte| format!("={byte:02X}")).collect();
        for style in [CAUTIOUS, CAUTIOUS_GMAIL] {
            assert_eq!(encoded(special, &style), escaped);
            assert_eq!(
                encoded("aZ09 %&'()*+,-./:;<>?_", &style),
                "aZ09 %&'()*+,-./:;<>?_"
            );
        }
        assert_eq!(lengths(&letters(76), &CAUTIOUS), [76]);
        assert_eq!(lengths(&letters(76), &CAUTIOUS_GMAIL), [76, 1]);
        let small = QuotedPrintable {
            lower_case: true,
            ..PLAIN
        };
        assert_eq!(encoded("\u{e9}= \n", &small), "=c3=a9=3d=20\r\n");
        for (number, style) in QUOTED_PRINTABLE.iter().enumerate() {
            assert!(!QUOTED_PRINTABLE[..number].contains(style), "{style:?}");
        }
    }

    #[test]
    fn base64_has_lines_of_one_length() {
        let of = |text: &str, width| String::from_utf8(base64(text.as_bytes(), width)).unwrap();
        assert_eq!(of("abcdef", Some(4)), "YWJj\r\nZGVm\r\n");
        assert_eq!(of("abcd", Some(76)), "YWJjZA==\r\n");
        assert_eq!(of(&"a".repeat(99), None).len(), 134);
        assert_eq!(of("", Some(76)), "");
        assert_eq!(of("", None), "");
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            3 => "[a-zF =.?\t]{0,30}",
            2 => "[a-z]{60,80}",
            1 => "(From |[.]| |\t)",
            2 => Just("\r\n".to_owned()),
            1 => "[\u{e9}\u{20ac}\u{1f4e7}]{1,30}",
        ];
        let piece = prop_oneof![
            6 => piece.prop_map(String::into_bytes),
            1 => proptest::collection::vec(any::<u8>(), 1..90)
                .prop_map(|bytes| bytes.into_iter().filter(|byte| *byte != b'\n').collect()),
        ];
        proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_encoded_is_decoded_to_the_same(text in text(), lower_case in any::<bool>()) {
            for style in QUOTED_PRINTABLE {
                let encoded = quoted_printable(&text, &QuotedPrintable { lower_case, ..*style });
                prop_assert!(encoded.split(|byte| *byte == b'\n').all(|line| line.len() <= 81));
                let decoded = decode("quoted-printable", &encoded);
                prop_assert_eq!(decoded.as_ref(), Some(&text), "{:?}", style);
            }
            for width in BASE64 {
                let decoded = decode("base64", &base64(&text, *width));
                prop_assert_eq!(decoded.as_ref(), Some(&text));
            }
        }
    }
}
