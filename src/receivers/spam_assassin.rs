//! The filter SpamAssassin, on any host. Its documentation describes the fields.

use super::{FieldOrigin, JunkField, JunkForm, JunkWord, Receiver, Weight};

pub(super) static SPAM_ASSASSIN: Receiver = Receiver {
    name: "SpamAssassin",
    junk_fields: &[
        JunkField {
            name: "X-Spam-Status",
            origin: FieldOrigin::OnTop,
            form: JunkForm::Status,
        },
        JunkField {
            name: "X-Spam-Flag",
            origin: FieldOrigin::OnTop,
            form: JunkForm::Value("flag"),
        },
    ],
    junk_words: &[
        JunkWord::new("spam", &["Yes"], Weight::Junk, "spam"),
        JunkWord::new("spam", &["No"], Weight::Clean, "not spam"),
        JunkWord::new("flag", &["YES"], Weight::Junk, "spam"),
        JunkWord::new("flag", &["NO"], Weight::Clean, "not spam"),
    ],
    ..Receiver::UNKNOWN
};
