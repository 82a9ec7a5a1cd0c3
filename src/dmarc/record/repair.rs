//! What a DMARC record with typing errors was meant to be.
//!
//! A repair never makes a record weaker: where a policy cannot be known, there is none.

use super::tag::{KNOWN, REMOVED, allows};
use super::{Policy, PolicyRecord, RecordProblem, ReportUri};
use crate::suggest::nearest;
use crate::typed::{LONGEST, plain};

const POLICIES: [&str; 3] = ["none", "quarantine", "reject"];

/// `text` as it was meant, if it was meant for a DMARC record and its policy is clear: the version
/// first, signs and policies corrected, without what has no effect. Of misspelt tags, only
/// report addresses and stricter policies are taken in.
pub fn repaired(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let text = plain(text);
    let text: String = text
        .chars()
        .filter(|sign| !"\"\\".contains(*sign))
        .collect();
    let mut tags: Vec<(String, String)> = Vec::new();
    let mut misspelt: Vec<String> = Vec::new();
    let mut has_version = false;
    let pieces = pieces(&text);
    let has_p = pieces
        .iter()
        .any(|piece| tag(piece).is_some_and(|(name, _)| name == "p"));
    for piece in pieces {
        match tag(piece) {
            Some((name, value)) if name == "v" => has_version |= is_version(&value),
            // `rua=mail;o:a@example.com`
            Some((name, value)) if is_rest(&name, &value, &tags) => {
                tags.last_mut()?.1 = value;
            }
            Some((name, value)) => {
                let is_typed = piece.split(['=', ':']).next().is_some_and(|typed| {
                    names().any(|known| typed.trim().eq_ignore_ascii_case(known))
                });
                let name = known(&name, &value, &tags, has_p)?;
                if !is_typed {
                    misspelt.push(name.clone());
                }
                let is_new = tags.iter().all(|(seen, _)| *seen != name);
                // The first counts, as for receivers.
                if is_new && !name.is_empty() {
                    tags.push((name, value));
                }
            }
            None if is_version(piece) => has_version = true,
            None => hanging(piece, &mut tags)?,
        }
    }
    if !has_version {
        return None;
    }
    let weaker = |(name, value): &(String, String)| {
        let p = tags.iter().find(|(name, _)| name == "p");
        let p = p.and_then(|(_, value)| policy(value));
        let is_typed = misspelt.contains(name);
        let is_policy = matches!(name.as_str(), "p" | "sp" | "np");
        is_typed && is_policy && policy(value) < p
    };
    let left_out: Vec<String> = tags
        .iter()
        .filter(|tag| weaker(tag))
        .map(|(name, _)| name.clone())
        .collect();
    tags.retain(|(name, _)| !left_out.contains(name));
    let mut written = vec!["v=DMARC1".to_owned()];
    let has_ruf = tags
        .iter()
        .any(|(name, value)| name == "ruf" && uris(value).is_some());
    for (name, value) in &tags {
        let value = match name.as_str() {
            "p" | "sp" | "np" => Some(policy(value)?.as_str().to_owned()),
            "rua" | "ruf" => uris(value),
            "fo" if !has_ruf => None,
            "pct" => {
                Some(value.clone()).filter(|value| value.parse().is_ok_and(|part: u8| part < 100))
            }
            "adkim" | "aspf" => mode(value).map(str::to_owned),
            name if REMOVED.contains(&name) => None,
            name => Some(bare(value).to_ascii_lowercase()).filter(|value| allows(name, value)),
        };
        written.extend(value.map(|value| format!("{name}={value}")));
    }
    let record = written.join("; ");
    let parsed = PolicyRecord::parse(record.as_bytes())?;
    let is_decision = |problem: &RecordProblem| match problem {
        RecordProblem::Testing => true,
        RecordProblem::Removed { tag, .. } => tag == "pct",
        _ => false,
    };
    (parsed.p.is_some() && parsed.problems.iter().all(is_decision)).then_some(record)
}

/// Whether a text holds a word for a policy that is stricter than none, whatever its tag.
pub fn shows_stricter(text: &str) -> bool {
    let text = plain(text).to_ascii_lowercase();
    let mut words = text.split(|char: char| !char.is_ascii_alphanumeric());
    words.any(|word| {
        ["quarantine", "reject"]
            .iter()
            .any(|policy| word.ends_with(policy))
            || !nearest(word, &["quarantine", "reject"], 2).is_empty()
    })
}

/// The policies that `text` shows for `p`, `sp` and `np`, whether it can be read or not.
pub fn typed_policies(text: &str) -> [Option<Policy>; 3] {
    let mut found = [None; 3];
    let text = plain(text).to_ascii_lowercase();
    let words: Vec<&str> = text
        .split(|char: char| !char.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let names = ["p", "sp", "np"];
    let glued = |word: &str| {
        let (at, rest) = ["sp", "np", "p"].iter().find_map(|name| {
            let at = names.iter().position(|known| known == name)?;
            Some((at, word.strip_prefix(name)?))
        })?;
        Some((at, policy(rest)?))
    };
    for (at, word) in words.iter().enumerate() {
        let word = word.strip_prefix("dmarc1").unwrap_or(word);
        let place = names.iter().position(|name| *name == word);
        let next = words
            .get(at + 1)
            .and_then(|next| policy(next).or_else(|| leading(next)));
        let seen = match (place, next) {
            (Some(place), Some(policy)) => Some((place, policy)),
            (Some(_), None) => None,
            (None, _) => glued(word),
        };
        if let Some((place, policy)) = seen {
            found[place] = found[place].or(Some(policy));
        }
    }
    found
}

/// The policy that a word begins with, where the next tag stands right behind it.
fn leading(word: &str) -> Option<Policy> {
    let mut words = POLICIES.iter();
    let policy = words.find(|policy| word.starts_with(**policy))?;
    Policy::parse(policy)
}

/// The policy that a value means.
fn policy(value: &str) -> Option<Policy> {
    let value = bare(value).to_ascii_lowercase();
    Policy::parse(&value).or_else(|| match nearest(&value, &POLICIES, 2)[..] {
        [one] if value.len() > 2 => Policy::parse(one),
        _ => None,
    })
}

fn bare(value: &str) -> &str {
    value.trim_matches(|sign: char| sign.is_whitespace() || ".,:=|!*".contains(sign))
}

/// The pieces of `text`, each with one tag: parted at semicolons, and before each known tag that
/// follows a blank, a comma or a word that ends its tag.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    for spec in text.split([';', '|']) {
        let mut start = 0;
        for (at, _) in spec.char_indices() {
            if at > start && begins_tag(&spec[at..]) && ends_before(&spec[start..at]) {
                pieces.push(&spec[start..at]);
                start = at;
            }
        }
        pieces.push(&spec[start..]);
    }
    let trimmed = pieces
        .into_iter()
        .map(|piece| piece.trim_matches([' ', ',']));
    trimmed.filter(|piece| !bare(piece).is_empty()).collect()
}

/// Whether `text` begins with the name of a tag, and `=` or what stands for it.
fn begins_tag(text: &str) -> bool {
    names().any(|name| {
        let Some(rest) = text
            .get(..name.len())
            .filter(|it| it.eq_ignore_ascii_case(name))
        else {
            return false;
        };
        let rest = text[rest.len()..].trim_start();
        rest.starts_with(['=', ':'])
    })
}

/// Whether a tag may begin behind `text`.
fn ends_before(text: &str) -> bool {
    if text.ends_with([' ', ',', '.']) {
        // `s.p=reject` is one tag.
        return bare(text).len() != 1;
    }
    let lower = text.trim().to_ascii_lowercase();
    if lower.ends_with("v=dmarc1") || lower == "dmarc1" {
        return true;
    }
    // `p=rejectrua=…`: words that nothing can continue.
    match tag(&lower) {
        Some((name, value)) => match name.as_str() {
            "p" | "sp" | "np" => POLICIES.contains(&value.as_str()),
            "adkim" | "aspf" | "t" => value.len() == 1,
            "pct" => !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()),
            _ => false,
        },
        None => false,
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|(name, _)| *name).chain(REMOVED)
}

/// The name, in small letters, and the value of a piece.
fn tag(piece: &str) -> Option<(String, String)> {
    let at = piece.find(['=', ':']);
    let split = at.map(|at| (&piece[..at], &piece[at + 1..]));
    let (name, value) = match split {
        Some((name, value)) => (name, value),
        // `p reject`
        None => piece
            .split_once(' ')
            .filter(|(name, value)| is_policy_tag(name) && policy(value).is_some())
            .or_else(|| glued(piece))?,
    };
    let name = name.trim().to_ascii_lowercase();
    let value = value.trim_start_matches(['=', ':', ' ']).trim();
    // `TXT v=DMARC1`
    let name = match name.rsplit_once(' ') {
        Some((_, last)) if last == "v" => last.to_owned(),
        // `r-a`, `ru a`, `s.p`
        _ => name.replace([' ', '.', '-', '_'], ""),
    };
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_name {
        return None;
    }
    (name != "mailto" && name != "https").then(|| (name, value.to_owned()))
}

/// `npreject`: the tag and the policy that stand there without a sign between them.
fn glued(piece: &str) -> Option<(&str, &str)> {
    let splits = [1, 2]
        .into_iter()
        .filter_map(|at| piece.split_at_checked(at));
    let mut splits = splits.filter(|(name, value)| {
        is_policy_tag(name) && POLICIES.iter().any(|word| word.eq_ignore_ascii_case(value))
    });
    splits.next()
}

fn is_policy_tag(name: &str) -> bool {
    ["p", "sp", "np"]
        .iter()
        .any(|tag| tag.eq_ignore_ascii_case(name))
}

/// Whether a piece, or the value of `v`, means DMARC.
fn is_version(text: &str) -> bool {
    let squeezed: String = text.chars().filter(|char| *char != ' ').collect();
    let lower = squeezed.to_ascii_lowercase();
    let lower = lower
        .strip_prefix("v=")
        .or(lower.strip_prefix("v:"))
        .unwrap_or(&lower);
    let lower = lower.strip_prefix("txt").unwrap_or(lower);
    let Some(rest) = lower.trim_start_matches("v=").strip_prefix("dmarc") else {
        return false;
    };
    rest.len() < 4 && !rest.starts_with(|char: char| char.is_ascii_alphabetic() && char != 'l')
}

/// Whether a piece is the rest of the last tag, an address that is cut in two.
fn is_rest(name: &str, value: &str, tags: &[(String, String)]) -> bool {
    let last = tags
        .last()
        .filter(|(tag, _)| matches!(tag.as_str(), "rua" | "ruf"));
    let is_cut = last.is_some_and(|(_, value)| !value.contains(['@', ':']));
    let is_tag =
        names().any(|known| known == name) || !nearest(name, &["rua", "ruf"], 1).is_empty();
    is_cut && !is_tag && value.contains('@')
}

/// The tag that `name` stands for; empty for one that is left out. `None` if it may be a policy that
/// cannot be told. `has_p` says whether the text has `p` itself.
fn known(name: &str, value: &str, tags: &[(String, String)], has_p: bool) -> Option<String> {
    let is_address = value.contains('@');
    if names().any(|known| known == name) && !(REMOVED.contains(&name) && is_address) {
        return Some(name.to_owned());
    }
    let has = |tag: &str| tags.iter().any(|(seen, _)| seen == tag) || tag == "p" && has_p;
    if !is_address {
        let mut near = nearest(name, &["p", "sp", "np"], 1);
        near.retain(|tag| !has(tag));
        let modes = nearest(name, &["adkim", "aspf"], 1);
        let spelt_out = match name {
            _ if !name.contains("pol") => None,
            _ if name.contains("sub") || name.starts_with("sp") => Some("sp"),
            _ => Some("p"),
        };
        return match (policy(value), &near[..], &modes[..]) {
            (Some(_), ..) if spelt_out.is_some_and(|tag| !has(tag)) => spelt_out.map(str::to_owned),
            (Some(_), [one], _) => Some((*one).to_owned()),
            (Some(_), ..) if !has("p") => None,
            (None, _, [one]) if mode(value).is_some() && !has(one) => Some((*one).to_owned()),
            _ => Some(String::new()),
        };
    }
    let near = nearest(name, &["rua", "ruf"], 1);
    Some(match near[..] {
        [one] => one.to_owned(),
        // `ru`, `raf`: the reports that all domains want.
        [_, _] if !has("rua") => "rua".to_owned(),
        _ => String::new(),
    })
}

/// The mode of alignment that a value means: `strict` is s.
fn mode(value: &str) -> Option<&'static str> {
    let value = bare(value).to_ascii_lowercase();
    match value.as_str() {
        "s" => Some("s"),
        "r" => Some("r"),
        _ => match nearest(&value, &["strict", "relaxed"], 1)[..] {
            _ if value == "strict" => Some("s"),
            _ if value == "relaxed" => Some("r"),
            ["strict"] => Some("s"),
            ["relaxed"] => Some("r"),
            _ => None,
        },
    }
}

/// Takes up a piece that is no tag: the rest of a list of addresses. `None` if it may be a policy.
fn hanging(piece: &str, tags: &mut [(String, String)]) -> Option<()> {
    let list = tags
        .last_mut()
        .filter(|(name, _)| matches!(name.as_str(), "rua" | "ruf"));
    match list {
        Some((_, value)) if piece.contains('@') => {
            let sign = if value.eq_ignore_ascii_case("mailto") {
                ":"
            } else {
                ","
            };
            value.push_str(sign);
            value.push_str(piece);
            Some(())
        }
        _ if policy(piece).is_some() => None,
        _ => Some(()),
    }
}

/// The report addresses in a value, each as a URI; `None` if there are none.
fn uris(value: &str) -> Option<String> {
    let mut uris: Vec<String> = Vec::new();
    let value = value.replace(" :", ":").replace(": ", ":");
    let value = value.replace(" @", "@").replace("@ ", "@");
    for part in value
        .split([',', ' '])
        .map(bare)
        .filter(|part| !part.is_empty())
    {
        let part: String = part
            .chars()
            .filter(|sign| !"<>()[]{}^`".contains(*sign))
            .collect();
        if let Some(uri) = uri(&part).filter(|uri| !uris.contains(uri)) {
            uris.push(uri);
        }
    }
    (!uris.is_empty()).then(|| uris.join(","))
}

fn uri(part: &str) -> Option<String> {
    let address = |text: &str| {
        let (local, domain) = text.split_once('@')?;
        let is_address = !local.is_empty() && !domain.is_empty() && !domain.contains('@');
        is_address.then(|| text.to_owned())
    };
    let lower = part.to_ascii_lowercase();
    let made = match part.split_once(':') {
        Some(_) if lower.starts_with("https:") || lower.starts_with("http:") => part.to_owned(),
        Some((scheme, rest)) => {
            let scheme = scheme.to_ascii_lowercase();
            let rest = rest.trim_start_matches([':', '/']);
            let is_mailto = scheme == "mailto"
                || scheme == "mail"
                || !nearest(&scheme, &["mailto"], 2).is_empty();
            is_mailto
                .then(|| address(rest))
                .flatten()
                .map(|it| format!("mailto:{it}"))?
        }
        None => format!(
            "mailto:{}",
            address(part.strip_prefix("mailto").unwrap_or(part))?
        ),
    };
    ReportUri::parse(&made).ok().map(|uri| uri.uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_was_meant_for_dmarc_is_repaired() {
        for (text, wanted) in [
            ("p=reject; v=DMARC1", "v=DMARC1; p=reject"),
            (
                "v=DMARC1 p=reject rua=mailto:d@example.com",
                "v=DMARC1; p=reject; rua=mailto:d@example.com",
            ),
            (
                "v=DMARC1; p:none; rua:mailto:d@example.com",
                "v=DMARC1; p=none; rua=mailto:d@example.com",
            ),
            (
                "v=DMARC1, p=reject, rua=mailto:a@b.example,mailto:c@b.example",
                "v=DMARC1; p=reject; rua=mailto:a@b.example,mailto:c@b.example",
            ),
            (
                "v=DMARC1\\; p=reject\\; rua=mailto:a@b.example",
                "v=DMARC1; p=reject; rua=mailto:a@b.example",
            ),
            ("v=DMARC1p=reject", "v=DMARC1; p=reject"),
            ("v=DMARC1;p=rejectsp=none", "v=DMARC1; p=reject; sp=none"),
            ("\u{201c}v=DMARC1; p=none\u{201d}", "v=DMARC1; p=none"),
            ("v=dmarc1; p=quarantine", "v=DMARC1; p=quarantine"),
            ("v\u{ff1d}DMARC1\u{ff1b}\u{a0}p=rejct", "v=DMARC1; p=reject"),
            ("v=DMARC2; P=Reject", "v=DMARC1; p=reject"),
            ("v=DMARC1; p reject", "v=DMARC1; p=reject"),
            (
                "v=DMARC1; p=none; rua=d@example.com; mailto:e@example.com",
                "v=DMARC1; p=none; rua=mailto:d@example.com,mailto:e@example.com",
            ),
            (
                "v=DMARC1; p=none; pct=100; ri=1; fo=1; aspr=s; rua=mailto:a@b.example!10m",
                "v=DMARC1; p=none; aspf=s; rua=mailto:a@b.example",
            ),
            (
                "v=DMARC1; policy=reject; rua=mailto:a@b.example",
                "v=DMARC1; p=reject; rua=mailto:a@b.example",
            ),
            (
                "v=DMARC1; p=none; np\u{a0}reject; adkim=strict; rua=mail;o:a@b.example,c@b.example",
                "v=DMARC1; p=none; np=reject; adkim=s; rua=mailto:a@b.example,mailto:c@b.example",
            ),
            (
                "v=DMARC1; p=none; npreject; aspf=relaxed; r-a=mailto:a @b.example",
                "v=DMARC1; p=none; np=reject; aspf=r; rua=mailto:a@b.example",
            ),
            ("v=DMARC1; policy=none; p=reject", "v=DMARC1; p=reject"),
            ("v=DMARC1; p=reject; s.p=none", "v=DMARC1; p=reject"),
            (
                "v=DMARC1; p=none; pct=20; t=y",
                "v=DMARC1; p=none; pct=20; t=y",
            ),
            (
                "v=DMARC1; p=none; ssp=reject; urf=mailto:a@b.example",
                "v=DMARC1; p=none; sp=reject; ruf=mailto:a@b.example",
            ),
            ("v=DMARC1; p=reject; ssp=none", "v=DMARC1; p=reject"),
        ] {
            assert_eq!(repaired(text).as_deref(), Some(wanted), "{text}");
        }
        for text in [
            "v=DMARC1",
            "v=DMARC1; p=block",
            "v=DMARC1; rua=mailto:a@b.example",
            "v=spf1 -all",
            "v=DKIM1; p=MII",
            "v=DMARC1; p=reject; np=blck",
            "v=DMARC1; p=; reject",
            "v=DMARC1; action=reject",
        ] {
            assert_eq!(repaired(text), None, "{text}");
        }
    }

    #[test]
    fn policies_are_seen_in_a_text_that_cannot_be_read() {
        use Policy::{None as Nothing, Quarantine, Reject};
        for (text, found) in [
            (
                "v=DMARC1 p=reject sp:none",
                [Some(Reject), Some(Nothing), None],
            ),
            ("v=DMARC1p=rejct", [Some(Reject), None, None]),
            (
                "v=DMARC1; preject; np=quarantine",
                [Some(Reject), None, Some(Quarantine)],
            ),
            (
                "v=DMARC1; rua=mailto:p@none.example",
                [Some(Nothing), None, None],
            ),
            ("v=DMARC1; p=rejectsp=none", [Some(Reject), None, None]),
            ("v=DMARC1", [None, None, None]),
        ] {
            assert_eq!(typed_policies(text), found, "{text}");
        }
    }
}
