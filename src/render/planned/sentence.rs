//! The effect of a plan on many messages, in one sentence.

use super::super::senders;
use crate::corpus::{Counts, EffectKind, Group, Planned};

/// The sentence. Messages that could not be judged are mentioned separately and not counted
/// elsewhere.
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
    if planned.is_open() {
        return format!("What {what} would do cannot be told: {of} none could be judged.");
    }
    let would = match planned.stay_refused {
        0 => "would refuse",
        _ => "would newly refuse",
    };
    let put = match planned.stay_quarantined + planned.quarantined_not_refused {
        0 => "put",
        _ => "newly put",
    };
    let (mut text, who) = match (refused, spam) {
        (0, 0) if failing == 0 => (format!("{what} {would} none {of}"), String::new()),
        (0, 0) => (
            format!("{what} {would} none {of}, but {failing} would newly fail DMARC"),
            whose(planned, failing, &[EffectKind::NewlyFails]),
        ),
        (0, _) => (
            format!("{what} {would} none {of}, but {put} {spam} into the spam folder"),
            whose(planned, spam, &[EffectKind::NewlyQuarantined]),
        ),
        (_, 0) => (
            format!("{what} {would} {refused} {of}"),
            whose(planned, refused, &[EffectKind::NewlyRefused]),
        ),
        _ => (
            format!("{what} {would} {refused} {of} and {put} {spam} into the spam folder"),
            whose(
                planned,
                refused + spam,
                &[EffectKind::NewlyRefused, EffectKind::NewlyQuarantined],
            ),
        ),
    };
    text.push_str(&who);
    let rest = match who.is_empty() {
        true => all_outcomes(planned),
        false => the_rest(planned, refused + spam, failing),
    };
    if !rest.is_empty() {
        text.push_str("; ");
        text.push_str(&rest.join(", "));
    }
    text.push('.');
    text
}

/// The outcomes of all messages.
fn all_outcomes(planned: &Planned) -> Vec<String> {
    let [pass, fail, no_policy, no_author] = planned.outcomes;
    let handled = handled(planned);
    let done = match handled.as_slice() {
        [] => String::new(),
        [(count, done)] if *count == fail => format!(" and {}", be(*count, done)),
        several => {
            let several = several.iter();
            let several =
                several.map(|(count, done)| format!("{count} of them {}", be(*count, done)));
            format!(" ({})", several.collect::<Vec<_>>().join(", "))
        }
    };
    let failing = said(fail, "fails", "fail").map(|text| format!("{text}{done}"));
    let newly = match planned.counts().with(EffectKind::NoPolicyAnyMore) {
        0 => String::new(),
        newly if newly == no_policy => ", which is new".into(),
        newly => format!(" ({newly} of them newly)"),
    };
    let no_policy = said(no_policy, "has no policy", "have no policy");
    [
        said(pass, "passes", "pass"),
        failing,
        no_policy.map(|text| format!("{text}{newly}")),
        said(
            no_author,
            "has no single domain in From",
            "have no single domain in From",
        ),
        chance(planned),
        open(planned),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What is done to messages that fail with the plan but did so before: how many, and what.
fn handled(planned: &Planned) -> Vec<(usize, &'static str)> {
    let handled = [
        (planned.stay_refused, "refused today too"),
        (
            planned.stay_quarantined,
            "put into the spam folder today too",
        ),
        (
            planned.quarantined_not_refused,
            "put into the spam folder and no longer refused",
        ),
    ];
    handled
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .collect()
}

fn be(count: usize, done: &str) -> String {
    match count {
        1 => format!("is {done}"),
        _ => format!("are {done}"),
    }
}

/// What to say in addition to the most harmful changes.
fn the_rest(planned: &Planned, hurt: usize, failing: usize) -> Vec<String> {
    let failing = match hurt {
        0 => None,
        _ => said(failing, "more newly fails", "more newly fail"),
    };
    let handled = handled(planned).into_iter();
    let handled = handled.map(|(count, done)| format!("{count} {}", be(count, done)));
    failing
        .into_iter()
        .chain(handled)
        .chain(chance(planned))
        .chain(open(planned))
        .collect()
}

/// That the policy, or one level less, is applied to these by chance.
fn chance(planned: &Planned) -> Option<String> {
    let count = planned.sampled;
    (count > 0).then(|| format!("pct leaves {count} of them to chance"))
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

/// The domains of the `count` messages of these kinds.
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
    senders::whose(count, domains, others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{Effect, MessageGroup, Outcome, SendingSource};
    use crate::dmarc::Policy;

    /// Messages from these domains, with these kinds of changes.
    fn planned(effects: &[(&str, &[EffectKind], Outcome, usize)]) -> Planned {
        let mut planned = Planned::new(0);
        for (from, kinds, outcome, count) in effects {
            for _ in 0..*count {
                let effect = Effect {
                    is_touched: true,
                    group: MessageGroup {
                        from: (*from).into(),
                        source: SendingSource::Unknown,
                        day: None,
                    },
                    kinds: kinds.to_vec(),
                    outcome: *outcome,
                    handled: handled(*outcome, kinds),
                    is_sampled: false,
                    because: Vec::new(),
                    missing: Vec::new(),
                };
                planned.add("a.eml", Some((effect, Vec::new())));
            }
        }
        planned
    }

    /// What is done to it, if the kinds of changes show that.
    fn handled(outcome: Outcome, kinds: &[EffectKind]) -> Option<(Policy, Policy)> {
        let handled = match kinds {
            [EffectKind::Unchanged] => (Policy::Reject, Policy::Reject),
            [EffectKind::GainsEngine] => (Policy::Quarantine, Policy::Quarantine),
            [EffectKind::NoLongerRefused] => (Policy::Reject, Policy::Quarantine),
            _ => (Policy::None, Policy::Reject),
        };
        (outcome == Outcome::Fail).then_some(handled)
    }

    const SAME: &[EffectKind] = &[EffectKind::Unchanged];
    const REFUSED: &[EffectKind] = &[EffectKind::NewlyRefused, EffectKind::NewlyFails];
    const SPAM: &[EffectKind] = &[EffectKind::NewlyQuarantined, EffectKind::NewlyFails];
    const FAILS: &[EffectKind] = &[EffectKind::NewlyFails];
    const EASED: &[EffectKind] = &[EffectKind::NoLongerRefused];
    const STAYS: &[EffectKind] = &[EffectKind::GainsEngine];
    const GONE: &[EffectKind] = &[EffectKind::NoPolicyAnyMore];
    const OPEN: &[EffectKind] = &[EffectKind::NotJudged];

    #[test]
    fn every_outcome_has_its_words() {
        use Outcome::{Fail, NoAuthor, NoPolicy, NotJudged, Pass};
        for (effects, said) in [
            (&[][..], "X would refuse none of 0 messages."),
            (
                &[("a.example", SAME, Pass, 1)],
                "X would refuse none of 1 message; 1 passes.",
            ),
            (
                &[
                    ("a.example", SAME, Pass, 280),
                    ("b.example", OPEN, NotJudged, 20),
                ],
                "X would refuse none of 300 messages; 280 pass, 20 could not be judged.",
            ),
            (
                &[
                    ("a.example", SAME, NoPolicy, 1),
                    ("a.example", SAME, NoAuthor, 2),
                ],
                "X would refuse none of 3 messages; 1 has no policy, 2 have no single domain in \
                 From.",
            ),
            (
                &[("a.example", REFUSED, Fail, 1)],
                "X would refuse 1 of 1 message, from a.example.",
            ),
            (
                &[
                    ("a.example", REFUSED, Fail, 2),
                    ("b.example", REFUSED, Fail, 3),
                    ("b.example", SPAM, Fail, 1),
                    ("b.example", FAILS, Fail, 1),
                ],
                "X would refuse 5 of 7 messages and put 1 into the spam folder, 4 from b.example \
                 and 2 from a.example; 1 more newly fails.",
            ),
            (
                &[("a.example", SPAM, Fail, 2), ("a.example", SAME, Pass, 2)],
                "X would refuse none of 4 messages, but put 2 into the spam folder, all from \
                 a.example.",
            ),
            (
                &[
                    ("a.example", REFUSED, Fail, 1),
                    ("b.example", REFUSED, Fail, 1),
                    ("c.example", REFUSED, Fail, 2),
                    ("d.example", REFUSED, Fail, 1),
                ],
                "X would refuse 5 of 5 messages, from 4 domains, the most (2) from c.example.",
            ),
            (
                &[
                    ("a.example", REFUSED, Fail, 1),
                    ("b.example", SAME, Fail, 2),
                    ("b.example", OPEN, NotJudged, 1),
                ],
                "X would newly refuse 1 of 4 messages, from a.example; 2 are refused today too, \
                 1 could not be judged.",
            ),
            (
                &[
                    ("a.example", SPAM, Fail, 1),
                    ("b.example", EASED, Fail, 2),
                    ("b.example", STAYS, Fail, 1),
                ],
                "X would refuse none of 4 messages, but newly put 1 into the spam folder, from \
                 a.example; 1 is put into the spam folder today too, 2 are put into the spam \
                 folder and no longer refused.",
            ),
            (
                &[("b.example", EASED, Fail, 2), ("b.example", SAME, Fail, 1)],
                "X would newly refuse none of 3 messages; 3 fail (1 of them is refused today too, \
                 2 of them are put into the spam folder and no longer refused).",
            ),
            (
                &[("b.example", STAYS, Fail, 1), ("b.example", SAME, Pass, 1)],
                "X would refuse none of 2 messages; 1 passes, 1 fails and is put into the spam \
                 folder today too.",
            ),
            (
                &[
                    ("a.example", GONE, NoPolicy, 1),
                    ("a.example", SAME, NoPolicy, 1),
                ],
                "X would refuse none of 2 messages; 2 have no policy (1 of them newly).",
            ),
            (
                &[
                    ("a.example", REFUSED, Fail, 1),
                    ("b.example", REFUSED, Fail, 1),
                    ("c.example", REFUSED, Fail, 1),
                    ("d.example", REFUSED, Fail, 1),
                ],
                "X would refuse 4 of 4 messages, from 4 domains.",
            ),
            (
                &[("b.example", OPEN, NotJudged, 2)],
                "What X would do cannot be told: of 2 messages none could be judged.",
            ),
            (
                &[("b.example", SAME, Fail, 2)],
                "X would newly refuse none of 2 messages; 2 fail and are refused today too.",
            ),
        ] {
            assert_eq!(sentence(&planned(effects), "X"), said);
        }
    }
}
