//! The hash of a canonical body (RFC 6376 §3.4.3, §3.4.4) that can be continued in several ways: a
//! copy costs next to nothing, so a text is hashed once up to the place where candidates part.

use aws_lc_rs::digest::{Algorithm, Context, Digest};

use crate::dkim::canonical::{self, Canonicalization};

/// A body hash up to some octet.
#[derive(Clone)]
pub(super) struct Running {
    context: Context,
    by: Canonicalization,
    /// Empty lines that count only if text follows.
    empty: usize,
    /// The line that has no end yet.
    line: Vec<u8>,
    /// Whether any line was hashed.
    any: bool,
    /// How many octets of the canonical body are signed (`l=`).
    left: Option<u64>,
}

impl Running {
    pub(super) fn new(by: Canonicalization, hash: &'static Algorithm, length: Option<u64>) -> Self {
        Self {
            context: Context::new(hash),
            by,
            empty: 0,
            line: Vec::new(),
            any: false,
            left: length,
        }
    }

    pub(super) fn push(&mut self, mut octets: &[u8]) {
        while let Some(at) = memchr::memchr(b'\n', octets) {
            match self.line.is_empty() {
                true => self.line(without_cr(&octets[..at])),
                false => {
                    self.line.extend_from_slice(&octets[..at]);
                    let line = std::mem::take(&mut self.line);
                    self.line(without_cr(&line));
                }
            }
            octets = &octets[at + 1..];
        }
        self.line.extend_from_slice(octets);
    }

    fn line(&mut self, line: &[u8]) {
        let line = match self.by {
            Canonicalization::Simple => line,
            Canonicalization::Relaxed => canonical::trim_end(line),
        };
        if line.is_empty() {
            self.empty += 1;
            return;
        }
        for _ in 0..std::mem::take(&mut self.empty) {
            self.feed(b"\r\n");
        }
        self.any = true;
        match self.by {
            Canonicalization::Simple => self.feed(line),
            Canonicalization::Relaxed => canonical::squeeze(line, |piece| self.feed(piece)),
        }
        self.feed(b"\r\n");
    }

    fn feed(&mut self, octets: &[u8]) {
        let octets = match &mut self.left {
            Some(left) => {
                let most = usize::try_from(*left)
                    .unwrap_or(usize::MAX)
                    .min(octets.len());
                *left -= most as u64;
                &octets[..most]
            }
            None => octets,
        };
        self.context.update(octets);
    }

    /// Octets of the line that has no end yet.
    pub(super) fn pending(&self) -> usize {
        self.line.len()
    }

    /// The hash, if nothing follows.
    pub(super) fn finish(mut self) -> Digest {
        if !self.line.is_empty() {
            let line = std::mem::take(&mut self.line);
            self.line(&line);
        }
        if !self.any && self.by == Canonicalization::Simple {
            self.feed(b"\r\n");
        }
        self.context.finish()
    }
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::SHA256;

    use super::*;

    #[test]
    fn the_hash_is_that_of_the_verifier_wherever_the_text_is_cut() {
        for body in [
            &b""[..],
            b"\r\n\r\n",
            b"a",
            b"a \t b\r\n\r\n \r\nc\n\n",
            b"\na\rb\r\r\n x",
            b" \t",
        ] {
            for by in [Canonicalization::Simple, Canonicalization::Relaxed] {
                for length in [None, Some(0), Some(3), Some(100)] {
                    let hashes = canonical::body_hashes(body, by, &SHA256, length);
                    for cut in 0..=body.len() {
                        let mut running = Running::new(by, &SHA256, length);
                        running.push(&body[..cut]);
                        let mut running = running.clone();
                        running.push(&body[cut..]);
                        let found = running.finish();
                        assert_eq!(found.as_ref(), hashes.digest(length), "{body:?} {by} {cut}");
                    }
                }
            }
        }
    }
}
