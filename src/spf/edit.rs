//! SPF records with some terms changed and the others left as they were.

use std::net::IpAddr;

use super::mechanism::within;
use super::record::{Mechanism, Qualifier, SpfRecord, Term, TermKind};

/// The names of mechanisms that take a value behind a colon.
const MECHANISMS: [&str; 7] = ["include", "exists", "ip4", "ip6", "ptr", "mx", "a"];

/// Whether a term is a mechanism that is written with `=`, so that it is a modifier of unknown name,
/// which has no effect (RFC 7208 §6).
pub fn is_without_effect(term: &Term) -> bool {
    let name = term.text.split('=').next().unwrap_or_default();
    term.kind == Ok(TermKind::Unknown)
        && MECHANISMS
            .iter()
            .any(|mechanism| name.eq_ignore_ascii_case(mechanism))
}

/// The directives behind `all`, which are never reached (RFC 7208 §5.1).
pub fn behind_all(record: &SpfRecord) -> impl Iterator<Item = &Term> {
    let mut terms = record.terms.iter();
    terms.by_ref().find(|term| is_all(term));
    terms.filter(|term| matches!(term.kind, Ok(TermKind::Directive(..))) && !is_all(term))
}

/// `record` with the directives behind `all` before it.
pub fn all_last(record: &str) -> String {
    let parsed = SpfRecord::parse(record.as_bytes());
    let behind: Vec<String> = behind_all(&parsed)
        .map(|term| term.text.to_string())
        .collect();
    behind
        .iter()
        .fold(record.to_owned(), |record, term| with_term(&record, term))
}

/// `record` without the terms for which `drop` holds.
pub fn without(record: &str, drop: impl Fn(&Term) -> bool) -> String {
    let terms = SpfRecord::parse(record.as_bytes()).terms;
    let kept = terms.iter().filter(|term| !drop(term));
    written(kept.map(|term| term.text.to_string()))
}

/// `record` with the directive `term` placed before `all`, where it is reached. Terms that say the
/// same with another qualifier, or come after `all`, are removed.
pub fn with_term(record: &str, term: &str) -> String {
    let terms = SpfRecord::parse(record.as_bytes()).terms;
    // `include=` is an unknown modifier; the mechanism was meant.
    let bare = |text: &str| {
        let text = text
            .trim_start_matches(['+', '-', '~', '?'])
            .to_ascii_lowercase();
        match text.split_once('=') {
            Some((name, value)) if MECHANISMS.contains(&name) => format!("{name}:{value}"),
            _ => text,
        }
    };
    let mut texts: Vec<String> = terms.iter().map(|term| term.text.to_string()).collect();
    texts.retain(|text| bare(text) != bare(term));
    let end = texts.iter().position(|text| bare(text) == "all");
    texts.insert(end.unwrap_or(texts.len()), term.to_owned());
    written(texts)
}

/// `record` with an `all` that excludes other clients: `-all` if it has that, else `~all`.
pub fn closed(record: &str) -> String {
    let is_hard = SpfRecord::parse(record.as_bytes())
        .terms
        .iter()
        .any(|term| {
            let kind = term.kind.as_ref();
            kind.is_ok_and(|kind| *kind == TermKind::Directive(Qualifier::Fail, Mechanism::All))
        });
    let all = if is_hard { "-all" } else { "~all" };
    let open = without(record, is_all);
    with_term(&open, all)
}

/// Whether a term is an `all`, whatever its qualifier.
pub fn is_all(term: &Term) -> bool {
    matches!(term.kind, Ok(TermKind::Directive(_, Mechanism::All)))
}

/// One record with the terms of all `records`, each once, and the strictest `all`. `None` if a term
/// cannot be read or a `redirect` would change its meaning.
pub fn merged(records: &[String]) -> Option<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut all: Option<(u8, String)> = None;
    for record in records {
        for term in SpfRecord::parse(record.as_bytes()).terms {
            let is_known = |text: &String| text.eq_ignore_ascii_case(&term.text);
            match term.kind.ok()? {
                TermKind::Redirect(_) => return None,
                TermKind::Directive(qualifier, Mechanism::All) => {
                    let strictness = strictness(qualifier);
                    if all.as_ref().is_none_or(|(other, _)| strictness > *other) {
                        all = Some((strictness, term.text.to_string()));
                    }
                }
                _ if texts.iter().any(is_known) => continue,
                _ => texts.push(term.text.to_string()),
            }
        }
    }
    let all = all.map(|(_, text)| text);
    Some(written(texts.into_iter().chain(all)))
}

/// How strict a qualifier is.
pub(crate) fn strictness(qualifier: Qualifier) -> u8 {
    match qualifier {
        Qualifier::Pass => 0,
        Qualifier::Neutral => 1,
        Qualifier::Softfail => 2,
        Qualifier::Fail => 3,
    }
}

/// Whether `record` names `ip` in a network that passes; `None` if an earlier term needs DNS to be
/// evaluated.
pub fn names_address(record: &SpfRecord, ip: IpAddr) -> Option<bool> {
    let ip = ip.to_canonical();
    for term in &record.terms {
        let (qualifier, matches) = match term.kind.as_ref().ok()? {
            TermKind::Directive(qualifier, Mechanism::Ip4(network, bits)) => {
                (qualifier, within(ip, (*network).into(), *bits))
            }
            TermKind::Directive(qualifier, Mechanism::Ip6(network, bits)) => {
                (qualifier, within(ip, (*network).into(), *bits))
            }
            TermKind::Directive(qualifier, Mechanism::All) => (qualifier, true),
            TermKind::Directive(..) | TermKind::Redirect(_) => return None,
            TermKind::Explanation(_) | TermKind::Unknown => continue,
        };
        if matches {
            return Some(*qualifier == Qualifier::Pass);
        }
    }
    Some(false)
}

pub(super) fn written(terms: impl IntoIterator<Item = String>) -> String {
    let mut record = "v=spf1".to_owned();
    for term in terms {
        record.push(' ');
        record.push_str(&term);
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_put_where_it_is_reached() {
        for (record, expected) in [
            ("v=spf1 mx ~all", "v=spf1 mx include:a.example ~all"),
            (
                "v=spf1 -all include:a.example",
                "v=spf1 include:a.example -all",
            ),
            (
                "v=spf1 ?include:A.example -all",
                "v=spf1 include:a.example -all",
            ),
            (
                "v=spf1 redirect=b.example",
                "v=spf1 redirect=b.example include:a.example",
            ),
            ("v=spf1", "v=spf1 include:a.example"),
            (
                "v=spf1 include=a.example ~all",
                "v=spf1 include:a.example ~all",
            ),
        ] {
            assert_eq!(with_term(record, "include:a.example"), expected, "{record}");
        }
    }

    #[test]
    fn what_stands_behind_all_is_put_before_it() {
        for (record, expected) in [
            (
                "v=spf1 a -all mx include:a.example exp=b.example",
                "v=spf1 a mx include:a.example -all exp=b.example",
            ),
            ("v=spf1 mx -all", "v=spf1 mx -all"),
            ("v=spf1 mx", "v=spf1 mx"),
        ] {
            assert_eq!(all_last(record), expected);
        }
    }

    #[test]
    fn a_record_is_closed_no_laxer_than_it_was() {
        assert_eq!(closed("v=spf1 mx -all"), "v=spf1 mx -all");
        assert_eq!(closed("v=spf1 all"), "v=spf1 ~all");
        assert_eq!(closed("v=spf1 mx"), "v=spf1 mx ~all");
    }

    #[test]
    fn records_are_merged_into_one_that_is_no_laxer() {
        let merge = |records: &[&str]| {
            let records: Vec<String> = records.iter().map(|&record| record.into()).collect();
            merged(&records)
        };
        assert_eq!(
            merge(&["v=spf1 mx ~all", "v=spf1 include:a.example MX -all"]).as_deref(),
            Some("v=spf1 mx include:a.example -all")
        );
        assert_eq!(merge(&["v=spf1 mx", "v=spf1 redirect=a.example"]), None);
        assert_eq!(merge(&["v=spf1 mx", "v=spf1 ipv4:192.0.2.1"]), None);
    }

    #[test]
    fn an_address_is_named_or_not_or_only_dns_knows() {
        let named = |record: &str, ip: &str| {
            names_address(&SpfRecord::parse(record.as_bytes()), ip.parse().unwrap())
        };
        let record = "v=spf1 ip4:192.0.2.0/24 -all";
        assert_eq!(named(record, "192.0.2.9"), Some(true));
        assert_eq!(named(record, "::ffff:192.0.2.9"), Some(true));
        assert_eq!(named(record, "198.51.100.1"), Some(false));
        assert_eq!(named("v=spf1 mx -all", "198.51.100.1"), None);
    }
}
