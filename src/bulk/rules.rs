//! What the large receivers ask of those who send to them in bulk: data alone. Each line has its source
//! and the day it was read.

use schemars::JsonSchema;
use serde::Serialize;

/// A receiver with rules for bulk senders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BulkReceiver {
    /// Gmail: about 5,000 messages a day to personal accounts.
    Gmail,
    /// Yahoo and AOL: no number is given.
    Yahoo,
    /// Outlook.com, Hotmail and Live: more than 5,000 a day from one domain in From.
    Microsoft,
    /// iCloud Mail: no number is given.
    Apple,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Topic {
    /// SPF passes for the envelope sender.
    Spf,
    /// A DKIM signature verifies.
    Dkim,
    /// The key of the signature has 1024 bits or more.
    DkimKey,
    /// The domain in From has a DMARC policy, p=none at least.
    Dmarc,
    /// SPF or DKIM passes for the organization in From.
    Alignment,
    /// The name of the sending host leads back to its address.
    Ptr,
    /// The connection was encrypted.
    Tls,
    /// From holds one address, and is not the receiver's own domain.
    From,
    /// Message-ID is there and has the form of one.
    MessageId,
    /// Fields that may be there once are there once (RFC 5322 §3.6).
    SingleFields,
    /// One click unsubscribes (RFC 8058), or at least List-Unsubscribe is there.
    Unsubscribe,
    /// Few recipients complain: below 0.3 %. No message shows it.
    Complaints,
}

/// How much a rule weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Weight {
    /// It is asked of every bulk sender.
    Asked,
    /// It is asked of bulk senders whose mail is marketing, or promotes something.
    AskedOfMarketing,
    /// It is recommended.
    Recommended,
}

/// A rule of one receiver.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct BulkRule {
    /// Whose it is.
    pub receiver: BulkReceiver,
    /// What it is about.
    pub topic: Topic,
    /// How much it weighs.
    pub weight: Weight,
    /// The codes of errors that a fault earns; empty where none is documented.
    pub errors: &'static [&'static str],
    /// Where it stands.
    pub source: &'static BulkSource,
}

/// Where rules stand.
#[derive(Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct BulkSource {
    /// The title, as it is found by.
    pub title: &'static str,
    /// When it was read: year and month.
    pub read: &'static str,
}

const GMAIL: BulkSource = BulkSource {
    title: "Google, Email sender guidelines (support.google.com/mail/answer/81126)",
    read: "2026-06",
};

const YAHOO: BulkSource = BulkSource {
    title: "Yahoo Sender Hub, Sender Best Practices (senders.yahooinc.com)",
    read: "2026-06",
};

const MICROSOFT: BulkSource = BulkSource {
    title: "Microsoft, Outlook's new requirements for high-volume senders, in force since 2025-05-05",
    read: "2026-06",
};

const APPLE: BulkSource = BulkSource {
    title: "Apple, Postmaster information for iCloud Mail (support.apple.com/102322)",
    read: "2025-02",
};

const fn rule(
    receiver: BulkReceiver,
    topic: Topic,
    weight: Weight,
    errors: &'static [&'static str],
) -> BulkRule {
    let source = match receiver {
        BulkReceiver::Gmail => &GMAIL,
        BulkReceiver::Yahoo => &YAHOO,
        BulkReceiver::Microsoft => &MICROSOFT,
        BulkReceiver::Apple => &APPLE,
    };
    BulkRule {
        receiver,
        topic,
        weight,
        errors,
        source,
    }
}

/// The errors with which Yahoo refuses what fails authentication.
const YAHOO_ERRORS: &[&str] = &["553", "554"];

/// The error with which Microsoft refuses what does not meet the requirements.
const MICROSOFT_ERRORS: &[&str] = &["550 5.7.515"];

use BulkReceiver::{Apple, Gmail, Microsoft, Yahoo};
use Weight::{Asked, AskedOfMarketing, Recommended};

/// All rules, by topic.
pub const RULES: &[BulkRule] = &[
    rule(Gmail, Topic::Spf, Asked, &["421 4.7.27", "550 5.7.27"]),
    rule(Yahoo, Topic::Spf, Asked, YAHOO_ERRORS),
    rule(Microsoft, Topic::Spf, Asked, MICROSOFT_ERRORS),
    rule(Apple, Topic::Spf, Asked, &[]),
    rule(Gmail, Topic::Dkim, Asked, &["421 4.7.30", "550 5.7.30"]),
    rule(Yahoo, Topic::Dkim, Asked, YAHOO_ERRORS),
    rule(Microsoft, Topic::Dkim, Asked, MICROSOFT_ERRORS),
    rule(Apple, Topic::Dkim, Asked, &[]),
    rule(Gmail, Topic::DkimKey, Asked, &["421 4.7.30", "550 5.7.30"]),
    rule(Yahoo, Topic::DkimKey, Asked, YAHOO_ERRORS),
    rule(Gmail, Topic::Dmarc, Asked, &["421 4.7.40", "550 5.7.40"]),
    rule(Yahoo, Topic::Dmarc, Asked, YAHOO_ERRORS),
    rule(Microsoft, Topic::Dmarc, Asked, MICROSOFT_ERRORS),
    rule(Apple, Topic::Dmarc, Asked, &[]),
    rule(
        Gmail,
        Topic::Alignment,
        Asked,
        &["421 4.7.32", "421 5.7.32"],
    ),
    rule(Yahoo, Topic::Alignment, Asked, YAHOO_ERRORS),
    rule(Microsoft, Topic::Alignment, Asked, MICROSOFT_ERRORS),
    rule(Gmail, Topic::Ptr, Asked, &["421 4.7.23", "550 5.7.25"]),
    rule(Yahoo, Topic::Ptr, Asked, &[]),
    rule(Apple, Topic::Ptr, Asked, &[]),
    rule(Gmail, Topic::Tls, Asked, &["421 4.7.29", "550 5.7.29"]),
    rule(Gmail, Topic::From, Asked, &["550 5.7.1"]),
    rule(Apple, Topic::From, Asked, &[]),
    rule(Gmail, Topic::MessageId, Asked, &["550 5.7.1"]),
    rule(Gmail, Topic::SingleFields, Asked, &["550 5.7.1"]),
    rule(Yahoo, Topic::SingleFields, Asked, &[]),
    rule(Gmail, Topic::Unsubscribe, AskedOfMarketing, &[]),
    rule(Yahoo, Topic::Unsubscribe, AskedOfMarketing, &[]),
    rule(Microsoft, Topic::Unsubscribe, Recommended, &[]),
    rule(Apple, Topic::Unsubscribe, AskedOfMarketing, &[]),
    rule(Gmail, Topic::Complaints, Asked, &[]),
    rule(Yahoo, Topic::Complaints, Asked, &[]),
];
