//! DNS as a table, and the standard suites, which are one JSON object a line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use base64::Engine as _;
use jiff::Timestamp;
use serde_json::Value;
use sesauth::dns::{
    Answer, Dns, Failure, Name, Negative, Question, Record, RecordType, Reply, Txt,
};
use sesauth::{Analysis, SessionHints, inspect};

use crate::run::block_on;

/// DNS that knows everything: an absent name does not exist, and a present name without records of
/// a type has none.
#[derive(Default)]
pub struct Zone(BTreeMap<Question, Reply>, BTreeSet<Name>);

impl Zone {
    /// Reads the `dns` object of a case.
    pub fn of_case(dns: &Value) -> Self {
        let mut zone = Self::default();
        for (name, entry) in dns.as_object().unwrap() {
            let Ok(owner) = Name::parse(name) else {
                continue;
            };
            zone.1.insert(owner);
            for kind in RecordType::ALL {
                match &entry[kind.as_str()] {
                    Value::String(target) => zone.add(name, record(kind, target)),
                    Value::Array(items) => {
                        for item in items {
                            zone.add(name, record_of_case(kind, item));
                        }
                    }
                    _ => (),
                }
            }
            if let Some(rcode) = entry["_rcode"].as_str() {
                let named = |list: &str, kind: RecordType| {
                    let list = entry[list].as_array()?;
                    Some(list.iter().any(|word| word == kind.as_str()))
                };
                for kind in RecordType::ALL {
                    let spared = named("_rcode_except", kind).unwrap_or(false);
                    if named("_rcode_for", kind).unwrap_or(true) && !spared {
                        zone.fail(name, kind, rcode);
                    }
                }
            }
        }
        zone
    }

    pub fn add(&mut self, name: &str, record: Record) {
        let kind = record.kind();
        let Ok(name) = Name::parse(name) else { return };
        self.1.insert(name.clone());
        let reply = self.0.entry(Question::new(name, kind)).or_insert_with(|| {
            Reply::Records(Answer {
                authenticated: false,
                cname: Vec::new(),
                ttl: 300,
                records: Vec::new(),
            })
        });
        if let Reply::Records(answer) = reply {
            answer.records.push(record);
        }
    }

    pub fn fail(&mut self, name: &str, kind: RecordType, rcode: &str) {
        let failure = match rcode {
            "TIMEOUT" => Failure::Timeout,
            rcode => Failure::Rcode(rcode.into()),
        };
        self.put(name, kind, Reply::TempFail(failure));
    }

    pub fn put(&mut self, name: &str, kind: RecordType, reply: Reply) {
        let name = Name::parse(name).unwrap();
        self.1.insert(name.clone());
        self.0.insert(Question::new(name, kind), reply);
    }
}

impl Dns for Zone {
    async fn query(&self, question: &Question) -> Reply {
        let mut question = question.clone();
        for _ in 0..8 {
            if let Some(reply) = self.0.get(&question) {
                return reply.clone();
            }
            let alias = Question::new(question.name.clone(), RecordType::Cname);
            match self.0.get(&alias).map(Reply::records) {
                Some([Record::Cname(target)]) => question.name = target.clone(),
                _ if self.1.contains(&question.name) => return Reply::NoData(Negative::default()),
                _ => return Reply::NxDomain(Negative::default()),
            }
        }
        Reply::NoData(Negative::default())
    }
}

/// The record of this type with this data; `|` divides the strings of a TXT.
pub fn record(kind: RecordType, data: &str) -> Record {
    match kind {
        RecordType::A => Record::A(data.parse().unwrap()),
        RecordType::Aaaa => Record::Aaaa(data.parse().unwrap()),
        RecordType::Cname => Record::Cname(Name::parse(data).unwrap()),
        RecordType::Ns => Record::Ns(Name::parse(data).unwrap()),
        RecordType::Ptr => Record::Ptr(Name::parse(data).unwrap()),
        RecordType::Txt => Record::Txt(Txt(data
            .split('|')
            .map(|part| part.as_bytes().to_vec())
            .collect())),
        RecordType::Mx => {
            let (preference, exchange) = data.split_once(' ').unwrap();
            Record::Mx {
                preference: preference.parse().unwrap(),
                exchange: Name::parse(exchange).ok(),
            }
        }
    }
}

fn record_of_case(kind: RecordType, item: &Value) -> Record {
    match (kind, item) {
        // A byte is given as the character of its number.
        (RecordType::Txt, Value::String(text)) => Record::Txt(Txt(vec![
            text.chars().map(|c| u8::try_from(c).unwrap()).collect(),
        ])),
        (_, Value::String(text)) => record(kind, text),
        (_, pair) => {
            let host = pair[1].as_str().unwrap();
            record(kind, &format!("{} {host}", pair[0]))
        }
    }
}

/// The message of a case.
pub fn message_of_case(case: &Value) -> Vec<u8> {
    match case["message_base64"].as_str() {
        Some(text) => {
            let base64 = base64::engine::general_purpose::STANDARD;
            base64.decode(text).unwrap()
        }
        None => case["message"].as_str().unwrap().as_bytes().to_vec(),
    }
}

/// Inspects the message of a case as of `at`, or of its latest signature where that is later: some
/// were signed after the time that their suite gives.
pub fn analyse_case(case: &Value, at: Timestamp) -> Analysis {
    let message = message_of_case(case);
    let params = &case["params"];
    let text = |name: &str| params[name].as_str().map(str::to_owned);
    let zone = Zone::of_case(&case["dns"]);
    let judge = |at: Timestamp| {
        let hints = SessionHints {
            client_ip: text("client_ip").map(|ip| ip.parse().unwrap()),
            helo: text("helo"),
            mail_from: text("mail_from"),
            at: Some(at),
            ..SessionHints::default()
        };
        block_on(inspect(&message, &hints, &zone, at)).unwrap()
    };
    let analysis = judge(at);
    let signed = analysis
        .analysis
        .dkim
        .iter()
        .filter_map(|one| one.signed_at)
        .max();
    match signed {
        Some(signed) if signed > at => judge(signed).analysis,
        _ => analysis.analysis,
    }
}

/// Runs `check` over the cases of a suite that `is_meant` picks. A case in `skipped`, which gives
/// the reason, must not agree. `check` says what is wrong with a case.
pub fn check_all(
    file: &str,
    skipped: &[(&str, &str)],
    is_meant: impl Fn(&Value) -> bool,
    check: impl Fn(&Value) -> Option<String>,
) {
    let Some(folder) = std::env::var_os("SESAUTH_SUITES") else {
        println!("SESAUTH_SUITES is not set: the standard suites were not there");
        return;
    };
    let text = fs::read_to_string(Path::new(&folder).join(file)).unwrap();
    let mut wrong = Vec::new();
    let mut passed = 0;
    let mut left: BTreeSet<&str> = skipped.iter().map(|(id, _)| *id).collect();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        if !is_meant(&case) {
            continue;
        }
        let id = case["id"].as_str().unwrap();
        left.remove(id);
        let reason = skipped.iter().find(|(skipped, _)| *skipped == id);
        match (check(&case), reason) {
            (None, None) => passed += 1,
            (Some(_), Some(_)) => (),
            (Some(problem), None) => wrong.push(format!("{id}: {problem}")),
            (None, Some((_, reason))) => {
                wrong.push(format!("{id} agrees, but is skipped: {reason}"));
            }
        }
    }
    println!(
        "{file}: {passed} cases agree, {} are skipped",
        skipped.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(left.is_empty(), "no case is called {left:?}");
}
