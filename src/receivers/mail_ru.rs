//! Mail.ru.

use super::Receiver;

pub(super) static MAIL_RU: Receiver = Receiver {
    name: "Mail.ru",
    domains: &["mail.ru"],
    mailboxes: &["mail.ru"],
    spf_include: Some("_spf.mail.ru"),
    ..Receiver::UNKNOWN
};
