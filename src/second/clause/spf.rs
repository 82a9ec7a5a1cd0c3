//! Why two verifiers differ about SPF.

use std::net::IpAddr;

use super::{Case, Rule};
use crate::second::Program;
use crate::spf::SpfCause;

pub(super) const RULES: &[Rule] = &[
    Rule::by("RFC 7208 §4.1", other_session),
    Rule::by("RFC 7208 §4.1", other_client),
    Rule::by("RFC 7208 §4.1", |case| {
        Some(match case.analysis.spf.mail_from.cause {
            SpfCause::ClientIpUnknown => "the client's address is not known here".into(),
            SpfCause::MailFromUnknown => "the envelope sender is not known here".into(),
            SpfCause::HeloUnknown => "the HELO name is not known here".into(),
            _ => return None,
        })
    }),
    Rule::at_hand(|case| {
        let missing = case.analysis.spf.mail_from.cause == SpfCause::NotRecorded;
        missing.then(|| "the recorded DNS here does not hold what SPF asks".into())
    }),
    Rule::by("RFC 7208 §2.6.6", |case| {
        let failed = case.theirs_is("temperror");
        failed.then(|| "DNS gave it no answer".into())
    }),
    Rule::by("RFC 7208 §2.6.6", |case| {
        let failed = case.analysis.spf.mail_from.cause == SpfCause::Dns;
        failed.then(|| "DNS gave no answer here".into())
    }),
    Rule::by("RFC 7208 §2.4", |case| {
        let session = &case.analysis.session;
        let is_null = session
            .mail_from
            .as_ref()
            .is_some_and(|it| it.value.is_empty());
        let helo = &session.helo.as_ref()?.value;
        (is_null && case.peer.session.helo.is_none()).then(|| {
            format!(
                "MAIL FROM is null, so SPF judges the HELO name: {helo} here; {} does not say \
                 which it was given",
                case.peer.program
            )
        })
    }),
    Rule::by("RFC 7208 §4.5", |case| {
        let none_here = case.analysis.spf.mail_from.cause == SpfCause::NoRecord;
        let domain = case.analysis.spf.mail_from.domain.as_ref()?;
        none_here.then(|| format!("it counts a record, where DNS here has none for {domain}"))
    }),
    Rule::by("RFC 7208 §4.5", |case| {
        let verdict = &case.analysis.spf.mail_from;
        let domain = verdict
            .domain
            .as_ref()
            .filter(|_| verdict.record.is_some())?;
        case.theirs_is("none")
            .then(|| format!("it counts no record, where DNS here has one for {domain}"))
    }),
    Rule::by("RFC 7208 §4.5", |case| {
        overlooked(case, SpfCause::SeveralRecords, "several SPF records")
    }),
    Rule::by("RFC 7208 §4.6", |case| {
        overlooked(case, SpfCause::Syntax, "a syntax error in the record")
    }),
    Rule::by("RFC 7208 §4.6.4", |case| {
        let too_many = [
            (
                SpfCause::TooManyLookups,
                "too many terms that cause lookups",
            ),
            (SpfCause::TooManyVoidLookups, "too many lookups of nothing"),
            (SpfCause::TooManyNames, "too many hosts of one mx term"),
        ];
        let mut too_many = too_many.into_iter();
        too_many.find_map(|(cause, what)| overlooked(case, cause, what))
    }),
    Rule::by("RFC 7208 §5.2", |case| {
        let what = "an include of a domain without a record";
        overlooked(case, SpfCause::IncludeWithoutRecord, what)
    }),
    Rule::by("RFC 7208 §6.1", |case| {
        let what = "a redirect to a domain without a record";
        overlooked(case, SpfCause::RedirectWithoutRecord, what)
    }),
];

/// What makes a permerror of it here, and not there.
fn overlooked(case: &Case<'_>, cause: SpfCause, what: &str) -> Option<String> {
    let is_it = case.analysis.spf.mail_from.cause == cause;
    (is_it && !case.theirs_is("permerror")).then(|| format!("{what}, which is a permerror"))
}

/// What of the session they were given is not what was judged here.
fn other_session(case: &Case<'_>) -> Option<String> {
    let (session, given) = (&case.analysis.session, &case.peer.session);
    let mut others = Vec::new();
    let mut compare = |what: &str, theirs: &str, ours: &str, same: bool| {
        if !same {
            others.push(format!("{what} is {theirs} there and {ours} here"));
        }
    };
    if let (Some(theirs), Some(ours)) = (&given.client_ip, &session.client_ip) {
        let same = theirs
            .parse()
            .is_ok_and(|theirs: IpAddr| theirs.to_canonical() == ours.value);
        compare("the client", theirs, &ours.value.to_string(), same);
    }
    // A session without a client is said so by its other values.
    let says_session = given.helo.is_some() || given.mail_from.is_some();
    if let (None, true, Some(ours)) = (&given.client_ip, says_session, &session.client_ip) {
        compare("the client", "unknown", &ours.value.to_string(), false);
    }
    let null = |path: &str| path.is_empty() || path == "<>";
    if let (Some(theirs), Some(ours)) = (&given.mail_from, &session.mail_from) {
        // A verifier may write the null reverse-path as the mailbox that SPF judges for it.
        let both_null = null(&ours.value) && (null(theirs) || theirs.starts_with("postmaster@"));
        let same = both_null || theirs.eq_ignore_ascii_case(&ours.value) || {
            let (theirs, ours) = (domain(theirs), &ours.value);
            !ours.contains('@') && theirs.eq_ignore_ascii_case(ours)
        };
        compare("MAIL FROM", theirs, &ours.value, same);
    }
    // The HELO name counts where MAIL FROM is null.
    let counts = session
        .mail_from
        .as_ref()
        .is_some_and(|path| null(&path.value));
    if let (Some(theirs), Some(ours), true) = (&given.helo, &session.helo, counts) {
        let same = theirs.eq_ignore_ascii_case(&ours.value);
        compare("HELO", theirs, &ours.value, same);
    }
    (!others.is_empty()).then(|| format!("the session differs: {}", others.join(", ")))
}

fn domain(mailbox: &str) -> &str {
    mailbox.rsplit('@').next().unwrap_or(mailbox)
}

/// That rspamd matched a network in which the client of this session is not.
fn other_client(case: &Case<'_>) -> Option<String> {
    let option = case.theirs?.text.as_deref()?;
    let client = case.analysis.session.client_ip.as_ref()?.value;
    let matched = option.trim_start_matches(['+', '-', '~', '?']);
    let matched = matched.trim_end_matches(":c");
    let network = matched
        .strip_prefix("ip4:")
        .or_else(|| matched.strip_prefix("ip6:"))?;
    let outside = case.peer.program == Program::Rspamd && !holds(network, client)?;
    outside.then(|| format!("the session differs: it matched {matched}, and {client} is not in it"))
}

/// Whether `client` is in `network`; `None` where that is none.
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
