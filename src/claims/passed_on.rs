//! What shows that a message was passed on between its sender and the mailbox: a list, a forwarding
//! address, a gateway.

use schemars::JsonSchema;
use serde::Serialize;

use crate::message::Message;
use crate::ses::{MessageId, is_ses_domain};
use crate::session::Session;

/// A sign that a message was passed on; all but the first are claims of the header.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PassedOn {
    /// A host of another organization took it after the receiver.
    TakenLater {
        /// The host.
        host: String,
    },
    /// Its envelope sender is not the one that Amazon SES gave it.
    OtherEnvelope,
    /// It has a header field that lists or forwarders add.
    Field {
        /// The name of the field.
        name: &'static str,
    },
    /// Several hosts put ARC seals on it.
    SeveralSeals {
        /// How many.
        sets: usize,
    },
}

/// Fields that lists add, then those that forwarders do.
const FIELDS: [&str; 8] = [
    "List-Id",
    "List-Post",
    "X-BeenThere",
    "Mailing-List",
    "Resent-From",
    "X-Forwarded-For",
    "X-Forwarded-To",
    "X-MS-Exchange-ForwardingLoop",
];

/// The plainest sign that the message was passed on.
pub(crate) fn passed_on(message: &Message<'_>, session: &Session) -> Option<PassedOn> {
    let has = |name: &&str| message.fields(name).next().is_some();
    let marked = || FIELDS.into_iter().find(has);
    let sealed = || {
        // Receivers seal what they deliver, so one set tells nothing.
        let sets = message.fields("ARC-Seal").count();
        (sets > 1).then_some(PassedOn::SeveralSeals { sets })
    };
    if let Some(host) = session.passed_on_to() {
        let host = host.to_owned();
        return Some(PassedOn::TakenLater { host });
    }
    if has_other_envelope(message, session) {
        return Some(PassedOn::OtherEnvelope);
    }
    marked()
        .map(|name| PassedOn::Field { name })
        .or_else(sealed)
}

/// Amazon SES gives a message one identifier, as Message-ID and as the local part of the envelope
/// sender; where the two differ, somebody sent the message again.
fn has_other_envelope(message: &Message<'_>, session: &Session) -> bool {
    let is_other = || {
        let id = message.text("Message-ID")?;
        let (id, domain) = id.trim_matches(['<', '>']).rsplit_once('@')?;
        MessageId::parse(id).filter(|_| is_ses_domain(domain))?;
        let path = &session.mail_from.as_ref()?.value;
        let local = path.rsplit_once('@').map(|(local, _)| local)?;
        Some(!local.eq_ignore_ascii_case(id))
    };
    is_other().unwrap_or(false)
}
