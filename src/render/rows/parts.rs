//! The structures that stand in lists: identities of SPF, signatures, the receiver's results, findings.

use serde::Serialize;

use super::cell::{Column, Kind, Value};
use crate::claims::ClaimedResult;
use crate::dkim::DkimVerdict;
use crate::dmarc::Alignment;
use crate::dns::Name;
use crate::findings::Hit;
use crate::render::failure::word;
use crate::spf::SpfVerdict;

/// SPF for one identity.
pub struct SeenSpf<'i> {
    pub verdict: &'i SpfVerdict,
    pub alignment: Option<&'i Alignment>,
}

/// One signature.
pub struct SeenSignature<'i> {
    pub verdict: &'i DkimVerdict,
    pub alignment: Option<&'i Alignment>,
}

type OfSpf = Column<fn(&SeenSpf<'_>) -> Value>;
type OfSignature = Column<fn(&SeenSignature<'_>) -> Value>;
type OfResult = Column<fn(&ClaimedResult) -> Value>;
type OfHit = Column<fn(&Hit) -> Value>;

/// SPF for one identity.
pub const SPF: &[OfSpf] = &[
    Column {
        name: "identity",
        kind: Kind::Text,
        about: "mail-from or helo",
        get: |one| said(&one.verdict.identity),
    },
    Column {
        name: "domain",
        kind: Kind::Text,
        about: "Domain that was evaluated",
        get: |one| one.verdict.domain.as_deref().into(),
    },
    Column {
        name: "result",
        kind: Kind::Text,
        about: "Result",
        get: |one| Value::word(one.verdict.result.as_str()),
    },
    Column {
        name: "cause",
        kind: Kind::Text,
        about: "Why",
        get: |one| said(&one.verdict.cause),
    },
    Column {
        name: "aligned",
        kind: Kind::Flag,
        about: "Whether the domain is aligned with from_domain; empty if not known, or for HELO",
        get: |one| one.alignment.and_then(|one| one.aligned).into(),
    },
    Column {
        name: "matched",
        kind: Kind::Text,
        about: "Term whose qualifier is the result",
        get: |one| {
            let matched = one.verdict.matched.as_ref();
            matched.map(|matched| &*matched.directive).into()
        },
    },
    Column {
        name: "lookups",
        kind: Kind::Number,
        about: "How many terms caused lookups; 10 are allowed",
        get: |one| one.verdict.lookups.into(),
    },
    Column {
        name: "void_lookups",
        kind: Kind::Number,
        about: "How many of them found nothing; 2 are allowed",
        get: |one| one.verdict.void_lookups.into(),
    },
];

/// One signature.
pub const DKIM: &[OfSignature] = &[
    Column {
        name: "domain",
        kind: Kind::Text,
        about: "Domain that signed (d=)",
        get: |one| name(one.verdict.domain.as_ref()),
    },
    Column {
        name: "selector",
        kind: Kind::Text,
        about: "Selector of its key (s=)",
        get: |one| name(one.verdict.selector.as_ref()),
    },
    Column {
        name: "identity_domain",
        kind: Kind::Text,
        about: "Domain of the identity that signed (i=)",
        get: |one| domain_in(one.verdict.identity.as_deref()),
    },
    Column {
        name: "algorithm",
        kind: Kind::Text,
        about: "Algorithm (a=)",
        get: |one| one.verdict.algorithm.as_deref().into(),
    },
    Column {
        name: "result",
        kind: Kind::Text,
        about: "Result",
        get: |one| Value::word(one.verdict.result.as_str()),
    },
    Column {
        name: "cause",
        kind: Kind::Text,
        about: "Why",
        get: |one| said(&one.verdict.cause),
    },
    Column {
        name: "aligned",
        kind: Kind::Flag,
        about: "Whether the domain is aligned with from_domain; empty if not known",
        get: |one| one.alignment.and_then(|one| one.aligned).into(),
    },
    Column {
        name: "body",
        kind: Kind::Text,
        about: "Whether the body is the one that was signed: match, differ, unchecked",
        get: |one| said(&one.verdict.body.result),
    },
    Column {
        name: "header",
        kind: Kind::Text,
        about: "Whether the signature of the header verifies: verified, failed, unchecked",
        get: |one| said(&one.verdict.header.result),
    },
    Column {
        name: "key_type",
        kind: Kind::Text,
        about: "Type of its key: rsa, ed25519",
        get: |one| {
            let key = one.verdict.key.as_ref();
            key.and_then(|key| key.kind).into()
        },
    },
    Column {
        name: "key_bits",
        kind: Kind::Number,
        about: "Length of an RSA key in bits",
        get: |one| {
            let key = one.verdict.key.as_ref();
            key.and_then(|key| key.bits).into()
        },
    },
    Column {
        name: "testing",
        kind: Kind::Flag,
        about: "Whether its key says that the domain is testing DKIM",
        get: |one| one.verdict.testing.into(),
    },
    Column {
        name: "body_unsigned",
        kind: Kind::Flag,
        about: "Whether it leaves a part of the body unsigned (l=)",
        get: |one| (one.verdict.body.unsigned_length > Some(0)).into(),
    },
];

/// One result that the receiver recorded.
pub const RECEIVER: &[OfResult] = &[
    Column {
        name: "method",
        kind: Kind::Text,
        about: "spf, dkim, dmarc and so on",
        get: |one| one.method.clone().into(),
    },
    Column {
        name: "result",
        kind: Kind::Text,
        about: "The result, in its own words",
        get: |one| one.result.clone().into(),
    },
    Column {
        name: "comparison",
        kind: Kind::Text,
        about: "agree, differ, or only-theirs if there is none of ours to compare with",
        get: |one| said(&one.comparison),
    },
    Column {
        name: "cause",
        kind: Kind::Text,
        about: "Why it differs from ours, if that is known",
        get: |one| one.cause.as_ref().map(word).into(),
    },
];

/// One finding.
pub const FINDING: &[OfHit] = &[
    Column {
        name: "severity",
        kind: Kind::Text,
        about: "error, warning or notice",
        get: |hit| Value::word(hit.severity.as_str()),
    },
    Column {
        name: "code",
        kind: Kind::Text,
        about: "Code of its rule: `sesauth explain CODE` has the words",
        get: |hit| Value::word(hit.code),
    },
];

/// A structure of these columns for each of `all`.
pub fn records<G, T>(
    columns: &[Column<G>],
    all: impl Iterator<Item = T>,
    get: impl Fn(&Column<G>, T) -> Value,
) -> Value
where
    T: Copy,
{
    let one = |it: T| columns.iter().map(|column| get(column, it)).collect();
    Value::Records(all.map(one).collect())
}

/// The word of a value, as the JSON has it.
pub fn said(value: &impl Serialize) -> Value {
    word(value).into()
}

pub fn name(name: Option<&Name>) -> Value {
    name.map(|name| name.as_str()).into()
}

/// What follows the last @ of an address; all of it if there is none.
pub fn domain_in(address: Option<&str>) -> Value {
    let domain = address.map(|address| address.rsplit('@').next().unwrap_or_default());
    domain.map(str::to_ascii_lowercase).into()
}
