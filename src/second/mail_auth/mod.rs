//! mail-auth, Stalwart's engine, in this process: it judges the same octets, session and time, and
//! gets the answers of DNS that were given here.
//!
//! It has a resolver of its own, so it asks a name server on loopback that knows only these answers
//! (`name_server`). It runs on a thread of its own: what goes wrong there is [`NoOpinion`].

mod evaluate;
mod name_server;

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{NoOpinion, Opinion, OpinionComparison, OpinionSession, Program, TooMuch};
use crate::claims::matching::mailbox_domain;
use crate::dns::{Question, Reply};
use crate::message::Opened;
use crate::{Analysis, Limits};
use evaluate::Evaluator;
use name_server::Asked;

/// The name of its threads, by which a panic hook can tell them.
pub const THREAD: &str = "second engine";

/// How long it may take for one message. All answers are at hand, so this is far more than it needs.
const LONGEST: Duration = Duration::from_secs(60);

/// The stack of its thread, in octets.
const STACK: usize = 8 << 20;

/// mail-auth as a second engine. One is enough for many messages and threads.
///
/// # Examples
///
/// ```
/// use sesauth::dns::{Question, Reply};
/// use sesauth::message::{Opened, Reading};
/// use sesauth::second::{Compared, MailAuth};
/// use sesauth::{Limits, Options, SessionHints, inspect_recorded};
///
/// # fn main() -> Result<(), sesauth::Error> {
/// let bytes = b"From: a@example.com\r\n\r\nHello\r\n";
/// let (dns, hints) = (sesauth::dns::Snapshot::default(), SessionHints::default());
/// let now = jiff::Timestamp::UNIX_EPOCH;
/// let inspection = inspect_recorded(bytes, &hints, &dns, now, &Options::default())?;
///
/// let limits = Limits::default();
/// let opened = Opened::open(bytes, Reading::Saved, None, &limits)?;
/// let elsewhere = |_: &Question| Reply::NotRecorded;
/// let engine = MailAuth::default();
/// let compared = engine.judge(&opened, &inspection.analysis, elsewhere, now, &limits);
/// assert_eq!(compared.no_opinion, None);
/// assert!(compared.rows.iter().any(|row| row.comparison == Compared::Agree));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct MailAuth {
    idle: Mutex<Vec<Engine>>,
}

impl MailAuth {
    /// What it says of the message in `opened`, beside `analysis`, which is about the same message.
    /// `now` is the time at which the message was judged if it does not say when it was received.
    /// Of DNS it is told what the lookups of `analysis` say. What was not asked here, `elsewhere`
    /// answers; [`Reply::NotRecorded`] if it cannot, or would have to ask over the network.
    pub fn judge(
        &self,
        opened: &Opened<'_>,
        analysis: &Analysis,
        elsewhere: impl Fn(&Question) -> Reply,
        now: Timestamp,
        limits: &Limits,
    ) -> OpinionComparison {
        match self.opinion(opened, analysis, &elsewhere, now, limits) {
            Ok(opinion) => opinion.compare(analysis),
            Err(why) => OpinionComparison {
                program: Program::MailAuth,
                no_opinion: Some(why),
                rows: Vec::new(),
            },
        }
    }

    fn opinion(
        &self,
        opened: &Opened<'_>,
        analysis: &Analysis,
        elsewhere: &dyn Fn(&Question) -> Reply,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<Opinion, NoOpinion> {
        let header_fields = check(opened, limits)?;
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let engine = match waiting {
            Some(engine) => engine,
            None => Engine::start(|out| {
                let evaluator = Evaluator::start(out)?;
                Ok(move |task: &Task| evaluator.judge(task))
            })?,
        };
        let task = Task::new(opened.octets(), header_fields, analysis, now);
        let opinion = engine.judge(task, LONGEST, |question| {
            let mut lookups = analysis.lookups.0.iter();
            let known = lookups.find(|lookup| lookup.question == *question);
            known.map_or_else(|| elsewhere(question), |known| known.reply.clone())
        });
        // One that failed is in an unknown state.
        if matches!(opinion, Ok(_) | Err(NoOpinion::NotAMessage)) {
            idle().push(engine);
        }
        opinion
    }
}

/// Whether a message has no more than mail-auth can be given: it bounds neither signatures nor
/// fields, and looks at all fields for each name in h=. Gives the number of header fields.
fn check(opened: &Opened<'_>, limits: &Limits) -> Result<usize, NoOpinion> {
    let message = opened.message(limits).map_err(|_| NoOpinion::NotAMessage)?;
    let count = |name: &str| message.fields(name).count();
    let octets = message.header.fields.iter().map(|field| field.span.len());
    for (what, count, limit) in [
        (TooMuch::HeaderFields, message.header.fields.len(), FIELDS),
        (TooMuch::HeaderOctets, octets.sum(), HEADER),
        (
            TooMuch::Signatures,
            count("DKIM-Signature"),
            limits.signatures,
        ),
        (
            TooMuch::ArcSets,
            count("ARC-Seal"),
            limits.arc_sets as usize,
        ),
    ] {
        if count > limit {
            return Err(NoOpinion::TooMuch { what, limit });
        }
    }
    Ok(message.header.fields.len())
}

/// Header fields that it is given.
const FIELDS: usize = 1_000;

/// Octets of header that it is given.
const HEADER: usize = 512 << 10;

/// One message to judge, and how.
struct Task {
    message: Vec<u8>,
    /// How many header fields there are here.
    header_fields: usize,
    client_ip: Option<IpAddr>,
    helo: Option<String>,
    /// `None` if it is not known.
    mail_from: Option<String>,
    receiver: Option<String>,
    /// The time of receipt, in seconds.
    at: u64,
}

impl Task {
    fn new(message: &[u8], header_fields: usize, analysis: &Analysis, now: Timestamp) -> Self {
        let session = &analysis.session;
        let at = session.received_at.as_ref().map_or(now, |at| at.value);
        let mail_from = session.mail_from.as_ref().map(|from| from.value.as_str());
        Self {
            message: message.to_owned(),
            header_fields,
            client_ip: session.client_ip.as_ref().map(|ip| ip.value.to_canonical()),
            helo: session.helo.as_ref().map(|helo| helo.value.clone()),
            mail_from: mail_from.map(|path| match path {
                // A field of results may name the domain only.
                domain if !domain.is_empty() && !domain.contains('@') => {
                    format!("postmaster@{domain}")
                }
                path => path.to_owned(),
            }),
            receiver: session.receiver().map(str::to_owned),
            at: u64::try_from(at.as_second()).unwrap_or(0),
        }
    }

    /// The domain that SPF is about.
    fn spf_domain(&self) -> &str {
        match self.mail_from.as_deref() {
            Some(path) if !path.is_empty() => mailbox_domain(path),
            _ => self.helo.as_deref().unwrap_or_default(),
        }
    }

    fn session(&self) -> OpinionSession {
        OpinionSession {
            client_ip: self.client_ip.map(|ip| ip.to_string()),
            helo: self.helo.clone(),
            mail_from: self.mail_from.clone(),
        }
    }
}

/// What comes from the thread.
enum Event {
    /// A question of DNS.
    Asks(Asked),
    /// The end of a task.
    Says(Result<Opinion, NoOpinion>),
}

/// One thread with mail-auth on it. It ends when this is dropped.
#[derive(Debug)]
struct Engine {
    tasks: mpsc::Sender<Task>,
    events: mpsc::Receiver<Event>,
}

impl Engine {
    /// Starts the thread. `make` makes there what judges, which sends its questions to the sender.
    fn start<J>(
        make: impl FnOnce(mpsc::Sender<Event>) -> Result<J, NoOpinion> + Send + 'static,
    ) -> Result<Self, NoOpinion>
    where
        J: FnMut(&Task) -> Result<Opinion, NoOpinion>,
    {
        let (tasks, queue) = mpsc::channel::<Task>();
        let (out, events) = mpsc::channel();
        let work = move || {
            let mut judge = make(out.clone());
            for task in queue {
                let opinion = catch_unwind(AssertUnwindSafe(|| match &mut judge {
                    Ok(judge) => judge(&task),
                    Err(why) => Err(why.clone()),
                }));
                let opinion = opinion.unwrap_or(Err(NoOpinion::Panicked));
                if out.send(Event::Says(opinion)).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name(THREAD.into()).stack_size(STACK);
        let started = thread.spawn(work);
        started.map_err(|error| NoOpinion::NotStarted(error.to_string()))?;
        Ok(Self { tasks, events })
    }

    /// Gives it a task, and answers its questions until it is done, at most for `longest`.
    fn judge(
        &self,
        task: Task,
        longest: Duration,
        answer_to: impl Fn(&Question) -> Reply,
    ) -> Result<Opinion, NoOpinion> {
        self.tasks.send(task).map_err(|_| NoOpinion::Panicked)?;
        let until = Instant::now() + longest;
        let mut not_at_hand: Vec<Question> = Vec::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(Event::Asks(Asked { question, answer })) => {
                    let reply = answer_to(&question);
                    if reply == Reply::NotRecorded && !not_at_hand.contains(&question) {
                        not_at_hand.push(question);
                    }
                    // It may have stopped to wait.
                    _ = answer.send(reply);
                }
                Ok(Event::Says(opinion)) => {
                    return opinion.map(|opinion| Opinion {
                        not_at_hand,
                        ..opinion
                    });
                }
                Err(mpsc::RecvTimeoutError::Timeout) => return Err(NoOpinion::TookTooLong),
                Err(mpsc::RecvTimeoutError::Disconnected) => return Err(NoOpinion::Panicked),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::{Name, RecordType};

    fn task() -> Task {
        Task {
            message: Vec::new(),
            header_fields: 0,
            client_ip: None,
            helo: None,
            mail_from: None,
            receiver: None,
            at: 0,
        }
    }

    fn nothing() -> Opinion {
        Opinion {
            program: Program::MailAuth,
            session: OpinionSession::default(),
            results: Vec::new(),
            header_fields: None,
            not_at_hand: Vec::new(),
        }
    }

    fn no_answer(_: &Question) -> Reply {
        Reply::NotRecorded
    }

    #[test]
    fn a_panic_is_a_result_of_that_message_alone() {
        let mut first = true;
        let engine = Engine::start(move |_| {
            Ok(move |_: &Task| match std::mem::replace(&mut first, false) {
                true => panic!("as a test"),
                false => Ok(nothing()),
            })
        });
        let engine = engine.unwrap();
        let said = engine.judge(task(), LONGEST, no_answer);
        assert_eq!(said, Err(NoOpinion::Panicked));
        assert_eq!(engine.judge(task(), LONGEST, no_answer), Ok(nothing()));
    }

    #[test]
    fn one_that_does_not_end_is_given_up() {
        let (_held, wait) = mpsc::channel::<()>();
        let engine = Engine::start(move |_| {
            Ok(move |_: &Task| {
                _ = wait.recv();
                Ok(nothing())
            })
        });
        let said = engine
            .unwrap()
            .judge(task(), Duration::from_millis(10), no_answer);
        assert_eq!(said, Err(NoOpinion::TookTooLong));
    }

    #[test]
    fn what_nobody_can_answer_is_named_once() {
        let question = Question::new(Name::parse("a.example").unwrap(), RecordType::Txt);
        let asked = question.clone();
        let engine = Engine::start(move |out| {
            Ok(move |_: &Task| {
                for _ in 0..2 {
                    let (answer, reply) = tokio::sync::oneshot::channel();
                    let question = asked.clone();
                    _ = out.send(Event::Asks(Asked { question, answer }));
                    assert_eq!(reply.blocking_recv(), Ok(Reply::NotRecorded));
                }
                Ok(nothing())
            })
        });
        let said = engine.unwrap().judge(task(), LONGEST, no_answer).unwrap();
        assert_eq!(said.not_at_hand, [question]);
    }

    #[test]
    fn one_that_cannot_start_says_why() {
        let why = NoOpinion::NotStarted("no port".into());
        let given = why.clone();
        let engine = Engine::start(move |_| Err::<fn(&Task) -> _, _>(given)).unwrap();
        assert_eq!(engine.judge(task(), LONGEST, no_answer), Err(why));
    }
}
