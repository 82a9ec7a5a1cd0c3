//! Evidence: every DNS question about a message, asked once, with its answer, in a fixed order.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;

use super::{AnyDns, Dns, LookupLine, Question, Reply, Response, Responses};

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

/// A response with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The number within the run.
    pub id: LookupId,
    response: Arc<Response>,
}

impl Lookup {
    /// Gives a response its number.
    pub fn new(id: LookupId, response: Response) -> Self {
        Self {
            id,
            response: Arc::new(response),
        }
    }
}

impl Lookup {
    /// The lookup as a line of a recording, with its number.
    pub fn line(&self) -> LookupLine {
        LookupLine {
            id: Some(self.id.to_string()),
            ..LookupLine::new(&self.question, &self.reply)
        }
    }
}

impl Deref for Lookup {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.response
    }
}

/// Every lookup of a run, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence(pub Vec<Lookup>);

impl Evidence {
    /// Whether nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl serde::Serialize for Evidence {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Lookup::line))
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
pub struct Recorder<'d> {
    dns: AnyDns<'d>,
    shared: Arc<Responses>,
    lookups: Mutex<Vec<Lookup>>,
}

impl<'d> Recorder<'d> {
    /// Records what `dns` answers.
    pub fn new(dns: &'d impl Dns) -> Self {
        Self::sharing(dns, Arc::default())
    }

    /// Records the answers of `shared`, and of `dns` for what is not in `shared`. The answers of
    /// `dns` are then shared too.
    pub fn sharing(dns: &'d impl Dns, shared: Arc<Responses>) -> Self {
        Self {
            dns: AnyDns::new(dns),
            shared,
            lookups: Mutex::default(),
        }
    }

    /// Goes on from the lookups of another recorder of the same source: those questions are not
    /// asked again, and the numbers go on.
    pub(crate) fn continuing(dns: &'d impl Dns, evidence: Evidence) -> Self {
        Self {
            dns: AnyDns::new(dns),
            shared: Arc::default(),
            lookups: Mutex::new(evidence.0),
        }
    }

    /// The answer to `question`, from memory if it was asked before.
    pub async fn ask(&self, question: &Question) -> Lookup {
        let response = match self.at_hand(question) {
            Some(response) => response,
            None => self.keep(question, self.dns.query(question).await),
        };
        self.number(response)
    }

    /// The answers to `questions`. They are asked at the same time, and numbered in the given
    /// order.
    pub async fn ask_all(&self, questions: &[Question]) -> Vec<Lookup> {
        let at_hand: Vec<_> = questions.iter().map(|one| self.at_hand(one)).collect();
        let mut new: Vec<&Question> = Vec::new();
        for (question, at_hand) in questions.iter().zip(&at_hand) {
            if at_hand.is_none() && !new.contains(&question) {
                new.push(question);
            }
        }
        let replies = join_all(new.iter().map(|question| self.dns.query(question))).await;
        let replies = new.into_iter().zip(replies);
        let fresh: Vec<_> = replies.map(|(new, reply)| self.keep(new, reply)).collect();
        let fresh = |question: &Question| fresh.iter().find(|fresh| fresh.question == *question);
        let responses = questions.iter().zip(at_hand);
        let responses =
            responses.filter_map(|(question, known)| known.or_else(|| fresh(question).cloned()));
        responses.map(|response| self.number(response)).collect()
    }

    /// As [`Dns::keeps_aliases`] of the source.
    pub fn keeps_aliases(&self) -> bool {
        self.dns.keeps_aliases()
    }

    /// How many different questions were asked.
    pub fn asked(&self) -> usize {
        self.lookups().len()
    }

    /// All lookups, in order.
    pub fn into_evidence(self) -> Evidence {
        let lookups = self.lookups.into_inner();
        Evidence(lookups.unwrap_or_else(PoisonError::into_inner))
    }

    /// The answer to `question`, if it was asked before for this message.
    pub fn known(&self, question: &Question) -> Option<Lookup> {
        let lookups = self.lookups();
        let mut lookups = lookups.iter();
        lookups.find(|known| known.question == *question).cloned()
    }

    /// The response to `question`, if the run knows it. A failure is known only to its own message.
    fn at_hand(&self, question: &Question) -> Option<Arc<Response>> {
        let shared = self.shared.known(question);
        shared.or_else(|| self.known(question).map(|lookup| lookup.response))
    }

    fn lookups(&self) -> MutexGuard<'_, Vec<Lookup>> {
        self.lookups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, question: &Question, reply: Reply) -> Arc<Response> {
        let earlier = self.dns.earlier(question);
        self.shared
            .keep(Response::new(question.clone(), reply, earlier))
    }

    fn number(&self, response: Arc<Response>) -> Lookup {
        let mut lookups = self.lookups();
        let mut known = lookups.iter();
        if let Some(known) = known.find(|known| known.question == response.question) {
            return known.clone();
        }
        let id = LookupId(lookups.len() + 1);
        let lookup = Lookup { id, response };
        lookups.push(lookup.clone());
        lookup
    }
}
