//! Subject: tags of lists, and words that lists, gateways and mail programs put in front.

use super::super::Kind;
use super::{Alternatives, Scene, encoded};

/// Words in front of a subject that say that it is a reply or was forwarded.
const REPLIES: &[&[u8]] = &[
    b"Re: ", b"RE: ", b"re: ", b"Re:", b"Fwd: ", b"FW: ", b"Fw: ", b"AW: ", b"Aw: ", b"WG: ",
    b"SV: ", b"VS: ", b"Antw: ", b"RES: ", b"TR: ", b"R: ", b"Odp: ", b"Ynt: ",
];

/// What gateways and filters put in front, in lower case.
const WARNINGS: &[&[u8]] = &[
    b"external",
    b"extern",
    b"ext",
    b"spam",
    b"caution",
    b"warning",
    b"suspicious",
    b"bulk",
    b"marketing",
    b"newsletter",
    b"phishing",
    b"junk",
    b"secure",
    b"encrypted",
];

pub(super) fn undo(scene: &Scene<'_, '_>, out: &mut Alternatives<'_, '_>) {
    if !out.slot.is("subject") || out.slot.field.is_none() {
        return;
    }
    let text = out.slot.text().to_vec();
    for earlier in without_tag(&text) {
        out.text(earlier.cost, TAG, earlier.text);
    }
    prefixes(&text, out);
    // A gateway may have put its word before the tag of a list, or a list its tag before the word.
    for outer in without_tag(&text).into_iter().take(MOST_OUTER) {
        for inner in without_word(&outer.text) {
            let kinds = &[Kind::SubjectTag, Kind::SubjectPrefix];
            out.text(outer.cost + 1, kinds, inner);
        }
        for inner in without_tag(&outer.text).into_iter().take(MOST_OUTER) {
            out.text(outer.cost + inner.cost, TAG, inner.text);
        }
    }
    for outer in without_word(&text) {
        for inner in without_tag(&outer).into_iter().take(MOST_OUTER) {
            let kinds = &[Kind::SubjectPrefix, Kind::SubjectTag];
            out.text(inner.cost + 1, kinds, inner.text);
        }
        for inner in without_word(&outer) {
            out.text(3, &[Kind::SubjectPrefix], inner);
        }
    }
    // A list that adds a tag often writes the rest of the subject anew.
    if let Some(decoded) = encoded::decoded(&text) {
        for earlier in without_tag(decoded.as_bytes())
            .into_iter()
            .take(MOST_DECODED)
        {
            let head = out.slot.head() + 1;
            for written in encoded::ways(&String::from_utf8_lossy(&earlier.text), head) {
                let kinds = &[Kind::SubjectTag, Kind::EncodedWords];
                out.text(earlier.cost + 1, kinds, written);
            }
        }
    }
    // Outlook keeps the subject without "Re:" in a field of its own.
    for topic in scene.message.fields("Thread-Topic").take(1) {
        let topic = topic.body.trim_ascii().to_vec();
        out.text(2, &[Kind::SubjectTag], &topic);
        for reply in &REPLIES[..3] {
            out.text(2, &[Kind::SubjectTag], [reply, &topic[..]].concat());
        }
    }
}

const MOST_DECODED: usize = 6;

/// Subjects without a tag or a word of which a second one is taken.
const MOST_OUTER: usize = 6;

const TAG: &[Kind] = &[Kind::SubjectTag];

/// A subject as it may have been, and how unlikely that is.
struct Earlier {
    cost: u32,
    text: Vec<u8>,
}

/// The subjects from which a list makes `text` by adding or moving a tag.
fn without_tag(text: &[u8]) -> Vec<Earlier> {
    let mut all = Vec::new();
    let mut put = |cost, text: &[u8]| {
        all.push(Earlier {
            cost,
            text: text.to_vec(),
        });
    };
    let (reply, rest) = reply_of(text);
    // The tag in front: "[list] Re: hello".
    if let Some((mark, after)) = tag_of(text) {
        put(1, after);
        let (inner, subject) = reply_of(after);
        // Lists move a tag that a reply has: "Re: [list] hello", and drop a second "Re:".
        put(1, &[b"Re: ", mark, b" ", after].concat());
        if !inner.is_empty() {
            put(1, &[inner, mark, b" ", subject].concat());
        }
        for other in REPLIES {
            if *other != inner {
                put(2, &[other, mark, b" ", subject].concat());
            }
        }
        put(2, &[b"Re: ", after].concat());
        if !inner.is_empty() {
            put(2, subject);
            for other in REPLIES {
                put(2, &[other, subject].concat());
                put(3, &[other, mark, b" ", after].concat());
            }
            put(3, &[inner, mark, subject].concat());
        }
        if let Some((_, third)) = tag_of(after) {
            put(2, third);
        }
    }
    // The tag behind the reply: "Re: [list] hello".
    if let (Some((_, after)), false) = (tag_of(rest), reply.is_empty()) {
        put(1, &[reply, after].concat());
        put(2, after);
    }
    // The tag at the end.
    if let Some(at) = text.iter().rposition(|byte| matches!(byte, b'[' | b'('))
        && at > 0
        && matches!(text.last(), Some(b']' | b')'))
    {
        put(2, text[..at].trim_ascii_end());
    }
    all
}

fn prefixes(text: &[u8], out: &mut Alternatives<'_, '_>) {
    let kind = &[Kind::SubjectPrefix][..];
    // "EXTERNAL: hello", "Spam> hello".
    if let Some(at) = text
        .iter()
        .take(40)
        .position(|byte| matches!(byte, b':' | b'>'))
    {
        let word = text[..at].to_ascii_lowercase();
        let after = &text[at + 1..];
        let is_warning = WARNINGS.iter().any(|known| find(&word, known));
        let is_reply = reply_of(text).0.len() > at;
        let cost = match (is_warning, is_reply) {
            (true, _) => 1,
            (false, true) => 2,
            (false, false) => 3,
        };
        out.text(cost, kind, after.trim_ascii_start());
    }
    let (reply, rest) = reply_of(text);
    if !reply.is_empty() {
        for other in REPLIES {
            out.text(3, kind, [other, rest].concat());
        }
    }
    for reply in REPLIES {
        out.text(3, kind, [reply, text].concat());
    }
    // "EXTERNAL hello", "Re: EXTERNAL: hello".
    let first = text.iter().position(|byte| *byte == b' ');
    if let Some((word, after)) = first.map(|at| text.split_at(at)) {
        let word = word.to_ascii_lowercase();
        if WARNINGS.iter().any(|known| find(&word, known)) {
            out.text(2, kind, after.trim_ascii_start());
            let rest = after.trim_ascii_start();
            let rest = rest
                .strip_prefix(b"- ")
                .or(rest.strip_prefix(b": "))
                .unwrap_or(rest);
            out.text(2, kind, rest);
        }
    }
    if !reply.is_empty()
        && let Some(at) = rest.iter().take(40).position(|byte| *byte == b':')
    {
        out.text(3, kind, [reply, rest[at + 1..].trim_ascii_start()].concat());
    }
}

/// The text without the word in front, such as `EXTERNAL:` or `Re:`, if there is one.
fn without_word(text: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut marks = text.iter().take(40);
    if let Some(at) = marks.position(|byte| matches!(byte, b':' | b'>')) {
        all.push(text[at + 1..].trim_ascii_start().to_vec());
    }
    if let Some(at) = text.iter().position(|byte| *byte == b' ') {
        let (word, after) = text.split_at(at);
        let word = word.to_ascii_lowercase();
        if WARNINGS.iter().any(|known| find(&word, known)) {
            all.push(after.trim_ascii_start().to_vec());
        }
    }
    all
}

fn find(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// A tag at the start: with its brackets, and what follows it and the white space behind it.
fn tag_of(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let close = match text.first()? {
        b'[' => b']',
        b'(' => b')',
        b'{' => b'}',
        b'<' => b'>',
        b'*' => b'*',
        _ => return None,
    };
    let stars = text.iter().take_while(|byte| **byte == b'*').count();
    let from = stars.max(1);
    let end = from
        + text
            .get(from..)?
            .iter()
            .take(MOST_TAG)
            .position(|byte| *byte == close)?;
    let after = end
        + match stars {
            0 => 1,
            _ => text[end..].iter().take_while(|byte| **byte == b'*').count(),
        };
    let rest = text[after..].trim_ascii_start();
    let rest = rest.strip_prefix(b": ").unwrap_or(rest);
    (!rest.is_empty()).then_some((&text[..after], rest))
}

const MOST_TAG: usize = 80;

/// `Re: ` or one of its kin at the start, and the rest.
fn reply_of(text: &[u8]) -> (&[u8], &[u8]) {
    let words = REPLIES.iter().filter(|word| word.ends_with(b" "));
    let found = words.into_iter().find(|word| {
        let start = text.get(..word.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(word))
    });
    text.split_at(found.map_or(0, |word| word.len()))
}
