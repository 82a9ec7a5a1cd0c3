//! Two copies of one message, compared under the canonical forms that its signatures use: what a
//! signature does not forgive is a difference, and nothing else.

mod body;
mod changes;
mod header;
mod outside;
mod place;
mod way;

use futures_util::future::{BoxFuture, FutureExt};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::Limits;
use crate::dkim::select::FieldIndex;
use crate::dkim::{
    BodyResult, DkimFault, DkimSignature, DkimVerdict, Effort, HeaderResult, Judge, signatures,
};
use crate::dns::{Dns, Evidence, Lookup, Name, Recorder};
use crate::message::{Message, Source};
use crate::session::{Session, SessionHints};

pub use body::{BodyDiff, BodyLine, LineCounts};
pub use changes::{Changes, CopyName};
pub use header::{FieldDiff, FieldThere, HeaderDiff};
pub use outside::Outside;
pub use place::{Next, Octets, Place, Spot};

/// What is said of two copies, or of one signature in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DiffResult {
    /// What is signed is the same in both.
    Same,
    /// What is signed differs.
    Differ,
    /// It could not be compared.
    NotCompared,
}

/// A part that a signature covers, in both copies.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PartDiff<T> {
    /// The canonical octets are the same.
    Same,
    /// They differ.
    Differ(T),
    /// They could not be compared: the canonical form is unknown, or a file has no body.
    NotCompared,
}

/// Two copies of a message.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Diff {
    /// The first copy.
    pub a: Delivery,
    /// The second copy.
    pub b: Delivery,
    /// Each signature that both carry, compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<SignatureDiff>,
    /// What differs in the files, signed or not.
    pub outside: Outside,
    /// Every DNS question that was asked, with its answer, in order.
    pub lookups: Evidence,
}

/// One of the copies.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// The file.
    pub source: Source,
    /// Message-ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The signatures that the other copy does not carry.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own_signatures: Vec<OwnSignature>,
    /// The hosts that wrote a Received field which the other copy does not have, latest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own_hosts: Vec<String>,
}

/// A signature that only one copy carries.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct OwnSignature {
    /// Its number in that copy, from 1.
    pub number: usize,
    /// `d=`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<Name>,
    /// `s=`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<Name>,
}

/// A signature that both copies carry: the same `d=`, `s=` and `b=`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct SignatureDiff {
    /// In the first copy.
    pub a: Sighting,
    /// In the second copy.
    pub b: Sighting,
    /// The signed header fields, and the signature field without its `b=`.
    pub header: PartDiff<HeaderDiff>,
    /// The body, or as much of it as `l=` says.
    pub body: PartDiff<BodyDiff>,
    /// The kinds of change behind what differs, where they can be proved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Changes>,
}

/// A signature in one of the copies.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Sighting {
    /// Its number, from 1.
    pub number: usize,
    /// The verdict on it there.
    pub verdict: DkimVerdict,
}

impl Sighting {
    /// Whether what it covers is as it was signed; `None` if that is not known.
    fn is_intact(&self) -> Option<bool> {
        let verdict = &self.verdict;
        match (verdict.header.result, verdict.body.result) {
            (_, BodyResult::Differ) => Some(false),
            (HeaderResult::Verified, BodyResult::Match) => Some(true),
            _ => match verdict.fault {
                Some(DkimFault::HeaderChanged { made_by_key: true }) => Some(false),
                _ => None,
            },
        }
    }
}

impl SignatureDiff {
    /// Whether what it covers differs.
    pub fn result(&self) -> DiffResult {
        match (&self.header, &self.body) {
            (PartDiff::Differ(_), _) | (_, PartDiff::Differ(_)) => DiffResult::Differ,
            (PartDiff::Same, PartDiff::Same) => DiffResult::Same,
            _ => DiffResult::NotCompared,
        }
    }

    /// Whether what it covers is as it was signed, in each copy; `None` if that is not known.
    pub fn are_intact(&self) -> (Option<bool>, Option<bool>) {
        let (a, b) = (self.a.is_intact(), self.b.is_intact());
        // A key that fits in one copy is the key of the other.
        let failed = |one: &Sighting| one.verdict.header.result == HeaderResult::Failed;
        match (a, b) {
            (Some(true), None) if failed(&self.b) => (a, Some(false)),
            (None, Some(true)) if failed(&self.a) => (Some(false), b),
            both => both,
        }
    }
}

impl Diff {
    /// Whether anything differs that is signed.
    pub fn result(&self) -> DiffResult {
        let has = |result| self.signatures.iter().any(|one| one.result() == result);
        match () {
            () if has(DiffResult::Differ) => DiffResult::Differ,
            () if has(DiffResult::Same) => DiffResult::Same,
            () => DiffResult::NotCompared,
        }
    }
}

/// Compares two copies of a message. `only`: the number of a signature in `a`, if no other is to be
/// compared.
/// `now` is the time to judge a copy at that does not say when it was received.
///
/// # Examples
///
/// ```
/// use sesauth::Limits;
/// use sesauth::diff::DiffResult;
/// use sesauth::dns::Snapshot;
/// use sesauth::message::Message;
///
/// # async fn example() -> Result<(), sesauth::Error> {
/// let limits = Limits::default();
/// let a = Message::parse(b"From: a@example.com\r\n\r\nHello\r\n", &limits)?;
/// let b = Message::parse(b"From: a@example.com\n\nHello\n", &limits)?;
/// let now = jiff::Timestamp::UNIX_EPOCH;
/// let diff = sesauth::diff(&a, &b, None, &Snapshot::default(), now, &limits).await;
/// // There is no signature.
/// assert_eq!(diff.result(), DiffResult::NotCompared);
/// # Ok(())
/// # }
/// ```
pub async fn diff(
    a: &Message<'_>,
    b: &Message<'_>,
    only: Option<usize>,
    dns: &impl Dns,
    now: Timestamp,
    limits: &Limits,
) -> Diff {
    run(a, b, only, Recorder::new(dns), now, limits).await
}

/// Runs the steps. In a box, they are compiled here and not in each crate that awaits them.
fn run<'a>(
    a: &'a Message<'a>,
    b: &'a Message<'a>,
    only: Option<usize>,
    dns: Recorder<'a>,
    now: Timestamp,
    limits: &'a Limits,
) -> BoxFuture<'a, Diff> {
    steps(a, b, only, dns, now, limits).boxed()
}

async fn steps(
    a: &Message<'_>,
    b: &Message<'_>,
    only: Option<usize>,
    dns: Recorder<'_>,
    now: Timestamp,
    limits: &Limits,
) -> Diff {
    let mut a = Copy::read(a, now, limits);
    let mut b = Copy::read(b, now, limits);
    let mut pairs = pairs(&a.signatures, &b.signatures);
    let own = |of: &Copy<'_, '_>, paired: &dyn Fn(usize) -> bool| {
        let own = of.signatures.iter().enumerate();
        let own = own.filter(|(at, _)| !paired(*at));
        own.map(|(at, one)| OwnSignature {
            number: at + 1,
            domain: one.domain.clone(),
            selector: one.selector.clone(),
        })
        .collect::<Vec<_>>()
    };
    let only_a = own(&a, &|at| pairs.iter().any(|pair| pair.0 == at));
    let only_b = own(&b, &|at| pairs.iter().any(|pair| pair.1 == at));
    pairs.retain(|pair| only.is_none_or(|only| only == pair.0 + 1));

    let questions = pairs.iter().map(|pair| a.signatures[pair.0].question());
    let questions: Vec<_> = questions.collect();
    let asked: Vec<_> = questions.iter().flatten().cloned().collect();
    let mut lookups = dns.ask_all(&asked).await.into_iter();
    let mut bodies = body::Bodies::default();
    let signatures = pairs.iter().zip(questions).map(|(pair, question)| {
        let lookup = question.and_then(|_| lookups.next());
        let in_a = a.sighting(pair.0, lookup.as_ref());
        let in_b = b.sighting(pair.1, lookup.as_ref());
        let (one, other) = (&a.signatures[pair.0], &b.signatures[pair.1]);
        let mut diff = SignatureDiff {
            a: in_a,
            b: in_b,
            header: header::compare((a.message, one, &a.index), (b.message, other, &b.index)),
            body: bodies.compare((a.message, one), (b.message, other)),
            changes: Vec::new(),
        };
        diff.changes = changes::find(&diff, &mut a, &mut b, *pair);
        diff
    });
    let signatures = signatures.collect();
    Diff {
        signatures,
        outside: outside::find(a.message, b.message),
        a: a.delivery(only_a, way::own_hosts(a.message, b.message, limits)),
        b: b.delivery(only_b, way::own_hosts(b.message, a.message, limits)),
        lookups: dns.into_evidence(),
    }
}

/// A copy, with what is read of it.
struct Copy<'m, 'a> {
    message: &'m Message<'a>,
    signatures: Vec<DkimSignature>,
    index: FieldIndex<'a>,
    judge: Judge<'m, 'a>,
    /// When it was received.
    at: Timestamp,
}

impl<'m, 'a> Copy<'m, 'a> {
    fn read(message: &'m Message<'a>, now: Timestamp, limits: &'m Limits) -> Self {
        let signatures = signatures(message, limits);
        let session = Session::find(message, &SessionHints::default(), limits);
        Self {
            message,
            index: FieldIndex::new(message),
            judge: Judge::new(message, &signatures, limits).with_effort(Effort::Deep),
            signatures,
            at: session.received_at.map_or(now, |at| at.value),
        }
    }

    fn sighting(&mut self, at: usize, lookup: Option<&Lookup>) -> Sighting {
        let signature = &self.signatures[at];
        Sighting {
            number: at + 1,
            verdict: self.judge.signature(signature, lookup, self.at),
        }
    }

    fn delivery(&self, own_signatures: Vec<OwnSignature>, own_hosts: Vec<String>) -> Delivery {
        Delivery {
            source: self.message.source.clone(),
            message_id: self.message.text("Message-ID"),
            own_signatures,
            own_hosts,
        }
    }
}

/// The indexes of the signatures that are in both lists.
fn pairs(a: &[DkimSignature], b: &[DkimSignature]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (at, one) in a.iter().enumerate() {
        let is_it = |other: &DkimSignature| {
            let is_same = (&one.domain, &one.selector) == (&other.domain, &other.selector);
            is_same && one.signature == other.signature && !one.signature.is_empty()
        };
        let is_free = |at: &usize| pairs.iter().all(|pair| pair.1 != *at);
        let found = (0..b.len()).find(|at| is_it(&b[*at]) && is_free(at));
        pairs.extend(found.map(|other| (at, other)));
    }
    pairs
}
