//! Current DNS answers, and older ones where DNS no longer gives any.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use sesauth::dns::{AnyDns, Dns, Question, Reply, Seen, Snapshot};

/// Asks again, and remembers what was answered before: a key once seen is kept.
pub struct Archive<'a> {
    published: AnyDns<'a>,
    kept: &'a Snapshot,
    unanswered: Mutex<BTreeSet<Question>>,
}

impl<'a> Archive<'a> {
    /// Asks `published`; earlier answers are in `kept`.
    pub fn new(published: &'a impl Dns, kept: &'a Snapshot) -> Self {
        Self {
            published: AnyDns::new(published),
            kept,
            unanswered: Mutex::default(),
        }
    }

    /// The questions that were answered before but not now.
    pub fn into_unanswered(self) -> BTreeSet<Question> {
        let unanswered = self.unanswered.into_inner();
        unanswered.unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_answer(reply: &Reply) -> bool {
    !matches!(reply, Reply::TempFail(_) | Reply::NotRecorded)
}

impl Dns for Archive<'_> {
    async fn query(&self, question: &Question) -> Reply {
        let reply = self.published.query(question).await;
        if is_answer(&reply) {
            return reply;
        }
        let kept = self.kept.query(question).await;
        if !is_answer(&kept) {
            return reply;
        }
        let unanswered = self.unanswered.lock();
        let mut unanswered = unanswered.unwrap_or_else(PoisonError::into_inner);
        unanswered.insert(question.clone());
        kept
    }

    fn earlier(&self, question: &Question) -> Vec<Seen> {
        let mut earlier = self.published.earlier(question);
        earlier.extend(self.kept.all(question));
        earlier
    }

    fn keeps_aliases(&self) -> bool {
        self.published.keeps_aliases()
    }
}
