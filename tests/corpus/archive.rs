//! What is recorded once stays, and is found when it is needed.

use std::fs;
use std::sync::{Arc, Mutex};

use sesauth::dns::{Absent, Snapshot};
use tempfile::TempDir;

use super::name_server::{Act, NameServer};
use super::{files, json, recorded_server, run, testdata, told};

/// The key of testdata/keys/rotated-1024.pem.
const ROTATED: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCh873LpQ72xb9babdm/G1VGu5Ptx329f3o5Y\
S2cTOS+ZBIoIlxl/WQo0dxCvQWw7gMOc46hF4ZWACsm4XsGkfjbUOH20gS95okdWgJjIXQcxD449KDqskOmKar5EhYyh5w5D1\
qqZebi/Cc7jNZXc8BZQlzXk95iJm7Beyn6bfggQIDAQAB";

/// A name server whose answers can be replaced; `None` where it fails.
struct Zone {
    runtime: tokio::runtime::Runtime,
    server: NameServer,
    dns: Arc<Mutex<Option<Snapshot>>>,
}

impl Zone {
    fn start() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let dns: Arc<Mutex<Option<Snapshot>>> = Arc::default();
        let served = Arc::clone(&dns);
        let answer = move |asked: &_| match &*served.lock().unwrap() {
            Some(dns) => recorded_server::answer(dns, asked),
            None => Act::code(hickory_server::proto::op::ResponseCode::ServFail),
        };
        let server = runtime.block_on(NameServer::start(answer));
        Self {
            runtime,
            server,
            dns,
        }
    }

    fn serve(&self, dns: Option<&str>) {
        let dns = dns.map(|dns| Snapshot::parse(dns, Absent::NxDomain).unwrap());
        *self.dns.lock().unwrap() = dns;
    }

    /// Records `mail` from it.
    fn record(&self, folder: &TempDir) -> (i32, String) {
        let _driven = self.runtime.enter();
        let address = self.server.address.to_string();
        let output = run(folder, &["record", "mail", "--resolver", &address]);
        let errors = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), errors)
    }
}

/// The messages signed before and after SES replaced its key, and what DNS said then.
fn rotation(side: &str) -> (Vec<u8>, String) {
    let case = testdata("findings/dkim-key-changed-since-signing").join(side);
    let message = fs::read(case.join("message.eml")).unwrap();
    let dns = fs::read_to_string(case.join("dns.jsonl")).unwrap();
    (message, dns)
}

/// DNS as it was when the key was another.
fn before(dns: &str) -> String {
    let lines = dns.lines().map(|line| {
        let (start, _) = match line.contains("_domainkey.amazonses.com\",\"type\":\"TXT\"") {
            true => line.split_once("p=").unwrap(),
            false => return format!("{line}\n"),
        };
        format!("{start}p={ROTATED}\"]]}}\n")
    });
    lines.collect()
}

/// The result of the second signature that is expected of `mail/<name>`.
fn second(folder: &TempDir, name: &str) -> String {
    let path = format!("mail/expected/{name}.json");
    let expected = json(folder.path().join(path));
    expected["dkim"][1]["result"].as_str().unwrap().to_owned()
}

#[test]
fn a_key_that_changed_behind_its_selector_is_tried_in_all_its_versions() {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    let zone = Zone::start();
    let ((old, dns), (new, _)) = (rotation("fires"), rotation("quiet"));
    fs::write(mail.join("old.eml"), old).unwrap();
    zone.serve(Some(&before(&dns)));
    assert_eq!(zone.record(&folder).0, 0);
    assert_eq!(second(&folder, "old.eml"), "pass");
    fs::write(mail.join("new.eml"), new).unwrap();
    zone.serve(Some(&dns));
    assert_eq!(zone.record(&folder).0, 0);
    assert_eq!(second(&folder, "old.eml"), "pass");
    assert_eq!(second(&folder, "new.eml"), "pass");
    let recorded = fs::read_to_string(mail.join("dns.jsonl")).unwrap();
    assert!(recorded.contains(ROTATED), "{recorded}");
    told(&folder, &["check", "mail"], 0);
    // Without the archive the old message would not verify.
    fs::remove_file(mail.join("dns.jsonl")).unwrap();
    zone.record(&folder);
    assert_eq!(second(&folder, "old.eml"), "fail");
}

#[test]
fn a_failure_of_dns_takes_no_answer_away() {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    let (message, dns) = rotation("quiet");
    fs::write(mail.join("a.eml"), message).unwrap();
    let zone = Zone::start();
    zone.serve(None);
    let (code, errors) = zone.record(&folder);
    assert_eq!(code, 75, "{errors}");
    assert!(errors.contains("nothing was written"), "{errors}");
    zone.serve(Some(&dns));
    assert_eq!(zone.record(&folder).0, 0);
    // A second later, whenever that is.
    super::edit(mail.join("dns.jsonl"), |text| {
        let (_, rest) = text.split_once("\"resolver\"").unwrap();
        format!("{{\"sesauth_dns\":1,\"captured\":\"2026-01-01T00:00:00Z\",\"resolver\"{rest}")
    });
    let before = files(&mail);
    zone.serve(None);
    let (code, errors) = zone.record(&folder);
    assert_eq!(code, 0, "{errors}");
    assert!(errors.contains("the earlier answers stand"), "{errors}");
    let after = files(&mail);
    assert_eq!(before["expected/a.eml.json"], after["expected/a.eml.json"]);
    let text = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
        String::from_utf8(files["dns.jsonl"].clone()).unwrap()
    };
    assert_eq!(text(&before), text(&after));
}

#[test]
fn what_no_recording_holds_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    fs::write(mail.join("a.eml"), rotation("quiet").0).unwrap();
    let output = run(&folder, &["record", "--offline", "mail"]);
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("an answer is missing"), "{errors}");
}
