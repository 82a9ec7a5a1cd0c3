//! Text below the author's: in the text itself, in the last part, as a part of its own, and around
//! all of it.

use super::super::mail::{Field, Mail};
use super::super::rng::Rng;
use super::Damage;
use super::encoding::reencode;
use super::opened::{
    boundary, decode, each_leaf, encode, is_text, media, open, parts, transfer_encoding, value,
};

pub const DAMAGES: &[Damage] = &[
    Damage {
        name: "footer",
        kinds: &["footer"],
        change: |mail, rng| {
            is_text(mail).then_some(())?;
            append(mail, &text(rng));
            Some(())
        },
    },
    // A program that knows no MIME: behind the last line of the file, whatever it is.
    Damage {
        name: "footer-behind-all",
        kinds: &["footer", "epilogue-added"],
        change: |mail, rng| {
            let encoding = transfer_encoding(mail);
            (encoding != "base64").then_some(())?;
            mail.body.extend(text(rng).into_bytes());
            Some(())
        },
    },
    // In the last text part, or in the text and the HTML, each in its own way.
    Damage {
        name: "footer-in-part",
        kinds: &["footer-in-part", "footer"],
        change: |mail, rng| {
            boundary(mail)?;
            let footer = text(rng);
            let in_html = rng.chance(2, 3);
            each_leaf(mail, &mut |leaf| match media(leaf).as_str() {
                "text/plain" if is_text(leaf) => append(leaf, &footer),
                "text/html" if in_html => append_html(leaf, &footer),
                _ => (),
            });
            Some(())
        },
    },
    // An HTML message without a text of its own is not forged: the part with HTML alone.
    Damage {
        name: "footer-in-html",
        kinds: &["footer-in-part", "footer"],
        change: |mail, rng| {
            boundary(mail)?;
            let footer = text(rng);
            each_leaf(mail, &mut |leaf| {
                if media(leaf) == "text/html" {
                    append_html(leaf, &footer);
                }
            });
            Some(())
        },
    },
    // Mailman, for a message that is multipart/mixed already.
    Damage {
        name: "part-added",
        kinds: &["part-added"],
        change: |mail, rng| {
            let boundary = boundary(mail).filter(|_| media(mail) == "multipart/mixed")?;
            let (parts, _) = parts(&mail.body, &boundary);
            let end = parts.last()?.end;
            let part = footer_part(rng);
            let added = format!("\r\n--{boundary}\r\n{part}");
            mail.body
                .splice(end..end, added.into_bytes())
                .for_each(drop);
            Some(())
        },
    },
    Damage {
        name: "wrapped",
        kinds: WRAPPED,
        change: |mail, rng| {
            (media(mail) != "multipart/mixed").then_some(())?;
            wrap(mail, rng)
        },
    },
    // Programs other than Mailman wrap what is multipart/mixed, too.
    Damage {
        name: "wrapped-mixed",
        kinds: WRAPPED,
        change: |mail, rng| {
            (media(mail) == "multipart/mixed").then_some(())?;
            wrap(mail, rng)
        },
    },
    // Mailman, for a text of the same character set: it is written anew, in base64 if it has to be.
    Damage {
        name: "footer-and-reencoded",
        kinds: &[
            "footer",
            "reencoded",
            "transfer-encoding-field",
            "content-type-changed",
        ],
        change: |mail, rng| {
            let is_plain = media(mail) == "text/plain";
            let from = transfer_encoding(mail);
            (is_plain && matches!(from.as_str(), "8bit" | "quoted-printable")).then_some(())?;
            let footer = text(rng);
            reencode(mail, "8bit");
            append(mail, &footer);
            reencode(mail, "base64");
            Some(())
        },
    },
];

const WRAPPED: &[&str] = &[
    "wrapped",
    "content-type-changed",
    "transfer-encoding-field",
    "field-removed",
];

const LINE: &str = "_______________________________________________";

/// A footer of 1 to 12 lines.
fn text(rng: &mut Rng) -> String {
    let number = rng.below(9000);
    let hex = rng.hex(8);
    let group = "-=-=-=-=-=-=-=-=-=-=-=-";
    let footers = [
        format!(
            "{LINE}\r\nGarden mailing list\r\nGarden@lists.example.org\r\n\
             https://lists.example.org/mailman/listinfo/garden\r\n"
        ),
        format!(
            "{LINE}\r\nGarden mailing list -- garden@lists.example.org\r\n\
             To leave it, write to garden-leave@lists.example.org\r\n"
        ),
        format!(
            "\r\n\r\n{group}\r\nGroup links: all messages of the group come to you.\r\n\
             Read or answer online (#{number}): https://groups.example.org/g/garden/message/{number}\r\n\
             Mute this topic: https://groups.example.org/mt/{hex}/1\r\n\
             Group owner: garden+owner@groups.example.org\r\n\
             Leave: https://groups.example.org/g/garden/leave/{hex}\r\n{group}\r\n\r\n"
        ),
        format!(
            "\r\n-- \r\nThis message came to you as a member of the group \"Garden\".\r\n\
             To leave the group, write to garden+unsubscribe@groups.example.org.\r\n\
             The discussion is at https://groups.example.org/d/msgid/garden/{hex}%40mail.example.com.\r\n"
        ),
        "\r\n-- \r\nThis mail was checked for viruses by Shield.\r\nwww.shield.example\r\n"
            .to_owned(),
        "\r\n\r\n---\r\nNo virus found.\r\nhttps://www.shield.example/antivirus\r\n".to_owned(),
        "Sent through lists.example.org\r\n".to_owned(),
        "\r\n**********************************************************************\r\n\
         This message and its attachments are for the addressee alone.\r\n\
         Whoever got it by mistake deletes it and tells the sender.\r\n\
         What it says binds the firm only if it is signed on paper.\r\n\
         Opinions are those of the writer.\r\n\
         \r\n\
         Meadow & Sons, registered in Exampletown, number 4711\r\n\
         12 Mill Lane, Exampletown\r\n\
         Please think of the trees before you print this.\r\n\
         **********************************************************************\r\n"
            .to_owned(),
    ];
    let mut footer = rng.pick(&footers).clone();
    if rng.chance(1, 4) {
        footer = footer.trim_start().to_owned();
    } else if rng.chance(1, 4) {
        footer.insert_str(0, "\r\n");
    }
    footer
}

/// Puts `footer` below a text: as it is where the encoding allows, else decoded and encoded again.
fn append(leaf: &mut Mail, footer: &str) {
    let encoding = transfer_encoding(leaf);
    if encoding != "base64" {
        if !leaf.body.is_empty() && !leaf.body.ends_with(b"\r\n") {
            leaf.body.extend_from_slice(b"\r\n");
        }
        leaf.body.extend_from_slice(footer.as_bytes());
        return;
    }
    let mut octets = decode(&encoding, &leaf.body);
    octets.extend_from_slice(footer.as_bytes());
    leaf.body = encode(&encoding, &octets);
}

/// Puts `footer` before the end of the HTML body.
fn append_html(leaf: &mut Mail, footer: &str) {
    let escaped = footer.trim().replace('&', "&amp;").replace('"', "&quot;");
    let html = format!("<hr><p>{}</p>\r\n", escaped.replace("\r\n", "<br>\r\n"));
    let encoding = transfer_encoding(leaf);
    let html = encode(&encoding, html.as_bytes());
    if encoding == "base64" {
        return;
    }
    let end = b"</body>";
    let at = leaf.body.windows(end.len()).rposition(|it| it == end);
    let at = at.unwrap_or(leaf.body.len());
    leaf.body.splice(at..at, html).for_each(drop);
}

/// A part as Python's email writes it.
fn footer_part(rng: &mut Rng) -> String {
    let footer = text(rng);
    let footer = footer.trim();
    let charset = *rng.pick(&["us-ascii", "utf-8"]);
    let encoded = match charset {
        "utf-8" => String::from_utf8(encode("base64", format!("{footer}\r\n").as_bytes())),
        _ => Ok(format!("{footer}\r\n")),
    };
    let encoding = if charset == "utf-8" { "base64" } else { "7bit" };
    format!(
        "Content-Type: text/plain; charset=\"{charset}\"\r\nMIME-Version: 1.0\r\n\
         Content-Transfer-Encoding: {encoding}\r\nContent-Disposition: inline\r\n\r\n{}",
        encoded.expect("it is ASCII").trim_end_matches("\r\n")
    ) + if rng.chance(3, 4) { "\r\n" } else { "" }
}

/// The message becomes the first part of a new one, as in Mailman's Decorate: fields that begin
/// with Content- go with it.
fn wrap(mail: &mut Mail, rng: &mut Rng) -> Option<()> {
    let new = format!("==============={:019}==", rng.bits() >> 1);
    let old = open(&mail.bytes()).fields;
    let is_content = |field: &Field| field.name().to_ascii_lowercase().starts_with("content-");
    let (inner, mut outer): (Vec<_>, Vec<_>) = old.into_iter().partition(is_content);
    let at = match rng.chance(3, 4) {
        true => outer.len(),
        false => outer.iter().position(|field| field.is("MIME-Version"))? + 1,
    };
    let quoted = if rng.chance(1, 4) {
        format!("multipart/mixed;\r\n boundary=\"{new}\"")
    } else {
        format!("multipart/mixed; boundary=\"{new}\"")
    };
    outer.insert(at, Field::new("Content-Type", &quoted));
    let mut body = mail.body.clone();
    // Mailman keeps the last line end, and the boundary's own follows it. Others do without.
    if rng.chance(1, 4) && body.ends_with(b"\r\n") {
        body.truncate(body.len() - 2);
    }
    let inner = Mail {
        fields: inner,
        body,
    }
    .bytes();
    let footer = footer_part(rng);
    let above = match rng.chance(1, 6) {
        true => format!("--{new}\r\n{}\r\n", footer_part(rng)),
        false => String::new(),
    };
    let end = if rng.chance(3, 4) { "\r\n" } else { "" };
    mail.body = [
        above.as_bytes(),
        format!("--{new}\r\n").as_bytes(),
        &inner,
        format!("\r\n--{new}\r\n{footer}\r\n--{new}--{end}").as_bytes(),
    ]
    .concat();
    mail.fields = outer;
    value(mail, "Content-Type").map(drop)
}
