//! SPF records: terms with their byte spans, and syntax errors that say what was expected (RFC 7208
//! §4.5, §4.6.1, §5, §6).

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::sync::Arc;

use super::SpfResult;
use super::macros::{DomainSpec, Letters, MacroError, MacroString};
use super::syntax::{Family, SyntaxFault};

/// An SPF record: every term, including those that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpfRecord {
    /// The terms in order.
    pub terms: Vec<Term>,
}

/// One term of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Term {
    /// Where the term is in the joined record.
    pub span: Range<usize>,
    /// The term as written; bytes that are not UTF-8 are replaced.
    pub text: Arc<str>,
    /// What it means, or why it cannot be read.
    pub kind: Result<TermKind, SyntaxError>,
}

/// Why a term cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyntaxError {
    /// The bytes of the joined record that are wrong, within the term.
    pub span: Range<usize>,
    /// What is wrong and what was expected.
    pub fault: SyntaxFault,
}

/// The kinds of terms (§4.6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TermKind {
    /// A mechanism with its qualifier.
    Directive(Qualifier, Mechanism),
    /// `redirect=` (§6.1).
    Redirect(DomainSpec),
    /// `exp=` (§6.2).
    Explanation(DomainSpec),
    /// A modifier that RFC 7208 does not define.
    Unknown,
}

/// What a match means (§4.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Qualifier {
    /// `+`, or no qualifier.
    Pass,
    /// `-`.
    Fail,
    /// `~`.
    Softfail,
    /// `?`.
    Neutral,
}

/// The mechanisms (§5).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mechanism {
    /// Always matches.
    All,
    /// Matches if another domain's record gives pass.
    Include(DomainSpec),
    /// Matches the addresses of a name.
    A(Option<DomainSpec>, Prefixes),
    /// Matches the addresses of a domain's mail hosts.
    Mx(Option<DomainSpec>, Prefixes),
    /// Matches if a validated name of the client is within a domain.
    Ptr(Option<DomainSpec>),
    /// Matches an IPv4 network.
    Ip4(Ipv4Addr, u8),
    /// Matches an IPv6 network.
    Ip6(Ipv6Addr, u8),
    /// Matches if a name has an A record.
    Exists(DomainSpec),
}

/// The `dual-cidr-length` of `a` and `mx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prefixes {
    /// How many bits of an IPv4 address are compared, 0 to 32.
    pub ip4: u8,
    /// How many bits of an IPv6 address are compared, 0 to 128.
    pub ip6: u8,
}

/// Whether `record` begins with the version `v=spf1` and then ends or has a space (§4.5).
pub fn is_spf(record: &[u8]) -> bool {
    match record.split_at_checked(6) {
        Some((version, rest)) => {
            version.eq_ignore_ascii_case(b"v=spf1") && matches!(rest.first(), None | Some(b' '))
        }
        None => false,
    }
}

impl SpfRecord {
    /// Parses the terms of a record for which [`is_spf`] is true.
    pub fn parse(record: &[u8]) -> Self {
        let mut terms = Vec::new();
        let mut redirected = false;
        let mut explained = false;
        let mut start = 6.min(record.len());
        while start < record.len() {
            let length = record[start..].iter().position(|byte| *byte == b' ');
            let end = length.map_or(record.len(), |length| start + length);
            if end > start {
                let mut term = Term::parse(&record[start..end], start);
                let seen = match term.kind {
                    Ok(TermKind::Redirect(_)) => std::mem::replace(&mut redirected, true),
                    Ok(TermKind::Explanation(_)) => std::mem::replace(&mut explained, true),
                    _ => false,
                };
                if seen {
                    term.kind = Err(SyntaxError {
                        span: term.span.clone(),
                        fault: SyntaxFault::ModifierTwice,
                    });
                }
                terms.push(term);
            }
            start = end + 1;
        }
        Self { terms }
    }

    /// The terms that cannot be read, with their errors.
    pub fn errors(&self) -> impl Iterator<Item = (&Term, &SyntaxError)> {
        self.terms
            .iter()
            .filter_map(|term| term.kind.as_ref().err().map(|error| (term, error)))
    }

    /// Whether there is an `all` mechanism, which makes `redirect` ignored (§6.1).
    pub fn has_all(&self) -> bool {
        self.terms
            .iter()
            .any(|term| matches!(term.kind, Ok(TermKind::Directive(_, Mechanism::All))))
    }
}

impl Qualifier {
    /// The result of a match.
    pub fn result(self) -> SpfResult {
        match self {
            Self::Pass => SpfResult::Pass,
            Self::Fail => SpfResult::Fail,
            Self::Softfail => SpfResult::Softfail,
            Self::Neutral => SpfResult::Neutral,
        }
    }
}

/// The character that is not ASCII at the start of `bytes`; `None` if there is none, or they are not
/// UTF-8.
fn character(bytes: &[u8]) -> Option<char> {
    let chunk = bytes.utf8_chunks().next()?;
    chunk.valid().chars().next().filter(|sign| !sign.is_ascii())
}

impl Term {
    fn parse(bytes: &[u8], start: usize) -> Self {
        let kind = match bytes.iter().position(|byte| !byte.is_ascii_graphic()) {
            Some(at) => Err(match character(&bytes[at..]) {
                Some(sign) => MacroError {
                    span: at..at + sign.len_utf8(),
                    fault: SyntaxFault::Character(sign),
                },
                None => MacroError {
                    span: at..at + 1,
                    fault: SyntaxFault::Byte(bytes[at]),
                },
            }),
            None => parse_term(&String::from_utf8_lossy(bytes)),
        };
        Self {
            span: start..start + bytes.len(),
            text: String::from_utf8_lossy(bytes).into(),
            kind: kind.map_err(|error| SyntaxError {
                span: start + error.span.start..start + error.span.end,
                fault: error.fault,
            }),
        }
    }
}

fn parse_term(text: &str) -> Result<TermKind, MacroError> {
    let name_end = text.find(['=', ':', '/']).unwrap_or(text.len());
    match text.as_bytes().get(name_end) {
        Some(b'=') => parse_modifier(text, name_end),
        _ => parse_directive(text, name_end),
    }
}

fn parse_modifier(text: &str, name_end: usize) -> Result<TermKind, MacroError> {
    let name = &text[..name_end];
    let valid = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if !valid {
        return Err(wrong(0..name_end, SyntaxFault::ModifierName));
    }
    let at = name_end + 1;
    let value = &text[at..];
    match name.to_ascii_lowercase().as_str() {
        "redirect" => domain(value, at).map(TermKind::Redirect),
        "exp" => domain(value, at).map(TermKind::Explanation),
        _ => MacroString::parse(value, Letters::All)
            .map(|_| TermKind::Unknown)
            .map_err(|error| moved(error, at)),
    }
}

fn parse_directive(text: &str, name_end: usize) -> Result<TermKind, MacroError> {
    let (qualifier, name_start) = match text.as_bytes().first() {
        Some(b'+') => (Qualifier::Pass, 1),
        Some(b'-') => (Qualifier::Fail, 1),
        Some(b'~') => (Qualifier::Softfail, 1),
        Some(b'?') => (Qualifier::Neutral, 1),
        _ => (Qualifier::Pass, 0),
    };
    let name = text[name_start..name_end].to_ascii_lowercase();
    let rest = &text[name_end..];
    let mechanism = match name.as_str() {
        "all" if rest.is_empty() => Ok(Mechanism::All),
        "all" => Err(wrong(name_end..text.len(), SyntaxFault::BehindAll)),
        "include" => required(rest, name_end).map(Mechanism::Include),
        "exists" => required(rest, name_end).map(Mechanism::Exists),
        "ptr" if rest.is_empty() => Ok(Mechanism::Ptr(None)),
        "ptr" => required(rest, name_end).map(|spec| Mechanism::Ptr(Some(spec))),
        "a" => host(rest, name_end).map(|(spec, prefixes)| Mechanism::A(spec, prefixes)),
        "mx" => host(rest, name_end).map(|(spec, prefixes)| Mechanism::Mx(spec, prefixes)),
        "ip4" => {
            let (network, prefix) = network(rest, name_end, 32, Family::Ip4)?;
            Ok(Mechanism::Ip4(network, prefix))
        }
        "ip6" => {
            let (network, prefix) = network(rest, name_end, 128, Family::Ip6)?;
            Ok(Mechanism::Ip6(network, prefix))
        }
        _ => Err(wrong(name_start..name_end, unknown(&name, text))),
    };
    mechanism.map(|mechanism| TermKind::Directive(qualifier, mechanism))
}

fn unknown(name: &str, text: &str) -> SyntaxFault {
    let meant = match name {
        "ipv4" | "ip" => Some("ip4"),
        "ipv6" => Some("ip6"),
        "includes" | "inlcude" | "inculde" | "incude" | "includ" => Some("include"),
        "exist" => Some("exists"),
        _ => None,
    };
    let text = text.trim_start_matches(['+', '-', '~', '?']);
    let address = text.split('/').next().unwrap_or(text);
    match meant {
        Some(meant) => SyntaxFault::MisspeltMechanism {
            name: name.to_owned(),
            meant,
        },
        None if address.parse::<Ipv4Addr>().is_ok() => SyntaxFault::BareIp4(text.to_owned()),
        None if address.parse::<Ipv6Addr>().is_ok() => SyntaxFault::BareIp6(text.to_owned()),
        None => SyntaxFault::NoTerm,
    }
}

fn required(rest: &str, at: usize) -> Result<DomainSpec, MacroError> {
    match rest.strip_prefix(':') {
        Some(spec) => domain(spec, at + 1),
        None => Err(wrong(at..at + rest.len(), SyntaxFault::ColonAndDomain)),
    }
}

/// Parses `[ ":" domain-spec ] [ dual-cidr-length ]`. A slash may also be part of the domain-spec,
/// so the lengths are searched from the end.
fn host(rest: &str, at: usize) -> Result<(Option<DomainSpec>, Prefixes), MacroError> {
    let mut end = rest.len();
    let mut prefixes = Prefixes { ip4: 32, ip6: 128 };
    if let Some(slashes) = length_start(rest).filter(|start| rest[..*start].ends_with('/')) {
        prefixes.ip6 = prefix(&rest[slashes + 1..end], at + slashes + 1, 128)?;
        end = slashes - 1;
    }
    if let Some(slash) = length_start(&rest[..end]) {
        if length_start(&rest[..slash]).is_some() {
            return Err(wrong(at..at + rest.len(), SyntaxFault::Lengths));
        }
        prefixes.ip4 = prefix(&rest[slash + 1..end], at + slash + 1, 32)?;
        end = slash;
    }
    let spec = &rest[..end];
    if spec.is_empty() {
        return Ok((None, prefixes));
    }
    match spec.strip_prefix(':') {
        Some(name) => Ok((Some(domain(name, at + 1)?), prefixes)),
        None => Err(wrong(at..at + rest.len(), SyntaxFault::DomainAndLengths)),
    }
}

/// The position of the slash that only digits follow to the end.
fn length_start(text: &str) -> Option<usize> {
    text.trim_end_matches(|c: char| c.is_ascii_digit())
        .strip_suffix('/')
        .map(str::len)
}

fn network<T: std::str::FromStr>(
    rest: &str,
    at: usize,
    bits: u8,
    family: Family,
) -> Result<(T, u8), MacroError> {
    let Some(value) = rest.strip_prefix(':') else {
        return Err(wrong(
            at..at + rest.len(),
            SyntaxFault::ColonAndNetwork(family),
        ));
    };
    let at = at + 1;
    let (address, length) = match value.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (value, None),
    };
    let network = address
        .parse()
        .map_err(|_| wrong(at..at + address.len(), SyntaxFault::Address(family)))?;
    let length = match length {
        Some(length) => prefix(length, at + address.len() + 1, bits)?,
        None => bits,
    };
    Ok((network, length))
}

fn prefix(digits: &str, at: usize, bits: u8) -> Result<u8, MacroError> {
    let canonical = digits == "0"
        || (digits.starts_with(|c: char| ('1'..='9').contains(&c))
            && digits.bytes().all(|byte| byte.is_ascii_digit()));
    match digits.parse::<u8>() {
        Ok(length) if canonical && length <= bits => Ok(length),
        _ => Err(wrong(
            at..at + digits.len(),
            SyntaxFault::PrefixLength { bits },
        )),
    }
}

fn domain(text: &str, at: usize) -> Result<DomainSpec, MacroError> {
    DomainSpec::parse(text).map_err(|error| moved(error, at))
}

fn moved(error: MacroError, at: usize) -> MacroError {
    wrong(at + error.span.start..at + error.span.end, error.fault)
}

fn wrong(span: Range<usize>, fault: SyntaxFault) -> MacroError {
    MacroError { span, fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(record: &str) -> Vec<Result<TermKind, SyntaxError>> {
        SpfRecord::parse(record.as_bytes())
            .terms
            .into_iter()
            .map(|term| term.kind)
            .collect()
    }

    fn mechanism(term: &str) -> Option<Mechanism> {
        match kinds(&format!("v=spf1 {term}")).remove(0) {
            Ok(TermKind::Directive(_, mechanism)) => Some(mechanism),
            _ => None,
        }
    }

    #[test]
    fn the_version_is_followed_by_a_space_or_the_end() {
        for record in ["v=spf1", "V=SPF1 a", "v=spf1 "] {
            assert!(is_spf(record.as_bytes()), "{record}");
        }
        for record in ["v=spf10", "v=spf1\t-all", " v=spf1", "v=spf", ""] {
            assert!(!is_spf(record.as_bytes()), "{record}");
        }
    }

    #[test]
    fn terms_know_where_they_stand() {
        let record = SpfRecord::parse(b"v=spf1  mx -all ");
        let spans: Vec<_> = record.terms.iter().map(|term| term.span.clone()).collect();
        assert_eq!(spans, [8..10, 11..15]);
    }

    #[test]
    fn networks_follow_their_grammar() {
        let one = Ipv4Addr::new(192, 0, 2, 1);
        assert_eq!(mechanism("ip4:192.0.2.1"), Some(Mechanism::Ip4(one, 32)));
        assert_eq!(mechanism("IP4:192.0.2.1/0"), Some(Mechanism::Ip4(one, 0)));
        assert_eq!(
            mechanism("ip6:::192.0.2.1/128"),
            Some(Mechanism::Ip6(one.to_ipv6_compatible(), 128))
        );
        for term in [
            "ip4",
            "ip4:",
            "ip4:192.0.2.1/",
            "ip4:192.0.2.1/33",
            "ip4:192.0.2.1/032",
            "ip4:192.0.2.1/+3",
            "ip4:192.0.2",
            "ip4:192.0.2.01",
            "ip4:192.0.2.1//32",
            "ip4=192.0.2.1/x%",
            "ip6:2001:db8::/129",
            "ip6:2001:db8::%1",
            "ip6:",
            "ip6:1:::2",
            "ip4:2001:db8::",
            "ip6:192.0.2.1",
            "ip4/24",
            "192.0.2.1",
            "2001:db8::1/32",
        ] {
            assert!(mechanism(term).is_none(), "{term}");
        }
    }

    #[test]
    fn a_and_mx_take_two_lengths_and_names_with_slashes() {
        let prefixes = |term: &str| match mechanism(term) {
            Some(Mechanism::A(spec, prefixes) | Mechanism::Mx(spec, prefixes)) => {
                Some((spec.is_some(), prefixes.ip4, prefixes.ip6))
            }
            _ => None,
        };
        assert_eq!(prefixes("a"), Some((false, 32, 128)));
        assert_eq!(prefixes("mx/24"), Some((false, 24, 128)));
        assert_eq!(prefixes("a//64"), Some((false, 32, 64)));
        assert_eq!(prefixes("a:%{d}/24//64"), Some((true, 24, 64)));
        assert_eq!(prefixes("a:b/c.example.com"), Some((true, 32, 128)));
        for term in [
            "a/",
            "a//",
            "a/24/",
            "a/24/64",
            "a//64/24",
            "a///24",
            "a/33",
            "a//129",
            "a/024",
            "a:",
            "a:/24",
            "a:example.com:25",
            "a24",
            "a:example.com/24/64",
            "mx:192.0.2.1",
            "a/x",
        ] {
            assert_eq!(prefixes(term), None, "{term}");
        }
    }

    #[test]
    fn modifiers_occur_once_and_unknown_ones_are_read() {
        assert!(kinds("v=spf1 redirect=a.example redirect=b.example")[1].is_err());
        assert!(kinds("v=spf1 exp=a.example EXP=b.example")[1].is_err());
        assert_eq!(
            kinds("v=spf1 x.y-z_1=a:b%%c/=+ x="),
            [Ok(TermKind::Unknown), Ok(TermKind::Unknown)]
        );
        for term in [
            "=all",
            "1a=b",
            "-x=y",
            "x=%y",
            "redirect=",
            "exp=-all",
            "redirect:a.example",
        ] {
            assert!(kinds(&format!("v=spf1 {term}"))[0].is_err(), "{term}");
        }
    }

    #[test]
    fn an_error_points_at_its_bytes_and_says_what_was_expected() {
        let record = "v=spf1 ip4:192.0.2.0/33 ipv4:192.0.2.1 a:b\u{e9}.example -all.";
        let record = SpfRecord::parse(record.as_bytes());
        let errors: Vec<_> = record
            .errors()
            .map(|(_, error)| (error.span.clone(), error.fault.to_string()))
            .collect();
        assert_eq!(errors.len(), 4);
        assert_eq!(errors[0].0, 21..23);
        assert!(errors[0].1.contains("0 to 32"));
        assert_eq!(
            (errors[1].0.clone(), errors[1].1.as_str()),
            (24..28, "there is no mechanism ipv4; expected ip4")
        );
        assert!(errors[2].1.contains("U+00E9"), "{}", errors[2].1);
        assert_eq!(errors[3].0, 54..58);
    }
}
