//! Any source behind one type, so that the code that asks is compiled once, not once per source.

use std::fmt;

use futures_util::future::BoxFuture;

use super::{Dns, Question, Reply, Seen};

/// A reference to a source of any type.
#[derive(Clone, Copy)]
pub struct AnyDns<'d>(&'d dyn Source);

impl<'d> AnyDns<'d> {
    /// The source `dns`.
    pub fn new(dns: &'d impl Dns) -> Self {
        Self(dns)
    }
}

impl fmt::Debug for AnyDns<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyDns")
    }
}

impl Dns for AnyDns<'_> {
    async fn query(&self, question: &Question) -> Reply {
        self.0.answer(question).await
    }

    fn earlier(&self, question: &Question) -> Vec<Seen> {
        self.0.seen_earlier(question)
    }

    fn keeps_aliases(&self) -> bool {
        self.0.shows_aliases()
    }
}

/// [`Dns`] in the form that a `dyn` takes.
trait Source: Sync {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Reply>;
    fn seen_earlier(&self, question: &Question) -> Vec<Seen>;
    fn shows_aliases(&self) -> bool;
}

impl<D: Dns> Source for D {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Reply> {
        Box::pin(self.query(question))
    }

    fn seen_earlier(&self, question: &Question) -> Vec<Seen> {
        self.earlier(question)
    }

    fn shows_aliases(&self) -> bool {
        self.keeps_aliases()
    }
}
