//! One aggregate report, as its receiver wrote it.

use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::tally::PolicyDomain;

/// Which document describes the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum ReportForm {
    /// RFC 7489 Appendix C, or one that says nothing else.
    #[default]
    #[serde(rename = "rfc7489")]
    Rfc7489,
    /// RFC 9990: its namespace is `urn:ietf:params:xml:ns:dmarc-2.0`.
    #[serde(rename = "rfc9990")]
    Rfc9990,
}

/// Who reports, and on what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportHead {
    /// Which document describes it.
    pub form: ReportForm,
    /// Who reports; empty if it does not say.
    pub org_name: String,
    /// The name of the report; empty if it has none.
    pub report_id: String,
    /// The beginning of the time that it covers.
    pub begin: Option<Timestamp>,
    /// The end of that time.
    pub end: Option<Timestamp>,
}

/// The policy that the receiver found, in the words of the report; what is empty was not said.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct SeenPolicy {
    /// The domain of the policy.
    #[serde(skip)]
    pub domain: String,
    /// For the domain.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub p: String,
    /// For its subdomains.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sp: String,
    /// For its subdomains that do not exist.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub np: String,
    /// Alignment of DKIM.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub adkim: String,
    /// Alignment of SPF.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub aspf: String,
    /// Test mode (RFC 9990): `y`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub testing: String,
    /// The percentage (RFC 7489).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pct: String,
}

/// What the receiver did with the mail of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disposition {
    /// Nothing: it was delivered as far as DMARC goes. RFC 9990 says `pass` where DMARC passes.
    Delivered,
    /// It was treated as suspicious.
    Quarantined,
    /// It was not taken.
    Rejected,
    /// The report does not say.
    #[default]
    NotSaid,
}

/// Why a receiver did not do what the policy asks (RFC 7489 §6.7 and Appendix C, RFC 9990).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Override {
    /// It knows the mail as forwarded.
    Forwarded,
    /// It takes it for mail of a mailing list.
    MailingList,
    /// It trusts who forwarded it.
    TrustedForwarder,
    /// Its own rules say so, and by its comment because ARC passes.
    Arc,
    /// Its own rules say so.
    LocalPolicy,
    /// The percentage left the message out.
    SampledOut,
    /// The policy is in test mode.
    TestMode,
    /// Anything else.
    Other,
}

impl Override {
    /// Reads a type and its comment.
    pub(super) fn of(kind: &str, comment: &str) -> Self {
        let comment = comment.to_ascii_lowercase();
        match kind.trim().to_ascii_lowercase().as_str() {
            "forwarded" => Self::Forwarded,
            "mailing_list" => Self::MailingList,
            "trusted_forwarder" => Self::TrustedForwarder,
            "local_policy" if comment.contains("arc=pass") => Self::Arc,
            "local_policy" => Self::LocalPolicy,
            "sampled_out" => Self::SampledOut,
            "policy_test_mode" => Self::TestMode,
            _ => Self::Other,
        }
    }

    /// Whether the receiver says with it that the mail did not come straight from its sender.
    pub fn is_passed_on(self) -> bool {
        matches!(
            self,
            Self::Forwarded | Self::MailingList | Self::TrustedForwarder | Self::Arc
        )
    }
}

/// What a receiver found of one signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureResult {
    /// `d=`, in lower case.
    pub domain: String,
    /// `s=`.
    pub selector: String,
    /// Whether it passes.
    pub passes: bool,
}

/// What a receiver found of SPF for one identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpfReported {
    /// The domain, in lower case.
    pub domain: String,
    /// Whether it is the HELO name: DMARC does not count it.
    pub is_helo: bool,
    /// Whether it passes.
    pub passes: bool,
}

/// Messages that are alike, as far as a report tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportRecord {
    /// The client's address, if it can be read.
    pub ip: Option<IpAddr>,
    /// How many they are.
    pub count: u64,
    /// What the receiver did.
    pub disposition: Disposition,
    /// Whether DKIM passes and is aligned, by the receiver's word.
    pub dkim_aligned: Option<bool>,
    /// Whether SPF passes and is aligned, by the receiver's word.
    pub spf_aligned: Option<bool>,
    /// Why it did not do what the policy asks.
    pub overrides: Vec<Override>,
    /// The domain in From, in lower case; empty if it does not say.
    pub from: String,
    /// The domain of the reverse-path; empty for a bounce, and where it is not said.
    pub envelope_from: String,
    /// The signatures.
    pub dkim: Vec<SignatureResult>,
    /// SPF.
    pub spf: Vec<SpfReported>,
}

/// One report that was read to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Who reports, and on what.
    pub head: ReportHead,
    /// How many records it has.
    pub records: usize,
    /// How many of them could not be counted, as they do not say how many messages they are.
    pub without_count: usize,
    /// What its records come to.
    pub mail: PolicyDomain,
}
