//! Which answers count before a server is believed, and when servers are given up.

use sesauth::dns::NoDns;
use tokio::time::Instant;

use super::*;

const PROBE: &str = "amazonses.com";

fn doubting(servers: &[SocketAddr], timeout: Duration) -> Live {
    let servers = servers.iter().map(|address| Server::Plain(*address));
    Live::servers(servers).unwrap().with_options(LiveOptions {
        timeout,
        ..LiveOptions::default()
    })
}

async fn served(script: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> (NameServer, Live) {
    let server = NameServer::start(script).await;
    let live = doubting(&[server.address], PATIENT);
    (server, live)
}

fn nothing(soa: Option<WireRecord>) -> Act {
    Act::negative(ResponseCode::NXDomain, Vec::new(), Vec::from_iter(soa))
}

fn probes(server: &NameServer) -> usize {
    let asked = server.asked();
    asked.iter().filter(|asked| asked.name == PROBE).count()
}

async fn txt_of(live: &Live, name: &str) -> Reply {
    live.query(&question(name, RecordType::Txt)).await
}

/// Asks for a policy and a key, whose absence must not be believed.
async fn is_refuted(live: &Live) {
    for name in ["_dmarc.a.example", "s._domainkey.a.example", "b.example"] {
        let text = network(txt_of(live, name).await);
        assert!(text.contains("is not believed"), "{text}");
    }
    assert_eq!(live.no_dns().await, Some(NoDns::Denies(PROBE.into())));
}

#[tokio::test]
async fn a_resolver_that_says_of_everything_that_it_does_not_exist_is_not_believed() {
    let soas: [fn(&Asked) -> Option<WireRecord>; 4] = [
        |_| None,
        |_| Some(soa(".", 60, 60)),
        |asked| Some(soa(&asked.name, 60, 60)),
        |asked| Some(soa(asked.name.rsplit('.').next().unwrap(), 60, 60)),
    ];
    for with in soas {
        let (server, live) = served(move |asked| nothing(with(asked))).await;
        is_refuted(&live).await;
        assert_eq!(probes(&server), 1);
    }
}

#[tokio::test]
async fn a_resolver_that_gives_its_own_address_for_every_name_is_not_believed() {
    let (server, live) = served(|asked| {
        Act::records(match asked.kind {
            WireType::A => vec![record(&asked.name, 1, RData::A(A::new(192, 0, 2, 1)))],
            _ => Vec::new(),
        })
    })
    .await;
    let reply = live.query(&question("a.example", RecordType::A)).await;
    assert!(network(reply).contains("not believed"));
    is_refuted(&live).await;
    assert!(probes(&server) <= 2, "the second asks for an alias");
}

#[tokio::test]
async fn a_resolver_that_knows_what_exists_is_believed_even_without_soa() {
    let (server, live) = served(|asked| match asked.name.as_str() {
        PROBE => Act::records(vec![txt(PROBE, 60, &[b"v=spf1 -all"])]),
        _ => nothing(None),
    })
    .await;
    for name in ["_dmarc.a.example", "b.example"] {
        assert_eq!(
            txt_of(&live, name).await,
            Reply::NxDomain(absent(&[], None))
        );
    }
    assert_eq!(probes(&server), 1);
    assert_eq!(live.no_dns().await, None);
}

#[tokio::test]
async fn text_makes_a_resolver_believed_without_a_further_question() {
    let (server, live) = served(|asked| match asked.name.as_str() {
        "a.example" => Act::records(vec![txt("a.example", 60, &[b"x"])]),
        _ => nothing(None),
    })
    .await;
    txt_of(&live, "a.example").await;
    assert_eq!(
        txt_of(&live, "b.example").await,
        Reply::NxDomain(absent(&[], None))
    );
    assert_eq!(probes(&server), 0);
    assert_eq!(live.no_dns().await, None);
}

/// A server of `corp.example` that says this of other names.
async fn closed(elsewhere: fn() -> Act, with_soa: bool) -> (NameServer, Live) {
    served(move |asked| {
        let zone = || soa("corp.example", 60, 60);
        match (asked.name.as_str(), asked.kind) {
            ("corp.example", WireType::SOA) => Act::records(vec![zone()]),
            (name, _) if name.ends_with("corp.example") => nothing(with_soa.then(zone)),
            _ => elsewhere(),
        }
    })
    .await
}

#[tokio::test]
async fn a_closed_network_is_believed_about_its_own_zones() {
    let refused = || Act::code(ResponseCode::Refused);
    let root = || nothing(Some(soa(".", 60, 60)));
    for (elsewhere, with_soa) in [
        (refused as fn() -> Act, true),
        (refused, false),
        (root, true),
    ] {
        let (_server, live) = closed(elsewhere, with_soa).await;
        let ttl = with_soa.then_some(60);
        let reply = txt_of(&live, "_dmarc.corp.example").await;
        assert_eq!(reply, Reply::NxDomain(absent(&[], ttl)));
        assert_eq!(live.no_dns().await, None);
    }
    let (_server, live) = closed(root, false).await;
    is_refuted(&live).await;
}

#[tokio::test]
async fn where_the_probe_gets_no_answer_only_an_nxdomain_without_soa_is_doubted() {
    let server = NameServer::start(|asked| match asked.name.as_str() {
        PROBE => Act::Silence,
        "soa.example" => nothing(Some(soa("example", 60, 60))),
        "nodata.example" => Act::records(Vec::new()),
        _ => nothing(None),
    })
    .await;
    let live = doubting(&[server.address], Duration::from_millis(300));
    let text = network(txt_of(&live, "a.example").await);
    assert!(text.contains("not believed"), "{text}");
    let soa = txt_of(&live, "soa.example").await;
    assert_eq!(soa, Reply::NxDomain(absent(&[], Some(60))));
    let nodata = txt_of(&live, "nodata.example").await;
    assert_eq!(nodata, Reply::NoData(absent(&[], None)));
}

#[tokio::test]
async fn servers_that_drop_everything_are_given_up_for_all_questions_at_once() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let other = UdpSocket::bind("127.0.0.1:0").unwrap();
    let servers = [&silent, &other].map(|socket| socket.local_addr().unwrap());
    let timeout = Duration::from_secs(1);
    let live = doubting(&servers, timeout);
    let start = Instant::now();
    let asked = (0..20).map(|number| {
        let live = &live;
        async move { txt_of(live, &format!("n{number}.example")).await }
    });
    for reply in join_all(asked).await {
        assert_eq!(reply, Reply::TempFail(Failure::Timeout));
    }
    let further = network(txt_of(&live, "further.example").await);
    assert_eq!(further, "not asked, because no DNS server responds");
    assert!(start.elapsed() < timeout * 3, "{:?}", start.elapsed());
    assert!(matches!(live.no_dns().await, Some(NoDns::Silent(_))));
}

#[tokio::test]
async fn a_server_that_responds_to_anything_is_not_given_up() {
    let server = NameServer::start(|asked| match asked.name.as_str() {
        PROBE => Act::records(vec![txt(PROBE, 60, &[b"v=spf1 -all"])]),
        _ => Act::Silence,
    })
    .await;
    let live = doubting(&[server.address], Duration::from_millis(500));
    let silent = txt_of(&live, "silent.example").await;
    assert_eq!(silent, Reply::TempFail(Failure::Timeout));
    // That the domain's own servers are down is no failure of the resolver.
    assert_eq!(live.no_dns().await, None);
}

#[tokio::test]
async fn a_closed_port_and_servfail_to_everything_are_no_dns() {
    let (_held, address) = closed_port();
    let live = doubting(&[address], PATIENT);
    txt_of(&live, "a.example").await;
    match live.no_dns().await {
        Some(NoDns::Silent(failure)) => {
            let text = failure.to_string();
            assert!(text.contains("nothing listens on this port"), "{text}");
        }
        other => panic!("{other:?}"),
    }
    let (_server, live) = served(|_| Act::code(ResponseCode::ServFail)).await;
    txt_of(&live, "a.example").await;
    assert_eq!(live.no_dns().await, Some(NoDns::Fails("SERVFAIL".into())));
}

#[tokio::test]
async fn one_name_that_fails_is_not_the_resolver() {
    let (_server, live) = served(|asked| match asked.name.as_str() {
        PROBE => Act::records(vec![txt(PROBE, 60, &[b"v=spf1 -all"])]),
        _ => Act::code(ResponseCode::ServFail),
    })
    .await;
    txt_of(&live, "a.example").await;
    assert_eq!(live.no_dns().await, None);
    let live = doubting(&[_server.address], PATIENT);
    assert_eq!(live.no_dns().await, None, "nothing was asked");
}
