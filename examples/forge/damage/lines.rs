//! Lines of the body: their ends, white space, length, and what begins them.

use super::Damage;
use super::opened::{by_line, each_leaf, transfer_encoding};

pub const DAMAGES: &[Damage] = &[
    Damage {
        name: "trailing-space-removed",
        kinds: &["trailing-space-lost", "separator-space-lost"],
        change: |mail, _| {
            mail.body = by_line(&mail.body, &mut |line| trimmed(line).to_vec());
            Some(())
        },
    },
    // The line above a signature, alone.
    Damage {
        name: "separator-space-lost",
        kinds: &["separator-space-lost", "trailing-space-lost"],
        change: |mail, _| {
            mail.body = by_line(&mail.body, &mut |line| match line {
                b"-- " => b"--".to_vec(),
                _ => line.to_vec(),
            });
            Some(())
        },
    },
    Damage {
        name: "trailing-space-added",
        kinds: &["trailing-space-added", "white-space"],
        change: |mail, rng| {
            let every = 1 + rng.below(4);
            let mut number = 0;
            mail.body = by_line(&mail.body, &mut |line| {
                number += 1;
                let mut line = line.to_vec();
                if number % every == 0 && !line.is_empty() && !line.starts_with(b"--") {
                    line.push(b' ');
                }
                line
            });
            Some(())
        },
    },
    Damage {
        name: "empty-lines-added",
        kinds: &["empty-lines-added"],
        change: |mail, rng| {
            let more = b"\r\n".repeat(1 + rng.below(3));
            mail.body.splice(0..0, more).for_each(drop);
            Some(())
        },
    },
    Damage {
        name: "empty-lines-removed",
        kinds: &["empty-lines-lost"],
        change: |mail, _| {
            while mail.body.starts_with(b"\r\n") {
                mail.body.drain(..2).for_each(drop);
            }
            Some(())
        },
    },
    // White space on the last line keeps it from being ignored (RFC 6376 §3.4.3).
    Damage {
        name: "space-line-added-at-end",
        kinds: &[
            "trailing-space-added",
            "white-space",
            "empty-lines-added",
            "last-line-end",
            "footer",
        ],
        change: |mail, rng| {
            let more = *rng.pick(&[" \r\n", "\r\n \r\n", "\t\r\n"]);
            mail.body.extend_from_slice(more.as_bytes());
            Some(())
        },
    },
    // Every line followed by an empty one.
    Damage {
        name: "line-ends-doubled",
        kinds: &["empty-lines-added", "cr-doubled"],
        change: |mail, _| {
            mail.body = replaced(&mail.body, b"\r\n", b"\r\n\r\n");
            Some(())
        },
    },
    Damage {
        name: "tabs-to-spaces",
        kinds: &["tabs-expanded", "white-space"],
        change: |mail, rng| {
            let spaces = vec![b' '; *rng.pick(&[4, 8])];
            mail.body = replaced(&mail.body, b"\t", &spaces);
            Some(())
        },
    },
    // Which of all the spaces of a text were tabs cannot be told: four of a thousand are 35 bits.
    Damage {
        name: "tabs-to-one-space",
        kinds: &[],
        change: |mail, _| {
            mail.body = replaced(&mail.body, b"\t", b" ");
            Some(())
        },
    },
    // A line end that lost its line feed.
    Damage {
        name: "bare-cr",
        kinds: &["bare-cr-signed-as-line-end"],
        change: |mail, rng| {
            let ends: Vec<_> = (0..mail.body.len())
                .filter(|&at| mail.body[at] == b'\n')
                .collect();
            let at = *ends.get(rng.below(ends.len().max(2) - 1))?;
            mail.body.remove(at);
            Some(())
        },
    },
    Damage {
        name: "cr-doubled",
        kinds: &["cr-doubled", "bare-cr-added"],
        change: |mail, _| {
            mail.body = replaced(&mail.body, b"\r\n", b"\r\r\n");
            Some(())
        },
    },
    // What writes into an mbox.
    Damage {
        name: "from-quoted",
        kinds: &["from-quoted"],
        change: |mail, rng| {
            let also_quoted = rng.chance(1, 2);
            mail.body = by_line(&mail.body, &mut |line| {
                let deeper = also_quoted && line.trim_ascii_start().starts_with(b">");
                let bare = line
                    .iter()
                    .position(|&byte| byte != b'>')
                    .unwrap_or_default();
                let is_from =
                    line.starts_with(b"From ") || deeper && line[bare..].starts_with(b"From ");
                prefixed(line, is_from, b">")
            });
            Some(())
        },
    },
    Damage {
        name: "from-unquoted",
        kinds: &["from-unquoted"],
        change: |mail, _| {
            mail.body = by_line(&mail.body, &mut |line| {
                let quoted = line.starts_with(b">From ");
                line[usize::from(quoted)..].to_vec()
            });
            Some(())
        },
    },
    // RFC 5321 §4.5.2, done once too often or not at all.
    Damage {
        name: "dot-added",
        kinds: &["dot-added"],
        change: |mail, _| {
            mail.body = by_line(&mail.body, &mut |line| {
                prefixed(line, line.starts_with(b"."), b".")
            });
            Some(())
        },
    },
    Damage {
        name: "dot-lost",
        kinds: &["dot-lost"],
        change: |mail, rng| {
            let any = rng.chance(1, 2);
            mail.body = by_line(&mail.body, &mut |line| {
                let lost = line.starts_with(b"..") || any && line.starts_with(b".");
                line[usize::from(lost)..].to_vec()
            });
            Some(())
        },
    },
    Damage {
        name: "lines-broken",
        kinds: &["lines-broken"],
        change: |mail, rng| {
            // Postfix adds a space, sendmail an exclamation mark, others nothing.
            let (width, end) = *rng.pick(&[
                (998, &b"\r\n "[..]),
                (998, b"\r\n"),
                (990, b"\r\n "),
                (989, b"!\r\n "),
                (990, b"!\r\n"),
            ]);
            mail.body = by_line(&mail.body, &mut |line| {
                let pieces: Vec<_> = line.chunks(width).collect();
                pieces.join(end)
            });
            Some(())
        },
    },
    // Plain text wrapped at spaces.
    Damage {
        name: "lines-wrapped",
        kinds: &["lines-broken"],
        change: |mail, rng| {
            let width = *rng.pick(&[72, 76, 78, 132]);
            each_leaf(mail, &mut |leaf| {
                if matches!(transfer_encoding(leaf).as_str(), "7bit" | "8bit") {
                    leaf.body = by_line(&leaf.body, &mut |line| wrapped(line, width));
                }
            });
            Some(())
        },
    },
    // Format=flowed written as long lines: a line that ends in a space goes on in the next.
    Damage {
        name: "lines-joined",
        kinds: &["lines-joined"],
        change: |mail, _| {
            mail.body = replaced(&mail.body, b" \r\n", b" ");
            Some(())
        },
    },
];

/// `bytes` with each `old` replaced.
pub fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() * 2);
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(old) {
            out.extend_from_slice(new);
            at += old.len();
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}

fn trimmed(line: &[u8]) -> &[u8] {
    let blank = |byte: &&u8| matches!(**byte, b' ' | b'\t');
    &line[..line.len() - line.iter().rev().take_while(blank).count()]
}

fn prefixed(line: &[u8], when: bool, prefix: &[u8]) -> Vec<u8> {
    match when {
        true => [prefix, line].concat(),
        false => line.to_vec(),
    }
}

fn wrapped(line: &[u8], width: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len() + 64);
    let mut column = 0;
    for (index, word) in line.split(|&byte| byte == b' ').enumerate() {
        if index > 0 && column + 1 + word.len() > width && column > 0 {
            out.extend_from_slice(b"\r\n");
            column = 0;
        } else if index > 0 {
            out.push(b' ');
            column += 1;
        }
        out.extend_from_slice(word);
        column += word.len();
    }
    out
}
