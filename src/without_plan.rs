//! What a message got before planned records were put over DNS.

use schemars::JsonSchema;
use serde::Serialize;

use crate::Analysis;
use crate::conclusion::Conclusion;
use crate::dkim::DkimResult;
use crate::dmarc::{DmarcResult, Engine, Policy};
use crate::spf::SpfResult;

/// The outcome without planned records.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct WithoutPlan {
    /// The outcome.
    pub conclusion: Conclusion,
    /// SPF for the reverse-path.
    pub spf: SpfResult,
    /// Each signature.
    pub dkim: Vec<DkimResult>,
    /// DMARC.
    pub dmarc: DmarcResult,
    /// Which mechanisms carried a pass.
    pub engines: Vec<Engine>,
    /// The policy that was asked for.
    pub policy: Option<Policy>,
    /// All that was known then, to which the conclusion refers.
    #[serde(skip)]
    pub analysis: Box<Analysis>,
}

impl From<Analysis> for WithoutPlan {
    fn from(analysis: Analysis) -> Self {
        let policy = analysis.dmarc.policy.as_ref();
        Self {
            conclusion: analysis.conclusion.clone(),
            spf: analysis.spf.mail_from.result,
            dkim: analysis.dkim.iter().map(|dkim| dkim.result).collect(),
            dmarc: analysis.dmarc.result,
            engines: analysis.dmarc.engines.clone(),
            policy: policy.map(|policy| policy.requested),
            analysis: Box::new(analysis),
        }
    }
}
