//! What sesauth says of a damaged message, beside what was done to it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;
use sesauth::dkim::Effort;
use sesauth::dns::Snapshot;
use sesauth::{Options, SessionHints, inspect_recorded};

/// What the autopsy of one message says.
#[derive(Debug, Default)]
pub struct Said {
    /// Whether the signature does not verify over the header.
    pub header_broken: bool,
    /// Whether the hash of the body is another one.
    pub body_broken: bool,
    /// The codes that were proved of the header.
    pub header: BTreeSet<String>,
    /// Those of the body.
    pub body: BTreeSet<String>,
    /// The algorithm of the signature.
    pub algorithm: String,
    /// What the autopsy took.
    pub time: Duration,
}

/// How that fits what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The signature still verifies.
    Harmless,
    /// Nothing is named.
    Silent,
    /// One of header and body is named, the other is not, and no code is wrong.
    Partly,
    /// All is named, by codes that fit.
    Right,
    /// Some code does not fit.
    Wrong,
}

impl Said {
    /// Asks sesauth about the first signature of a message.
    pub fn of(message: &[u8], dns: &Snapshot, effort: Effort) -> Self {
        let with = ask(message, dns, effort);
        let without = ask(message, dns, Effort::Off);
        let signature = &with.0;
        let autopsy = &signature["autopsy"];
        Self {
            header_broken: signature["header"]["result"] != "verified",
            body_broken: signature["body"]["result"] != "match",
            header: kinds(&autopsy["header"]),
            body: kinds(&autopsy["body"]),
            algorithm: signature["algorithm"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            time: with.1.saturating_sub(without.1),
        }
    }

    /// Compares what was said with the codes that fit.
    pub fn fit(&self, right: impl Fn(&str) -> bool) -> Fit {
        let mut all = self.header.iter().chain(&self.body);
        let missing = |broken: bool, said: &BTreeSet<String>| broken && said.is_empty();
        let header_missing = missing(self.header_broken, &self.header);
        let body_missing = missing(self.body_broken, &self.body);
        // What is not broken has nothing to be named.
        let invented = !self.header_broken && !self.header.is_empty()
            || !self.body_broken && !self.body.is_empty();
        match all.next() {
            _ if invented => Fit::Wrong,
            _ if !self.header_broken && !self.body_broken => Fit::Harmless,
            None => Fit::Silent,
            Some(first) if !right(first) || !all.all(|kind| right(kind)) => Fit::Wrong,
            Some(_) if header_missing || body_missing => Fit::Partly,
            Some(_) => Fit::Right,
        }
    }

    /// The codes, as one text.
    pub fn codes(&self) -> String {
        let all: Vec<_> = self.header.iter().chain(&self.body).cloned().collect();
        all.join(" + ")
    }
}

/// The verdict on the first signature as JSON, and the time of the inspection.
fn ask(message: &[u8], dns: &Snapshot, autopsy: Effort) -> (Value, Duration) {
    let options = Options {
        autopsy,
        advice: false,
        ..Options::default()
    };
    let now: Timestamp = "2026-07-01T12:00:00Z".parse().expect("a time");
    let hints = SessionHints::default();
    let started = Instant::now();
    let inspection = inspect_recorded(message, &hints, dns, now, &options);
    let time = started.elapsed();
    let analysis = inspection.expect("a message").analysis;
    (
        serde_json::to_value(analysis.dkim.first()).expect("JSON"),
        time,
    )
}

/// Every `kind` in what was proved.
fn kinds(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(kind) if key == "kind" => drop(found.insert(kind.clone())),
                    _ => found.extend(kinds(value)),
                }
            }
        }
        Value::Array(values) => found.extend(values.iter().flat_map(kinds)),
        _ => (),
    }
    found
}
