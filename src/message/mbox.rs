//! An mbox, message by message (RFC 4155). Only one message is in memory at a time.

use std::io::{self, BufRead};

use memchr::memchr;

/// How many octets of a line show whether a message starts there: `From `, and 512 after it.
const FROM_LINE: usize = 517;

/// Splits a stream at its `From ` lines.
///
/// Each message is returned with its `From ` line at the top, so its parser knows that it comes
/// from an mbox and removes the quoting of `From ` within it.
pub struct Mbox<R> {
    from: R,
    /// The maximum number of octets of one message.
    limit: usize,
    /// The `From ` line after the previous message, and its length.
    next: (Vec<u8>, u64),
    is_over: bool,
}

/// One message of an mbox.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// Its octets.
    Message(Vec<u8>),
    /// It was larger than allowed, so it was skipped; its number of octets.
    TooLarge(u64),
}

/// A line, as far as it was kept.
struct Line {
    /// The length of all of it, with its end.
    length: u64,
    is_blank: bool,
    /// Whether there was not the memory to keep it.
    is_lost: bool,
}

impl<R: BufRead> Mbox<R> {
    /// Reads messages from `from`; each may have at most `limit` octets.
    pub fn new(from: R, limit: usize) -> Self {
        Self {
            from,
            limit,
            next: (Vec::new(), 0),
            is_over: false,
        }
    }

    /// What the messages are read from.
    pub(crate) fn stream(&mut self) -> &mut R {
        &mut self.from
    }

    fn part(&mut self) -> io::Result<Option<Part>> {
        if self.is_over {
            return Ok(None);
        }
        let (mut message, mut length) = std::mem::take(&mut self.next);
        let mut is_after_blank = true;
        let mut is_lost = false;
        loop {
            let start = message.len();
            // What exceeds the limit is counted and not kept, but for the start of each line.
            let room = self.limit.saturating_sub(start).max(FROM_LINE);
            let line = self.line(&mut message, start + room);
            let line = line.inspect_err(|_| self.is_over = true)?;
            if line.length == 0 {
                self.is_over = true;
                break;
            }
            if is_after_blank && length > 0 && is_from_line(&message[start..]) {
                self.next = (message.split_off(start), line.length);
                break;
            }
            is_after_blank = line.is_blank;
            length += line.length;
            is_lost |= line.is_lost;
            if is_lost || length > self.limit as u64 {
                message = Vec::new();
            }
        }
        Ok(match length {
            0 => None,
            length if length > self.limit as u64 => Some(Part::TooLarge(length)),
            // The next message may have room again.
            _ if is_lost => return Err(io::ErrorKind::OutOfMemory.into()),
            _ => Some(Part::Message(fitted(message))),
        })
    }

    /// Reads a line, and adds it to `kept` until that has `most` octets.
    fn line(&mut self, kept: &mut Vec<u8>, most: usize) -> io::Result<Line> {
        let mut line = Line {
            length: 0,
            is_blank: true,
            is_lost: false,
        };
        loop {
            let available = match self.from.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let end = memchr(b'\n', available);
            let piece = &available[..end.map_or(available.len(), |end| end + 1)];
            line.length += piece.len() as u64;
            line.is_blank &= piece.trim_ascii_start().is_empty();
            let room = piece.len().min(most - kept.len());
            if kept.capacity() - kept.len() < room {
                // In few steps, and never more than `most`: what is not used takes no memory.
                let more = room.max(7 * kept.len()).min(most - kept.len());
                line.is_lost |= kept.try_reserve_exact(more).is_err();
            }
            if !line.is_lost {
                kept.extend_from_slice(&piece[..room]);
            }
            let (read, is_over) = (piece.len(), end.is_some() || piece.is_empty());
            self.from.consume(read);
            if is_over {
                return Ok(line);
            }
        }
    }
}

impl<R: BufRead> Iterator for Mbox<R> {
    type Item = io::Result<Part>;

    fn next(&mut self) -> Option<Self::Item> {
        self.part().transpose()
    }
}

/// The same without much unused memory, if there is the memory to copy it.
fn fitted(message: Vec<u8>) -> Vec<u8> {
    let mut fitted = Vec::new();
    if message.capacity() / 2 <= message.len() || fitted.try_reserve_exact(message.len()).is_err() {
        return message;
    }
    fitted.extend_from_slice(&message);
    fitted
}

/// Whether a line starts a message: `From `, a sender, and a time (RFC 4155, appendix A). A body
/// line that begins with `From ` has no time.
fn is_from_line(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    let mut rest = &rest[..rest.len().min(FROM_LINE - 5)];
    while let Some(colon) = memchr(b':', rest) {
        let is_digit = |at: usize| rest.get(at).is_some_and(u8::is_ascii_digit);
        if colon >= 2
            && is_digit(colon - 2)
            && is_digit(colon - 1)
            && is_digit(colon + 1)
            && is_digit(colon + 2)
        {
            return true;
        }
        rest = &rest[colon + 1..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: &str = "From a@example.com Tue Jun 30 10:33:16 2026\n";

    fn parts(text: &str, limit: usize) -> Vec<Part> {
        let mbox = Mbox::new(text.as_bytes(), limit);
        mbox.map(Result::unwrap).collect()
    }

    #[test]
    fn each_message_comes_with_its_from_line() {
        let one = format!("{FROM}Subject: 1\n\nFrom here on\n\n");
        let two = format!("{FROM}Subject: 2\r\n\r\n>From me\r\n");
        let message = |text: &str| Part::Message(text.as_bytes().to_vec());
        let both = format!("{one}{two}");
        assert_eq!(parts(&both, 1000), [message(&one), message(&two)]);
        assert_eq!(parts("", 1000), []);
    }

    #[test]
    fn a_from_line_follows_an_empty_line_and_has_a_time() {
        for body in [
            "text\nFrom a@example.com Tue Jun 30 10:33:16 2026\n",
            "text\n\nFrom now on at 10 o'clock\n",
            "text\n\nFrom: a@example.com 10:33\n",
        ] {
            let text = format!("{FROM}Subject: 1\n\n{body}");
            assert_eq!(parts(&text, 1000).len(), 1, "{body}");
        }
    }

    #[test]
    fn a_message_that_is_too_large_is_passed_over_and_the_next_is_not() {
        let large = format!("{FROM}Subject: 1\n\n{}\n\n", "x\n".repeat(100));
        let text = format!("{large}{FROM}Subject: 2\n\n");
        let [Part::TooLarge(length), Part::Message(next)] = &parts(&text, 100)[..] else {
            panic!("{:?}", parts(&text, 100));
        };
        assert_eq!(*length, large.len() as u64);
        assert!(next.ends_with(b"Subject: 2\n\n"));
    }

    #[test]
    fn a_line_without_end_is_passed_over_wherever_it_is() {
        let long = "x".repeat(10_000);
        let next = format!("{FROM}Subject: next\n\n");
        for large in [
            format!("{FROM}Subject: 1\n\n{long}\n\n"),
            format!("{FROM}{long}\n\n"),
            format!("{}{long}\n\n", FROM.trim_end()),
            format!("{FROM}Subject: 1\n{}\n", " ".repeat(10_000)),
        ] {
            let text = format!("{next}{large}{next}{large}");
            for buffer in [1, 7, 1 << 16] {
                let stream = io::BufReader::with_capacity(buffer, text.as_bytes());
                let parts: Vec<Part> = Mbox::new(stream, 1000).map(Result::unwrap).collect();
                let message = || Part::Message(next.clone().into_bytes());
                let too_large = || Part::TooLarge(large.len() as u64);
                assert_eq!(parts, [message(), too_large(), message(), too_large()]);
            }
        }
    }

    #[test]
    fn a_message_of_the_largest_size_is_kept_whole() {
        let text = format!("{FROM}Subject: 1\n\n{}\n", "x".repeat(5_000));
        assert_eq!(
            parts(&text, text.len()),
            [Part::Message(text.clone().into())]
        );
        let too_large = Part::TooLarge(text.len() as u64);
        assert_eq!(parts(&text, text.len() - 1), [too_large]);
    }
}
