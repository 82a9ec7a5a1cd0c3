//! SPF evaluations as trees: each term, its outcome, and its lookups.

use super::{Html, Tone};
use crate::explain;
use crate::render::spf;
use crate::render::text::sentence;
use crate::spf::{SpfOutcome, SpfStep, SpfVerdict};

/// Writes each evaluation under a heading.
pub(super) fn write(verdicts: &[&SpfVerdict], html: &mut Html) {
    for verdict in verdicts {
        html.element("h3", |h3| h3.prose(spf::head(verdict)));
        html.paragraph(sentence(&explain::spf::cause(verdict).to_string()));
        tree(verdict, "tree", html);
    }
}

/// Writes the record and its terms; `tree alone` is that of a record without a message.
pub(super) fn tree(verdict: &SpfVerdict, class: &'static str, html: &mut Html) {
    let others = verdict.records.iter().skip(1);
    for record in verdict.record.iter().chain(others) {
        html.class("p", "record", |p| terms(record, p));
    }
    steps(verdict, &verdict.trace, class, html);
}

/// A record, broken between its terms where it does not fit.
pub(super) fn terms(record: &str, html: &mut Html) {
    html.element("code", |code| {
        for (index, term) in record.split(' ').enumerate() {
            if index > 0 {
                code.text(" ");
            }
            code.element("span", |span| span.text(term));
        }
    });
}

fn steps(verdict: &SpfVerdict, list: &[SpfStep], class: &'static str, html: &mut Html) {
    if list.is_empty() {
        return;
    }
    html.class("ul", class, |ul| {
        let is_left = |step: &SpfStep| step.outcome == SpfOutcome::NotReached;
        // Those that were not reached are told together.
        for run in list.chunk_by(|one, next| is_left(one) && is_left(next)) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else {
                continue;
            };
            ul.class("li", tone(first.outcome).class(), |li| {
                for step in run {
                    li.element("code", |code| code.text(spf::term(step)));
                    li.text(" ");
                }
                li.class("span", "became", |span| {
                    span.prose(spf::became(last, verdict))
                });
                if let Some(record) = &last.record {
                    li.class("p", "record", |p| terms(record, p));
                }
                steps(verdict, &last.steps, "", li);
            });
        }
    });
}

fn tone(outcome: SpfOutcome) -> Tone {
    match outcome {
        SpfOutcome::Match => Tone::Good,
        SpfOutcome::Error => Tone::Bad,
        SpfOutcome::Temperror | SpfOutcome::NotEvaluated => Tone::Open,
        _ => Tone::Plain,
    }
}
