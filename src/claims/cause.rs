//! Why a receiver's result and ours differ, in a word.

use schemars::JsonSchema;
use serde::Serialize;

/// Why a claimed result is not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DifferenceCause {
    /// The key is no longer in DNS.
    KeyGone,
    /// The key in DNS is another one, or says other things of itself.
    KeyChanged,
    /// The receiver did not find the key that DNS has now.
    KeyPublishedSince,
    /// The signature ran out between the receiver's check and the time judged by.
    ExpiredSince,
    /// The body, or the signature itself, is not what the receiver saw.
    AlteredAfterDelivery,
    /// A signed header field is not what the receiver saw; the body is.
    HeaderChanged,
    /// The receiver saw another client.
    OtherClient,
    /// The receiver looked at another domain or address.
    OtherIdentity,
    /// The message was passed on, and the receiver speaks of another part of its way.
    Forwarded,
    /// The SPF or DMARC record was another one.
    RecordChanged,
    /// The receiver lists fewer signatures than there are.
    FewerSignatures,
    /// The receiver says nothing of the method.
    NotStated,
    /// The receiver went by a rule of its own, which no standard has.
    LocalRule,
    /// The receiver finds the organization by the public suffix list (RFC 7489), or by DNS
    /// (RFC 9989), and we by the other.
    OtherRules,
    /// DNS gave the receiver no answer.
    ReceiverDns,
    /// DNS gave us no answer.
    OwnDns,
    /// Nothing shows that the field is the receiver's.
    NoStanding,
    /// Nothing shows why.
    Unknown,
}
