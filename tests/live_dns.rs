//! The live resolver against a real server on loopback.

#[path = "support/name_server.rs"]
mod name_server;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use futures_util::future::join_all;
use hickory_server::net::xfer::Protocol;
use hickory_server::proto::op::ResponseCode;
use hickory_server::proto::rr::rdata::{A, AAAA, MX, NS, PTR, TXT};
use hickory_server::proto::rr::{
    Name as WireName, RData, Record as WireRecord, RecordType as WireType,
};
use sesauth::dns::{
    Answer, Dns, Failure, Live, LiveOptions, Name, Negative, Question, Record, RecordType, Reply,
    Txt, resolver_address,
};

use name_server::{Act, Asked, NameServer, alias, record, soa, wire};

/// Long enough for a busy machine.
const PATIENT: Duration = Duration::from_secs(20);

const X250: &[u8] = &[b'x'; 250];

fn live(servers: &[SocketAddr], timeout: Duration, attempts: usize) -> Live {
    Live::servers(servers).unwrap().with_options(LiveOptions {
        timeout,
        attempts,
        ..LiveOptions::default()
    })
}

async fn ask(server: &NameServer, name: &str, kind: RecordType) -> Reply {
    let live = live(&[server.address], PATIENT, 1);
    live.query(&question(name, kind)).await
}

fn question(name: &str, kind: RecordType) -> Question {
    Question::new(self::name(name), kind)
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn names(texts: &[&str]) -> Vec<Name> {
    texts.iter().map(|text| name(text)).collect()
}

fn txt(name: &str, ttl: u32, strings: &[&[u8]]) -> WireRecord {
    record(name, ttl, RData::TXT(TXT::from_bytes(strings.to_vec())))
}

fn found(cname: &[&str], ttl: u32, records: Vec<Record>) -> Reply {
    Reply::Records(Answer {
        cname: names(cname),
        ttl,
        records,
    })
}

fn text(strings: &[&[u8]]) -> Record {
    Record::Txt(Txt(strings.iter().map(|part| part.to_vec()).collect()))
}

fn absent(cname: &[&str], ttl: Option<u32>) -> Negative {
    Negative {
        cname: names(cname),
        ttl,
    }
}

fn network(reply: Reply) -> String {
    match reply {
        Reply::TempFail(Failure::Network(text)) => text,
        other => panic!("{other:?} is no network failure"),
    }
}

fn over(server: &NameServer) -> Vec<Protocol> {
    server.asked().iter().map(|asked| asked.over).collect()
}

/// An address that refuses UDP: its port is held by a socket that listens to itself only.
fn closed_port() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    socket.connect(address).unwrap();
    (socket, address)
}

#[tokio::test]
async fn txt_strings_come_in_the_split_in_which_they_were_published() {
    let server = NameServer::start(|_| {
        Act::records(vec![
            txt("example.com", 300, &[b"v=spf1 ", b"", b"-all"]),
            txt("example.com", 200, &[b"other"]),
        ])
    })
    .await;
    let reply = ask(&server, "example.com", RecordType::Txt).await;
    let records = vec![text(&[b"v=spf1 ", b"", b"-all"]), text(&[b"other"])];
    assert_eq!(reply, found(&[], 200, records));
    assert_eq!(over(&server), [Protocol::Udp]);
}

#[tokio::test]
async fn bytes_that_are_no_text_come_through() {
    let server =
        NameServer::start(|_| Act::records(vec![txt("b.example", 1, &[b"\x00\xff\xfe", b"\r"])]))
            .await;
    let reply = ask(&server, "b.example", RecordType::Txt).await;
    assert_eq!(reply, found(&[], 1, vec![text(&[b"\x00\xff\xfe", b"\r"])]));
}

#[tokio::test]
async fn addresses_mail_exchangers_and_pointers_are_read() {
    let server = NameServer::start(|asked| {
        let data = match asked.kind {
            WireType::A => vec![
                RData::A(A::new(192, 0, 2, 1)),
                RData::A(A::new(192, 0, 2, 2)),
            ],
            WireType::AAAA => vec![RData::AAAA(AAAA::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))],
            WireType::MX => vec![
                RData::MX(MX::new(10, wire("MX1.Example.com"))),
                RData::MX(MX::new(0, wire("."))),
            ],
            WireType::PTR => vec![RData::PTR(PTR(wire("a.example.com")))],
            _ => Vec::new(),
        };
        let answers = data.into_iter().map(|data| record(&asked.name, 60, data));
        Act::records(answers.collect())
    })
    .await;
    let (first, second) = (Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2));
    let reply = ask(&server, "a.example.com", RecordType::A).await;
    assert_eq!(
        reply,
        found(&[], 60, vec![Record::A(first), Record::A(second)])
    );
    let reply = ask(&server, "a.example.com", RecordType::Aaaa).await;
    let ip = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    assert_eq!(reply, found(&[], 60, vec![Record::Aaaa(ip)]));
    let reply = ask(&server, "a.example.com", RecordType::Mx).await;
    let mx = |preference, exchange| Record::Mx {
        preference,
        exchange,
    };
    let records = vec![mx(10, Some(name("mx1.example.com"))), mx(0, None)];
    assert_eq!(reply, found(&[], 60, records));
    let reply = ask(&server, "1.2.0.192.in-addr.arpa", RecordType::Ptr).await;
    let records = vec![Record::Ptr(name("a.example.com"))];
    assert_eq!(reply, found(&[], 60, records));
}

#[tokio::test]
async fn a_null_mx_is_a_record_without_an_exchange() {
    let server = NameServer::start(|asked| {
        Act::records(vec![record(
            &asked.name,
            60,
            RData::MX(MX::new(0, wire("."))),
        )])
    })
    .await;
    let reply = ask(&server, "example.com", RecordType::Mx).await;
    let null = Record::Mx {
        preference: 0,
        exchange: None,
    };
    assert_eq!(reply, found(&[], 60, vec![null]));
}

#[tokio::test]
async fn what_fits_into_1232_bytes_comes_over_udp() {
    let server = NameServer::start(|_| Act::records(vec![txt("a.example", 60, &[X250; 4])])).await;
    let reply = ask(&server, "a.example", RecordType::Txt).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[X250; 4])]));
    assert_eq!(over(&server), [Protocol::Udp]);
}

#[tokio::test]
async fn what_is_truncated_over_udp_is_asked_again_over_tcp() {
    let server = NameServer::start(|_| Act::records(vec![txt("a.example", 60, &[X250; 16])])).await;
    let reply = ask(&server, "a.example", RecordType::Txt).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[X250; 16])]));
    assert_eq!(over(&server), [Protocol::Udp, Protocol::Tcp]);
}

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
async fn an_absent_name_is_not_a_name_without_such_records() {
    let server = NameServer::start(|asked| match asked.name.as_str() {
        "gone.example" => Act::negative(
            ResponseCode::NXDomain,
            Vec::new(),
            vec![soa("example", 900, 60)],
        ),
        _ => Act::negative(
            ResponseCode::NoError,
            Vec::new(),
            vec![soa("example", 30, 3600)],
        ),
    })
    .await;
    let reply = ask(&server, "gone.example", RecordType::Txt).await;
    assert_eq!(reply, Reply::NxDomain(absent(&[], Some(60))));
    let reply = ask(&server, "empty.example", RecordType::Txt).await;
    assert_eq!(reply, Reply::NoData(absent(&[], Some(30))));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn absence_without_an_soa_has_no_time_to_live() {
    let server = NameServer::start(|asked| match asked.name.as_str() {
        "gone.example" => Act::code(ResponseCode::NXDomain),
        _ => Act::code(ResponseCode::NoError),
    })
    .await;
    let reply = ask(&server, "gone.example", RecordType::Txt).await;
    assert_eq!(reply, Reply::NxDomain(absent(&[], None)));
    let reply = ask(&server, "empty.example", RecordType::Txt).await;
    assert_eq!(reply, Reply::NoData(absent(&[], None)));
}

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
    let live = Live::servers(&[server.address]).unwrap();
    let live = live.with_options(LiveOptions {
        timeout: PATIENT,
        attempts: 1,
        cname_chain: 3,
    });
    let reply = live.query(&question("a.example", RecordType::A)).await;
    assert_eq!(network(reply), "more than 3 aliases follow one another");
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn underscores_and_odd_characters_are_asked_as_they_stand() {
    let server =
        NameServer::start(|asked| Act::records(vec![txt(&asked.name, 60, &[b"here"])])).await;
    for asked in [
        "_dmarc.example.com",
        "s_1._domainkey.example.com",
        "a b+c=\\d\"._spf.example.com",
        "localhost",
        "x.invalid",
    ] {
        let reply = ask(&server, asked, RecordType::Txt).await;
        assert_eq!(reply, found(&[], 60, vec![text(&[b"here"])]), "{asked}");
        assert_eq!(server.asked().last().unwrap().name, asked);
    }
}

#[tokio::test]
async fn upper_case_is_asked_as_lower_case_and_matched_in_any() {
    let server =
        NameServer::start(|_| Act::records(vec![txt("SEL._DomainKey.EXAMPLE.com", 60, &[b"p="])]))
            .await;
    let reply = ask(&server, "Sel._domainkey.Example.COM", RecordType::Txt).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[b"p="])]));
    let asked = Asked {
        name: "sel._domainkey.example.com".into(),
        kind: WireType::TXT,
        over: Protocol::Udp,
    };
    assert_eq!(server.asked(), [asked]);
}

#[tokio::test]
async fn a_dot_within_a_label_does_not_make_two_labels() {
    let server = NameServer::start(|asked| {
        let target = WireName::from_labels([&b"a.b\xff"[..], b"example"]).unwrap();
        Act::records(vec![
            record(&asked.name, 60, RData::PTR(PTR(target))),
            record(&asked.name, 60, RData::PTR(PTR(wire(".")))),
        ])
    })
    .await;
    let reply = ask(&server, "1.2.0.192.in-addr.arpa", RecordType::Ptr).await;
    let records = vec![Record::Ptr(name("a\\046b\\255.example"))];
    assert_eq!(reply, found(&[], 60, records));
}

#[tokio::test]
async fn a_time_to_live_beyond_31_bits_is_zero() {
    let server =
        NameServer::start(|asked| Act::records(vec![txt(&asked.name, 1 << 31, &[b"x"])])).await;
    let reply = ask(&server, "a.example", RecordType::Txt).await;
    assert_eq!(reply, found(&[], 0, vec![text(&[b"x"])]));
}

#[tokio::test]
async fn many_questions_at_once_are_answered() {
    let server = NameServer::start(|asked| {
        Act::records(vec![txt(&asked.name, 60, &[asked.name.as_bytes()])])
    })
    .await;
    let live = live(&[server.address], PATIENT, 2);
    let asked: Vec<Question> = (0..40)
        .map(|number| question(&format!("n{number}.example"), RecordType::Txt))
        .collect();
    let replies = join_all(asked.iter().map(|question| live.query(question))).await;
    for (question, reply) in asked.iter().zip(replies) {
        let name = question.name.as_str().as_bytes();
        assert_eq!(reply, found(&[], 60, vec![text(&[name])]));
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
    let live = Live::servers(&["192.0.2.53:53".parse().unwrap()]).unwrap();
    assert_eq!(live.addresses(), ["192.0.2.53:53".parse().unwrap()]);
    assert!(Live::servers(&[]).is_err());
}

#[test]
fn the_systems_configuration_names_servers_or_says_what_to_do() {
    match Live::system() {
        Ok(live) => assert!(!live.addresses().is_empty()),
        Err(error) => assert!(error.to_string().contains("name a resolver"), "{error}"),
    }
}

#[test]
fn a_resolver_is_named_by_address_with_or_without_a_port() {
    for (text, address) in [
        ("1.2.3.4", "1.2.3.4:53"),
        ("1.2.3.4:5353", "1.2.3.4:5353"),
        ("::1", "[::1]:53"),
        ("[::1]", "[::1]:53"),
        ("[::1]:5353", "[::1]:5353"),
        ("2001:db8::53", "[2001:db8::53]:53"),
    ] {
        assert_eq!(resolver_address(text).unwrap().to_string(), address);
    }
}

#[test]
fn what_is_no_resolver_is_refused_with_what_to_write_instead() {
    for text in [
        "",
        "dns.example",
        "1.2.3",
        "1.2.3.4:",
        "1.2.3.4:70000",
        "1.2.3.4:dns",
        "[::1",
        "::1]:53",
    ] {
        let error = resolver_address(text).unwrap_err().to_string();
        assert!(error.contains("write 192.0.2.53"), "{error}");
    }
    let error = resolver_address("1.2.3.4:0").unwrap_err().to_string();
    assert!(error.contains("port 0"), "{error}");
}
