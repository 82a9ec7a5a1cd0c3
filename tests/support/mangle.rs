//! Ways to damage a message or a record, from a fixed seed.

/// Small pieces that mean something to one of the parsers.
const PIECES: &[&str] = &[
    "From:",
    "From: ",
    "DKIM-Signature:",
    "Received: from ",
    "Return-Path: <",
    "To:",
    "Subject: ",
    "Authentication-Results: ",
    "Received-SPF: ",
    "Date: ",
    "v=1;",
    " a=rsa-sha256;",
    " b=",
    " bh=",
    " c=relaxed/",
    "simple",
    " d=",
    " s=",
    " h=from:to:",
    " i=@",
    " l=",
    " t=",
    " x=",
    " q=dns/txt",
    "18446744073709551616",
    "-1",
    "0",
    "99999999999999999999999",
    "@",
    "<",
    ">",
    ",",
    ";",
    ":",
    "(",
    ")",
    "\"",
    "\\",
    "[",
    "]",
    "=?utf-8?q?=1b[31m?=",
    "=?utf-8?b?4oCu?=",
    "=?x?q??=",
    "=00",
    "%{ir}",
    "%{d2147483648r.-/_}",
    "bücher.example",
    "xn--",
    "xn--zzzzzzzzzzzz",
    "ß.example",
    "a.example",
    ".",
    "..",
    "\r\n",
    "\n",
    "\r",
    "\r\n ",
    "\n\t",
    "\r\n\r\n",
    "\0",
    "\x1b[2J",
    "\x1b]0;x\x07",
    "\x7f",
    "\u{9b}31m",
    "\u{85}",
    "\u{202e}",
    "\u{2066}",
    "\u{200f}",
    "\u{feff}",
    "\u{2028}",
    "\u{e0041}",
    "v=spf1 ",
    "ip4:",
    "ip6:",
    "include:",
    "redirect=",
    "exists:",
    "ptr",
    "mx/0//0",
    "a/33",
    "exp=",
    "-all",
    "v=DMARC1; ",
    "p=reject",
    "p=",
    "sp=none;",
    "np=",
    "adkim=s;",
    "psd=y",
    "rua=mailto:",
    "v=DKIM1; ",
    "k=rsa; ",
    "k=ed25519;",
    "h=sha256:",
    "t=y:s",
    "MIGfMA0GCSqGSIb3",
    "dkim=pass header.d=",
    "spf=fail smtp.mailfrom=",
    "dmarc=",
    "[192.0.2.1]",
    "[IPv6:2001:db8::1]",
    "192.0.2.1",
    " by ",
    " with ESMTP id ",
    "; Fri, 20 Nov 2026 15:00:01 +0000",
    " -2400",
    "+9999",
];

/// Random numbers: splitmix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, or 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.below(most);
        (0..length).map(|_| self.next() as u8).collect()
    }

    /// Pieces that look like header fields and records.
    pub fn pieces(&mut self, most: usize) -> Vec<u8> {
        let mut text = Vec::new();
        for _ in 0..self.below(most) {
            match self.below(12) {
                0 => text.push(self.next() as u8),
                1 => text.extend_from_slice(b"\r\n"),
                2 => text.push(b' '),
                _ => text.extend_from_slice(self.pick(PIECES).as_bytes()),
            }
        }
        text
    }

    /// Damages `text` in one way; `other` is another text of its kind.
    pub fn damage(&mut self, text: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(text.len() + 1);
        match self.below(12) {
            0 => {
                if let Some(byte) = text.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
            1 => text.truncate(at),
            2 => {
                let line = lines(text, at);
                text.drain(line);
            }
            3 => {
                let line = lines(text, at);
                let copy = text[line.clone()].repeat(1 + self.below(3));
                insert(text, line.end, &copy);
            }
            4 => {
                let from = self.below(other.len() + 1);
                text.truncate(at);
                text.extend_from_slice(&other[from..]);
            }
            5 => {
                let line = lines(other, self.below(other.len() + 1));
                let at = lines(text, at).start;
                insert(text, at, &other[line]);
            }
            6 => {
                let bytes = self.bytes(9);
                insert(text, at, &bytes);
            }
            7 => {
                let piece = self.pick(PIECES).as_bytes().repeat(1 << self.below(10));
                insert(text, at, &piece);
            }
            8 => {
                let end = (at + self.below(40)).min(text.len());
                text.drain(at..end);
            }
            9 => {
                // Line ends of another kind.
                let crlf = self.one_in(2);
                text.retain(|byte| *byte != if crlf { b'\r' } else { b'\n' });
            }
            _ => {
                let piece = self.pick(PIECES).as_bytes();
                insert(text, at, piece);
            }
        }
    }
}

/// The line that holds place `at`.
fn lines(text: &[u8], at: usize) -> std::ops::Range<usize> {
    let start = text[..at].iter().rposition(|byte| *byte == b'\n');
    let end = text[at..].iter().position(|byte| *byte == b'\n');
    start.map_or(0, |start| start + 1)..end.map_or(text.len(), |end| at + end + 1)
}

fn insert(text: &mut Vec<u8>, at: usize, what: &[u8]) {
    text.splice(at..at, what.iter().copied());
}
