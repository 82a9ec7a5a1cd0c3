//! The answers of DNS for a server that runs on: one cache for all that it judges, in whose time each of
//! its messages has a part of its own.

use sesauth::dns::message_time::in_time;
use sesauth::dns::{Cache, Dns, NoDns, Question, Reply, Seen};

use super::dns::Published;
use super::runner::LIVE;

/// The answers, each asked for once.
pub struct ServerDns(Cache<Published>);

impl ServerDns {
    pub fn new(published: Published) -> Self {
        Self(Cache::with_options(published, LIVE))
    }

    /// Why nothing can be concluded from the answers so far; `None` if they can be used.
    pub async fn no_dns(&self) -> Option<NoDns> {
        self.0.source().no_dns().await
    }
}

impl Dns for ServerDns {
    async fn query(&self, question: &Question) -> Reply {
        in_time(self.0.query(question)).await
    }

    fn earlier(&self, question: &Question) -> Vec<Seen> {
        self.0.earlier(question)
    }

    fn keeps_aliases(&self) -> bool {
        self.0.keeps_aliases()
    }
}
