//! Answers that wait to be read: how much of them is held, and how long.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

use super::refusal::{Refusal, is_api};

/// What of each answer is held without asking how much others hold: connections are few, and each has one.
const FREE: usize = 256 << 10;

/// Memory for all answers together, beside what each has free. One that is larger has it alone.
const ALL: usize = 128 << 20;

/// Memory is given out in pieces of this size.
const PIECE: usize = 1 << 10;

/// How long the other end of a connection may read nothing of what waits for it.
pub const UNREAD: Duration = Duration::from_secs(30);

/// The memory for answers.
#[derive(Clone)]
pub struct Answers(Arc<Semaphore>);

/// An answer. It gives its memory back when the last of it is sent.
struct Held {
    octets: Bytes,
    _memory: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.octets
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self::of(ALL)
    }
}

impl Answers {
    fn of(all: usize) -> Self {
        Self(Arc::new(Semaphore::new(all / PIECE)))
    }

    /// `octets`, which hold memory as long as they are there; refused if others hold it.
    fn hold(&self, octets: Bytes) -> Result<Bytes, Refusal> {
        let pieces = octets.len().saturating_sub(FREE).div_ceil(PIECE);
        if pieces == 0 {
            return Ok(octets);
        }
        let pieces = pieces.min(ALL / PIECE);
        let memory = u32::try_from(pieces).ok().and_then(|pieces| {
            let memory = Arc::clone(&self.0);
            memory.try_acquire_many_owned(pieces).ok()
        });
        let _memory = memory.ok_or_else(Refusal::busy)?;
        Ok(Bytes::from_owner(Held { octets, _memory }))
    }
}

/// Lets an answer out, if there is memory to hold it until it is read.
pub async fn bounded(State(answers): State<Answers>, request: Request, next: Next) -> Response {
    let is_api = is_api(request.uri().path());
    let (head, body) = next.run(request).await.into_parts();
    // All bodies of ours are whole.
    let held = match to_bytes(body, usize::MAX).await {
        Ok(octets) => answers.hold(octets),
        Err(_) => Err(Refusal::busy()),
    };
    match held {
        Ok(octets) => Response::from_parts(head, Body::from(octets)),
        Err(refusal) => refusal.response(is_api),
    }
}

/// A connection that ends when what is written to it is not read.
pub struct Patient<S> {
    stream: S,
    /// Until when the other end must read, while there is something that it does not.
    until: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            until: None,
        }
    }

    /// What became of writing: it may wait, but not for ever.
    fn waited<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.until = None;
            return written;
        }
        let until = self.until.get_or_insert_with(|| Box::pin(sleep(UNREAD)));
        ready!(until.as_mut().poll(context));
        self.until = None;
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, octets);
        self.waited(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, octets);
        self.waited(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    #[test]
    fn answers_that_nobody_reads_are_bounded_and_small_ones_are_let_out_all_the_same() {
        let answers = Answers::of(8 << 20);
        let large = || Bytes::from(vec![0; 3 << 20]);
        let first = answers.hold(large()).unwrap();
        let second = answers.hold(large()).unwrap();
        assert_eq!(first.len(), 3 << 20);
        let third = answers.hold(large()).unwrap_err();
        assert_eq!(third.status, 503);
        assert!(answers.hold(Bytes::from(vec![0; FREE])).is_ok());
        // What hyper still has to write keeps its memory.
        let rest = first.slice(100..);
        drop(first);
        assert!(answers.hold(large()).is_err());
        drop((rest, second));
        assert!(answers.hold(large()).is_ok());
        assert_eq!(answers.0.available_permits(), (8 << 20) / PIECE);
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_read_is_given_up_and_who_is_slow_is_not() {
        let (mine, mut other) = duplex(1 << 10);
        let mut patient = Patient::new(mine);
        let start = Instant::now();
        let unread = patient.write_all(&[0; 4 << 10]).await.unwrap_err();
        assert_eq!(unread.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed(), UNREAD);

        let reader = tokio::spawn(async move {
            let mut some = [0; 512];
            let mut read = 0;
            while read < 4 << 10 {
                sleep(UNREAD / 2).await;
                read += other.read(&mut some).await.unwrap();
            }
        });
        patient.write_all(&[0; 3 << 10]).await.unwrap();
        assert!(start.elapsed() > 3 * UNREAD);
        reader.await.unwrap();
    }
}
