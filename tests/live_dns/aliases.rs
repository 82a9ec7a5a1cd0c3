//! CNAME records: followed, kept in order, and ended.

use super::*;

fn three_aliases() -> Vec<WireRecord> {
    // Not in the order in which they are followed, and in another case.
    vec![
        alias("c.example.net", 500, "d.example.org"),
        alias("A.example.com", 400, "B.example.com"),
        alias("b.example.com", 70, "c.example.NET"),
    ]
}

const THREE: &[&str] = &["b.example.com", "c.example.net", "d.example.org"];

#[tokio::test]
async fn aliases_that_lead_to_records_are_kept_in_order() {
    let server = NameServer::start(|_| {
        let mut answers = three_aliases();
        answers.push(txt("D.example.org", 90, &[b"p="]));
        Act::records(answers)
    })
    .await;
    let reply = ask(&server, "a.example.com", RecordType::Txt).await;
    assert_eq!(reply, found(THREE, 70, vec![text(&[b"p="])]));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn aliases_that_lead_nowhere_are_kept_in_order() {
    let server = NameServer::start(|asked| {
        let code = match asked.kind {
            WireType::TXT => ResponseCode::NXDomain,
            _ => ResponseCode::NoError,
        };
        Act::negative(code, three_aliases(), vec![soa("example.org", 900, 300)])
    })
    .await;
    let reply = ask(&server, "a.example.com", RecordType::Txt).await;
    assert_eq!(reply, Reply::NxDomain(absent(THREE, Some(70))));
    let reply = ask(&server, "a.example.com", RecordType::A).await;
    assert_eq!(reply, Reply::NoData(absent(THREE, Some(70))));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn aliases_that_a_response_leaves_unfinished_are_followed_further() {
    let server = NameServer::start(|asked| {
        Act::records(match asked.name.as_str() {
            "a.example.com" => vec![alias(&asked.name, 400, "b.example.com")],
            "b.example.com" => vec![alias(&asked.name, 70, "c.example.net")],
            "c.example.net" => vec![alias(&asked.name, 500, "d.example.org")],
            _ => vec![txt(&asked.name, 90, &[b"p="])],
        })
    })
    .await;
    let reply = ask(&server, "a.example.com", RecordType::Txt).await;
    assert_eq!(reply, found(THREE, 70, vec![text(&[b"p="])]));
}

#[tokio::test]
async fn aliases_that_a_negative_answer_hides_are_asked_for() {
    let server = NameServer::start(|asked| {
        let next = match asked.name.as_str() {
            "a.example.com" => "b.example.com",
            "b.example.com" => "c.example.net",
            "c.example.net" => "d.example.org",
            _ => "",
        };
        match asked.kind {
            WireType::CNAME if !next.is_empty() => Act::records(vec![alias(&asked.name, 70, next)]),
            _ => Act::negative(
                ResponseCode::NXDomain,
                Vec::new(),
                vec![soa("example.org", 900, 300)],
            ),
        }
    })
    .await;
    let reply = ask(&server, "a.example.com", RecordType::Txt).await;
    assert_eq!(reply, Reply::NxDomain(absent(THREE, Some(70))));
}

#[tokio::test]
async fn an_alias_asked_for_itself_is_not_followed() {
    let server = NameServer::start(|_| Act::records(three_aliases())).await;
    let reply = ask(&server, "a.example.com", RecordType::Cname).await;
    let records = vec![Record::Cname(name("b.example.com"))];
    assert_eq!(reply, found(&[], 400, records));
}

#[tokio::test]
async fn aliases_in_a_circle_end() {
    let server = NameServer::start(|asked| {
        Act::records(match asked.name.as_str() {
            "self.example" => vec![alias("self.example", 60, "self.example")],
            "one.example" => vec![alias("one.example", 60, "two.example")],
            _ => vec![alias("two.example", 60, "one.example")],
        })
    })
    .await;
    for name in ["self.example", "one.example"] {
        let reply = ask(&server, name, RecordType::A).await;
        assert_eq!(network(reply), "the aliases lead in a circle");
    }
}

#[tokio::test]
async fn aliases_without_end_are_followed_to_the_limit() {
    let server = NameServer::start(|asked| {
        Act::records(vec![alias(&asked.name, 60, &format!("x.{}", asked.name))])
    })
    .await;
    let live = Live::servers([server.address.into()]).unwrap();
    let live = live.with_options(LiveOptions {
        timeout: PATIENT,
        attempts: 1,
        cname_chain: 3,
        ..LiveOptions::default()
    });
    let reply = live.query(&question("a.example", RecordType::A)).await;
    assert_eq!(network(reply), "more than 3 aliases follow one another");
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn an_alias_to_the_root_is_an_answer() {
    let server = NameServer::start(|_| {
        let to_root = vec![alias("a.example.com", 60, ".")];
        Act::negative(ResponseCode::NoError, to_root, Vec::new())
    })
    .await;
    let reply = ask(&server, "a.example.com", RecordType::Txt).await;
    assert!(matches!(reply, Reply::NoData(_)), "{reply:?}");
    assert_eq!(reply.cname(), [Name::root()]);
}
