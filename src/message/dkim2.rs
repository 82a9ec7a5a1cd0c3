//! Fields of DKIM2 (draft-ietf-dkim-dkim2-spec), which are noted and not evaluated.

use super::Message;

/// What there is of them, in words.
pub(crate) fn note(message: &Message<'_>) -> Option<String> {
    let counts = ["DKIM2-Signature", "Message-Instance"]
        .map(|name| (name, message.fields(name).count()))
        .into_iter()
        .filter(|(_, count)| *count > 0);
    let counts: Vec<(&str, usize)> = counts.collect();
    let (fields, they_were) = match counts.iter().map(|(_, count)| count).sum() {
        0 => return None,
        1 => ("field", "it was"),
        _ => ("fields", "they were"),
    };
    let named: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    Some(format!(
        "the message bears {} {fields} (DKIM2, still a draft): {they_were} not evaluated",
        named.join(" and ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[test]
    fn fields_of_dkim2_are_counted() {
        let note = |header: &str| {
            let text = format!("{header}From: a@example.com\n\n");
            note(&Message::parse(text.as_bytes(), &Limits::default()).unwrap())
        };
        assert_eq!(note(""), None);
        assert_eq!(
            note("Message-Instance: m=1\n").unwrap(),
            "the message bears 1 Message-Instance field (DKIM2, still a draft): it was not \
             evaluated"
        );
        assert_eq!(
            note("DKIM2-Signature: i=1\nMessage-Instance: m=2\nMessage-instance: m=1\n").unwrap(),
            "the message bears 1 DKIM2-Signature and 2 Message-Instance fields (DKIM2, still a \
             draft): they were not evaluated"
        );
    }
}
