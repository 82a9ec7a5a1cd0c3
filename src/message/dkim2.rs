//! DKIM2 fields (draft-ietf-dkim-dkim2-spec), which are reported but not evaluated.

use schemars::JsonSchema;
use serde::Serialize;

use super::Message;

/// How many DKIM2 fields there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Dkim2 {
    /// DKIM2-Signature fields.
    pub signatures: usize,
    /// Message-Instance fields.
    pub instances: usize,
}

impl Dkim2 {
    /// Counts them; `None` if there are none.
    pub(crate) fn of(message: &Message<'_>) -> Option<Self> {
        let found = Self {
            signatures: message.fields("DKIM2-Signature").count(),
            instances: message.fields("Message-Instance").count(),
        };
        (found.signatures + found.instances > 0).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn fields_of_dkim2_are_counted() {
        let found = |header: &str| {
            let text = format!("{header}From: a@example.com\n\n");
            Dkim2::of(&Message::parse(text.as_bytes(), &Limits::default()).unwrap())
        };
        let counted = |signatures, instances| {
            Some(Dkim2 {
                signatures,
                instances,
            })
        };
        assert_eq!(found(""), None);
        assert_eq!(found("Message-Instance: m=1\n"), counted(0, 1));
        assert_eq!(
            found("DKIM2-Signature: i=1\nMessage-Instance: m=2\nMessage-instance: m=1\n"),
            counted(1, 2)
        );
    }
}
