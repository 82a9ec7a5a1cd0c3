//! Many questions over one TCP or TLS connection, each message after its length (RFC 7766 §6.2.1
//! and §8).

use std::collections::HashMap;
use std::io;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};

use futures_util::future::{Either, select};
use hickory_resolver::proto::op::{Message, MessageType};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::sync::{mpsc, oneshot};

use super::exchange::{Problem, UNREADABLE, problem};

/// Questions that may wait to be written; further callers wait until there is room.
const QUEUE: usize = 32;

/// A connection that carries several questions at once and takes answers in any order. It is closed
/// when dropped.
#[derive(Debug)]
pub(super) struct Pipe(mpsc::Sender<Asked>);

struct Asked {
    bytes: Vec<u8>,
    answer: oneshot::Sender<Result<Message, Problem>>,
}

impl Pipe {
    /// Takes over an open connection. Must be called within a Tokio runtime.
    pub(super) fn open(stream: impl AsyncRead + AsyncWrite + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(run(stream, receiver));
        Self(sender)
    }

    /// Sends the message `bytes` and waits for the answer with the same ID. `Closed` if the
    /// connection ends first.
    pub(super) async fn ask(&self, bytes: Vec<u8>) -> Result<Message, Problem> {
        let (answer, answered) = oneshot::channel();
        let sent = self.0.send(Asked { bytes, answer }).await;
        sent.map_err(|_| Problem::Closed)?;
        answered.await.unwrap_or(Err(Problem::Closed))
    }
}

/// The questions without an answer so far, by ID.
#[derive(Default)]
struct Waiting(Mutex<HashMap<u16, oneshot::Sender<Result<Message, Problem>>>>);

async fn run(stream: impl AsyncRead + AsyncWrite, asked: mpsc::Receiver<Asked>) {
    let (reader, writer) = split(stream);
    let waiting = Waiting::default();
    let end = {
        let write = pin!(write(writer, asked, &waiting));
        let read = pin!(read(reader, &waiting));
        match select(write, read).await {
            Either::Left((end, _)) | Either::Right((end, _)) => end,
        }
    };
    waiting.end(&end);
}

async fn write(
    mut writer: impl AsyncWrite + Unpin,
    mut asked: mpsc::Receiver<Asked>,
    waiting: &Waiting,
) -> Problem {
    while let Some(Asked { mut bytes, answer }) = asked.recv().await {
        let Ok(length) = u16::try_from(bytes.len()) else {
            continue;
        };
        waiting.insert(&mut bytes, answer);
        let message = [&length.to_be_bytes(), bytes.as_slice()].concat();
        let written = async {
            writer.write_all(&message).await?;
            writer.flush().await
        };
        if let Err(error) = written.await {
            return ended(&error);
        }
    }
    Problem::Closed
}

async fn read(mut reader: impl AsyncRead + Unpin, waiting: &Waiting) -> Problem {
    loop {
        let message = async {
            let length = reader.read_u16().await?;
            let mut message = vec![0; usize::from(length)];
            reader.read_exact(&mut message).await?;
            Ok::<_, io::Error>(message)
        };
        match message.await {
            Ok(message) => waiting.answer(&message),
            Err(error) => return ended(&error),
        }
    }
}

/// What the end of a connection means for the questions that still wait.
pub(super) fn ended(error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::NotConnected => Problem::Closed,
        _ => problem(error),
    }
}

impl Waiting {
    /// Stores the caller under an ID that is free on this connection, and writes it into the
    /// message.
    fn insert(&self, bytes: &mut [u8], answer: oneshot::Sender<Result<Message, Problem>>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, answer| !answer.is_closed());
        let Some(number) = bytes.first_chunk_mut::<2>() else {
            return;
        };
        let mut id = u16::from_be_bytes(*number);
        while waiting.contains_key(&id) && waiting.len() <= usize::from(u16::MAX) {
            id = id.wrapping_add(1);
        }
        *number = id.to_be_bytes();
        waiting.insert(id, answer);
    }

    /// Passes a message to the caller that asked for it. A message that nobody asked for is
    /// dropped.
    fn answer(&self, message: &[u8]) {
        let Some(id) = message.first_chunk::<2>() else {
            return;
        };
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = waiting.remove(&u16::from_be_bytes(*id)) {
            // The caller may no longer be waiting.
            let _ = answer.send(response(message));
        }
    }

    fn end(&self, problem: &Problem) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, answer) in waiting.drain() {
            let _ = answer.send(Err(problem.clone()));
        }
    }
}

/// Parses the message as a response.
pub(super) fn response(bytes: &[u8]) -> Result<Message, Problem> {
    match Message::from_vec(bytes) {
        Ok(message) if message.metadata.message_type == MessageType::Response => Ok(message),
        _ => Err(Problem::Other(UNREADABLE.into())),
    }
}
