//! Words about two copies of one message, called A and B, and what differs between them.

use crate::diff::{
    BodyDiff, Changes, CopyName, Delivery, Diff, DiffResult, FieldDiff, HeaderDiff, LineCounts,
    Next, OwnSignature, PartDiff, Place, Sighting, SignatureDiff,
};
use crate::dkim::{Autopsy, BodyResult, DkimResult, Examined, HeaderResult};
use crate::explain::autopsy::bare;
use crate::explain::dkim::cause;
use crate::message::LineEnds;

/// What the comparison comes to: sentences.
pub fn headline(diff: &Diff) -> String {
    let with = |result| {
        diff.signatures
            .iter()
            .filter(move |one| one.result() == result)
    };
    match diff.result() {
        DiffResult::NotCompared if diff.signatures.is_empty() => nothing_in_common(diff),
        DiffResult::NotCompared => "What is signed could not be compared.".into(),
        DiffResult::Same => {
            let names: Vec<String> = with(DiffResult::Same).map(named).collect();
            let names = listed(&names);
            format!(
                "The copies are the same in all that {names} {}.",
                cover(with(DiffResult::Same))
            )
        }
        DiffResult::Differ => {
            let mut differ = with(DiffResult::Differ);
            let Some(first) = differ.next() else {
                return String::new();
            };
            let parts = listed(&parts(first));
            let text = format!(
                "The copies differ in what {} covers: {parts}.",
                named(first)
            );
            let others: Vec<String> = differ.map(named).collect();
            match others.is_empty() {
                true => text,
                false => format!("{text} The same goes for {}.", listed(&others)),
            }
        }
    }
}

fn cover<'s>(mut signatures: impl Iterator<Item = &'s SignatureDiff>) -> &'static str {
    match signatures.nth(1) {
        None => "covers",
        Some(_) => "cover",
    }
}

fn nothing_in_common(diff: &Diff) -> String {
    let has_own = |copy: &Delivery| !copy.own_signatures.is_empty();
    let ids = (&diff.a.message_id, &diff.b.message_id);
    let is_other = matches!(ids, (Some(a), Some(b)) if a != b);
    let is_same = matches!(ids, (Some(a), Some(b)) if a == b);
    let signatures = match (has_own(&diff.a), has_own(&diff.b)) {
        (false, false) => "neither has a DKIM signature",
        (true, false) => "only A has a DKIM signature",
        (false, true) => "only B has a DKIM signature",
        (true, true) => "they have no DKIM signature in common",
    };
    match (is_other, is_same) {
        (true, _) => format!(
            "These are not deliveries of one message: {signatures}, and their Message-IDs differ."
        ),
        (_, true) => {
            format!("Nothing could be compared: {signatures}. The Message-ID is the same.")
        }
        _ => format!("Nothing could be compared: {signatures}."),
    }
}

/// A signature by its numbers and its domain.
pub fn named(signature: &SignatureDiff) -> String {
    let (a, b) = (signature.a.number, signature.b.number);
    let number = match a == b {
        true => format!("signature {a}"),
        false => format!("signature {a} (in B {b})"),
    };
    match &signature.a.verdict.domain {
        Some(domain) => format!("{number} of {domain}"),
        None => number,
    }
}

/// The signatures that only one copy, called `copy`, has; `None` if there are none.
pub fn only_in(copy: &str, own: &[OwnSignature]) -> Option<String> {
    let named = |one: &OwnSignature| match &one.domain {
        Some(domain) => format!("signature {} of {domain}", one.number),
        None => format!("signature {}", one.number),
    };
    let names: Vec<String> = own.iter().map(named).collect();
    (!names.is_empty()).then(|| format!("Only {copy} has {}.", listed(&names)))
}

/// Which parts differ, with how many.
fn parts(signature: &SignatureDiff) -> Vec<String> {
    let mut parts = Vec::new();
    if let PartDiff::Differ(HeaderDiff { count, .. }) = &signature.header {
        parts.push(counted(*count, "signed field"));
    }
    if let PartDiff::Differ(BodyDiff { lines, .. }) = &signature.body {
        let most = lines.only_a.max(lines.only_b);
        parts.push(match (most, lines.at_most) {
            (0, _) => "the order of lines in the body".into(),
            (_, true) => format!("up to {} of the body", counted(most, "line")),
            (_, false) => format!("{} of the body", counted(most, "line")),
        });
    }
    parts
}

/// What a signature says of one copy; no capital letter, no full stop.
pub fn standing(sighting: &Sighting) -> String {
    let verdict = &sighting.verdict;
    let cause = cause(verdict);
    match (verdict.header.result, verdict.body.result) {
        (HeaderResult::Verified, BodyResult::Match) => match verdict.result {
            DkimResult::Pass => "it verifies".into(),
            _ => format!("all is as it was signed, but the signature does not count: {cause}"),
        },
        (HeaderResult::Verified, BodyResult::Unchecked) => cause.to_string(),
        (HeaderResult::Unchecked, body) => {
            let header = format!("the header was not checked: {cause}");
            match body {
                BodyResult::Match => format!("the body is the one that was signed; {header}"),
                BodyResult::Differ => format!("the body is not the one that was signed; {header}"),
                BodyResult::Unchecked => format!("not checked: {cause}"),
            }
        }
        _ => format!("it does not verify: {cause}"),
    }
}

/// How a signed field differs; no full stop.
pub fn field(field: &FieldDiff) -> String {
    let name = &field.name;
    let times = match field.counts {
        Some((a, b)) if a > 0 && b > 0 => format!("; A has {a} of them, B has {b}"),
        _ => String::new(),
    };
    let has = if field.a.is_some() { "A" } else { "B" };
    match &field.first {
        Some(first) => {
            let in_what = in_what(field.only_white_space);
            let octet = first.octet;
            format!("{name} differs{in_what}{times} (octet {octet} in canonical form)")
        }
        None if times.is_empty() => format!("{name} is signed, and only {has} has it"),
        None => format!("{name} is signed, and {has} has one more{times}"),
    }
}

/// How the body differs; no full stop.
pub fn body(body: &BodyDiff) -> String {
    let in_what = in_what(body.only_white_space);
    let octet = body.first.octet;
    let lines = lines(&body.lines);
    format!("The body differs{in_what}: {lines} (octet {octet} in canonical form)")
}

fn in_what(only_white_space: bool) -> &'static str {
    match only_white_space {
        true => " in white space and line breaks alone",
        false => "",
    }
}

fn lines(lines: &LineCounts) -> String {
    let up_to = if lines.at_most { "up to " } else { "" };
    match (lines.only_a, lines.only_b) {
        (0, 0) => "the same lines, in another order".into(),
        (a, 0) => format!("{up_to}{} only in A", counted(a, "line")),
        (0, b) => format!("{up_to}{} only in B", counted(b, "line")),
        (a, b) => format!("{up_to}{} only in A, {b} only in B", counted(a, "line")),
    }
}

/// What is at a place; `end` is what ends there if nothing is.
pub fn next(place: &Place, end: &str) -> String {
    match place.next {
        Next::End => format!("the end of {end}"),
        Next::LineEnd if place.column == 1 => "an empty line".into(),
        Next::LineEnd => "the end of the line".into(),
        Next::Octet(b' ') => "a space".into(),
        Next::Octet(b'\t') => "a tab".into(),
        Next::Octet(b'\r') => "a CR without an LF".into(),
        Next::Octet(octet @ b'!'..=b'~') => format!("\"{}\"", char::from(octet)),
        Next::Octet(octet) => {
            let chunk = place.behind.0.utf8_chunks().next();
            match chunk.and_then(|chunk| chunk.valid().chars().next()) {
                Some(char) if char.is_alphanumeric() => {
                    format!("\"{char}\" (U+{:04X})", u32::from(char))
                }
                Some(char) => format!("the character U+{:04X}", u32::from(char)),
                None => format!("the octet {octet:#04x}"),
            }
        }
    }
}

/// What differs in the files although no signature covers it: a sentence. `None` if something differs
/// that is signed.
pub fn outside(diff: &Diff) -> Option<String> {
    if diff.result() != DiffResult::Same {
        return None;
    }
    let outside = &diff.outside;
    let mut parts = Vec::new();
    if outside.count > 0 {
        let mut names: Vec<String> = outside.fields.iter().take(NAMED).cloned().collect();
        let more = outside.count - names.len();
        if more > 0 {
            names.push(format!("{more} more"));
        }
        parts.push(format!("header fields ({})", listed(&names)));
    }
    if outside.body {
        let has_length = |one: &SignatureDiff| one.a.verdict.body.signed_length.is_some();
        parts.push(match diff.signatures.iter().any(has_length) {
            true => "white space in the body, or the part of it behind l=".into(),
            false => "white space in the body".into(),
        });
    }
    Some(match parts.is_empty() {
        true => "Nothing else differs, except perhaps white space in header fields.".into(),
        false => format!("What differs is outside of it: {}.", listed(&parts)),
    })
}

/// How many header fields are named.
const NAMED: usize = 8;

/// What can be concluded from a signature, and what to do; `None` if all is well.
pub fn advice(diff: &Diff, signature: &SignatureDiff) -> Option<String> {
    let changed = |intact: &str, other: &str, copy: &Delivery| {
        let hosts = match copy.own_hosts.is_empty() {
            true => format!("{other} has no Received field that {intact} lacks"),
            false => format!(
                "By its Received fields, only {other} passed {}",
                listed(&copy.own_hosts)
            ),
        };
        format!(
            "{intact} is as it was signed and {other} is not: {other} was changed later, on the part \
             of its way that {intact} did not take, or by the program that saved it. {hosts}."
        )
    };
    let bodies = (
        signature.a.verdict.body.result,
        signature.b.verdict.body.result,
    );
    let body = match bodies {
        (BodyResult::Match, BodyResult::Differ) => Some(("A", "B")),
        (BodyResult::Differ, BodyResult::Match) => Some(("B", "A")),
        _ => None,
    };
    let differ = signature.result() == DiffResult::Differ;
    Some(match signature.are_intact() {
        (Some(true), Some(true)) => return None,
        (Some(true), Some(false)) => changed("A", "B", &diff.b),
        (Some(false), Some(true)) => changed("B", "A", &diff.a),
        (Some(false), Some(false)) if differ => {
            let body = body.map_or(String::new(), |(intact, _)| {
                format!(" The body of {intact} still is.")
            });
            format!(
                "Neither is as it was signed: each was changed on its own way, or one of them again \
                 after both.{body} A copy from another provider may still be as it was signed."
            )
        }
        (Some(false), Some(false)) => {
            "Both were changed alike, so it happened before their ways parted, or by programs that do \
             the same. sesauth inspect says what broke the signature, where that can be proved."
                .into()
        }
        _ => match body {
            Some((intact, other)) => format!(
                "The body of {intact} is the one that was signed and that of {other} is not: {other} \
                 was changed later. Whose header is the signed one cannot be told without the key."
            ),
            None if differ => "Which copy is as it was signed cannot be told without the key of the \
                               signer, which DNS has: ask it live, or give a recording with --dns."
                .into(),
            None => "Whether they are as they were signed cannot be told without the key of the \
                     signer, which DNS has: ask it live, or give a recording with --dns."
                .into(),
        },
    })
}

/// The kinds of change that lead from one copy to the other: sentences. `None` if nothing differs that
/// is signed.
pub fn changes(signature: &SignatureDiff) -> Option<String> {
    let led = signature.changes.iter().filter_map(led);
    let said: Vec<String> = led.chain(unknown(signature)).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// What leads to one copy, and how that is known.
fn led(changes: &Changes) -> Option<String> {
    let found = &changes.found;
    let (here, there) = match changes.copy {
        CopyName::A => ("A", "B"),
        CopyName::B => ("B", "A"),
    };
    let is_whole = changes.unknown_fields.is_empty();
    let part = match (is_proved(&found.header), is_proved(&found.body)) {
        (true, true) if is_whole => "the signed header and body are",
        (true, true) => "what is named of the header, and the signed body, are",
        (true, false) if is_whole => "the signed header is",
        (true, false) => "what is named of the header is",
        (false, true) => "the signed body is",
        (false, false) => return None,
    };
    let order = match changes.is_later {
        true => "",
        false => " This does not show which came first.",
    };
    let what = bare(found);
    Some(format!(
        "From {there} to {here}, {what}. With that undone in {here}, whose lines these are, {part} \
         octet for octet as in {there}.{order}"
    ))
}

/// What nothing leads to.
fn unknown(signature: &SignatureDiff) -> impl Iterator<Item = String> {
    let of = |half: fn(&Autopsy) -> Option<&Examined>| {
        let all = signature.changes.iter();
        all.filter_map(move |one| half(&one.found).map(|half| (one, half)))
    };
    let header = of(|found| found.header.as_ref());
    let fields = header.clone().find(|(_, half)| half.is_proved());
    let fields = fields.or(header.clone().next());
    let fields = fields.map(|(one, _)| listed(&one.unknown_fields));
    let fields = fields.filter(|fields| !fields.is_empty());
    let body = of(|found| found.body.as_ref());
    let is_known = body.clone().any(|(_, half)| half.is_proved());
    let body_name = body.clone().next().filter(|_| !is_known);
    let tried = |halves: &mut dyn Iterator<Item = u64>| {
        let tried = usize::try_from(halves.sum::<u64>()).unwrap_or(usize::MAX);
        counted(tried, "likely change")
    };
    let of_header = tried(&mut header.map(|(_, half)| half.tried));
    let of_body = tried(&mut body.map(|(_, half)| half.tried));
    let fields = fields.map(|fields| (fields, of_header));
    let body = body_name.map(|_| ("the body".to_owned(), of_body));
    fields.into_iter().chain(body).map(|(what, tried)| {
        format!(
            "What was done to {what} is not known: {tried} undone, none of them leads from one copy \
             to the other."
        )
    })
}

fn is_proved(half: &Option<Examined>) -> bool {
    half.as_ref().is_some_and(Examined::is_proved)
}

/// How the line ends of the copies differ; `None` if they do not.
pub fn line_ends(diff: &Diff) -> Option<String> {
    let (a, b) = (diff.a.source.line_ends, diff.b.source.line_ends);
    let said = |ends| match ends {
        LineEnds::Crlf => "CR LF",
        LineEnds::Lf => "LF",
        LineEnds::Mixed => "CR LF and LF",
        LineEnds::None => "nothing",
    };
    (a != b).then(|| {
        let (a, b) = (said(a), said(b));
        format!("Lines end in {a} in A and in {b} in B, which changes nothing here.")
    })
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// `a, b and c`.
fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
