//! What is before and after a message in its file: a byte order mark, empty lines, the `From ` line
//! of mbox (RFC 4155), the byte count and the property list of Apple Mail, a pasted page.

use memchr::memmem::{find, find_iter, rfind};

use super::opened::Found;
use super::refused::{self, not_a_message};
use super::{EmlxCount, Form, Reading, SourceNote, pasted};
use crate::Error;
use crate::message::header::line_end;
use crate::message::lexer::excerpt;

/// Narrows `found.span` to the message. The error says what the bytes are instead.
pub(super) fn unwrap(bytes: &[u8], reading: Reading, found: &mut Found) -> Result<(), Error> {
    if reading == Reading::AsDelivered {
        mbox_line(bytes, found);
        return Ok(());
    }
    byte_order_mark(bytes, found);
    refused::by_magic(&bytes[found.span.clone()])?;
    empty_lines(bytes, found);
    emlx(bytes, found);
    mbox(bytes, found)?;
    pasted::page(bytes, found)?;
    refused::by_magic(&bytes[found.span.clone()])
}

fn byte_order_mark(bytes: &[u8], found: &mut Found) {
    if bytes[found.span.clone()].starts_with(b"\xef\xbb\xbf") {
        found.span.start += 3;
        found.notes.push(SourceNote::ByteOrderMark);
    }
}

fn empty_lines(bytes: &[u8], found: &mut Found) {
    let before = found.span.start;
    let mut count = 0;
    while found.span.start < found.span.end {
        let end = line_end(bytes, found.span.start);
        if !bytes[found.span.start..end].trim_ascii().is_empty() {
            break;
        }
        found.span.start = end;
        count += 1;
    }
    if found.span.start > before {
        found.notes.push(SourceNote::EmptyLines(count));
    }
}

/// Recognises a file of Apple Mail: skips its byte count and the property list after the message.
fn emlx(bytes: &[u8], found: &mut Found) {
    let line = line_end(bytes, found.span.start).min(found.span.end);
    let first = bytes[found.span.start..line].trim_ascii();
    let is_count = !first.is_empty() && first.iter().all(u8::is_ascii_digit);
    if !is_count || line == found.span.end {
        return;
    }
    let count: Option<usize> = std::str::from_utf8(first)
        .ok()
        .and_then(|digits| digits.parse().ok());
    let rest = &bytes[line..found.span.end];
    let (length, count) = emlx_length(rest, count);
    found.layers.push(Form::Emlx);
    found.span = line..line + length;
    found.notes.push(SourceNote::Emlx(count));
    if find(&rest[..length], b"X-Apple-Content-Length:").is_some() {
        found.notes.push(SourceNote::AttachmentsLeftOut);
    }
}

/// The length of the message, and whether the byte count matches.
fn emlx_length(rest: &[u8], count: Option<usize>) -> (usize, EmlxCount) {
    let list = property_list(rest);
    match (count, list) {
        (Some(count), _)
            if rest.get(count..).is_some_and(|behind| {
                behind.trim_ascii().is_empty() || property_list(behind) == Some(0)
            }) =>
        {
            (count, EmlxCount::Fits)
        }
        (_, Some(list)) => (list, EmlxCount::DoesNotFit(list)),
        (Some(count), None) if count < rest.len() => {
            (count, EmlxCount::NoPropertyList(rest.len() - count))
        }
        _ => (rest.len(), EmlxCount::TooFewBytes),
    }
}

/// Where the property list at the end begins.
fn property_list(rest: &[u8]) -> Option<usize> {
    let end = rest.trim_ascii_end();
    if !end.ends_with(b"</plist>") {
        return None;
    }
    let list = rfind(end, b"<plist")?;
    Some(rfind(&end[..list], b"<?xml").unwrap_or(list))
}

/// Skips one `From ` line before the message. A second one begins a second message, which is an
/// error.
fn mbox(bytes: &[u8], found: &mut Found) -> Result<(), Error> {
    let text = &bytes[found.span.clone()];
    if !mbox_line(bytes, found) {
        return Ok(());
    }
    let more = find_iter(text, b"\nFrom ")
        .filter(|at| begins_message(text, at + 1))
        .count();
    if more > 0 {
        return Err(not_a_message(
            &format!("it is a mail folder (mbox) of {} messages", more + 1),
            "give one message: save it on its own, or split the folder into files (formail -s \
             and git mailsplit do that)",
        ));
    }
    Ok(())
}

/// Skips one `From ` line before the message, if there is one.
fn mbox_line(bytes: &[u8], found: &mut Found) -> bool {
    if !bytes[found.span.clone()].starts_with(b"From ") {
        return false;
    }
    let line = line_end(bytes, found.span.start).min(found.span.end);
    let text = String::from_utf8_lossy(&bytes[found.span.start..line]);
    if !is_from_line(&text) {
        return false;
    }
    found
        .notes
        .push(SourceNote::MboxLine(excerpt(text.trim_ascii_end())));
    found.span.start = line;
    found.layers.push(Form::Mbox);
    true
}

/// Whether this is the line that separates the messages of a mail folder: `From `, an address, and
/// a date as of asctime (RFC 4155, appendix A).
fn is_from_line(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("From ") else {
        return false;
    };
    let is_name = |word: &str, names: &[&str]| names.contains(&word.trim_end_matches(','));
    let mut words = rest.split_ascii_whitespace();
    if !words.any(|word| is_name(word, &WEEKDAYS)) {
        return false;
    }
    let date: Vec<&str> = words.take(6).collect();
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = |word: &&str| word.contains(':') && word.split(':').all(is_number);
    let is_year = |word: &&str| word.len() == 4 && is_number(word);
    date.iter().any(|word| is_name(word, &MONTHS))
        && date.iter().any(is_time)
        && date.iter().any(is_year)
}

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Whether a message of a mail folder begins at `at`: after an empty line, with a time in the `From
/// ` line, and with a header field after it.
fn begins_message(text: &[u8], at: usize) -> bool {
    let before = &text[..at];
    if !before.ends_with(b"\n\n") && !before.ends_with(b"\n\r\n") {
        return false;
    }
    let end = line_end(text, at);
    let line = &text[at..end];
    let has_time = line.windows(3).any(|window| {
        matches!(window, [before, b':', after] if before.is_ascii_digit() && after.is_ascii_digit())
    });
    let below = &text[end..];
    let name = below
        .iter()
        .take(100)
        .position(|byte| !matches!(byte, 33..=57 | 59..=126));
    has_time && name.is_some_and(|end| end > 0 && below[end] == b':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::message::{Message, Opened};

    fn parse(bytes: &[u8]) -> Message<'_> {
        Message::parse(bytes, &Limits::default()).unwrap()
    }

    fn emlx_of(count: &str, plist: &str) -> Vec<u8> {
        format!("{count}\nFrom: a@example.com\n\nbody\n{plist}").into_bytes()
    }

    const MESSAGE: usize = 26;
    const PLIST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist>\n\
                         <plist version=\"1.0\"><dict/></plist>\n";

    #[test]
    fn marks_and_empty_lines_before_the_header_are_passed_over() {
        let message = parse(b"\xef\xbb\xbf\r\n \r\nFrom: a@example.com\r\n\r\nbody");
        assert!(message.header.fields[0].is("From"));
        assert_eq!(message.source.notes.len(), 2);
        assert_eq!(message.source.notes[1], SourceNote::EmptyLines(2));
    }

    #[test]
    fn the_line_of_a_mail_folder_is_passed_over_and_quoted() {
        let message = parse(
            b"From a@example.com Tue Jun 30 06:00:00 2026\nFrom: a@example.com\n\nbody\n\
              >From here on\n",
        );
        assert_eq!(message.source.form, Form::Mbox);
        let notes = &message.source.notes;
        let line = "From a@example.com Tue Jun 30 06:00:00 2026";
        assert_eq!(notes[0], SourceNote::MboxLine(line.into()));
        assert_eq!(notes[1], SourceNote::QuotedFrom(1));
    }

    #[test]
    fn the_line_of_a_mail_folder_has_a_date() {
        for line in [
            "From a@example.com Tue Jun 30 06:00:00 2026",
            "From - Tue Jun  2 06:00:00 2026",
            "From a at example.com  Tue Jun 30 06:00:00 +0000 2026",
            "From MAILER-DAEMON Tue, 30 Jun 2026 06:00:00 +0000",
        ] {
            assert!(is_from_line(line), "{line}");
        }
        for line in [
            "From : a@example.com",
            "From a@example.com",
            "From: Tue Jun 30 06:00:00 2026",
            "From Tue to Jun 30",
        ] {
            assert!(!is_from_line(line), "{line}");
        }
    }

    #[test]
    fn of_a_message_as_delivered_only_the_line_of_a_mail_folder_is_removed() {
        let read = |bytes: &[u8]| {
            let limits = Limits::default();
            let opened = Opened::open(bytes, Reading::AsDelivered, None, &limits).unwrap();
            let message = opened.message(&limits);
            message.map(|message| message.header.fields.len()).ok()
        };
        let line = "From a@example.com Tue Jun 30 06:00:00 2026\n";
        assert_eq!(read(format!("{line}A: b\n\nbody").as_bytes()), Some(1));
        assert_eq!(read(b"A: b"), Some(1));
        for bytes in [&b"\xef\xbb\xbfA: b\n\n"[..], b"\nA: b\n\n", b"6\nA: b\n\n"] {
            assert_eq!(read(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_mail_folder_of_several_messages_is_refused_with_their_number() {
        let one =
            "From a@example.com Tue Jun 30 06:00:00 2026\r\nFrom: a@example.com\r\n\r\nb\r\n\r\n";
        let error = Message::parse(one.repeat(3).as_bytes(), &Limits::default()).unwrap_err();
        assert!(error.to_string().contains("of 3 messages"), "{error}");
        parse(one.as_bytes());
    }

    #[test]
    fn a_body_that_speaks_of_from_is_no_second_message() {
        parse(
            b"From a@example.com Tue Jun 30 06:00:00 2026\nFrom: a@example.com\n\n\
              From here on:\n\nFrom noon\nNote: at 12:30\n\nFrom 12:30 on\nwe are closed\n",
        );
        parse(b"From: a@example.com\n\nFrom b Tue Jun 30 06:00:00 2026\nTo: c\n");
    }

    #[test]
    fn the_count_and_the_property_list_of_apple_mail_are_cut_off() {
        let bytes = emlx_of(&format!("{MESSAGE}        "), PLIST);
        let message = parse(&bytes);
        assert_eq!(message.source.form, Form::Emlx);
        assert_eq!(message.body(), Some(&b"body\n"[..]));
        assert_eq!(message.source.notes.len(), 1, "{:?}", message.source.notes);
    }

    #[test]
    fn a_wrong_count_gives_way_to_the_property_list() {
        for count in ["20", "30", "99999999999999999999999"] {
            let bytes = emlx_of(count, PLIST);
            let message = parse(&bytes);
            assert_eq!(message.body(), Some(&b"body\n"[..]), "{count}");
            let note = SourceNote::Emlx(EmlxCount::DoesNotFit(MESSAGE));
            assert_eq!(message.source.notes[0], note);
        }
    }

    #[test]
    fn a_property_list_that_is_missing_is_said() {
        let bytes = emlx_of("24", "");
        assert_eq!(parse(&bytes).body(), Some(&b"bod"[..]));
        let bytes = emlx_of("2400", "");
        let message = parse(&bytes);
        assert_eq!(message.body(), Some(&b"body\n"[..]));
        assert!(message.source.notes[0].is_truncation());
    }

    #[test]
    fn attachments_that_apple_mail_left_out_are_said() {
        let bytes = b"58\nFrom: a@example.com\n\nX-Apple-Content-Length: 40123\n\n......\n";
        let notes = parse(bytes).source.notes;
        assert_eq!(notes[1], SourceNote::AttachmentsLeftOut);
    }
}
