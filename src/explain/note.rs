//! Words about what an analysis left out or assumed.

use std::fmt;

use super::source;
use crate::Note;
use crate::message::Dkim2;

/// What was left out or assumed; no capital letter, no full stop.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(note) => note.fmt(f),
            Self::FieldsLeftOut {
                name,
                count,
                first,
                last,
            } => {
                write!(f, "of {count} {name} fields only the first {first}")?;
                if *last > 0 {
                    write!(f, " and the last {last}")?;
                }
                f.write_str(" were looked at")
            }
            Self::Dkim2(found) => dkim2(f, *found),
            Self::Redacted {
                signatures,
                taken_out_of,
            } => {
                f.write_str("redacted: names, addresses and words stand in place of others")?;
                match signatures {
                    0 => (),
                    1 => f.write_str(", and the signature was made anew by a throw-away key")?,
                    _ => write!(
                        f,
                        ", and {signatures} signatures were made anew by throw-away keys"
                    )?,
                }
                match taken_out_of.is_empty() {
                    true => Ok(()),
                    false => write!(f, "; {}", source::taken_out_of(taken_out_of)),
                }
            }
        }
    }
}

fn dkim2(f: &mut fmt::Formatter<'_>, found: Dkim2) -> fmt::Result {
    let Dkim2 {
        signatures,
        instances,
        ..
    } = found;
    let (fields, they_were) = match signatures + instances {
        1 => ("field", "it was"),
        _ => ("fields", "they were"),
    };
    f.write_str("the message bears ")?;
    match (signatures, instances) {
        (_, 0) => write!(f, "{signatures} DKIM2-Signature")?,
        (0, _) => write!(f, "{instances} Message-Instance")?,
        _ => write!(
            f,
            "{signatures} DKIM2-Signature and {instances} Message-Instance"
        )?,
    }
    write!(
        f,
        " {fields} (DKIM2, still a draft): {they_were} not evaluated"
    )
}

#[cfg(test)]
mod tests {
    use crate::message::{Dkim2, Message};
    use crate::{Limits, Note};

    #[test]
    fn fields_of_dkim2_are_said_not_to_be_evaluated() {
        let note = |header: &str| {
            let text = format!("{header}From: a@example.com\n\n");
            let message = Message::parse(text.as_bytes(), &Limits::default()).unwrap();
            Note::Dkim2(Dkim2::of(&message).unwrap()).to_string()
        };
        assert_eq!(
            note("Message-Instance: m=1\n"),
            "the message bears 1 Message-Instance field (DKIM2, still a draft): it was not \
             evaluated"
        );
        assert_eq!(
            note("DKIM2-Signature: i=1\nMessage-Instance: m=2\nMessage-instance: m=1\n"),
            "the message bears 1 DKIM2-Signature and 2 Message-Instance fields (DKIM2, still a \
             draft): they were not evaluated"
        );
    }
}
