//! What is expected of a message: its verdicts and findings as data, without sentences.
//!
//! Result words are kept as text: an expectation of another version may have words that this one
//! does not know. A value that a file does not have is not compared.

use aws_lc_rs::digest;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::expectation_path::hex;
use super::second_count::SecondInShort;
use super::verdicts::{DkimInShort, DmarcInShort, SpfInShort, Verdicts};
use crate::Inspection;
use crate::claims::Claim;
use crate::dmarc::Rules;

/// The version of the form in which expectations and settings are saved.
pub const FORMAT: u32 = 1;

/// How the messages of a corpus were judged, so they can be judged the same way at any time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Settings {
    /// The form of this file and of the expectations.
    pub sesauth_corpus: u32,
    /// The program and version that wrote it.
    pub written_by: String,
    /// The time at which a message is judged if it does not say when it was received.
    pub now: Timestamp,
    /// When the recorded answers were given; `None` if the recording does not say.
    #[serde(default)]
    pub dns: Option<Timestamp>,
    /// The DMARC rules of the verdict.
    pub rules: Rules,
    /// Hosts of the receiver.
    #[serde(default)]
    pub trust: Vec<String>,
    /// Names that the receiver uses in Authentication-Results.
    #[serde(default)]
    pub trusted: Vec<String>,
    /// Whether questions that only advice needs were asked too.
    pub advice: bool,
    /// Whether metadata beside messages were read.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub metadata: bool,
    /// The second engine that judged each message too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare_with: Option<String>,
}

fn yes() -> bool {
    true
}

// The signature is that of `skip_serializing_if`.
fn is_yes(value: &bool) -> bool {
    *value
}

/// What is expected of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Expectation {
    pub(super) sesauth_expected: u32,
    /// A hash of its octets; `None` if they could not be read.
    #[serde(default)]
    pub(super) message: Option<String>,
    /// Why it cannot be analysed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) conclusion: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dmarc: Option<ExpectedDmarc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) spf: Option<ExpectedSpf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dkim: Option<Vec<ExpectedDkim>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) arc: Option<ExpectedArc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) claims: Option<Vec<ExpectedClaim>>,
    /// The severity and code of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) findings: Option<Vec<String>>,
    /// What a second engine says; `None` if none was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) second: Option<Vec<ExpectedSecond>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(default)]
pub(super) struct ExpectedDmarc {
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub result: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub cause: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub author_domain: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub policy_domain: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub requested: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub applied: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub engines: Option<Option<Vec<String>>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub spf_aligned: Option<Option<bool>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub dkim_aligned: Option<Option<bool>>,
    /// By the rules that the verdict does not use.
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub rfc7489: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub rfc9989: Option<Option<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(default)]
pub(super) struct ExpectedSpf {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_from: Option<ExpectedIdentity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helo: Option<ExpectedIdentity>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(default)]
pub(super) struct ExpectedIdentity {
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub result: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub cause: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub domain: Option<Option<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(default)]
pub(super) struct ExpectedDkim {
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub domain: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub selector: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub result: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub cause: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub aligned: Option<Option<bool>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(default)]
pub(super) struct ExpectedArc {
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub result: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub cause: Option<Option<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(default)]
pub(super) struct ExpectedClaim {
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub authserv_id: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub standing: Option<Option<String>>,
    pub results: Vec<ExpectedResult>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(default)]
pub(super) struct ExpectedResult {
    pub method: String,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub result: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub cause: Option<Option<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(default)]
pub(super) struct ExpectedSecond {
    pub program: String,
    /// `None` if it says nothing of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Which signature, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<usize>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub result: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Option<String>>,
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub clause: Option<Option<String>>,
}

/// A value that is present, even if it is null: the outer `Option` says whether the file has it,
/// the inner one is the value.
fn said<'d, D: Deserializer<'d>, T: Deserialize<'d>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// The word that an enum is serialised to.
fn word(value: &impl Serialize) -> Option<Option<String>> {
    let value = serde_json::to_value(value).ok()?;
    Some(value.as_str().map(str::to_owned))
}

fn text(value: Option<&impl ToString>) -> Option<Option<String>> {
    Some(value.map(ToString::to_string))
}

impl Expectation {
    /// The expectation for a message with these octets; `None` if they could not be read.
    pub fn new(bytes: Option<&[u8]>, inspection: Result<&Inspection, &str>) -> Self {
        let expectation = Self {
            sesauth_expected: FORMAT,
            message: bytes.map(message_hash),
            ..Self::default()
        };
        match inspection {
            Ok(inspection) => expectation.with(inspection),
            Err(error) => Self {
                error: Some(error.to_owned()),
                ..expectation
            },
        }
    }

    fn with(self, inspection: &Inspection) -> Self {
        let verdicts = Verdicts::of(inspection);
        let (result, cause) = verdicts.arc;
        let findings = verdicts.findings.iter();
        Self {
            conclusion: Some(verdicts.conclusion.as_str().to_owned()),
            dmarc: Some(ExpectedDmarc::of(&verdicts.dmarc)),
            spf: Some(ExpectedSpf {
                mail_from: Some(ExpectedIdentity::of(&verdicts.mail_from)),
                helo: Some(ExpectedIdentity::of(&verdicts.helo)),
            }),
            dkim: Some(verdicts.dkim.iter().map(ExpectedDkim::of).collect()),
            arc: Some(ExpectedArc {
                result: word(&result),
                cause: word(&cause),
            }),
            claims: {
                let claims = inspection.analysis.claims.iter();
                Some(claims.map(ExpectedClaim::of).collect())
            },
            findings: Some(
                findings
                    .map(|(severity, code)| format!("{severity} {code}"))
                    .collect(),
            ),
            second: {
                let second = verdicts.second.iter().map(ExpectedSecond::of);
                (!verdicts.second.is_empty()).then(|| second.collect())
            },
            ..self
        }
    }

    /// The hash of the message, if its octets could be read.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The single domain in From.
    pub fn author_domain(&self) -> Option<&str> {
        self.dmarc.as_ref()?.author_domain.as_ref()?.as_deref()
    }
}

/// The hash that identifies a message with these octets.
pub fn message_hash(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, bytes);
    format!("sha256:{}", hex(hash.as_ref()))
}

/// Whether a message with these octets and other line ends has this hash: CRLF or LF on each line.
pub(super) fn is_other_line_ends(octets: &[u8], hash: &str) -> bool {
    let mut lf = Vec::with_capacity(octets.len());
    for (index, octet) in octets.iter().enumerate() {
        if *octet != b'\r' || octets.get(index + 1) != Some(&b'\n') {
            lf.push(*octet);
        }
    }
    if message_hash(&lf) == hash {
        return true;
    }
    let lines = lf.iter().filter(|octet| **octet == b'\n').count();
    let mut crlf = Vec::with_capacity(lf.len() + lines);
    for octet in lf {
        if octet == b'\n' {
            crlf.push(b'\r');
        }
        crlf.push(octet);
    }
    message_hash(&crlf) == hash
}

impl ExpectedDmarc {
    fn of(dmarc: &DmarcInShort) -> Self {
        let engines = dmarc.engines.iter();
        let other = word(&dmarc.other_result);
        let (rfc7489, rfc9989) = match dmarc.rules {
            Rules::Rfc9989 => (other, None),
            Rules::Rfc7489 => (None, other),
        };
        Self {
            result: word(&dmarc.result),
            cause: word(&dmarc.cause),
            author_domain: text(dmarc.author_domain.as_ref()),
            policy_domain: text(dmarc.policy_domain.as_ref()),
            requested: text(dmarc.requested.as_ref()),
            applied: text(dmarc.applied.as_ref()),
            engines: Some(Some(engines.filter_map(|one| word(one)?).collect())),
            spf_aligned: Some(dmarc.spf_aligned),
            dkim_aligned: Some(dmarc.dkim_aligned),
            rfc7489,
            rfc9989,
        }
    }
}

impl ExpectedIdentity {
    fn of(spf: &SpfInShort) -> Self {
        Self {
            result: word(&spf.result),
            cause: word(&spf.cause),
            domain: Some(spf.domain.clone()),
        }
    }
}

impl ExpectedDkim {
    fn of(dkim: &DkimInShort) -> Self {
        Self {
            domain: text(dkim.domain.as_ref()),
            selector: text(dkim.selector.as_ref()),
            result: word(&dkim.result),
            cause: word(&dkim.cause),
            aligned: Some(dkim.aligned),
        }
    }
}

impl ExpectedSecond {
    fn of(second: &SecondInShort) -> Self {
        Self {
            program: second.program.to_string(),
            method: second.method.map(|method| method.as_str().to_owned()),
            signature: second.signature,
            result: Some(second.result.clone()),
            comparison: Some(second.comparison.and_then(|one| word(&one)?)),
            clause: Some(second.clause.clone()),
        }
    }
}

impl ExpectedClaim {
    fn of(claim: &Claim) -> Self {
        let results = claim.results.iter();
        Self {
            authserv_id: Some(claim.authserv_id.clone()),
            standing: word(&claim.standing),
            results: results
                .map(|claimed| ExpectedResult {
                    method: claimed.method.clone(),
                    result: Some(Some(claimed.result.clone())),
                    comparison: word(&claimed.comparison),
                    cause: Some(claimed.cause.and_then(|cause| word(&cause)?)),
                })
                .collect(),
        }
    }
}
