//! Why a receiver's result for SPF differs from ours.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use super::matching::{is_about_helo, mailbox_domain};
use super::{ClaimDifference, DifferenceCause, PassedOn, Scene};
use crate::message::ResInfo;
use crate::receivers::{self, Phrase};
use crate::session;
use crate::spf::{SpfCause, SpfResult, SpfVerdict};

/// Why a result for SPF differs from ours, or is about another session.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SpfDifference {
    /// It is about another client.
    OtherClient {
        /// The client that it is about.
        theirs: IpAddr,
        /// The client judged here.
        ours: IpAddr,
        /// What shows that the message was forwarded.
        passed_on: Option<PassedOn>,
    },
    /// It is about another envelope sender.
    OtherMailFrom {
        /// The domain that it is about.
        theirs: String,
        /// The domain judged here; empty for the null reverse-path.
        ours: String,
        /// What shows that the message was forwarded.
        passed_on: Option<PassedOn>,
    },
    /// DNS gave the receiver no answer.
    ReceiverDns,
    /// DNS gave us no answer; the verdict has the lookup.
    OwnDns,
    /// The receiver guessed a record ("best guess record").
    BestGuess,
    /// The result is not one of the words for SPF.
    UnknownWord,
    /// The records give permerror, but the receiver did not.
    PermerrorNotGiven {
        /// The section of RFC 7208 that requires it.
        section: &'static str,
    },
    /// There is no record now.
    RecordGone,
    /// The receiver found no record.
    RecordPublishedSince,
    /// The receiver gave permerror for the records.
    PermerrorThen,
    /// The records were different.
    OtherRecords,
}

impl SpfDifference {
    pub(super) fn cause(&self) -> DifferenceCause {
        use DifferenceCause as Cause;
        match self {
            Self::OtherClient { passed_on, .. } if passed_on.is_none() => Cause::OtherClient,
            Self::OtherMailFrom { passed_on, .. } if passed_on.is_none() => Cause::OtherIdentity,
            Self::OtherClient { .. } | Self::OtherMailFrom { .. } => Cause::Forwarded,
            Self::ReceiverDns => Cause::ReceiverDns,
            Self::OwnDns => Cause::OwnDns,
            Self::BestGuess | Self::PermerrorNotGiven { .. } => Cause::LocalRule,
            Self::UnknownWord => Cause::Unknown,
            Self::RecordGone
            | Self::RecordPublishedSince
            | Self::PermerrorThen
            | Self::OtherRecords => Cause::RecordChanged,
        }
    }
}

/// Why `result` differs from `verdict`, which is about the same identity.
pub(super) fn difference(
    result: &ResInfo,
    verdict: &SpfVerdict,
    scene: &Scene<'_>,
) -> ClaimDifference {
    if let Some(difference) = other_session(result, scene) {
        return ClaimDifference::Spf(difference);
    }
    let word = result.result.as_str();
    let is_guess = |text: &String| receivers::says(text, Phrase::GuessedRecord);
    let is_unanswered = receivers::registered("spf", word) == "temperror";
    ClaimDifference::Spf(match word {
        _ if is_unanswered => SpfDifference::ReceiverDns,
        _ if verdict.cause == SpfCause::Dns => SpfDifference::OwnDns,
        _ if result.comments.iter().any(is_guess) => SpfDifference::BestGuess,
        _ if !scene.is_receivers() => return ClaimDifference::NoStanding,
        // SPF gives the same result for the same client, sender and records (RFC 7208 §4).
        "none" | "neutral" | "pass" | "fail" | "softfail" | "permerror" => {
            other_records(word, verdict)
        }
        _ => SpfDifference::UnknownWord,
    })
}

/// The difference in the records that turns `word` into the result of `verdict`.
fn other_records(word: &str, verdict: &SpfVerdict) -> SpfDifference {
    let section = match verdict.cause {
        SpfCause::TooManyLookups | SpfCause::TooManyVoidLookups | SpfCause::TooManyNames => {
            Some("4.6.4")
        }
        SpfCause::Syntax => Some("4.6"),
        _ => None,
    };
    if let Some(section) = section {
        return SpfDifference::PermerrorNotGiven { section };
    }
    match (word, verdict.result) {
        (_, SpfResult::None) => SpfDifference::RecordGone,
        ("none", _) => SpfDifference::RecordPublishedSince,
        ("permerror", _) => SpfDifference::PermerrorThen,
        _ => SpfDifference::OtherRecords,
    }
}

/// The difference, if the result is about another client or another envelope sender.
pub(super) fn other_session(result: &ResInfo, scene: &Scene<'_>) -> Option<SpfDifference> {
    let session = scene.session;
    let theirs = session::claimed_client(result);
    let ours = session.client_ip.as_ref().map(|ip| ip.value);
    if let (Some(theirs), Some(ours)) = (theirs, ours)
        && theirs != ours
    {
        let passed_on = scene.passed_on.cloned();
        return Some(SpfDifference::OtherClient {
            theirs,
            ours,
            passed_on,
        });
    }
    if is_about_helo(result) {
        return None;
    }
    let theirs = session::claimed_mail_from(result).map(mailbox_domain)?;
    let ours = session.mail_from.as_ref()?;
    let ours = mailbox_domain(&ours.value);
    // A receiver that was given the null reverse-path writes the HELO name in its place.
    let is_helo = session
        .helo
        .as_ref()
        .is_some_and(|helo| helo.value.eq_ignore_ascii_case(theirs));
    if theirs.eq_ignore_ascii_case(ours) || ours.is_empty() && is_helo {
        return None;
    }
    Some(SpfDifference::OtherMailFrom {
        theirs: theirs.to_owned(),
        ours: ours.to_owned(),
        passed_on: scene.passed_on.cloned(),
    })
}
