//! Texts that are no header as it was received: one that is quoted or indented, or no mail at all.

use super::Form;
use super::refused::{RAW_MESSAGE, not_a_message};
use crate::Error;
use crate::message::Header;

/// Fields that a received message has; one is enough to take a saved text for a message.
const OF_MAIL: [&str; 14] = [
    "From",
    "Date",
    "Received",
    "DKIM-Signature",
    "Message-ID",
    "Return-Path",
    "Delivered-To",
    "Sender",
    "Authentication-Results",
    "Received-SPF",
    "ARC-Seal",
    "ARC-Message-Signature",
    "ARC-Authentication-Results",
    "Resent-From",
];

/// More fields by which a quoted or indented header is known.
const USUAL: [&str; 6] = [
    "To",
    "Subject",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "X-Received",
];

/// How much of a text is looked at.
const MOST_LINES: usize = 200;
const MOST_BYTES: usize = 64 * 1024;

/// What stands before the lines of a header that was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// A `>`, as in an answer.
    Mark,
    /// Blanks or tabs.
    Blank,
}

/// Refuses a saved text that is not the header of a message, or not as it was received.
pub(super) fn refuse(text: &[u8], header: &Header<'_>, layers: &[Form]) -> Result<(), Error> {
    // In any other form, it is a message by the form.
    let is_bare = |layer: &Form| matches!(layer, Form::Gzip | Form::Zstd);
    if !layers.iter().all(is_bare) {
        return Ok(());
    }
    let mut authors = header.fields.iter().filter(|field| field.is("From"));
    let before = match authors.next() {
        // It may have taken in all that follows.
        Some(author) => hidden(author.body, &[Before::Blank], ""),
        None => {
            let is_of_mail = |name: &&str| header.fields.iter().any(|field| field.is(name));
            let is_mail = header.left_out > 0 || OF_MAIL.iter().any(is_of_mail);
            let needed = match is_mail {
                true => "From",
                false => "",
            };
            let before = hidden(text, &[Before::Mark, Before::Blank], needed);
            if before.is_none() && needed.is_empty() {
                return Err(no_mail(header));
            }
            before
        }
    };
    match before {
        None => Ok(()),
        Some(Before::Mark) => Err(not_a_message(
            "its header is quoted, as in an answer (\">\" before the lines)",
            &format!(
                "nothing can be checked on quoted text, as it is not what was received; \
                 {RAW_MESSAGE}"
            ),
        )),
        Some(Before::Blank) => Err(not_a_message(
            "the lines of its header are indented, so that each belongs to the line above it",
            &format!("copy the header without the blanks, or better {RAW_MESSAGE}"),
        )),
    }
}

fn no_mail(header: &Header<'_>) -> Error {
    let found = match header.fields.is_empty() {
        true => "it has no header field such as \"From: …\"",
        false => "it has no field of a received message: no From, Date, Received or DKIM-Signature",
    };
    not_a_message(found, RAW_MESSAGE)
}

/// What the fields of a header stand behind in `text`: two different ones at least, and the one that
/// is `needed`, if any.
fn hidden(text: &[u8], possible: &[Before], needed: &str) -> Option<Before> {
    let text = &text[..text.len().min(MOST_BYTES)];
    let lines = || text.split(|byte| *byte == b'\n').take(MOST_LINES);
    possible.iter().copied().find(|before| {
        let names = lines().filter_map(|line| name_behind(line, *before));
        let names: Vec<&str> = names.collect();
        let differ = names.iter().any(|name| *name != names[0]);
        differ && (needed.is_empty() || names.contains(&needed))
    })
}

/// The usual field whose name begins `line` behind what was put before it.
fn name_behind(line: &[u8], before: Before) -> Option<&'static str> {
    let is_before = |byte: u8| match before {
        Before::Mark => matches!(byte, b'>' | b' ' | b'\t'),
        Before::Blank => matches!(byte, b' ' | b'\t'),
    };
    let at = line.iter().position(|byte| !is_before(*byte))?;
    let (put, rest) = line.split_at(at);
    if put.is_empty() || before == Before::Mark && !put.contains(&b'>') {
        return None;
    }
    let is_it = |name: &&&str| {
        let start = rest.get(..name.len());
        // A list of names, as in h= of a signature, has no blank behind the colon.
        start.is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
            && matches!(
                rest[name.len()..],
                [b':'] | [b':', b' ' | b'\t' | b'\r', ..]
            )
    };
    OF_MAIL.iter().chain(&USUAL).find(is_it).copied()
}

#[cfg(test)]
mod tests {
    use crate::Limits;
    use crate::message::Message;

    fn error(text: &str) -> String {
        let read = Message::parse(text.as_bytes(), &Limits::default());
        read.map(|message| format!("{:?}", message.header))
            .unwrap_err()
            .to_string()
    }

    fn is_read(text: &str) -> bool {
        Message::parse(text.as_bytes(), &Limits::default()).is_ok()
    }

    const HEADER: &str = "Received: from a.example (a.example [192.0.2.1])\n\tby b.example\n\
                          From: a@example.com\nSubject: x\nDate: Tue, 30 Jun 2026 06:00:00 +0000\n";

    fn before(mark: &str) -> String {
        HEADER
            .lines()
            .map(|line| format!("{mark}{line}\n"))
            .collect()
    }

    #[test]
    fn a_quoted_header_is_refused_by_name() {
        for mark in ["> ", ">", ">> ", "> > ", " > "] {
            assert!(error(&before(mark)).contains("quoted"), "{mark:?}");
        }
        let answer = format!("On Tue, a@example.com wrote:\n\n{}", before("> "));
        assert!(error(&answer).contains("quoted"));
        let answer = format!("{}\r\n", before("> ").replace('\n', "\r\n"));
        assert!(error(&answer).contains("quoted"));
    }

    #[test]
    fn an_indented_header_is_refused_by_name() {
        for mark in ["    ", "\t", " "] {
            assert!(error(&before(mark)).contains("indented"), "{mark:?}");
            // As it is copied where the first line was marked from its first letter on.
            let copied = before(mark);
            assert!(error(copied.trim_start()).contains("indented"), "{mark:?}");
            let from = copied
                .trim_start()
                .split_once("From:")
                .map(|(_, rest)| rest);
            let from = format!("From:{}", from.unwrap_or_default());
            assert!(error(&from).contains("indented"), "{mark:?}");
        }
    }

    #[test]
    fn a_text_that_is_no_mail_is_refused() {
        for text in [
            "Note: buy milk\nand bread\n",
            "Title: a\nAuthor: b\n\nText\n",
            "To: do\nSubject: the house\n",
            "> Title: a\n> Author: b\n",
        ] {
            assert!(
                error(text).contains("no field of a received")
                    || error(text).contains("no header field"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_a_receiver_writes_makes_a_message_without_from() {
        assert!(is_read(HEADER));
        for name in [
            "Received",
            "Date",
            "DKIM-Signature",
            "authentication-results",
        ] {
            assert!(is_read(&format!("{name}: x\n\nbody\n")), "{name}");
        }
        // Names in h=, folded, are not fields that were indented.
        assert!(is_read(
            "DKIM-Signature: v=1; h=To:\n From:\n Subject:Date;\n b=x\nReceived: a\n\n> From: a\n"
        ));
        // Quoted text in a body is quoted text in a body.
        assert!(is_read(&format!("{HEADER}\n{}", before("> "))));
    }
}
