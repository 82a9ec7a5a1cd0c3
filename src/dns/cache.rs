//! One cache for a whole run, over another source: many messages and threads ask, but each question
//! is asked once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::Instant;

use super::{AnyDns, Dns, Question, Reply, Seen};

/// Answers of another source, kept for as long as DNS allows.
///
/// A question that is already being asked is not asked again: the second caller waits for the same
/// answer. Answers keep the TTL that they came with; it is not counted down, so the output does not
/// depend on the order of the messages. The clock is Tokio's; no timer is needed.
#[derive(Debug)]
pub struct Cache<D> {
    source: D,
    store: Store,
}

/// What is kept, whatever the source.
#[derive(Debug)]
struct Store {
    options: CacheOptions,
    asking: Semaphore,
    known: Mutex<Known>,
}

/// How much a [`Cache`] keeps, for how long, and how much it asks at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheOptions {
    /// The most answers that are kept; the oldest is dropped first. An answer takes a few hundred
    /// bytes.
    pub entries: usize,
    /// The most octets of the records that are kept, about; the oldest answer is dropped first. Who
    /// publishes records chooses their size, up to 64 KiB for one answer.
    pub octets: usize,
    /// The most questions that are sent to the source at once; others wait. Resolvers slow down or
    /// refuse clients that send many more (many allow 100 on one connection).
    pub in_flight: usize,
    /// The longest time that any answer is kept, whatever its TTL: long enough for most runs, short
    /// enough that a service sees a changed record the same day.
    pub longest: Duration,
    /// How long a negative answer is kept if the server gives no TTL for it. RFC 2308 §5 would not
    /// cache it at all, which is too expensive for a run over many messages.
    pub absence: Duration,
    /// How long a failure is kept. RFC 2308 §7 allows up to five minutes, RFC 9520 §3.2 requires at
    /// least one second. Messages of the same moment share a failure; a later one tries again.
    pub failure: Duration,
}

impl Default for CacheOptions {
    fn default() -> Self {
        Self {
            entries: 10_000,
            octets: 32 << 20,
            in_flight: 64,
            longest: Duration::from_secs(3600),
            absence: Duration::from_secs(60),
            failure: Duration::from_secs(5),
        }
    }
}

impl<D: Dns> Cache<D> {
    /// A cache of the answers of `source`, with the default options.
    pub fn new(source: D) -> Self {
        Self::with_options(source, CacheOptions::default())
    }

    /// A cache of the answers of `source`. At least the latest answer is kept and at least one question
    /// is asked at once, even if `options` say 0.
    pub fn with_options(source: D, options: CacheOptions) -> Self {
        let in_flight = options.in_flight.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            source,
            store: Store {
                options,
                asking: Semaphore::new(in_flight),
                known: Mutex::default(),
            },
        }
    }

    /// The source that is asked.
    pub fn source(&self) -> &D {
        &self.source
    }
}

impl Store {
    async fn ask(&self, source: AnyDns<'_>, question: &Question) -> Kept {
        // This fails only when the semaphore is closed, which never happens here.
        let _permit = self.asking.acquire().await;
        let reply = source.query(question).await;
        let until = Instant::now().checked_add(self.lifetime(&reply));
        Kept { reply, until }
    }

    fn lifetime(&self, reply: &Reply) -> Duration {
        let seconds = |ttl| Duration::from_secs(u64::from(ttl));
        let lifetime = match reply {
            Reply::Records(answer) => seconds(answer.ttl),
            Reply::NoData(negative) | Reply::NxDomain(negative) => {
                negative.ttl.map_or(self.options.absence, seconds)
            }
            Reply::TempFail(_) => self.options.failure,
            // A recording says so, and it costs nothing to ask it again.
            Reply::NotRecorded => Duration::ZERO,
        };
        lifetime.min(self.options.longest)
    }
}

impl<D: Dns> Dns for Cache<D> {
    async fn query(&self, question: &Question) -> Reply {
        let source = AnyDns::new(&self.source);
        self.store.reply_of(source, question).await
    }

    fn earlier(&self, question: &Question) -> Vec<Seen> {
        self.source.earlier(question)
    }

    fn keeps_aliases(&self) -> bool {
        self.source.keeps_aliases()
    }
}

impl Store {
    /// In a box, it is compiled here and not in each crate that awaits it.
    fn reply_of<'a>(&'a self, source: AnyDns<'a>, question: &'a Question) -> BoxFuture<'a, Reply> {
        self.reply(source, question).boxed()
    }

    async fn reply(&self, source: AnyDns<'_>, question: &Question) -> Reply {
        let entries = self.options.entries.max(1);
        let place = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.place(question, entries)
        };
        // When the caller that asks is dropped, the next one that waits asks instead.
        let kept = place.0.get_or_init(|| self.ask(source, question)).await;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.count(question, &place, kept.reply.octets(), self.options.octets);
        drop(known);
        kept.reply.clone()
    }
}

/// A place for an answer; empty while it is being asked for.
#[derive(Debug, Default)]
struct Place(OnceCell<Kept>);

impl Place {
    fn is_open_or_holds(&self) -> bool {
        let over = |kept: &Kept| kept.until.is_some_and(|until| until <= Instant::now());
        !self.0.get().is_some_and(over)
    }
}

/// An answer, and until when it may be used; `None` means without end.
#[derive(Debug)]
struct Kept {
    reply: Reply,
    until: Option<Instant>,
}

#[derive(Debug, Default)]
struct Known {
    places: HashMap<Question, Entry>,
    /// The questions by age, oldest first.
    order: BTreeMap<u64, Question>,
    next: u64,
    /// The sum of those of all entries.
    octets: usize,
}

#[derive(Debug)]
struct Entry {
    age: u64,
    place: Arc<Place>,
    /// Those of the answer, once it was given.
    octets: usize,
}

impl Known {
    /// The place for the answer to `question`; it is filled if there is an answer that is still
    /// valid.
    fn place(&mut self, question: &Question, entries: usize) -> Arc<Place> {
        if let Some(Entry { age, place, .. }) = self.places.get(question) {
            if place.is_open_or_holds() {
                return Arc::clone(place);
            }
            let age = *age;
            self.remove(age);
        }
        let place = Arc::<Place>::default();
        let entry = Entry {
            age: self.next,
            place: Arc::clone(&place),
            octets: 0,
        };
        self.places.insert(question.clone(), entry);
        self.order.insert(self.next, question.clone());
        self.next += 1;
        while self.places.len() > entries && self.remove_oldest() {}
        place
    }

    /// Counts the octets of the answer in `place`, if it is still kept; then there are at most `most`
    /// of all answers but the latest.
    fn count(&mut self, question: &Question, place: &Arc<Place>, octets: usize, most: usize) {
        if let Some(entry) = self.places.get_mut(question)
            && Arc::ptr_eq(&entry.place, place)
        {
            self.octets = self.octets - entry.octets + octets;
            entry.octets = octets;
        }
        while self.octets > most && self.places.len() > 1 && self.remove_oldest() {}
    }

    fn remove_oldest(&mut self) -> bool {
        match self.order.first_key_value() {
            Some((age, _)) => {
                let age = *age;
                self.remove(age);
                true
            }
            None => false,
        }
    }

    fn remove(&mut self, age: u64) {
        if let Some(question) = self.order.remove(&age)
            && let Some(entry) = self.places.remove(&question)
        {
            self.octets -= entry.octets;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use tokio::time::{advance, sleep};

    use super::*;
    use crate::dns::{self, Failure, Name, Negative};

    /// A source that answers after a delay and counts the questions.
    struct Counting {
        reply: Reply,
        asked: AtomicUsize,
        now: AtomicUsize,
        most: AtomicUsize,
    }

    impl Counting {
        fn new(reply: Reply) -> Self {
            Self {
                reply,
                asked: AtomicUsize::new(0),
                now: AtomicUsize::new(0),
                most: AtomicUsize::new(0),
            }
        }
    }

    impl Dns for Counting {
        async fn query(&self, _: &Question) -> Reply {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            sleep(Duration::from_millis(10)).await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            self.reply.clone()
        }
    }

    fn records(ttl: u32) -> Reply {
        Reply::Records(dns::Answer {
            cname: Vec::new(),
            ttl,
            authenticated: false,
            records: Vec::new(),
        })
    }

    fn absent(ttl: Option<u32>) -> Negative {
        Negative {
            ttl,
            ..Negative::default()
        }
    }

    fn question(number: usize) -> Question {
        Question::txt(Name::parse(&format!("n{number}.example")).unwrap())
    }

    /// How often the source is asked when the same question comes now and again after `wait`.
    async fn asked_after(reply: Reply, wait: Duration) -> usize {
        let cache = Cache::new(Counting::new(reply.clone()));
        assert_eq!(cache.query(&question(0)).await, reply);
        advance(wait).await;
        assert_eq!(cache.query(&question(0)).await, reply);
        cache.source().asked.load(Ordering::SeqCst)
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_hundred_ask_at_once_is_asked_once() {
        let cache = Cache::new(Counting::new(records(60)));
        let question = question(0);
        let replies = join_all((0..100).map(|_| cache.query(&question))).await;
        assert!(replies.iter().all(|reply| *reply == records(60)));
        assert_eq!(cache.source().asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn what_many_threads_ask_is_asked_once() {
        let cache = Arc::new(Cache::new(Counting::new(records(60))));
        let tasks = (0..100).map(|number| {
            let cache = Arc::clone(&cache);
            tokio::spawn(async move { cache.query(&question(number % 10)).await })
        });
        for reply in join_all(tasks).await {
            assert_eq!(reply.unwrap(), records(60));
        }
        assert_eq!(cache.source().asked.load(Ordering::SeqCst), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_kept_for_its_time_to_live() {
        let (before, after) = (Duration::from_secs(59), Duration::from_secs(60));
        assert_eq!(asked_after(records(60), before).await, 1);
        assert_eq!(asked_after(records(60), after).await, 2);
        assert_eq!(asked_after(records(0), Duration::ZERO).await, 2);
        let day = 86_400;
        assert_eq!(
            asked_after(records(day), Duration::from_secs(3599)).await,
            1
        );
        assert_eq!(
            asked_after(records(day), Duration::from_secs(3600)).await,
            2
        );
    }

    #[tokio::test(start_paused = true)]
    async fn absence_is_kept_for_its_own_time_or_a_minute() {
        let seconds = Duration::from_secs;
        let nodata = |ttl| Reply::NoData(absent(ttl));
        let nxdomain = |ttl| Reply::NxDomain(absent(ttl));
        assert_eq!(asked_after(nodata(Some(300)), seconds(299)).await, 1);
        assert_eq!(asked_after(nodata(Some(300)), seconds(300)).await, 2);
        assert_eq!(asked_after(nxdomain(None), seconds(59)).await, 1);
        assert_eq!(asked_after(nxdomain(None), seconds(60)).await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_not_kept_for_long() {
        let failure = Reply::TempFail(Failure::Timeout);
        assert_eq!(
            asked_after(failure.clone(), Duration::from_secs(4)).await,
            1
        );
        assert_eq!(asked_after(failure, Duration::from_secs(5)).await, 2);
        assert_eq!(asked_after(Reply::NotRecorded, Duration::ZERO).await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_answer_goes_when_there_are_too_many() {
        let options = CacheOptions {
            entries: 3,
            ..CacheOptions::default()
        };
        let cache = Cache::with_options(Counting::new(records(60)), options);
        for number in [0, 1, 2, 0, 3] {
            cache.query(&question(number)).await;
        }
        let asked = || cache.source().asked.load(Ordering::SeqCst);
        assert_eq!(asked(), 4);
        for number in [1, 2, 3] {
            cache.query(&question(number)).await;
        }
        assert_eq!(asked(), 4);
        cache.query(&question(0)).await;
        assert_eq!(asked(), 5);
        // A question that is asked again after its answer expired does not take a second place.
        for _ in 0..10 {
            advance(Duration::from_secs(60)).await;
            cache.query(&question(0)).await;
        }
        let known = cache.store.known.lock().unwrap();
        assert_eq!((known.places.len(), known.order.len()), (3, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_answer_goes_when_they_are_too_large() {
        let large = |size| {
            Reply::Records(dns::Answer {
                cname: Vec::new(),
                ttl: 60,
                authenticated: false,
                records: vec![dns::Record::Txt(dns::Txt(vec![vec![b'x'; size]]))],
            })
        };
        let options = CacheOptions {
            octets: 3_500,
            ..CacheOptions::default()
        };
        let cache = Cache::with_options(Counting::new(large(1_000)), options.clone());
        for number in [0, 1, 2, 0, 3, 3] {
            cache.query(&question(number)).await;
        }
        let asked = || cache.source().asked.load(Ordering::SeqCst);
        assert_eq!(asked(), 4);
        cache.query(&question(0)).await;
        assert_eq!(asked(), 5);
        for _ in 0..10 {
            advance(Duration::from_secs(60)).await;
            cache.query(&question(0)).await;
        }
        {
            let known = cache.store.known.lock().unwrap();
            let sum: usize = known.places.values().map(|entry| entry.octets).sum();
            assert_eq!((known.octets, known.places.len()), (sum, 3));
        }
        // The latest is kept, whatever its size.
        let cache = Cache::with_options(Counting::new(large(5_000)), options);
        for _ in 0..2 {
            cache.query(&question(0)).await;
        }
        assert_eq!(cache.source().asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_is_asked_at_once_than_is_allowed() {
        let options = CacheOptions {
            in_flight: 7,
            ..CacheOptions::default()
        };
        let cache = Cache::with_options(Counting::new(records(60)), options);
        let questions: Vec<Question> = (0..50).map(question).collect();
        join_all(questions.iter().map(|question| cache.query(question))).await;
        let source = cache.source();
        assert_eq!(source.asked.load(Ordering::SeqCst), 50);
        assert_eq!(source.most.load(Ordering::SeqCst), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn who_goes_away_does_not_leave_others_waiting() {
        let cache = Cache::new(Counting::new(records(60)));
        let question = question(0);
        let gone = tokio::time::timeout(Duration::from_millis(5), cache.query(&question));
        let (gone, stays) = tokio::join!(gone, cache.query(&question));
        assert!(gone.is_err());
        assert_eq!(stays, records(60));
    }

    #[test]
    fn earlier_answers_are_those_of_the_source() {
        let line = |at: &str, key: &str| {
            format!(
                "{{\"captured\":\"{at}\",\"name\":\"n1.example\",\"type\":\"TXT\",\
                 \"rcode\":\"NOERROR\",\"records\":[[\"{key}\"]]}}\n"
            )
        };
        let (old, new) = (
            line("2026-01-01T00:00:00Z", "old"),
            line("2026-02-01T00:00:00Z", "new"),
        );
        let text = format!("{{\"sesauth_dns\":1}}\n{old}{new}");
        let source = dns::Snapshot::parse(&text, dns::Absent::NotRecorded).unwrap();
        let cache = Cache::new(&source);
        assert_eq!(cache.earlier(&question(1)), source.earlier(&question(1)));
        assert_eq!(cache.earlier(&question(1)).len(), 1);
    }
}
