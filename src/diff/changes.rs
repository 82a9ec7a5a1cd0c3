//! The kinds of change that lead from one copy to the other, proved by undoing them: the octets are
//! then those of the other copy.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Copy, PartDiff, Sighting, SignatureDiff};
use crate::dkim::{Autopsy, BodyResult, Covered, Examined, HeaderResult};

/// What one copy has that the other has not, as changes that were made to the other.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Changes {
    /// The copy that has the changes; line numbers are of its file.
    #[serde(rename = "in")]
    pub copy: CopyName,
    /// Whether it is known that the other copy is the one that was signed. If not, the changes lead
    /// from the other copy to this one, whichever was first.
    pub is_later: bool,
    /// What was found. In the header, each field is looked at for itself.
    #[serde(flatten)]
    pub found: Autopsy,
    /// The signed fields that differ and of which it is not known how.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown_fields: Vec<String>,
}

/// One of the two copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CopyName {
    /// The first one.
    A,
    /// The second one.
    B,
}

impl CopyName {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// The copy that is changed, where a signature shows it; `None` if none does.
fn changed(in_a: Option<bool>, in_b: Option<bool>) -> Option<CopyName> {
    match (in_a, in_b) {
        (Some(true), Some(false)) => Some(CopyName::B),
        (Some(false), Some(true)) => Some(CopyName::A),
        _ => None,
    }
}

fn changed_header(diff: &SignatureDiff) -> Option<CopyName> {
    let is_signed = |one: &Sighting| one.verdict.header.result == HeaderResult::Verified;
    changed(Some(is_signed(&diff.a)), Some(is_signed(&diff.b)))
}

fn changed_body(diff: &SignatureDiff) -> Option<CopyName> {
    let is_signed = |one: &Sighting| one.verdict.body.result == BodyResult::Match;
    changed(Some(is_signed(&diff.a)), Some(is_signed(&diff.b)))
}

/// Looks for the changes behind what differs under one signature, the pair `at` of `a` and `b`. In
/// the copy that is known to be changed; where that is not known, in B and then in A.
pub(super) fn find(
    diff: &SignatureDiff,
    a: &mut Copy<'_, '_>,
    b: &mut Copy<'_, '_>,
    at: (usize, usize),
) -> Vec<Changes> {
    let header = changed_header(diff);
    let body = changed_body(diff);
    let mut asks_header = matches!(diff.header, PartDiff::Differ(_));
    let mut asks_body = matches!(diff.body, PartDiff::Differ(_));
    let first = body.or(header).unwrap_or(CopyName::B);
    let mut all = Vec::new();
    for copy in [first, first.other()] {
        let is_here = |changed: Option<CopyName>| changed.is_none_or(|changed| changed == copy);
        let (in_header, in_body) = (asks_header && is_here(header), asks_body && is_here(body));
        if !in_header && !in_body {
            continue;
        }
        let asked = (in_header, in_body);
        let (found, unknown_fields) = match copy {
            CopyName::A => since((b, at.1), (a, at.0), asked),
            CopyName::B => since((a, at.0), (b, at.1), asked),
        };
        let is_proved = |half: &Option<Examined>| half.as_ref().is_some_and(Examined::is_proved);
        asks_header &= !is_proved(&found.header);
        asks_body &= !is_proved(&found.body);
        let known = [(in_header, header), (in_body, body)];
        let is_later = known.iter().all(|(asked, known)| !asked || known.is_some());
        all.push(Changes {
            copy,
            is_later,
            found,
            unknown_fields,
        });
    }
    all
}

/// What leads from what one copy has of a signature, header or body or both, to what the other has.
fn since(
    (there, at_there): (&mut Copy<'_, '_>, usize),
    (here, at_here): (&mut Copy<'_, '_>, usize),
    (header, body): (bool, bool),
) -> (Autopsy, Vec<String>) {
    let covered = there.judge.covered(&there.signatures[at_there]);
    let covered = Covered {
        header: covered.header.filter(|_| header),
        body: covered.body.filter(|_| body),
    };
    let signature = &here.signatures[at_here];
    here.judge.changes_since(&covered, signature)
}
