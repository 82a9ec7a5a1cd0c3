//! The DNS cache file of postalsys/mailauth, read as a recording.
//!
//! One JSON object: name → type → records. TXT records are lists of strings, MX records are objects
//! with `exchange` and `priority`, addresses are strings. A name that is missing means NXDOMAIN; a
//! type that is missing under a name means NODATA.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Absent, Answer, Name, Negative, Question, Record, RecordType, Reply, Snapshot, Txt};
use crate::Error;

impl Snapshot {
    /// Reads a DNS cache file of mailauth. Questions that are not in it are answered with NXDOMAIN
    /// or NODATA.
    ///
    /// # Errors
    ///
    /// [`Error::Snapshot`] if `text` is not such a file; it says what is wrong.
    pub fn parse_mailauth(text: &str) -> Result<Self, Error> {
        let names: BTreeMap<String, BTreeMap<String, Value>> =
            serde_json::from_str(text).map_err(|error| Error::Snapshot {
                line: error.line(),
                problem: format!("no DNS cache of mailauth either: {error}"),
            })?;
        if names.is_empty() {
            let problem = "neither a recording nor a DNS cache of mailauth".into();
            return Err(Error::Snapshot { line: 1, problem });
        }
        let mut replies = Vec::new();
        for (name, types) in names {
            let wrong = |problem: String| Error::Snapshot { line: 1, problem };
            let name = Name::parse(&name).map_err(|error| wrong(format!("{name:?}: {error}")))?;
            for kind in RecordType::ALL {
                let question = Question::new(name.clone(), kind);
                let values = types
                    .iter()
                    .find(|(key, _)| key.eq_ignore_ascii_case(kind.as_str()))
                    .map_or(&[][..], |(_, value)| match value {
                        Value::Array(values) => values,
                        other => std::slice::from_ref(other),
                    });
                let records: Option<Vec<Record>> =
                    values.iter().map(|value| record(kind, value)).collect();
                let Some(records) = records else {
                    return Err(wrong(format!(
                        "the {kind} records of {name} are no such records"
                    )));
                };
                let reply = match records.is_empty() {
                    true => Reply::NoData(Negative::default()),
                    false => Reply::Records(Answer {
                        cname: Vec::new(),
                        ttl: 0,
                        authenticated: false,
                        records,
                    }),
                };
                replies.push((question, reply));
            }
        }
        Ok(Self::of(replies, Absent::NxDomain))
    }
}

fn record(kind: RecordType, value: &Value) -> Option<Record> {
    Some(match kind {
        RecordType::A => Record::A(value.as_str()?.parse().ok()?),
        RecordType::Aaaa => Record::Aaaa(value.as_str()?.parse().ok()?),
        RecordType::Cname => Record::Cname(Name::parse(value.as_str()?).ok()?),
        RecordType::Ns => Record::Ns(Name::parse(value.as_str()?).ok()?),
        RecordType::Ptr => Record::Ptr(Name::parse(value.as_str()?).ok()?),
        RecordType::Mx => Record::Mx {
            preference: u16::try_from(value.get("priority")?.as_u64()?).ok()?,
            exchange: Name::parse(value.get("exchange")?.as_str()?).ok(),
        },
        RecordType::Txt => Record::Txt(Txt(match value {
            Value::String(text) => vec![text.clone().into_bytes()],
            Value::Array(strings) => strings
                .iter()
                .map(|text| Some(text.as_str()?.as_bytes().to_vec()))
                .collect::<Option<_>>()?,
            _ => return None,
        })),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::Dns;

    #[test]
    fn a_cache_file_answers_what_it_holds_and_denies_the_rest() {
        let text = r#"{
            "example.com": {
                "TXT": [["v=spf1 ", "-all"]],
                "MX": [{"exchange": "mx.example.com", "priority": 10}],
                "A": "192.0.2.1"
            }
        }"#;
        let snapshot = Snapshot::parse_mailauth(text).unwrap();
        let ask = |name: &str, kind| {
            let question = Question::new(Name::parse(name).unwrap(), kind);
            tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap()
                .block_on(snapshot.query(&question))
        };
        let txt = ask("example.com", RecordType::Txt);
        assert_eq!(txt.txt().next().unwrap().joined(), b"v=spf1 -all");
        assert_eq!(ask("example.com", RecordType::A).addresses().count(), 1);
        assert_eq!(ask("example.com", RecordType::Mx).records().len(), 1);
        assert!(matches!(
            ask("example.com", RecordType::Ptr),
            Reply::NoData(_)
        ));
        assert!(matches!(
            ask("example.org", RecordType::Txt),
            Reply::NxDomain(_)
        ));
    }

    #[test]
    fn what_is_no_cache_file_is_refused() {
        assert!(Snapshot::parse_mailauth("{\"a.example\": {\"A\": [\"x\"]}}").is_err());
        assert!(Snapshot::parse_mailauth("[]").is_err());
        assert!(Snapshot::parse_mailauth("{}").is_err());
    }
}
