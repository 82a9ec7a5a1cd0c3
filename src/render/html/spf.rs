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
        for record in verdict.record.iter().chain(verdict.records.iter().skip(1)) {
            html.class("p", "record", |p| {
                p.element("code", |code| code.text(record))
            });
        }
        steps(verdict, &verdict.trace, "tree", html);
    }
}

fn steps(verdict: &SpfVerdict, list: &[SpfStep], class: &'static str, html: &mut Html) {
    if list.is_empty() {
        return;
    }
    html.class("ul", class, |ul| {
        for step in list {
            ul.class("li", tone(step.outcome).class(), |li| {
                li.element("code", |code| code.text(spf::term(step)));
                li.text(" ");
                li.class("span", "became", |span| {
                    span.prose(spf::became(step, verdict))
                });
                if let Some(record) = &step.record {
                    li.class("p", "record", |p| {
                        p.element("code", |code| code.text(record))
                    });
                }
                steps(verdict, &step.steps, "", li);
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
