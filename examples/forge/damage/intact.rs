//! Signed messages to be damaged: all canonical forms and both algorithms over seven structures,
//! with fields and signatures as several senders write them.

use std::fmt::Write as _;

use sesauth::dns::{Question, Snapshot};

use super::super::body;
use super::super::dns::{Zone, name};
use super::super::keys::KeyId;
use super::super::mail::{Field, Mail};
use super::super::rng::Rng;
use super::super::sign::{Canon, Layout, Published, SES, Signer};
use super::letters::{head, letter, page};
use super::opened::{encode, quoted};

/// A message with one signature, which verifies.
pub struct Intact {
    pub bytes: Vec<u8>,
    /// What tells it from the others.
    pub label: String,
}

const DOMAIN: &str = "example.com";
const SIGNED_AT: i64 = 1_782_799_200;

const GMAIL: Layout = Layout {
    breaks: &["d", "h", "bh", "b"],
    fold: "\r\n        ",
    signature_fold: "\r\n         ",
    widths: [64, 64],
};

const MICROSOFT: Layout = Layout {
    breaks: &["h", "bh", "b"],
    fold: "\r\n ",
    signature_fold: "",
    widths: [usize::MAX, usize::MAX],
};

const OPENDKIM: Layout = Layout {
    breaks: &["s", "h", "b"],
    fold: "\r\n\t",
    signature_fold: "\r\n\t ",
    widths: [70, 70],
};

/// The fields that each signer covers. A name that comes again keeps a further field from being
/// added (RFC 6376 §8.15).
const SIGNERS: [(&str, &Layout, &str); 6] = [
    (
        "gmail",
        &GMAIL,
        "to:subject:message-id:date:from:in-reply-to:references:mime-version:from:to:cc:subject:\
         date:message-id:reply-to",
    ),
    (
        "ses",
        &SES,
        "From:To:Cc:Reply-To:Subject:Date:Message-ID:MIME-Version:Content-Type:\
         Content-Transfer-Encoding:In-Reply-To:References:List-Unsubscribe:List-Unsubscribe-Post",
    ),
    (
        "microsoft",
        &MICROSOFT,
        "From:Date:Subject:Message-ID:Content-Type:MIME-Version:X-MS-Exchange-SenderADCheck",
    ),
    (
        "opendkim",
        &OPENDKIM,
        "From:To:Cc:Subject:Date:Reply-To:List-Unsubscribe:From",
    ),
    (
        "opendkim-all",
        &OPENDKIM,
        "Date:From:To:Cc:Subject:References:In-Reply-To:Message-ID:Content-Type:\
         Content-Transfer-Encoding:MIME-Version:Reply-To:List-Id:List-Unsubscribe",
    ),
    (
        "rspamd",
        &OPENDKIM,
        "from:from:reply-to:reply-to:subject:subject:date:date:message-id:message-id:to:to:cc:cc:\
         mime-version:mime-version:content-type:content-type:content-transfer-encoding:\
         content-transfer-encoding:in-reply-to:in-reply-to:references:references",
    ),
];

/// A signer of the messages here, without its `h=`.
pub fn signer(key: KeyId, header: Canon, body: Canon) -> Signer {
    let (selector, kind) = match key {
        KeyId::Ed25519 => ("curve", "; k=ed25519"),
        _ => ("large", ""),
    };
    let record = format!("v=DKIM1{kind}; p={}", key.public());
    Signer {
        header,
        body,
        published: Published::Txt(vec![record]),
        ..Signer::new(key, DOMAIN, selector, SIGNED_AT)
    }
}

const KEYS: [KeyId; 2] = [KeyId::Customer, KeyId::Ed25519];

/// The DNS of all these messages: their keys.
pub fn snapshot() -> Snapshot {
    let mut zone = Zone::default();
    let signers = KEYS.map(|key| signer(key, Canon::Relaxed, Canon::Relaxed));
    signers.iter().for_each(|signer| signer.publish(&mut zone));
    let questions = signers.map(|signer| Question::txt(name(&signer.key_name())));
    zone.snapshot(&questions)
}

/// The message with this number: 56 of them have all forms once.
pub fn intact(seed: u64, number: usize) -> Intact {
    let mut rng = Rng::of(&format!("{seed} {number}"));
    let canon = |bit: usize| match bit % 2 {
        0 => Canon::Relaxed,
        _ => Canon::Simple,
    };
    let (header, body) = (canon(number), canon(number / 2));
    let key = KEYS[number / 4 % 2];
    let shape = SHAPES[number / 8 % SHAPES.len()];
    let size = *rng.pick(&[1_000, 1_000, 2_000, 2_000, 5_000, 15_000, 60_000]);
    let (writer, layout, names) = *rng.pick(&SIGNERS);
    let mut fields = head(&mut rng);
    let body_text = shape.body(&mut rng, size, &mut fields);
    let mut mail = Mail {
        fields,
        body: body_text,
    };
    let mut signer = signer(key, header, body);
    signer.layout = layout;
    signer.names = names.split(':').map(str::to_owned).collect();
    if !writer.starts_with("ses") {
        signer.edits.push(("q", None));
    }
    if writer == "ses" {
        // It names what is there (see post.rs).
        let present = |name: &String| mail.fields.iter().any(|field| field.is(name));
        signer.names.retain(present);
    }
    let field = signer.sign(&mail);
    mail.prepend(vec![field]);
    if rng.chance(1, 2) {
        mail.prepend(vec![Field::new(
            "Received",
            "from mail.example.com (mail.example.com [192.0.2.10])\r\n\tby mx.example.net with ESMTPS;\r\n\tTue, 30 Jun 2026 06:00:09 +0000",
        )]);
    }
    Intact {
        bytes: mail.bytes(),
        label: format!(
            "{number} {}/{} {writer} {shape:?} {size}",
            header.word(),
            body.word()
        ),
    }
}

/// The structure of a message.
#[derive(Clone, Copy, Debug)]
enum Shape {
    SevenBit,
    EightBit,
    Quoted,
    Base64,
    Alternative,
    Mixed,
    Nested,
}

const SHAPES: [Shape; 7] = [
    Shape::SevenBit,
    Shape::EightBit,
    Shape::Quoted,
    Shape::Base64,
    Shape::Alternative,
    Shape::Mixed,
    Shape::Nested,
];

impl Shape {
    /// The body; its fields go behind `fields`.
    fn body(self, rng: &mut Rng, size: usize, fields: &mut Vec<Field>) -> Vec<u8> {
        fields.push(Field::new("MIME-Version", "1.0"));
        let (kind, encoding, body) = match self {
            Self::SevenBit => leaf(rng, "7bit", size),
            Self::EightBit => leaf(rng, "8bit", size),
            Self::Quoted => leaf(rng, "quoted-printable", size),
            Self::Base64 => leaf(rng, "base64", size),
            Self::Alternative => alternative(rng, size),
            Self::Mixed => {
                let encoding = *rng.pick(&["7bit", "8bit", "quoted-printable"]);
                let text = leaf(rng, encoding, size / 3);
                let attached = attachment(rng, size / 2);
                multipart(rng, "mixed", &[text, attached])
            }
            Self::Nested => {
                let both = alternative(rng, size / 2);
                let attached = attachment(rng, size / 3);
                multipart(rng, "mixed", &[both, attached])
            }
        };
        fields.push(Field::new("Content-Type", &kind));
        let is_multipart = kind.starts_with("multipart/");
        if !is_multipart && (encoding != "7bit" || rng.chance(1, 2)) || rng.chance(1, 4) {
            let encoding = if is_multipart { "7bit" } else { encoding };
            fields.push(Field::new("Content-Transfer-Encoding", encoding));
        }
        body
    }
}

type Part = (String, &'static str, Vec<u8>);

fn leaf(rng: &mut Rng, encoding: &'static str, size: usize) -> Part {
    let plain = encoding == "7bit";
    let text = letter(rng, size, plain, matches!(encoding, "7bit" | "8bit"));
    let charset = match plain {
        true => *rng.pick(&["us-ascii", "\"us-ascii\"", "UTF-8"]),
        false => *rng.pick(&["UTF-8", "utf-8", "\"UTF-8\"", "\"utf-8\""]),
    };
    let flowed = if rng.chance(1, 4) {
        "; format=flowed"
    } else {
        ""
    };
    (
        format!("text/plain; charset={charset}{flowed}"),
        encoding,
        written(rng, encoding, text.as_bytes()),
    )
}

fn alternative(rng: &mut Rng, size: usize) -> Part {
    let text = letter(rng, size / 4, false, false);
    let html = match rng.chance(1, 2) {
        true => body::html(rng, size / 2),
        false => page(&text),
    };
    let parts = [("text/plain", &text), ("text/html", &html)].map(|(kind, text)| {
        let kind = format!("{kind}; charset=\"UTF-8\"");
        (
            kind,
            "quoted-printable",
            written(rng, "quoted-printable", text.as_bytes()),
        )
    });
    multipart(rng, "alternative", &parts)
}

fn attachment(rng: &mut Rng, size: usize) -> Part {
    let bytes = rng.bytes(size * 3 / 4);
    (
        "application/pdf; name=\"catalogue.pdf\"".to_owned(),
        "base64",
        encode("base64", &bytes),
    )
}

fn multipart(rng: &mut Rng, kind: &str, parts: &[Part]) -> Part {
    let (boundary, fold) = match rng.below(4) {
        0 => (format!("000000000000{}", rng.hex(16)), "; "),
        1 => (
            format!(
                "----=_Part_{}_{}",
                rng.below(900_000),
                rng.below(900_000_000)
            ),
            ";\r\n\t",
        ),
        2 => (
            format!("_000_{}example_", rng.hex(24).to_uppercase()),
            ";\r\n\t",
        ),
        _ => (
            format!("==============={:019}==", rng.bits() >> 1),
            ";\r\n ",
        ),
    };
    let mut out = Vec::new();
    match rng.below(5) {
        0 => out.extend_from_slice(b"This is a multi-part message in MIME format.\r\n"),
        1 => out.extend_from_slice(b"\r\n"),
        _ => (),
    }
    for (kind, encoding, body) in parts {
        let _ = write!(Text(&mut out), "--{boundary}\r\nContent-Type: {kind}\r\n");
        if !kind.starts_with("multipart/") {
            let _ = write!(Text(&mut out), "Content-Transfer-Encoding: {encoding}\r\n");
        }
        if kind.starts_with("application/") {
            let disposition = "Content-Disposition: attachment; filename=\"catalogue.pdf\"\r\n";
            out.extend_from_slice(disposition.as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body);
        out.extend_from_slice(b"\r\n");
    }
    let _ = write!(Text(&mut out), "--{boundary}--\r\n");
    match rng.below(5) {
        0 => out.extend_from_slice(b"\r\nThis is the epilogue.\r\n"),
        1 => out.extend_from_slice(b"\r\n"),
        _ => (),
    }
    (
        format!("multipart/{kind}{fold}boundary=\"{boundary}\""),
        "7bit",
        out,
    )
}

/// Octets that are written as text.
struct Text<'a>(&'a mut Vec<u8>);

impl std::fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

fn written(rng: &mut Rng, encoding: &str, text: &[u8]) -> Vec<u8> {
    match encoding {
        "quoted-printable" => {
            let (width, also) = *rng.pick(&[
                (76, &b""[..]),
                (76, b""),
                (76, b"\t"),
                (75, b""),
                (73, b""),
                (76, b"!\"#$@[\\]^`{|}~"),
            ]);
            quoted(text, width, also)
        }
        _ => encode(encoding, text),
    }
}
