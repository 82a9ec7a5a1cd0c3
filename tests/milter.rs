//! `sesauth milter` as a mail server speaks to it: the field and what is removed, policies, slow and
//! broken connections, many at once, and the end.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const ID: &str = "mx.example.org";
const CLIENT: &str = "54.240.8.50";

/// A milter that runs until it is dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sesauth"))
            .args([
                "milter",
                "--authserv-id",
                ID,
                "--listen",
                "inet:0@127.0.0.1",
            ])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.as_mut().unwrap());
        out.read_line(&mut line).unwrap();
        let (_, place) = line
            .trim()
            .rsplit_once("inet:")
            .expect("it says where it listens");
        let (port, host) = place.split_once('@').unwrap();
        Self {
            address: format!("{host}:{port}"),
            child,
        }
    }

    /// With the DNS of a case.
    fn with(case: &str, arguments: &[&str]) -> Self {
        let dns = folder(case).join("dns.jsonl");
        let dns = ["--dns", dns.to_str().unwrap(), "--dns-absent", "nxdomain"];
        Self::start(&[&dns[..], arguments].concat())
    }

    fn connect(&self) -> Client {
        Client::new(&self.address).unwrap()
    }

    /// Sends the signal that ends it, and waits.
    fn end(mut self) -> Option<i32> {
        let pid = nix::unistd::Pid::from_raw(self.child.id() as i32);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// A connection of a mail server.
struct Client {
    stream: TcpStream,
}

/// What a message becomes: its fate, and what is done to its header.
#[derive(Debug, PartialEq)]
struct Fate {
    /// `c` goes on, `y` with a reply.
    action: u8,
    reply: String,
    /// The numbers of the fields that go, in this order.
    removed: Vec<u32>,
    /// The field that comes, and its place.
    inserted: Option<(u32, String, String)>,
}

impl Client {
    fn new(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut client = Self { stream };
        // Version 6, all that a milter may do, all steps; the space after the colon is given.
        let mut options = Vec::new();
        options.extend(6_u32.to_be_bytes());
        options.extend(0x1ff_u32.to_be_bytes());
        options.extend(0x001f_ffff_u32.to_be_bytes());
        client.send(b'O', &options)?;
        let (code, _) = client.read()?;
        assert_eq!(code, b'O');
        Ok(client)
    }

    fn send(&mut self, code: u8, data: &[u8]) -> io::Result<()> {
        let mut frame = (data.len() as u32 + 1).to_be_bytes().to_vec();
        frame.push(code);
        frame.extend_from_slice(data);
        self.stream.write_all(&frame)
    }

    fn read(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut frame)?;
        Ok((frame[0], frame[1..].to_vec()))
    }

    /// A step to which the answer is that it may go on.
    fn step(&mut self, code: u8, data: &[u8]) {
        self.send(code, data).unwrap();
        assert_eq!(self.read().unwrap().0, b'c');
    }

    fn open(&mut self, client: &str, helo: &str) {
        let family = if client.contains(':') { b'6' } else { b'4' };
        let mut connect = b"host.example\0".to_vec();
        connect.push(family);
        connect.extend(25_u16.to_be_bytes());
        connect.extend_from_slice(client.as_bytes());
        connect.push(0);
        self.step(b'C', &connect);
        self.step(b'H', format!("{helo}\0").as_bytes());
    }

    /// Sends the message `octets`, up to its last step.
    fn offer(&mut self, mail_from: &str, octets: &[u8]) {
        self.step(b'M', format!("<{mail_from}>\0").as_bytes());
        let text_end = octets
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let (header, body) = (&octets[..text_end + 2], &octets[text_end + 4..]);
        let mut fields: Vec<Vec<u8>> = Vec::new();
        for line in header.split_inclusive(|octet| *octet == b'\n') {
            let line = line.strip_suffix(b"\r\n").unwrap();
            match line.first() {
                Some(b' ' | b'\t') => {
                    let last = fields.last_mut().unwrap();
                    last.push(b'\n');
                    last.extend_from_slice(line);
                }
                _ => fields.push(line.to_vec()),
            }
        }
        for field in fields {
            let colon = field.iter().position(|octet| *octet == b':').unwrap();
            let mut data = field[..colon].to_vec();
            data.push(0);
            data.extend_from_slice(&field[colon + 1..]);
            data.push(0);
            self.step(b'L', &data);
        }
        self.step(b'N', b"");
        for piece in body.chunks(65_535) {
            self.step(b'B', piece);
        }
    }

    fn fate(&mut self) -> Fate {
        self.send(b'E', b"").unwrap();
        let mut fate = Fate {
            action: 0,
            reply: String::new(),
            removed: Vec::new(),
            inserted: None,
        };
        loop {
            let (code, data) = self.read().unwrap();
            let number = || u32::from_be_bytes(data[..4].try_into().unwrap());
            let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
            match code {
                b'm' => {
                    assert_eq!(&data[4..], b"Authentication-Results\0\0");
                    fate.removed.push(number());
                }
                b'i' => {
                    let mut parts = data[4..].split(|octet| *octet == 0);
                    let name = text(parts.next().unwrap());
                    let value = text(parts.next().unwrap());
                    assert_eq!(fate.inserted.replace((number(), name, value)), None);
                }
                code => {
                    fate.action = code;
                    fate.reply = text(&data);
                    return fate;
                }
            }
        }
    }

    fn deliver(&mut self, mail_from: &str, octets: &[u8]) -> Fate {
        self.offer(mail_from, octets);
        self.fate()
    }
}

fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/messages")
        .join(case)
}

/// The message of a case as its sender sent it: what the receiver put above it is left out.
fn sent(case: &str) -> Vec<u8> {
    let octets = std::fs::read(folder(case).join("message.eml")).unwrap();
    let start = octets
        .windows(15)
        .position(|part| part == b"DKIM-Signature:")
        .unwrap();
    octets[start..].to_vec()
}

const ALIGNED: &str = "0100019f18171654-6cc8cb65-1c97-76f1-68d3-4790ed88730c-000000@amazonses.com";

/// What `inspect --format header` says of the same message in the same session.
fn expected(case: &str, mail_from: &str, octets: &[u8]) -> String {
    let dns = folder(case).join("dns.jsonl");
    let mut child = Command::new(env!("CARGO_BIN_EXE_sesauth"))
        .args([
            "inspect",
            "--format",
            "header",
            "--authserv-id",
            ID,
            "--dns",
        ])
        .arg(dns)
        .args([
            "--dns-absent",
            "nxdomain",
            "--ip",
            CLIENT,
            "--helo",
            "a8-50.example.com",
        ])
        .args(["--mail-from", mail_from])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(octets).unwrap();
    let output = child.wait_with_output().unwrap();
    let field = String::from_utf8(output.stdout).unwrap();
    field
        .trim_end()
        .strip_prefix("Authentication-Results:")
        .unwrap()
        .to_owned()
}

#[test]
fn each_message_gets_its_field_and_loses_those_in_our_name() {
    let case = "ses-default-mail-from";
    let server = Server::with(case, &[]);
    let mut client = server.connect();
    client.open(CLIENT, "a8-50.example.com");
    let octets = sent(case);
    let field = expected(case, ALIGNED, &octets);
    assert!(field.contains("dmarc=pass"), "{field}");
    let inserted = Some((0, "Authentication-Results".to_owned(), field));
    let plain = Fate {
        action: b'c',
        reply: String::new(),
        removed: Vec::new(),
        inserted,
    };
    assert_eq!(client.deliver(ALIGNED, &octets), plain);
    // A second message on the same connection, after one that was given up.
    client.offer(ALIGNED, &octets);
    client.send(b'A', b"").unwrap();
    let forged = b"Authentication-Results: mx.example.org; dmarc=pass\r\n\
        authentication-results: mx.example.net; dmarc=pass\r\n\
        Authentication-Results:\r\n\t(a) MX.example.org 1;\r\n\tdmarc=pass\r\n";
    let octets = [&forged[..], &octets].concat();
    let fate = client.deliver(ALIGNED, &octets);
    assert_eq!(
        fate,
        Fate {
            removed: vec![3, 1],
            ..plain
        }
    );
}

#[test]
fn octets_outside_ascii_are_judged_as_they_came() {
    let server = Server::start(&["--offline"]);
    let mut client = server.connect();
    client.open("192.0.2.1", "a.example.com");
    let octets =
        b"Subject: \xe4\xff\r\nFrom:a@example.com\r\nDKIM-Signature: v=1; a=rsa-sha256; d=x;\r\n\
        \ts=s; h=from; bh=AA==; b=AA==\r\n\r\n\xe4\r\n";
    let fate = client.deliver("a@example.com", octets);
    let (_, _, field) = fate.inserted.unwrap();
    assert!(field.contains("header.from=example.com"), "{field}");
    assert!(field.is_ascii());
}

#[test]
fn only_who_asks_for_it_refuses() {
    let octets = b"From: a@reject.example\r\n\r\nHello\r\n";
    let folder = tempfile::tempdir().unwrap();
    let zone = folder.path().join("zone");
    let text = "$ORIGIN example.\n_dmarc.reject TXT \"v=DMARC1; p=reject\"\nreject A 192.0.2.7\n\
        reject TXT \"v=spf1 ip4:192.0.2.7 -all\"\n";
    std::fs::write(&zone, text).unwrap();
    let dns = ["--dns", zone.to_str().unwrap(), "--dns-absent", "nxdomain"];
    for (flags, action) in [(&[][..], b'c'), (&["--reject-on", "dmarc-reject"], b'y')] {
        let server = Server::start(&[&dns[..], flags].concat());
        let mut client = server.connect();
        client.open("192.0.2.9", "a.example.com");
        let fate = client.deliver("a@reject.example", octets);
        assert_eq!(fate.action, action, "{fate:?}");
        if action == b'y' {
            assert!(fate.reply.starts_with("550 5.7.1 "), "{fate:?}");
            assert!(fate.reply.contains("reject.example"));
        }
        // What passes is never refused.
        let mut client = server.connect();
        client.open("192.0.2.7", "a.example.com");
        assert_eq!(client.deliver("a@reject.example", octets).action, b'c');
    }
}

#[test]
fn our_own_users_are_left_alone() {
    let server = Server::start(&["--offline"]);
    let mut client = server.connect();
    client.open("192.0.2.1", "a.example.com");
    client.send(b'D', b"M{auth_authen}\0ada\0").unwrap();
    let octets =
        b"Authentication-Results: mx.example.org; dmarc=pass\r\nFrom: a@example.com\r\n\r\n\r\n";
    let fate = client.deliver("a@example.com", octets);
    assert_eq!((fate.removed, fate.inserted), (vec![1], None));
    // It holds for that message alone.
    assert!(client.deliver("a@example.com", octets).inserted.is_some());
}

#[test]
fn what_cannot_be_judged_goes_on() {
    let server = Server::start(&["--offline", "--max-size", "10K"]);
    let mut client = server.connect();
    client.open("2001:db8::1", "a.example.com");
    let mut octets = b"From: a@example.com\r\n\r\n".to_vec();
    octets.resize(200_000, b'x');
    let fate = client.deliver("", &octets);
    let (_, _, field) = fate.inserted.unwrap();
    assert!(
        field.contains("dmarc=temperror reason=message-too-large"),
        "{field}"
    );
    assert_eq!(fate.action, b'c');
    // The same connection can be used further.
    assert!(
        client
            .deliver("", b"From: a@example.com\r\n\r\nHi\r\n")
            .inserted
            .is_some()
    );
}

#[test]
fn a_hundred_connections_at_once_with_slow_and_broken_ones_among_them() {
    let case = "ses-default-mail-from";
    let server = Server::with(case, &[]);
    let octets = sent(case);
    let field = expected(case, ALIGNED, &octets);
    // Connections that say nothing, half a command, and garbage.
    let silent = server.connect();
    let mut half = TcpStream::connect(&server.address).unwrap();
    half.write_all(&[0, 0, 1, 0, b'C', b'a']).unwrap();
    for garbage in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[255; 64],
        &[0; 64],
        &[0, 0, 0, 2, b'Z', b'Z'],
    ] {
        let mut broken = TcpStream::connect(&server.address).unwrap();
        broken
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        broken.write_all(garbage).unwrap();
        let mut answer = Vec::new();
        // It is closed, perhaps with what was not read.
        _ = broken.read_to_end(&mut answer);
        assert!(answer.is_empty());
    }
    thread::scope(|scope| {
        for number in 0..100 {
            let (server, octets, field) = (&server, &octets, &field);
            scope.spawn(move || {
                let mut client = server.connect();
                client.open(CLIENT, "a8-50.example.com");
                if number % 10 == 0 {
                    client.offer(ALIGNED, octets);
                    thread::sleep(Duration::from_millis(300));
                }
                if number % 7 == 0 {
                    // The mail server is gone in the middle.
                    client.step(b'M', b"<a@example.com>\0");
                    return;
                }
                let fate = client.deliver(ALIGNED, octets);
                assert_eq!(fate.inserted.unwrap().2, *field);
            });
        }
    });
    drop((silent, half));
    assert_eq!(server.end(), Some(0));
}

#[test]
fn the_end_waits_for_messages_that_are_open_and_for_nothing_else() {
    let server = Server::start(&["--offline"]);
    let idle = server.connect();
    let mut client = server.connect();
    client.open("192.0.2.1", "a.example.com");
    client.offer("a@example.com", b"From: a@example.com\r\n\r\nHi\r\n");
    let finish = thread::spawn(move || {
        thread::sleep(Duration::from_millis(500));
        client.fate()
    });
    let start = Instant::now();
    assert_eq!(server.end(), Some(0));
    let spent = start.elapsed();
    assert!(finish.join().unwrap().inserted.is_some());
    assert!(spent >= Duration::from_millis(400), "{spent:?}");
    drop(idle);
}

#[test]
fn a_unix_socket_is_taken_over_from_one_that_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("milter.sock");
    let listen = format!("unix:{}", path.display());
    let start = || {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sesauth"))
            .args(["milter", "--offline", "--listen", &listen])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        (child, line)
    };
    let (mut first, line) = start();
    assert!(line.ends_with(&format!("{listen}\n")), "{line}");
    // Where somebody listens, nobody else may.
    let (mut second, line) = start();
    assert_eq!(line, "");
    assert_eq!(second.wait().unwrap().code(), Some(2));
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(path.exists());
    let (mut third, line) = start();
    assert!(line.ends_with(&format!("{listen}\n")), "{line}");
    let pid = nix::unistd::Pid::from_raw(third.id() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert_eq!(third.wait().unwrap().code(), Some(0));
    assert!(!path.exists());
}
