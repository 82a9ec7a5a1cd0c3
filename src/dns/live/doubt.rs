//! Whether the servers are to be believed, and whether they can be reached at all.
//!
//! In a network that wants a login first, a resolver often says of every name that it does not exist,
//! or gives its own address for it. An absence from there would turn into "there is no policy". So
//! what such a resolver can make up counts only once it is believed:
//!
//! 1. A resolver that gave a TXT, MX or PTR record is believed from then on: none makes those up.
//! 2. The first absence or address before that is the doubt. The resolver is asked for TXT at
//!    [`PROBE`], which exists, once. If it has records, it is believed.
//! 3. If it fails with an error code, as a server does that knows only its own zones, it is believed
//!    too: it tells names apart. If it says nothing, only an NXDOMAIN without SOA is not believed,
//!    which no name server should send (RFC 2308 §2.1).
//! 4. If it denies the name, it lies, or it is the root of a closed network. An absence is then
//!    believed if it comes with the SOA of a zone below the root, and the resolver gives that SOA
//!    when it is asked for it; the resolver is believed from then on.
//! 5. What is not believed is a failure, never an answer.
//!
//! A server that says nothing at all is asked no longer than one question and the probe take: after
//! `timeout` without any response the probe goes to all servers at once, and if nothing comes back
//! within `timeout`, all questions fail, as do further ones of the next minute.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::dns::form::code_in_words;
use crate::dns::{ErrorCode, Failure, RecordType, Reply};

/// A name that has TXT records on every honest resolver: the SPF record that customers of SES
/// include.
pub(super) const PROBE: &str = "amazonses.com";

/// For how long servers that say nothing are not asked again (RFC 9520 §3.2 allows five minutes).
const SILENCE: Duration = Duration::from_secs(60);

/// Why nothing can be concluded from what DNS said in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoDns {
    /// The resolver does not know this name, which exists, so no absence from it counts.
    Denies(String),
    /// Every question failed; an error code that came.
    Fails(Box<ErrorCode>),
    /// No server responded; what came instead.
    Silent(Failure),
}

impl fmt::Display for NoDns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denies(name) => write!(
                f,
                "the resolver does not know {name}, which exists; it may deny every name, as in a \
                 network that wants a login first"
            ),
            Self::Fails(code) => {
                let code = code_in_words(code);
                write!(f, "the resolver answers no question (it says {code})")
            }
            Self::Silent(Failure::Timeout) => f.write_str("no DNS server responds"),
            Self::Silent(failure) => write!(f, "{failure}"),
        }
    }
}

/// What the resolver said about [`PROBE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Probed {
    /// It has records.
    Exists,
    /// It does not exist, or has no text.
    Denied,
    /// An error code.
    Code,
    /// Nothing, or nothing usable.
    Nothing,
}

/// What is known of the servers so far.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    pub(super) probe: OnceCell<Probed>,
    is_believed: AtomicBool,
    /// Whether any response came, be it an error code.
    has_heard: AtomicBool,
    /// Questions that got an answer.
    answered: AtomicUsize,
    /// Questions that failed since the last one that got an answer.
    failing: AtomicUsize,
    /// Answers that were not believed.
    doubted: AtomicUsize,
    silent_since: Mutex<Option<Instant>>,
    /// The first failure.
    failure: Mutex<Option<Failure>>,
}

impl Doubt {
    pub(super) fn believe(&self) {
        self.is_believed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_believed(&self) -> bool {
        self.is_believed.load(Ordering::Relaxed)
    }

    pub(super) fn hear(&self) {
        self.has_heard.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_heard(&self) -> bool {
        self.has_heard.load(Ordering::Relaxed)
    }

    /// The servers say nothing.
    pub(super) fn silence(&self) {
        let since = self.silent_since.lock();
        *since.unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether the servers were found to say nothing a short while ago.
    pub(super) fn is_silent(&self) -> bool {
        let since = self.silent_since.lock();
        let since = since.unwrap_or_else(PoisonError::into_inner);
        !self.has_heard() && since.is_some_and(|since| since.elapsed() < SILENCE)
    }

    /// Counts what comes out for a question.
    pub(super) fn count(&self, reply: &Reply) {
        match reply {
            Reply::TempFail(failure) => {
                self.fail();
                let kept = self.failure.lock();
                let mut kept = kept.unwrap_or_else(PoisonError::into_inner);
                kept.get_or_insert_with(|| failure.clone());
            }
            _ => {
                self.answered.fetch_add(1, Ordering::Relaxed);
                self.excuse();
            }
        }
    }

    /// A question failed.
    pub(super) fn fail(&self) {
        self.failing.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the latest question failed.
    pub(super) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed) > 0
    }

    /// The questions that failed say nothing of the servers.
    pub(super) fn excuse(&self) {
        self.failing.store(0, Ordering::Relaxed);
    }

    /// The reply in place of an answer that is not believed.
    pub(super) fn refuse(&self) -> Reply {
        self.doubted.fetch_add(1, Ordering::Relaxed);
        Reply::TempFail(Failure::Network(format!(
            "the resolver is not believed: it does not know {PROBE}"
        )))
    }

    /// Whether answers were refused, and nothing made up for it later.
    pub(super) fn is_refuted(&self) -> bool {
        !self.is_believed() && self.doubted.load(Ordering::Relaxed) > 0
    }

    /// The first failure, if no question got an answer.
    pub(super) fn only_failure(&self) -> Option<Failure> {
        if self.answered.load(Ordering::Relaxed) > 0 {
            return None;
        }
        let kept = self.failure.lock();
        kept.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Whether a resolver would have to be honest to give this: no captive network makes it up.
pub(super) fn is_proof(kind: RecordType, reply: &Reply) -> bool {
    let is_made_up = matches!(kind, RecordType::A | RecordType::Aaaa | RecordType::Cname);
    matches!(reply, Reply::Records(_)) && !is_made_up
}
