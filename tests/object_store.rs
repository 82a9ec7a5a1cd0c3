//! `sesauth batch` with object stores, as a user calls it, on a server of its own.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use rawzip::path::EntryPath;
use rawzip::{CompressionMethod, ZipArchiveWriter};
use serde_json::Value;
use tempfile::TempDir;
use tokio_rustls::rustls::ServerConfig;

#[path = "support/authority.rs"]
mod authority;
#[path = "support/object_server.rs"]
mod object_server;

use authority::Authority;
use object_server::Store;

/// DNS by which 192.0.2.1 may send for example.com.
const DNS: &str = "{\"sesauth_dns\":1}\n\
    {\"name\":\"example.com\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"ttl\":300,\
     \"records\":[\"v=spf1 ip4:192.0.2.1 -all\"]}\n\
    {\"name\":\"_dmarc.example.com\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"ttl\":300,\
     \"records\":[\"v=DMARC1; p=reject\"]}\n";

const METADATA: &str = r#"{"Envelope": {"Helo": "mail.example.com", "From": "a@example.com",
    "To": ["b@example.net"]}, "Metadata": {"Timestamp": "2026-07-01T12:00:00Z",
    "SenderIpAddress": "192.0.2.1"}}"#;

const SECRET: &str = "a-secret-that-nobody-sees";

fn message(number: usize) -> Vec<u8> {
    let body = "text\r\n".repeat(20 + number % 7);
    format!("From: a@example.com\r\nSubject: {number}\r\n\r\n{body}").into_bytes()
}

/// A message of so many octets, about.
fn large(octets: usize) -> Vec<u8> {
    let mut message = message(0);
    message.extend(b"0123456789abcdef0123456789abcdef\r\n".repeat(octets / 34));
    message
}

fn objects(objects: &[(&str, &[u8])]) -> Store {
    let objects = objects.iter();
    Store::with(objects.map(|(key, octets)| ((*key).to_owned(), octets.to_vec())))
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dns.jsonl"), DNS).unwrap();
    folder
}

fn command(folder: &TempDir, address: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sesauth"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("AWS_") || name.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command
        .arg("batch")
        .args(arguments)
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_ENDPOINT_URL", address)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(folder: &TempDir, address: &str, arguments: &[&str], input: &str) -> Output {
    let mut child = command(folder, address, arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A run that reads nothing closes the pipe.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !said.contains(SECRET) && !said.contains("panicked"),
        "{said}"
    );
    output
}

/// The lines, in ndjson, by recorded DNS.
fn lines(folder: &TempDir, address: &str, arguments: &[&str]) -> (Vec<Value>, Output) {
    let arguments = [&["--dns", "dns.jsonl", "--format", "ndjson"], arguments].concat();
    let output = run(folder, address, &arguments, "");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    (lines.collect(), output)
}

fn names(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| line["path"].as_str().unwrap())
        .collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(octets).unwrap();
    encoder.finish().unwrap()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, octets) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(octets.len() as u64);
        builder.append_data(&mut header, name, *octets).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip(name: &str, octets: &[u8]) -> Vec<u8> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    let file = archive.new_file(EntryPath::verbatim(name.as_bytes()));
    let file = file.compression_method(CompressionMethod::DEFLATE);
    let (mut entry, config) = file.start().unwrap();
    let encoder = DeflateEncoder::new(&mut entry, Compression::fast());
    let mut writer = config.wrap(encoder);
    writer.write_all(octets).unwrap();
    let (encoder, descriptor) = writer.finish().unwrap();
    encoder.finish().unwrap();
    entry.finish(descriptor).unwrap();
    archive.finish().unwrap()
}

#[test]
fn a_prefix_is_read_like_a_folder_in_the_order_of_the_keys() {
    let all: Vec<(String, Vec<u8>)> = (0..40)
        .map(|number| (format!("in/{number:03}.eml"), message(number)))
        .collect();
    let folder = folder();
    fs::create_dir(folder.path().join("in")).unwrap();
    for (key, octets) in &all {
        fs::write(folder.path().join(key), octets).unwrap();
    }
    let (store, address) = Store::with(all).serve();
    let (local, _) = lines(&folder, &address, &["in"]);
    for jobs in ["1", "3"] {
        let (stored, _) = lines(&folder, &address, &["s3://mail/in/", "--jobs", jobs]);
        assert_eq!(stored.len(), 40);
        for (stored, local) in stored.iter().zip(&local) {
            let mut stored = stored.clone();
            let name = stored["path"].as_str().unwrap().replace("s3://mail/", "");
            stored["path"] = name.into();
            assert_eq!(&stored, local);
        }
        let asked = store.asked();
        assert_eq!(asked.iter().filter(|it| *it == "LIST in/").count(), 8);
        assert_eq!(asked.len(), 48);
    }
    let both = [
        "in/001.eml",
        "s3://mail/in/003.eml",
        "in/002.eml",
        "s3://mail/in/03",
    ];
    let (mixed, output) = lines(&folder, &address, &both);
    assert_eq!(names(&mixed), both);
    assert!(said(&output).contains("s3://mail/in/03: there is no such object; "));
    assert_eq!(output.status.code(), Some(2));
}

/// SES names objects by the identifiers of messages. What it writes when a rule is made is no mail.
#[test]
fn objects_are_mail_as_files_of_folders_are() {
    let (text, mail) = (&b"not mail\n"[..], &message(1)[..]);
    let (store, address) = objects(&[
        ("ses/", b""),
        ("ses/.hidden.eml", mail),
        ("ses/AMAZON_SES_SETUP_NOTIFICATION", mail),
        ("ses/a note.txt", text),
        ("ses/m5nkgo2rpvv0000", mail),
        ("ses/mail.txt", mail),
        ("ses/zero", b""),
        ("ses/zz&<é>.eml", mail),
        ("sesame/a.eml", mail),
    ])
    .serve();
    let folder = folder();
    let (lines, output) = lines(&folder, &address, &["s3://mail/ses/"]);
    let expected = [
        "s3://mail/ses/m5nkgo2rpvv0000",
        "s3://mail/ses/mail.txt",
        "s3://mail/ses/zz&<é>.eml",
    ];
    assert_eq!(names(&lines), expected);
    let passed = "3 files in folders do not look like mail and were passed over";
    assert!(said(&output).contains(passed), "{}", said(&output));
    let asked = store.asked();
    assert!(
        asked.contains(&"GET ses/a note.txt 0-8".to_owned()),
        "{asked:?}"
    );
    assert!(
        !asked
            .iter()
            .any(|it| it.contains("hidden") || it.contains("SETUP"))
    );
}

#[test]
fn archives_and_mailboxes_are_read_as_they_are_on_disk() {
    let (one, two) = (message(1), message(2));
    let members = [("x/1.eml", &one[..]), ("x/2.eml", &two[..])];
    let mbox = [&b"From a\r\n"[..], &one, b"\r\nFrom b\r\n", &two].concat();
    // Larger than what is fetched whole, so that it is read in parts.
    let big = large(9 << 20);
    let stored = [
        ("a.mbox", mbox.clone()),
        ("b.mbox.gz", gzip(&mbox)),
        ("c.tar", tar(&[members[0], ("big.eml", &big), members[1]])),
        ("d.tgz", gzip(&tar(&members))),
        ("e.zip", zip("x/1.eml", &one)),
        ("f.zip", zip("x/big.eml", &big)),
        ("g.eml.gz", gzip(&one)),
        ("h.eml", big.clone()),
        ("i", big),
    ];
    let folder = folder();
    fs::create_dir(folder.path().join("in")).unwrap();
    for (name, octets) in &stored {
        fs::write(folder.path().join("in").join(name), octets).unwrap();
    }
    let all = stored.map(|(name, octets)| (format!("in/{name}"), octets));
    let keys = all.clone().map(|(key, _)| format!("s3://mail/{key}"));
    let (store, address) = Store::with(all).serve();
    let (local, _) = lines(&folder, &address, &["in"]);
    let given: Vec<&str> = keys.iter().map(String::as_str).collect();
    for arguments in [&["s3://mail/in/"][..], &given] {
        let (mut found, output) = lines(&folder, &address, arguments);
        for line in &mut found {
            let name = line["path"].as_str().unwrap().replace("s3://mail/", "");
            line["path"] = name.into();
        }
        assert_eq!(names(&found), names(&local), "{}", said(&output));
        assert_eq!(found, local);
    }
    let parts = store.asked();
    let is_part = |asked: &&String| asked.starts_with("GET in/h.eml 4194304-8388607");
    assert_eq!(parts.iter().filter(is_part).count(), 2);
}

#[test]
fn metadata_is_read_where_the_listing_shows_it() {
    let mail = &message(1)[..];
    let mut all = vec![
        ("in/a.eml", mail),
        ("in/a.json", METADATA.as_bytes()),
        ("in/b.eml", mail),
        ("in/b.eml.json", METADATA.as_bytes()),
        ("in/c.json", METADATA.as_bytes()),
        ("in/c.msg", mail),
        ("in/d", mail),
        ("in/e.json", b"{}"),
        ("in/e.eml", mail),
    ];
    // What is between them fills pages.
    let between: Vec<String> = (0..12)
        .map(|number| format!("in/a.f{number}.eml"))
        .collect();
    all.extend(between.iter().map(|key| (key.as_str(), mail)));
    let (store, address) = objects(&all).serve();
    let folder = folder();
    let (found, _) = lines(&folder, &address, &["s3://mail/in/"]);
    let told: Vec<&str> = found
        .iter()
        .filter(|line| line["session"]["client_ip"]["from"] == "metadata")
        .map(|line| line["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "s3://mail/in/a.eml",
            "s3://mail/in/b.eml",
            "s3://mail/in/c.msg"
        ]
    );
    let asked = store.asked();
    assert_eq!(
        asked.iter().filter(|it| it.contains(".json ")).count(),
        4,
        "{asked:?}"
    );
    let (found, _) = lines(&folder, &address, &["s3://mail/in/", "--no-metadata"]);
    assert!(
        found
            .iter()
            .all(|line| line["session"]["client_ip"].is_null())
    );
    assert!(!store.asked().iter().any(|it| it.contains(".json")));
}

#[test]
fn what_fails_for_a_while_is_tried_again_and_what_fails_for_good_is_a_line() {
    let mail = &message(1)[..];
    let (store, address) = objects(&[
        ("a.eml", mail),
        ("b.eml", mail),
        ("c.eml", mail),
        ("d.eml", mail),
    ])
    .fail("a.eml", &[503, 500])
    .fail("b.eml", &[403])
    .fail("c.eml", &[0, 429])
    .fail("LIST ", &[503])
    .serve();
    let folder = folder();
    let (found, output) = lines(&folder, &address, &["s3://mail"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        names(&found),
        [
            "s3://mail/a.eml",
            "s3://mail/b.eml",
            "s3://mail/c.eml",
            "s3://mail/d.eml"
        ]
    );
    let error = found[1]["error"].as_str().unwrap();
    assert!(
        error
            .starts_with("access is denied (AccessDenied): these credentials need s3:GetObject on"),
        "{error}"
    );
    assert!(
        found
            .iter()
            .enumerate()
            .all(|(at, line)| at == 1 || line["error"].is_null())
    );
    assert_eq!(
        store.asked().iter().filter(|it| *it == "GET b.eml").count(),
        1
    );
}

#[test]
fn what_cannot_be_listed_is_said_at_once_with_what_to_do() {
    let (_, address) = objects(&[("in/a.eml", &message(1))])
        .fail("LIST in/", &[403])
        .serve();
    let folder = folder();
    let begun = Instant::now();
    for (path, expected) in [
        (
            "s3://mail/in/",
            "s3://mail/in/: access is denied (AccessDenied): these credentials need s3:ListBucket on",
        ),
        (
            "s3://gone/in/",
            "s3://gone/in/: there is no bucket gone (NoSuchBucket)",
        ),
        ("s3:///in", "s3:///in: the name of a bucket is missing"),
        (
            "az://mail/in/",
            "az://mail/in/: no credentials were found: set AZURE_STORAGE_ACCOUNT_NAME",
        ),
    ] {
        let output = run(&folder, &address, &["--offline", path], "");
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains(expected), "{}", said(&output));
    }
    let output = run(
        &folder,
        "http://192.0.2.1:9000",
        &["--offline", "s3://mail/"],
        "",
    );
    assert!(
        said(&output).contains("write https://"),
        "{}",
        said(&output)
    );
    let mut unset = command(&folder, &address, &["--offline", "s3://mail/in/"]);
    let output = unset.env_remove("AWS_SECRET_ACCESS_KEY").output().unwrap();
    assert!(said(&output).contains("only one of AWS_ACCESS_KEY_ID and"));
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn requests_need_not_be_signed_and_flags_go_before_the_environment() {
    let (_, address) = objects(&[("in/a.eml", &message(1))]).serve();
    let folder = folder();
    let arguments = [
        "--offline",
        "--s3-no-sign",
        "--s3-endpoint",
        &address,
        "s3://mail/in/",
    ];
    let mut unset = command(&folder, "http://127.0.0.1:1", &arguments);
    let output = unset
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
}

#[test]
fn a_run_that_broke_off_goes_on_and_fetches_nothing_twice() {
    let keys: Vec<String> = (0..30)
        .map(|number| format!("in/{number:02}.eml"))
        .collect();
    let all = keys
        .iter()
        .enumerate()
        .map(|(at, key)| (key.clone(), message(at)));
    let (store, address) = Store::with(all).serve();
    let folder = folder();
    let arguments = ["--dns", "dns.jsonl", "--resume", "out.ndjson"];
    let whole = [&arguments[..], &["s3://mail/in/"]].concat();
    run(&folder, &address, &whole, "");
    let out = folder.path().join("out.ndjson");
    let expected = fs::read_to_string(&out).unwrap();
    let lines: Vec<&str> = expected.lines().collect();
    assert_eq!(lines.len(), 30);
    // Twelve lines and a part of one.
    let kept = format!("{}\n{}", lines[..12].join("\n"), &lines[12][..40]);
    for by_list in [false, true] {
        store.asked();
        fs::write(&out, &kept).unwrap();
        let output = match by_list {
            false => run(&folder, &address, &whole, ""),
            true => {
                let urls: Vec<String> = keys.iter().map(|key| format!("s3://mail/{key}")).collect();
                let arguments = [&arguments[..], &["--files-from", "-"]].concat();
                run(&folder, &address, &arguments, &urls.join("\n"))
            }
        };
        assert!(
            said(&output).contains("12 messages were done before"),
            "{}",
            said(&output)
        );
        assert_eq!(fs::read_to_string(&out).unwrap(), expected);
        let asked = store.asked();
        let fetched: Vec<&String> = asked.iter().filter(|it| it.starts_with("GET")).collect();
        assert_eq!(fetched.len(), 18, "{fetched:?}");
    }
}

#[test]
fn a_key_that_cannot_be_read_is_named() {
    let mail = &message(1)[..];
    let (_, address) = objects(&[("in//a.eml", mail), ("in/b.eml", mail)]).serve();
    let (found, _) = lines(
        &folder(),
        &address,
        &["s3://mail/", "s3://mail/in/b.eml", "s3://mail//a"],
    );
    assert_eq!(
        names(&found),
        ["s3://mail/", "s3://mail/in/b.eml", "s3://mail//a"]
    );
    let error = found[0]["error"].as_str().unwrap();
    assert!(
        error.contains("in//a.eml") && error.contains("a longer prefix"),
        "{error}"
    );
    assert!(
        found[2]["error"]
            .as_str()
            .unwrap()
            .contains("begins with a slash")
    );
}

/// All that follows would fail too, and count as done when the run is taken up.
#[test]
fn credentials_that_expire_end_the_run() {
    let all = (0..9).map(|number| (format!("in/{number}.eml"), message(number)));
    let (_, address) = Store::with(all).fail("in/4.eml", &[400]).serve();
    let folder = folder();
    let arguments = [
        "--dns",
        "dns.jsonl",
        "--resume",
        "out.ndjson",
        "s3://mail/in/",
    ];
    let output = run(&folder, &address, &arguments, "");
    let expected =
        "error: s3://mail/in/4.eml: the credentials have expired (ExpiredToken): set AWS";
    assert!(said(&output).contains(expected), "{}", said(&output));
    assert_eq!(output.status.code(), Some(2));
    let out = folder.path().join("out.ndjson");
    assert_eq!(fs::read_to_string(&out).unwrap().lines().count(), 4);
    run(&folder, &address, &arguments, "");
    let text = fs::read_to_string(&out).unwrap();
    assert_eq!(text.lines().count(), 9);
    assert!(!text.contains("\"error\""));
}

/// A listing that fails is no message: it is not passed over as done.
#[test]
fn a_listing_that_fails_again_is_said_again() {
    let (_, address) = objects(&[("in/a.eml", &message(1))])
        .fail("LIST in/", &[403])
        .serve();
    let folder = folder();
    let arguments = ["--offline", "--resume", "out.ndjson", "s3://mail/in/"];
    for _ in 0..2 {
        let output = run(&folder, &address, &arguments, "");
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains("s3:ListBucket"), "{}", said(&output));
    }
}

#[test]
fn recorded_dns_is_shared_in_a_store() {
    let (store, address) =
        objects(&[("in/a.eml", &message(1)), ("dns.jsonl", DNS.as_bytes())]).serve();
    let folder = folder();
    let (local, _) = lines(&folder, &address, &["s3://mail/in/"]);
    let arguments = [
        "--format",
        "ndjson",
        "--dns",
        "s3://mail/dns.jsonl",
        "--record",
        "s3://mail/new.jsonl",
    ];
    let output = run(
        &folder,
        &address,
        &[&arguments[..], &["s3://mail/in/"]].concat(),
        "",
    );
    let shared: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shared, local[0]);
    let written = store.objects.lock().unwrap()["new.jsonl"].clone();
    let written = String::from_utf8(written.to_vec()).unwrap();
    assert!(written.starts_with("{\"sesauth_dns\":1") && written.contains("_dmarc.example.com"));
    let list = "in/a.eml\n";
    store
        .objects
        .lock()
        .unwrap()
        .insert("list".into(), Arc::new(list.into()));
    let output = run(
        &folder,
        &address,
        &["--offline", "--files-from", "s3://mail/list"],
        "",
    );
    assert!(said(&output).contains("in/a.eml: there is no such file"));
    let output = run(
        &folder,
        &address,
        &["--dns", "s3://mail/none.jsonl", "s3://mail/in/"],
        "",
    );
    assert!(said(&output).contains("s3://mail/none.jsonl: there is no such object"));
}

#[test]
fn one_object_can_be_inspected() {
    let (_, address) = objects(&[("in/a", &message(1)), ("dns.jsonl", DNS.as_bytes())]).serve();
    let folder = folder();
    for (path, is_missing, expected) in [
        ("s3://mail/in/a", false, "DMARC"),
        (
            "s3://mail/in/b",
            true,
            "s3://mail/in/b: there is no such object",
        ),
    ] {
        let command = command(&folder, &address, &[]);
        let output = Command::new(command.get_program())
            .args(["inspect", "--dns", "s3://mail/dns.jsonl", path])
            .envs(
                command
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        assert!(text.contains(expected), "{text}");
        assert_eq!(text.contains("error: "), is_missing, "{text}");
    }
}

#[test]
fn a_store_that_lists_in_no_order_is_said() {
    let mail = &message(1)[..];
    let mut store = objects(&[("a.eml", mail), ("b.eml", mail)]);
    store.is_reversed = true;
    let (_, address) = store.serve();
    let (found, output) = lines(&folder(), &address, &["s3://mail/"]);
    assert_eq!(names(&found), ["s3://mail/b.eml", "s3://mail/a.eml"]);
    assert!(said(&output).contains("does not list its keys in their order"));
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_run() {
    let all = (0..5_000).map(|number| (format!("in/{number:05}.eml"), message(number)));
    let (_, address) = Store::with(all).serve();
    let folder = folder();
    let arguments = ["--dns", "dns.jsonl", "--format", "ndjson", "s3://mail/in/"];
    let mut child = command(&folder, &address, &arguments).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("in/00000.eml"));
    drop(lines);
    let begun = Instant::now();
    let status = child.wait().unwrap();
    assert!(status.success() || status.code() == Some(2), "{status}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

/// A proxy that reaches every name on this machine; what it was asked.
fn proxy() -> (Arc<Mutex<Vec<String>>>, u16) {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let heard = Arc::clone(&heard);
            std::thread::spawn(move || {
                let mut near = BufReader::new(stream?);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && near.read_line(&mut head)? > 0 {}
                let target = head.split_whitespace().nth(1).unwrap_or_default();
                let port = target.rsplit(':').next().unwrap().parse::<u16>().unwrap();
                let is_known = head.to_ascii_lowercase().contains("basic dxnlcjp3b3jk");
                heard.lock().unwrap().push(head);
                if !is_known {
                    let refusal = "HTTP/1.1 407 no\r\nContent-Length: 0\r\n\r\n";
                    return near.get_mut().write_all(refusal.as_bytes());
                }
                let far = TcpStream::connect(("127.0.0.1", port))?;
                let mut near = near.into_inner();
                near.write_all(b"HTTP/1.1 200 yes\r\n\r\n")?;
                let (there, back) = (near.try_clone()?, far.try_clone()?);
                std::thread::spawn(move || relay(there, far));
                relay(back, near);
                io::Result::Ok(())
            });
        }
    });
    (asked, port)
}

/// Copies until either side has ended.
fn relay(mut from: TcpStream, mut to: TcpStream) {
    let mut octets = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut octets) {
        if to.write_all(&octets[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Reads the store at an address with these variables set.
fn with_variables(address: &str, variables: &[(&str, &str)]) -> Output {
    let folder = folder();
    let arguments = ["--dns", "dns.jsonl", "--format", "ndjson", "s3://mail/"];
    let mut command = command(&folder, address, &arguments);
    command.envs(variables.iter().copied());
    command.stdin(Stdio::null()).output().unwrap()
}

/// That nothing could be read, which is said with its reason.
fn is_refused(output: &Output, why: &str) {
    assert_eq!(output.status.code(), Some(2), "{}", said(output));
    assert!(said(output).contains(why), "{}", said(output));
}

fn store_with_tls(config: Arc<ServerConfig>) -> String {
    let store = objects(&[("a.eml", &message(1)), ("b.eml", &message(2))]);
    format!("https://localhost:{}", store.serve_tls(config))
}

fn authorities(folder: &TempDir, authority: &Authority) -> String {
    let path = folder.path().join("authority.pem");
    fs::write(&path, authority.pem()).unwrap();
    path.into_os_string().into_string().unwrap()
}

#[test]
fn a_store_is_asked_over_tls_and_has_to_prove_its_name() {
    let (authority, place) = (Authority::new(), folder());
    let pem = authorities(&place, &authority);
    let address = store_with_tls(authority.server(&["localhost"], b"http/1.1"));
    let output = with_variables(&address, &[("SSL_CERT_FILE", &pem)]);
    assert_eq!(
        output
            .stdout
            .iter()
            .filter(|octet| **octet == b'\n')
            .count(),
        2
    );
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));

    let unknown = with_variables(&address, &[]);
    is_refused(
        &unknown,
        "an authority that is not trusted; trust a private one with SSL_CERT_FILE",
    );
    let other = address.replace("localhost", "127.0.0.1");
    is_refused(
        &with_variables(&other, &[("SSL_CERT_FILE", &pem)]),
        "not valid for name",
    );
    let old = store_with_tls(authority.expired(&["localhost"], b"http/1.1"));
    is_refused(
        &with_variables(&old, &[("SSL_CERT_FILE", &pem)]),
        "its certificate is no good",
    );
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = plain.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in plain.incoming().flatten() {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    is_refused(
        &with_variables(&format!("https://localhost:{port}"), &[]),
        "it does not speak TLS on this port",
    );
}

#[test]
fn a_proxy_of_the_environment_is_used_for_what_is_encrypted() {
    let (authority, place) = (Authority::new(), folder());
    let pem = authorities(&place, &authority);
    let address = store_with_tls(authority.server(&["localhost"], b"http/1.1"));
    let (asked, port) = proxy();
    let url = format!("http://user:word@127.0.0.1:{port}");
    let trusted = ("SSL_CERT_FILE", pem.as_str());
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        // Its name is known to the proxy alone.
        let far = address.replace("localhost", "store.example.com");
        is_refused(
            &with_variables(&far, &[trusted, (name, &url)]),
            "not valid for name",
        );
        let output = with_variables(&address, &[trusted, (name, &url)]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let heads = std::mem::take(&mut *asked.lock().unwrap());
        let host = &address["https://".len()..];
        let last = heads.last().unwrap();
        assert!(last.starts_with(&format!("CONNECT {host} ")), "{last}");
        let fields = last.to_ascii_lowercase();
        assert!(
            fields.contains("proxy-authorization: basic dxnlcjp3b3jk"),
            "{last}"
        );
    }
    let direct = [trusted, ("HTTPS_PROXY", &url), ("NO_PROXY", "localhost")];
    let output = with_variables(&address, &direct);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let (_, plain) = objects(&[("a.eml", &message(1))]).serve();
    let output = with_variables(&plain, &[("ALL_PROXY", &url), ("HTTP_PROXY", &url)]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(*asked.lock().unwrap(), Vec::<String>::new());

    // The part behind the first `@` is taken for the host, but for what it has before the last.
    let wrong = url.replace("word", "other@word");
    let output = with_variables(&address, &[trusted, ("HTTPS_PROXY", &wrong)]);
    is_refused(&output, "the proxy 127.0.0.1 does not connect");
    assert!(!said(&output).contains("word"), "{}", said(&output));
    let heads = std::mem::take(&mut *asked.lock().unwrap());
    assert_eq!(heads.len(), 1, "a refusal lasts: {heads:?}");
    for scheme in ["https", "socks5"] {
        let other = url.replace("http:", &format!("{scheme}:"));
        let output = with_variables(&address, &[trusted, ("HTTPS_PROXY", &other)]);
        is_refused(&output, "set HTTPS_PROXY to http://HOST:PORT");
        assert!(!said(&output).contains("word"), "{}", said(&output));
    }
}

#[test]
fn the_role_of_a_machine_is_asked_for_without_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let metadata = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || {
                let mut stream = BufReader::new(stream?);
                loop {
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") {
                        if stream.read_line(&mut head)? == 0 {
                            return io::Result::Ok(());
                        }
                    }
                    let target = head.split_whitespace().nth(1).unwrap_or_default();
                    let body = match target {
                        "/latest/api/token" => "a token",
                        _ if target.ends_with("/role") => {
                            r#"{"Code": "Success", "AccessKeyId": "id", "SecretAccessKey": "secret",
                                "Token": "token", "Expiration": "2999-01-01T00:00:00Z"}"#
                        }
                        _ => "role",
                    };
                    let length = body.len();
                    let answer =
                        format!("HTTP/1.1 200 yes\r\nContent-Length: {length}\r\n\r\n{body}");
                    stream.get_mut().write_all(answer.as_bytes())?;
                }
            });
        }
    });
    let authority = Authority::new();
    let place = folder();
    let pem = authorities(&place, &authority);
    let address = store_with_tls(authority.server(&["localhost"], b"http/1.1"));
    let arguments = ["--dns", "dns.jsonl", "--format", "ndjson", "s3://mail/"];
    let mut command = command(&place, &address, &arguments);
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("AWS_METADATA_ENDPOINT", metadata)
        .env("SSL_CERT_FILE", pem);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}
