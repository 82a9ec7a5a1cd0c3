//! `sesauth serve` over TCP, as browsers, programs and others call it.

#[expect(dead_code, reason = "only plain DNS is spoken here")]
#[path = "support/name_server.rs"]
mod name_server;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use hickory_server::proto::op::ResponseCode;
use hickory_server::proto::rr::rdata::TXT;
use hickory_server::proto::rr::{RData, RecordType};
use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use serde_json::Value;

use name_server::{Act, Asked, NameServer, record, soa};

/// Longer than anything here takes, also on a machine that has much else to do.
const LONG: Duration = Duration::from_secs(120);

const ZONE: &str = "\
example.com. 300 IN TXT \"v=spf1 ip4:192.0.2.10 -all\"
example.com. 300 IN MX 10 mx.example.com.
_dmarc.example.com. 300 IN TXT \"v=DMARC1; p=none; rua=mailto:reports@example.com\"
";

const KNOWN: &str = "ip=192.0.2.10&mail_from=a%40example.com&helo=mail.example.com";

struct Server {
    child: Child,
    address: SocketAddr,
    _zone: Option<tempfile::NamedTempFile>,
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut zone = tempfile::NamedTempFile::new().unwrap();
        zone.write_all(ZONE.as_bytes()).unwrap();
        let path = zone.path().to_str().unwrap().to_owned();
        let dns = ["--dns-absent", "nxdomain", "--dns", &path];
        Self::run(&[&dns, arguments].concat(), Some(zone))
    }

    /// With this resolver.
    fn asking(resolver: SocketAddr, arguments: &[&str]) -> Self {
        let resolver = resolver.to_string();
        Self::run(&[&["--resolver", &resolver], arguments].concat(), None)
    }

    fn run(arguments: &[&str], zone: Option<tempfile::NamedTempFile>) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sesauth"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap();
        let address = address.split('/').next().unwrap().parse().unwrap();
        Self {
            child,
            address,
            _zone: zone,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream
    }

    fn ask(&self, method: &str, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !fields.iter().any(|(name, _)| *name == "Host") {
            head += &format!("Host: {}\r\n", self.address);
        }
        for (name, value) in fields {
            head += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        head += "\r\n";
        let mut stream = self.connect();
        stream.write_all(head.as_bytes()).unwrap();
        // Who is refused need not take all of it.
        _ = stream.write_all(body);
        Answer::read(&mut stream)
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    fn inspect(&self, query: &str, message: &[u8]) -> Answer {
        let kind = [("Content-Type", "message/rfc822")];
        self.ask("POST", &format!("/api/inspect?{query}"), &kind, message)
    }

    /// A form with a file, as a browser sends it.
    fn upload(&self, name: &str, message: &[u8], fields: &[(&str, &str)]) -> Answer {
        self.upload_to("/inspect", name, message, fields)
    }

    fn upload_to(&self, path: &str, name: &str, message: &[u8], fields: &[(&str, &str)]) -> Answer {
        let mut body = Vec::new();
        for (field, value) in fields {
            let head = format!("--xyz\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n");
            body.extend_from_slice(format!("{head}{value}\r\n").as_bytes());
        }
        let head = format!(
            "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: message/rfc822\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(message);
        body.extend_from_slice(b"\r\n--xyz--\r\n");
        let origin = format!("http://{}", self.address);
        let fields = [
            ("Content-Type", "multipart/form-data; boundary=xyz"),
            ("Origin", &origin),
            ("Sec-Fetch-Site", "same-origin"),
        ];
        self.ask("POST", path, &fields, &body)
    }

    /// Ends it by a signal, and gives its exit code.
    #[cfg(unix)]
    fn end(mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        Command::new("kill").args([signal, &id]).status().unwrap();
        let start = Instant::now();
        loop {
            match self.child.try_wait().unwrap() {
                Some(status) => return status.code(),
                None if start.elapsed() > LONG => panic!("it goes on"),
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Answer {
    fn read(stream: &mut TcpStream) -> Self {
        let mut all = Vec::new();
        // A reset behind the answer does not take away what was read of it.
        _ = stream.read_to_end(&mut all);
        let end = all.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("{:?}", String::from_utf8_lossy(&all)));
        let head = String::from_utf8(all[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = all.split_off(end + 4);
        Self { status, head, body }
    }

    fn field(&self, name: &str) -> &str {
        let mut found = self.head.lines().filter_map(|line| {
            let (one, value) = line.split_once(": ")?;
            one.eq_ignore_ascii_case(name).then_some(value)
        });
        let first = found.next().unwrap_or_default();
        assert_eq!(found.next(), None, "{name} is there once");
        first
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    /// The result as its page shows it.
    fn heading(&self) -> String {
        let text = self.text();
        let start = text.find("<h1").unwrap();
        let start = start + text[start..].find('>').unwrap() + 1;
        text[start..start + text[start..].find('<').unwrap()].to_owned()
    }

    fn is_problem(&self, status: u16, why: &str) {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.field("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(why), "{detail}");
    }
}

fn message(subject: &str) -> Vec<u8> {
    format!("From: A <a@example.com>\r\nTo: b@example.net\r\nSubject: {subject}\r\n\r\nHello.\r\n")
        .into_bytes()
}

/// The elements of a page, with their attributes.
fn elements(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    fn walk(node: &Handle, all: &mut Vec<(String, Vec<(String, String)>)>) {
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let attributes = attrs.borrow();
            let attributes = attributes.iter();
            let attributes =
                attributes.map(|one| (one.name.local.to_string(), one.value.to_string()));
            all.push((name.local.to_string(), attributes.collect()));
        }
        for child in node.children.borrow().iter() {
            walk(child, all);
        }
    }
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(page);
    let mut all = Vec::new();
    walk(&dom.document, &mut all);
    all
}

/// The documents that a page carries for downloads, by their file names.
fn downloads(page: &str) -> Vec<(String, String)> {
    let links = elements(page).into_iter().filter_map(|(_, attributes)| {
        let value = |name| {
            let mut all = attributes.iter();
            all.find(|(one, _)| one == name)
                .map(|(_, value)| value.clone())
        };
        let (_, data) = value("href")?
            .split_once(";base64,")
            .map(|(a, b)| (a.to_owned(), b.to_owned()))?;
        let octets = base64::engine::general_purpose::STANDARD
            .decode(data)
            .unwrap();
        Some((value("download")?, String::from_utf8(octets).unwrap()))
    });
    links.collect()
}

#[test]
fn forms_and_the_api_say_the_same() {
    let server = Server::start(&[]);
    let start = server.get("/");
    assert_eq!(start.status, 200);
    assert!(start.text().contains("action=\"/inspect\""));
    assert_eq!(start.field("cache-control"), "no-store");
    assert_eq!(start.field("x-content-type-options"), "nosniff");
    assert_eq!(start.field("set-cookie"), "");

    let message = message("one");
    let api = server.inspect(KNOWN, &message);
    assert_eq!(api.status, 200, "{}", api.text());
    assert_eq!(api.field("content-type"), "application/json");
    let api = api.json();
    assert_eq!(api["conclusion"]["result"], "pass");

    let known = [
        ("ip", "192.0.2.10"),
        ("mail_from", "a@example.com"),
        ("helo", "mail.example.com"),
        ("at", ""),
        ("autopsy", "quick"),
    ];
    let page = server.upload("one.eml", &message, &known);
    assert_eq!(page.heading(), "PASS", "{}", page.text());
    assert!(page.text().contains("PASS example.com: one.eml"));
    let downloads = downloads(&page.text());
    let names: Vec<&str> = downloads.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["one.eml.json", "one.eml.md"]);
    let carried: Value = serde_json::from_str(&downloads[0].1).unwrap();
    for part in ["conclusion", "spf", "dmarc", "message", "findings"] {
        assert_eq!(carried[part], api[part]);
    }
    let markdown = server.inspect(&format!("{KNOWN}&format=markdown"), &message);
    assert_eq!(markdown.text(), downloads[1].1);

    // Without a file, as a form without script sends what was pasted.
    let text = String::from_utf8(message).unwrap();
    let mut form = form_urlencoded::Serializer::new(String::new());
    let form = form
        .append_pair("text", &text)
        .append_pair("ip", "192.0.2.99");
    let form = form.append_pair("mail_from", "a@example.com").finish();
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let page = server.ask("POST", "/inspect", &kind, form.as_bytes());
    assert_eq!(page.heading(), "FAIL", "{}", page.text());
    let page = server.ask("POST", "/inspect", &kind, b"text=");
    assert_eq!(page.status, 400);
    assert!(page.text().contains("There is no message"));
}

#[test]
fn what_a_browser_may_do_is_said_in_the_page_and_before_it() {
    let server = Server::start(&[]);
    let inspected = server.upload("a.eml", &message("one"), &[]);
    let checked = server.get("/domain?name=example.com");
    // The first has a form, which says where it comes from.
    for (page, referrer) in [(inspected, "same-origin"), (checked, "no-referrer")] {
        assert_eq!(page.status, 200);
        assert_eq!(page.field("referrer-policy"), referrer);
        let own = elements(&page.text());
        let own = own.iter().flat_map(|(_, attributes)| attributes);
        let own = own.map(|(_, value)| value);
        let own: Vec<_> = own
            .filter(|value| value.starts_with("default-src"))
            .collect();
        let head = page.field("content-security-policy");
        assert_eq!(head, format!("{}; frame-ancestors 'none'", own[0]));
    }
    let start = server.get("/");
    assert!(
        start
            .field("content-security-policy")
            .contains("form-action 'self'")
    );
}

#[test]
fn a_plan_is_shown_beside_what_is() {
    let server = Server::start(&[]);
    let plan = "ip=192.0.2.99&mail_from=a%40example.com&policy=p%3Dreject";
    let planned = server.inspect(plan, &message("one"));
    assert_eq!(planned.status, 200, "{}", planned.text());
    let planned = planned.json();
    assert_eq!(
        planned["dmarc"]["policy"]["requested"], "reject",
        "{planned}"
    );
    server
        .inspect("policy=p%3Dnow", &message("one"))
        .is_problem(400, "policy: ");
    server
        .inspect("policy=p%3Dreject&domain=example.org", &message("one"))
        .is_problem(422, "the plan touches nothing");

    // What is to be known of the plan is in the document too, as data and by the names of parameters.
    let known = "ip=192.0.2.99&mail_from=a%40example.net&policy=p%3Dreject%3B%20pct%3D50\
                 &spf_record=v%3Dspf1%20-all";
    let planned = server.inspect(known, &message("one")).json();
    let notes = planned["plan_notes"].as_array().unwrap();
    assert_eq!(notes.len(), 2, "{planned}");
    assert!(notes[0]["note"]["record"].is_object() || notes[0]["note"]["record"].is_string());
    let domain = &notes[1]["note"]["untouched"]["other-organization"]["domain"];
    assert_eq!(domain, "example.net", "{planned}");
    let sentence = notes[1]["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("spf_record: "), "{sentence}");
    assert!(
        sentence.ends_with("domain=example.net plans the record there"),
        "{sentence}"
    );
    let data = server.inspect(&format!("{known}&detail=data"), &message("one"));
    assert_eq!(data.json()["plan_notes"][1].get("sentence"), None);

    let before = server.get("/api/domain?name=example.com").json();
    let overlay =
        "_dmarc.example.com.%20TXT%20%22v=DMARC1;%20p=reject;%20rua=mailto:r@example.com%22";
    let path = format!("/api/domain?name=example.com&overlay={overlay}");
    let after = server.get(&path).json();
    let points = |check: &Value| check["grade"]["points"].as_u64().unwrap();
    assert!(points(&after) > points(&before), "{after}");
    let page = server.get("/domain?name=example.com");
    let letter = before["grade"]["letter"].as_str().unwrap();
    assert_eq!(page.heading(), format!("Grade {letter}"));
}

/// What `sesauth inspect` finds in the files of a redacted copy.
fn inspected_again(message: &[u8], recording: &str, flags: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("message.eml"), message).unwrap();
    std::fs::write(folder.path().join("dns.jsonl"), recording).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(["inspect", "--format", "json", "--dns", "dns.jsonl"])
        .args(["--dns-absent", "nxdomain", "message.eml"])
        .args(flags)
        .current_dir(folder.path())
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn a_copy_to_show_to_others_comes_by_form_and_by_api() {
    let server = Server::start(&[]);
    let secret = message("Our secret plans for October");
    let known = [("ip", "192.0.2.10"), ("mail_from", "a@example.com")];

    // The page of a result has the form, with what was said of the message and without the message.
    let result = server.upload("one.eml", &secret, &known).text();
    let all = elements(&result);
    let has = |wanted: &[(&str, &str)]| {
        let is_it = |(_, attributes): &(String, Vec<(String, String)>)| {
            let mut wanted = wanted.iter();
            wanted.all(|(name, value)| attributes.contains(&((*name).into(), (*value).into())))
        };
        all.iter().any(is_it)
    };
    assert!(has(&[("action", "/redact"), ("method", "post")]));
    assert!(has(&[
        ("type", "hidden"),
        ("name", "ip"),
        ("value", "192.0.2.10")
    ]));
    assert!(has(&[
        ("type", "hidden"),
        ("name", "mail_from"),
        ("value", "a@example.com")
    ]));
    assert!(
        !result.contains("Hello"),
        "the page does not carry the message"
    );

    let page = server.upload_to("/redact", "one.eml", &secret, &known);
    assert_eq!(page.heading(), "Redacted copy", "{}", page.text());
    let files = downloads(&page.text());
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["redacted-message.eml", "redacted-dns.jsonl"]);
    let api = server.ask(
        "POST",
        "/api/redact?ip=192.0.2.10&mail_from=a%40example.com",
        &[("Content-Type", "message/rfc822")],
        &secret,
    );
    assert_eq!(api.status, 200, "{}", api.text());
    let api = api.json();
    assert_eq!(api["differences"].as_array().unwrap().len(), 0);
    let octets = base64::engine::general_purpose::STANDARD.decode(api["message"].as_str().unwrap());
    let octets = octets.unwrap();
    let recording = api["recording"].as_str().unwrap();
    // Each copy has names of its own.
    let path = api["session"]["mail_from"].as_str().unwrap();
    assert_eq!(api["session"]["ip"], "192.0.2.10");
    let text = page.text();
    let command = text
        .split("sesauth inspect --dns redacted-dns.jsonl --ip")
        .nth(1);
    let shown = command.unwrap().split("--mail-from &#39;").nth(1).unwrap();
    let shown = shown.split("&#39;").next().unwrap();
    for (message, recording, path) in [
        (&octets[..], recording, path),
        (files[0].1.as_bytes(), files[1].1.as_str(), shown),
    ] {
        let text = String::from_utf8_lossy(message);
        for word in ["secret", "October", "Hello", "example.com"] {
            assert!(
                !text.contains(word) && !recording.contains(word),
                "{word}: {text}"
            );
        }
        let flags = ["--ip", "192.0.2.10", "--mail-from", path];
        let again = inspected_again(message, recording, &flags);
        assert_eq!(again["conclusion"]["result"], "pass", "{again}");
    }

    let keeps = [known[0], known[1], ("keep_domains", "on")];
    let kept = server.upload_to("/redact", "one.eml", &secret, &keeps);
    assert!(downloads(&kept.text())[0].1.contains("@example.com"));

    // As elsewhere.
    let none = server.upload_to("/redact", "one.eml", b"", &[]);
    assert_eq!((none.status, none.heading().as_str()), (400, "No result"));
    let kind = [("Content-Type", "message/rfc822")];
    let asked = |query: &str, message: &[u8]| {
        server.ask("POST", &format!("/api/redact?{query}"), &kind, message)
    };
    asked("policy=p%3Dnone", &secret).is_problem(400, "policy: unknown field");
    asked("keep_domains=perhaps", &secret).is_problem(400, "keep_domains: neither");
    asked("hop=3", &secret).is_problem(400, "there are only 0 Received fields");
    asked("", b"%PDF-1.7 no mail").is_problem(422, "");
    let foreign = [kind[0], ("Origin", "http://evil.example")];
    server
        .ask("POST", "/api/redact", &foreign, &secret)
        .is_problem(403, "a page of another site");
    let small = Server::start(&["--max-size", "64K"]);
    let large = [&secret[..], &[b'a'; 80 << 10]].concat();
    let kind = [("Content-Type", "message/rfc822")];
    let answer = small.ask("POST", "/api/redact", &kind, &large);
    answer.is_problem(413, "65536 bytes");
    assert_eq!(small.upload_to("/redact", "a.eml", &large, &[]).status, 413);
}

#[test]
fn a_reader_is_told_what_there_is_where_they_read() {
    let server = Server::start(&[]);
    let one = message("one");
    let page = server.upload("one.eml", &one, &[]).text();
    let sentence = |text: &str| {
        let code = text.replace("<code>", "").replace("</code>", "");
        code.replace("&quot;", "\"")
    };
    let page_says = sentence(&page);
    assert!(
        page_says.contains("give it with \"Envelope sender\""),
        "{page_says}"
    );
    for flag in [
        "--ip",
        "--mail-from",
        "--helo",
        "--hop",
        "--trust",
        "--mine",
        "--received",
    ] {
        assert!(!page_says.contains(flag), "{flag}");
    }
    let known = [("ip", "192.0.2.99"), ("mail_from", "a@example.com")];
    let said = sentence(&server.upload("one.eml", &one, &known).text());
    assert!(
        !said.contains("(--ip)") && !said.contains("(--mail-from)"),
        "{said}"
    );
    // Each field that is named is on the start page.
    let start = server.get("/").text();
    for label in [
        "Address of the client",
        "Envelope sender",
        "Hosts of the receiver",
    ] {
        assert!(start.contains(label), "{label}");
    }
    let api = server.inspect("", &one).text();
    assert!(api.contains("give it with mail_from"), "{api}");
    assert!(!api.contains("--mail-from"));
    // What is read elsewhere has the names of the command.
    for (name, text) in downloads(&page) {
        assert!(text.contains("--mail-from"), "{name}: {text}");
    }
    let mine = [("mine", "example.com")];
    let page = server.upload("one.eml", &one, &mine).text();
    assert!(!page.contains("none of these records is yours"), "{page}");
}

/// A resolver that knows the zone of these tests, and how often it was asked.
fn answering() -> (tokio::runtime::Runtime, NameServer) {
    resolver(|asked| {
        let txt = |text: &str| RData::TXT(TXT::new(vec![text.to_owned()]));
        let data = match (asked.name.as_str(), asked.kind) {
            ("example.com", RecordType::TXT) => txt("v=spf1 ip4:192.0.2.10 -all"),
            ("_dmarc.example.com", RecordType::TXT) => txt("v=DMARC1; p=none"),
            _ => {
                let soa = soa("com", 60, 60);
                return Act::negative(ResponseCode::NXDomain, Vec::new(), vec![soa]);
            }
        };
        Act::records(vec![record(&asked.name, 300, data)])
    })
}

fn resolver(
    script: impl Fn(&Asked) -> Act + Send + Sync + 'static,
) -> (tokio::runtime::Runtime, NameServer) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(NameServer::start(script));
    (runtime, server)
}

#[test]
fn dns_is_asked_and_its_answers_are_shared() {
    let (_runtime, dns) = answering();
    let server = Server::asking(dns.address, &["--timeout", "60"]);
    assert!(server.get("/").text().contains("Only DNS is asked"));
    let one = server.inspect(KNOWN, &message("one"));
    assert_eq!(one.json()["conclusion"]["result"], "pass", "{}", one.text());
    let questions = || {
        let asked = dns.asked();
        let asked = asked.iter().filter(|one| one.name.ends_with("example.com"));
        asked.count()
    };
    let before = questions();
    assert!(before > 0);
    let page = server.upload(
        "two.eml",
        &message("two"),
        &[("ip", "192.0.2.10"), ("mail_from", "a@example.com")],
    );
    assert_eq!(page.heading(), "PASS", "{}", page.text());
    assert_eq!(questions(), before, "the answers are kept");
    let check = server.get("/domain?name=example.com");
    assert_eq!(check.status, 200, "{}", check.text());
    let kind = [("Content-Type", "message/rfc822")];
    let copy = server.ask(
        "POST",
        &format!("/api/redact?{KNOWN}"),
        &kind,
        &message("one"),
    );
    assert_eq!(copy.json()["differences"].as_array().unwrap().len(), 0);
}

#[test]
fn without_usable_dns_nothing_is_concluded_and_it_is_said_what_to_do() {
    const DENIES: &str = "the resolver does not know amazonses.com, which exists";
    for (code, why) in [
        (ResponseCode::NXDomain, DENIES),
        (ResponseCode::ServFail, "the resolver answers no question"),
    ] {
        let (_runtime, dns) = resolver(move |_| Act::code(code));
        let server = Server::asking(dns.address, &["--timeout", "60", "--retries", "0"]);
        let todo = "start sesauth serve with --resolver to ask another resolver";
        let page = server.upload("one.eml", &message("one"), &[("ip", "192.0.2.10")]);
        assert_eq!((page.status, page.field("retry-after")), (503, "5"));
        assert_eq!(page.heading(), "INCONCLUSIVE", "{}", page.text());
        let said = page.text().replace("<code>", "").replace("</code>", "");
        assert!(said.contains(why) && said.contains(todo), "{said}");
        // A copy would have no recording.
        assert!(!said.contains("action=\"/redact\""));
        let page = server.upload_to("/redact", "one.eml", &message("one"), &[]);
        assert_eq!((page.status, page.heading().as_str()), (503, "No result"));
        let kind = [("Content-Type", "message/rfc822")];
        let one = message("one");
        for answer in [
            server.inspect(KNOWN, &one),
            server.get("/api/domain?name=example.com"),
            server.ask("POST", "/api/redact", &kind, &one),
        ] {
            answer.is_problem(503, why);
            answer.is_problem(503, todo);
            assert_eq!(answer.field("retry-after"), "5");
        }
    }
}

#[test]
fn a_resolver_that_hangs_does_not_hang_the_server() {
    // It knows one name, so that it is not given up as a whole, and says nothing of others.
    let (_runtime, dns) = resolver(|asked| match asked.name.as_str() {
        name if name.ends_with("example.com") => Act::Silence,
        name => Act::records(vec![record(
            name,
            300,
            RData::TXT(TXT::new(vec!["v".into()])),
        )]),
    });
    // Each question alone would be waited for longer than the test may take.
    let server = Server::asking(dns.address, &["--timeout", "3600", "--dns-budget", "1"]);
    let start = Instant::now();
    let answer = server.inspect(KNOWN, &message("one"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["conclusion"]["result"], "inconclusive");
    assert!(start.elapsed() < LONG);
    // Others are answered all the while.
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| server.inspect(KNOWN, &message("slow")).status);
        }
        assert_eq!(server.get("/").status, 200);
    });
}

#[test]
fn errors_say_what_is_wrong() {
    let server = Server::start(&[]);
    let one = message("one");
    for (query, status, why) in [
        ("adress=192.0.2.1", 400, "adress: unknown field"),
        ("ip=192.0.2", 400, "ip: invalid IP address"),
        ("ip=192.0.2.1&ip=192.0.2.2", 400, "ip: it is given twice"),
        ("at=yesterday", 400, "at: not a time"),
        ("hop=0", 400, "hop: "),
        ("hop=3", 400, "there are only 0 Received fields"),
        ("reports=perhaps", 400, "reports: neither true nor false"),
        ("autopsy=none", 400, "autopsy: unknown variant"),
        ("overlay=%3B", 400, "overlay: there is no record in it"),
        ("domain=example.com", 400, "domain: it says where"),
    ] {
        server.inspect(query, &one).is_problem(status, why);
    }
    server.inspect("", b"%PDF-1.7 no mail").is_problem(422, "");
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let form = server.ask("POST", "/api/inspect", &kind, &one);
    form.is_problem(415, "Content-Type: message/rfc822");
    server.get("/api/nothing").is_problem(404, "nothing");
    server.get("/api/inspect").is_problem(405, "another way");
    server
        .get("/api/domain")
        .is_problem(400, "no domain is given");
    server
        .get("/api/domain?name=a..b")
        .is_problem(400, "name: ");
    let page = server.get("/nothing");
    assert_eq!((page.status, page.heading().as_str()), (404, "No result"));
}

#[test]
fn a_list_has_a_bound() {
    let server = Server::start(&[]);
    let list = |count: usize| vec!["192.0.2.1"; count].join(",");
    let names = |count: usize| vec!["s1"; count].join("+");
    for (path, name) in [
        ("/api/domain?name=example.com&selector=", "selector"),
        ("/api/domain?name=example.com&host=", "host"),
    ] {
        let of = |count| match name {
            "host" => list(count),
            _ => names(count),
        };
        assert_eq!(server.get(&format!("{path}{}", of(100))).status, 200);
        let answer = server.get(&format!("{path}{}", of(101)));
        answer.is_problem(400, &format!("{name}: it has more than 100 entries"));
    }
    for name in ["trust", "trusted", "mine"] {
        let query = format!("{name}={}", names(101).replace("s1", "mx.example"));
        let why = format!("{name}: it has more than 100 entries");
        server
            .inspect(&query, &message("one"))
            .is_problem(400, &why);
    }
    // In a form too, and given one by one.
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let form = format!("name=example.com&selector={}", names(100_000));
    let answer = server.ask("POST", "/domain", &kind, form.as_bytes());
    assert_eq!(answer.status, 400);
    assert!(
        answer.text().contains("more than 100 entries"),
        "{}",
        answer.text()
    );
    let form = format!("name=example.com&selector={}&selector=a+b", names(99));
    let answer = server.ask("POST", "/api/domain", &kind, form.as_bytes());
    answer.is_problem(400, "selector: it has more than 100 entries");
}

#[test]
fn one_form_has_one_message() {
    let server = Server::start(&[]);
    let part = |disposition: &str, content: &[u8]| {
        let head = format!("--xyz\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
        [head.as_bytes(), content, b"\r\n"].concat()
    };
    let file = |content: &[u8]| part("name=\"file\"; filename=\"a.eml\"", content);
    let text = |content: &[u8]| part("name=\"text\"", content);
    let (one, two) = (message("one"), message("two"));
    let send = |path: &str, parts: &[Vec<u8>]| {
        let body = [&parts.concat()[..], b"--xyz--\r\n"].concat();
        let kind = [("Content-Type", "multipart/form-data; boundary=xyz")];
        server.ask("POST", path, &kind, &body)
    };
    for path in ["/inspect", "/redact"] {
        for (parts, why) in [
            ([file(&one), file(&two)], "several files"),
            ([file(&one), text(&two)], "a file and a pasted source"),
            ([text(&one), file(&two)], "a file and a pasted source"),
            ([text(&one), text(&two)], "several pasted sources"),
        ] {
            let answer = send(path, &parts);
            assert_eq!(answer.status, 400, "{path} {why}");
            assert!(answer.text().contains(why), "{}", answer.text());
        }
        // A browser sends what is empty too.
        for parts in [
            [file(&one), text(b"")],
            [file(b""), text(&one)],
            [file(b""), file(&one)],
        ] {
            assert_eq!(send(path, &parts).status, 200, "{path}");
        }
    }
}

#[test]
fn the_work_of_who_is_gone_is_stopped() {
    let (_runtime, dns) = resolver(|asked| match asked.name.as_str() {
        name if name.ends_with("example.org") => Act::Silence,
        name => Act::records(vec![record(
            name,
            300,
            RData::TXT(TXT::new(vec!["v".into()])),
        )]),
    });
    // Each question alone would be waited for longer than the test may take.
    let arguments = ["--jobs", "1", "--timeout", "3600", "--dns-budget", "3600"];
    let server = Server::asking(dns.address, &arguments);
    let gone = server.connect();
    let asked = "GET /api/domain?name=example.org HTTP/1.1\r\n";
    let head = format!("{asked}Host: {}\r\n\r\n", server.address);
    (&gone).write_all(head.as_bytes()).unwrap();
    let start = Instant::now();
    while !dns
        .asked()
        .iter()
        .any(|one| one.name.ends_with("example.org"))
    {
        assert!(start.elapsed() < LONG, "nothing is asked");
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(gone);
    // There is one place only, and it is free again.
    let answer = server.inspect("", &message("one"));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn other_sites_are_refused() {
    let server = Server::start(&[]);
    let one = message("one");
    let kind = ("Content-Type", "text/plain");
    let origin = ("Origin", "http://evil.example");
    let foreign = server.ask("POST", "/api/inspect", &[kind, origin], &one);
    foreign.is_problem(403, "a page of another site");
    assert_eq!(foreign.field("access-control-allow-origin"), "");
    let host = ("Host", "evil.example");
    let foreign = server.ask("POST", "/api/inspect", &[kind, host], &one);
    foreign.is_problem(403, "this server is not \"evil.example\"");
    let page = server.ask("GET", "/", &[host], b"");
    assert_eq!((page.status, page.heading().as_str()), (403, "No result"));
    let site = ("Sec-Fetch-Site", "cross-site");
    let foreign = server.ask("GET", "/api/domain?name=example.com", &[site], b"");
    foreign.is_problem(403, "a page of another site");
    let old = {
        let mut stream = server.connect();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        Answer::read(&mut stream)
    };
    assert_eq!(old.status, 400);
}

#[test]
fn other_machines_are_let_in_only_if_asked_for() {
    let refused = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args(["serve", "--offline", "--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("other machines can reach this address"),
        "{said}"
    );
}

#[test]
fn what_is_too_large_is_refused_before_it_is_held() {
    let server = Server::start(&["--max-size", "64K"]);
    let mut large = message("large");
    large.resize(80 << 10, b'a');
    server.inspect("", &large).is_problem(413, "65536 bytes");
    large.resize(5 << 20, b'a');
    server.inspect("", &large).is_problem(413, "65536 bytes");
    assert_eq!(server.upload("a.eml", &large, &[]).status, 413);
    // Without a length: piece by piece, until it is too much.
    let mut stream = server.connect();
    let head = format!(
        "POST /api/inspect HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
        server.address
    );
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = [&b"10000\r\n"[..], &[b'a'; 0x10000], b"\r\n"].concat();
    for _ in 0..64 {
        _ = stream.write_all(&chunk);
    }
    _ = stream.write_all(b"0\r\n\r\n");
    Answer::read(&mut stream).is_problem(413, "65536 bytes");
    // A length that nobody will send.
    let mut stream = server.connect();
    let head = format!(
        "POST /api/inspect HTTP/1.1\r\nHost: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\
         Content-Length: 99999999999999\r\n\r\n",
        server.address
    );
    stream.write_all(head.as_bytes()).unwrap();
    Answer::read(&mut stream).is_problem(413, "65536 bytes");
    // The same without waiting to be told to go on: the answer does not wait for what never comes.
    let mut stream = server.connect();
    stream
        .write_all(head.replace("Expect: 100-continue\r\n", "").as_bytes())
        .unwrap();
    let start = Instant::now();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 413");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert_eq!(server.inspect("", &message("small")).status, 200);
}

#[cfg(unix)]
#[test]
fn who_is_slow_or_stops_holds_up_nobody_and_not_the_end() {
    let server = Server::start(&["--jobs", "1"]);
    let heads = [
        "POST /inspect HT".to_owned(),
        format!(
            "POST /api/inspect HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000\r\n\r\nFrom: a",
            server.address
        ),
        String::new(),
    ];
    let stuck: Vec<TcpStream> = (0..60)
        .map(|number| {
            let mut stream = server.connect();
            stream
                .write_all(heads[number % heads.len()].as_bytes())
                .unwrap();
            stream
        })
        .collect();
    // One who ends in the middle of the body.
    let mut cut = server.connect();
    cut.write_all(heads[1].as_bytes()).unwrap();
    cut.shutdown(Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    _ = cut.read_to_end(&mut rest);
    for number in 0..5 {
        let subject = format!("quick {number}");
        let answer = server.inspect("", &message(&subject)).json();
        assert_eq!(answer["message"]["subject"], subject);
    }
    assert_eq!(server.end("-INT"), Some(0));
    drop(stuck);
}

#[cfg(unix)]
#[test]
fn signals_end_it_cleanly() {
    for signal in ["-INT", "-TERM"] {
        let server = Server::start(&[]);
        assert_eq!(server.get("/").status, 200);
        assert_eq!(server.end(signal), Some(0), "{signal}");
    }
}

#[test]
fn two_hundred_uploads_at_eight_at_once_have_their_own_answers() {
    const ALL: usize = 200;
    let server = Server::start(&[]);
    let next = AtomicUsize::new(0);
    let upload = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= ALL {
                return;
            }
            let (ip, result) = match number % 2 {
                0 => ("192.0.2.10", "pass"),
                _ => ("192.0.2.99", "fail"),
            };
            let subject = format!("upload {number}");
            let message = message(&subject);
            match number % 3 {
                0 => {
                    let known = [("ip", ip), ("mail_from", "a@example.com")];
                    let page = server.upload(&format!("{number}.eml"), &message, &known);
                    assert_eq!(page.heading(), result.to_uppercase());
                    assert!(page.text().contains(&subject), "{subject}");
                }
                _ => {
                    let query = format!("ip={ip}&mail_from=a%40example.com");
                    let answer = server.inspect(&query, &message).json();
                    assert_eq!(answer["message"]["subject"], subject);
                    assert_eq!(answer["conclusion"]["result"], result);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(upload);
        }
    });
}

#[test]
fn a_hostile_message_is_text() {
    let server = Server::start(&[]);
    let bad = "\"><script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}javascript:alert(3)";
    let message = format!(
        "Received: from {bad} by {bad}; {bad}\r\nDKIM-Signature: v=1; a={bad}; d={bad}; s={bad}\r\n\
         Authentication-Results: {bad}; dkim=fail reason=\"{bad}\"\r\nFrom: {bad} <a@example.com>\r\n\
         Subject: {bad}\r\nMessage-ID: <{bad}>\r\nX: \0\u{7f}\r\n\r\n{bad}\r\n"
    );
    let mut octets = message.into_bytes();
    octets.extend_from_slice(b"\xff\xfe\0</body></html>");
    let known = [("helo", bad)];
    let page = server.upload("%22><script>x</script>.eml", &octets, &known);
    assert_eq!(page.status, 200, "{}", page.text());
    let refused = server.upload(bad, b"%PDF-", &[("policy", bad)]);
    let unread = server.get(&format!("/domain?name={}", "%22%3E%3Cscript%3E".repeat(9)));
    for (page, scripts) in [(page, 1), (refused, 0), (unread, 0)] {
        let elements = elements(&page.text());
        let count = |wanted: &str| elements.iter().filter(|(name, _)| name == wanted).count();
        assert_eq!(
            (count("script"), count("img"), count("iframe")),
            (scripts, 0, 0)
        );
        for (name, attributes) in &elements {
            for (attribute, value) in attributes {
                assert!(!attribute.starts_with("on"), "{name} {attribute}");
                if ["href", "src", "action"].contains(&attribute.as_str()) {
                    let starts = ["#", "/", "data:application/json;", "data:text/markdown;"];
                    assert!(
                        starts.iter().any(|start| value.starts_with(start)),
                        "{value}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_description_describes_the_api() {
    let server = Server::start(&[]);
    let document = server.get("/api/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    let names = |path: &str, method: &str| -> Vec<String> {
        let all = document["paths"][path][method]["parameters"]
            .as_array()
            .unwrap();
        let all = all
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned());
        all.collect()
    };
    for wanted in ["ip", "helo", "mail_from", "keep_domains"] {
        assert!(names("/api/redact", "post").contains(&wanted.to_owned()));
    }
    for wanted in ["ip", "helo", "mail_from", "policy", "autopsy", "format"] {
        assert!(
            names("/api/inspect", "post").contains(&wanted.to_owned()),
            "{wanted}"
        );
    }
    assert!(names("/api/domain", "get").contains(&"name".to_owned()));
    fn references<'v>(value: &'v Value, all: &mut Vec<&'v str>) {
        match value {
            Value::Object(fields) => {
                all.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|value| references(value, all));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, all)),
            _ => (),
        }
    }
    let mut all = Vec::new();
    references(&document, &mut all);
    assert!(all.len() > 100);
    for reference in all {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}
