//! DNS over TLS and over HTTPS: the answers, and what is said of a server that gives none.

use std::sync::Arc;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::authority::Authority;
use super::*;

pub fn here(asked: &Asked) -> Act {
    Act::records(vec![txt(&asked.name, 60, &[b"here"])])
}

pub fn live_at(url: &str, authority: &Authority) -> Live {
    Live::servers([Server::parse(url).unwrap()])
        .unwrap()
        .with_authorities(authority.pem().as_bytes())
        .unwrap()
        .with_options(LiveOptions {
            timeout: PATIENT,
            attempts: 1,
            ..LiveOptions::default()
        })
}

async fn ask_at(url: &str, authority: &Authority) -> Reply {
    let live = live_at(url, authority);
    live.query(&question("a.example", RecordType::Txt)).await
}

/// What is said of the server, which must be named by its URL.
async fn problem_at(url: &str, authority: &Authority) -> String {
    let text = network(ask_at(url, authority).await);
    let before = format!("no DNS server gave an answer: {url} ");
    let problem = text.strip_prefix(&before);
    problem.unwrap_or_else(|| panic!("{text}")).to_owned()
}

pub fn tls(port: u16) -> String {
    format!("tls://127.0.0.1:{port}")
}

fn https(port: u16) -> String {
    format!("https://127.0.0.1:{port}/dns-query")
}

#[tokio::test]
async fn a_server_over_tls_answers() {
    let authority = Authority::new();
    let config = authority.server(&["127.0.0.1"], b"dot");
    let server = NameServer::start_tls(config, here).await;
    let reply = ask_at(&tls(server.address.port()), &authority).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[b"here"])]));
    assert_eq!(over(&server), [Protocol::Tls]);
}

#[tokio::test]
async fn a_server_over_https_answers() {
    let authority = Authority::new();
    let config = authority.server(&["127.0.0.1"], b"h2");
    let server = NameServer::start_https(config, here).await;
    let reply = ask_at(&https(server.address.port()), &authority).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[b"here"])]));
    assert_eq!(over(&server), [Protocol::Https]);
}

#[tokio::test]
async fn a_server_named_by_host_name_is_looked_up() {
    let authority = Authority::new();
    let config = authority.server(&["localhost"], b"dot");
    let server = NameServer::start_tls(config, here).await;
    let url = format!("tls://localhost:{}", server.address.port());
    let reply = ask_at(&url, &authority).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[b"here"])]));
}

#[tokio::test]
async fn the_name_after_the_hash_is_the_one_in_the_certificate() {
    let authority = Authority::new();
    let config = authority.server(&["dns.example"], b"dot");
    let server = NameServer::start_tls(config, here).await;
    let url = format!("{}#dns.example", tls(server.address.port()));
    let reply = ask_at(&url, &authority).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[b"here"])]));
    let config = authority.server(&["dns.example"], b"h2");
    let server = NameServer::start_https(config, here).await;
    let url = format!("{}#dns.example", https(server.address.port()));
    let reply = ask_at(&url, &authority).await;
    assert_eq!(reply, found(&[], 60, vec![text(&[b"here"])]));
}

#[tokio::test]
async fn many_questions_share_one_encrypted_connection() {
    let authority = Authority::new();
    let servers = [
        ("dot", authority.server(&["127.0.0.1"], b"dot")),
        ("h2", authority.server(&["127.0.0.1"], b"h2")),
    ];
    for (protocol, config) in servers {
        let script =
            |asked: &Asked| Act::records(vec![txt(&asked.name, 60, &[asked.name.as_bytes()])]);
        let (server, url) = match protocol {
            "dot" => {
                let server = NameServer::start_tls(config, script).await;
                let url = tls(server.address.port());
                (server, url)
            }
            _ => {
                let server = NameServer::start_https(config, script).await;
                let url = https(server.address.port());
                (server, url)
            }
        };
        let live = live_at(&url, &authority);
        let asked: Vec<Question> = (0..100)
            .map(|number| question(&format!("n{number}.example"), RecordType::Txt))
            .collect();
        let replies = join_all(asked.iter().map(|question| live.query(question))).await;
        for (question, reply) in asked.iter().zip(replies) {
            let name = question.name.as_str().as_bytes();
            assert_eq!(reply, found(&[], 60, vec![text(&[name])]));
        }
        let ports = server.asked().into_iter().map(|asked| asked.from.port());
        let ports: std::collections::BTreeSet<u16> = ports.collect();
        assert_eq!(ports.len(), 1, "{protocol}");
    }
}

#[tokio::test]
async fn one_slow_question_does_not_end_the_connection() {
    let authority = Authority::new();
    let config = authority.server(&["127.0.0.1"], b"dot");
    let server = NameServer::start_tls(config, |asked| match asked.name.as_str() {
        "slow.example" => Act::Silence,
        _ => here(asked),
    })
    .await;
    let live = live_at(&tls(server.address.port()), &authority).with_options(LiveOptions {
        timeout: Duration::from_secs(2),
        attempts: 1,
        ..LiveOptions::default()
    });
    let (slow, quick) = (
        question("slow.example", RecordType::Txt),
        question("quick.example", RecordType::Txt),
    );
    let quick = live.query(&quick);
    let (slow, _) = tokio::join!(live.query(&slow), quick);
    assert_eq!(slow, Reply::TempFail(Failure::Timeout));
    live.query(&question("later.example", RecordType::Txt))
        .await;
    let ports: Vec<u16> = server.asked().iter().map(|one| one.from.port()).collect();
    assert_eq!(ports, [ports[0]; 3]);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let config = authority.server(&["dns.example", "other.example"], b"dot");
    let server = NameServer::start_tls(config, here).await;
    assert_eq!(
        problem_at(&tls(server.address.port()), &authority).await,
        "has a certificate that is not for 127.0.0.1 but is for dns.example, other.example; a name \
         to expect is given after #"
    );
    assert_eq!(server.asked(), []);
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let config = Authority::new().server(&["127.0.0.1"], b"h2");
    let server = NameServer::start_https(config, here).await;
    assert_eq!(
        problem_at(&https(server.address.port()), &Authority::new()).await,
        "has a certificate from an authority that is not trusted; trust a private one with \
         --resolver-ca"
    );
    assert_eq!(server.asked(), []);
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = Authority::new();
    let config = authority.expired(&["127.0.0.1"], b"dot");
    let server = NameServer::start_tls(config, here).await;
    assert_eq!(
        problem_at(&tls(server.address.port()), &authority).await,
        "has a certificate that has expired; its operator must renew it"
    );
}

#[tokio::test]
async fn a_port_without_tls_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"220 mail.example ESMTP\r\n").await;
        }
    });
    let authority = Authority::new();
    for url in [tls(port), https(port)] {
        assert_eq!(
            problem_at(&url, &authority).await,
            "does not speak TLS on this port"
        );
    }
}

#[tokio::test]
async fn a_port_that_hangs_up_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    let problem = problem_at(&tls(port), &Authority::new()).await;
    assert_eq!(
        problem,
        "closed the connection instead of speaking TLS (is this the right port?)"
    );
}

#[tokio::test]
async fn a_closed_port_is_named() {
    let (_held, address) = closed_port();
    let authority = Authority::new();
    assert_eq!(
        problem_at(&tls(address.port()), &authority).await,
        "refuses the question (nothing listens on this port)"
    );
}

/// A web server that answers everything with `status`, `kind` and `body`.
async fn web_server(
    config: Arc<ServerConfig>,
    status: u16,
    kind: &'static str,
    body: &'static [u8],
) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(config);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let stream = acceptor.accept(stream).await.unwrap();
            let mut requests = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((_, mut respond))) = requests.accept().await {
                let answer = http::Response::builder().status(status);
                let answer = answer.header("content-type", kind).body(()).unwrap();
                let mut out = respond.send_response(answer, false).unwrap();
                out.send_data(Bytes::from_static(body), true).unwrap();
            }
        }
    });
    port
}

#[tokio::test]
async fn a_web_server_that_is_no_dns_server_is_named() {
    let authority = Authority::new();
    let dns = "application/dns-message";
    for (status, kind, problem) in [
        (
            200,
            "text/html; charset=utf-8",
            "answers with \"text/html\", not application/dns-message (is this the URL of a DNS server?)",
        ),
        (
            301,
            dns,
            "answers with HTTP status 301: its URL is another one",
        ),
        (
            403,
            dns,
            "answers with HTTP status 403: it may not be asked from here",
        ),
        (
            404,
            dns,
            "answers with HTTP status 404: there is no DNS at this path",
        ),
        (503, dns, "answers with HTTP status 503"),
        (200, dns, "sent no answer that can be read"),
    ] {
        let config = authority.server(&["127.0.0.1"], b"h2");
        let port = web_server(config, status, kind, b"<p>Hello").await;
        assert_eq!(problem_at(&https(port), &authority).await, problem);
    }
}

#[tokio::test]
async fn a_web_server_without_http_2_is_named() {
    let authority = Authority::new();
    let config = authority.server(&["127.0.0.1"], b"http/1.1");
    let port = web_server(config, 200, "", b"").await;
    assert_eq!(
        problem_at(&https(port), &authority).await,
        "does not speak HTTP/2"
    );
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_not_read_to_its_end() {
    let authority = Authority::new();
    let config = authority.server(&["127.0.0.1"], b"h2");
    let port = web_server(config, 200, "application/dns-message", &[0; 70_000]).await;
    assert_eq!(
        problem_at(&https(port), &authority).await,
        "sent more than a DNS message can be"
    );
}

#[test]
fn a_file_without_certificates_is_refused() {
    let live = |pem: &str| {
        let live = Live::servers([Server::parse("tls://dns.example").unwrap()]).unwrap();
        live.with_authorities(pem.as_bytes()).map(drop)
    };
    let error = live("hello").unwrap_err().to_string();
    assert!(error.contains("BEGIN CERTIFICATE"), "{error}");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let error = live(broken).unwrap_err().to_string();
    assert!(error.contains("authority"), "{error}");
    live(&Authority::new().pem()).unwrap();
}
