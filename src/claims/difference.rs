//! Why a claimed result differs from ours, with the data that shows it; why a result cannot be
//! compared.

use schemars::JsonSchema;
use serde::Serialize;

use super::{ArcDifference, DifferenceCause, DkimDifference, DmarcDifference, SpfDifference};

/// Why a claimed result differs from ours, or is based on different records, with the data that
/// shows it. Data in the verdict, the session or the claim itself is not repeated here.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ClaimDifference {
    /// Nothing shows that the field is the receiver's.
    NoStanding,
    /// The planned records make the difference: without them the results agree.
    Planned,
    /// The receiver saw a signature, but the file has none.
    SignatureNotInFile {
        /// Its domain.
        domain: Option<String>,
    },
    /// Of SPF.
    Spf(SpfDifference),
    /// Of a signature.
    Dkim(DkimDifference),
    /// Of DMARC.
    Dmarc(DmarcDifference),
    /// Of the ARC chain.
    Arc(ArcDifference),
}

impl ClaimDifference {
    /// The cause in a word.
    pub fn cause(&self) -> DifferenceCause {
        match self {
            Self::NoStanding => DifferenceCause::NoStanding,
            Self::Planned => DifferenceCause::Planned,
            Self::SignatureNotInFile { .. } => DifferenceCause::AlteredAfterDelivery,
            Self::Spf(difference) => difference.cause(),
            Self::Dkim(difference) => difference.cause(),
            Self::Dmarc(difference) => difference.cause(),
            Self::Arc(difference) => difference.cause(),
        }
    }

    /// Whether nothing in the file or in DNS shows a reason.
    pub fn is_unexplained(&self) -> bool {
        matches!(
            self,
            Self::Spf(SpfDifference::Unexplained { .. })
                | Self::Dkim(DkimDifference::Unexplained)
                | Self::Dmarc(DmarcDifference::Unexplained)
                | Self::Arc(ArcDifference::Unexplained)
        )
    }
}

/// Why a result cannot be compared with ours.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NotCompared {
    /// It could not be evaluated here; the verdict says why.
    NotEvaluated,
    /// The field lists more results for a domain than the file has signatures of it.
    ListedAgain {
        /// The domain.
        domain: String,
    },
    /// No signature in the file matches the result.
    NoSuchSignature {
        /// The domain of the missing signature.
        domain: String,
        /// Its selector, if the result names one.
        #[serde(skip_serializing_if = "Option::is_none")]
        selector: Option<String>,
        /// The start of its `b=`, if the result names it.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// Its word says neither that the signature verified nor that it did not.
    NothingSaid,
    /// It does not say which of the signatures it means.
    SignatureNotNamed,
}
