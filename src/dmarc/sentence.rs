//! Alignment in plain English: which domain was looked at, which stands in From, what they share,
//! how alike they must be, and what would change the outcome.

use super::align::{Alignment, Author, Identifier, MechanismOutcome, Reservation};
use super::discover::{Obstacle, Rules};
use super::record::{Mode, Psd};
use crate::dns::Name;

/// What an alignment comes to, in two or three sentences.
pub(super) fn sentence(
    identifier: &Identifier,
    author: &Author<'_>,
    alignment: &Alignment,
) -> String {
    let mechanism = &identifier.mechanism;
    let Some(domain) = &identifier.domain else {
        let from = author.domain;
        return match identifier.outcome {
            MechanismOutcome::NotEvaluated => format!(
                "{mechanism} could not be evaluated, so it is not known whether it speaks for \
                 {from} in From."
            ),
            _ => format!("{mechanism} names no domain, so it cannot speak for {from} in From."),
        };
    };
    let state = match identifier.outcome {
        MechanismOutcome::Pass => "passed for",
        MechanismOutcome::Fail => "did not pass for",
        MechanismOutcome::Temperror => "got no answer from DNS for",
        MechanismOutcome::NotEvaluated => "could not be evaluated for",
    };
    let mut text = format!(
        "{mechanism} {state} {domain}{}.",
        relation(domain, author, alignment)
    );
    let more = [
        judgement(identifier, author, alignment),
        remedy(identifier, author, alignment),
        reservation(alignment),
    ];
    for more in more.into_iter().flatten() {
        text.push(' ');
        text.push_str(&more);
    }
    text
}

/// What both domains share.
fn relation(domain: &Name, author: &Author<'_>, alignment: &Alignment) -> String {
    let from = author.domain;
    let known = |name: Option<&Name>| name.map_or("not known".into(), ToString::to_string);
    let ours = known(alignment.organizational_domain.as_ref());
    let theirs = known(author.organizational.as_ref().ok());
    match (alignment.aligned_strict, alignment.aligned_relaxed) {
        (Some(true), _) => {
            format!(", the very domain in From; its organizational domain is {ours}")
        }
        (_, Some(true)) => {
            format!("; From has {from}. Both have the organizational domain {ours}")
        }
        // Where there is no record, none joins a domain with the one below it.
        (_, Some(false)) if !author.has_policy => format!(
            "; From has {from}. As long as no DMARC record joins them, their organizational \
             domains are {ours} and {theirs}"
        ),
        (_, Some(false)) => {
            let nested = match domain.is_within(from) || from.is_within(domain) {
                true => ", although one lies below the other",
                false => "",
            };
            format!(
                ", but From has {from}. Their organizational domains differ, {ours} and \
                 {theirs}{nested}"
            )
        }
        (_, None) => {
            let why = match alignment.obstacle {
                Some(Obstacle::NotRecorded) => "the recorded DNS does not hold what tells",
                _ => "DNS did not answer",
            };
            format!(
                "; From has {from}. Whether they have the same organizational domain is not \
                 known, as {why}"
            )
        }
    }
}

/// The mode, and whether the identifier counts.
fn judgement(
    identifier: &Identifier,
    author: &Author<'_>,
    alignment: &Alignment,
) -> Option<String> {
    if !author.has_policy {
        return Some(
            "There is no DMARC policy, so nobody asks whether it counts (relaxed by default)."
                .into(),
        );
    }
    let tag = tag(identifier);
    let mode = match (alignment.mode, alignment.mode_is_default) {
        (mode, true) => format!("Alignment is {mode} (the default)"),
        (Mode::Relaxed, false) => format!("Alignment is relaxed ({tag}=r in the record)"),
        (Mode::Strict, false) => format!("Alignment is strict ({tag}=s in the record)"),
    };
    let asks = match (alignment.mode, alignment.aligned_strict) {
        (_, Some(true)) => "",
        (Mode::Relaxed, _) => " and asks for the same organization",
        (Mode::Strict, _) => " and asks for the very same domain",
    };
    let counts = match (alignment.aligned, identifier.outcome) {
        (None, _) => return Some(format!("{mode}{asks}.")),
        (Some(true), MechanismOutcome::Pass) => "so it counts for DMARC",
        (Some(true), MechanismOutcome::Fail) => "so it would count for DMARC if it had passed",
        (Some(true), _) => "so it would count for DMARC if it passed",
        (Some(false), MechanismOutcome::Pass) => "so the pass does not count for DMARC",
        (Some(false), _) => "so it would not count for DMARC even if it passed",
    };
    Some(format!("{mode}{asks}, {counts}."))
}

/// The tag that sets the mode.
fn tag(identifier: &Identifier) -> &'static str {
    match identifier.mechanism.as_str() {
        "SPF" => "aspf",
        _ => "adkim",
    }
}

/// What would change whether the identifier counts.
fn remedy(identifier: &Identifier, author: &Author<'_>, alignment: &Alignment) -> Option<String> {
    if !author.has_policy {
        return None;
    }
    let tag = tag(identifier);
    let strict = alignment.aligned_strict?;
    match (alignment.aligned?, alignment.aligned_relaxed?) {
        (true, _) if strict => None,
        (true, _) => Some(format!("With {tag}=s it would not count.")),
        (false, true) => Some(format!("With {tag}=r it would count.")),
        (false, false) => {
            let organization = author.organizational.as_ref().ok()?;
            let domain = match alignment.mode {
                Mode::Strict => author.domain.to_string(),
                Mode::Relaxed if identifier.domain.as_ref()?.is_within(organization) => {
                    format!("{organization} or another domain below it")
                }
                Mode::Relaxed if organization == author.domain => {
                    format!("{organization} or a domain below it")
                }
                Mode::Relaxed => format!("a domain of {organization}"),
            };
            let take = match tag == "aspf" {
                true => format!("It would take an envelope sender at {domain}"),
                false => format!("It would take a signature of {domain} (d=)"),
            };
            Some(match unite(identifier, author, alignment) {
                Some(unite) => format!("{take}, or {unite}."),
                None => format!("{take}."),
            })
        }
    }
}

/// What would make one organization of two domains of which one lies below the other, where the
/// tree walk parts them.
fn unite(identifier: &Identifier, author: &Author<'_>, alignment: &Alignment) -> Option<String> {
    let domain = identifier.domain.as_ref()?;
    let above = match (
        domain.is_within(author.domain),
        author.domain.is_within(domain),
    ) {
        (true, _) => author.domain,
        (_, true) => domain,
        _ => return None,
    };
    if author.rules != Rules::Rfc9989 || alignment.mode == Mode::Strict {
        return None;
    }
    match &alignment.cut {
        Some((at, Psd::No)) => Some(format!("that the record at _dmarc.{at} says no psd=n")),
        Some(_) => None,
        None => Some(format!(
            "a DMARC record at _dmarc.{above}, which the DNS tree walk takes for the organization's"
        )),
    }
}

/// What takes from the worth of a pass that counts.
fn reservation(alignment: &Alignment) -> Option<String> {
    if !alignment.authenticated || alignment.aligned != Some(true) {
        return None;
    }
    let why = match alignment.reservations.as_slice() {
        [] => return None,
        [Reservation::Testing] => "the key only tests DKIM (t=y)",
        [Reservation::UnsignedBody] => "part of the body is not signed (l=)",
        _ => "the key only tests DKIM (t=y) and part of the body is not signed (l=)",
    };
    Some(format!("Some receivers do not take such a pass: {why}."))
}
