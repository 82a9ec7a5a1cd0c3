//! Extended errors (RFC 8914): what a server says of its error code, live and from a recording.

use sesauth::dns::{Absent, Lookup, LookupId, Response, Snapshot};

use super::authority::Authority;
use super::encrypted::{live_at, tls};
use super::*;

const EXPIRED: (u16, &str) = (6, "signature expired");

fn failed(code: &str, extended: &[(u16, &str)]) -> Reply {
    let extended = extended.iter();
    let extended = extended.map(|(code, text)| ExtendedError::new(*code, text));
    Reply::TempFail(Failure::Rcode(Box::new(ErrorCode::new(code, extended))))
}

fn explained(errors: &[(u16, &'static str)], code: ResponseCode) -> Act {
    Act::Explained(errors.to_vec(), Box::new(Act::code(code)))
}

#[tokio::test]
async fn what_a_server_says_of_its_error_is_kept() {
    let server = NameServer::start(|asked| match asked.name.as_str() {
        "bogus.example" => explained(&[EXPIRED], ResponseCode::ServFail),
        "lame.example" => explained(&[(22, ""), (23, "[192.0.2.1]\0")], ResponseCode::ServFail),
        _ => explained(&[(18, "not you"), (4711, "")], ResponseCode::Refused),
    })
    .await;
    for (name, expected) in [
        ("bogus.example", failed("SERVFAIL", &[EXPIRED])),
        (
            "lame.example",
            failed("SERVFAIL", &[(22, ""), (23, "[192.0.2.1]")]),
        ),
        (
            "other.example",
            failed("REFUSED", &[(18, "not you"), (4711, "")]),
        ),
    ] {
        assert_eq!(ask(&server, name, RecordType::Txt).await, expected);
    }
}

#[tokio::test]
async fn it_is_kept_over_tls_too() {
    let authority = Authority::new();
    let config = authority.server(&["127.0.0.1"], b"dot");
    let server =
        NameServer::start_tls(config, |_| explained(&[EXPIRED], ResponseCode::ServFail)).await;
    let live = live_at(&tls(server.address.port()), &authority);
    let reply = live.query(&question("a.example", RecordType::Txt)).await;
    assert_eq!(reply, failed("SERVFAIL", &[EXPIRED]));
}

#[tokio::test]
async fn an_answer_with_an_extended_error_is_an_answer() {
    let server = NameServer::start(|asked| {
        let records = vec![txt(&asked.name, 60, &[b"stale"])];
        Act::Explained(vec![(3, "stale")], Box::new(Act::records(records)))
    })
    .await;
    let reply = ask(&server, "a.example", RecordType::Txt).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[b"stale"])]));
}

#[tokio::test]
async fn more_than_a_person_would_read_is_not_kept() {
    const LONG: &str = match str::from_utf8(&[b'x'; 900]) {
        Ok(text) => text,
        Err(_) => "",
    };
    let server = NameServer::start(|_| explained(&[(0, LONG); 30], ResponseCode::ServFail)).await;
    let reply = ask(&server, "a.example", RecordType::Txt).await;
    let Reply::TempFail(Failure::Rcode(code)) = reply else {
        panic!("{reply:?}");
    };
    assert!(code.extended.len() <= 4);
    assert!(
        code.extended
            .iter()
            .all(|error| error.text.chars().count() <= 201)
    );
}

#[tokio::test]
async fn it_is_recorded_and_read_back() {
    let server =
        NameServer::start(|_| explained(&[EXPIRED, (22, "")], ResponseCode::ServFail)).await;
    let reply = ask(&server, "a.example", RecordType::Txt).await;
    let asked = question("a.example", RecordType::Txt);
    let response = Response::new(asked.clone(), reply.clone(), Vec::new());
    let mut snapshot = Snapshot::default();
    snapshot.extend(&[Lookup::new(LookupId(1), response)], None, None);
    let mut file = Vec::new();
    snapshot.write(&mut file).unwrap();
    let file = String::from_utf8(file).unwrap();
    let line = "{\"name\":\"a.example\",\"type\":\"TXT\",\"rcode\":\"SERVFAIL\",\"ede\":[\
                {\"code\":6,\"text\":\"signature expired\"},{\"code\":22}]}";
    assert_eq!(file.lines().nth(1), Some(line));
    let replayed = Snapshot::parse(&file, Absent::NotRecorded).unwrap();
    assert_eq!(replayed.query(&asked).await, reply);
    assert_eq!(reply, failed("SERVFAIL", &[EXPIRED, (22, "")]));
}
