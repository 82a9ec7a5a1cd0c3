//! What the receiver recorded, compared with our results; claims of other hosts separately.

use std::io::{self, Write};

use super::escape::plain;
use super::text::sentence;
use super::wrap::{Sheet, padded, shortened};
use crate::claims::{
    Claim, ClaimDifference, ClaimedResult, Comparison, DmarcDifference, LeftOut, OnlyOurs,
};
use crate::session::{Standing, StandingReason};
use crate::{Analysis, explain};

/// Writes the receiver's claims in full, then in short the claims of unknown origin, then the
/// foreign ones.
pub(super) fn write(analysis: &Analysis, out: &mut Sheet<'_>) -> io::Result<()> {
    let of = |standing| {
        let claims = analysis.claims.iter();
        claims.filter(move |claim| claim.standing == standing)
    };
    // ARC-Authentication-Results and similar fields are copies.
    let has_original = of(Standing::Receiver).any(|claim| !is_kin(claim));
    let mut receivers_own = of(Standing::Receiver)
        .filter(|claim| !(has_original && is_kin(claim)))
        .peekable();
    if receivers_own.peek().is_none() {
        writeln!(out)?;
        let text = match analysis.claims.is_empty() {
            true => "No Authentication-Results field says what a receiver found.",
            false => "No Authentication-Results field is known to be the receiver's.",
        };
        out.paragraph("  ", 2, text)?;
    }
    let receiver = analysis.session.receiver();
    while let Some(claim) = receivers_own.next() {
        writeln!(out)?;
        if !agrees(claim) {
            differing(claim, analysis, out)?;
            continue;
        }
        let (mut said, mut more) = (Vec::new(), Vec::new());
        let mut next = Some(claim);
        let is_like = |next: &&Claim| agrees(next) && who(next, receiver) == who(claim, receiver);
        while let Some(claim) = next {
            let (compared, others): (Vec<_>, Vec<_>) =
                claim.results.iter().partition(|result| is_compared(result));
            said.extend(compared.into_iter().map(word));
            more.extend(others.into_iter().map(word));
            next = receivers_own.next_if(is_like);
        }
        let mut text = format!("{} said the same: {}", who(claim, receiver), said.join(" "));
        if !more.is_empty() {
            text.push_str(&format!(" (not compared: {})", more.join(" ")));
        }
        out.paragraph("  ", 4, &plain(text))?;
    }
    for junk in analysis.junk.iter().filter(|junk| junk.is_telling()) {
        let text = format!("{}.", explain::junk::sentence(junk));
        out.paragraph("  ", 4, &plain(text))?;
    }
    // What another field in the receiver's name says is shown with that field.
    let is_elsewhere = |ours: &&OnlyOurs| matches!(ours.left_out, LeftOut::InOtherField { .. });
    for ours in analysis.only_ours.iter().filter(|ours| !is_elsewhere(ours)) {
        let what = match ours.signature {
            Some(number) => format!("DKIM {number}"),
            None => ours.method.to_uppercase(),
        };
        let text = format!(
            "Only here: {what} is {}; {}.",
            ours.result,
            explain::claims::left_out(analysis, ours)
        );
        out.paragraph("  ", 4, &plain(text))?;
    }
    let is_named = |name: &Option<String>| {
        let mut claims = of(Standing::Unknown).filter(|claim| !is_kin(claim));
        claims.any(|claim| claim.authserv_id == *name)
    };
    let unknown = of(Standing::Unknown).filter(|one| !is_kin(one) || !is_named(&one.authserv_id));
    others(unknown, receiver, "Whose word that is cannot be told", out)?;
    let foreign = of(Standing::Foreign).filter(|one| one.instance.is_none());
    others(foreign, receiver, "Not counted", out)
}

/// What a field says, and how many fields say the same.
struct Said {
    who: String,
    words: String,
    fields: usize,
}

/// Writes claims in short, and once why they do not count.
fn others<'a>(
    claims: impl Iterator<Item = &'a Claim>,
    receiver: Option<&str>,
    head: &str,
    out: &mut Sheet<'_>,
) -> io::Result<()> {
    let mut groups: Vec<(&StandingReason, Vec<Said>)> = Vec::new();
    for claim in claims {
        let reason = &claim.standing_reason;
        let (who, words) = (who(claim, receiver), words(claim));
        if groups.last().is_none_or(|(last, _)| *last != reason) {
            groups.push((reason, Vec::new()));
        }
        let Some((_, said)) = groups.last_mut() else {
            continue;
        };
        let is_same = |one: &&mut Said| one.who == who && one.words == words;
        match said.iter_mut().find(is_same) {
            Some(same) => same.fields += 1,
            None => said.push(Said {
                who,
                words,
                fields: 1,
            }),
        }
    }
    let mut last_who = String::new();
    for (reason, said) in groups {
        let mut texts = Vec::new();
        for Said { who, words, fields } in said {
            let count = match fields {
                1 => String::new(),
                _ => format!(" ({fields} fields)"),
            };
            texts.push(match who == last_who {
                true => format!("{words}{count}"),
                false => format!("{who} says {words}{count}"),
            });
            last_who = who;
        }
        writeln!(out)?;
        let text = format!("{}. {head}: {reason}.", texts.join("; "));
        out.paragraph("  ", 4, &plain(text))?;
    }
    Ok(())
}

/// Whether the field is not Authentication-Results itself but a similar field.
pub(super) fn is_kin(claim: &Claim) -> bool {
    !claim.field.eq_ignore_ascii_case("Authentication-Results")
}

/// Who says so, and in which field, if not in Authentication-Results.
pub(super) fn who(claim: &Claim, receiver: Option<&str>) -> String {
    let own = receiver.filter(|_| claim.standing == Standing::Receiver);
    let id = claim.authserv_id.as_deref().or(own);
    let id = shortened(id.unwrap_or("A field that names no host"), 80);
    let field = &claim.field;
    match (is_kin(claim), claim.instance) {
        (false, _) => id,
        (true, Some(instance)) => format!("{id} ({field} i={instance})"),
        (true, None) => format!("{id} ({field})"),
    }
}

/// The results, with ours if they differ.
fn words(claim: &Claim) -> String {
    let word = |result: &ClaimedResult| match (result.comparison, &result.ours) {
        (Comparison::Differ, Some(ours)) if claim.standing != Standing::Foreign => {
            format!("{} (here {ours})", word(result))
        }
        _ => word(result),
    };
    match (claim.results.is_empty(), claim.problems.is_empty()) {
        (true, true) => "that it checked nothing".into(),
        (true, false) => "nothing that could be read".into(),
        (false, _) => claim.results.iter().map(word).collect::<Vec<_>>().join(" "),
    }
}

pub(super) fn word(result: &ClaimedResult) -> String {
    format!("{}={}", result.method, result.result)
}

fn is_compared(result: &ClaimedResult) -> bool {
    result.comparison != Comparison::OnlyTheirs
}

/// Whether there are results to compare, all of them agree, and everything could be read. A result
/// that is only theirs for a known reason is not left out.
fn agrees(claim: &Claim) -> bool {
    let results = &claim.results;
    claim.problems.is_empty()
        && results.iter().any(is_compared)
        && results
            .iter()
            .all(|result| result.comparison != Comparison::Differ && !result.is_explained())
}

/// Whether a result is explained although it says the same.
pub(super) fn is_same_fault(result: &ClaimedResult) -> bool {
    let difference = result.difference.as_ref();
    matches!(
        difference,
        Some(ClaimDifference::Dmarc(DmarcDifference::NoAuthor { .. }))
    )
}

fn differing(claim: &Claim, analysis: &Analysis, out: &mut Sheet<'_>) -> io::Result<()> {
    let who = plain(who(claim, analysis.session.receiver()));
    let said = match (claim.results.is_empty(), claim.problems.is_empty()) {
        (true, true) => "says that it checked nothing.",
        (true, false) => "claims no result.",
        (false, _) => "said:",
    };
    let told = analysis.conclusion.explained_by(&analysis.claims);
    let is_told = |result: &ClaimedResult| told.is_some_and(|(_, told)| told.differs_like(result));
    out.paragraph("  ", 4, &format!("{who} {said}"))?;
    for result in &claim.results {
        let about = match result.signature {
            Some(number) => format!(" (DKIM {number})"),
            None => String::new(),
        };
        let ours = result.ours.as_deref().unwrap_or_default();
        let mut text = match result.comparison {
            Comparison::Agree if is_same_fault(result) => format!("agrees{about}:"),
            Comparison::Agree if result.is_explained() => format!("agrees{about}, but"),
            Comparison::Agree => format!("agrees{about}"),
            Comparison::Differ => format!("differs{about}: here it is {ours}."),
            Comparison::OnlyTheirs if result.is_explained() => "not compared:".into(),
            Comparison::OnlyTheirs => "nothing here to compare it with".into(),
        };
        let why = explain::claims::why(analysis, claim, result);
        match (why, result.comparison) {
            (Some(_), Comparison::Differ) if is_told(result) => {
                text.push_str(" The reason stands above.")
            }
            (Some(why), Comparison::Differ) => {
                text.push_str(&format!(" {}", sentence(&why.to_string())));
            }
            (Some(why), _) => text.push_str(&format!(" {why}.")),
            (None, _) => (),
        }
        if let Some(comment) = &result.comment {
            let end = text.ends_with('.');
            let comment = shortened(comment, 100);
            text.push_str(&match end {
                true => format!(" It says: {comment}"),
                false => format!("; it says: {comment}"),
            });
        }
        let first = format!("    {}  ", padded(&plain(word(result)), 16));
        out.paragraph(&first, 22, &plain(text))?;
    }
    for problem in &claim.problems {
        let problem = plain(shortened(&problem.to_string(), 200));
        out.paragraph("    not understood: ", 6, &problem)?;
    }
    Ok(())
}
