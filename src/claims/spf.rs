//! Why a receiver's result for SPF differs from ours.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use super::matching::{is_about_helo, mailbox_domain};
use super::{ClaimDifference, DifferenceCause, PassedOn, Scene};
use crate::message::ResInfo;
use crate::receivers::{self, Phrase};
use crate::session::{self, NotUsed, Provenance, Wanted};
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
    /// The records were different: the client and the envelope sender are the same.
    OtherRecords,
    /// The receiver took the client for an IPv6 address that stands for an IPv4 address.
    MappedClient {
        /// The IPv4 address.
        client: IpAddr,
    },
    /// It is not known why: the receiver does not say what it judged.
    Unexplained {
        /// Whether it names the client.
        names_client: bool,
        /// Whether it names the envelope sender.
        names_mail_from: bool,
    },
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
            Self::UnknownWord | Self::Unexplained { .. } => Cause::Unknown,
            Self::MappedClient { .. } => Cause::LocalRule,
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
    let word = match receivers::is_any_failure(&result.result) {
        true => "fail",
        false => receivers::registered("spf", &result.result),
    };
    let is_guess = |text: &String| receivers::says(text, Phrase::GuessedRecord);
    let is_unanswered = word == "temperror";
    ClaimDifference::Spf(match word {
        _ if is_unanswered => SpfDifference::ReceiverDns,
        _ if verdict.cause == SpfCause::Dns => SpfDifference::OwnDns,
        _ if result.comments.iter().any(is_guess) => SpfDifference::BestGuess,
        _ if !scene.is_receivers() => return ClaimDifference::NoStanding,
        // SPF gives the same result for the same client, sender and records (RFC 7208 §4).
        "none" | "neutral" | "pass" | "fail" | "softfail" | "permerror" => {
            other_records(word, verdict, result, scene)
        }
        _ => SpfDifference::UnknownWord,
    })
}

/// The difference that turns `word` into the result of `verdict`, for the same session as far as
/// the receiver says.
fn other_records(
    word: &str,
    verdict: &SpfVerdict,
    result: &ResInfo,
    scene: &Scene<'_>,
) -> SpfDifference {
    let names_client = recorded_client(result, scene).is_some();
    let names_mail_from = is_about_helo(result) || recorded_mail_from(result, scene).is_some();
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
    if verdict.result == SpfResult::Pass
        && matches!(word, "fail" | "softfail" | "neutral")
        && let Some(client) = mapped_client(result, scene)
    {
        return SpfDifference::MappedClient { client };
    }
    // Whether there is a record does not depend on the client.
    match (word, verdict.result) {
        _ if !names_mail_from => SpfDifference::Unexplained {
            names_client,
            names_mail_from,
        },
        (_, SpfResult::None) => SpfDifference::RecordGone,
        ("none", _) => SpfDifference::RecordPublishedSince,
        ("permerror", _) => SpfDifference::PermerrorThen,
        _ if !names_client => SpfDifference::Unexplained {
            names_client,
            names_mail_from,
        },
        _ => SpfDifference::OtherRecords,
    }
}

/// The client that the receiver says it judged: in the result, in its reason, or in the Received-SPF
/// field beside it.
fn recorded_client(result: &ResInfo, scene: &Scene<'_>) -> Option<IpAddr> {
    let in_reason = || in_reason(result, &["client-ip", "client_ip"])?.parse().ok();
    let named = session::claimed_client(result).or_else(in_reason);
    let named = named.map(|ip: IpAddr| ip.to_canonical());
    let judged = scene.session.client_ip.as_ref();
    let judged = judged.filter(|judged| is_receivers_word(judged.from, scene));
    named
        .or_else(|| beside(scene, Wanted::ClientIp)?.parse().ok())
        .or(judged.map(|judged| judged.value.to_canonical()))
}

/// The envelope sender that the receiver says it judged, in the same places.
fn recorded_mail_from<'a>(result: &'a ResInfo, scene: &'a Scene<'_>) -> Option<&'a str> {
    let in_reason = || in_reason(result, &["envelope-from", "envelope_from"]);
    let named = session::claimed_mail_from(result).or_else(in_reason);
    let judged = scene.session.mail_from.as_ref();
    let judged = judged.filter(|judged| is_receivers_word(judged.from, scene));
    named
        .or_else(|| beside(scene, Wanted::MailFrom))
        .or(judged.map(|judged| judged.value.as_str()))
}

/// Whether the value judged here is the one in a result or in Received-SPF of the receiver.
fn is_receivers_word(from: Provenance, scene: &Scene<'_>) -> bool {
    let is_told = matches!(
        from,
        Provenance::ReceivedSpf(_) | Provenance::AuthenticationResults(_)
    );
    is_told && scene.is_receivers()
}

/// A value in the reason of a result: `client-ip=192.0.2.1; envelope_from=a@b.example;`.
fn in_reason<'a>(result: &'a ResInfo, names: &[&str]) -> Option<&'a str> {
    let parts = result.reason.as_deref()?.split(';');
    let mut parts = parts.filter_map(|part| part.split_once('='));
    let (_, value) = parts.find(|(name, _)| names.contains(&name.trim()))?;
    Some(value.trim())
}

/// A value of the judged session in a Received-SPF field of the receiver.
fn beside<'a>(scene: &'a Scene<'_>, wanted: Wanted) -> Option<&'a str> {
    let is_beside =
        |reason: &NotUsed| matches!(reason, NotUsed::SaysTheSame(_) | NotUsed::Outranked(_));
    let mut candidates = scene.session.candidates.iter().filter(|one| {
        one.wanted == wanted
            && matches!(one.from, Provenance::ReceivedSpf(_))
            && is_beside(&one.reason)
    });
    scene
        .is_receivers()
        .then(|| candidates.next())
        .flatten()
        .map(|one| one.value.as_str())
}

/// The client, if the receiver wrote its IPv4 address as an IPv6 address (RFC 4291 §2.5.5.2): in the
/// result, or in Received-SPF or its Received field. RFC 7208 §5 has it read as IPv4.
fn mapped_client(result: &ResInfo, scene: &Scene<'_>) -> Option<IpAddr> {
    let client = scene.session.client_ip.as_ref()?.value.to_canonical();
    let mapped = match client {
        IpAddr::V4(client) => format!("::ffff:{client}"),
        IpAddr::V6(_) => return None,
    };
    let has = |text: &str, before: &[&str]| {
        let text = text.to_ascii_lowercase();
        let mut found = text.match_indices(&mapped);
        found.any(|(at, _)| {
            let ends = text[at + mapped.len()..]
                .starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
            !ends && before.iter().any(|before| text[..at].ends_with(before))
        })
    };
    let border = scene.session.border_start();
    let is_receivers = |start: usize| border.is_none_or(|border| start <= border);
    let in_fields = |name: &str, before: &[&str]| {
        let mut fields = scene.message.fields(name);
        fields.any(|field| is_receivers(field.span.start) && has(&field.unfolded(), before))
    };
    let at_border = || {
        let mut fields = scene.message.fields("Received");
        let field = fields.find(|field| Some(field.span.start) == border);
        // The client gives its name before the comment in which the receiver writes the address.
        field.is_some_and(|field| has(&field.unfolded(), &[" [", "(["]))
    };
    let is_shown = has(&result.text, &["=", " ", "[", "\""])
        || in_fields("Received-SPF", &["client-ip=", "client-ip=["])
        || at_border();
    is_shown.then_some(client)
}

/// The difference, if the result is about another client or another envelope sender.
pub(super) fn other_session(result: &ResInfo, scene: &Scene<'_>) -> Option<SpfDifference> {
    let session = scene.session;
    let theirs = recorded_client(result, scene);
    let ours = session.client_ip.as_ref().map(|ip| ip.value.to_canonical());
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
    let theirs = mailbox_domain(recorded_mail_from(result, scene)?);
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
