//! Evidence: every question of a run, asked once, with its answer, in a fixed order.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;

use super::{Dns, LookupLine, Question, Reply, Seen};

/// The number of a lookup within one run, from 1; shown as `L1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookupId(pub usize);

impl fmt::Display for LookupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "L{}", self.0)
    }
}

impl serde::Serialize for LookupId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl schemars::JsonSchema for LookupId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LookupId".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

/// A question with its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Its number within the run.
    pub id: LookupId,
    /// What was asked.
    pub question: Question,
    /// What came back.
    pub reply: Reply,
    /// Other answers that were seen at other times, latest first.
    pub earlier: Vec<Seen>,
}

/// Every lookup of a run, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence(pub Vec<Arc<Lookup>>);

impl serde::Serialize for Evidence {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|lookup| {
            let mut line = LookupLine::new(&lookup.question, &lookup.reply);
            line.id = Some(lookup.id.to_string());
            line
        }))
    }
}

impl schemars::JsonSchema for Evidence {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Evidence".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Vec::<LookupLine>::json_schema(generator)
    }
}

/// Asks another source each question once and remembers the answers, in order.
pub struct Recorder<'d, D> {
    dns: &'d D,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    lookups: Vec<Arc<Lookup>>,
    known: HashMap<Question, usize>,
}

impl<'d, D: Dns> Recorder<'d, D> {
    /// Records what `dns` answers.
    pub fn new(dns: &'d D) -> Self {
        Self {
            dns,
            log: Mutex::default(),
        }
    }

    /// The answer to `question`, from memory where it was asked before.
    pub async fn ask(&self, question: &Question) -> Arc<Lookup> {
        if let Some(known) = self.known(question) {
            return known;
        }
        let reply = self.dns.query(question).await;
        self.remember(question, reply)
    }

    /// The answers to `questions`, asked at once and numbered in the order given.
    pub async fn ask_all(&self, questions: &[Question]) -> Vec<Arc<Lookup>> {
        let mut new: Vec<&Question> = Vec::new();
        for question in questions {
            if self.known(question).is_none() && !new.contains(&question) {
                new.push(question);
            }
        }
        let replies = join_all(new.iter().map(|question| self.dns.query(question))).await;
        for (question, reply) in new.into_iter().zip(replies) {
            self.remember(question, reply);
        }
        let mut lookups = Vec::with_capacity(questions.len());
        for question in questions {
            lookups.push(self.ask(question).await);
        }
        lookups
    }

    /// Whether every alias shows.
    pub fn keeps_aliases(&self) -> bool {
        self.dns.keeps_aliases()
    }

    /// How many questions were asked.
    pub fn asked(&self) -> usize {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.lookups.len()
    }

    /// All that was asked, in order.
    pub fn into_evidence(self) -> Evidence {
        let log = self.log.into_inner();
        Evidence(log.unwrap_or_else(PoisonError::into_inner).lookups)
    }

    /// The answer to `question`, where it was asked before.
    pub fn known(&self, question: &Question) -> Option<Arc<Lookup>> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.known
            .get(question)
            .map(|index| Arc::clone(&log.lookups[*index]))
    }

    fn remember(&self, question: &Question, reply: Reply) -> Arc<Lookup> {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = log.known.get(question) {
            return Arc::clone(&log.lookups[*index]);
        }
        let lookup = Arc::new(Lookup {
            id: LookupId(log.lookups.len() + 1),
            question: question.clone(),
            reply,
            earlier: self.dns.earlier(question),
        });
        let index = log.lookups.len();
        log.known.insert(question.clone(), index);
        log.lookups.push(Arc::clone(&lookup));
        lookup
    }
}
