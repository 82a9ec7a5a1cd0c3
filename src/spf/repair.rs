//! What an SPF record with typing errors was meant to be.
//!
//! A repair never makes a record weaker. A dash of any kind before `all` is `-`, a sign like a tilde
//! is `~`; where the qualifier cannot be known it is `~`, and never `+`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::edit::written;
use super::record::{Mechanism, Qualifier, SpfRecord, Term, TermKind};
use crate::suggest::nearest;
use crate::typed::{LONGEST, plain};

/// The names of mechanisms that take a value, and of modifiers.
const NAMES: [&str; 9] = [
    "include", "exists", "redirect", "ip4", "ip6", "all", "ptr", "mx", "exp",
];

/// What begins a term, with a sign behind it that no domain name has.
const BEGINNINGS: [&str; 5] = ["include:", "exists:", "redirect=", "ip4:", "ip6:"];

/// The same for terms that only an address can stand before.
const SHORT_BEGINNINGS: [&str; 4] = ["a:", "mx:", "ptr:", "exp="];

/// Ways in which the version is written.
const VERSIONS: [&str; 8] = [
    "v=spf1.0", "v=spf1", "v:spf1", "v=spf2", "v=spf", "spf=1", "spf1", "v spf1",
];

const QUALIFIERS: [char; 4] = ['+', '-', '~', '?'];

/// A record with its typing errors corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The record.
    pub record: String,
    /// Whether the sign before `all` could not be known, so that `~all` stands there.
    pub guessed: bool,
}

/// Whether `text` was meant for an SPF record, whether all of it is clear or not.
pub fn is_meant(text: &str) -> bool {
    behind_version(text).is_some()
}

/// `text` as it was meant, if it was meant for an SPF record and all of it is clear.
pub fn repaired(text: &str) -> Option<Repair> {
    if text.len() > LONGEST {
        return None;
    }
    let mut guessed = false;
    let mut texts: Vec<String> = Vec::new();
    for piece in joined(pieces(behind_version(text)?)) {
        if piece.text.eq_ignore_ascii_case("v=spf1") {
            continue;
        }
        let terms = match piece.is_typed && reads(&piece.text) && !is_glued(&piece.text) {
            true => vec![piece.text.clone()],
            false => split_terms(&piece.text)?,
        };
        for term in terms {
            let is_bare = term.trim_start_matches('+').eq_ignore_ascii_case("all");
            if is_bare && !(piece.is_typed && term == piece.text) {
                guessed = true;
                texts.push("~all".to_owned());
            } else {
                texts.push(term);
            }
        }
    }
    let record = written(texts);
    let mut terms = SpfRecord::parse(record.as_bytes()).terms.into_iter();
    terms
        .all(|term| term.kind.is_ok() && !is_glued(&term.text) && !is_wide(&term))
        .then_some(Repair { record, guessed })
}

/// Whether a term names so large a network that digits of its length were perhaps lost.
fn is_wide(term: &Term) -> bool {
    match term.kind {
        Ok(TermKind::Directive(_, Mechanism::Ip4(_, bits))) => bits < 8,
        Ok(TermKind::Directive(_, Mechanism::Ip6(_, bits))) => bits < 16,
        _ => false,
    }
}

/// The strictest `all` that `text` shows, whether it can be read or not; a sign that cannot be known
/// counts as `~`.
pub fn typed_all(text: &str) -> Option<Qualifier> {
    let text = plain(text).to_ascii_lowercase();
    let rank = |qualifier: &Qualifier| match qualifier {
        Qualifier::Fail => 3,
        Qualifier::Softfail => 2,
        Qualifier::Neutral => 1,
        Qualifier::Pass => 0,
    };
    let found = text.match_indices("all").filter_map(|(at, _)| {
        let mut behind = text[at + 3..].chars();
        let after = behind.next();
        let is_name = after == Some('.') && behind.next().is_some_and(char::is_alphanumeric);
        let before = text[..at].trim_end_matches([' ', '"']);
        let sign = before.chars().next_back();
        let is_word = |char: char| char.is_ascii_alphanumeric() || "-._/:=".contains(char);
        if is_name || after.is_some_and(is_word) && after != Some('.') {
            return None;
        }
        match (sign?, text[..at].ends_with(' ')) {
            ('-', _) => Some(Qualifier::Fail),
            ('~', _) => Some(Qualifier::Softfail),
            ('?', _) => Some(Qualifier::Neutral),
            ('+', _) => Some(Qualifier::Pass),
            (_, true) => Some(Qualifier::Pass),
            (sign, false) if sign.is_alphanumeric() => None,
            _ => Some(Qualifier::Softfail),
        }
    });
    found.max_by_key(rank)
}

/// One term as typed, or a piece of it.
#[derive(Clone, Debug)]
struct Piece {
    text: String,
    /// Whether it stands there so, between spaces.
    is_typed: bool,
    /// Whether only a comma or a semicolon parts it from the one before.
    is_listed: bool,
}

/// What follows the version; `None` if there is none.
fn behind_version(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    if let Some(at) = lower.find("v=spf1") {
        let rest = &text[at + "v=spf1".len()..];
        // `v=spf1.0`
        return Some(match rest.strip_prefix(".0") {
            Some(behind) if !behind.starts_with(|char: char| char.is_ascii_alphanumeric()) => {
                behind
            }
            _ => rest,
        });
    }
    if let Some(rest) = behind_parted(text, |seen| seen == "v=spf1") {
        return Some(rest);
    }
    // The first letters are found in the text itself, however their signs are written.
    let mut squeezed = String::new();
    for (at, char) in text.char_indices().take(40) {
        squeezed.push_str(&plain(&char.to_string()));
        let seen = squeezed.trim_start_matches([' ', '"']).to_ascii_lowercase();
        let seen = seen.replace("= ", "=").replace(" =", "=");
        let rest = &text[at + char.len_utf8()..];
        let ends = rest
            .chars()
            .next()
            .is_none_or(|next| !next.is_ascii_alphanumeric() && next != '.');
        if VERSIONS.contains(&seen.as_str()) && ends {
            return Some(rest);
        }
    }
    behind_parted(text, |seen| !nearest(seen, &["v=spf1"], 1).is_empty())
}

/// What follows the first letters, read without the blanks among them, for which `is_version` holds.
fn behind_parted(text: &str, is_version: impl Fn(&str) -> bool) -> Option<&str> {
    let mut squeezed = String::new();
    text.char_indices().take(20).find_map(|(at, char)| {
        let signs = plain(&char.to_string()).to_ascii_lowercase();
        squeezed.extend(signs.chars().filter(|sign| !" \"".contains(*sign)));
        let rest = &text[at + char.len_utf8()..];
        let goes_on = |next: char| next.is_ascii_alphanumeric() || ".:=/@".contains(next);
        (!rest.starts_with(goes_on) && is_version(&squeezed)).then_some(rest)
    })
}

/// The text between spaces; what cannot be read so is split at other blanks, commas, semicolons and
/// quotation marks too.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for token in text.split(' ').filter(|token| !token.is_empty()) {
        if reads(token) && !is_glued(token) {
            pieces.push(Piece {
                text: token.to_owned(),
                is_typed: true,
                is_listed: false,
            });
            continue;
        }
        let plain = plain(token);
        let mut is_listed = false;
        for part in plain.split_inclusive([' ', ',', ';', '"', '\\', '|']) {
            let bare = part.trim_matches([' ', ',', ';', '"', '\\', '|']);
            if !bare.is_empty() {
                pieces.push(Piece {
                    text: bare.to_owned(),
                    is_typed: false,
                    is_listed,
                });
            }
            is_listed = part.ends_with([',', ';']);
        }
    }
    pieces
}

/// The pieces with those joined that one space too many has parted: `include: a.example`, `- all`.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut all: Vec<Piece> = Vec::new();
    for piece in pieces {
        let is_sign = |text: &str| text.chars().all(|char| QUALIFIERS.contains(&char));
        let Some(last) = all.last_mut() else {
            all.push(piece);
            continue;
        };
        let hangs = last.text.ends_with([':', '=']) && !reads(&last.text);
        let is_all = piece
            .text
            .trim_start_matches([':', '='])
            .eq_ignore_ascii_case("all");
        let begins = piece.text.starts_with([':', '=']) && !is_all;
        if is_sign(&last.text) || hangs || begins {
            // `ip4:,92.0.2.7`: the sign may stand for a digit.
            if hangs && piece.is_listed {
                last.text.push('=');
            }
            last.text.push_str(&piece.text);
            last.is_typed = false;
            continue;
        }
        // `include:a.example,b.example`
        let listed = piece.is_listed && !piece.text.contains([':', '=', '/']);
        let is_host = piece.text.contains('.') && piece.text.parse::<IpAddr>().is_err();
        let name = last.text.split_once(':').map(|(name, _)| name.to_owned());
        match name.filter(|_| listed && is_host && !reads(&piece.text)) {
            Some(name) => {
                let text = format!("{name}:{}", piece.text);
                all.push(Piece { text, ..piece });
            }
            None => all.push(piece),
        }
    }
    all
}

/// The terms in a text without blanks between them.
fn split_terms(text: &str) -> Option<Vec<String>> {
    let lower = text.to_ascii_lowercase();
    let mut start = 0;
    let mut terms = Vec::new();
    while let Some(at) = next_beginning(&lower, start) {
        terms.push(mended_term(&text[start..at])?);
        start = at;
    }
    terms.push(mended_term(&text[start..])?);
    Some(terms)
}

/// Whether a term that can be read holds several, with another sign between them, or none. RFC 7208
/// allows such names; DNS has none of them.
pub fn is_glued(term: &str) -> bool {
    if term.contains("%{") {
        return false;
    }
    let lower = term.to_ascii_lowercase();
    let (name, value) = lower.split_once([':', '=']).unwrap_or((&lower, ""));
    let is_host = !name.trim_start_matches(QUALIFIERS).starts_with("ip");
    let is_ours = NAMES.contains(&name.trim_start_matches(QUALIFIERS)) || name.ends_with('a');
    term.contains([',', ';', '"', '\\', '|'])
        || is_host && is_ours && value.contains([':', '='])
        || next_beginning(&lower, 0).is_some()
}

/// Where in `lower` the next term begins, behind the one that begins at `start`.
fn next_beginning(lower: &str, start: usize) -> Option<usize> {
    let here = &lower[start..];
    if let Some(at) = behind_short_name(here) {
        return Some(start + at);
    }
    let own = here.find([':', '=']).map_or(here.len(), |at| at + 1);
    let value = here.get(own..)?;
    let address = here.starts_with("ip4") || here.trim_start_matches(QUALIFIERS).starts_with("ip4");
    let long = BEGINNINGS.iter().filter_map(|name| value.find(name));
    let short = SHORT_BEGINNINGS.iter().filter(|_| address);
    let short = short.filter_map(|name| value.find(name));
    let alls = QUALIFIERS.iter().filter_map(|sign| {
        let all = format!("{sign}all");
        let at = value.find(&all)?;
        let rest = &value[at + all.len()..];
        let ends = rest.is_empty() || BEGINNINGS.iter().any(|name| rest.starts_with(name));
        ends.then_some(at)
    });
    // Without a sign, it can only be told from an address.
    let bare = value
        .strip_suffix("all")
        .filter(|left| address && left.ends_with(|char: char| char.is_ascii_digit()));
    let hosts = ["a", "mx"].iter().filter_map(|name| {
        let left = value.strip_suffix(name)?;
        (address && left.ends_with(|char: char| char.is_ascii_digit())).then_some(left.len())
    });
    let at = long
        .chain(short)
        .chain(alls)
        .chain(bare.map(str::len))
        .chain(hosts)
        .filter(|at| *at > 0)
        .min()?;
    // A qualifier belongs to what follows it.
    let at = match value[..at].ends_with(QUALIFIERS) && at > 1 {
        true => at - 1,
        false => at,
    };
    Some(start + own + at)
}

/// Where the next term begins behind an `a`, `mx` or `ptr` that has no value: `mx-all`, `ainclude:…`.
fn behind_short_name(here: &str) -> Option<usize> {
    let bare = here.trim_start_matches(QUALIFIERS);
    ["mx", "ptr", "a"].iter().find_map(|name| {
        let after = bare.strip_prefix(name)?;
        let sign = after.trim_start_matches(QUALIFIERS);
        let is_signed = sign.len() < after.len();
        let begins = BEGINNINGS.iter().chain(&SHORT_BEGINNINGS);
        let begins = begins.into_iter().any(|name| sign.starts_with(name));
        let is_word = sign == "mx" || sign == "a" && is_signed || sign == "all" && is_signed;
        (begins || is_word).then_some(here.len() - after.len())
    })
}

fn mended_term(text: &str) -> Option<String> {
    let text = text.trim_matches(['"', '.', '!', '*', '\u{fffd}', '\u{b7}']);
    let text = match text.strip_prefix([':', '=']) {
        Some(rest) if rest.eq_ignore_ascii_case("all") => rest,
        _ => text,
    };
    if reads(text) && !is_glued(text) {
        return Some(text.to_owned());
    }
    let bare = text.trim_start_matches(QUALIFIERS);
    // Of two signs the stricter one holds.
    let signs = &text[..text.len() - bare.len()];
    let qualifier = ["-", "~", "?", "+"]
        .into_iter()
        .find(|sign| signs.contains(sign));
    let qualifier = qualifier.unwrap_or_default();
    let bare = bare.trim_matches('.');
    let (name, value) = match bare.parse::<IpAddr>() {
        Ok(_) => ("", bare),
        Err(_) => bare.split_once([':', '=']).unwrap_or((bare, "")),
    };
    let value = value.trim_matches([':', '=', '.']);
    // `ip6:::1` begins with colons of its own.
    let value = match name.to_ascii_lowercase().starts_with("ip") {
        true => bare
            .split_once([':', '='])
            .map_or(value, |(_, value)| value),
        false => value,
    };
    let address = match value.is_empty() {
        true => bare,
        false => value,
    };
    let name = name.to_ascii_lowercase();
    // `4include:…`, `ip6c2001:…`: digits that belong to an address or to its length.
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    if name != bare && !["", "4", "6"].contains(&digits.as_str()) {
        return None;
    }
    let is_address_term = name.is_empty() || name.starts_with("ip") || name == bare || name == "a";
    for (address, is_whole) in [
        (address, true),
        (
            address.trim_start_matches([':', '=']),
            !address.starts_with([':', '=']),
        ),
    ] {
        let network = address.split('/').next().unwrap_or_default();
        // `ip4:=92.0.2.7`: the sign may stand for a digit.
        let first = network.split(['.', ':']).next().unwrap_or_default();
        let full = if network.contains(':') { 4 } else { 3 };
        if !is_whole && first.len() < full {
            return None;
        }
        if is_address_term && network.parse::<Ipv4Addr>().is_ok() {
            return fits(format!("{qualifier}ip4:{address}"));
        }
        if is_address_term && network.parse::<Ipv6Addr>().is_ok() {
            return fits(format!("{qualifier}ip6:{address}"));
        }
    }
    let known = NAMES.contains(&name.as_str()) || name == "a";
    // `mxa` may be mx and a, or a slip.
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) || name == "mxa" {
        return None;
    }
    let reach = if name.len() > 4 { 2 } else { 1 };
    let meant = match known {
        true => name.as_str(),
        false => match nearest(&name, &NAMES, reach)[..] {
            [one] if is_odd_front(&name, one) => return None,
            [one] if one.starts_with("ip") || digits.is_empty() => one,
            _ => return None,
        },
    };
    let mark = match meant {
        "redirect" | "exp" => "=",
        _ if value.is_empty() => "",
        _ => ":",
    };
    fits(format!("{qualifier}{meant}{mark}{value}"))
}

/// Whether `name` is `meant` behind a letter that may be the last one of the term before:
/// `a:mail.example.co mmx`.
fn is_odd_front(name: &str, meant: &str) -> bool {
    let front = name.strip_suffix(meant).unwrap_or_default();
    let is_a = name.len() == 2 && name.ends_with('a');
    let is_doubled = meant.len() > 4 && meant.starts_with(front);
    is_a || !(front.is_empty() || is_doubled)
}

fn fits(text: String) -> Option<String> {
    reads(&text).then_some(text)
}

/// Whether `term` can be read, and is not a modifier that nobody knows.
fn reads(term: &str) -> bool {
    let record = format!("v=spf1 {term}");
    let terms = SpfRecord::parse(record.as_bytes()).terms;
    let is_known =
        matches!(&terms[..], [Term { kind: Ok(kind), .. }] if *kind != TermKind::Unknown);
    is_known || is_unknown_modifier(&terms)
}

/// Whether it is a modifier that may be somebody's own: its name is not one of ours.
fn is_unknown_modifier(terms: &[Term]) -> bool {
    let [
        Term {
            kind: Ok(TermKind::Unknown),
            text,
            ..
        },
    ] = terms
    else {
        return false;
    };
    let name = text
        .split('=')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let is_ours = |name: &str| NAMES.contains(&name) || name == "a" || name == "v";
    !is_ours(&name) && nearest(&name, &NAMES, if name.len() > 4 { 2 } else { 1 }).is_empty()
}

/// Whether a term is an `all` that lets everyone pass.
pub fn is_open_all(term: &Term) -> bool {
    matches!(
        term.kind,
        Ok(TermKind::Directive(Qualifier::Pass, Mechanism::All))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<String> {
        repaired(text).map(|repair| repair.record)
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
            (
                "v=spf1 include:a.example,b.example -all",
                "v=spf1 include:a.example include:b.example -all",
            ),
            ("v=spf1 v=spf1 mx -all", "v=spf1 mx -all"),
            ("v=spf1 ip4:192.0.2.25\n", "v=spf1 ip4:192.0.2.25"),
            (
                "v=spf1;include:a.example ~all",
                "v=spf1 include:a.example ~all",
            ),
            (
                "spf1 include:a.example ~all",
                "v=spf1 include:a.example ~all",
            ),
            ("TXT v=spf1 mx ~all", "v=spf1 mx ~all"),
            ("\u{201c}v=spf1 mx ~all\u{201d}", "v=spf1 mx ~all"),
        ] {
            assert_eq!(of(record).as_deref(), Some(expected), "{record}");
        }
        for record in [
            "v=spf1 ip4:192.0.2.0/99 -all",
            "v=spf1 colour -all",
            "google-site-verification=abc",
        ] {
            assert_eq!(of(record), None, "{record}");
        }
    }

    #[test]
    fn what_stands_before_all_is_never_made_weaker() {
        for (typed, meant, guessed) in [
            ("\u{2013}all", "-all", false),
            ("\u{2012}all", "-all", false),
            ("\u{2212}all", "-all", false),
            ("\u{ff0d}all", "-all", false),
            ("\u{2014} all", "-all", false),
            ("- all", "-all", false),
            ("-~all", "-all", false),
            ("\u{ff5e}all", "~all", false),
            ("\u{2dc}all", "~all", false),
            ("\u{a0}all", "~all", true),
            (".all", "~all", true),
            ("!all", "~all", true),
            (":all", "~all", true),
            ("all.", "~all", true),
            ("+all;", "~all", true),
            ("\u{fffd}all", "~all", true),
        ] {
            let repair = repaired(&format!("v=spf1 include:amazonses.com {typed}")).unwrap();
            let expected = format!("v=spf1 include:amazonses.com {meant}");
            assert_eq!(repair.record, expected, "{typed}");
            assert_eq!(repair.guessed, guessed, "{typed}");
        }
    }

    #[test]
    fn a_term_is_found_without_the_space_before_it() {
        for (typed, meant) in [
            ("include:amazonses.com-all", "include:amazonses.com -all"),
            ("ip4:192.0.2.7~all", "ip4:192.0.2.7 ~all"),
            (
                "ip4:192.0.2.1include:x.example-all",
                "ip4:192.0.2.1 include:x.example -all",
            ),
            ("ip4:192.0.2.1mx -all", "ip4:192.0.2.1 mx -all"),
            (
                "ip4:192.0.2.0/24a:b.example -all",
                "ip4:192.0.2.0/24 a:b.example -all",
            ),
            ("ip4:192.0.2.1all", "ip4:192.0.2.1 ~all"),
            ("mx-all", "mx -all"),
            ("amx:b.example ~all", "a mx:b.example ~all"),
            ("mx::b.example ~all", "mx:b.example ~all"),
            (
                "include:a.exampleinclude:b.example~all",
                "include:a.example include:b.example ~all",
            ),
        ] {
            let expected = format!("v=spf1 {meant}");
            assert_eq!(of(&format!("v=spf1 {typed}")), Some(expected), "{typed}");
        }
    }

    #[test]
    fn the_strictest_all_is_seen_in_a_text_that_cannot_be_read() {
        for (text, all) in [
            ("v=spf1 mx \u{2013}all", Some(Qualifier::Fail)),
            ("v=spf1 include:amazonses.com-all", Some(Qualifier::Fail)),
            ("v=spf1 mx - all", Some(Qualifier::Fail)),
            ("v=spf1 mx ~all.", Some(Qualifier::Softfail)),
            ("v=spf1 mx .all", Some(Qualifier::Softfail)),
            ("v=spf1 mx all", Some(Qualifier::Pass)),
            ("v=spf1 include:all.example", None),
            ("v=spf1 mx", None),
        ] {
            assert_eq!(typed_all(text), all, "{text}");
        }
    }
}
