//! `sesauth domain` and `sesauth setup` as a user calls them: arguments, lists, exit codes, live DNS.

#[expect(dead_code, reason = "most of its acts are for other tests")]
#[path = "support/name_server.rs"]
mod name_server;
#[path = "support/recorded_server.rs"]
mod recorded_server;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use hickory_server::proto::op::ResponseCode;
use name_server::NameServer;
use serde_json::Value;
use sesauth::dns::Zone;

fn zone(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/domains/{case}/zone"))
}

fn sesauth(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn on(case: &str, arguments: &[&str]) -> Output {
    let zone = zone(case);
    let dns = ["--dns", zone.to_str().unwrap(), "--dns-absent", "nxdomain"];
    sesauth(&[&arguments[..1], &dns[..], &arguments[1..]].concat())
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn lookups_are_counted_against_the_limit_that_receivers_have() {
    let shown = on("bulk", &["domain", "--verbose", "example.com"]);
    let shown = text(&shown).replace("\n ", "");
    assert!(shown.contains("does not match, lookup 1 of 10:"));
    assert!(!shown.contains("of 100 lookups"), "{shown}");
}

#[test]
fn the_exit_code_follows_the_findings() {
    let code = |case, arguments: &[&str]| on(case, arguments).status.code();
    assert_eq!(code("perfect", &["domain", "example.com"]), Some(0));
    let weak = [
        "domain",
        "--profile",
        "bulk",
        "--selector",
        "sel",
        "example.com",
    ];
    assert_eq!(code("bulk", &weak), Some(1));
    let strict = ["domain", "--fail-on", "notice", "example.com"];
    assert_eq!(code("policy-none", &strict), Some(1));
    let zone = zone("perfect");
    let other = ["domain", "--dns", zone.to_str().unwrap(), "example.org"];
    assert_eq!(
        sesauth(&other).status.code(),
        Some(2),
        "nothing of it is recorded"
    );
}

#[test]
fn a_list_on_standard_input_gives_a_line_of_json_for_each() {
    let zone = zone("perfect");
    let mut child = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args([
            "domain",
            "--format",
            "json",
            "--dns-absent",
            "nxdomain",
            "--dns",
        ])
        .arg(&zone)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let list = b"# domains\nexample.com\n\nhttps://mail.example.com/ # a subdomain\n";
    child.stdin.take().unwrap().write_all(list).unwrap();
    let output = child.wait_with_output().unwrap();
    let lines = text(&output);
    let names: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(names.len(), 2);
    assert_eq!(names[0]["domain"], "example.com");
    assert_eq!(names[1]["domain"], "mail.example.com");
}

#[test]
fn what_is_no_domain_is_refused_with_its_place() {
    for (arguments, expected) in [
        (&["domain", "a b.example"][..], "a b.example"),
        (
            &["domain", "--selector", "a..b", "example.com"],
            "--selector",
        ),
        (&["domain", "--region", "europe", "example.com"], "--region"),
        (&["setup", "example.com"], "--region eu-west-1"),
        (&["setup", "--mail-from", "mail", "example.com"], "--region"),
        (
            &[
                "setup",
                "--region",
                "eu-west-1",
                "--region",
                "us-east-1",
                "--token",
                "x",
                "example.com",
            ],
            "eu-west-1=TOKEN",
        ),
        (
            &[
                "setup",
                "--region",
                "eu-west-1",
                "--key",
                "a=nowhere.pem",
                "example.com",
            ],
            "no such file",
        ),
    ] {
        let output = sesauth(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(said(&output).contains(expected), "{}", said(&output));
    }
}

#[test]
fn selectors_are_taken_as_labels_or_whole_names() {
    let whole = "livekeyaaaaaaaaaaaaaaaaaaaaaaa23._domainkey.example.com.";
    for selector in ["livekeyaaaaaaaaaaaaaaaaaaaaaaa23", whole] {
        let output = on(
            "perfect",
            &["domain", "--selector", selector, "example.com"],
        );
        assert!(text(&output).contains("1 key in use"), "{}", text(&output));
    }
}

#[test]
fn saved_mail_shows_selectors_and_mail_from() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let saved = root.join("testdata/messages/byodkim-1024");
    let dns = saved.join("dns.jsonl");
    let output = sesauth(&[
        "domain",
        "--dns",
        dns.to_str().unwrap(),
        "--dns-absent",
        "nxdomain",
        "--corpus",
        saved.to_str().unwrap(),
        "example.com",
    ]);
    let text = text(&output);
    assert!(text.contains("from saved mail"), "{text}");
    assert!(
        text.contains("MAIL FROM  mail.example.com, us-west-2"),
        "{text}"
    );
}

#[test]
fn markdown_and_json_say_the_same() {
    let markdown = on(
        "policy-none",
        &["domain", "--format", "markdown", "example.com"],
    );
    assert!(text(&markdown).starts_with("# C\n"), "{}", text(&markdown));
    assert!(
        text(&markdown).contains("stops nobody"),
        "{}",
        text(&markdown)
    );
    let json = on(
        "policy-none",
        &["domain", "--format", "json", "example.com"],
    );
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["schema"], "sesauth/1");
    assert_eq!(json["grade"]["letter"], "C");
    assert_eq!(json["findings"][0]["code"], "dmarc-without-reports");
}

#[test]
fn planned_records_change_the_grade() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.zone");
    let record = "_dmarc.example.com. TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@example.com\"\n";
    std::fs::write(&plan, record).unwrap();
    let plan = plan.to_str().unwrap();
    let output = on("policy-none", &["domain", "--overlay", plan, "example.com"]);
    assert!(text(&output).starts_with("A  "), "{}", text(&output));
}

#[test]
fn setup_checks_what_it_prints() {
    let flags = [
        "--mail-from",
        "mail",
        "--region",
        "eu-west-1",
        "--token",
        "livekeyaaaaaaaaaaaaaaaaaaaaaaa23",
    ];
    let check = |case: &str| {
        on(
            case,
            &[&["setup", "--check"], &flags[..], &["example.com"]].concat(),
        )
    };
    let done = check("perfect");
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let doubled = check("dkim-doubled-suffix");
    assert_eq!(doubled.status.code(), Some(1));
    assert!(
        text(&doubled).contains("3 of 4 records"),
        "{}",
        text(&doubled)
    );
    let records = [
        &["setup", "--check", "--format", "records"],
        &flags[..],
        &["example.com"],
    ]
    .concat();
    let left = text(&on("dkim-doubled-suffix", &records));
    assert_eq!(left.lines().count(), 1, "{left}");
    assert!(Zone::parse(&left).is_ok());
    let watch = on(
        "perfect",
        &[&["setup", "--watch"], &flags[..], &["example.com"]].concat(),
    );
    assert!(said(&watch).contains("a recording never changes"));
}

#[test]
fn a_mail_from_domain_that_ses_does_not_take_is_refused() {
    for (name, why) in [
        ("example.com", "example.com itself cannot be it"),
        ("bounces.example.net", "is not below example.com"),
        ("bounce.mail", "is not below example.com"),
        ("mail/x", "cannot contain"),
    ] {
        let arguments = ["--mail-from", name, "--region", "eu-west-1", "example.com"];
        for command in ["setup", "domain"] {
            let output = on("perfect", &[&[command][..], &arguments].concat());
            assert_eq!(output.status.code(), Some(2), "{command} {name}");
            assert!(said(&output).contains(why), "{}", said(&output));
        }
    }
    let above = ["--mail-from", "bounce.example.com", "--region", "eu-west-1"];
    let output = sesauth(&[&["setup"][..], &above, &["sub.example.com"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn tokens_and_keys_that_ses_does_not_know_are_refused() {
    let at = ["setup", "--region", "eu-west-1"];
    let with = |more: &[&str]| sesauth(&[&at[..], more, &["example.com"]].concat());
    for token in ["x y", "", "a_b"] {
        let output = with(&["--token", token]);
        assert_eq!(output.status.code(), Some(2), "{token}");
        assert!(said(&output).contains("not a token"), "{}", said(&output));
    }
    let twice = text(&with(&["--token", "abc", "--token", "ABC"]));
    let record = "abc._domainkey.example.com. 300 CNAME";
    assert_eq!(twice.matches(record).count(), 1, "{twice}");
    let ed25519 = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let four = 4096 / 8;
    // A SubjectPublicKeyInfo with a modulus of 4096 bits.
    let mut der = vec![0x30, 0x82, 0x02, 0x22, 0x30, 0x0d, 0x06, 0x09];
    der.extend([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]);
    der.extend([0x05, 0x00, 0x03, 0x82, 0x02, 0x0f, 0x00]);
    der.extend([0x30, 0x82, 0x02, 0x0a, 0x02, 0x82, 0x02, 0x01, 0x00]);
    der.extend(std::iter::repeat_n(0xc5, four));
    der.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
    let long = base64::engine::general_purpose::STANDARD.encode(der);
    for (key, why) in [
        (format!("sel={ed25519}"), "no public key of RSA"),
        (format!("sel={}", "A".repeat(60)), "no public key of RSA"),
        (format!("sel={long}"), "4096 bits"),
        (format!("a.b={ed25519}"), "no selector with a dot"),
    ] {
        let output = with(&["--key", &key]);
        assert_eq!(output.status.code(), Some(2), "{key}");
        assert!(said(&output).contains(why), "{}", said(&output));
    }
}

#[test]
fn one_answer_that_fails_leaves_the_domain_without_a_grade() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let arguments = [
        "domain",
        "--mail-from",
        "mail",
        "--selector",
        "livekeyaaaaaaaaaaaaaaaaaaaaaaa23",
        "example.com",
    ];
    let record = ["--record", whole.to_str().unwrap()];
    on("perfect", &[&arguments[..], &record].concat());
    let whole = std::fs::read_to_string(whole).unwrap();
    for (name, kind, says) in [
        ("_dmarc.example.com", "TXT", "DNS did not answer"),
        ("example.com", "TXT", "DNS did not answer"),
        ("mail.example.com", "TXT", "DNS did not answer"),
        ("mail.example.com", "MX", "MX not known"),
        (
            "livekeyaaaaaaaaaaaaaaaaaaaaaaa23._domainkey.example.com",
            "TXT",
            "DNS did not answer",
        ),
    ] {
        let question = format!("{{\"name\":\"{name}\",\"type\":\"{kind}\",");
        let lines = whole.lines().map(|line| match line.starts_with(&question) {
            true => format!("{question}\"rcode\":\"SERVFAIL\"}}\n"),
            false => format!("{line}\n"),
        });
        let path = folder.path().join("some");
        std::fs::write(&path, lines.collect::<String>()).unwrap();
        let dns = ["--dns", path.to_str().unwrap(), "--dns-absent", "nxdomain"];
        let output = sesauth(&[&arguments[..], &dns].concat());
        let text = text(&output);
        assert!(text.contains("Not graded") && text.contains(says), "{text}");
        assert!(!text.contains("no MX record"), "{text}");
        assert_eq!(output.status.code(), Some(75), "{name} {kind}\n{text}");
    }
}

#[test]
fn a_private_key_never_comes_out() {
    let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/keys/customer-2048.pem");
    let key = format!("sel={}", key.display());
    let output = sesauth(&[
        "setup",
        "--region",
        "eu-west-1",
        "--key",
        &key,
        "example.com",
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("a private key"));
    assert!(output.stdout.is_empty());
}

const LIVE: &str = "example.com. NS ns1.example.com.\nexample.com. NS ns2.example.com.\n\
                    ns1.example.com. A 127.0.0.1\nns2.example.com. A 127.0.0.2\n\
                    amazonses.com. TXT \"v=spf1 ip4:199.255.192.0/22 -all\"\n\
                    example.com. TXT \"v=spf1 -all\"\nexample.com. MX 10 mx.example.com.\n";

/// Two servers at one port, if this machine has 127.0.0.2.
async fn two(one: &str, other: &str) -> Option<(NameServer, NameServer)> {
    let (one, other) = (Zone::parse(one).unwrap(), Zone::parse(other).unwrap());
    let first = NameServer::start(move |asked| recorded_server::answer(&one, asked)).await;
    let at = std::net::SocketAddr::new("127.0.0.2".parse().unwrap(), first.address.port());
    let udp = tokio::net::UdpSocket::bind(at).await.ok()?;
    let tcp = tokio::net::TcpListener::bind(at).await.ok()?;
    let mut second = NameServer::new(move |asked| recorded_server::answer(&other, asked), at);
    second.server.register_socket(udp);
    second
        .server
        .register_listener(tcp, Duration::from_secs(60), 32);
    Some((first, second))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_server_is_asked_and_differences_are_named() {
    let record = "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n";
    let Some((first, _second)) = two(&format!("{LIVE}{record}"), LIVE).await else {
        return;
    };
    let (resolver, port) = (first.address.to_string(), first.address.port().to_string());
    let output = tokio::task::spawn_blocking(move || {
        let arguments = [
            "domain",
            "--resolver",
            &resolver,
            "--each-server",
            "--server-port",
            &port,
            "example.com",
        ];
        sesauth(&arguments)
    });
    let text = text(&output.await.unwrap());
    assert!(
        text.contains("2 of 2 that serve example.com answer, not alike"),
        "{text}"
    );
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains(
            "TXT _dmarc.example.com: \"v=DMARC1; p=reject\" from ns1.example.com [127.0.0.1]; nothing \
             from ns2.example.com [127.0.0.2]"
        ),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_ends_when_the_last_record_is_there() {
    let before = Arc::new(Mutex::new(Zone::parse(LIVE).unwrap()));
    let published = Arc::clone(&before);
    let server = NameServer::start(move |asked| {
        let zone = published.lock().unwrap();
        recorded_server::answer(&*zone, asked)
    })
    .await;
    let resolver = server.address.to_string();
    let mut child = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args([
            "setup",
            "--parked",
            "--watch=1",
            "--resolver",
            &resolver,
            "example.com",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    let after = "amazonses.com. TXT \"v=spf1 -all\"\nexample.com. TXT \"v=spf1 -all\"\n\
                 example.com. MX 0 .\n*._domainkey.example.com. TXT \"v=DKIM1; p=\"\n\
                 _dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n";
    *before.lock().unwrap() = Zone::parse(after).unwrap();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    let output = output.await.unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        text(&output),
        said(&output)
    );
    assert!(
        text(&output).contains("TXT _dmarc.example.com: published"),
        "{}",
        text(&output)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_no_server_answers_for_is_no_difference_between_the_rules() {
    let records = format!(
        "{LIVE}_dmarc.example.com. TXT \"v=DMARC1; p=reject; rua=mailto:a@example.com\"\n\
         mail.example.com. MX 10 feedback-smtp.eu-west-1.amazonses.com.\n\
         mail.example.com. TXT \"v=spf1 include:amazonses.com ~all\"\n"
    );
    let zone = Zone::parse(&records).unwrap();
    let server = NameServer::start(move |asked| match asked.name.as_str() {
        "_dmarc.com." | "_dmarc.com" => name_server::Act::code(ResponseCode::Refused),
        _ => recorded_server::answer(&zone, asked),
    })
    .await;
    let resolver = server.address.to_string();
    let output = tokio::task::spawn_blocking(move || {
        sesauth(&[
            "domain",
            "--mail-from",
            "mail",
            "--resolver",
            &resolver,
            "example.com",
        ])
    });
    let text = text(&output.await.unwrap());
    assert!(
        text.contains("40 of 40") && !text.contains("rule-sets"),
        "{text}"
    );
}
