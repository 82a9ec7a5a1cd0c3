//! Damage that no software does: one random octet, or two lines.

use super::super::rng::Rng;
use super::opened::position;

/// What was done to a message.
#[derive(Clone, Debug)]
pub struct Stroke {
    pub what: &'static str,
    /// The octets that were put in or taken out.
    pub octets: Vec<u8>,
    /// What stands around the place.
    pub around: String,
    /// Whether it is in the header.
    pub in_header: bool,
    /// Whether it is at the start or the end of the body, or of a field.
    pub at_edge: bool,
}

impl Stroke {
    /// Whether undoing what this code names could undo the stroke.
    pub fn may_be(&self, code: &str) -> bool {
        let swapped = self.what == "lines swapped";
        let has = |set: &[u8]| self.octets.iter().any(|byte| set.contains(byte));
        // A line that was swapped to the start or the end of a text was not put there, but the empty
        // line below the header can be swapped with a field.
        let white = "space white fold join broken wrapped line tab cr preamble epilogue reordered";
        let header = "name-case content-type encoding-header display-name field date encoded-word from-rewritten";
        // Readers of base64 skip what is not of its alphabet (RFC 2045 §6.8).
        let skipped = |byte: &u8| !byte.is_ascii_alphanumeric() && !b"+/=".contains(byte);
        let may = [
            (self.octets.iter().any(skipped), "encoding-rewrapped"),
            (has(b" \t\r\n") && !swapped, white),
            (has(b"."), "dot-"),
            (has(b">"), "from-"),
            (has(b"="), "quoted-printable"),
            (self.in_header, header),
            (self.in_header && self.at_edge, "subject"),
            (
                self.at_edge && (self.in_header || !swapped),
                "footer banner preamble epilogue",
            ),
            (
                swapped && self.octets.windows(4).any(|at| at == b"\r\n\r\n"),
                "empty-lines",
            ),
            (swapped && self.octets.starts_with(b"\r\n"), "empty-lines"),
            (swapped, "reordered swapped"),
            (true, "octet"),
        ];
        let words = may.iter().filter(|(may, _)| *may);
        let mut words = words.flat_map(|(_, words)| words.split(' '));
        words.any(|word| code.contains(word))
    }
}

/// Damages one random place below the signature field.
pub fn strike(message: &[u8], rng: &mut Rng) -> (Vec<u8>, Stroke) {
    let header = position(message, b"\r\n\r\n").map_or(message.len(), |at| at + 2);
    let from = below_signature(message);
    // The header is small beside most bodies, and gets a third of the strokes.
    let at = match rng.chance(1, 3) {
        true => from + rng.below(header - from),
        false => header + rng.below(message.len() - header),
    };
    let mut out = message.to_vec();
    let random = match rng.chance(1, 2) {
        true => rng.bits() as u8,
        false => *rng.pick(b" \t\r\n.,;:<>=-_[]\"'aAzZ09&"),
    };
    let (what, octets) = match rng.below(4) {
        0 => (
            "octet changed",
            vec![std::mem::replace(&mut out[at], random), random],
        ),
        1 => {
            out.insert(at, random);
            ("octet inserted", vec![random])
        }
        2 => ("octet deleted", vec![out.remove(at)]),
        _ => swap_lines(&mut out, at),
    };
    let start = at.saturating_sub(20);
    let end = (at + 20).min(message.len());
    let stroke = Stroke {
        what,
        octets,
        around: message[start..end].escape_ascii().to_string(),
        in_header: at < header,
        at_edge: at <= header + 4 || at + 4 >= message.len() || message[start..at].contains(&b':'),
    };
    (out, stroke)
}

/// Where the field after the signature begins.
fn below_signature(message: &[u8]) -> usize {
    let from = position(message, b"DKIM-Signature:").unwrap_or_default();
    let mut at = from;
    for line in message[from..].split_inclusive(|&byte| byte == b'\n') {
        if at > from && !line.starts_with(b" ") && !line.starts_with(b"\t") {
            return at;
        }
        at += line.len();
    }
    from
}

fn swap_lines(message: &mut Vec<u8>, at: usize) -> (&'static str, Vec<u8>) {
    let start = message[..at].iter().rposition(|&byte| byte == b'\n');
    let start = start.map_or(0, |at| at + 1);
    let mut lines = message[start..].split_inclusive(|&byte| byte == b'\n');
    let (Some(one), Some(two)) = (lines.next(), lines.next()) else {
        return ("nothing", Vec::new());
    };
    let swapped = [two, one].concat();
    let end = start + swapped.len();
    let octets = swapped.clone();
    message.splice(start..end, swapped).for_each(drop);
    ("lines swapped", octets)
}
