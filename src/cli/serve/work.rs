//! The work behind an answer: on threads of its own, so many at once, with one cache for the answers of
//! DNS.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use jiff::Timestamp;
use sesauth::corpus::{PlanNote, Untouched};
use sesauth::dns::message_time::within;
use sesauth::dns::{Absent, AnyDns, NoDns, Overlay};
use sesauth::domain::mend;
use sesauth::explain::means::{Front, read_at};
use sesauth::redact::{Redacted, redact};
use sesauth::render::planned::untouched_of;
use sesauth::{DomainCheck, Inspection, Limits};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use super::super::dns::Published;
use super::super::plan::{touches, zone};
use super::super::redact::redaction;
use super::super::server_dns::ServerDns;
use super::asked::{Check, Inspect};
use super::body::Intake;
use super::job::{Job, late};
use super::refusal::Refusal;

/// How long a request waits for a place.
const WAIT: Duration = Duration::from_secs(30);

/// How long a job may take beside the time for DNS.
const WORK: Duration = Duration::from_secs(30);

/// What all requests share.
pub struct Desk {
    pub intake: Intake,
    pub max_size: usize,
    /// Whether questions go over the network.
    pub is_live: bool,
    /// What a question means that a recording does not hold.
    pub absent: Absent,
    answers: ServerDns,
    dns_time: Duration,
    places: Arc<Semaphore>,
    wait: Duration,
    work: Duration,
}

/// What was found, and what must be said beside it.
pub struct Found<T> {
    pub what: T,
    pub notes: Vec<PlanNote>,
    /// Why DNS could not be used, if it could not.
    pub no_dns: Option<NoDns>,
}

impl Desk {
    pub fn new(
        published: Published,
        absent: Absent,
        jobs: usize,
        max_size: usize,
        dns_time: Duration,
    ) -> Self {
        Self {
            intake: Intake::new(max_size),
            max_size,
            is_live: matches!(published, Published::Live(_)),
            absent,
            answers: ServerDns::new(published),
            dns_time,
            places: Arc::new(Semaphore::new(jobs)),
            wait: WAIT,
            work: WORK,
        }
    }

    /// Does `job` on a thread of its own as soon as there is a place; its words are read at `front`. If it
    /// panics, that is said and nothing else ends. If its time is over or nobody waits for it any more, it
    /// gives up its place at its next step.
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        front: Front,
        job: impl FnOnce(&Self, &Job) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = timeout(self.wait, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(Refusal::busy());
        };
        let desk = Arc::clone(self);
        let most = self.dns_time.saturating_add(self.work);
        // It is closed where this is dropped, as it is when the connection ends.
        let (_waits, wanted) = watch::channel(());
        let this = Job::new(most, wanted);
        let task = tokio::task::spawn_blocking(move || {
            let _place = place;
            read_at(front, || job(&desk, &this))
        });
        match timeout(most, task).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => {
                let why = "it made the program fail; please report it with what you sent";
                Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, why))
            }
            Err(_) => Err(late(most)),
        }
    }

    /// Judges a message, with what is planned beside what is.
    pub fn inspect(
        &self,
        job: &Job,
        octets: &[u8],
        asked: Inspect,
    ) -> Result<Found<Inspection>, Refusal> {
        self.inspect_as_of(Timestamp::now(), job, octets, asked)
    }

    fn inspect_as_of(
        &self,
        now: Timestamp,
        job: &Job,
        octets: &[u8],
        asked: Inspect,
    ) -> Result<Found<Inspection>, Refusal> {
        let (hints, options) = (&asked.hints, &asked.options);
        let heard = job.hears(&self.answers);
        let dns = AnyDns::new(&heard);
        let mut notes = Vec::new();
        let judged = async {
            let before = sesauth::inspect_within(octets, hints, &dns, now, options).await;
            let before = before.map_err(Refusal::useless)?;
            let Some((plan, overlay)) = asked.plan else {
                return Ok(before);
            };
            let before = Box::new(before.analysis);
            let overlay = Overlay::new(overlay, dns);
            let checked = overlay.check(&before.lookups);
            checked.map_err(|why| Refusal::unreadable("overlay", why))?;
            let places = plan.places(&before);
            let is_met = places.iter().any(Result::is_ok);
            let untouched = places.into_iter().filter_map(Result::err);
            let untouched: Vec<Untouched> = untouched.collect();
            if !is_met && !touches(&before, &overlay).await {
                let mut why = vec!["the plan touches nothing of this message".to_owned()];
                why.extend(untouched.iter().map(|why| untouched_of(why, &before)));
                return Err(Refusal::useless(why.join("; ")));
            }
            notes = plan.notes(untouched);
            let records = zone(&plan.records(&before));
            let planned = Overlay::new(records, AnyDns::new(&overlay));
            let planned = AnyDns::new(&planned);
            let after = sesauth::inspect_within(octets, hints, &planned, now, options).await;
            Ok(after.map_err(Refusal::useless)?.planned(before))
        };
        let what = job.wait(within(self.dns_time, judged))?;
        let hops = what.analysis.session.hops.len();
        if let Some(hop) = hints.hop.filter(|hop| *hop > hops) {
            let why = format!("{hop}: there are only {hops} Received fields");
            return Err(Refusal::unreadable("hop", why));
        }
        self.found(job, what, notes)
    }

    /// Makes a copy of a message that can be shown to others, and the recording that goes with it.
    pub fn redact(
        &self,
        job: &Job,
        octets: &[u8],
        asked: Inspect,
        keep_domains: bool,
    ) -> Result<Redacted, Refusal> {
        let (hints, options) = (asked.hints.clone(), asked.options.clone());
        let now = Timestamp::now();
        let found = self.inspect_as_of(now, job, octets, asked)?;
        job.go_on()?;
        if let Some(why) = &found.no_dns {
            return Err(Refusal::no_dns(why));
        }
        let how = redaction(None, keep_domains, self.absent);
        let how =
            how.map_err(|failure| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, failure.0))?;
        redact(octets, &hints, now, &options, &found.what, &how).map_err(Refusal::useless)
    }

    /// Checks a domain.
    pub fn check(&self, job: &Job, asked: Check) -> Result<Found<DomainCheck>, Refusal> {
        let now = Timestamp::now();
        let limits = Limits::default();
        let heard = job.hears(&self.answers);
        let source = Overlay::new(asked.overlay, AnyDns::new(&heard));
        let dns = AnyDns::new(&source);
        let checked = async {
            let check = sesauth::check_domain(&asked.query, &dns, now, &limits).await;
            let mut check = check.map_err(Refusal::useless)?;
            let together = mend(&check, &asked.query, &dns, now, &limits).await;
            check.together = together.map_err(Refusal::useless)?;
            Ok(check)
        };
        let what = job.wait(within(self.dns_time, checked))?;
        self.found(job, what, Vec::new())
    }

    fn found<T>(&self, job: &Job, what: T, notes: Vec<PlanNote>) -> Result<Found<T>, Refusal> {
        let no_dns = job.wait(async { Ok(self.answers.no_dns().await) })?;
        Ok(Found {
            what,
            notes,
            no_dns,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sesauth::dns::{Dns, Name, Question, RecordType, Reply};
    use std::sync::mpsc::channel;

    fn desk(wait: Duration) -> Arc<Desk> {
        let published = Published::Snapshot(Box::default());
        let absent = Absent::NotRecorded;
        let mut desk = Desk::new(published, absent, 1, 1 << 20, Duration::from_secs(1));
        desk.wait = wait;
        Arc::new(desk)
    }

    #[tokio::test]
    async fn a_panic_ends_its_own_answer_alone() {
        let desk = desk(WAIT);
        let failed = desk.run(Front::Command, |_, _| -> Result<(), Refusal> {
            panic!("as a test")
        });
        let failed = failed.await.unwrap_err();
        assert_eq!(failed.status, 500);
        assert_eq!(desk.run(Front::Command, |_, _| Ok(1)).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn who_finds_no_place_is_told_to_come_again() {
        let desk = desk(Duration::from_millis(20));
        let (sender, receiver) = channel::<()>();
        let long = desk.run(Front::Command, move |_, _| Ok(receiver.recv().is_ok()));
        let mut long = std::pin::pin!(long);
        assert!(
            timeout(Duration::from_millis(20), long.as_mut())
                .await
                .is_err()
        );
        let other = desk.run(Front::Command, |_, _| Ok(())).await.unwrap_err();
        let answer = other.response(true);
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["retry-after"], "5");
        sender.send(()).unwrap();
        assert!(long.await.unwrap());
        assert!(desk.run(Front::Command, |_, _| Ok(())).await.is_ok());
    }

    /// DNS that never waits.
    struct AtHand;

    impl Dns for AtHand {
        async fn query(&self, _: &Question) -> Reply {
            Reply::NotRecorded
        }
    }

    /// A job that asks for ever: answers are at hand, or never come.
    fn endless(is_at_hand: bool) -> impl FnOnce(&Desk, &Job) -> Result<(), Refusal> {
        move |_, job| {
            let name = Name::parse("example.com").unwrap();
            let question = Question::new(name, RecordType::Txt);
            let dns = job.hears(AtHand);
            job.wait(async {
                match is_at_hand {
                    true => loop {
                        dns.query(&question).await;
                    },
                    false => std::future::pending().await,
                }
            })
        }
    }

    #[tokio::test]
    async fn a_job_that_takes_too_long_gives_up_its_place() {
        for is_at_hand in [true, false] {
            let mut desk = desk(WAIT);
            let own = Arc::get_mut(&mut desk).unwrap();
            (own.dns_time, own.work) = (Duration::ZERO, Duration::from_millis(50));
            let late = desk.run(Front::Command, endless(is_at_hand)).await;
            let late = late.unwrap_err();
            assert_eq!(late.status, 504);
            assert!(late.why.contains("0.05 s"), "{}", late.why);
            let place = desk.places.acquire();
            assert!(timeout(WAIT, place).await.unwrap().is_ok());
        }
    }

    #[tokio::test]
    async fn a_job_that_nobody_waits_for_gives_up_its_place() {
        for is_at_hand in [true, false] {
            let desk = desk(WAIT);
            let gone = desk.run(Front::Command, endless(is_at_hand));
            let gone = timeout(Duration::from_millis(50), gone).await;
            assert!(gone.is_err());
            let place = desk.places.acquire();
            assert!(timeout(WAIT, place).await.unwrap().is_ok());
        }
    }
}
