//! DNS responses and what was parsed from them, shared by the messages of a run.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;

use super::{Question, Reply, Seen};

/// A question and its reply.
#[non_exhaustive]
pub struct Response {
    /// What was asked.
    pub question: Question,
    /// The reply.
    pub reply: Reply,
    /// Other answers that were seen at other times, latest first.
    pub earlier: Vec<Seen>,
    readings: Mutex<Vec<Arc<dyn Any + Send + Sync>>>,
}

impl Response {
    /// The `reply` to `question`, with the answers of `earlier` times.
    pub fn new(question: Question, reply: Reply, earlier: Vec<Seen>) -> Self {
        Self {
            question,
            reply,
            earlier,
            readings: Mutex::default(),
        }
    }

    /// What `make` reads from the reply. It runs once for each type `T`; the result is then kept
    /// with the reply.
    pub fn reading<T: Any + Send + Sync>(&self, make: impl FnOnce(&Reply) -> T) -> Arc<T> {
        let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        for known in &*readings {
            if let Ok(known) = Arc::clone(known).downcast() {
                return known;
            }
        }
        let made = Arc::new(make(&self.reply));
        readings.push(Arc::clone(&made) as _);
        made
    }
}

impl PartialEq for Response {
    fn eq(&self, other: &Self) -> bool {
        self.question == other.question
            && self.reply == other.reply
            && self.earlier == other.earlier
    }
}

impl Eq for Response {}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("question", &self.question)
            .field("reply", &self.reply)
            .field("earlier", &self.earlier)
            .finish_non_exhaustive()
    }
}

/// The most responses that are kept; when there are more, all are dropped. One takes a few hundred
/// bytes, and each thread of a run keeps its own.
const KEPT: usize = 4_096;

/// The most octets of their records: eight times those of usual ones, as some have 64 KiB.
const KEPT_OCTETS: usize = 16 << 20;

/// The responses that the messages of a run share, so each question is asked once and each reply is
/// parsed once.
///
/// Failures are not kept: the next message may get an answer.
#[derive(Debug, Default)]
pub struct Responses(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    responses: HashMap<Question, Arc<Response>>,
    octets: usize,
}

impl Responses {
    /// The response to `question`, if it is known.
    pub(super) fn known(&self, question: &Question) -> Option<Arc<Response>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.responses.get(question).cloned()
    }

    /// Keeps `response`. If another caller stored one for the same question first, returns that
    /// one.
    pub(super) fn keep(&self, response: Response) -> Arc<Response> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(response.reply, Reply::TempFail(_)) {
            return Arc::new(response);
        }
        if let Some(known) = known.responses.get(&response.question) {
            return Arc::clone(known);
        }
        let octets = response.reply.octets();
        if known.responses.len() >= KEPT || known.octets + octets > KEPT_OCTETS {
            *known = Known::default();
        }
        let response = Arc::new(response);
        known.octets += octets;
        let question = response.question.clone();
        known.responses.insert(question, Arc::clone(&response));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::{Answer, Failure, Name, Record, Txt};

    fn response(name: &str, reply: Reply) -> Response {
        let question = Question::txt(Name::parse(name).unwrap());
        Response::new(question, reply, Vec::new())
    }

    #[test]
    fn a_reply_is_read_once_for_each_type() {
        let response = response("example.com", Reply::NotRecorded);
        assert_eq!(*response.reading(|_| 1_u8), 1);
        assert_eq!(*response.reading(|_| "text"), "text");
        assert_eq!(*response.reading(|_| -> u8 { unreachable!() }), 1);
    }

    #[test]
    fn what_is_kept_is_bounded_and_holds_no_failure() {
        let responses = Responses::default();
        for number in 0..KEPT + 5 {
            let name = format!("n{number}.example.com");
            responses.keep(response(&name, Reply::NotRecorded));
        }
        assert_eq!(responses.0.lock().unwrap().responses.len(), 5);
        let failed = response("slow.example.com", Reply::TempFail(Failure::Timeout));
        let question = failed.question.clone();
        responses.keep(failed);
        assert_eq!(responses.known(&question), None);
    }

    #[test]
    fn large_answers_are_bounded_by_their_octets() {
        let responses = Responses::default();
        for number in 0..KEPT {
            let reply = Reply::Records(Answer {
                cname: Vec::new(),
                ttl: 1,
                authenticated: false,
                records: vec![Record::Txt(Txt(vec![vec![b'x'; 255]; 256]))],
            });
            responses.keep(response(&format!("n{number}.example.com"), reply));
            let known = responses.0.lock().unwrap();
            let octets = known.responses.len() * 256 * 255;
            assert!(known.octets >= octets && known.octets <= KEPT_OCTETS);
        }
    }
}
