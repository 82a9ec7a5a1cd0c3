//! What a domain publishes beside SPF, DKIM and DMARC, as far as DNS shows it, and the names that
//! wildcards answer.

use schemars::JsonSchema;
use serde::Serialize;

use crate::dns::{Lookup, LookupId, Name, Question, RecordType, Recorder, Reply};

/// A name that nobody publishes: what answers there is a wildcard.
const NOBODYS: &str = "sesauth-no-such-name";

/// What is published beside SPF, DKIM and DMARC.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Beside {
    /// Whether mail to the domain is encrypted (MTA-STS, RFC 8461): the record at `_mta-sts`. The
    /// policy itself is on a web server.
    pub mta_sts: Text,
    /// Whether the host of that policy has an address; `None` without the record or an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mta_sts_host: Option<bool>,
    /// Where reports about that go (TLS-RPT, RFC 8460): the record at `_smtp._tls`.
    pub tls_rpt: Text,
    /// The logo to show beside mail (BIMI): the record at `default._bimi`.
    pub bimi: Text,
    /// The record types that a wildcard answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wildcards: Vec<Wildcard>,
}

/// A TXT record that may be there.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Text {
    /// The record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Whether there are several, so that none counts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub several: bool,
    /// Whether DNS answered.
    pub checked: bool,
    /// The lookup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookup: Option<LookupId>,
}

/// A wildcard.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Wildcard {
    /// The name, which begins with `*`.
    pub name: String,
    /// The type of the record.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// The first record, as text; empty for other types.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl Text {
    /// The records in an answer that begin with `version`.
    fn read(lookup: &Lookup, version: &str) -> Self {
        let texts = lookup.reply.txt().map(|text| text.joined());
        let texts = texts.map(|text| String::from_utf8_lossy(&text).into_owned());
        let mut records = texts.filter(|text| {
            let rest = text.trim_start().strip_prefix(version);
            rest.is_some_and(|rest| rest.is_empty() || rest.trim_start().starts_with(';'))
        });
        let record = records.next();
        Self {
            record,
            several: records.next().is_some(),
            checked: !matches!(lookup.reply, Reply::TempFail(_) | Reply::NotRecorded),
            lookup: Some(lookup.id),
        }
    }
}

impl Beside {
    /// Asks for all of it at once.
    pub(super) async fn ask(domain: &Name, dns: &Recorder<'_>) -> Self {
        let under = |prefix: &str, kind| {
            let name = domain.under(prefix).ok()?;
            Some(Question::new(name, kind))
        };
        let key = format!("{NOBODYS}._domainkey");
        let questions = [
            under("_mta-sts", RecordType::Txt),
            under("mta-sts", RecordType::A),
            under("_smtp._tls", RecordType::Txt),
            under("default._bimi", RecordType::Txt),
            under(NOBODYS, RecordType::Txt),
            under(NOBODYS, RecordType::Mx),
            under(NOBODYS, RecordType::A),
            under(&key, RecordType::Txt),
        ];
        // A name too long to ask about is one that cannot be published.
        let asked: Vec<Question> = questions.iter().flatten().cloned().collect();
        let lookups = dns.ask_all(&asked).await;
        let answer = |question: &Option<Question>| {
            let question = question.as_ref()?;
            lookups.iter().find(|lookup| lookup.question == *question)
        };
        let text = |at: usize, version: &str| {
            answer(&questions[at]).map_or_else(Text::default, |it| Text::read(it, version))
        };
        let mta_sts = text(0, "v=STSv1");
        let host = answer(&questions[1]).and_then(|lookup| match &lookup.reply {
            Reply::TempFail(_) | Reply::NotRecorded => None,
            reply => Some(!reply.records().is_empty()),
        });
        let wildcards = questions[4..].iter().filter_map(|question| {
            let lookup = answer(question)?;
            let is_there = !lookup.reply.records().is_empty();
            let parent = lookup.question.name.parent()?;
            is_there.then(|| Wildcard {
                name: format!("*.{parent}"),
                kind: lookup.question.kind,
                text: lookup.reply.txt().next().map_or_else(String::new, |text| {
                    String::from_utf8_lossy(&text.joined()).into_owned()
                }),
            })
        });
        let mut wildcards: Vec<Wildcard> = wildcards.collect();
        // A wildcard for every name answers below _domainkey too.
        let everywhere = wildcards.iter().find(|one| one.kind == RecordType::Txt);
        let everywhere = everywhere.cloned();
        wildcards.retain(|one| match &everywhere {
            Some(first) => {
                one.name == first.name || one.text != first.text || one.kind != first.kind
            }
            None => true,
        });
        Self {
            mta_sts_host: host.filter(|_| mta_sts.record.is_some()),
            mta_sts,
            tls_rpt: text(2, "v=TLSRPTv1"),
            bimi: text(3, "v=BIMI1"),
            wildcards,
        }
    }
}
