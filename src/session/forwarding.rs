//! Whether a message was passed on between its sender and the mailbox: by a mailing list, a
//! forwarding address or a gateway. All signs are gathered once; callers choose those that matter
//! to them.

use schemars::JsonSchema;
use serde::Serialize;

use super::Session;
use crate::message::Message;
use crate::receivers;

/// A sign that a message was passed on. All but the first and the last are only claims of the
/// header.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PassedOn {
    /// This host of another organization accepted it after the judged session.
    LaterHost(String),
    /// Its envelope sender is not the one that this sending service assigned.
    OtherEnvelope(&'static str),
    /// Its envelope sender was rewritten, as forwarders do.
    RewrittenSender,
    /// It has this field, which mailing lists and forwarders add.
    Field(&'static str),
    /// It has ARC seals of this many hosts. Receivers seal what they deliver, so a single seal is
    /// no sign.
    Seals(usize),
    /// A sending service first passed it to another host.
    EarlierHost {
        /// The service.
        service: &'static str,
        /// The host of the service.
        from: String,
    },
}

/// Fields that any mailing list or forwarder may add, clearest first.
const FIELDS: [&str; 7] = [
    "List-Id",
    "List-Post",
    "X-BeenThere",
    "Mailing-List",
    "Resent-From",
    "X-Forwarded-For",
    "X-Forwarded-To",
];

/// The signs that a message was passed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Forwarding {
    /// The signs, clearest first.
    signs: Vec<PassedOn>,
    /// Whether the reverse-path at delivery differs from the ID that a sending service assigned.
    /// `None` if there is no such ID or no reverse-path.
    pub has_other_return_path: Option<bool>,
}

impl Forwarding {
    /// Gathers the signs. The values of the session must be set.
    pub(super) fn gather(message: &Message<'_>, session: &Session) -> Self {
        let path = session.mail_from.as_ref();
        let local = path.and_then(|path| local_part(&path.value));
        let given = GivenId::of(message);
        let later = session.passed_on_to();
        let mut signs: Vec<PassedOn> = Vec::new();
        signs.extend(later.map(|host| PassedOn::LaterHost(host.to_owned())));
        let is_other =
            |given: &&GivenId| given.is_at_home && local.is_some_and(|it| given.is_not(it));
        let other = given.as_ref().filter(is_other);
        signs.extend(other.map(|given| PassedOn::OtherEnvelope(given.service)));
        let is_rewritten = local.is_some_and(is_rewritten);
        signs.extend(is_rewritten.then_some(PassedOn::RewrittenSender));
        let known = FIELDS.into_iter().chain(receivers::forwarding_fields());
        let found = known.filter(|name| message.fields(name).next().is_some());
        signs.extend(found.map(PassedOn::Field));
        let seals = message.fields("ARC-Seal").count();
        signs.extend((seals > 1).then_some(PassedOn::Seals(seals)));
        let has_other_return_path = given.and_then(|given| {
            let path = message.return_path()?;
            Some(given.is_not(local_part(&path)?))
        });
        Self {
            signs,
            has_other_return_path,
        }
    }

    /// The clearest sign. A rewritten sender does not count: the sender's own host may have
    /// rewritten it.
    pub fn plainest(&self) -> Option<&PassedOn> {
        let mut signs = self.signs.iter();
        signs.find(|sign| **sign != PassedOn::RewrittenSender)
    }

    /// Whether the envelope sender was rewritten.
    pub fn is_sender_rewritten(&self) -> bool {
        self.signs.contains(&PassedOn::RewrittenSender)
    }

    /// The fields that mailing lists and forwarders added.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.signs.iter().filter_map(|sign| match sign {
            PassedOn::Field(name) => Some(*name),
            _ => None,
        })
    }
}

/// The ID that a sending service assigned, as Message-ID and as the local part of the envelope
/// sender. If the two differ, the message was sent again by someone else.
struct GivenId {
    service: &'static str,
    id: String,
    /// Whether the Message-ID has a domain of the service.
    is_at_home: bool,
}

impl GivenId {
    fn of(message: &Message<'_>) -> Option<Self> {
        let text = message.text("Message-ID")?;
        let inner = text.trim_matches(['<', '>', ' ', '\t']);
        let (id, domain) = inner.rsplit_once('@')?;
        let (service, ids) = receivers::service_of_id(id)?;
        Some(Self {
            service: service.name,
            id: id.to_owned(),
            is_at_home: ids.is_at(domain),
        })
    }

    fn is_not(&self, local: &str) -> bool {
        !local.eq_ignore_ascii_case(&self.id)
    }
}

fn local_part(path: &str) -> Option<&str> {
    path.rsplit_once('@').map(|(local, _)| local)
}

/// Whether a local part was rewritten, by the Sender Rewriting Scheme or by Gmail's forwarding.
fn is_rewritten(local: &str) -> bool {
    let local = local.to_ascii_uppercase();
    local.starts_with("SRS0") || local.starts_with("SRS1") || local.contains("+CAF_=")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, SessionHints};

    fn signs(header: &str, mail_from: &str) -> Vec<PassedOn> {
        let text = format!("{header}From: a@example.com\n\n");
        let message = Message::parse(text.as_bytes(), &Limits::default()).unwrap();
        let hints = SessionHints {
            mail_from: Some(mail_from.to_owned()),
            ..SessionHints::default()
        };
        let session = Session::find(&message, &hints, &Limits::default());
        session.forwarding.signs
    }

    const ID: &str = "0100018f3a2b4c5d-01234567-89ab-cdef-0123-456789abcdef-000000";

    #[test]
    fn fields_of_lists_and_forwarders_are_signs() {
        let found = signs(
            "X-Forwarded-To: b@example.net\nList-Id: <l.example>\n",
            "a@b.example",
        );
        assert_eq!(
            found,
            [
                PassedOn::Field("List-Id"),
                PassedOn::Field("X-Forwarded-To")
            ]
        );
        assert_eq!(signs("ARC-Seal: i=1\n", "a@b.example"), []);
        let sealed = signs("ARC-Seal: i=2\nARC-Seal: i=1\n", "a@b.example");
        assert_eq!(sealed, [PassedOn::Seals(2)]);
    }

    #[test]
    fn an_envelope_sender_that_is_not_the_message_id_is_a_sign_where_one_service_gives_both() {
        let header = format!("Message-ID: <{ID}@email.amazonses.com>\n");
        assert_eq!(signs(&header, &format!("{ID}@mail.example.com")), []);
        let other = [PassedOn::OtherEnvelope("Amazon SES")];
        assert_eq!(signs(&header, "list@lists.example"), other);
        let header = header.replace("amazonses.com", "example.com");
        assert_eq!(signs(&header, "list@lists.example"), []);
    }

    #[test]
    fn a_rewritten_sender_is_no_sign_by_itself_that_another_host_had_the_message() {
        let forwarding = Forwarding {
            signs: signs("", "SRS0=x=y=b.example=a@forwarder.example"),
            has_other_return_path: None,
        };
        assert!(forwarding.is_sender_rewritten());
        assert_eq!(forwarding.plainest(), None);
    }
}
