//! The verdict on an Authenticated Received Chain: a result, its cause, and each set.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ArcFault, chain};
use crate::dkim::{DkimCause, DkimFault, DkimResult, DkimVerdict, KeyVerdict};
use crate::dns::{self, Name};
use crate::message::{AuthenticationResults, ResInfo};

/// The Chain Validation Status (RFC 8617 §4.4), and two words of our own for an unknown result.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ArcResult {
    /// The message has no ARC set.
    None,
    /// All seals and the newest message signature verify.
    Pass,
    /// The chain is broken.
    Fail,
    /// DNS did not answer; a later try may succeed. A receiver records fail (RFC 8617 §5.2.1).
    Temperror,
    /// The available data do not allow a result.
    NotEvaluated,
}

impl ArcResult {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Temperror => "temperror",
            Self::NotEvaluated => "not-evaluated",
        }
    }
}

impl fmt::Display for ArcResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a chain has its result.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ArcCause {
    /// There is no ARC set.
    NoSets,
    /// It verifies.
    Verified,
    /// There are more sets than the limit.
    TooManySets,
    /// The newest seal says `cv=fail`.
    CvFail,
    /// An ARC field cannot be read, or belongs to no set.
    FieldUnreadable,
    /// A set lacks one of its three fields.
    FieldMissing,
    /// A set has one of its fields more than once.
    FieldRepeated,
    /// An instance is missing.
    InstanceMissing,
    /// The `cv=` of a seal is not the one required for its instance.
    ChainValidation,
    /// The newest ARC-Message-Signature does not verify.
    MessageSignature,
    /// A seal does not verify.
    Seal,
    /// DNS did not answer.
    Dns,
    /// The recorded DNS does not contain a key.
    NotRecorded,
    /// The file has no body.
    HeadersOnly,
}

impl ArcCause {
    /// The result that this cause leads to.
    pub fn result(self) -> ArcResult {
        match self {
            Self::NoSets => ArcResult::None,
            Self::Verified => ArcResult::Pass,
            Self::TooManySets
            | Self::CvFail
            | Self::FieldUnreadable
            | Self::FieldMissing
            | Self::FieldRepeated
            | Self::InstanceMissing
            | Self::ChainValidation
            | Self::MessageSignature
            | Self::Seal => ArcResult::Fail,
            Self::Dns => ArcResult::Temperror,
            Self::NotRecorded | Self::HeadersOnly => ArcResult::NotEvaluated,
        }
    }
}

/// The Authenticated Received Chain of a message: results that hosts recorded along the way.
/// For information only: DMARC and the conclusion do not depend on it.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ArcVerdict {
    /// The result.
    pub result: ArcResult,
    /// The cause of that result.
    pub cause: ArcCause,
    /// What keeps the chain from passing, in detail; `None` if it passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<ArcFault>,
    /// The lowest instance for which it and all newer message signatures verify; 0 if all do (RFC
    /// 8617 §5.2, step 5). `None` if that is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_pass: Option<u32>,
    /// What the first set recorded, if the message was passed on after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<Original>,
    /// The sets, in ascending order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<ArcInstance>,
}

/// What the first host that sealed the message recorded.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Original {
    /// The server that recorded it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authserv_id: Option<String>,
    /// `d=` of the first seal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed_by: Option<Name>,
    /// Whether the chain verifies from there to the newest seal.
    pub verified: bool,
    /// SPF, as recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spf: Option<RecordedResult>,
    /// DKIM, as recorded, one for each signature.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dkim: Vec<RecordedResult>,
    /// DMARC, as recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dmarc: Option<RecordedResult>,
}

/// One ARC set.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct ArcInstance {
    /// Its number, `i=`.
    pub instance: u32,
    /// `d=` of the seal in A-labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<Name>,
    /// `s=` of the seal in A-labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<Name>,
    /// `cv=` of the seal as written: the state in which the host found the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain_validation: Option<String>,
    /// The time of the seal (`t=`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// The ARC-Seal; `None` where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal: Option<SealVerdict>,
    /// The ARC-Message-Signature; `None` where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_signature: Option<DkimVerdict>,
    /// The server that recorded the results.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authserv_id: Option<String>,
    /// The results in its ARC-Authentication-Results.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<RecordedResult>,
    /// Where its ARC-Authentication-Results begins in the file.
    #[serde(skip)]
    pub(crate) results_start: Option<usize>,
}

/// The verdict on one ARC-Seal.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct SealVerdict {
    /// The result.
    pub result: DkimResult,
    /// The cause of that result.
    pub cause: DkimCause,
    /// Why it does not verify, in detail; `None` if it verifies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<DkimFault>,
    /// `a=` as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// The public key; `None` if the seal does not say where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyVerdict>,
}

impl From<DkimVerdict> for SealVerdict {
    fn from(verdict: DkimVerdict) -> Self {
        Self {
            result: verdict.result,
            cause: verdict.cause,
            fault: verdict.fault,
            algorithm: verdict.algorithm,
            key: verdict.key,
        }
    }
}

/// One result that a host recorded.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct RecordedResult {
    /// The method: `spf`, `dkim`, `dmarc`, …
    pub method: String,
    /// The result, as written.
    pub result: String,
    /// The properties by name, such as `header.d`.
    pub properties: BTreeMap<String, String>,
    /// The comment after the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl From<&ResInfo> for RecordedResult {
    fn from(result: &ResInfo) -> Self {
        Self {
            method: result.method.clone(),
            result: result.result.clone(),
            properties: result.properties_by_name(),
            comment: result.comment(),
        }
    }
}

impl ArcVerdict {
    /// The result and cause of the sets below `instance` alone: the chain as the host that sealed
    /// `instance` found it.
    pub(crate) fn below(&self, instance: u32) -> (ArcResult, ArcCause) {
        let sets = self.instances.iter();
        let count = sets.take_while(|one| one.instance < instance).count();
        let newest = self.instances.last();
        let is_whole = newest.is_none_or(|newest| newest.instance < instance);
        let is_of_structure = matches!(
            self.cause,
            ArcCause::TooManySets
                | ArcCause::FieldUnreadable
                | ArcCause::FieldMissing
                | ArcCause::FieldRepeated
                | ArcCause::InstanceMissing
                | ArcCause::ChainValidation
        );
        match self.instances.get(..count) {
            _ if is_whole || is_of_structure => (self.result, self.cause),
            None | Some([]) => (ArcResult::None, ArcCause::NoSets),
            Some(sets) => {
                let fault = chain::unverified(sets);
                let cause = fault.as_ref().map_or(ArcCause::Verified, ArcFault::cause);
                (cause.result(), cause)
            }
        }
    }
}

impl Original {
    /// The domain of the first seal, if it belongs to another organization than `authserv_id`: then
    /// one reports the results of the other.
    pub(crate) fn teller(&self) -> Option<&Name> {
        let organization = |name: &str| dns::registered(name).map(str::to_ascii_lowercase);
        let sealed_by = self.sealed_by.as_ref()?;
        let named = organization(&self.authserv_id.as_deref()?.to_ascii_lowercase());
        (named.is_none() || named != organization(sealed_by.as_str())).then_some(sealed_by)
    }

    pub(super) fn new(
        recorded: &AuthenticationResults,
        sealed_by: Option<Name>,
        verified: bool,
    ) -> Self {
        let of = |method: &'static str| {
            let results = recorded.results.iter();
            let mut found = results.filter(move |result| result.method == method);
            std::iter::from_fn(move || found.next().map(RecordedResult::from))
        };
        Self {
            authserv_id: recorded.authserv_id.clone(),
            sealed_by,
            verified,
            spf: of("spf").next(),
            dkim: of("dkim").collect(),
            dmarc: of("dmarc").next(),
        }
    }
}
