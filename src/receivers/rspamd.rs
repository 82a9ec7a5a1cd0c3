//! The filter Rspamd, on any host. Its documentation describes the fields.

use super::{FieldOrigin, JunkField, JunkForm, JunkWord, Receiver, Weight};

pub(super) static RSPAMD: Receiver = Receiver {
    name: "Rspamd",
    junk_fields: &[
        JunkField {
            name: "X-Spamd-Result",
            origin: FieldOrigin::OnTop,
            form: JunkForm::Scores,
        },
        JunkField {
            name: "X-Rspamd-Action",
            origin: FieldOrigin::OnTop,
            form: JunkForm::Value("action"),
        },
    ],
    junk_words: &[
        JunkWord::new("spam", &["True"], Weight::Junk, "spam"),
        JunkWord::new("spam", &["False"], Weight::Clean, "not spam"),
        JunkWord::new(
            "action",
            &["add header", "rewrite subject", "quarantine", "reject"],
            Weight::Junk,
            "what it asks for spam",
        ),
        JunkWord::new("action", &["no action"], Weight::Clean, "not spam"),
    ],
    ..Receiver::UNKNOWN
};
