//! Cases as folders, and running one.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use sesauth::dns::{Absent, Dns, Snapshot};
use sesauth::ses::{Identities, identity::identity_name};
use sesauth::{Inspection, Options, SessionHints};

use crate::run::block_on;

/// The folders of testdata/messages, sorted.
pub fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(cases.len() >= 30, "testdata/messages holds the cases");
    cases
}

/// The session.json of a case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionFile {
    ip: Option<String>,
    helo: Option<String>,
    mail_from: Option<String>,
    at: Option<Timestamp>,
    attached: Option<usize>,
    hop: Option<usize>,
    #[serde(default)]
    hosts: Vec<IpAddr>,
    #[serde(default)]
    exchangers: bool,
    #[serde(default)]
    trust: Vec<String>,
    #[serde(default)]
    trusted: Vec<String>,
    now: Timestamp,
}

/// What SES says, in the folder `identity` of a case, where there is one.
fn identities(case: &Path) -> Identities {
    let mut all = Identities::default();
    let entries = fs::read_dir(case.join("identity")).into_iter().flatten();
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = identity_name(path.file_stem().unwrap().to_str().unwrap());
        all.add(&fs::read(&path).unwrap(), name.as_deref()).unwrap();
    }
    all
}

/// Inspects the message of a case with its DNS and session.
pub fn inspect_case(case: &Path) -> Inspection {
    let dns = fs::read_to_string(case.join("dns.jsonl")).unwrap();
    let dns = Snapshot::parse(&dns, Absent::NotRecorded).unwrap();
    inspect_case_with(case, &dns)
}

/// Inspects the message of a case with its session and other DNS.
pub fn inspect_case_with(case: &Path, dns: &impl Dns) -> Inspection {
    Case::read(case).inspect(dns)
}

/// What a case gives to an inspection.
pub struct Case {
    pub message: Vec<u8>,
    pub hints: SessionHints,
    pub now: Timestamp,
    pub options: Options,
}

impl Case {
    /// Reads the folder of a case.
    pub fn read(case: &Path) -> Self {
        let read =
            |name: &str| fs::read(case.join(name)).unwrap_or_else(|_| panic!("{case:?} {name}"));
        let session: SessionFile = serde_json::from_slice(&read("session.json")).unwrap();
        let hints = SessionHints {
            client_ip: session.ip.map(|ip| ip.parse().unwrap()),
            helo: session.helo,
            mail_from: session.mail_from,
            at: session.at,
            hop: session.hop,
            trusted_hosts: session.trust,
            trusted_ids: session.trusted,
            is_delivery: false,
            ..SessionHints::default()
        };
        let options = Options {
            attached: session.attached,
            canonical_header: true,
            identities: Arc::new(identities(case)),
            hosts: session.hosts,
            exchangers: session.exchangers,
            ..Options::default()
        };
        Self {
            message: read("message.eml"),
            hints,
            now: session.now,
            options,
        }
    }

    /// Inspects it.
    pub fn inspect(&self, dns: &impl Dns) -> Inspection {
        let (hints, options) = (&self.hints, &self.options);
        let inspection = sesauth::inspect_within(&self.message, hints, dns, self.now, options);
        block_on(inspection).unwrap()
    }
}
