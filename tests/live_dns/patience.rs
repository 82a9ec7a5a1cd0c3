//! Time-outs, further tries, and the time that a whole run may take.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::time::Instant;

use super::*;

fn within(server: &NameServer, budget: Duration) -> Live {
    Live::servers([server.address.into()])
        .unwrap()
        .with_options(LiveOptions {
            timeout: PATIENT,
            budget: Some(budget),
            ..LiveOptions::default()
        })
}

#[tokio::test]
async fn only_silence_and_servfail_are_asked_again() {
    let server = NameServer::start(|asked| match asked.name.as_str() {
        "servfail.example" => Act::code(ResponseCode::ServFail),
        _ => Act::code(ResponseCode::Refused),
    })
    .await;
    let live = live(&[server.address], PATIENT, 3);
    live.query(&question("servfail.example", RecordType::A))
        .await;
    assert_eq!(server.asked().len(), 3);
    live.query(&question("refused.example", RecordType::A))
        .await;
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let server = NameServer::start(|_| Act::Silence).await;
    let live = live(&[server.address], Duration::from_millis(100), 2);
    let reply = live.query(&question("a.example", RecordType::A)).await;
    assert_eq!(reply, Reply::TempFail(Failure::Timeout));
    assert!(server.asked().len() <= 2, "{:?}", server.asked());
}

#[tokio::test]
async fn servfail_and_then_an_answer_is_an_answer() {
    let count = AtomicUsize::new(0);
    let server = NameServer::start(move |asked| match count.fetch_add(1, Ordering::Relaxed) {
        0 => Act::code(ResponseCode::ServFail),
        _ => Act::records(vec![txt(&asked.name, 60, &[b"ok"])]),
    })
    .await;
    let live = live(&[server.address], PATIENT, 2);
    let reply = live.query(&question("a.example", RecordType::Txt)).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[b"ok"])]));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_network_that_loses_every_third_question_gives_every_answer() {
    let count = AtomicUsize::new(0);
    let server = NameServer::start(
        move |asked| match count.fetch_add(1, Ordering::Relaxed) % 3 {
            2 => Act::Silence,
            _ => Act::records(vec![txt(&asked.name, 60, &[b"ok"])]),
        },
    )
    .await;
    let live = live(&[server.address], Duration::from_secs(1), 5);
    for number in 0..6 {
        let asked = question(&format!("n{number}.example"), RecordType::Txt);
        let reply = live.query(&asked).await;
        assert_eq!(reply, found(&[], 60, vec![text(&[b"ok"])]), "{number}");
    }
    assert!(server.asked().len() > 6);
}

#[tokio::test]
async fn an_answer_that_takes_a_while_is_waited_for() {
    let server = NameServer::start(|asked| {
        Act::Late(
            Duration::from_millis(400),
            Box::new(Act::records(vec![txt(&asked.name, 60, &[b"late"])])),
        )
    })
    .await;
    let reply = ask(&server, "a.example", RecordType::Txt).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[b"late"])]));
    assert_eq!(server.asked().len(), 1);
}

// Time stands still but for the waiting, which then takes none.
#[tokio::test(start_paused = true)]
async fn each_further_try_waits_longer() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let before = Instant::now();
    let live = live(&[silent.local_addr().unwrap()], Duration::from_secs(4), 3);
    let reply = live.query(&question("a.example", RecordType::A)).await;
    assert_eq!(reply, Reply::TempFail(Failure::Timeout));
    // 4 s, a pause of 0.1 s, 6 s, a pause of 0.2 s, 8 s; the clock's grain is 1 ms.
    let waited = before.elapsed().as_millis();
    assert!((18_300..18_310).contains(&waited), "{waited}");
}

#[tokio::test]
async fn what_is_asked_when_the_time_is_spent_fails_at_once() {
    let server = NameServer::start(|_| Act::Silence).await;
    let live = within(&server, Duration::from_millis(500));
    let expected = "the time for DNS (0.5 s in all) is spent";
    let reply = live.query(&question("a.example", RecordType::A)).await;
    assert_eq!(network(reply), expected);
    let reply = live.query(&question("b.example", RecordType::A)).await;
    assert_eq!(network(reply), expected);
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.name != "b.example"));
}

#[tokio::test]
async fn a_budget_that_is_not_spent_changes_nothing() {
    let server = NameServer::start(|asked| Act::records(vec![txt(&asked.name, 1, &[b"x"])])).await;
    let live = within(&server, Duration::from_secs(60));
    let reply = live.query(&question("a.example", RecordType::Txt)).await;
    assert_eq!(reply, found(&[], 1, vec![text(&[b"x"])]));
}
