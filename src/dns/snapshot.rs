//! DNS from a file: JSON Lines, a header line and then one lookup a line.
//!
//! ```text
//! {"sesauth_dns":1,"captured":"2026-11-20T15:00:00Z","resolver":"system"}
//! {"name":"_dmarc.example.com","type":"TXT","rcode":"NOERROR","ttl":300,"records":[["v=DMARC1; ","p=none"]]}
//! {"name":"gone.example.com","type":"A","rcode":"NXDOMAIN"}
//! {"name":"slow.example.com","type":"TXT","failure":"timeout"}
//! ```

use std::collections::BTreeMap;
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Answer, Dns, Failure, Lookup, Name, Negative, Question, Record, RecordType, Reply, Txt,
};
use crate::Error;

/// What a question that a snapshot does not hold is answered with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Absent {
    /// Nothing is known about it: what hangs on it is not evaluated.
    #[default]
    NotRecorded,
    /// The name does not exist, as in a complete zone.
    NxDomain,
}

/// Recorded DNS answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// When the answers were recorded.
    pub captured: Option<Timestamp>,
    /// Who gave them.
    pub resolver: Option<String>,
    /// What absence means.
    pub absent: Absent,
    replies: BTreeMap<Question, Reply>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Head {
    sesauth_dns: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    captured: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resolver: Option<String>,
}

/// One lookup as a line of a snapshot, and as an element of `lookups` in the JSON output.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
pub struct LookupLine {
    /// Number of the lookup within a run, as `L1`; not saved in snapshots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name asked about.
    pub name: String,
    /// The type of record asked for.
    #[serde(rename = "type")]
    pub kind: String,
    /// The response code: NOERROR, NXDOMAIN, SERVFAIL, REFUSED, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rcode: Option<String>,
    /// Why there was no response at all: `timeout`, or a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// True when a recording was asked for something that it does not hold; not saved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_recorded: bool,
    /// Targets of the CNAME records followed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cname: Vec<String>,
    /// Time to live in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
    /// True when the resolver said that it validated this with DNSSEC (its AD bit).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ad: bool,
    /// The records; NOERROR without any is NODATA.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordLine>,
    /// TXT records of which at least one string is not UTF-8, each string in base64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records_base64: Vec<Vec<String>>,
}

/// One record of a [`LookupLine`].
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RecordLine {
    /// A TXT record: its character-strings.
    Txt(Vec<String>),
    /// An MX record.
    Mx {
        /// Lower is tried first.
        preference: u16,
        /// Host name; empty or `.` for the null MX of RFC 7505.
        exchange: String,
    },
    /// An address or a name.
    Text(String),
}

impl Snapshot {
    /// Reads a snapshot; the last line about a question counts.
    pub fn parse(text: &str, absent: Absent) -> Result<Self, Error> {
        let mut lines = text
            .trim_start_matches('\u{feff}')
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty());
        let wrong = |index: usize, problem: String| Error::Snapshot {
            line: index + 1,
            problem,
        };
        let Some((index, first)) = lines.next() else {
            return Err(wrong(0, "the file is empty".into()));
        };
        let head: Head = serde_json::from_str(first).map_err(|error| {
            wrong(
                index,
                format!("the first line must be {{\"sesauth_dns\":1,…}} ({error})"),
            )
        })?;
        if head.sesauth_dns != 1 {
            return Err(wrong(
                index,
                format!("format {} is not known here; 1 is", head.sesauth_dns),
            ));
        }
        let mut replies = BTreeMap::new();
        for (index, line) in lines {
            let line: LookupLine =
                serde_json::from_str(line).map_err(|error| wrong(index, error.to_string()))?;
            let (question, reply) = line.read().map_err(|problem| wrong(index, problem))?;
            replies.insert(question, reply);
        }
        Ok(Self {
            captured: head.captured,
            resolver: head.resolver,
            absent,
            replies,
        })
    }

    /// Adds what a run asked and got; a newer answer takes the place of an older one. What was not
    /// recorded stays so.
    pub fn extend<'l>(&mut self, lookups: impl IntoIterator<Item = &'l Lookup>) {
        for lookup in lookups {
            if lookup.reply != Reply::NotRecorded {
                self.replies
                    .insert(lookup.question.clone(), lookup.reply.clone());
            }
        }
    }

    /// Writes the snapshot, sorted by name and type.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let head = Head {
            sesauth_dns: 1,
            captured: self.captured,
            resolver: self.resolver.clone(),
        };
        serde_json::to_writer(&mut *out, &head)?;
        writeln!(out)?;
        for (question, reply) in &self.replies {
            serde_json::to_writer(&mut *out, &LookupLine::new(question, reply))?;
            writeln!(out)?;
        }
        Ok(())
    }
}

impl Dns for Snapshot {
    async fn query(&self, question: &Question) -> Reply {
        match (self.replies.get(question), self.absent) {
            (Some(reply), _) => reply.clone(),
            (None, Absent::NotRecorded) => Reply::NotRecorded,
            (None, Absent::NxDomain) => Reply::NxDomain(Negative::default()),
        }
    }
}

impl LookupLine {
    /// The line that says `reply` to `question`.
    pub fn new(question: &Question, reply: &Reply) -> Self {
        let mut line = Self {
            id: None,
            name: question.name.to_string(),
            kind: question.kind.to_string(),
            rcode: None,
            failure: None,
            not_recorded: false,
            cname: reply.cname().iter().map(Name::to_string).collect(),
            ttl: None,
            ad: reply.is_authenticated(),
            records: Vec::new(),
            records_base64: Vec::new(),
        };
        match reply {
            Reply::Records(answer) => {
                line.rcode = Some("NOERROR".into());
                line.ttl = Some(answer.ttl);
                line.write_records(&answer.records);
            }
            Reply::NoData(negative) => {
                line.rcode = Some("NOERROR".into());
                line.ttl = negative.ttl;
            }
            Reply::NxDomain(negative) => {
                line.rcode = Some("NXDOMAIN".into());
                line.ttl = negative.ttl;
            }
            Reply::TempFail(Failure::Rcode(rcode)) => line.rcode = Some(rcode.clone()),
            Reply::TempFail(failure) => line.failure = Some(failure.to_string()),
            Reply::NotRecorded => line.not_recorded = true,
        }
        line
    }

    fn write_records(&mut self, records: &[Record]) {
        let binary = records.iter().any(|record| match record {
            Record::Txt(txt) => txt.0.iter().any(|part| std::str::from_utf8(part).is_err()),
            _ => false,
        });
        for record in records {
            let line = match record {
                Record::A(ip) => RecordLine::Text(ip.to_string()),
                Record::Aaaa(ip) => RecordLine::Text(ip.to_string()),
                Record::Cname(name) | Record::Ptr(name) => RecordLine::Text(name.to_string()),
                Record::Mx {
                    preference,
                    exchange,
                } => RecordLine::Mx {
                    preference: *preference,
                    exchange: exchange.as_ref().map_or(".".into(), Name::to_string),
                },
                Record::Txt(txt) if binary => {
                    self.records_base64
                        .push(txt.0.iter().map(|part| BASE64.encode(part)).collect());
                    continue;
                }
                Record::Txt(txt) => RecordLine::Txt(
                    txt.0
                        .iter()
                        .map(|part| String::from_utf8_lossy(part).into_owned())
                        .collect(),
                ),
            };
            self.records.push(line);
        }
    }

    fn read(self) -> Result<(Question, Reply), String> {
        let kind = RecordType::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(&self.kind))
            .ok_or_else(|| format!("record type {} is not known here", self.kind))?;
        let question = Question::new(read_name(&self.name)?, kind);
        let cname = self
            .cname
            .iter()
            .map(|name| read_name(name))
            .collect::<Result<Vec<_>, _>>()?;
        let reply = match (self.rcode.as_deref(), self.failure) {
            (Some("NOERROR"), None) => {
                let mut records = self
                    .records
                    .into_iter()
                    .map(|record| record.read(kind))
                    .collect::<Result<Vec<_>, _>>()?;
                for strings in &self.records_base64 {
                    let strings = strings.iter().map(|part| BASE64.decode(part));
                    let strings = strings.collect::<Result<Vec<_>, _>>();
                    let strings = strings.map_err(|error| format!("records_base64: {error}"))?;
                    records.push(Record::Txt(Txt(strings)));
                }
                if records.is_empty() {
                    Reply::NoData(Negative {
                        cname,
                        ttl: self.ttl,
                        authenticated: self.ad,
                    })
                } else {
                    Reply::Records(Answer {
                        cname,
                        ttl: self.ttl.unwrap_or(0),
                        authenticated: self.ad,
                        records,
                    })
                }
            }
            (Some("NXDOMAIN"), None) => Reply::NxDomain(Negative {
                cname,
                ttl: self.ttl,
                authenticated: self.ad,
            }),
            (Some(rcode), None) => Reply::TempFail(Failure::Rcode(rcode.to_owned())),
            (None, Some(text)) if text == "timeout" => Reply::TempFail(Failure::Timeout),
            (None, Some(text)) => Reply::TempFail(Failure::Network(text)),
            _ => return Err("a lookup needs either \"rcode\" or \"failure\"".into()),
        };
        Ok((question, reply))
    }
}

impl RecordLine {
    fn read(self, kind: RecordType) -> Result<Record, String> {
        match (kind, self) {
            (RecordType::A, Self::Text(text)) => text.parse().map(Record::A).map_err(|_| text),
            (RecordType::Aaaa, Self::Text(text)) => {
                text.parse().map(Record::Aaaa).map_err(|_| text)
            }
            (RecordType::Cname, Self::Text(text)) => return read_name(&text).map(Record::Cname),
            (RecordType::Ptr, Self::Text(text)) => return read_name(&text).map(Record::Ptr),
            (
                RecordType::Mx,
                Self::Mx {
                    preference,
                    exchange,
                },
            ) => {
                let exchange = match exchange.as_str() {
                    "" | "." => None,
                    text => Some(read_name(text)?),
                };
                return Ok(Record::Mx {
                    preference,
                    exchange,
                });
            }
            (RecordType::Txt, Self::Txt(strings)) => {
                let strings = strings.into_iter().map(String::into_bytes).collect();
                return Ok(Record::Txt(Txt(strings)));
            }
            (RecordType::Txt, Self::Text(text)) => {
                return Ok(Record::Txt(Txt(vec![text.into_bytes()])));
            }
            (_, other) => Err(serde_json::to_string(&other).unwrap_or_default()),
        }
        .map_err(|text| format!("{text} is not the data of a record of type {kind}"))
    }
}

fn read_name(text: &str) -> Result<Name, String> {
    Name::parse(text).map_err(|error| format!("{text:?} is not a domain name: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = concat!(
        "{\"sesauth_dns\":1,\"captured\":\"2026-11-20T15:00:00Z\",\"resolver\":\"system\"}\n",
        "{\"name\":\"10.113.0.203.in-addr.arpa\",\"type\":\"PTR\",\"rcode\":\"NOERROR\",\"ttl\":5,\"records\":[\"a.example\"]}\n",
        "{\"name\":\"a.example\",\"type\":\"A\",\"rcode\":\"NOERROR\",\"ttl\":5,\"records\":[\"192.0.2.1\"]}\n",
        "{\"name\":\"a.example\",\"type\":\"AAAA\",\"rcode\":\"NOERROR\"}\n",
        "{\"name\":\"a.example\",\"type\":\"MX\",\"rcode\":\"NOERROR\",\"ttl\":5,\"records\":[{\"preference\":10,\"exchange\":\"mx.a.example\"},{\"preference\":0,\"exchange\":\".\"}]}\n",
        "{\"name\":\"a.example\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"cname\":[\"b.example\"],\"ttl\":5,\"ad\":true,\"records\":[[\"v=spf1 \",\"-all\"]]}\n",
        "{\"name\":\"binary.example\",\"type\":\"TXT\",\"rcode\":\"NOERROR\",\"ttl\":5,\"records_base64\":[[\"/w==\"]]}\n",
        "{\"name\":\"gone.example\",\"type\":\"A\",\"rcode\":\"NXDOMAIN\",\"ttl\":60,\"ad\":true}\n",
        "{\"name\":\"slow.example\",\"type\":\"A\",\"failure\":\"timeout\"}\n",
        "{\"name\":\"slow.example\",\"type\":\"TXT\",\"rcode\":\"SERVFAIL\"}\n",
    );

    #[test]
    fn a_snapshot_read_and_written_is_the_same() {
        let snapshot = Snapshot::parse(TEXT, Absent::NotRecorded).unwrap();
        let mut written = Vec::new();
        snapshot.write(&mut written).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), TEXT);
    }

    #[test]
    fn a_wrong_line_is_named_by_its_number() {
        let error = Snapshot::parse("{\"sesauth_dns\":1}\n{}\n", Absent::NotRecorded).unwrap_err();
        assert!(matches!(error, Error::Snapshot { line: 2, .. }), "{error}");
        let error = Snapshot::parse("{\"sesauth_dns\":2}\n", Absent::NotRecorded).unwrap_err();
        assert!(error.to_string().contains("format 2"), "{error}");
        let line =
            "{\"name\":\"a.example\",\"type\":\"A\",\"rcode\":\"NOERROR\",\"records\":[\"::1\"]}";
        let text = format!("{{\"sesauth_dns\":1}}\n{line}\n");
        let error = Snapshot::parse(&text, Absent::NotRecorded).unwrap_err();
        assert!(error.to_string().contains("::1 is not the data"), "{error}");
    }
}
