//! Why two verifiers differ about SPF.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use super::Case;
use crate::claims::matching::mailbox_domain;
use crate::second::Program;
use crate::spf::SpfCause;

/// Why two verifiers differ about SPF.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SpfClause {
    /// They judged another session.
    OtherSession {
        /// The values that differ.
        values: Vec<SessionValue>,
    },
    /// They matched a network that does not contain the client of this session.
    OtherNetwork {
        /// The term that matched.
        matched: String,
    },
    /// The identity names no domain that could have a record, so the result is none.
    DomainInvalid,
    /// They give permerror, but the record here is well-formed and within the limits.
    PermerrorThere {
        /// How many terms caused lookups here.
        lookups: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// They hold an IPv4 client against ip6 terms.
    OtherFamily,
    /// A name of the client matches a ptr term, but they found none.
    PtrMatches,
    /// The client's address is not known here.
    ClientUnknown,
    /// The envelope sender is not known here.
    MailFromUnknown,
    /// The HELO name is not known here.
    HeloUnknown,
    /// The recording used here does not have a question of SPF.
    NotRecorded,
    /// DNS answered all that they asked: they give temperror for a name that DNS cannot have.
    NameImpossible,
    /// An exists term asks for A alone, and they took an AAAA record.
    ExistsAsksForA,
    /// DNS gave them no answer.
    TheirDns,
    /// DNS gave no answer here.
    OwnDns,
    /// MAIL FROM is null, and they do not say which HELO name they used.
    HeloNotSaid {
        /// The HELO name here.
        helo: String,
    },
    /// They use a record, but DNS here has none.
    RecordThere {
        /// The domain.
        domain: String,
    },
    /// They use no record, but DNS here has one.
    RecordHere {
        /// The domain.
        domain: String,
    },
    /// The result is a permerror, but they do not give it.
    PermerrorNotGiven {
        /// The cause of the permerror.
        cause: SpfCause,
    },
}

/// A value of the session that differs.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct SessionValue {
    /// Which value.
    pub part: SessionPart,
    /// The value that they used; `None` if they did not know it.
    pub theirs: Option<String>,
    /// The value judged here.
    pub ours: String,
}

/// A value of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SessionPart {
    /// The address of the client.
    Client,
    /// The reverse-path.
    MailFrom,
    /// The HELO name.
    Helo,
}

impl SpfClause {
    pub(super) fn section(&self) -> Option<&'static str> {
        Some(match self {
            Self::OtherSession { .. }
            | Self::OtherNetwork { .. }
            | Self::ClientUnknown
            | Self::MailFromUnknown
            | Self::HeloUnknown => "RFC 7208 §4.1",
            Self::NotRecorded => return None,
            Self::DomainInvalid => "RFC 7208 §4.3",
            Self::PermerrorThere { .. } => "RFC 7208 §4.6",
            Self::OtherFamily => "RFC 7208 §5",
            Self::PtrMatches => "RFC 7208 §5.5",
            Self::NameImpossible => "RFC 7208 §4.8",
            Self::ExistsAsksForA => "RFC 7208 §5.7",
            Self::TheirDns | Self::OwnDns => "RFC 7208 §2.6.6",
            Self::HeloNotSaid { .. } => "RFC 7208 §2.4",
            Self::RecordThere { .. } | Self::RecordHere { .. } => "RFC 7208 §4.5",
            Self::PermerrorNotGiven { cause } => return permerror_section(*cause),
        })
    }
}

/// The section that requires a permerror for `cause`, if it is one that verifiers often miss.
fn permerror_section(cause: SpfCause) -> Option<&'static str> {
    match cause {
        SpfCause::SeveralRecords => Some("RFC 7208 §4.5"),
        SpfCause::Syntax => Some("RFC 7208 §4.6"),
        SpfCause::TooManyLookups | SpfCause::TooManyVoidLookups | SpfCause::TooManyNames => {
            Some("RFC 7208 §4.6.4")
        }
        SpfCause::IncludeWithoutRecord => Some("RFC 7208 §5.2"),
        SpfCause::RedirectWithoutRecord => Some("RFC 7208 §6.1"),
        _ => None,
    }
}

/// The first reason that applies.
pub(super) fn behind(case: &Case<'_>) -> Option<SpfClause> {
    let rules: [fn(&Case<'_>) -> Option<SpfClause>; 8] = [
        other_session,
        other_network,
        |case| match case.analysis.spf.mail_from.cause {
            SpfCause::ClientIpUnknown => Some(SpfClause::ClientUnknown),
            SpfCause::MailFromUnknown => Some(SpfClause::MailFromUnknown),
            SpfCause::HeloUnknown => Some(SpfClause::HeloUnknown),
            SpfCause::NotRecorded => Some(SpfClause::NotRecorded),
            SpfCause::DomainInvalid => Some(SpfClause::DomainInvalid),
            _ if case.theirs.is_none() => not_judged(case),
            _ if case.theirs_is("temperror") => Some(match case.has_all_answers() {
                true => SpfClause::NameImpossible,
                false => SpfClause::TheirDns,
            }),
            SpfCause::Dns => Some(SpfClause::OwnDns),
            _ => None,
        },
        helo_not_said,
        |case| {
            let none_here = case.analysis.spf.mail_from.cause == SpfCause::NoRecord;
            let domain = case.analysis.spf.mail_from.domain.clone();
            let domain = domain.filter(|_| none_here)?;
            Some(SpfClause::RecordThere { domain })
        },
        |case| {
            let verdict = &case.analysis.spf.mail_from;
            let one_here = verdict.record.is_some() && case.theirs_is("none");
            let domain = verdict.domain.clone().filter(|_| one_here)?;
            Some(SpfClause::RecordHere { domain })
        },
        |case| {
            let cause = case.analysis.spf.mail_from.cause;
            permerror_section(cause)?;
            (!case.theirs_is("permerror")).then_some(SpfClause::PermerrorNotGiven { cause })
        },
        of_term,
    ];
    rules.iter().find_map(|rule| rule(case))
}

/// The reason if there was nothing that they could have judged.
fn not_judged(case: &Case<'_>) -> Option<SpfClause> {
    let session = &case.analysis.session;
    match (&session.client_ip, &session.mail_from) {
        (None, _) => Some(SpfClause::ClientUnknown),
        (_, None) => Some(SpfClause::MailFromUnknown),
        _ => None,
    }
}

/// The reason if one record is read in two ways.
fn of_term(case: &Case<'_>) -> Option<SpfClause> {
    let verdict = &case.analysis.spf.mail_from;
    let record = verdict.record.as_deref()?.to_ascii_lowercase();
    let is_decided = matches!(verdict.cause, SpfCause::Matched | SpfCause::NoMatch);
    if case.theirs_is("permerror") && is_decided {
        return Some(SpfClause::PermerrorThere {
            lookups: verdict.lookups,
            limit: verdict.lookup_limit,
        });
    }
    if case.theirs_is("pass") && record.contains("exists:") && !case.ours_is("pass") {
        return Some(SpfClause::ExistsAsksForA);
    }
    let is_ipv4 = verdict
        .client_ip
        .is_some_and(|ip| ip.to_canonical().is_ipv4());
    let holds_ip6 = record.split(' ').any(|term| {
        let term = term.trim_start_matches(['+', '-', '~', '?']);
        term.starts_with("ip6:")
    });
    if is_ipv4 && holds_ip6 {
        return Some(SpfClause::OtherFamily);
    }
    let matched = verdict
        .matched
        .as_ref()?
        .term
        .trim_start_matches(['+', '-', '~', '?']);
    let is_ptr = matched
        .split([':', '/'])
        .next()?
        .eq_ignore_ascii_case("ptr");
    is_ptr.then_some(SpfClause::PtrMatches)
}

fn helo_not_said(case: &Case<'_>) -> Option<SpfClause> {
    let session = &case.analysis.session;
    let mail_from = session.mail_from.as_ref()?;
    let is_silent = mail_from.value.is_empty() && case.opinion.session.helo.is_none();
    let helo = session.helo.as_ref().filter(|_| is_silent)?;
    Some(SpfClause::HeloNotSaid {
        helo: helo.value.clone(),
    })
}

/// The difference between the session that they judged and ours.
fn other_session(case: &Case<'_>) -> Option<SpfClause> {
    let (session, given) = (&case.analysis.session, &case.opinion.session);
    let mut values = Vec::new();
    let mut differs = |part, theirs: Option<&str>, ours: &str| {
        values.push(SessionValue {
            part,
            theirs: theirs.map(str::to_owned),
            ours: ours.to_owned(),
        });
    };
    if let (Some(theirs), Some(ours)) = (&given.client_ip, &session.client_ip) {
        let same = theirs
            .parse()
            .is_ok_and(|theirs: IpAddr| theirs.to_canonical() == ours.value.to_canonical());
        if !same {
            differs(SessionPart::Client, Some(theirs), &ours.value.to_string());
        }
    }
    // If a session has no client, its other values show that it was given.
    let says_session = given.helo.is_some() || given.mail_from.is_some();
    if let (None, true, Some(ours)) = (&given.client_ip, says_session, &session.client_ip) {
        differs(SessionPart::Client, None, &ours.value.to_string());
    }
    let null = |path: &str| path.is_empty() || path == "<>";
    if let (Some(theirs), Some(ours)) = (&given.mail_from, &session.mail_from) {
        // A verifier may write the null reverse-path as the mailbox that SPF uses in its place.
        let both_null = null(&ours.value) && (null(theirs) || theirs.starts_with("postmaster@"));
        let same = both_null || theirs.eq_ignore_ascii_case(&ours.value) || {
            let (theirs, ours) = (mailbox_domain(theirs), &ours.value);
            !ours.contains('@') && theirs.eq_ignore_ascii_case(ours)
        };
        if !same {
            differs(SessionPart::MailFrom, Some(theirs), &ours.value);
        }
    }
    // The HELO name matters if MAIL FROM is null.
    let counts = session
        .mail_from
        .as_ref()
        .is_some_and(|path| null(&path.value));
    if let (Some(theirs), Some(ours), true) = (&given.helo, &session.helo, counts)
        && !theirs.eq_ignore_ascii_case(&ours.value)
    {
        differs(SessionPart::Helo, Some(theirs), &ours.value);
    }
    (!values.is_empty()).then_some(SpfClause::OtherSession { values })
}

/// The reason if rspamd matched a network that does not contain the client of this session.
fn other_network(case: &Case<'_>) -> Option<SpfClause> {
    let option = case.theirs?.text.as_deref()?;
    let client = case.analysis.session.client_ip.as_ref()?.value;
    let matched = option.trim_start_matches(['+', '-', '~', '?']);
    let matched = matched.trim_end_matches(":c");
    let network = matched
        .strip_prefix("ip4:")
        .or_else(|| matched.strip_prefix("ip6:"))?;
    let outside = case.opinion.program == Program::Rspamd && !holds(network, client)?;
    outside.then(|| SpfClause::OtherNetwork {
        matched: matched.to_owned(),
    })
}

/// Whether `client` is in `network`; `None` if that is not a network.
fn holds(network: &str, client: IpAddr) -> Option<bool> {
    let (address, bits) = match network.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
        None => (network, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let width: u32 = if address.is_ipv4() { 32 } else { 128 };
    let beyond = width.checked_sub(bits.unwrap_or(width))?;
    let same = |differ: u128| differ.checked_shr(beyond).unwrap_or(0) == 0;
    Some(match (address, client) {
        (IpAddr::V4(address), IpAddr::V4(client)) => {
            same(u128::from(address.to_bits() ^ client.to_bits()))
        }
        (IpAddr::V6(address), IpAddr::V6(client)) => same(address.to_bits() ^ client.to_bits()),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_in_a_network_when_the_bits_of_the_prefix_are_the_same() {
        let holds = |network, client: &str| holds(network, client.parse().unwrap());
        assert_eq!(holds("192.0.2.0/24", "192.0.2.255"), Some(true));
        assert_eq!(holds("192.0.2.0/25", "192.0.2.255"), Some(false));
        assert_eq!(holds("0.0.0.0/0", "192.0.2.255"), Some(true));
        assert_eq!(holds("192.0.2.1", "192.0.2.1"), Some(true));
        assert_eq!(holds("2001:db8::/32", "2001:db8:1::1"), Some(true));
        assert_eq!(holds("2001:db8::/48", "2001:db8:1::1"), Some(false));
        assert_eq!(holds("2001:db8::/32", "192.0.2.1"), Some(false));
        for none in ["192.0.2.0/33", "example.com", "192.0.2.0/-1", "::/129", ""] {
            assert_eq!(holds(none, "2001:db8::1"), None, "{none}");
        }
    }
}
