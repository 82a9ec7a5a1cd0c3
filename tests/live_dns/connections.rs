//! Connections over TLS: kept, opened again, and left behind by nothing.

use std::sync::{Arc, Mutex};
use std::thread;

use hickory_server::proto::op::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Handle, Runtime};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::authority::Authority;
use super::encrypted::{live_at, tls};
use super::hostile::{answer, bytes, framed, right};
use super::*;

/// What a server does on one connection.
type Deed = fn(TlsStream<TcpStream>) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// A server over TLS in a runtime of its own; and the server names that clients asked for.
fn serve(authority: &Authority, name: &str, deed: Deed) -> (u16, Arc<Mutex<Vec<Option<String>>>>) {
    let acceptor = TlsAcceptor::from(authority.server(&[name], b"dot"));
    let named = Arc::<Mutex<Vec<Option<String>>>>::default();
    let (told, seen) = std::sync::mpsc::channel();
    let names = Arc::clone(&named);
    thread::spawn(move || {
        Runtime::new().unwrap().block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            told.send(listener.local_addr().unwrap().port()).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let name = stream.get_ref().1.server_name().map(str::to_owned);
                names.lock().unwrap().push(name);
                tokio::spawn(deed(stream));
            }
        });
    });
    (seen.recv().unwrap(), named)
}

async fn read(stream: &mut TlsStream<TcpStream>) -> Message {
    let mut query = vec![0; usize::from(stream.read_u16().await.unwrap())];
    stream.read_exact(&mut query).await.unwrap();
    Message::from_vec(&query).unwrap()
}

fn asked() -> Question {
    question("a.example", RecordType::Txt)
}

#[tokio::test]
async fn a_server_that_hangs_up_after_each_answer_is_connected_to_again() {
    let authority = Authority::new();
    let (port, named) = serve(&authority, "127.0.0.1", |mut stream| {
        Box::pin(async move {
            let answer = answer(&read(&mut stream).await, "right");
            let written = stream.write_all(&framed(&bytes(&answer))).await;
            written.unwrap();
            stream.shutdown().await.unwrap();
        })
    });
    let live = live_at(&tls(port), &authority);
    for _ in 0..5 {
        assert_eq!(live.query(&asked()).await, right());
    }
    assert_eq!(named.lock().unwrap().len(), 5);
}

#[tokio::test]
async fn the_server_is_told_which_name_is_asked_for() {
    let authority = Authority::new();
    let (port, named) = serve(&authority, "dns.example", |mut stream| {
        Box::pin(async move {
            loop {
                let answer = answer(&read(&mut stream).await, "right");
                stream.write_all(&framed(&bytes(&answer))).await.unwrap();
            }
        })
    });
    let live = live_at(&format!("{}#dns.example", tls(port)), &authority);
    for _ in 0..5 {
        assert_eq!(live.query(&asked()).await, right());
    }
    assert_eq!(*named.lock().unwrap(), [Some("dns.example".to_owned())]);
}

#[tokio::test]
async fn more_questions_than_a_connection_takes_at_once_wait_their_turn() {
    let authority = Authority::new();
    // It answers nothing before it has read 40 questions, and the last first.
    let (port, named) = serve(&authority, "127.0.0.1", |mut stream| {
        Box::pin(async move {
            loop {
                let mut queries = Vec::new();
                for _ in 0..40 {
                    queries.push(read(&mut stream).await);
                }
                for query in queries.iter().rev() {
                    let name = query.queries[0].name().to_ascii();
                    let answer = framed(&bytes(&answer(query, &name)));
                    stream.write_all(&answer).await.unwrap();
                }
            }
        })
    });
    let live = live_at(&tls(port), &authority);
    let asked = (0..200).map(|number| question(&format!("n{number}.example"), RecordType::Txt));
    let asked: Vec<_> = asked.collect();
    let replies = join_all(asked.iter().map(|question| live.query(question))).await;
    for (question, reply) in asked.iter().zip(replies) {
        let name = format!("{}.", question.name);
        assert_eq!(reply, found(&[], 60, vec![text(&[name.as_bytes()])]));
    }
    assert_eq!(named.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_question_that_is_given_up_leaves_no_task() {
    let authority = Authority::new();
    let (port, _) = serve(&authority, "127.0.0.1", |stream| {
        Box::pin(async move {
            sleep(PATIENT).await;
            drop(stream);
        })
    });
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let live = live_at(&tls(port), &authority);
    let given_up = timeout(Duration::from_secs(1), live.query(&asked())).await;
    assert!(given_up.is_err());
    assert!(tasks() > before, "the connection is open");
    drop(live);
    timeout(PATIENT, async {
        while tasks() > before {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_flood_of_messages_is_no_answer_and_holds_nothing_up() {
    let authority = Authority::new();
    let (port, _) = serve(&authority, "127.0.0.1", |mut stream| {
        Box::pin(async move {
            let query = read(&mut stream).await;
            let mut other = answer(&query, "forged");
            other.metadata.id ^= 1;
            let other = framed(&bytes(&other)).repeat(500);
            while stream.write_all(&other).await.is_ok() {}
        })
    });
    let live = live_at(&tls(port), &authority).with_options(LiveOptions {
        timeout: Duration::from_secs(1),
        attempts: 1,
        doubt: false,
        ..LiveOptions::default()
    });
    let query = asked();
    let (reply, ()) = tokio::join!(live.query(&query), sleep(Duration::from_millis(100)));
    assert_eq!(reply, Reply::TempFail(Failure::Timeout));
}
