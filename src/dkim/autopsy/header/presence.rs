//! Fields that were added, taken away, doubled, or replaced while a copy was kept.

use super::super::{Kind, in_crlf};
use super::slot::others;
use super::{Alternatives, Scene};

/// Fields that servers and lists often add; those of lists besides.
const OFTEN: &[&str] = &["message-id", "reply-to", "sender"];

/// Fields that servers add where they are missing.
const ADDED: &[&str] = &[
    "date",
    "content-transfer-encoding",
    "mime-version",
    "content-type",
    "cc",
    "to",
    "in-reply-to",
    "references",
];

/// The start of the name of a field in which a program keeps what it replaced.
const KEPT: &[&str] = &[
    "X-Original-",
    "X-Google-Original-",
    "Original-",
    "X-Old-",
    "Old-",
    "X-Mailman-Original-",
    "X-MS-",
];

pub(super) fn undo(scene: &Scene<'_, '_>, out: &mut Alternatives<'_, '_>) {
    if out.slot.is_signature {
        return;
    }
    let name = out.slot.name.clone();
    for (number, (_, copy)) in scene
        .copies
        .iter()
        .filter(|(of, _)| *of == name)
        .enumerate()
    {
        let kind = match out.slot.field {
            Some(_) => Kind::FieldReplaced,
            None => Kind::FieldRemoved,
        };
        out.text(1 + u32::from(number > 0), &[kind], copy);
    }
    let message = scene.message;
    // Few messages have a second one, so that what is there says much.
    let second = others(message, &name, out.slot.field).take(4);
    for (number, (_, other)) in second.enumerate() {
        let cost = 1 + u32::from(number > 0);
        out.body(cost, &[Kind::FieldDoubled], in_crlf(other.body));
    }
    for kept in KEPT {
        for field in message.fields(&format!("{kept}{name}")).take(1) {
            let kind = match out.slot.field {
                Some(_) => Kind::FieldReplaced,
                None => Kind::FieldRemoved,
            };
            out.body(1, &[kind], in_crlf(field.body));
        }
    }
    match out.slot.field {
        Some(at) => {
            let is_second = others(message, &name, out.slot.field).next().is_some();
            let is_often = is_second || OFTEN.contains(&name.as_str()) || name.starts_with("list-");
            let cost = match (is_often, ADDED.contains(&name.as_str())) {
                (true, _) => 1,
                (false, true) => 2,
                (false, false) => 3,
            };
            out.absent(cost);
            letters(message.header.fields[at].name, out);
        }
        None => guesses(scene, &name, out),
    }
}

/// The name in other letters; only simple canonicalization sees them.
fn letters(name: &[u8], out: &mut Alternatives<'_, '_>) {
    let capitalised = super::slot::capitalised(&out.slot.name).into_bytes();
    let mut plain = capitalised.to_ascii_lowercase();
    if let Some(first) = plain.first_mut() {
        first.make_ascii_uppercase();
    }
    let mut id = capitalised.clone();
    if id.ends_with(b"-ID") {
        id.truncate(id.len() - 1);
        id.push(b'd');
    }
    let words: Vec<Vec<u8>> = capitalised
        .split(|byte| *byte == b'-')
        .map(|word| {
            let mut word = word.to_ascii_lowercase();
            if let Some(first) = word.first_mut() {
                first.make_ascii_uppercase();
            }
            word
        })
        .collect();
    let upper = name.to_ascii_uppercase();
    // "CC" is more usual than "SUBJECT".
    let short = (upper.len() == 2).then_some(upper.clone());
    let usual = [capitalised.clone(), words.join(&b'-'), plain, id];
    for form in usual.into_iter().chain(short) {
        out.named(2, &form);
    }
    for form in [name.to_ascii_lowercase(), upper] {
        out.named(3, &form);
    }
}

/// What a field that is gone may have been.
fn guesses(scene: &Scene<'_, '_>, name: &str, out: &mut Alternatives<'_, '_>) {
    let message = scene.message;
    let always: &[&str] = match name {
        "list-unsubscribe-post" => &["List-Unsubscribe=One-Click"],
        "precedence" => &["bulk", "list"],
        "auto-submitted" => &["auto-generated", "no"],
        "importance" | "x-msmail-priority" => &["Normal", "normal"],
        "x-priority" => &["3"],
        _ => &[],
    };
    for value in always {
        out.text(2, &[Kind::FieldRemoved], value);
    }
    let from: &[&str] = match name {
        "reply-to" | "sender" => &["From"],
        "in-reply-to" => &["References"],
        "references" => &["In-Reply-To"],
        _ => &[],
    };
    for field in from.iter().filter_map(|name| message.fields(name).last()) {
        let text = field.body.trim_ascii();
        out.text(2, &[Kind::FieldRemoved], text);
        let last = text.split(|byte| byte.is_ascii_whitespace()).next_back();
        out.text(2, &[Kind::FieldRemoved], last.unwrap_or(text));
        for one in super::addresses::mailboxes(text) {
            out.text(2, &[Kind::FieldRemoved], one.address);
        }
    }
}
