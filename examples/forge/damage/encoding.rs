//! Transfer encodings and character sets: text that says the same in other octets.

use encoding_rs::{ISO_8859_2, WINDOWS_1252};

use super::super::mail::{Field, Mail};
use super::Damage;
use super::lines::replaced;
use super::opened::{
    boundary, decode, each_leaf, edit_text, encode, in_lines, is_text, media, quoted, set,
    transfer_encoding, unquoted,
};

pub const DAMAGES: &[Damage] = &[
    // The same encoding by another program: other soft line ends, other octets encoded.
    Damage {
        name: "quoted-printable-rewrapped",
        kinds: &["encoding-rewrapped", "reencoded"],
        change: |mail, rng| {
            let (width, also) = *rng.pick(&[
                (76, &b""[..]),
                (75, b""),
                (73, b""),
                (70, b""),
                (76, b"\t"),
                (76, b"!\"#$@[\\]^`{|}~"),
                (76, b"'"),
                (998, b""),
            ]);
            each_leaf(mail, &mut |leaf| {
                if transfer_encoding(leaf) == "quoted-printable" {
                    leaf.body = quoted(&unquoted(&leaf.body), width, also);
                }
            });
            Some(())
        },
    },
    // Hexadecimal digits in lower case, soft line ends where they were.
    Damage {
        name: "quoted-printable-lower-case",
        kinds: &["encoding-rewrapped", "reencoded"],
        change: |mail, _| {
            each_leaf(mail, &mut |leaf| {
                if transfer_encoding(leaf) == "quoted-printable" {
                    for at in 0..leaf.body.len() {
                        if leaf.body[at] == b'=' {
                            let end = (at + 3).min(leaf.body.len());
                            leaf.body[at..end].make_ascii_lowercase();
                        }
                    }
                }
            });
            Some(())
        },
    },
    Damage {
        name: "base64-rewrapped",
        kinds: &["encoding-rewrapped", "reencoded"],
        change: |mail, rng| {
            let width = *rng.pick(&[60, 64, 72, 1_000_000]);
            each_leaf(mail, &mut |leaf| {
                if transfer_encoding(leaf) == "base64" {
                    let mut text = String::from_utf8_lossy(&leaf.body).into_owned();
                    text.retain(|char| !char.is_whitespace());
                    leaf.body = in_lines(&text, width);
                }
            });
            Some(())
        },
    },
    Damage {
        name: "reencoded-8bit-to-qp",
        kinds: REENCODED,
        change: |mail, _| all(mail, "8bit", "quoted-printable"),
    },
    Damage {
        name: "reencoded-8bit-to-base64",
        kinds: REENCODED,
        change: |mail, _| all(mail, "8bit", "base64"),
    },
    Damage {
        name: "reencoded-7bit-to-qp",
        kinds: REENCODED,
        change: |mail, _| all(mail, "7bit", "quoted-printable"),
    },
    Damage {
        name: "reencoded-7bit-to-base64",
        kinds: REENCODED,
        change: |mail, _| all(mail, "7bit", "base64"),
    },
    Damage {
        name: "reencoded-qp-to-8bit",
        kinds: REENCODED,
        change: |mail, _| all(mail, "quoted-printable", "8bit"),
    },
    Damage {
        name: "reencoded-base64-to-8bit",
        kinds: REENCODED,
        change: |mail, _| texts(mail, "base64", "8bit"),
    },
    Damage {
        name: "reencoded-qp-to-base64",
        kinds: REENCODED,
        change: |mail, _| all(mail, "quoted-printable", "base64"),
    },
    Damage {
        name: "reencoded-base64-to-qp",
        kinds: REENCODED,
        change: |mail, _| texts(mail, "base64", "quoted-printable"),
    },
    // The first text part only.
    Damage {
        name: "reencoded-part",
        kinds: REENCODED,
        change: |mail, rng| {
            boundary(mail)?;
            let to = *rng.pick(&["quoted-printable", "base64", "8bit"]);
            let mut done = false;
            each_leaf(mail, &mut |leaf| {
                if !done && is_text(leaf) && transfer_encoding(leaf) != to {
                    done = true;
                    reencode(leaf, to);
                }
            });
            Some(())
        },
    },
    Damage {
        name: "charset-changed",
        kinds: &["recoded", "content-type-changed", "reencoded"],
        change: |mail, rng| {
            let (encoding, label) = *rng.pick(&[
                (WINDOWS_1252, "iso-8859-1"),
                (WINDOWS_1252, "windows-1252"),
                (WINDOWS_1252, "ISO-8859-1"),
                (ISO_8859_2, "iso-8859-2"),
            ]);
            each_leaf(mail, &mut |leaf| {
                let name = transfer_encoding(leaf);
                let octets = decode(&name, &leaf.body);
                let text = String::from_utf8(octets).unwrap_or_default();
                let (changed, _, lost) = encoding.encode(&text);
                if is_text(leaf) && !lost && !text.is_ascii() {
                    leaf.body = encode(&name, &changed);
                    let kind = format!("{}; charset={label}", media(leaf));
                    let _ = set(leaf, "Content-Type", &kind);
                }
            });
            Some(())
        },
    },
    // Octets of UTF-8 taken for those of windows-1252, and written as UTF-8 again.
    Damage {
        name: "charset-mistaken",
        kinds: &["recoded"],
        change: |mail, _| {
            each_leaf(mail, &mut |leaf| {
                let name = transfer_encoding(leaf);
                let octets = decode(&name, &leaf.body);
                if is_text(leaf) && !octets.is_ascii() {
                    let text = WINDOWS_1252.decode_without_bom_handling(&octets).0;
                    leaf.body = encode(&name, text.as_bytes());
                }
            });
            Some(())
        },
    },
    Damage {
        name: "bom-added",
        kinds: &["byte-order-mark-added"],
        change: |mail, _| {
            let mut done = false;
            each_leaf(mail, &mut |leaf| {
                if !std::mem::replace(&mut done, true) && is_text(leaf) {
                    edit_text(leaf, &mut |_, text| format!("\u{feff}{text}"));
                }
            });
            Some(())
        },
    },
    Damage {
        name: "bom-removed",
        kinds: &["byte-order-mark-lost"],
        change: |mail, _| {
            each_leaf(mail, &mut |leaf| {
                if is_text(leaf) {
                    edit_text(leaf, &mut |_, text| {
                        text.trim_start_matches('\u{feff}').to_owned()
                    });
                }
            });
            Some(())
        },
    },
    // An archive's page, or a program that shows the source of a message.
    Damage {
        name: "entities-escaped",
        kinds: &["entities"],
        change: |mail, rng| {
            let ampersand: &[u8] = if rng.chance(3, 4) { b"&amp;" } else { b"&" };
            let body = replaced(&mail.body, b"&", ampersand);
            let body = replaced(&body, b"<", b"&lt;");
            mail.body = replaced(&body, b">", b"&gt;");
            Some(())
        },
    },
];

const REENCODED: &[&str] = &[
    "reencoded",
    "transfer-encoding-field",
    "field-added",
    "content-type-changed",
];

/// All leaves that have one encoding get another.
fn all(mail: &mut Mail, from: &str, to: &str) -> Option<()> {
    each_leaf(mail, &mut |leaf| {
        if transfer_encoding(leaf) == from {
            reencode(leaf, to);
        }
    });
    Some(())
}

/// The same for texts alone.
fn texts(mail: &mut Mail, from: &str, to: &str) -> Option<()> {
    each_leaf(mail, &mut |leaf| {
        if is_text(leaf) && transfer_encoding(leaf) == from {
            reencode(leaf, to);
        }
    });
    Some(())
}

/// Gives a leaf another encoding, and its field too.
pub fn reencode(leaf: &mut Mail, to: &str) {
    let octets = decode(&transfer_encoding(leaf), &leaf.body);
    leaf.body = encode(to, &octets);
    if set(leaf, "Content-Transfer-Encoding", to).is_none() {
        leaf.fields
            .push(Field::new("Content-Transfer-Encoding", to));
    }
}
