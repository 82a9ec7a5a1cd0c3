//! One lookup as JSON: a line of a recording, and an element of `lookups` in the output.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Answer, ErrorCode, ExtendedError, Failure, Name, NameError, Negative, Question, Record,
    RecordType, Reply, Txt,
};

/// One lookup as a line of a snapshot, and as an element of `lookups` in the JSON output.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[non_exhaustive]
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
    /// What the server says of its error code (RFC 8914).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ede: Vec<ExtendedError>,
    /// Why no response came: `timeout`, or a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// True if a recording does not contain this question; not saved in snapshots.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_recorded: bool,
    /// When this was answered, if that differs from the head of the recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Timestamp>,
    /// The resolver that answered, if that differs from the head of the recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolver: Option<String>,
    /// Targets of the CNAME records followed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cname: Vec<String>,
    /// Time to live in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
    /// True if the resolver said that it validated this with DNSSEC (its AD bit).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ad: bool,
    /// The records; NOERROR with an empty list is NODATA.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordLine>,
    /// TXT records in which at least one string is not UTF-8, with each string in base64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records_base64: Vec<Vec<String>>,
}

/// One record of a [`LookupLine`].
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
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

impl LookupLine {
    /// The line that records `reply` as the answer to `question`.
    pub fn new(question: &Question, reply: &Reply) -> Self {
        let mut line = Self {
            id: None,
            name: question.name.to_string(),
            kind: question.kind.to_string(),
            rcode: None,
            ede: Vec::new(),
            failure: None,
            not_recorded: false,
            captured: None,
            resolver: None,
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
            Reply::TempFail(Failure::Rcode(code)) => {
                line.rcode = Some(code.name.clone());
                line.ede = code.extended.clone();
            }
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
                Record::Cname(name) | Record::Ns(name) | Record::Ptr(name) => {
                    RecordLine::Text(name.to_string())
                }
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

    /// The question and the reply that the line records.
    pub(super) fn read(self) -> Result<(Question, Reply), String> {
        let kind = RecordType::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(&self.kind))
            .ok_or_else(|| format!("record type {} is not known here", self.kind))?;
        let question = Question::new(read_name(&self.name)?, kind);
        let cname = self
            .cname
            .iter()
            .map(|name| read_target(name))
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
            (Some(rcode), None) if is_rcode(rcode) => {
                Reply::TempFail(Failure::Rcode(Box::new(ErrorCode::new(rcode, self.ede))))
            }
            (Some(rcode), None) => {
                return Err(format!(
                    "{rcode:?} is no response code; it is NOERROR, NXDOMAIN, SERVFAIL, REFUSED or \
                     another name that dig shows as status"
                ));
            }
            (None, Some(text)) if text == "timeout" => Reply::TempFail(Failure::Timeout),
            (None, Some(text)) => Reply::TempFail(Failure::Network(text)),
            _ => return Err("a lookup needs either \"rcode\" or \"failure\"".into()),
        };
        Ok((question, reply))
    }
}

/// The names of response codes in the IANA registry, without the two that are an answer.
const RCODES: [&str; 19] = [
    "FORMERR",
    "SERVFAIL",
    "NOTIMP",
    "REFUSED",
    "YXDOMAIN",
    "YXRRSET",
    "NXRRSET",
    "NOTAUTH",
    "NOTZONE",
    "DSOTYPENI",
    "BADVERS",
    "BADSIG",
    "BADKEY",
    "BADTIME",
    "BADMODE",
    "BADNAME",
    "BADALG",
    "BADTRUNC",
    "BADCOOKIE",
];

/// Whether this is the name of a response code, or its number as RCODE4095 (12 bits, RFC 6891
/// §6.1.3).
fn is_rcode(text: &str) -> bool {
    let number = text.strip_prefix("RCODE").unwrap_or_default();
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    RCODES.contains(&text) || is_number && matches!(number.parse(), Ok(0..=4095))
}

impl RecordLine {
    fn read(self, kind: RecordType) -> Result<Record, String> {
        match (kind, self) {
            (RecordType::A, Self::Text(text)) => text.parse().map(Record::A).map_err(|_| text),
            (RecordType::Aaaa, Self::Text(text)) => {
                text.parse().map(Record::Aaaa).map_err(|_| text)
            }
            (RecordType::Cname, Self::Text(text)) => return read_target(&text).map(Record::Cname),
            (RecordType::Ns, Self::Text(text)) => return read_name(&text).map(Record::Ns),
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

/// The target of an alias, which may be the root.
fn read_target(text: &str) -> Result<Name, String> {
    Name::target(text).map_err(|error| not_a_name(text, error))
}

fn read_name(text: &str) -> Result<Name, String> {
    Name::parse(text).map_err(|error| not_a_name(text, error))
}

fn not_a_name(text: &str, error: NameError) -> String {
    format!("{text:?} is not a domain name: {error}")
}
