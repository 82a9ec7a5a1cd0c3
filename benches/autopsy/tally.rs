//! The table: what became of each kind of damage.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::judge::{Fit, Said};

/// All messages with one kind of damage.
#[derive(Default)]
pub struct Row {
    pub counts: [usize; 5],
    times: Vec<Duration>,
    /// What was said and does not fit: how often, and of which message first.
    pub wrong: BTreeMap<String, (usize, String)>,
    /// What was proved, and how often.
    pub said: BTreeMap<String, usize>,
    /// The first messages that nothing was said of.
    silent: Vec<String>,
}

impl Row {
    /// Counts one message.
    pub fn add(&mut self, said: &Said, fit: Fit, label: &str) {
        self.counts[fit as usize] += 1;
        if fit == Fit::Harmless {
            return;
        }
        self.times.push(said.time);
        match fit {
            Fit::Wrong => {
                let first = || (0, label.to_owned());
                self.wrong.entry(said.codes()).or_insert_with(first).0 += 1;
            }
            Fit::Silent | Fit::Partly => self.silent.push(label.to_owned()),
            _ => (),
        }
        let codes = said.header.iter().chain(&said.body);
        codes.for_each(|code| *self.said.entry(code.clone()).or_default() += 1);
    }

    /// How many were broken by it.
    pub fn broken(&self) -> usize {
        self.times.len()
    }

    fn count(&self, fit: Fit) -> usize {
        self.counts[fit as usize]
    }

    /// Its line of the table.
    pub fn line(&mut self, name: &str) -> String {
        self.times.sort();
        let broken = self.broken();
        let at = |part: usize, whole: usize| {
            let index = (broken * part / whole).min(broken.saturating_sub(1));
            self.times.get(index).map_or(0, Duration::as_micros)
        };
        let named = broken - self.count(Fit::Silent) - self.count(Fit::Partly);
        format!(
            "{name:<46}{:>7}{broken:>8}{named:>8}{:>8}{:>8}{:>8}{:>9}{:>9}{:>9}",
            self.counts.iter().sum::<usize>(),
            self.count(Fit::Right),
            self.count(Fit::Partly),
            self.count(Fit::Wrong),
            at(1, 2),
            at(99, 100),
            at(1, 1),
        )
    }

    /// What is behind the line: codes, and messages to look at.
    pub fn details(&self) -> String {
        let mut out = String::new();
        for (codes, count) in &self.said {
            out += &format!("    said {codes}: {count}\n");
        }
        for (codes, (count, label)) in &self.wrong {
            out += &format!("    WRONG {codes}: {count}, first {label}\n");
        }
        for label in self.silent.iter().take(2) {
            out += &format!("    silent {label}\n");
        }
        out
    }
}

/// The head of the table.
pub fn head() -> String {
    format!(
        "{:<46}{:>7}{:>8}{:>8}{:>8}{:>8}{:>8}{:>9}{:>9}{:>9}",
        "damage",
        "tried",
        "broken",
        "named",
        "right",
        "partly",
        "wrong",
        "median",
        "99 %",
        "worst us"
    )
}
