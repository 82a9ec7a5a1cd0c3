//! The reason why a receiver's result differs from ours, in a word.

use schemars::JsonSchema;
use serde::Serialize;

/// Why a claimed result differs from ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DifferenceCause {
    /// The key is no longer in DNS.
    KeyGone,
    /// The key in DNS is a different one, or has different tags.
    KeyChanged,
    /// The receiver did not find the key that DNS has now.
    KeyPublishedSince,
    /// The signature expired between the receiver's check and the time of judgement.
    ExpiredSince,
    /// The body or the signature was changed after the receiver saw it.
    AlteredAfterDelivery,
    /// A signed header field was changed after the receiver saw it; the body was not.
    HeaderChanged,
    /// The receiver judged another client.
    OtherClient,
    /// The receiver judged another domain or address.
    OtherIdentity,
    /// The message was forwarded, and the receiver judged another hop.
    Forwarded,
    /// The SPF or DMARC record was different.
    RecordChanged,
    /// The receiver lists fewer signatures than the message has.
    FewerSignatures,
    /// The receiver does not mention the method.
    NotStated,
    /// The receiver used its own rule, which is not in a standard.
    LocalRule,
    /// The receiver found the Organizational Domain with the public suffix list (RFC 7489) and we
    /// with DNS (RFC 9989), or the other way round.
    OtherRules,
    /// From names no single author domain.
    NoAuthorDomain,
    /// DNS gave the receiver no answer.
    ReceiverDns,
    /// DNS gave us no answer.
    OwnDns,
    /// The receiver could not know the planned records.
    Planned,
    /// Nothing shows that the field is the receiver's.
    NoStanding,
    /// No reason is known.
    Unknown,
}
