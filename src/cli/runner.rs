//! Inspections of many messages, shared by several commands.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use sesauth::corpus::{Entry, Jobs, Reader, in_order};
use sesauth::dns::message_time::in_time;
use sesauth::dns::{AnyDns, Cache, CacheOptions, Dns, NoDns, Question, Reply, Seen};
use sesauth::{Error, Inspection, Inspector, Options, SessionHints};

use super::dns::Published;
use super::flags::RunFlags;
use super::progress::Progress;
use super::runtime::Runtime;
use super::second::SecondEngine;
use super::{Failure, interrupt, output};

/// For many messages, each question is asked at most once in an hour.
pub const LIVE: CacheOptions = CacheOptions {
    entries: 100_000,
    octets: 128 << 20,
    in_flight: 64,
    longest: Duration::from_secs(3600),
    absence: Duration::from_secs(3600),
    failure: Duration::from_secs(60),
};

/// How many messages a thread takes at once if all answers are available.
const AT_ONCE: usize = 4;

/// How many results wait for the next answer of DNS after a question failed. With none by then, it is
/// looked whether DNS can still be used.
const IN_DOUBT: usize = 32;

/// How many messages are judged.
pub struct Runner {
    /// How many are judged at once, if the user says so, and whether progress is shown.
    pub run: RunFlags,
    /// The time at which a message is judged if it does not say when it was received.
    pub now: Timestamp,
    /// What is known about all sessions.
    pub hints: SessionHints,
    /// How to read and judge.
    pub options: Options,
    /// How long all questions about one message may take, if they go over the network.
    pub dns_time: Duration,
    /// What else judges each message, beside ours.
    pub second: Option<SecondEngine>,
    /// Whether the run ends when DNS cannot be used, or no more. What was judged without it is then not
    /// given.
    pub ends_without_dns: bool,
}

/// Where the answers for many messages come from.
pub enum Answers<'p> {
    /// All answers are available.
    AtHand(AnyDns<'p>),
    /// They are asked for over the network, each question once.
    Asked(Box<Cache<AnyDns<'p>>>, &'p Published),
}

/// What one thread judges with: data that `inspector` derives from DNS is kept between messages.
pub struct Worker<'m, I> {
    runner: &'m Runner,
    runtime: Runtime,
    /// What is known of the session of the message at hand.
    hints: SessionHints,
    inspector: I,
}

/// How a run over many messages ended.
pub struct Ended {
    /// How many results were taken.
    pub messages: usize,
    /// Whether the user interrupted it.
    pub is_interrupted: bool,
    /// Why DNS could not be used, or no more, if so.
    pub no_dns: Option<NoDns>,
    /// Whether other messages were not judged for that reason.
    pub is_cut_short: bool,
}

impl<'p> Answers<'p> {
    /// The answers of `dns`, which is `published`, possibly with an overlay.
    pub fn new(dns: &'p impl Dns, published: &'p Published) -> Self {
        let dns = AnyDns::new(dns);
        match published {
            Published::Live(_) => Self::Asked(Box::new(Cache::with_options(dns, LIVE)), published),
            Published::Snapshot(_) | Published::Zone(_) | Published::OwnZones(_) => {
                Self::AtHand(dns)
            }
        }
    }
}

impl Dns for Answers<'_> {
    async fn query(&self, question: &Question) -> Reply {
        match self {
            Self::AtHand(dns) => dns.query(question).await,
            Self::Asked(cache, _) => in_time(cache.query(question)).await,
        }
    }

    fn earlier(&self, question: &Question) -> Vec<Seen> {
        match self {
            Self::AtHand(dns) => dns.earlier(question),
            Self::Asked(cache, _) => cache.earlier(question),
        }
    }

    fn keeps_aliases(&self) -> bool {
        match self {
            Self::AtHand(dns) => dns.keeps_aliases(),
            Self::Asked(cache, _) => cache.keeps_aliases(),
        }
    }
}

impl Runner {
    /// An inspector with the options of the run and the answers of `dns`.
    pub fn inspector<'d, D: Dns>(&self, dns: &'d D) -> Inspector<'d, D> {
        Inspector::new(dns, self.options.clone())
    }

    /// Calls `work` for each message that `reader` finds, with its octets or the reason why there
    /// are none, and gives the results to `take` in the order of the messages. `weigh` says how many
    /// octets a result takes. From `answers`, this only uses whether they need the network.
    pub fn run<I, T: Send>(
        &self,
        reader: &mut Reader,
        answers: &Answers<'_>,
        inspector: impl Fn() -> I + Sync,
        work: impl Fn(&mut Worker<'_, I>, &Entry, Result<&[u8], String>) -> T + Sync,
        weigh: impl Fn(&T) -> usize + Sync,
        mut take: impl FnMut(T, &mut Progress) -> ControlFlow<()>,
    ) -> Result<Ended, Failure> {
        let runtime = match answers {
            Answers::AtHand(_) => None,
            Answers::Asked(..) => Some(Published::runtime()?),
        };
        let handle = || match &runtime {
            None => Runtime::here(),
            Some(runtime) => Runtime::shared(runtime, self.dns_time),
        };
        let interrupted = interrupt::flag();
        let mut progress = Progress::new(self.run.quiet);
        if self.run.no_metadata {
            reader.ignore_metadata();
        }
        let left = reader.left();
        let published = match answers {
            Answers::AtHand(_) => None,
            Answers::Asked(_, published) => Some(*published),
        };
        let live = runtime.as_ref().zip(published);
        let ending = live.filter(|_| self.ends_without_dns);
        let lost = || ending.and_then(|(runtime, published)| runtime.block_on(published.lost()));
        let mut no_dns = None;
        let mut is_met = false;
        let mut waiting = Vec::new();
        let mut messages = 0;
        let entries = std::iter::from_fn(|| match interrupted.load(Ordering::Relaxed) {
            true => None,
            // What failed because of the interruption is no result.
            false => reader
                .next()
                .filter(|_| !interrupted.load(Ordering::Relaxed)),
        });
        let worker = || Worker {
            runner: self,
            runtime: handle(),
            hints: self.hints.clone(),
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
                let (metadata, why) = match entry.metadata.metadata() {
                    Ok(metadata) => (metadata, None),
                    Err(why) => (None, Some(why)),
                };
                worker.hints.metadata = metadata;
                let bytes = entry.load.bytes(buffer, self.options.limits.message_bytes);
                (work(worker, &entry, bytes), why)
            },
            |(done, _)| weigh(done),
            |(done, why)| {
                if let Some(why) = why {
                    progress.say(why);
                }
                waiting.push(done);
                if let Some((runtime, published)) = ending {
                    if published.is_in_doubt() {
                        if waiting.len() < IN_DOUBT {
                            return ControlFlow::Continue(());
                        }
                        no_dns = lost();
                        if no_dns.is_some() {
                            return ControlFlow::Break(());
                        }
                    } else if !is_met {
                        is_met = true;
                        runtime.block_on(published.meet());
                    }
                }
                waiting.drain(..).try_for_each(|done| {
                    messages += 1;
                    progress.step(messages, left.load(Ordering::Relaxed));
                    take(done, &mut progress)
                })
            },
        );
        let is_interrupted = interrupted.load(Ordering::Relaxed);
        if !waiting.is_empty() && no_dns.is_none() && !is_interrupted {
            no_dns = lost();
        }
        let is_cut_short = no_dns.is_some();
        if !is_cut_short {
            messages += waiting.len();
            let _ = waiting
                .into_iter()
                .try_for_each(|done| take(done, &mut progress));
            if let Some((runtime, published)) = live.filter(|_| !is_interrupted) {
                no_dns = runtime.block_on(published.no_dns());
            }
        }
        progress.end();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
        Ok(Ended {
            messages,
            no_dns,
            is_cut_short,
            is_interrupted,
        })
    }

    /// Waiting for DNS needs no processor, so with live DNS more messages are judged at once.
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

    /// Judges one message, whatever is in it, with the inspector that `choose` selects.
    pub fn inspect<'d, D: Dns + 'd>(
        &mut self,
        bytes: &[u8],
        choose: impl Fn(&I) -> &Inspector<'d, D>,
    ) -> Result<Inspection, String> {
        let Runner {
            now,
            options,
            second,
            ..
        } = self.runner;
        let hints = &self.hints;
        guarded(|| {
            let inspector = choose(&self.inspector);
            let mut inspection = self
                .runtime
                .block_on(inspector.inspect(bytes, hints, *now))?;
            if let Some(second) = second {
                let elsewhere = |question: &Question| match self.runtime.is_here() {
                    true => at_hand(inspector.dns(), question),
                    false => Reply::NotRecorded,
                };
                second.compare(bytes, hints, options, *now, elsewhere, &mut inspection);
            }
            Ok::<_, Error>(inspection)
        })
    }

    /// Judges one message, whatever is in it, with answers for it alone.
    pub fn inspect_alone<D: Dns>(&mut self, bytes: &[u8], dns: &D) -> Result<Inspection, String> {
        let Runner { now, options, .. } = self.runner;
        let hints = &self.hints;
        guarded(|| {
            let inspection = sesauth::inspect_within(bytes, hints, dns, *now, options);
            self.runtime.block_on(inspection)
        })
    }
}

/// The answer of a source that has all its answers at hand.
pub fn at_hand(dns: &impl Dns, question: &Question) -> Reply {
    let reply = dns.query(question).now_or_never();
    reply.unwrap_or(Reply::NotRecorded)
}

/// The result of work on one message; an error if it panics.
pub fn guarded<T, E: ToString>(work: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err("it made the program fail; please report it with the message".into()),
    }
}

impl Ended {
    /// Reports on standard error what was skipped.
    pub fn say(&self, reader: &Reader) {
        let over = reader.passed_over();
        let say = |count: usize, one: &str, many: &str| match count {
            0 => (),
            1 => output::say(format!("1 {one}")),
            count => output::say(format!("{count} {many}")),
        };
        say(
            over.not_mail,
            "file in folders does not look like mail and was passed over",
            "files in folders do not look like mail and were passed over",
        );
        say(
            over.links,
            "link in archives was passed over",
            "links in archives were passed over",
        );
        say(
            over.special,
            "member of archives is a device, a pipe or the like and was passed over",
            "members of archives are devices, pipes or the like and were passed over",
        );
        say(
            over.outside,
            "member of archives has a path that leads out of its archive and was passed over",
            "members of archives have a path that leads out of their archive and were passed over",
        );
        say(
            over.metadata,
            "metadata file in archives was not used: no message of its name came after it or just \
             before it",
            "metadata files in archives were not used: no message of their name came after them or \
             just before them",
        );
        say(
            over.unwanted,
            "message was done before and was passed over",
            "messages were done before and were passed over",
        );
        if reader.is_unordered() {
            output::say(
                "an object store does not list its keys in their order: the results are in the order \
                 in which it listed them, and metadata beside messages may have been missed",
            );
        }
        if self.is_cut_short {
            output::say(match self.messages {
                0 => "no message was judged".to_owned(),
                1 => "1 message was judged before DNS failed".to_owned(),
                count => format!("{count} messages were judged before DNS failed"),
            });
        }
        if self.is_interrupted {
            let count = self.messages;
            output::say(format!("interrupted; {count} messages are done"));
        }
    }
}
