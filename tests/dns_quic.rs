//! DNS over QUIC and over HTTP/3, against real servers on loopback, and against bad ones.

#[path = "support/authority.rs"]
mod authority;
#[path = "support/name_server.rs"]
#[expect(dead_code, reason = "only what QUIC carries is spoken here")]
mod name_server;
#[path = "support/quic_server.rs"]
mod quic_server;

use std::collections::BTreeSet;
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hickory_server::net::xfer::Protocol;
use hickory_server::proto::op::{Message, ResponseCode};
use hickory_server::proto::rr::RData;
use hickory_server::proto::rr::rdata::TXT;
use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Endpoint, RecvStream, SendStream};
use sesauth::dns::{
    Answer, Dns, ErrorCode, ExtendedError, Failure, Live, LiveOptions, Name, Question, Record,
    Reply, Server, Txt,
};
use tokio::runtime::{Handle, Runtime};
use tokio::time::{sleep, timeout};

use authority::Authority;
use name_server::{Act, Asked, NameServer, record};

/// Long enough for a busy machine.
const PATIENT: Duration = Duration::from_secs(20);

fn here(asked: &Asked) -> Act {
    let text = TXT::new(vec![asked.name.clone()]);
    Act::records(vec![record(&asked.name, 60, RData::TXT(text))])
}

fn live_at(url: &str, authority: &Authority, timeout: Duration, attempts: usize) -> Live {
    Live::servers([Server::parse(url).unwrap()])
        .unwrap()
        .with_authorities(authority.pem().as_bytes())
        .unwrap()
        .with_options(LiveOptions {
            timeout,
            attempts,
            doubt: false,
            ..LiveOptions::default()
        })
}

fn question(name: &str) -> Question {
    Question::txt(Name::parse(name).unwrap())
}

fn found(name: &str) -> Reply {
    Reply::Records(Answer {
        cname: Vec::new(),
        ttl: 60,
        authenticated: false,
        records: vec![Record::Txt(Txt(vec![name.as_bytes().to_vec()]))],
    })
}

async fn ask(url: &str, authority: &Authority) -> Reply {
    let live = live_at(url, authority, PATIENT, 1);
    live.query(&question("a.example")).await
}

/// What is said of the server, which must be named by its URL.
async fn problem_at(url: &str, authority: &Authority) -> String {
    let Reply::TempFail(Failure::Network(text)) = ask(url, authority).await else {
        panic!("no network failure");
    };
    let before = format!("no DNS server gave an answer: {url} ");
    let problem = text.strip_prefix(&before);
    problem.unwrap_or_else(|| panic!("{text}")).to_owned()
}

/// A server that is `name` over QUIC and one over HTTP/3, with their URLs.
async fn both(
    authority: &Authority,
    name: &str,
    script: fn(&Asked) -> Act,
) -> [(NameServer, String, Protocol); 2] {
    let quic = NameServer::start_quic(authority.server(&[name], b"doq"), script).await;
    let h3 = NameServer::start_h3(authority.server(&[name], b"h3"), script).await;
    let quic_url = format!("quic://127.0.0.1:{}", quic.address.port());
    let h3_url = format!("h3://127.0.0.1:{}/dns-query", h3.address.port());
    [(quic, quic_url, Protocol::Quic), (h3, h3_url, Protocol::H3)]
}

#[tokio::test]
async fn a_server_answers() {
    let authority = Authority::new();
    for (server, url, protocol) in both(&authority, "127.0.0.1", here).await {
        assert_eq!(ask(&url, &authority).await, found("a.example"), "{url}");
        let over: Vec<_> = server.asked().iter().map(|asked| asked.over).collect();
        assert_eq!(over, [protocol]);
    }
}

#[tokio::test]
async fn a_server_is_found_by_its_name_and_known_by_the_one_after_the_hash() {
    let authority = Authority::new();
    for (_server, url, _) in both(&authority, "localhost", here).await {
        let named = url.replace("127.0.0.1", "localhost");
        for url in [format!("{url}#localhost"), named] {
            assert_eq!(ask(&url, &authority).await, found("a.example"), "{url}");
        }
    }
}

#[tokio::test]
async fn many_questions_share_one_connection() {
    let authority = Authority::new();
    for (server, url, _) in both(&authority, "127.0.0.1", here).await {
        let live = live_at(&url, &authority, PATIENT, 1);
        let names: Vec<String> = (0..90).map(|number| format!("n{number}.example")).collect();
        let asked: Vec<_> = names.iter().map(|name| question(name)).collect();
        let replies = join_all(asked.iter().map(|question| live.query(question))).await;
        for (name, reply) in names.iter().zip(replies) {
            assert_eq!(reply, found(name), "{url}");
        }
        let ports = server.asked().into_iter().map(|asked| asked.from.port());
        assert_eq!(ports.collect::<BTreeSet<u16>>().len(), 1, "{url}");
    }
}

#[tokio::test]
async fn an_error_code_comes_with_what_the_server_says_of_it() {
    let authority = Authority::new();
    let script = |_: &Asked| {
        let code = Act::code(ResponseCode::ServFail);
        Act::Explained(vec![(6, "signature expired")], Box::new(code))
    };
    for (_server, url, _) in both(&authority, "127.0.0.1", script).await {
        let expired = ExtendedError::new(6, "signature expired");
        let code = ErrorCode::new("SERVFAIL", [expired]);
        let reply = ask(&url, &authority).await;
        assert_eq!(
            reply,
            Reply::TempFail(Failure::Rcode(Box::new(code))),
            "{url}"
        );
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_refused() {
    let authority = Authority::new();
    for (server, url, _) in both(&authority, "127.0.0.1", here).await {
        assert_eq!(
            problem_at(&url, &Authority::new()).await,
            "has a certificate from an authority that is not trusted; trust a private one with \
             --resolver-ca"
        );
        assert_eq!(server.asked(), []);
    }
    for (server, url, _) in both(&authority, "dns.example", here).await {
        let problem = problem_at(&url, &authority).await;
        assert!(
            problem.contains("not valid for name \"127.0.0.1\""),
            "{problem}"
        );
        assert_eq!(server.asked(), []);
    }
    let config = authority.expired(&["127.0.0.1"], b"doq");
    let server = NameServer::start_quic(config, here).await;
    let url = format!("quic://127.0.0.1:{}", server.address.port());
    assert_eq!(
        problem_at(&url, &authority).await,
        "has a certificate that has expired or is not valid yet"
    );
}

#[tokio::test]
async fn one_form_of_dns_on_quic_is_not_the_other() {
    let authority = Authority::new();
    let [(_quic, quic, _), (_h3, h3, _)] = both(&authority, "127.0.0.1", here).await;
    let swapped = [
        format!("{}/dns-query", quic.replace("quic:", "h3:")),
        h3.replace("h3:", "quic:").replace("/dns-query", ""),
    ];
    for url in swapped {
        let problem = problem_at(&url, &authority).await;
        assert_eq!(problem, "speaks QUIC, but not this form of DNS");
    }
}

#[tokio::test]
async fn a_port_that_is_silent_or_sends_garbage_is_a_timeout() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let garbage = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let ports = [
        &silent.local_addr().unwrap(),
        &garbage.local_addr().unwrap(),
    ]
    .map(|at| at.port());
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = garbage.recv_from(&mut buffer).await {
            // The question itself, its beginning, and octets of no meaning.
            let _ = garbage.send_to(&buffer[..length], from).await;
            let _ = garbage.send_to(&buffer[..length.min(20)], from).await;
            let _ = garbage.send_to(&[0xff; 1200], from).await;
        }
    });
    for port in ports {
        for url in [
            format!("quic://127.0.0.1:{port}"),
            format!("h3://127.0.0.1:{port}"),
        ] {
            let live = live_at(&url, &Authority::new(), Duration::from_millis(300), 2);
            let reply = live.query(&question("a.example")).await;
            assert_eq!(reply, Reply::TempFail(Failure::Timeout), "{url}");
        }
    }
}

/// A server over QUIC that does `deed` on each stream.
fn serve<F: Future<Output = ()> + Send + 'static>(
    authority: &Authority,
    protocol: &[u8],
    deed: fn(SendStream, RecvStream) -> F,
) -> u16 {
    let config = authority.server(&["127.0.0.1"], protocol);
    let config = QuicServerConfig::try_from(Arc::unwrap_or_clone(config)).unwrap();
    let config = quinn::ServerConfig::with_crypto(Arc::new(config));
    let endpoint = Endpoint::server(config, "127.0.0.1:0".parse().unwrap()).unwrap();
    let port = endpoint.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Some(incoming) = endpoint.accept().await {
            tokio::spawn(async move {
                let connection = incoming.await.unwrap();
                while let Ok((send, receive)) = connection.accept_bi().await {
                    tokio::spawn(deed(send, receive));
                }
            });
        }
    });
    port
}

/// The question, and its answer with a length before it.
async fn exchange(receive: &mut RecvStream) -> (Message, Vec<u8>) {
    let query = receive.read_to_end(4096).await.unwrap();
    let query = Message::from_vec(&query[2..]).unwrap();
    let mut answer = query.clone().into_response();
    answer.metadata.authentic_data = false;
    let name = query.queries[0].name().clone();
    let text = RData::TXT(TXT::new(vec!["a.example".into()]));
    answer.answers = vec![hickory_server::proto::rr::Record::from_rdata(
        name, 60, text,
    )];
    let bytes = answer.to_vec().unwrap();
    let length = u16::try_from(bytes.len()).unwrap();
    (answer, [&length.to_be_bytes(), bytes.as_slice()].concat())
}

#[tokio::test]
async fn what_is_broken_on_a_stream_is_no_answer() {
    let authority = Authority::new();
    let ports = [
        // Half an answer.
        serve(&authority, b"doq", |mut send, mut receive| async move {
            let (_, bytes) = exchange(&mut receive).await;
            send.write_all(&bytes[..20]).await.unwrap();
            send.finish().unwrap();
        }),
        // Nothing.
        serve(&authority, b"doq", |mut send, _| async move {
            send.finish().unwrap();
        }),
        // A stream that is broken off.
        serve(&authority, b"doq", |mut send, _| async move {
            send.reset(7_u32.into()).unwrap();
        }),
        // Garbage.
        serve(&authority, b"doq", |mut send, _| async move {
            send.write_all(&[0, 30]).await.unwrap();
            send.write_all(&[0xff; 30]).await.unwrap();
        }),
        // A message with a number.
        serve(&authority, b"doq", |mut send, mut receive| async move {
            let (_, mut bytes) = exchange(&mut receive).await;
            bytes[3] = 1;
            send.write_all(&bytes).await.unwrap();
        }),
    ];
    for (port, expected) in ports.into_iter().zip([
        "closed the connection before its answer was complete",
        "closed the connection before its answer was complete",
        "closed the connection before its answer was complete",
        "sent no answer that can be read",
        "sent no answer that can be read",
    ]) {
        let url = format!("quic://127.0.0.1:{port}");
        assert_eq!(problem_at(&url, &authority).await, expected);
    }
}

#[tokio::test]
async fn what_follows_an_answer_is_not_read() {
    let authority = Authority::new();
    let port = serve(&authority, b"doq", |mut send, mut receive| async move {
        let (_, bytes) = exchange(&mut receive).await;
        send.write_all(&bytes).await.unwrap();
        while send.write_all(&[0; 4096]).await.is_ok() {}
    });
    let url = format!("quic://127.0.0.1:{port}");
    assert_eq!(ask(&url, &authority).await, found("a.example"));
}

#[tokio::test]
async fn a_web_server_that_is_no_web_server_is_no_dns_server() {
    let authority = Authority::new();
    let ports = [
        serve(&authority, b"h3", |mut send, _| async move {
            send.finish().unwrap();
        }),
        // DATA before HEADERS; a frame that is reserved; HEADERS that are none.
        serve(&authority, b"h3", |mut send, _| async move {
            send.write_all(b"\x00\x05hello").await.unwrap();
        }),
        serve(&authority, b"h3", |mut send, _| async move {
            send.write_all(b"\x02\x01x").await.unwrap();
        }),
        serve(&authority, b"h3", |mut send, _| async move {
            send.write_all(b"\x01\x05hello").await.unwrap();
        }),
    ];
    for port in ports {
        let live = live_at(
            &format!("h3://127.0.0.1:{port}"),
            &authority,
            Duration::from_secs(1),
            1,
        );
        let reply = live.query(&question("a.example")).await;
        assert!(matches!(reply, Reply::TempFail(_)), "{reply:?}");
    }
}

#[tokio::test]
async fn a_header_without_end_is_not_read_to_its_end() {
    let authority = Authority::new();
    // HEADERS of a gigabyte.
    let port = serve(&authority, b"h3", |mut send, _| async move {
        send.write_all(b"\x01\xbf\xff\xff\xff").await.unwrap();
        while send.write_all(&[0; 65_536]).await.is_ok() {}
    });
    let url = format!("h3://127.0.0.1:{port}/dns-query");
    let expected = "closed the connection before its answer was complete";
    assert_eq!(problem_at(&url, &authority).await, expected);
}

#[tokio::test]
async fn what_a_web_server_says_instead_is_named() {
    let authority = Authority::new();
    // HEADERS, by the static table of QPACK (RFC 9204 Appendix A), and DATA.
    let ports = [
        serve(&authority, b"h3", |mut send, mut receive| async move {
            receive.read_to_end(4096).await.unwrap();
            send.write_all(b"\x01\x03\0\0\xdb").await.unwrap();
        }),
        serve(&authority, b"h3", |mut send, mut receive| async move {
            receive.read_to_end(4096).await.unwrap();
            send.write_all(b"\x01\x03\0\0\xdc\0\x05hello")
                .await
                .unwrap();
        }),
        serve(&authority, b"h3", |mut send, mut receive| async move {
            receive.read_to_end(4096).await.unwrap();
            send.write_all(b"\x01\x04\0\0\xd9\xf4\0\x05hello")
                .await
                .unwrap();
        }),
        serve(&authority, b"h3", |mut send, mut receive| async move {
            receive.read_to_end(4096).await.unwrap();
            send.write_all(b"\x01\x04\0\0\xd9\xec\0\x05hello")
                .await
                .unwrap();
        }),
        serve(&authority, b"h3", |mut send, mut receive| async move {
            receive.read_to_end(4096).await.unwrap();
            send.write_all(b"\x01\x04\0\0\xd9\xec\0\x80\x01\x11\x70")
                .await
                .unwrap();
            send.write_all(&[0; 70_000]).await.unwrap();
        }),
    ];
    for (port, expected) in ports.into_iter().zip([
        "answers with HTTP status 404: there is no DNS at this path",
        "answers with HTTP status 503",
        "answers with another content type, not application/dns-message (is this the URL of a DNS \
         server?)",
        "sent no answer that can be read",
        "sent more than a DNS message can be",
    ]) {
        let url = format!("h3://127.0.0.1:{port}/dns-query");
        assert_eq!(problem_at(&url, &authority).await, expected);
    }
}

#[tokio::test]
async fn a_connection_that_ended_is_opened_again() {
    let authority = Authority::new();
    // The server closes after 100 questions.
    for (server, url, _) in both(&authority, "127.0.0.1", here).await {
        let live = live_at(&url, &authority, PATIENT, 1);
        for number in 0..250 {
            let name = format!("n{number}.example");
            assert_eq!(live.query(&question(&name)).await, found(&name), "{url}");
        }
        let ports = server.asked().into_iter().map(|asked| asked.from.port());
        assert_eq!(ports.collect::<BTreeSet<u16>>().len(), 3, "{url}");
    }
}

#[test]
fn a_question_that_is_given_up_leaves_no_task() {
    let authority = Authority::new();
    let there = Runtime::new().unwrap();
    let silence = |asked: &Asked| Act::Late(PATIENT, Box::new(here(asked)));
    let servers = there.block_on(both(&authority, "127.0.0.1", silence));
    Runtime::new().unwrap().block_on(async {
        let tasks = || Handle::current().metrics().num_alive_tasks();
        for (_, url, _) in &servers {
            let live = live_at(url, &authority, PATIENT, 1);
            let asked = question("a.example");
            let given_up = timeout(Duration::from_secs(1), live.query(&asked)).await;
            assert!(given_up.is_err());
            assert!(tasks() > 0, "the connection is open");
            drop(live);
            let ended = async {
                while tasks() > 0 {
                    sleep(Duration::from_millis(10)).await;
                }
            };
            timeout(PATIENT, ended).await.expect(url);
        }
        // Nor does one that found no server.
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let url = format!("quic://{}", silent.local_addr().unwrap());
        let live = live_at(&url, &authority, Duration::from_millis(300), 1);
        let reply = live.query(&question("a.example")).await;
        assert_eq!(reply, Reply::TempFail(Failure::Timeout));
        let ended = async {
            while tasks() > 0 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENT, ended).await.unwrap();
    });
}

#[test]
fn a_server_is_named_as_over_tls_and_over_https() {
    for (text, server) in [
        ("quic://1.1.1.1", "quic://1.1.1.1"),
        ("QUIC://dns.example:853/", "quic://dns.example"),
        ("quic://[2001:db8::53]:8853", "quic://[2001:db8::53]:8853"),
        (
            "quic://192.0.2.53#dns.example",
            "quic://192.0.2.53#dns.example",
        ),
        ("h3://dns.example", "h3://dns.example/dns-query"),
        ("h3://1.1.1.1:443/q", "h3://1.1.1.1/q"),
        (
            "h3://[2001:db8::53]/q#dns.example",
            "h3://[2001:db8::53]/q#dns.example",
        ),
    ] {
        assert_eq!(Server::parse(text).unwrap().to_string(), server, "{text}");
        assert_eq!(Server::parse(server).unwrap().to_string(), server);
    }
    for (text, part) in [
        ("quic://dns.example/dns-query", "takes none"),
        ("h3://[2001:db8::53]/", "IPv6 address"),
    ] {
        let error = Server::parse(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}
