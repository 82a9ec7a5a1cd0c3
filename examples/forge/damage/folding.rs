//! White space in header fields: folded, joined, broken, trimmed; and the case of names.

use super::super::mail::{Field, Mail};
use super::super::rng::Rng;
use super::Damage;
use super::opened::{find, is_signed};
use super::subject::encoded_word;

pub const DAMAGES: &[Damage] = &[
    // Where only the white space that begins a line changes, "white-space" fits as well.
    Damage {
        name: "refolded",
        kinds: &["refolded", "field-white-space"],
        change: |mail, rng| {
            let style = *rng.pick(&STYLES);
            let signed: Vec<_> = (0..mail.fields.len())
                .filter(|&at| is_signed(mail, mail.fields[at].name()))
                .filter(|&at| style(&mail.fields[at].0) != mail.fields[at].0)
                .collect();
            let at = *signed.get(rng.below(signed.len().max(1)))?;
            mail.fields[at].0 = style(&mail.fields[at].0);
            Some(())
        },
    },
    // Python's email with a policy that refolds, and gateways that write the header anew.
    Damage {
        name: "refolded-all",
        kinds: &["refolded", "field-white-space"],
        change: |mail, rng| {
            let style = *rng.pick(&STYLES);
            let fields = mail.fields.iter_mut();
            let fields = fields.filter(|field| !field.is("DKIM-Signature"));
            fields.for_each(|field| field.0 = style(&field.0));
            Some(())
        },
    },
    Damage {
        name: "signature-refolded",
        kinds: &["refolded", "field-white-space"],
        change: |mail, rng| {
            let style = *rng.pick(&[joined, at_spaces_78, at_semicolons, long_lines_alone]);
            let at = find(mail, "DKIM-Signature")?;
            mail.fields[at].0 = style(&mail.fields[at].0);
            Some(())
        },
    },
    // Python's email with its later policies: a tag too long for a line becomes encoded words, so
    // that the signature is none any more. It cannot be read, so nothing is left to examine: a finding
    // says what is wrong with the field.
    Damage {
        name: "signature-encoded",
        kinds: &[],
        change: |mail, _| {
            let at = find(mail, "DKIM-Signature")?;
            let field = mail.fields[at].0.clone();
            let joined = field.replace("\r\n", "");
            let mut words = joined
                .split(' ')
                .flat_map(|word| word.split_inclusive('\t'));
            let long = words.find(|word| word.len() > 78 && word.starts_with("h="))?;
            let encoded = long
                .trim_end()
                .as_bytes()
                .chunks(40)
                .map(|piece| encoded_word(&String::from_utf8_lossy(piece), "utf-8", false));
            let encoded = encoded.collect::<Vec<_>>().join("\r\n ");
            let other = field.replacen(long.trim_end(), &encoded, 1);
            mail.fields[at].0 = other;
            Some(())
        },
    },
    Damage {
        name: "field-joined",
        kinds: &["refolded"],
        change: |mail, rng| {
            let folded: Vec<_> = (0..mail.fields.len())
                .filter(|&at| !mail.fields[at].is("DKIM-Signature"))
                .filter(|&at| is_signed(mail, mail.fields[at].name()))
                .filter(|&at| mail.fields[at].0.contains("\r\n"))
                .collect();
            let at = *folded.get(rng.below(folded.len().max(1)))?;
            let style = *rng.pick(&[joined, joined_as_it_is]);
            mail.fields[at].0 = style(&mail.fields[at].0);
            Some(())
        },
    },
    // RFC 5322 §2.1.1; Postfix adds a space, others nothing.
    Damage {
        name: "line-broken",
        kinds: &["field-line-broken", "refolded"],
        change: |mail, rng| {
            let field = mail
                .fields
                .iter_mut()
                .find(|field| field.0.split("\r\n").any(|line| line.len() > 1000))?;
            let (width, end) = *rng.pick(&[
                (998, "\r\n "),
                (998, "\r\n\t"),
                (990, "\r\n "),
                (998, "\r\n"),
            ]);
            let at = field.0.find(&longest(&field.0))? + width;
            field.0.insert_str(at, end);
            Some(())
        },
    },
    Damage {
        name: "white-space",
        kinds: &["field-white-space", "refolded"],
        change: |mail, rng| {
            let style = *rng.pick(&SPACES);
            let signed: Vec<_> = (0..mail.fields.len())
                .filter(|&at| is_signed(mail, mail.fields[at].name()))
                .filter(|&at| style(&mail.fields[at].0) != mail.fields[at].0)
                .collect();
            let at = *signed.get(rng.below(signed.len().max(1)))?;
            mail.fields[at].0 = style(&mail.fields[at].0);
            Some(())
        },
    },
    Damage {
        name: "field-name-case",
        kinds: &["field-name-case"],
        change: name_case,
    },
];

type Style = fn(&str) -> String;

const STYLES: [Style; 6] = [
    long_lines_alone,
    at_spaces_78,
    at_spaces_tab,
    after_commas_tab,
    after_commas_spaces,
    joined,
];

const SPACES: [Style; 5] = [
    |text| text.replacen(": ", ":", 1),
    |text| text.replacen(": ", ":  ", 1),
    |text| format!("{text} "),
    |text| text.trim_end().replace("  ", " "),
    |text| text.replace(", ", ","),
];

/// As Python's email folds: at white space, which begins the next line, within 78 characters.
fn at_spaces_78(field: &str) -> String {
    at_spaces(field, 78, None)
}

/// As Python's email with its oldest policy, and so Mailman: only lines longer than 78 characters,
/// behind a semicolon or a comma if one is there, else at a space.
fn long_lines_alone(field: &str) -> String {
    let lines = field.split("\r\n").map(|line| {
        let separator = [';', ','].into_iter().find(|it| line.contains(*it));
        let mut out = String::new();
        let mut column = 0;
        let ends = |char: char| separator.map_or(char == ' ', |it| char == it);
        for piece in line.split_inclusive(ends) {
            let is_name = out.trim_end().ends_with(':') || out.trim().is_empty();
            if line.len() > 78 && column + piece.trim_end().len() > 78 && !is_name {
                out.truncate(out.trim_end().len());
                out.push_str("\r\n ");
                column = 1;
                out.push_str(piece.trim_start());
            } else {
                out.push_str(piece);
            }
            column += piece.len();
        }
        out
    });
    lines.collect::<Vec<_>>().join("\r\n")
}

/// As sendmail and Exchange fold: the white space becomes a tab.
fn at_spaces_tab(field: &str) -> String {
    at_spaces(field, 76, Some('\t'))
}

fn at_spaces(field: &str, width: usize, with: Option<char>) -> String {
    let mut out = String::new();
    let mut column = 0;
    for (index, word) in joined(field).split(' ').enumerate() {
        if index > 1 && column + 1 + word.len() > width {
            out.push_str("\r\n");
            out.push(with.unwrap_or(' '));
            column = 1;
        } else if index > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.len();
    }
    out
}

fn after_commas_tab(field: &str) -> String {
    joined(field).replace(", ", ",\r\n\t")
}

fn after_commas_spaces(field: &str) -> String {
    joined(field).replace(", ", ",\r\n        ")
}

fn at_semicolons(field: &str) -> String {
    joined(field).replace("; ", ";\r\n\t")
}

/// On one line, with a space for each fold.
fn joined(field: &str) -> String {
    let lines = field
        .split("\r\n")
        .map(|line| line.trim_matches(['\t', ' ']));
    lines.collect::<Vec<_>>().join(" ")
}

/// On one line, with the white space that began the lines (RFC 5322 §2.2.3).
fn joined_as_it_is(field: &str) -> String {
    field.replace("\r\n", "")
}

fn longest(field: &str) -> String {
    let lines = field.split("\r\n");
    lines
        .max_by_key(|line| line.len())
        .unwrap_or_default()
        .to_owned()
}

fn name_case(mail: &mut Mail, rng: &mut Rng) -> Option<()> {
    let pairs = [
        ("Message-ID", "Message-Id"),
        ("MIME-Version", "Mime-Version"),
        ("Cc", "CC"),
        ("Content-Transfer-Encoding", "Content-transfer-encoding"),
        ("Content-Type", "Content-type"),
        ("Reply-To", "Reply-to"),
    ];
    let present: Vec<_> = pairs
        .iter()
        .filter(|pair| is_signed(mail, pair.0) && find(mail, pair.0).is_some())
        .collect();
    let (old, new) = **present.get(rng.below(present.len().max(1)))?;
    let field = mail.field(old);
    let other = if field.name() == new { old } else { new };
    *field = Field(format!("{other}:{}", field.body()));
    Some(())
}
