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

/// How long the rest of a body that is refused is thrown away, so that who sends it reads why.
const DISCARD: Duration = Duration::from_secs(5);

/// What a form may have beside the message.
const FORM: usize = 1 << 20;

/// Memory is given out in pieces of this size.
const PIECE: usize = 1 << 10;

/// The least memory for all bodies together.
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
        let mut octets = Vec::new();
        let none = Arc::clone(&self.memory).try_acquire_many_owned(0);
        let mut memory = none.map_err(|_| Refusal::busy())?;
        let mut refusal = said.filter(|said| *said > self.most).map(|_| self.large());
        while refusal.is_none() {
            let next = timeout(STILL, body.next());
            let next = timeout_at(until, next).await;
            let chunk = match next {
                Err(_) | Ok(Err(_)) => return Err(slow()),
                Ok(Ok(None)) => break,
                Ok(Ok(Some(Err(_)))) => {
                    let why = "the request ended before its body did";
                    return Err(Refusal::new(StatusCode::BAD_REQUEST, why));
                }
                Ok(Ok(Some(Ok(chunk)))) => chunk,
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
            let rest = async { while let Some(Ok(_)) = body.next().await {} };
            _ = timeout(DISCARD, rest).await;
        }
        Err(refusal)
    }

    /// Memory for `more` octets beside the `held` ones.
    fn place(&self, held: usize, more: usize) -> Result<OwnedSemaphorePermit, Refusal> {
        let all = held.saturating_add(more);
        if all > self.most {
            return Err(self.large());
        }
        let pieces = all.div_ceil(PIECE) - held.div_ceil(PIECE);
        let pieces = u32::try_from(pieces).map_err(|_| self.large())?;
        let memory = Arc::clone(&self.memory);
        memory
            .try_acquire_many_owned(pieces)
            .map_err(|_| Refusal::busy())
    }

    fn large(&self) -> Refusal {
        let most = self.most - FORM;
        let why = format!("this is larger than the limit of {most} bytes; --max-size sets it");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, why)
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

    #[tokio::test]
    async fn memory_comes_back_and_what_is_beyond_it_waits_for_nobody() {
        let intake = Intake {
            most: FORM + 4096,
            memory: Arc::new(Semaphore::new(3)),
        };
        let none = HeaderMap::new();
        let first = intake.take(&none, body(&[&[1; 1000], &[2; 1000]])).await;
        let first = first.unwrap();
        assert_eq!(first.octets.len(), 2000);
        assert_eq!(intake.memory.available_permits(), 1);
        let second = intake.take(&none, body(&[&[1; 1025]])).await;
        assert_eq!(second.err().unwrap().status, 503);
        drop(first);
        assert!(intake.take(&none, body(&[&[1; 1025]])).await.is_ok());
        assert_eq!(intake.memory.available_permits(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stands_still_is_given_up() {
        let intake = Intake::new(4096);
        let still = Body::from_stream(futures_util::stream::pending::<Result<Bytes, Infallible>>());
        let taken = intake.take(&HeaderMap::new(), still).await;
        assert_eq!(taken.err().unwrap().status, 408);
    }
}
