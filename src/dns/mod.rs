//! DNS as this crate uses it: a [`Question`], a [`Reply`], and the trait [`Dns`] between them.

mod any;
#[cfg(feature = "live-dns")]
mod cache;
pub(crate) mod change;
mod error_code;
mod form;
mod line;
#[cfg(feature = "live-dns")]
mod live;
mod mailauth;
mod master_file;
#[cfg(feature = "live-dns")]
pub mod message_time;
mod name;
mod overlay;
mod own_zones;
mod provider_json;
mod record_set;
mod recorder;
mod response;
mod snapshot;
mod suffix;
mod zone;

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;

pub use any::AnyDns;
#[cfg(feature = "live-dns")]
pub use cache::{Cache, CacheOptions};
pub use change::{Action, RecordChange, dig};
pub use error_code::{ErrorCode, ExtendedError};
pub(crate) use form::{failure_in_words, in_words, is_too_long, txt, zone_data, zone_name};
pub use line::{LookupLine, RecordLine};
#[cfg(feature = "live-dns")]
pub use live::{Endpoint, Live, LiveOptions, NoDns, Server};
pub use name::{Name, NameError};
pub use overlay::Overlay;
pub use own_zones::OwnZones;
pub(crate) use provider_json::CLOUDFLARE_ID;
pub use record_set::{PublishedSet, RecordSet, SetChange, SetProblem};
pub use recorder::{Evidence, Lookup, LookupId, Recorder};
pub use response::{Response, Responses};
pub(crate) use snapshot::is_same;
pub use snapshot::{Absent, Snapshot};
pub(crate) use suffix::{is_under_known_suffix, registered};
pub use zone::Zone;

/// A source of DNS answers: a resolver, a recording, or planned records on top of either.
pub trait Dns: Sync {
    /// Answers `question`. A failure is also a [`Reply`].
    fn query(&self, question: &Question) -> impl Future<Output = Reply> + Send;

    /// Other answers to `question` that were seen at other times, latest first. Empty for a source
    /// that keeps no history.
    fn earlier(&self, question: &Question) -> Vec<Seen> {
        let _ = question;
        Vec::new()
    }

    /// Whether every alias (CNAME) is visible. False where a missing name means "does not exist":
    /// such a collection is made by hand or by another tool, which may have stored only the final
    /// records.
    fn keeps_aliases(&self) -> bool {
        true
    }
}

impl<D: Dns + Send> Dns for &D {
    async fn query(&self, question: &Question) -> Reply {
        (*self).query(question).await
    }

    fn earlier(&self, question: &Question) -> Vec<Seen> {
        (*self).earlier(question)
    }

    fn keeps_aliases(&self) -> bool {
        (*self).keeps_aliases()
    }
}

/// A source that has all its answers at hand, like a recording or zone text. Its `query` never
/// waits, so no async runtime is needed.
pub trait Recorded: Dns {}

impl<D: Recorded + Send> Recorded for &D {}

/// Runs a future to its end. The future must ask only a [`Recorded`] source, so it never waits.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

/// An answer and when it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The answer.
    pub reply: Reply,
    /// When it was seen, if known.
    pub at: Option<Timestamp>,
}

/// The record types that mail authentication asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordType {
    /// IPv4 address.
    A,
    /// Alias, when the alias itself is asked for.
    Aaaa,
    /// Alias, asked for itself.
    Cname,
    /// Mail exchanger.
    Mx,
    /// Name server of a zone.
    Ns,
    /// Name that belongs to an address.
    Ptr,
    /// Text.
    Txt,
}

impl RecordType {
    /// All types, in alphabetical order.
    pub const ALL: [Self; 7] = [
        Self::A,
        Self::Aaaa,
        Self::Cname,
        Self::Mx,
        Self::Ns,
        Self::Ptr,
        Self::Txt,
    ];

    /// The mnemonic of the type, as `dig` writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Ptr => "PTR",
            Self::Txt => "TXT",
        }
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for RecordType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl schemars::JsonSchema for RecordType {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RecordType".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

/// A DNS question: a name and a record type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// The name asked about.
    pub name: Name,
    /// The type of record.
    pub kind: RecordType,
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

impl Question {
    /// A question for records of type `kind` at `name`.
    pub fn new(name: Name, kind: RecordType) -> Self {
        Self { name, kind }
    }

    /// A question for TXT records at `name`.
    pub fn txt(name: Name) -> Self {
        Self::new(name, RecordType::Txt)
    }

    /// Whether the name can be written in a shell command without quoting.
    pub fn is_harmless(&self) -> bool {
        let name = self.name.as_str();
        let harmless =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        name.bytes().all(harmless) && !name.starts_with('-')
    }
}

/// The answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// There are records.
    Records(Answer),
    /// The name exists, but has no record of this type (RFC 2308 §2.2).
    NoData(Negative),
    /// The name does not exist (RFC 2308 §2.1).
    NxDomain(Negative),
    /// No answer was received; a later attempt may succeed.
    TempFail(Failure),
    /// The recording does not contain this question, so nothing is known.
    NotRecorded,
}

/// Records, and the aliases that led to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Targets of the CNAME records followed, in order; empty if the name is not an alias.
    pub cname: Vec<Name>,
    /// The smallest TTL of the records, in seconds.
    pub ttl: u32,
    /// Whether the resolver said that it validated this with DNSSEC (the AD bit, RFC 4035 §3.2.3).
    /// This is only evidence: whether to trust it depends on the path to the resolver.
    pub authenticated: bool,
    /// The records, in the order of the response.
    pub records: Vec<Record>,
}

/// The answer that there are no records, and the aliases that led to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Negative {
    /// Targets of the CNAME records followed, in order.
    pub cname: Vec<Name>,
    /// How long the absence may be cached, in seconds, if the server said so.
    pub ttl: Option<u32>,
    /// The AD bit, as in [`Answer`].
    pub authenticated: bool,
}

/// The data of one record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Record {
    /// IPv4 address.
    A(Ipv4Addr),
    /// IPv6 address.
    Aaaa(Ipv6Addr),
    /// Target of an alias.
    Cname(Name),
    /// Mail exchanger.
    Mx {
        /// Lower is tried first.
        preference: u16,
        /// Host name; `None` is the root, as in the "null MX" of RFC 7505.
        exchange: Option<Name>,
    },
    /// Name server of a zone.
    Ns(Name),
    /// Name that belongs to an address.
    Ptr(Name),
    /// Text, in its original strings.
    Txt(Txt),
}

/// The character-strings of one TXT record, split as they were published.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Txt(pub Vec<Vec<u8>>);

impl Txt {
    /// The strings joined with nothing between them, as SPF, DKIM and DMARC read them (RFC 7208
    /// §3.3, RFC 6376 §3.6.2.2, RFC 9989 §4.5).
    pub fn joined(&self) -> Vec<u8> {
        self.0.concat()
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// No server answered in time.
    Timeout,
    /// A server answered with an error code other than NXDOMAIN.
    Rcode(Box<ErrorCode>),
    /// No server could be reached, or the response could not be used; in words.
    Network(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("timeout"),
            Self::Rcode(code) => code.fmt(f),
            Self::Network(text) => f.write_str(text),
        }
    }
}

impl Record {
    /// Its type.
    pub fn kind(&self) -> RecordType {
        match self {
            Self::A(_) => RecordType::A,
            Self::Aaaa(_) => RecordType::Aaaa,
            Self::Cname(_) => RecordType::Cname,
            Self::Mx { .. } => RecordType::Mx,
            Self::Ns(_) => RecordType::Ns,
            Self::Ptr(_) => RecordType::Ptr,
            Self::Txt(_) => RecordType::Txt,
        }
    }
}

impl Reply {
    /// The TXT records of this reply; empty unless it is [`Reply::Records`].
    pub fn txt(&self) -> impl Iterator<Item = &Txt> {
        self.records().iter().filter_map(|record| match record {
            Record::Txt(txt) => Some(txt),
            _ => None,
        })
    }

    /// The addresses of this reply; empty unless it is [`Reply::Records`].
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.records().iter().filter_map(|record| match record {
            Record::A(ip) => Some(IpAddr::V4(*ip)),
            Record::Aaaa(ip) => Some(IpAddr::V6(*ip)),
            _ => None,
        })
    }

    /// The records of this reply; empty unless it is [`Reply::Records`].
    pub fn records(&self) -> &[Record] {
        match self {
            Self::Records(answer) => &answer.records,
            _ => &[],
        }
    }

    /// Whether the resolver said that it validated this reply with DNSSEC.
    pub fn is_authenticated(&self) -> bool {
        match self {
            Self::Records(answer) => answer.authenticated,
            Self::NoData(negative) | Self::NxDomain(negative) => negative.authenticated,
            Self::TempFail(_) | Self::NotRecorded => false,
        }
    }

    /// Targets of the CNAME records that led to this reply.
    pub fn cname(&self) -> &[Name] {
        match self {
            Self::Records(answer) => &answer.cname,
            Self::NoData(negative) | Self::NxDomain(negative) => &negative.cname,
            Self::TempFail(_) | Self::NotRecorded => &[],
        }
    }

    /// How much memory this reply takes, about.
    fn octets(&self) -> usize {
        const ITEM: usize = 40;
        let name = |name: &Name| ITEM + name.as_str().len();
        let record = |record: &Record| match record {
            Record::A(_) | Record::Aaaa(_) | Record::Mx { exchange: None, .. } => ITEM,
            Record::Cname(target) | Record::Ns(target) | Record::Ptr(target) => ITEM + name(target),
            Record::Mx {
                exchange: Some(exchange),
                ..
            } => ITEM + name(exchange),
            Record::Txt(txt) => ITEM + txt.0.iter().map(|part| ITEM + part.len()).sum::<usize>(),
        };
        let names: usize = self.cname().iter().map(name).sum();
        names + self.records().iter().map(record).sum::<usize>()
    }
}

/// The reply for aliases that form a loop, or a chain longer than the limit.
fn endless_aliases(name: &Name) -> Reply {
    Reply::TempFail(Failure::Network(format!(
        "the CNAME records at {name} lead in a circle or too far"
    )))
}
