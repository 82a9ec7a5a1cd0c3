//! Macro strings: parsed once, expanded for one session and domain (RFC 7208 §7).

use super::syntax::SyntaxFault;
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

    /// The text with every macro replaced. A value that is not known becomes `unknown`.
    pub fn expand(&self, values: &Values<'_>) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Macro(part) => text.push_str(&part.expand(values)),
            }
        }
        text
    }
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
    /// until it has at most 253 octets (§7.3).
    pub fn target(&self, values: &Values<'_>) -> String {
        let mut name = self.0.expand(values);
        if name.ends_with('.') {
            name.pop();
        }
        let Some(excess) = name.len().checked_sub(253).filter(|excess| *excess > 0) else {
            return name;
        };
        match name.as_bytes()[excess - 1..]
            .iter()
            .position(|b| *b == b'.')
        {
            Some(dot) => name.split_off(excess + dot),
            None => name,
        }
    }
}

impl Macro {
    fn expand(&self, values: &Values<'_>) -> String {
        let value = self.value(values);
        let value = if self.keep.is_some() || self.reversed || !self.delimiters.is_empty() {
            self.transform(&value)
        } else {
            value
        };
        if self.escaped {
            url_escape(&value)
        } else {
            value
        }
    }

    fn value(&self, values: &Values<'_>) -> String {
        let known = |value: Option<&str>| value.unwrap_or("unknown").to_string();
        match self.letter {
            's' => values.sender.to_string(),
            'l' => values.local.to_string(),
            'o' => values.sender_domain.to_string(),
            'd' => values.domain.to_string(),
            'i' => values.ip.map_or("unknown".into(), dotted),
            'p' => known(values.validated),
            'v' => match values.ip {
                Some(IpAddr::V6(_)) => "ip6".to_string(),
                _ => "in-addr".to_string(),
            },
            'h' => known(values.helo),
            'c' => values.ip.map_or("unknown".into(), |ip| ip.to_string()),
            'r' => known(values.receiver),
            _ => values.now.as_second().to_string(),
        }
    }

    fn transform(&self, value: &str) -> String {
        let delimiters = match self.delimiters.as_str() {
            "" => ".",
            delimiters => delimiters,
        };
        let mut parts: Vec<&str> = value.split(|c| delimiters.contains(c)).collect();
        if self.reversed {
            parts.reverse();
        }
        let keep = self.keep.unwrap_or(parts.len()).min(parts.len());
        parts[parts.len() - keep..].join(".")
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

fn url_escape(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

fn error(span: Range<usize>, fault: SyntaxFault) -> MacroError {
    MacroError { span, fault }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            .expand(&values)
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
}
