//! SPF records with some terms changed and the others left as they were.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::mechanism::within;
use super::record::{Mechanism, Qualifier, SpfRecord, Term, TermKind};
use crate::suggest::nearest;

/// The names of mechanisms that take a value, and of modifiers.
const NAMES: [&str; 9] = [
    "include", "exists", "redirect", "ip4", "ip6", "all", "ptr", "mx", "exp",
];

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
        let text = text.trim_start_matches(['+', '-', '~', '?']);
        text.to_ascii_lowercase()
            .replacen("include=", "include:", 1)
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

fn strictness(qualifier: Qualifier) -> u8 {
    match qualifier {
        Qualifier::Pass => 0,
        Qualifier::Neutral => 1,
        Qualifier::Softfail => 2,
        Qualifier::Fail => 3,
    }
}

/// `record` with its syntax errors corrected, as far as the intention is clear; `None` if it is
/// not.
pub fn mended(record: &str) -> Option<String> {
    let terms = SpfRecord::parse(record.as_bytes()).terms;
    let mut texts: Vec<String> = Vec::new();
    let mut terms = terms.iter().peekable();
    while let Some(term) = terms.next() {
        if term.kind.is_ok() {
            texts.push(term.text.to_string());
            continue;
        }
        // `include: example.com`: a space before the name.
        let next = terms.peek().filter(|_| term.text.ends_with([':', '=']));
        let joined = next.map(|next| format!("{}{}", term.text, next.text));
        match joined.and_then(|text| mended_term(&text)) {
            Some(text) => {
                texts.push(text);
                terms.next();
            }
            None => {
                let parts = term.text.split([',', ';']).filter(|part| !part.is_empty());
                for part in parts {
                    texts.push(mended_term(part)?);
                }
            }
        }
    }
    let record = written(texts);
    let is_well = SpfRecord::parse(record.as_bytes())
        .errors()
        .next()
        .is_none();
    is_well.then_some(record)
}

fn mended_term(text: &str) -> Option<String> {
    let text = text.trim_matches(['"', '\'', '\\', '.', '“', '”']);
    if reads(text) {
        return Some(text.to_owned());
    }
    let bare = text.trim_start_matches(['+', '-', '~', '?']);
    let qualifier = &text[..text.len() - bare.len()];
    let (name, value) = match bare.parse::<IpAddr>() {
        Ok(_) => ("", bare),
        Err(_) => bare.split_once([':', '=']).unwrap_or((bare, "")),
    };
    let address = match value.is_empty() {
        true => bare,
        false => value,
    };
    let network = address.split('/').next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    let is_address_term = name.is_empty() || name.starts_with("ip") || name == bare || name == "a";
    if is_address_term && network.parse::<Ipv4Addr>().is_ok() {
        return fits(format!("{qualifier}ip4:{address}"));
    }
    if is_address_term && network.parse::<Ipv6Addr>().is_ok() {
        return fits(format!("{qualifier}ip6:{address}"));
    }
    let meant = match NAMES.contains(&name.as_str()) {
        true => name.as_str(),
        false => nearest(&name, &NAMES, 2).first().copied()?,
    };
    let mark = match meant {
        "redirect" | "exp" => "=",
        _ if value.is_empty() => "",
        _ => ":",
    };
    fits(format!("{qualifier}{meant}{mark}{value}"))
}

fn fits(text: String) -> Option<String> {
    reads(&text).then_some(text)
}

fn reads(term: &str) -> bool {
    let record = format!("v=spf1 {term}");
    let terms = SpfRecord::parse(record.as_bytes()).terms;
    matches!(&terms[..], [Term { kind: Ok(kind), .. }] if *kind != TermKind::Unknown)
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

fn written(terms: impl IntoIterator<Item = String>) -> String {
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
    fn common_slips_are_mended() {
        for (record, expected) in [
            ("v=spf1 ipv4:192.0.2.1 -all", "v=spf1 ip4:192.0.2.1 -all"),
            ("v=spf1 192.0.2.0/24 ~all", "v=spf1 ip4:192.0.2.0/24 ~all"),
            ("v=spf1 2001:db8::1 ~all", "v=spf1 ip6:2001:db8::1 ~all"),
            (
                "v=spf1 ip4:2001:db8::/32 ~all",
                "v=spf1 ip6:2001:db8::/32 ~all",
            ),
            (
                "v=spf1 include: a.example ~all",
                "v=spf1 include:a.example ~all",
            ),
            (
                "v=spf1 inclued:a.example ~all",
                "v=spf1 include:a.example ~all",
            ),
            ("v=spf1 a:a.example,mx ~all.", "v=spf1 a:a.example mx ~all"),
            ("v=spf1 redirect:a.example", "v=spf1 redirect=a.example"),
            (
                "v=spf1 include:a.example ~all\"",
                "v=spf1 include:a.example ~all",
            ),
        ] {
            let given = mended(record);
            assert_eq!(given.as_deref(), Some(expected), "{record}");
        }
        for record in ["v=spf1 ip4:192.0.2.0/99 -all", "v=spf1 colour -all"] {
            assert_eq!(mended(record), None, "{record}");
        }
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
