//! What is expected of a message: its verdicts and findings, without prose.

use aws_lc_rs::digest;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::expectation_path::hex;
use crate::Analysis;
use crate::arc::{ArcCause, ArcResult};
use crate::claims::{Claim, Comparison, DifferenceCause};
use crate::conclusion::ConclusionResult;
use crate::dkim::{DkimCause, DkimResult};
use crate::dmarc::{DmarcCause, DmarcResult, DmarcVerdict, Engine, Policy, Rules};
use crate::dns::Name;
use crate::session::Standing;
use crate::spf::{SpfCause, SpfResult, SpfVerdict};

/// The number of the form in which expectations and settings are saved.
pub const FORMAT: u32 = 1;

/// How all messages of a corpus were judged, so that they can be judged so again on any day.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Settings {
    /// The form of this file and of the expectations.
    pub sesauth_corpus: u32,
    /// What wrote it.
    pub written_by: String,
    /// The time as of which a message is judged that does not say when it was received.
    pub now: Timestamp,
    /// When the recorded answers were given; `None` where the recording does not say.
    #[serde(default)]
    pub dns: Option<Timestamp>,
    /// The rules of DMARC that make the verdict.
    pub rules: Rules,
    /// Hosts of the receiver.
    #[serde(default)]
    pub trust: Vec<String>,
    /// Names under which the receiver writes Authentication-Results.
    #[serde(default)]
    pub trusted: Vec<String>,
    /// Whether what only advice needs was asked too.
    pub advice: bool,
}

/// What is expected of one message.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Expectation {
    sesauth_expected: u32,
    /// A hash of its octets; `None` where they could not be read.
    message: Option<String>,
    /// Why it cannot be analysed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    verdicts: Option<Verdicts>,
}

#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
struct Verdicts {
    conclusion: ConclusionResult,
    dmarc: Dmarc,
    spf: SpfBoth,
    dkim: Vec<Dkim>,
    arc: Arc,
    claims: Vec<ExpectedClaim>,
    /// Severity and code.
    findings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
struct Dmarc {
    result: DmarcResult,
    cause: DmarcCause,
    author_domain: Option<Name>,
    policy_domain: Option<Name>,
    requested: Option<Policy>,
    applied: Option<Policy>,
    engines: Vec<Engine>,
    spf_aligned: Option<bool>,
    dkim_aligned: Option<bool>,
    /// By the rules that do not make the verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    rfc7489: Option<DmarcResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rfc9989: Option<DmarcResult>,
}

#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
struct SpfBoth {
    mail_from: Spf,
    helo: Spf,
}

#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
struct Spf {
    result: SpfResult,
    cause: SpfCause,
    domain: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
struct Dkim {
    domain: Option<Name>,
    selector: Option<Name>,
    result: DkimResult,
    cause: DkimCause,
    aligned: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
struct Arc {
    result: ArcResult,
    cause: ArcCause,
}

#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
struct ExpectedClaim {
    authserv_id: Option<String>,
    standing: Standing,
    results: Vec<Claimed>,
}

#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
struct Claimed {
    method: String,
    result: String,
    comparison: Comparison,
    cause: Option<DifferenceCause>,
}

impl Expectation {
    /// What came of a message of these octets; `None` where they could not be read.
    pub fn new(bytes: Option<&[u8]>, analysis: Result<&Analysis, &str>) -> Self {
        Self {
            sesauth_expected: FORMAT,
            message: bytes.map(message_hash),
            error: analysis.err().map(str::to_owned),
            verdicts: analysis.ok().map(Verdicts::of),
        }
    }

    /// The hash of the message, where its octets could be read.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

/// By what a message of these octets is known.
pub fn message_hash(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, bytes);
    format!("sha256:{}", hex(hash.as_ref()))
}

impl Verdicts {
    fn of(analysis: &Analysis) -> Self {
        let alignment = &analysis.dmarc.alignment;
        let dkim = analysis.dkim.iter().enumerate();
        let dkim = dkim.map(|(index, verdict)| Dkim {
            domain: verdict.domain.clone(),
            selector: verdict.selector.clone(),
            result: verdict.result,
            cause: verdict.cause,
            aligned: alignment.dkim.get(index).and_then(|one| one.aligned),
        });
        let findings = analysis.findings.iter();
        Self {
            conclusion: analysis.conclusion.result,
            dmarc: Dmarc::of(&analysis.dmarc),
            spf: SpfBoth {
                mail_from: Spf::of(&analysis.spf.mail_from),
                helo: Spf::of(&analysis.spf.helo),
            },
            dkim: dkim.collect(),
            arc: Arc {
                result: analysis.arc.result,
                cause: analysis.arc.cause,
            },
            claims: analysis.claims.iter().map(ExpectedClaim::of).collect(),
            findings: findings
                .map(|finding| format!("{} {}", finding.severity, finding.code))
                .collect(),
        }
    }
}

impl Dmarc {
    fn of(verdict: &DmarcVerdict) -> Self {
        let policy = verdict.policy.as_ref();
        let dkim = verdict.alignment.dkim.iter().map(|one| one.aligned);
        let other = |verdict: &Option<Box<DmarcVerdict>>| {
            let verdict = verdict.as_ref();
            verdict.map(|verdict| verdict.result)
        };
        Self {
            result: verdict.result,
            cause: verdict.cause,
            author_domain: verdict.author_domain.clone(),
            policy_domain: policy.map(|policy| policy.domain.clone()),
            requested: policy.map(|policy| policy.requested),
            applied: policy.map(|policy| policy.applied),
            engines: verdict.engines.clone(),
            spf_aligned: verdict.alignment.spf.as_ref().and_then(|spf| spf.aligned),
            // One that is aligned decides; else one of which that is not known.
            dkim_aligned: dkim
                .max_by_key(|aligned| match aligned {
                    Some(true) => 2,
                    None => 1,
                    Some(false) => 0,
                })
                .flatten(),
            rfc7489: other(&verdict.rfc7489),
            rfc9989: other(&verdict.rfc9989),
        }
    }
}

impl Spf {
    fn of(verdict: &SpfVerdict) -> Self {
        Self {
            result: verdict.result,
            cause: verdict.cause,
            domain: verdict.domain.clone(),
        }
    }
}

impl ExpectedClaim {
    fn of(claim: &Claim) -> Self {
        let results = claim.results.iter();
        Self {
            authserv_id: claim.authserv_id.clone(),
            standing: claim.standing,
            results: results
                .map(|claimed| Claimed {
                    method: claimed.method.clone(),
                    result: claimed.result.clone(),
                    comparison: claimed.comparison,
                    cause: claimed.cause,
                })
                .collect(),
        }
    }
}
