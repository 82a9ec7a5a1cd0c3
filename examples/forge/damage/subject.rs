//! Subjects: tags of lists, warnings of gateways, and encoded words written anew.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::super::mail::{Field, Mail};
use super::super::rng::Rng;
use super::Damage;
use super::opened::{find, is_signed, set, unquoted, value};

pub const DAMAGES: &[Damage] = &[
    // Mailman and most others.
    Damage {
        name: "subject-tag",
        kinds: &["subject-tag"],
        change: |mail, rng| {
            let tag = *rng.pick(&[
                "[garden] ",
                "[Garden-Club] ",
                "[garden 4711] ",
                "(kites) ",
                "[garden:88] ",
            ]);
            in_front(mail, tag)
        },
    },
    // Sympa and Google Groups put it behind Re.
    Damage {
        name: "subject-tag-inside",
        kinds: &["subject-tag", "refolded"],
        change: |mail, _| {
            let subject = value(mail, "Subject")?;
            let rest = subject
                .strip_prefix("Re: ")
                .filter(|rest| !rest.starts_with('['))?;
            set(mail, "Subject", &format!("Re: [garden] {rest}"))
        },
    },
    // Mailman, for an answer to a message of the list.
    Damage {
        name: "subject-tag-moved",
        kinds: &["subject-tag", "refolded"],
        change: |mail, _| {
            let subject = value(mail, "Subject")?;
            let rest = subject.strip_prefix("Re: [garden] ")?;
            set(mail, "Subject", &format!("[garden] Re: {rest}"))
        },
    },
    Damage {
        name: "subject-prefix",
        kinds: &["subject-prefix", "subject-tag"],
        change: |mail, rng| {
            let prefixes = [
                "EXTERNAL: ",
                "[EXT] ",
                "[EXTERNAL] ",
                "***SPAM*** ",
                "{Spam?} ",
                "Re: ",
                "Fwd: ",
                "*EXT* ",
                "[SUSPECTED SPAM] ",
                "EXT :",
            ];
            let prefix = *rng.pick(&prefixes);
            in_front(mail, prefix)
        },
    },
    // Exchange adds nothing before and something behind, if a rule says so.
    Damage {
        name: "subject-suffix",
        kinds: &["subject-suffix", "subject-tag", "subject-prefix"],
        change: |mail, rng| {
            let suffix = *rng.pick(&[" [EXTERNAL]", " [signed OK]", " (external)"]);
            let at = find(mail, "Subject").filter(|_| is_signed(mail, "Subject"))?;
            mail.fields[at].0.push_str(suffix);
            Some(())
        },
    },
    Damage {
        name: "encoded-word-reencoded",
        kinds: &["encoded-words", "refolded"],
        change: |mail, rng| {
            let field = mail.fields.iter_mut().find(|field| {
                let written = ["From", "To", "Cc", "Subject"];
                written.iter().any(|name| field.is(name)) && field.0.contains("=?")
            })?;
            *field = reencoded(field, rng);
            Some(())
        },
    },
];

/// As most programs do it: the field is written anew on one line, or its first line is kept.
fn in_front(mail: &mut Mail, prefix: &str) -> Option<()> {
    let at = find(mail, "Subject").filter(|_| is_signed(mail, "Subject"))?;
    let text = mail.fields[at].body().trim_start().to_owned();
    mail.fields[at] = Field(format!("Subject: {prefix}{text}"));
    Some(())
}

/// The encoded words of a field in another form.
fn reencoded(field: &Field, rng: &mut Rng) -> Field {
    let label = *rng.pick(&["utf-8", "UTF-8", "Utf-8"]);
    let is_base64 = rng.chance(1, 2);
    let width = *rng.pick(&[20, 33, 45]);
    let text = field.0.replace("\r\n", "");
    let mut out = String::new();
    let mut pending = String::new();
    let mut rest = text.as_str();
    while let Some((before, word, after)) = next_word(rest) {
        if !pending.is_empty() && !before.trim().is_empty() {
            out.push_str(&words(
                &std::mem::take(&mut pending),
                label,
                is_base64,
                width,
            ));
        }
        if pending.is_empty() {
            out.push_str(before);
        }
        pending.push_str(&word);
        rest = after;
    }
    out.push_str(&words(&pending, label, is_base64, width));
    out.push_str(rest);
    Field(out)
}

/// The text before the next encoded word (RFC 2047 §2), the word decoded, and the text after it.
fn next_word(text: &str) -> Option<(&str, String, &str)> {
    let (before, rest) = text.split_once("=?")?;
    let (_, rest) = rest.split_once('?')?;
    let (scheme, rest) = rest.split_once('?')?;
    let (word, after) = rest.split_once("?=")?;
    let octets = match scheme {
        "B" | "b" => BASE64.decode(word).ok()?,
        _ => unquoted(word.replace('_', " ").as_bytes()),
    };
    Some((before, String::from_utf8(octets).ok()?, after))
}

/// `text` as encoded words of at most `width` octets each.
fn words(text: &str, label: &str, is_base64: bool, width: usize) -> String {
    let mut pieces = vec![String::new()];
    for char in text.chars() {
        let piece = pieces.last_mut().expect("it is never empty");
        match piece.len() + char.len_utf8() > width {
            true => pieces.push(char.to_string()),
            false => piece.push(char),
        }
    }
    let words = pieces
        .iter()
        .map(|piece| encoded_word(piece, label, is_base64));
    words.collect::<Vec<_>>().join("\r\n ")
}

/// One encoded word.
pub fn encoded_word(text: &str, label: &str, is_base64: bool) -> String {
    if is_base64 {
        return format!("=?{label}?B?{}?=", BASE64.encode(text));
    }
    let mut word = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => word.push('_'),
            byte if byte.is_ascii_alphanumeric() => word.push(char::from(byte)),
            _ => {
                let _ = write!(word, "={byte:02X}");
            }
        }
    }
    // Python writes the scheme in lower case, as it does the name.
    let scheme = if label == "utf-8" { 'q' } else { 'Q' };
    format!("=?{label}?{scheme}?{word}?=")
}
