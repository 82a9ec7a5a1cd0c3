//! What shows that a message was passed on between its sender and the mailbox: a list, a forwarding
//! address, a gateway.

use crate::message::Message;
use crate::ses::{MessageId, is_ses_domain};
use crate::session::Session;

/// The plainest sign that the message was passed on, in a few words; all but the first are claims
/// of the header.
pub(crate) fn passed_on(message: &Message<'_>, session: &Session) -> Option<String> {
    let onward = session
        .passed_on_to()
        .map(|host| format!("{host} took it later"));
    let by_list = || {
        let names = ["List-Id", "List-Post", "X-BeenThere", "Mailing-List"];
        let mut names = names.iter();
        let name = names.find(|name| message.fields(name).next().is_some())?;
        Some(format!("it bears {name}"))
    };
    let again = || {
        let names = [
            "Resent-From",
            "X-Forwarded-For",
            "X-Forwarded-To",
            "X-MS-Exchange-ForwardingLoop",
        ];
        let mut names = names.iter();
        let name = names.find(|name| message.fields(name).next().is_some())?;
        Some(format!("it bears {name}"))
    };
    let sealed = || {
        // Receivers seal what they deliver, so one set tells nothing.
        let sets = message.fields("ARC-Seal").count();
        (sets > 1).then(|| format!("{sets} hosts put ARC seals on it"))
    };
    onward
        .or_else(|| other_envelope(message, session))
        .or_else(by_list)
        .or_else(again)
        .or_else(sealed)
}

/// Amazon SES gives a message one identifier, as Message-ID and as the local part of the envelope
/// sender; where the two differ, somebody sent the message again.
fn other_envelope(message: &Message<'_>, session: &Session) -> Option<String> {
    let id = message.text("Message-ID")?;
    let (id, domain) = id.trim_matches(['<', '>']).rsplit_once('@')?;
    MessageId::parse(id).filter(|_| is_ses_domain(domain))?;
    let path = &session.mail_from.as_ref()?.value;
    let local = path.rsplit_once('@').map(|(local, _)| local)?;
    let is_other = !local.eq_ignore_ascii_case(id);
    is_other.then(|| "its envelope sender is not the one that Amazon SES gave it".into())
}
