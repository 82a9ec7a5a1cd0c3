//! What a plan does to many messages, in one sentence.

use crate::corpus::{Counts, EffectKind, Group, Planned};

/// The sentence. What could not be judged is said apart and counts for nothing else.
pub fn sentence(planned: &Planned, what: &str) -> String {
    let counts = planned.counts();
    let refused = counts.with(EffectKind::NewlyRefused);
    let spam = counts.with(EffectKind::NewlyQuarantined);
    let failing = planned.foremost.get(&EffectKind::NewlyFails).copied();
    let failing = failing.unwrap_or_default();
    let of = match planned.messages() {
        1 => "of 1 message".into(),
        all => format!("of {all} messages"),
    };
    let would = match planned.stay_refused {
        0 => "would refuse",
        _ => "would newly refuse",
    };
    let (mut text, who) = match (refused, spam) {
        (0, 0) if failing == 0 => (format!("{what} {would} none {of}"), String::new()),
        (0, 0) => (
            format!("{what} {would} none {of}, but {failing} would newly fail DMARC"),
            whose(planned, failing, &[EffectKind::NewlyFails]),
        ),
        (0, _) => (
            format!("{what} {would} none {of}, but put {spam} into the spam folder"),
            whose(planned, spam, &[EffectKind::NewlyQuarantined]),
        ),
        (_, 0) => (
            format!("{what} {would} {refused} {of}"),
            whose(planned, refused, &[EffectKind::NewlyRefused]),
        ),
        _ => (
            format!("{what} {would} {refused} {of} and put {spam} into the spam folder"),
            whose(
                planned,
                refused + spam,
                &[EffectKind::NewlyRefused, EffectKind::NewlyQuarantined],
            ),
        ),
    };
    text.push_str(&who);
    let rest = match who.is_empty() {
        true => all_fates(planned),
        false => the_rest(planned, refused + spam, failing),
    };
    if !rest.is_empty() {
        text.push_str("; ");
        text.push_str(&rest.join(", "));
    }
    text.push('.');
    text
}

/// What becomes of all messages.
fn all_fates(planned: &Planned) -> Vec<String> {
    let [pass, fail, no_policy, no_author] = planned.fates;
    let refused = match (planned.stay_refused, fail) {
        (0, _) => String::new(),
        (refused, fail) if refused == fail => {
            " and is refused today too".replace("is", if fail == 1 { "is" } else { "are" })
        }
        (refused, _) => format!(
            ", {refused} of which {} refused today too",
            if refused == 1 { "is" } else { "are" }
        ),
    };
    let failing = said(fail, "fails", "fail").map(|text| format!("{text}{refused}"));
    [
        said(pass, "passes", "pass"),
        failing,
        said(no_policy, "has no policy", "have no policy"),
        said(
            no_author,
            "has no single domain in From",
            "have no single domain in From",
        ),
        open(planned),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What is to be said beside those that are hurt most.
fn the_rest(planned: &Planned, handled: usize, failing: usize) -> Vec<String> {
    let failing = match handled {
        0 => None,
        _ => said(failing, "more newly fails", "more newly fail"),
    };
    let refused = said(
        planned.stay_refused,
        "is refused today too",
        "are refused today too",
    );
    [failing, refused, open(planned)]
        .into_iter()
        .flatten()
        .collect()
}

fn open(planned: &Planned) -> Option<String> {
    let count = planned.not_judged();
    (count > 0).then(|| format!("{count} could not be judged"))
}

fn said(count: usize, one: &str, several: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {several}")),
    }
}

/// From which domains the `count` messages of these kinds are.
fn whose(planned: &Planned, count: usize, kinds: &[EffectKind]) -> String {
    let of = |counts: &Counts| -> usize { kinds.iter().map(|kind| counts.with(*kind)).sum() };
    let mut domains = Vec::new();
    let mut others = 0;
    for (group, series) in planned.timeline.series() {
        let count = of(&series.whole);
        match group {
            Group::From(domain) if count > 0 => domains.push((count, domain.as_str())),
            Group::OtherFrom => others += count,
            _ => (),
        }
    }
    domains.sort_by_key(|(count, domain)| (usize::MAX - count, *domain));
    match (domains.as_slice(), others) {
        ([], _) => ", from many domains".into(),
        ([(_, domain)], 0) if count == 1 => format!(", from {domain}"),
        ([(_, domain)], 0) => format!(", all from {domain}"),
        ([(a, first), (b, second)], 0) => format!(", {a} from {first} and {b} from {second}"),
        ([(a, first), (b, second), (c, third)], 0) => {
            format!(", {a} from {first}, {b} from {second} and {c} from {third}")
        }
        ([(most, domain), rest @ ..], others) => {
            let many = match others {
                0 => format!("{}", rest.len() + 1),
                _ => format!("more than {}", rest.len() + 1),
            };
            format!(", from {many} domains, the most ({most}) from {domain}")
        }
    }
}
