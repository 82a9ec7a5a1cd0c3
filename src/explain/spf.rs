//! Words about SPF verdicts and their causes.

use super::means::Means;
use std::fmt;

use crate::dns::failure_in_words;
use crate::spf::syntax::{Family, SyntaxFault};
use crate::spf::{
    ExplanationProblem, IdentityProblem, IdentityRole, LeadsNowhere, SpfAnswer, SpfFound,
    SpfMatched, SpfResult, SpfStop, SpfVerdict, TargetProblem, TermAt, without_qualifier,
};
use crate::typed::name_of;

/// Why SPF has its result: one sentence without a capital letter or a full stop. It quotes records.
pub fn cause(verdict: &SpfVerdict) -> impl fmt::Display + '_ {
    Cause(verdict)
}

struct Cause<'a>(&'a SpfVerdict);

impl fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = self.0;
        match (&verdict.matched, &verdict.stop) {
            (Some(matched), _) => {
                matching(verdict, matched, f)?;
                through(&matched.via, f)?;
                spent(verdict, f)
            }
            (None, Some(stop)) => match verdict.circle() {
                Some(circle) => write!(f, "{}", Circle(&circle)),
                None => {
                    write!(f, "{stop}")?;
                    through(&verdict.via, f)
                }
            },
            (None, None) => {
                let domain = verdict.domain.as_deref().unwrap_or_default();
                write!(f, "no term of the record of {domain} matches ")?;
                client(verdict, f)?;
                f.write_str(", and none says what holds for the rest")?;
                through(&verdict.via, f)?;
                spent(verdict, f)
            }
        }
    }
}

/// How SPF records lead back to themselves; the first domain is also the last.
pub struct Circle<'a>(pub &'a [&'a str]);

impl fmt::Display for Circle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [own, _] => write!(
                f,
                "the SPF record of {own} leads to itself, so that it never ends"
            ),
            all => write!(
                f,
                "SPF records lead in a loop that never ends: {}",
                all.join(" leads to ")
            ),
        }
    }
}

fn client(verdict: &SpfVerdict, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match verdict.client_ip {
        Some(ip) => write!(f, "{ip}"),
        None => f.write_str("any client"),
    }
}

fn spent(verdict: &SpfVerdict, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (lookups, limit) = (verdict.lookups, verdict.lookup_limit);
    write!(f, " ({lookups} of {limit} lookups)")
}

fn matching(verdict: &SpfVerdict, matched: &SpfMatched, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let SpfMatched {
        term,
        record_domain,
        directive,
        via,
    } = matched;
    client(verdict, f)?;
    let catch_all = without_qualifier(term).eq_ignore_ascii_case("all");
    match (verdict.result, catch_all) {
        (SpfResult::Pass, false) if via.is_empty() => {
            write!(f, " matches {term} in the record of {record_domain}")
        }
        (SpfResult::Pass, false) => write!(f, " matches {term}"),
        (SpfResult::Pass, true) => write!(
            f,
            " passes because the record of {record_domain} has {term}, which lets every client pass"
        ),
        (_, true) if term == directive => write!(
            f,
            " matches no term of the record of {record_domain} before {term}"
        ),
        _ if term == directive => write!(f, " matches {term} in the record of {record_domain}"),
        _ => write!(
            f,
            " matches {term} in the record of {record_domain}, and thereby {directive}"
        ),
    }
}

fn through(via: &[impl AsRef<str>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, term) in via.iter().enumerate() {
        let before = if index == 0 {
            ", reached through "
        } else {
            " and "
        };
        write!(f, "{before}{}", term.as_ref())?;
    }
    Ok(())
}

impl fmt::Display for TermAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in the record of {}", self.term, self.record_domain)
    }
}

impl fmt::Display for SpfStop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MailFromUnknown => write!(
                f,
                "the MAIL FROM address is not known; give it with {}",
                Means::MailFrom
            ),
            Self::HeloUnknown {
                for_mail_from: true,
            } => write!(
                f,
                "MAIL FROM is empty, so the HELO name stands in for it, and that is not known; \
                 give it with {}",
                Means::Helo
            ),
            Self::HeloUnknown {
                for_mail_from: false,
            } => write!(
                f,
                "the HELO name is not known; give it with {}",
                Means::Helo
            ),
            Self::IdentityInvalid { role, problem } => {
                let role = match role {
                    IdentityRole::MailFrom => "MAIL FROM",
                    IdentityRole::HeloForMailFrom => {
                        "HELO, which stands in for the empty MAIL FROM,"
                    }
                    IdentityRole::Helo => "HELO",
                };
                write!(
                    f,
                    "{role} names no domain that could have a record: {problem}"
                )
            }
            Self::OneLabel(domain) => write!(f, "{domain} has only one label"),
            Self::TooDeep { limit } => {
                write!(f, "more than {limit} records lead one to the next")
            }
            Self::RecordFailed { domain, failure } => {
                let failure = failure_in_words(failure);
                write!(f, "the TXT lookup of {domain} failed: {failure}")
            }
            Self::RecordNotRecorded(domain) => {
                write!(f, "the recorded DNS does not hold TXT of {domain}")
            }
            Self::NoSuchDomain(domain) => {
                write!(f, "{domain} does not exist, so it has no SPF record")
            }
            Self::AliasLeadsNowhere { domain, end } if end.is_root() => write!(
                f,
                "{domain} is an alias (CNAME) of the root, where no SPF record stands"
            ),
            Self::AliasLeadsNowhere { domain, end } => write!(
                f,
                "{domain} is an alias (CNAME) of {end}, which does not exist, so it has no SPF record"
            ),
            Self::NoRecord(domain) => write!(f, "{domain} has no SPF record"),
            Self::RecordTooLong {
                domain,
                length,
                limit,
            } => write!(
                f,
                "the record of {domain} has {length} bytes, and only {limit} are read"
            ),
            Self::SeveralRecords { domain, count } => write!(
                f,
                "{domain} has {count} SPF records, and only one is allowed"
            ),
            Self::Syntax { at, fault } => write!(
                f,
                "the record of {} has a syntax error at {}: {fault}",
                at.record_domain, at.term
            ),
            Self::TooManyNames { at, hosts, limit } => {
                write!(
                    f,
                    "{at} leads to {hosts} mail hosts, and {limit} are allowed"
                )
            }
            Self::LeadsNowhere { at, why, .. } => match &**why {
                LeadsNowhere::Target(problem) => write!(f, "{at} leads nowhere: {problem}"),
                LeadsNowhere::Domain(stop) => write!(f, "{at} leads nowhere: {stop}"),
            },
            Self::LookupFailed {
                at,
                name,
                record_type,
                failure,
            } => write!(
                f,
                "the {record_type} lookup of {name} for {at} failed: {}",
                failure_in_words(failure)
            ),
            Self::NotRecorded {
                at,
                name,
                record_type,
            } => write!(
                f,
                "the recorded DNS does not hold {record_type} of {name} for {at}"
            ),
            Self::ClientIpUnknown(at) => write!(
                f,
                "the address of the client is not known; give it with {}, as it is needed for {at}",
                Means::ClientIp
            ),
            Self::HeloNeeded(at) => write!(
                f,
                "{at} needs the HELO name, which is not known; give it with {}",
                Means::Helo
            ),
            Self::TooManyLookups { at, number, limit } => {
                write!(f, "{at} is lookup {number}, and {limit} are allowed")
            }
            Self::TooManyVoidLookups {
                at,
                name,
                found,
                number,
                limit,
            } => write!(
                f,
                "{at} looks up {name}, which {found}; it is void lookup {number}, and {limit} are \
                 allowed"
            ),
            Self::ExplanationUnusable(problem) => write!(f, "not used: {problem}"),
        }
    }
}

impl fmt::Display for IdentityProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit } => write!(f, "it is longer than {limit} octets"),
            Self::Address(text) => write!(f, "{text} is an address"),
            Self::NotAName { text, error } => write!(f, "{text:?}: {error}"),
            Self::Character { text, character } => write!(f, "{text:?} holds {character:?}"),
            Self::OneLabel(text) => write!(f, "{text} has only one label"),
        }
    }
}

impl fmt::Display for TargetProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAscii(text) => write!(f, "{text:?} is made of what is not ASCII"),
            Self::NotAName { text, error } => write!(f, "{text:?} is no domain name: {error}"),
        }
    }
}

impl fmt::Display for ExplanationProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(problem) => write!(f, "{problem}"),
            Self::NoText => f.write_str("there is no TXT record"),
            Self::SeveralTexts => f.write_str("there are several TXT records"),
            Self::NotAscii => f.write_str("the text is not ASCII"),
            Self::Syntax(fault) => write!(f, "the text is broken: {fault}"),
            Self::WouldNotBeAscii => f.write_str("the text would not be ASCII"),
            Self::WouldBeTooLong => f.write_str("the text would be too long"),
        }
    }
}

impl fmt::Display for SpfAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(found) => write!(f, "{found}"),
            Self::RedirectBesideAll => f.write_str("ignored, as the record has all"),
            Self::Explanation(text) => f.write_str(text),
            Self::Target(problem) => write!(f, "{problem}"),
            Self::Syntax(fault) => write!(f, "{fault}"),
            Self::Stop(stop) => write!(f, "{stop}"),
        }
    }
}

impl fmt::Display for SpfFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchName => f.write_str("does not exist"),
            Self::NoRecord(kind) => write!(f, "has no {kind} record"),
            Self::Records { first, more } => {
                for (index, record) in first.iter().enumerate() {
                    let before = if index == 0 { "" } else { ", " };
                    let record = if record.is_empty() { "a text" } else { record };
                    write!(f, "{before}{record}")?;
                }
                match more {
                    0 => Ok(()),
                    more => write!(f, ", {more} more"),
                }
            }
        }
    }
}

/// `name` without its article.
fn bare(name: &str) -> &str {
    let articles = ["a ", "an "].into_iter();
    articles
        .filter_map(|article| name.strip_prefix(article))
        .next()
        .unwrap_or(name)
}

impl fmt::Display for SyntaxFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ModifierTwice => "this modifier occurs twice; expected it once at most",
            Self::Byte(b'\n') => "unexpected line feed; expected visible ASCII characters only",
            Self::Byte(b'\r') => {
                "unexpected carriage return; expected visible ASCII characters only"
            }
            Self::Byte(b'\t') => "unexpected tab; expected visible ASCII characters only",
            Self::Byte(byte) => {
                return write!(
                    f,
                    "unexpected byte 0x{byte:02x}; expected visible ASCII characters only"
                );
            }
            Self::Character(sign) => {
                let code = u32::from(*sign);
                return match name_of(*sign) {
                    Some(name) => write!(
                        f,
                        "unexpected {} (U+{code:04X}); expected visible ASCII characters only",
                        bare(name)
                    ),
                    None => write!(
                        f,
                        "unexpected \"{sign}\" (U+{code:04X}); expected visible ASCII characters only"
                    ),
                };
            }
            Self::NotVisible => "expected visible ASCII characters only",
            Self::ModifierName => {
                "expected the name of a modifier before =: a letter, then letters, digits, - _ or ."
            }
            Self::BehindAll => "expected nothing after all",
            Self::MisspeltMechanism { name, meant } => {
                return write!(f, "there is no mechanism {name}; expected {meant}");
            }
            Self::BareIp4(text) => return write!(f, "expected ip4:{text}"),
            Self::BareIp6(text) => return write!(f, "expected ip6:{text}"),
            Self::NoTerm => {
                "expected a mechanism: all, include, a, mx, ptr, ip4, ip6 or exists; or a modifier \
                 with ="
            }
            Self::ColonAndDomain => "expected : and a domain name",
            Self::Lengths => "expected one IPv4 length after / and one IPv6 length after //",
            Self::DomainAndLengths => {
                "expected :domain, /length for IPv4 and //length for IPv6, in this order"
            }
            Self::ColonAndNetwork(family) => {
                return write!(f, "expected : and {}", address(*family));
            }
            Self::Address(family) => return write!(f, "expected {}", address(*family)),
            Self::PrefixLength { bits } => {
                return write!(
                    f,
                    "expected a prefix length of 0 to {bits} after /, without leading zeros"
                );
            }
            Self::NoDomain => "expected a domain name",
            Self::TopLabel(label) => {
                return write!(
                    f,
                    "expected a domain name; {label:?} cannot be a top-level domain"
                );
            }
            Self::BehindMacro => "expected a dot and a top-level domain after the macro",
            Self::OneLabel => "expected a domain name of at least two labels, as example.com",
            Self::MacroEnd => "expected } at the end of the macro",
            Self::Percent => "expected {, %, _ or - after a percent sign",
            Self::ExplanationLetter(letter) => {
                return write!(f, "the macro letter {letter} is only for explanation texts");
            }
            Self::NoLetter => "expected a macro letter",
            Self::UnknownLetter(letter) => {
                return write!(
                    f,
                    "{letter:?} is no macro letter; expected one of s l o d i p v h"
                );
            }
            Self::ZeroParts => "expected a number of parts of at least 1",
            Self::InMacro(other) => {
                return write!(
                    f,
                    "unexpected {other:?} in a macro; after the letter come digits, r, and \
                     delimiters out of . - + , / _ ="
                );
            }
        })
    }
}

fn address(family: Family) -> &'static str {
    match family {
        Family::Ip4 => "an IPv4 address as 192.0.2.0",
        Family::Ip6 => "an IPv6 address as 2001:db8::",
    }
}
