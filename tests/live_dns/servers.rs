//! Servers that fail, and those asked instead.

use super::*;

#[tokio::test]
async fn a_truncated_answer_that_tcp_does_not_give_is_a_network_failure() {
    let server = NameServer::start(|asked| match asked.over {
        Protocol::Tcp => Act::Silence,
        _ => Act::records(vec![txt("a.example", 60, &[X250; 16])]),
    })
    .await;
    let live = live(&[server.address], Duration::from_secs(3), 1);
    let reply = live.query(&question("a.example", RecordType::Txt)).await;
    let expected = format!(
        "no DNS server gave an answer: {} has an answer too long for UDP and does not give it \
         over TCP (is TCP blocked on the way?)",
        server.address
    );
    assert_eq!(network(reply), expected);
}

#[tokio::test]
async fn an_error_code_is_named() {
    let server = NameServer::start(|asked| {
        Act::code(match asked.name.as_str() {
            "servfail.example" => ResponseCode::ServFail,
            "refused.example" => ResponseCode::Refused,
            _ => ResponseCode::NotImp,
        })
    })
    .await;
    for (name, code) in [
        ("servfail.example", "SERVFAIL"),
        ("refused.example", "REFUSED"),
        ("notimp.example", "NOTIMP"),
    ] {
        let reply = ask(&server, name, RecordType::Txt).await;
        assert_eq!(reply, Reply::TempFail(Failure::Rcode(code.into())));
    }
}

#[tokio::test]
async fn a_closed_port_is_a_network_failure_that_names_the_server() {
    let (_held, address) = closed_port();
    let live = live(&[address], PATIENT, 2);
    let first = live.query(&question("a.example", RecordType::A)).await;
    let again = live.query(&question("a.example", RecordType::A)).await;
    assert_eq!(first, again);
    let expected = format!(
        "no DNS server gave an answer: {address} refuses the question (nothing listens on this \
         port)"
    );
    assert_eq!(network(first), expected);
}

#[tokio::test]
async fn a_server_that_only_refers_to_others_gives_no_answer() {
    let server = NameServer::start(|_| {
        let ns = record("example", 60, RData::NS(NS(wire("ns.example"))));
        Act::negative(ResponseCode::NoError, Vec::new(), vec![ns])
    })
    .await;
    let reply = ask(&server, "a.example", RecordType::A).await;
    assert!(network(reply).contains("recursive resolver"));
}

#[tokio::test]
async fn when_one_server_fails_the_next_is_asked() {
    let good = NameServer::start(|asked| Act::records(vec![txt(&asked.name, 60, &[b"ok"])])).await;
    let broken = NameServer::start(|_| Act::code(ResponseCode::ServFail)).await;
    let refusing = NameServer::start(|_| Act::code(ResponseCode::Refused)).await;
    let silent = NameServer::start(|_| Act::Silence).await;
    let (_held, closed) = closed_port();
    for bad in [broken.address, refusing.address, silent.address, closed] {
        let live = live(&[bad, good.address], Duration::from_secs(2), 2);
        let reply = live.query(&question("a.example", RecordType::Txt)).await;
        assert_eq!(reply, found(&[], 60, vec![text(&[b"ok"])]));
    }
}

#[tokio::test]
async fn the_server_that_answered_last_is_asked_first() {
    let good = NameServer::start(|asked| Act::records(vec![txt(&asked.name, 60, &[b"ok"])])).await;
    let broken = NameServer::start(|_| Act::code(ResponseCode::ServFail)).await;
    let live = live(&[broken.address, good.address], PATIENT, 1);
    for asked in ["a.example", "b.example", "c.example"] {
        live.query(&question(asked, RecordType::Txt)).await;
    }
    assert_eq!((broken.asked().len(), good.asked().len()), (1, 3));
}

#[tokio::test]
async fn an_error_code_says_more_than_silence_and_silence_more_than_nothing() {
    let broken = NameServer::start(|_| Act::code(ResponseCode::ServFail)).await;
    let silent = NameServer::start(|_| Act::Silence).await;
    let (_held, closed) = closed_port();
    let asked = question("a.example", RecordType::A);
    let short = Duration::from_secs(3);
    let reply = live(&[silent.address, closed, broken.address], short, 1)
        .query(&asked)
        .await;
    assert_eq!(reply, Reply::TempFail(Failure::Rcode("SERVFAIL".into())));
    let reply = live(&[silent.address, closed], short, 1)
        .query(&asked)
        .await;
    let text = network(reply);
    let (quiet, deaf) = (silent.address, closed);
    assert!(
        text.contains(&format!("{quiet} did not answer in time; {deaf} refuses")),
        "{text}"
    );
}

#[test]
fn nothing_is_asked_before_the_first_question() {
    // Outside a runtime, where a socket could not be made.
    let texts = ["192.0.2.53:53", "tls://192.0.2.54", "https://192.0.2.55/"];
    let servers = texts.map(|text| Server::parse(text).unwrap());
    let live = Live::servers(servers.clone()).unwrap();
    assert!(live.asked().eq(&servers));
    assert!(Live::servers([]).is_err());
}

#[test]
fn the_systems_configuration_names_servers_or_says_what_to_do() {
    match Live::system() {
        Ok(live) => assert!(live.asked().len() > 0),
        Err(error) => assert!(error.to_string().contains("name a resolver"), "{error}"),
    }
}

#[tokio::test]
async fn a_server_that_does_not_know_edns_is_asked_without() {
    for code in [ResponseCode::FormErr, ResponseCode::NotImp] {
        let server = NameServer::start(move |asked| match asked.edns {
            true => Act::code(code),
            false => Act::records(vec![txt(&asked.name, 60, &[b"ok"])]),
        })
        .await;
        let reply = ask(&server, "a.example", RecordType::Txt).await;
        assert_eq!(reply, found(&[], 60, vec![text(&[b"ok"])]));
        let edns: Vec<bool> = server.asked().iter().map(|asked| asked.edns).collect();
        assert_eq!(edns, [true, false]);
    }
}
