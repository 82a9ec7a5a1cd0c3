//! How the results of a second engine compare with ours, counted over many messages.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::second::{Compared, OpinionComparison, OpinionMethod, Program};

/// What a second engine says of one thing, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecondInShort {
    /// The engine.
    pub program: Program,
    /// What it is about; `None` if the engine says nothing of the message.
    pub method: Option<OpinionMethod>,
    /// Which of our signatures it is about, from 1.
    pub signature: Option<usize>,
    /// Its result.
    pub result: Option<String>,
    /// How it compares with ours.
    pub comparison: Option<Compared>,
    /// The reason for a difference in one word, or why it says nothing.
    pub clause: Option<String>,
    /// The section that the reason follows from.
    pub section: Option<&'static str>,
}

impl SecondInShort {
    /// Everything that second engines say of one message.
    pub fn of(opinions: &[OpinionComparison]) -> Vec<Self> {
        let all = opinions.iter().flat_map(|opinion| {
            let program = opinion.program;
            let silent = opinion.no_opinion.as_ref().map(|why| Self {
                program,
                method: None,
                signature: None,
                result: None,
                comparison: None,
                clause: Some(why.word().to_owned()),
                section: None,
            });
            let rows = opinion.rows.iter().map(move |row| Self {
                program,
                method: Some(row.method),
                signature: row.signature,
                result: row.theirs.clone(),
                comparison: Some(row.comparison),
                clause: row.clause.as_ref().map(|clause| clause.reason.word()),
                section: row.clause.as_ref().and_then(|clause| clause.section),
            });
            silent.into_iter().chain(rows)
        });
        all.collect()
    }

    fn differs(&self) -> bool {
        self.comparison != Some(Compared::Agree)
    }
}

/// How many results of a second engine agree with ours, and why the others do not.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct SecondCount {
    /// The engine.
    pub program: Option<Program>,
    /// Messages of which it says something.
    pub messages: usize,
    /// Messages of which it says nothing.
    pub silent: usize,
    /// Results that agree.
    pub agree: usize,
    /// Results that differ for a known reason.
    pub differ: usize,
    /// Results that differ for no known reason.
    pub unknown: usize,
    /// How many differ for each reason: the method, the reason and its section.
    pub clauses: BTreeMap<String, usize>,
}

impl SecondCount {
    /// Counts one message.
    pub(super) fn add(&mut self, said: &[SecondInShort]) {
        let Some(first) = said.first() else { return };
        self.program = Some(first.program);
        self.messages += usize::from(first.method.is_some());
        for one in said {
            let Some(method) = one.method else {
                self.silent += 1;
                continue;
            };
            match &one.clause {
                _ if !one.differs() => self.agree += 1,
                None => self.unknown += 1,
                Some(clause) => {
                    self.differ += 1;
                    let section = one.section.map(|section| format!(" ({section})"));
                    let key = format!(
                        "{} {clause}{}",
                        method.as_str(),
                        section.unwrap_or_default()
                    );
                    *self.clauses.entry(key).or_default() += 1;
                }
            }
        }
    }
}
