//! Macro strings: parsed once, expanded for one session and domain (RFC 7208 §7).

use super::syntax::SyntaxFault;
use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::Range;

use jiff::Timestamp;

/// A `macro-string` or `explain-string` that was read without error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacroString {
    parts: Vec<Part>,
    tail: usize,
}

/// A `domain-spec`: a macro string that ends like a domain name (§7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainSpec(MacroString);

/// A syntax error in a macro string.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MacroError {
    /// The bytes at fault.
    pub span: Range<usize>,
    /// What is wrong and what was expected.
    pub fault: SyntaxFault,
}

/// Which macro letters may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letters {
    /// Those allowed in terms: `s l o d i p v h`.
    Terms,
    /// Those allowed in explanations: also `c r t`.
    All,
}

/// The values that macros are replaced with.
#[derive(Clone, Debug)]
pub struct Values<'a> {
    /// `<sender>`, with its local part.
    pub sender: &'a str,
    /// The local part of `<sender>`.
    pub local: &'a str,
    /// The domain of `<sender>`.
    pub sender_domain: &'a str,
    /// `<domain>`, whose record is being read.
    pub domain: &'a str,
    /// `<ip>`.
    pub ip: Option<IpAddr>,
    /// The validated name of `<ip>`.
    pub validated: Option<&'a str>,
    /// The name given in HELO or EHLO.
    pub helo: Option<&'a str>,
    /// The host that performs the check.
    pub receiver: Option<&'a str>,
    /// The time of the check.
    pub now: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Macro(Macro),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Macro {
    letter: char,
    escaped: bool,
    keep: Option<usize>,
    reversed: bool,
    delimiters: String,
}

impl MacroString {
    /// Parses a `macro-string`, which contains no spaces, or with [`Letters::All`] an
    /// `explain-string`, which may contain them.
    ///
    /// # Errors
    ///
    /// The first syntax error.
    pub fn parse(text: &str, letters: Letters) -> Result<Self, MacroError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut tail = 0;
        let mut at = 0;
        while let Some(byte) = text.as_bytes().get(at) {
            match byte {
                b'%' => {
                    let (length, part) = expand(text, at, letters)?;
                    match part {
                        Part::Text(text) => literal.push_str(&text),
                        Part::Macro(_) => {
                            if !literal.is_empty() {
                                parts.push(Part::Text(std::mem::take(&mut literal)));
                            }
                            parts.push(part);
                        }
                    }
                    at += length;
                    tail = at;
                }
                b' ' | b'!'..=b'~' => {
                    literal.push(char::from(*byte));
                    at += 1;
                }
                _ => return Err(error(at..at + 1, SyntaxFault::NotVisible)),
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self { parts, tail })
    }

    /// Whether the macro `letter`, in either case, occurs.
    pub fn uses(&self, letter: char) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Macro(part) => part.letter == letter,
            Part::Text(_) => false,
        })
    }

    /// Whether there is any macro, which makes the text depend on the session.
    pub fn has_macros(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Macro(_)))
    }

    /// The text with every macro replaced; `None` if it has more than `most` octets. A value that is
    /// not known becomes `unknown`.
    pub fn expand(&self, values: &Values<'_>, most: usize) -> Option<String> {
        let end = self.end(values, most.saturating_add(1));
        (end.len() <= most).then(|| text(&end))
    }

    /// The last octets of the expansion, at most so many. Nothing is expanded that does not fit, so
    /// a record full of macros costs no more than what is kept.
    fn end(&self, values: &Values<'_>, most: usize) -> Vec<u8> {
        let mut end = End {
            backwards: Vec::new(),
            most,
        };
        for part in self.parts.iter().rev() {
            if end.is_full() {
                break;
            }
            match part {
                Part::Text(literal) => end.put(literal, false),
                Part::Macro(part) => part.put(values, &mut end),
            }
        }
        end.backwards.reverse();
        end.backwards
    }
}

/// The end of a text, written from right to left.
struct End {
    backwards: Vec<u8>,
    most: usize,
}

impl End {
    fn is_full(&self) -> bool {
        self.backwards.len() >= self.most
    }

    /// Puts `text` before what is there, as far as it fits.
    fn put(&mut self, text: &str, escaped: bool) {
        for byte in text.bytes().rev() {
            if self.is_full() {
                return;
            }
            if !escaped || byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                self.backwards.push(byte);
            } else {
                let digit = |nibble: u8| b"0123456789ABCDEF"[usize::from(nibble)];
                let octets = [digit(byte & 15), digit(byte >> 4), b'%'];
                let room = self.most - self.backwards.len();
                self.backwards.extend(octets.iter().take(room));
            }
        }
    }
}

/// Octets of a text, without the rest of a character that was cut in two at their start.
fn text(octets: &[u8]) -> String {
    let is_rest = |octet: &&u8| (0x80..0xc0).contains(*octet);
    let rest = octets.iter().take_while(is_rest).count();
    String::from_utf8_lossy(&octets[rest..]).into_owned()
}

impl DomainSpec {
    /// Parses a `domain-spec` (§7.1): it ends with `.toplabel`, with or without a final dot, or
    /// with a macro.
    ///
    /// # Errors
    ///
    /// The first syntax error.
    pub fn parse(text: &str) -> Result<Self, MacroError> {
        if text.is_empty() {
            return Err(error(0..0, SyntaxFault::NoDomain));
        }
        let string = MacroString::parse(text, Letters::Terms)?;
        let tail = &text[string.tail..];
        if tail.is_empty() {
            return Ok(Self(string));
        }
        let labels = tail.strip_suffix('.').unwrap_or(tail);
        let span = string.tail..text.len();
        match labels.rsplit_once('.') {
            Some((_, label)) if is_toplabel(label) => Ok(Self(string)),
            Some((_, label)) => Err(error(span, SyntaxFault::TopLabel(label.to_owned()))),
            None if string.tail > 0 => Err(error(span, SyntaxFault::BehindMacro)),
            None => Err(error(span, SyntaxFault::OneLabel)),
        }
    }

    /// The macro string.
    pub fn macros(&self) -> &MacroString {
        &self.0
    }

    /// The target name: expanded, without its final dot, and with labels removed from the left
    /// until it has at most 253 octets (§7.3). If its last label alone is longer, the end of that:
    /// it is no name.
    pub fn target(&self, values: &Values<'_>) -> String {
        // The dot before 253 octets, and the final dot.
        let mut name = self.0.end(values, 255);
        if name.last() == Some(&b'.') {
            name.pop();
        }
        if name.len() > 253 {
            let window = name.len() - 254;
            if let Some(dot) = name[window..].iter().position(|octet| *octet == b'.') {
                name.drain(..=window + dot);
            }
        }
        text(&name)
    }
}

impl Macro {
    /// Puts the value before what `end` holds. Parts are taken from the right end of the result, so
    /// those that do not fit are not looked for.
    fn put(&self, values: &Values<'_>, end: &mut End) {
        let value = self.value(values);
        let delimiters = match self.delimiters.as_str() {
            "" if self.keep.is_none() && !self.reversed => return end.put(&value, self.escaped),
            "" => ".",
            delimiters => delimiters,
        };
        let is_delimiter = |c: char| delimiters.contains(c);
        let keep = self.keep.unwrap_or(usize::MAX);
        match self.reversed {
            true => self.put_parts(value.split(is_delimiter).take(keep), end),
            false => self.put_parts(value.rsplit(is_delimiter).take(keep), end),
        }
    }

    /// Puts `parts`, the last one first, with dots between them.
    fn put_parts<'v>(&self, parts: impl Iterator<Item = &'v str>, end: &mut End) {
        for (number, part) in parts.enumerate() {
            if end.is_full() {
                return;
            }
            if number > 0 {
                end.put(".", false);
            }
            end.put(part, self.escaped);
        }
    }

    fn value<'v>(&self, values: &Values<'v>) -> Cow<'v, str> {
        let known = |value: Option<&'v str>| value.unwrap_or("unknown").into();
        match self.letter {
            's' => values.sender.into(),
            'l' => values.local.into(),
            'o' => values.sender_domain.into(),
            'd' => values.domain.into(),
            'i' => values.ip.map_or("unknown".into(), |ip| dotted(ip).into()),
            'p' => known(values.validated),
            'v' => match values.ip {
                Some(IpAddr::V6(_)) => "ip6".into(),
                _ => "in-addr".into(),
            },
            'h' => known(values.helo),
            'c' => values
                .ip
                .map_or("unknown".into(), |ip| ip.to_string().into()),
            'r' => known(values.receiver),
            _ => values.now.as_second().to_string().into(),
        }
    }
}

/// The address in the form used in names: dotted, an IPv6 address nibble by nibble (§7.3).
pub fn dotted(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let nibbles: Vec<String> = ip
                .octets()
                .iter()
                .flat_map(|octet| [octet >> 4, octet & 15])
                .map(|nibble| format!("{nibble:x}"))
                .collect();
            nibbles.join(".")
        }
    }
}

fn expand(text: &str, at: usize, letters: Letters) -> Result<(usize, Part), MacroError> {
    let rest = &text[at + 1..];
    let literal = match rest.as_bytes().first() {
        Some(b'%') => "%",
        Some(b'_') => " ",
        Some(b'-') => "%20",
        Some(b'{') => {
            let inside = &rest[1..];
            let Some(end) = inside.find('}') else {
                return Err(error(at..text.len(), SyntaxFault::MacroEnd));
            };
            let length = end + 3;
            let part = parse_macro(&inside[..end], letters)
                .map_err(|fault| error(at..at + length, fault))?;
            return Ok((length, Part::Macro(part)));
        }
        _ => {
            let end = text[at + 1..].chars().next().map_or(0, char::len_utf8);
            return Err(error(at..at + 1 + end, SyntaxFault::Percent));
        }
    };
    Ok((2, Part::Text(literal.into())))
}

fn parse_macro(text: &str, letters: Letters) -> Result<Macro, SyntaxFault> {
    let allowed = match letters {
        Letters::Terms => "slodipvh",
        Letters::All => "slodipvhcrt",
    };
    let mut chars = text.chars();
    let first = chars.next().unwrap_or('}');
    let letter = first.to_ascii_lowercase();
    if !allowed.contains(letter) {
        return Err(match letter {
            'c' | 'r' | 't' => SyntaxFault::ExplanationLetter(first),
            '}' => SyntaxFault::NoLetter,
            _ => SyntaxFault::UnknownLetter(first),
        });
    }
    let rest = chars.as_str();
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let keep = match &rest[..digits] {
        "" => None,
        zero if zero.bytes().all(|digit| digit == b'0') => {
            return Err(SyntaxFault::ZeroParts);
        }
        digits => Some(digits.parse().unwrap_or(usize::MAX)),
    };
    let rest = &rest[digits..];
    let (reversed, delimiters) = match rest.strip_prefix(['r', 'R']) {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if let Some(other) = delimiters.chars().find(|c| !".-+,/_=".contains(*c)) {
        return Err(SyntaxFault::InMacro(other));
    }
    Ok(Macro {
        letter,
        escaped: first.is_ascii_uppercase(),
        keep,
        reversed,
        delimiters: delimiters.into(),
    })
}

fn is_toplabel(label: &str) -> bool {
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    edge(label.bytes().next())
        && edge(label.bytes().last())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.bytes().all(|byte| byte.is_ascii_digit())
}

fn error(span: Range<usize>, fault: SyntaxFault) -> MacroError {
    MacroError { span, fault }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::Name;
    use proptest::prelude::*;

    fn expanded(text: &str, ip: &str) -> String {
        let values = Values {
            sender: "strong-bad@email.example.com",
            local: "strong-bad",
            sender_domain: "email.example.com",
            domain: "email.example.com",
            ip: ip.parse().ok(),
            validated: Some("mx.example.org"),
            helo: Some("a b&c"),
            receiver: None,
            now: Timestamp::UNIX_EPOCH,
        };
        MacroString::parse(text, Letters::All)
            .unwrap()
            .expand(&values, 1000)
            .unwrap()
    }

    #[test]
    fn the_examples_of_section_7_4_expand_as_given() {
        for (text, expansion) in [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{o}", "email.example.com"),
            ("%{d4}", "email.example.com"),
            ("%{d2}", "example.com"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"),
            ("%{l-}", "strong.bad"),
            ("%{lr}", "strong-bad"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            (
                "%{ir}.%{v}._spf.%{d2}",
                "3.2.0.192.in-addr._spf.example.com",
            ),
        ] {
            assert_eq!(expanded(text, "192.0.2.3"), expansion, "{text}");
        }
        assert_eq!(
            expanded("%{ir}.%{v}", "2001:db8::cb01"),
            "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6"
        );
    }

    #[test]
    fn capital_letters_escape_and_percent_forms_are_literal() {
        assert_eq!(expanded("%{H}%%%_%-", "192.0.2.3"), "a%20b%26c% %20");
    }

    #[test]
    fn explanations_have_letters_of_their_own() {
        assert_eq!(
            expanded("%{c} %{r} %{t}", "2001:DB8::1"),
            "2001:db8::1 unknown 0"
        );
        assert!(MacroString::parse("%{c}", Letters::Terms).is_err());
    }

    #[test]
    fn a_broken_macro_is_pointed_at() {
        for (text, span) in [
            ("a%(ir)", 1..3),
            ("a%", 1..2),
            ("%{d", 0..3),
            ("x.%{d0}", 2..7),
            ("%{}", 0..3),
            ("%{a}", 0..4),
            ("%{d:}", 0..5),
            ("a\u{e9}", 1..2),
        ] {
            let error = MacroString::parse(text, Letters::Terms).unwrap_err();
            assert_eq!(error.span, span, "{text}: {}", error.fault);
        }
    }

    #[test]
    fn a_domain_ends_in_a_top_level_domain_or_a_macro() {
        for text in [
            "example.com",
            "a.b.",
            "%{d}",
            "%{i}.x.com.",
            "foo%%",
            "a.xn--p1ai",
            "a..com",
        ] {
            assert!(DomainSpec::parse(text).is_ok(), "{text}");
        }
        for text in [
            "", "museum", "museum.", "a.-com", "a.com-", "a.123", "%{d}.", "%{d}com", "a.b/24",
        ] {
            assert!(DomainSpec::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_long_name_loses_labels_on_the_left() {
        let long = "a".repeat(60);
        let domain = [long.as_str(); 4].join(".");
        let values = Values {
            sender: "",
            local: "",
            sender_domain: "",
            domain: &domain,
            ip: None,
            validated: None,
            helo: None,
            receiver: None,
            now: Timestamp::UNIX_EPOCH,
        };
        let target = |text| DomainSpec::parse(text).unwrap().target(&values);
        assert_eq!(target("xyz.123456789.%{d}"), format!("123456789.{domain}"));
        assert_eq!(target("1234567890.%{d}").len(), 243);
        assert_eq!(target("%{d}.%{d}.com").len(), 3 * 60 + 2 + 4 + 61);
    }

    /// The same by the letter of §7.3: expanded whole, then cut.
    mod whole {
        use super::*;

        fn url_escape(value: &str) -> String {
            let escape = |byte: u8| match byte {
                b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
                _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            };
            value.bytes().map(escape).collect()
        }

        fn transformed(part: &Macro, values: &Values<'_>) -> String {
            let value = part.value(values);
            let delimiters = match part.delimiters.as_str() {
                "" if part.keep.is_none() && !part.reversed => return value.into_owned(),
                "" => ".",
                delimiters => delimiters,
            };
            let mut parts: Vec<&str> = value.split(|c| delimiters.contains(c)).collect();
            if part.reversed {
                parts.reverse();
            }
            let keep = part.keep.unwrap_or(parts.len()).min(parts.len());
            parts[parts.len() - keep..].join(".")
        }

        pub fn expand(string: &MacroString, values: &Values<'_>) -> String {
            let expand = |part: &Part| match part {
                Part::Text(literal) => literal.clone(),
                Part::Macro(part) if part.escaped => url_escape(&transformed(part, values)),
                Part::Macro(part) => transformed(part, values),
            };
            string.parts.iter().map(expand).collect()
        }

        /// `None` if no label boundary leaves at most 253 octets.
        pub fn target(spec: &DomainSpec, values: &Values<'_>) -> Option<String> {
            let mut name = expand(spec.macros(), values);
            if name.ends_with('.') {
                name.pop();
            }
            let mut rest = name.as_str();
            while rest.len() > 253 {
                rest = rest.split_once('.')?.1;
            }
            Some(rest.to_owned())
        }
    }

    /// A value of some session: labels, delimiters, characters that are escaped or take several
    /// octets.
    fn value() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            3 => "[a-z0-9]{1,5}",
            2 => "[.+,/_=-]{1,3}",
            1 => "[a-z]{60,70}",
            1 => Just("\u{e9}\u{20ac}\u{1f4e7}".to_owned()),
            1 => "[ &%@]{1,2}",
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    fn macro_text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            6 => "%[{][slodipvhSLODIPVH](|[1-9]|1[0-9]|999999999999999999999)r?[.+,/_=-]{0,3}[}]",
            2 => "[a-z0-9.]{1,9}",
            1 => "[a-z]{1,80}[.]",
            1 => "%%|%_|%-",
        ];
        proptest::collection::vec(piece, 1..9).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_cut_while_it_expands_is_what_is_cut_afterwards(
            text in macro_text(),
            end in prop_oneof![Just(""), Just("."), Just(".example"), Just("x.example.")],
            (sender, local, helo) in (value(), value(), value()),
            ip in prop_oneof![Just("192.0.2.1"), Just("2001:db8::cb01"), Just("")],
            most in 0_usize..700,
        ) {
            let values = Values {
                sender: &sender,
                local: &local,
                sender_domain: "b.example",
                domain: "a.b.example",
                ip: ip.parse().ok(),
                validated: None,
                helo: Some(&helo),
                receiver: None,
                now: Timestamp::UNIX_EPOCH,
            };
            let string = MacroString::parse(&text, Letters::Terms).unwrap();
            let all = whole::expand(&string, &values);
            let is_short = all.len() <= most;
            prop_assert_eq!(string.expand(&values, most), is_short.then_some(all));
            let spec = DomainSpec(MacroString::parse(&(text + end), Letters::Terms).unwrap());
            let target = spec.target(&values);
            match whole::target(&spec, &values) {
                Some(expected) => prop_assert_eq!(target, expected),
                None => {
                    let all = whole::expand(spec.macros(), &values);
                    let all = all.strip_suffix('.').unwrap_or(&all);
                    prop_assert!(all.ends_with(&target) && (250..=255).contains(&target.len()));
                    prop_assert!(Name::parse(&target).is_err());
                }
            }
        }
    }

    #[test]
    fn a_record_full_of_macros_costs_what_is_kept_of_it() {
        let long = "a.b-c".repeat(20_000);
        let values = Values {
            sender: &long,
            local: &long,
            sender_domain: "b.example",
            domain: "a.b.example",
            ip: None,
            validated: None,
            helo: Some(""),
            receiver: None,
            now: Timestamp::UNIX_EPOCH,
        };
        let start = std::time::Instant::now();
        for text in [
            "%{s}",
            "%{L}",
            "%{l9999r-}",
            "%{S9999.-}",
            "%{h}",
            "%{l1r.-}",
        ] {
            let text = text.repeat(16_000);
            let string = MacroString::parse(&text, Letters::Terms).unwrap();
            string.expand(&values, 65_535);
            DomainSpec(string).target(&values);
        }
        // Whole, they have 4 GB and more.
        let took = start.elapsed();
        assert!(took < std::time::Duration::from_secs(2), "{took:?}");
    }
}
