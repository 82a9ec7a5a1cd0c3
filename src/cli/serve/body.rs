//! The body of a request, within bounds of size, time and memory.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::refusal::Refusal;

/// How long a body may take in all.
const LONGEST: Duration = Duration::from_secs(120);

/// How long it may stand still.
const STILL: Duration = Duration::from_secs(15);

/// What of each body is taken in without asking how much others hold. Connections are few, so this is
/// bounded too, and no upload, however large or slow, keeps a usual message out.
const FREE: usize = 256 << 10;

/// Of a body that has more, so much must come in this time: 32 KB in a second. One that is slower is given
/// up, and gives back what it holds.
const PACE_OCTETS: usize = 160 << 10;
const PACE: Duration = Duration::from_secs(5);

/// How long the rest of a body that is refused is thrown away beside the answer, so that who sends it reads why.
const DISCARD: Duration = Duration::from_secs(5);

/// What a form may have beside the message.
const FORM: usize = 1 << 20;

/// Memory is given out in pieces of this size.
const PIECE: usize = 1 << 10;

/// The least memory for all bodies together, beside what each has free.
const LEAST: usize = 256 << 20;

/// What may be taken in.
pub struct Intake {
    most: usize,
    memory: Arc<Semaphore>,
}

/// A body. It gives its memory back when it is dropped.
pub struct Taken {
    pub octets: Bytes,
    _memory: OwnedSemaphorePermit,
}

impl Intake {
    /// For bodies with a message of at most `max_size` octets: four of that size at once, at least.
    pub fn new(max_size: usize) -> Self {
        let all = LEAST.max(max_size.saturating_add(FORM).saturating_mul(4));
        Self {
            most: max_size.saturating_add(FORM),
            memory: Arc::new(Semaphore::new((all / PIECE).min(Semaphore::MAX_PERMITS))),
        }
    }

    /// Reads a body.
    pub async fn take(&self, headers: &HeaderMap, body: Body) -> Result<Taken, Refusal> {
        let said = headers.get(header::CONTENT_LENGTH);
        let said = said.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        let mut body = body.into_data_stream();
        let until = Instant::now() + LONGEST;
        let mut goal = Goal::behind(0);
        let mut octets = Vec::new();
        let none = Arc::clone(&self.memory).try_acquire_many_owned(0);
        let mut memory = none.map_err(|_| Refusal::busy())?;
        let mut refusal = said.filter(|said| *said > self.most).map(|_| self.large());
        while refusal.is_none() {
            if octets.len() >= goal.octets {
                goal = Goal::behind(octets.len());
            }
            let chunk = match timeout_at(until.min(goal.until), body.next()).await {
                Err(_) => return Err(slow()),
                Ok(None) => break,
                Ok(Some(Err(_))) => {
                    let why = "the request ended before its body did";
                    return Err(Refusal::new(StatusCode::BAD_REQUEST, why));
                }
                Ok(Some(Ok(chunk))) => chunk,
            };
            match self.place(octets.len(), chunk.len()) {
                Ok(more) => {
                    memory.merge(more);
                    octets.extend_from_slice(&chunk);
                }
                Err(why) => refusal = Some(why),
            }
        }
        let Some(refusal) = refusal else {
            return Ok(Taken {
                octets: octets.into(),
                _memory: memory,
            });
        };
        drop((octets, memory));
        // Who waits to be told to go on is not: that is enough.
        if !headers.contains_key(header::EXPECT) {
            let rest = async move { while let Some(Ok(_)) = body.next().await {} };
            // The answer does not wait for it.
            tokio::spawn(timeout(DISCARD, rest));
        }
        Err(refusal)
    }

    /// Memory for `more` octets beside the `held` ones.
    fn place(&self, held: usize, more: usize) -> Result<OwnedSemaphorePermit, Refusal> {
        let all = held.saturating_add(more);
        if all > self.most {
            return Err(self.large());
        }
        let asked = |octets: usize| octets.saturating_sub(FREE).div_ceil(PIECE);
        let pieces = asked(all) - asked(held);
        let pieces = u32::try_from(pieces).map_err(|_| self.large())?;
        let memory = Arc::clone(&self.memory);
        memory
            .try_acquire_many_owned(pieces)
            .map_err(|_| Refusal::busy())
    }

    fn large(&self) -> Refusal {
        let most = self.most - FORM;
        let why = format!(
            "this is larger than the limit of {most} bytes; start sesauth serve with --max-size for a higher one"
        );
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, why)
    }
}

/// How much of a body must be here until when.
struct Goal {
    octets: usize,
    until: Instant,
}

impl Goal {
    /// The next one of a body of which `held` octets are here.
    fn behind(held: usize) -> Self {
        let (more, time) = match held <= FREE {
            true => (1, STILL),
            false => (PACE_OCTETS, PACE),
        };
        Self {
            octets: held + more,
            until: Instant::now() + time,
        }
    }
}

fn slow() -> Refusal {
    let why = "the request did not arrive in time";
    Refusal::new(StatusCode::REQUEST_TIMEOUT, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn body(chunks: &[&'static [u8]]) -> Body {
        let chunks = chunks.iter().map(|chunk| Ok::<_, Infallible>(*chunk));
        Body::from_stream(futures_util::stream::iter(chunks.collect::<Vec<_>>()))
    }

    /// Takes in bodies of 4 MB, which hold as much together beside what each has free.
    fn intake() -> Intake {
        Intake {
            most: 4 << 20,
            memory: Arc::new(Semaphore::new((4 << 20) / PIECE)),
        }
    }

    /// A body of `first` octets, and then `then` every second, for ever; with none, it stands still.
    fn trickle(first: usize, then: usize) -> Body {
        let pieces = futures_util::stream::unfold(first, move |size| async move {
            match size {
                0 => std::future::pending().await,
                size if size == then => tokio::time::sleep(Duration::from_secs(1)).await,
                _ => (),
            }
            let chunk = Bytes::from(vec![b'a'; size]);
            Some((Ok::<_, Infallible>(chunk), then))
        });
        Body::from_stream(pieces)
    }

    #[tokio::test]
    async fn memory_comes_back_and_what_is_beyond_it_waits_for_nobody() {
        let intake = Intake {
            most: FREE + 4096,
            memory: Arc::new(Semaphore::new(3)),
        };
        let none = HeaderMap::new();
        let first = intake.take(&none, body(&[&[1; FREE], &[2; 2000]])).await;
        let first = first.unwrap();
        assert_eq!(first.octets.len(), FREE + 2000);
        assert_eq!(intake.memory.available_permits(), 1);
        let second = intake.take(&none, body(&[&[1; FREE], &[1; 1025]])).await;
        let refusal = second.err().unwrap();
        assert_eq!(refusal.status, 503);
        assert!(
            refusal
                .response(true)
                .headers()
                .contains_key(header::RETRY_AFTER)
        );
        // A usual message is let in all the same.
        assert!(intake.take(&none, body(&[&[1; FREE]])).await.is_ok());
        drop(first);
        assert!(
            intake
                .take(&none, body(&[&[1; FREE], &[1; 1025]]))
                .await
                .is_ok()
        );
        assert_eq!(intake.memory.available_permits(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stands_still_is_given_up() {
        let intake = intake();
        for (body, seconds) in [
            (trickle(0, 0), 15),
            (trickle(FREE + 1, 0), 5),
            // As slow as this, a small one may be, and a large one may not.
            (trickle(10, 1 << 10), 120),
            (trickle(2 << 20, 1 << 10), 5),
            (trickle(2 << 20, 16 << 10), 5),
        ] {
            let start = Instant::now();
            let taken = intake.take(&HeaderMap::new(), body).await;
            assert_eq!(taken.err().unwrap().status, 408);
            let took = start.elapsed();
            assert!(
                took.as_secs().abs_diff(seconds) <= 1,
                "{took:?}, not {seconds}"
            );
            assert_eq!(intake.memory.available_permits(), (4 << 20) / PIECE);
        }
        // What is fast enough comes in until it is too much.
        let taken = intake
            .take(&HeaderMap::new(), trickle(FREE + 1, 48 << 10))
            .await;
        assert_eq!(taken.err().unwrap().status, 413);
    }

    #[tokio::test(start_paused = true)]
    async fn stalled_uploads_hold_up_no_usual_message_and_no_large_one_for_long() {
        let intake = Arc::new(intake());
        let stalled: Vec<_> = (0..4)
            .map(|_| {
                let intake = Arc::clone(&intake);
                let first = (1 << 20) + FREE;
                tokio::spawn(async move {
                    intake
                        .take(&HeaderMap::new(), trickle(first, 0))
                        .await
                        .err()
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(intake.memory.available_permits(), 0);
        let large = || body(&[&[1; FREE], &[2; FREE]]);
        let none = HeaderMap::new();
        assert!(intake.take(&none, body(&[&[1; FREE]])).await.is_ok());
        assert_eq!(intake.take(&none, large()).await.err().unwrap().status, 503);
        tokio::time::sleep(PACE).await;
        assert!(intake.take(&none, large()).await.is_ok());
        for one in stalled {
            assert_eq!(one.await.unwrap().unwrap().status, 408);
        }
    }
}
