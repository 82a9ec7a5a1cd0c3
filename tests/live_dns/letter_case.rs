//! Names are asked over UDP in random case, and an answer must have the same.

use std::sync::{Arc, Mutex};

use super::hostile::{answer, bytes, datagrams, right};
use super::*;

/// So long that a random case is not that of another name.
const LONG: &str = "a-long-name-with-many-letters-in-it.of-a-customer.example";

async fn ask_long(live: &Live) -> Reply {
    live.query(&question(LONG, RecordType::Txt)).await
}

#[tokio::test]
async fn each_question_has_a_case_of_its_own_and_what_is_kept_is_lower_case() {
    let server = NameServer::start(|asked| match asked.name.as_str() {
        LONG => Act::records(vec![
            alias(&asked.sent, 60, &format!("X.{}", asked.sent)),
            txt(&format!("x.{}", asked.sent), 60, &[b"Right"]),
        ]),
        _ => Act::code(ResponseCode::NXDomain),
    })
    .await;
    let live = live(&[server.address], PATIENT, 1);
    let target = format!("x.{LONG}");
    for _ in 0..2 {
        let expected = found(&[&target], 60, vec![text(&[b"Right"])]);
        assert_eq!(ask_long(&live).await, expected);
    }
    let asked = server.asked();
    let sent: Vec<_> = asked.iter().map(|asked| asked.sent.as_str()).collect();
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent[0] != LONG && sent[1] != LONG && sent[0] != sent[1]);
    assert!(sent.iter().all(|sent| sent.eq_ignore_ascii_case(LONG)));
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_asked_for_over_tcp_in_lower_case() {
    let server =
        NameServer::start(|asked| Act::records(vec![txt(&asked.name, 60, &[X250; 16])])).await;
    let reply = ask_long(&live(&[server.address], PATIENT, 1)).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[X250; 16])]));
    assert_eq!(server.asked()[1].sent, LONG);
}

#[tokio::test]
async fn a_server_that_answers_in_lower_case_is_asked_so_from_then_on() {
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let address = datagrams({
        let asked = Arc::clone(&asked);
        move |query| {
            asked
                .lock()
                .unwrap()
                .push(query.queries[0].name().to_string());
            let mut lowered = answer(query, "right");
            let question = &mut lowered.queries[0];
            question.name = question.name.to_lowercase();
            vec![bytes(&lowered)]
        }
    })
    .await;
    let live = live(&[address], PATIENT, 1);
    for _ in 0..2 {
        assert_eq!(ask_long(&live).await, right());
    }
    let asked = asked.lock().unwrap();
    let lower = format!("{LONG}.");
    assert!(asked[0] != lower, "{asked:?}");
    assert_eq!(asked[1..], [lower.clone(), lower]);
}

#[tokio::test]
async fn an_answer_in_another_case_is_forged() {
    let address = datagrams(|query| {
        let mut upper = answer(query, "forged");
        let name = query.queries[0].name().to_ascii().to_ascii_uppercase();
        upper.queries[0].name = WireName::from_ascii(name).unwrap();
        let mut other = answer(query, "forged");
        other.queries[0].name.randomize_label_case();
        [upper, other, answer(query, "right")]
            .iter()
            .map(bytes)
            .collect()
    })
    .await;
    let reply = ask_long(&live(&[address], PATIENT, 1)).await;
    assert_eq!(reply, right());
}
