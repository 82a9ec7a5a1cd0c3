//! Yahoo and AOL. Observed in saved messages; the meaning of `unknown` is inferred from messages
//! without a signature.

use super::{AddressForm, ClientField, FieldOrigin, Receiver, ResultWord};

pub(super) static YAHOO: Receiver = Receiver {
    name: "Yahoo",
    domains: &["yahoo.com", "aol.com", "yahoodns.net"],
    client_fields: &[ClientField {
        name: "X-Originating-IP",
        form: AddressForm::Bare,
        origin: FieldOrigin::OnTop,
    }],
    result_words: &[
        ResultWord::new("dkim", "dkim_pass", "pass"),
        ResultWord::new("dkim", "unknown", "none"),
        ResultWord::new("dmarc", "unknown", "none"),
        ResultWord::of_all("success", "pass"),
        ResultWord::of_all("perm_fail", "permerror"),
    ],
    mailboxes: &["aol.com", "rocketmail.com", "ymail.com"],
    mailbox_brands: &["yahoo"],
    ..Receiver::UNKNOWN
};
