//! Whole fields: removed, added, doubled, replaced, and the fields of MIME written anew.

use super::super::mail::{Field, Mail};
use super::super::rng::Rng;
use super::Damage;
use super::opened::{bare_address, find, is_signed, parameter, set, signed, value};

pub const DAMAGES: &[Damage] = &[
    // Another field has the same: From for Reply-To, References for In-Reply-To.
    Damage {
        name: "field-removed",
        kinds: &["field-removed"],
        change: |mail, rng| remove(mail, rng, true),
    },
    // Its text is in no other field, and none has a part from which it could be made: an address
    // without the name before it, or the last of several References, is not enough.
    Damage {
        name: "field-lost",
        kinds: &[],
        change: |mail, rng| remove(mail, rng, false),
    },
    // What each message has in one form only, so that it can be made again.
    Damage {
        name: "field-removed-usual",
        kinds: &["field-removed"],
        change: |mail, rng| {
            let name = *rng.pick(&[
                "MIME-Version",
                "Content-Transfer-Encoding",
                "List-Unsubscribe-Post",
            ]);
            let at = find(mail, name).filter(|_| is_signed(mail, name))?;
            mail.fields.remove(at);
            Some(())
        },
    },
    // A field that was signed as absent (RFC 6376 §5.4.2) is added later.
    Damage {
        name: "field-added",
        kinds: &["field-added"],
        change: |mail, rng| {
            let may = [
                (
                    "message-id",
                    "Message-ID: <0100018f7a2b-4c5d-000000@email.amazonses.com>",
                ),
                ("date", "Date: Tue, 30 Jun 2026 06:59:58 +0000"),
                (
                    "x-ms-exchange-senderadcheck",
                    "X-MS-Exchange-SenderADCheck: 1",
                ),
                ("cc", "Cc: second@example.net"),
                ("reply-to", "Reply-To: garden@lists.example.org"),
                (
                    "content-transfer-encoding",
                    "Content-Transfer-Encoding: 7bit",
                ),
                ("sender", "Sender: garden-bounces@lists.example.org"),
                (
                    "list-unsubscribe",
                    "List-Unsubscribe: <mailto:garden-leave@lists.example.org>",
                ),
                ("list-id", "List-Id: <garden.lists.example.org>"),
                ("in-reply-to", "In-Reply-To: <1@example.net>"),
                ("references", "References: <1@example.net>"),
            ];
            let names = signed(mail);
            let absent: Vec<_> = may
                .iter()
                .filter(|(name, _)| names.iter().any(|it| it == name) && find(mail, name).is_none())
                .collect();
            let (_, field) = absent.get(rng.below(absent.len().max(1)))?;
            let at = if rng.chance(1, 2) {
                0
            } else {
                mail.fields.len()
            };
            mail.fields.insert(at, Field((*field).to_owned()));
            Some(())
        },
    },
    // Below the signed one, or above it if the signature allows no second one.
    Damage {
        name: "field-doubled",
        kinds: &["field-doubled", "field-added"],
        change: |mail, rng| {
            let (name, other) = *rng.pick(&[
                ("From", "Garden <garden@lists.example.org>"),
                ("Subject", "another subject"),
                ("To", "garden@lists.example.org"),
                ("Date", "Tue, 30 Jun 2026 09:00:00 +0000"),
                ("MIME-Version", "1.0"),
                ("Message-ID", "<0100018f@example.org>"),
            ]);
            find(mail, name).filter(|_| is_signed(mail, name))?;
            let times = signed(mail)
                .iter()
                .filter(|it| it.eq_ignore_ascii_case(name))
                .count();
            let at = if times > 1 { 0 } else { mail.fields.len() };
            mail.fields.insert(at, Field::new(name, other));
            Some(())
        },
    },
    // Amazon SES. The first one is nowhere, and its random part has 96 bits.
    Damage {
        name: "message-id-replaced",
        kinds: &[],
        change: |mail, rng| {
            is_signed(mail, "Message-ID").then_some(())?;
            let id = format!(
                "<0100018f{}-{}-000000@email.amazonses.com>",
                rng.hex(8),
                rng.hex(12)
            );
            set(mail, "Message-ID", &id)
        },
    },
    // Google keeps the first one beside its own.
    Damage {
        name: "message-id-replaced-and-kept",
        kinds: &["field-replaced"],
        change: |mail, rng| {
            let old = value(mail, "Message-ID").filter(|_| is_signed(mail, "Message-ID"))?;
            let id = format!("<{}.{}@mx.example.org>", rng.hex(8), rng.hex(12));
            set(mail, "Message-ID", &id)?;
            let kept = *rng.pick(&["X-Google-Original-Message-ID", "X-Original-Message-ID"]);
            mail.fields.push(Field::new(kept, &old));
            Some(())
        },
    },
    // The first one is nowhere either, and still small: it is a second near the time in the
    // signature, so that all of them can be tried.
    Damage {
        name: "date-replaced",
        kinds: &["field-replaced"],
        change: |mail, rng| {
            is_signed(mail, "Date").then_some(())?;
            let time = format!(
                "{:02}:{:02}:{:02}",
                10 + rng.below(9),
                rng.below(60),
                rng.below(60)
            );
            set(mail, "Date", &format!("Wed, 1 Jul 2026 {time} +0000"))
        },
    },
    Damage {
        name: "date-rewritten",
        kinds: &["field-replaced", "field-white-space"],
        change: |mail, rng| {
            let date = value(mail, "Date").filter(|_| is_signed(mail, "Date"))?;
            let forms = [
                format!("{date} (UTC)"),
                date.replace("+0000", "GMT"),
                date.replace("+0000", "-0000"),
                date.replace("+0000", "+0000 (GMT)"),
                date.split_once(", ")?.1.to_owned(),
            ];
            set(mail, "Date", rng.pick::<String>(&forms))
        },
    },
    Damage {
        name: "content-type-changed",
        kinds: &["content-type-changed", "refolded", "field-white-space"],
        change: |mail, rng| {
            let kind = value(mail, "Content-Type").filter(|_| is_signed(mail, "Content-Type"))?;
            let mut parameters: Vec<_> = kind.split(';').map(|it| it.trim().to_owned()).collect();
            (parameters.len() > 1).then_some(())?;
            let way = rng.below(5);
            for parameter in &mut parameters[1..] {
                let (name, value) = parameter.split_once('=')?;
                let bare = value.trim_matches('"');
                let is_token = !bare.contains(['=', '/', ' ', ':', '?']);
                let other = match (way, name) {
                    (0, _) if value != bare && is_token => format!("{name}={bare}"),
                    (0, _) => format!("{name}=\"{bare}\""),
                    (1, "charset") => format!("{name}={}", value.to_lowercase()),
                    (2, "charset") => format!("{name}={}", value.to_uppercase()),
                    _ => continue,
                };
                *parameter = other;
            }
            if way == 3 {
                parameters[1..].reverse();
            }
            let separator = *rng.pick(&["; ", ";\r\n\t", ";\r\n ", ";"]);
            set(mail, "Content-Type", &parameters.join(separator))
        },
    },
    // Exchange on save.
    Damage {
        name: "content-type-parameter-added",
        kinds: &["content-type-changed"],
        change: |mail, rng| {
            is_signed(mail, "Content-Type").then_some(())?;
            let at = find(mail, "Content-Type")?;
            let more = match parameter(mail, "charset") {
                Some(_) => *rng.pick(&["; format=flowed", "; delsp=no"]),
                None => "; charset=us-ascii",
            };
            mail.fields[at].0.push_str(more);
            Some(())
        },
    },
    Damage {
        name: "transfer-encoding-header-changed",
        kinds: &["transfer-encoding-field"],
        change: |mail, _| {
            let name = "Content-Transfer-Encoding";
            let encoding = value(mail, name).filter(|_| is_signed(mail, name))?;
            let other = match encoding.as_str() {
                "7bit" => "8bit".to_owned(),
                "8bit" => "7bit".to_owned(),
                other => other.to_uppercase(),
            };
            set(mail, name, &other)
        },
    },
];

/// Removes a signed field whose text is in another field, or in none.
fn remove(mail: &mut Mail, rng: &mut Rng, is_kept: bool) -> Option<()> {
    let name = *rng.pick(&[
        "Reply-To",
        "Cc",
        "References",
        "List-Unsubscribe",
        "In-Reply-To",
    ]);
    let text = value(mail, name).filter(|_| is_signed(mail, name))?;
    let at = find(mail, name)?;
    mail.fields.remove(at);
    let from = match name {
        "Reply-To" => value(mail, "From").map(|from| bare_address(&from).to_owned()),
        "References" => value(mail, "In-Reply-To"),
        "In-Reply-To" => value(mail, "References")
            .and_then(|ids| ids.split_whitespace().next_back().map(str::to_owned)),
        _ => None,
    };
    (is_kept == (from == Some(text))).then_some(())
}
