//! Inspections of many messages: what the commands share that make them.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use sesauth::corpus::{Entry, Jobs, Reader, in_order};
use sesauth::dns::{Cache, CacheOptions, Dns, Question, Reply, Seen};
use sesauth::{Inspection, Inspector, Options, SessionHints};

use super::dns::Published;
use super::flags::RunFlags;
use super::progress::Progress;
use super::runtime::Runtime;
use super::{Failure, interrupt};

/// With many messages, a name is asked about once in an hour at most.
const LIVE: CacheOptions = CacheOptions {
    entries: 100_000,
    in_flight: 64,
    longest: Duration::from_secs(3600),
    absence: Duration::from_secs(3600),
    failure: Duration::from_secs(60),
};

/// How many messages a thread takes at once where all answers are at hand.
const AT_ONCE: usize = 4;

/// How many messages are judged.
pub struct Runner {
    /// How many at once, where the user says so; with or without showing how far it is.
    pub run: RunFlags,
    /// The time as of which to judge what does not say when it was received.
    pub now: Timestamp,
    /// What is known of all sessions.
    pub hints: SessionHints,
    /// How to read and judge.
    pub options: Options,
}

/// Where the answers for many messages come from.
pub enum Answers<D> {
    /// They are at hand.
    AtHand(D),
    /// They are asked for over the network, each question once.
    Asked(Box<Cache<D>>),
}

/// What one thread judges with: what `inspector` makes of DNS is kept from message to message.
pub struct Worker<'m, I> {
    runner: &'m Runner,
    runtime: Runtime,
    inspector: I,
}

/// How a run over many messages ended.
pub struct Ended {
    /// How many messages were taken.
    pub messages: usize,
    /// Whether the user wanted an end.
    pub is_interrupted: bool,
}

impl<D: Dns> Answers<D> {
    /// Those of `dns`, which is `published` with or without something over it.
    pub fn new(dns: D, published: &Published) -> Self {
        match published {
            Published::Live(_) => Self::Asked(Box::new(Cache::with_options(dns, LIVE))),
            Published::Snapshot(_) | Published::Zone(_) => Self::AtHand(dns),
        }
    }
}

impl<D: Dns> Dns for Answers<D> {
    async fn query(&self, question: &Question) -> Reply {
        match self {
            Self::AtHand(dns) => dns.query(question).await,
            Self::Asked(cache) => cache.query(question).await,
        }
    }

    fn earlier(&self, question: &Question) -> Vec<Seen> {
        match self {
            Self::AtHand(dns) => dns.earlier(question),
            Self::Asked(cache) => cache.earlier(question),
        }
    }

    fn keeps_aliases(&self) -> bool {
        match self {
            Self::AtHand(dns) => dns.keeps_aliases(),
            Self::Asked(cache) => cache.keeps_aliases(),
        }
    }
}

impl Runner {
    /// Judges by the options of the run, with answers of `dns`.
    pub fn inspector<'d, D: Dns>(&self, dns: &'d D) -> Inspector<'d, D> {
        Inspector::new(dns, self.options.clone())
    }

    /// Does `work` on each message that `reader` finds, given its octets or why there are none, and
    /// gives the results to `take` in the order of the messages. Of `answers` it only matters here
    /// whether they need the network.
    pub fn run<D: Dns, I, T: Send>(
        &self,
        reader: &mut Reader,
        answers: &Answers<D>,
        inspector: impl Fn() -> I + Sync,
        work: impl Fn(&mut Worker<'_, I>, &Entry, Result<&[u8], String>) -> T + Sync,
        mut take: impl FnMut(T, &mut Progress) -> ControlFlow<()>,
    ) -> Result<Ended, Failure> {
        let runtime = match answers {
            Answers::AtHand(_) => None,
            Answers::Asked(_) => Some(Published::runtime()?),
        };
        let handle = || match &runtime {
            None => Runtime::here(),
            Some(runtime) => Runtime::shared(runtime),
        };
        let interrupted = interrupt::flag();
        let mut progress = Progress::new(self.run.quiet);
        let left = reader.left();
        let mut messages = 0;
        let entries = std::iter::from_fn(|| match interrupted.load(Ordering::Relaxed) {
            true => None,
            false => reader.next(),
        });
        let worker = || Worker {
            runner: self,
            runtime: handle(),
            inspector: inspector(),
        };
        in_order(
            entries,
            Jobs {
                threads: self.jobs(runtime.is_some()),
                at_once: if runtime.is_some() { 1 } else { AT_ONCE },
            },
            || (worker(), Vec::new()),
            |(worker, buffer), entry| {
                let bytes = entry.load.bytes(buffer, self.options.limits.message_bytes);
                work(worker, &entry, bytes)
            },
            |done| {
                messages += 1;
                progress.step(messages, left.load(Ordering::Relaxed));
                take(done, &mut progress)
            },
        );
        progress.end();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
        Ok(Ended {
            messages,
            is_interrupted: interrupted.load(Ordering::Relaxed),
        })
    }

    /// Waiting for DNS takes no processor, so that live more messages are worked on at once.
    fn jobs(&self, is_live: bool) -> usize {
        let processors = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        match (self.run.jobs, is_live) {
            (Some(jobs), _) => jobs.get(),
            (None, true) => 16.max(processors()),
            (None, false) => processors(),
        }
    }
}

impl<I> Worker<'_, I> {
    /// Runs `future` to its end.
    pub fn wait_for<T>(&mut self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Judges one message, whatever is in it, with the inspector that `choose` takes.
    pub fn inspect<'d, D: Dns + 'd>(
        &mut self,
        bytes: &[u8],
        choose: impl Fn(&I) -> &Inspector<'d, D>,
    ) -> Result<Inspection, String> {
        let Runner { hints, now, .. } = self.runner;
        guarded(|| {
            let inspection = choose(&self.inspector).inspect(bytes, hints, *now);
            self.runtime.block_on(inspection)
        })
    }

    /// Judges one message, whatever is in it, with answers that are for it alone.
    pub fn inspect_alone<D: Dns>(&mut self, bytes: &[u8], dns: &D) -> Result<Inspection, String> {
        let Runner {
            hints,
            now,
            options,
            ..
        } = self.runner;
        guarded(|| {
            let inspection = sesauth::inspect_within(bytes, hints, dns, *now, options);
            self.runtime.block_on(inspection)
        })
    }
}

/// What comes of work on one message, and of work that panics.
pub fn guarded<T, E: ToString>(work: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err("it made the program fail; please report it with the message".into()),
    }
}

impl Ended {
    /// Says on standard error what was left out.
    pub fn say(&self, reader: &Reader) {
        match reader.passed_over() {
            0 => (),
            count => eprintln!(
                "sesauth: {count} files in folders do not look like mail and were passed over"
            ),
        }
        if self.is_interrupted {
            let count = self.messages;
            eprintln!("sesauth: interrupted; {count} messages are done");
        }
    }
}
