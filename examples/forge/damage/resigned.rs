//! Signers that made another canonical form than the one that they name.

use super::super::keys::KeyId;
use super::super::mail::Mail;
use super::super::sign::Canon;
use super::Damage;
use super::intact;
use super::opened::{signed, value};

pub const DAMAGES: &[Damage] = &[
    Damage {
        name: "other-header-canonicalization",
        kinds: &["other-canonicalization"],
        change: |mail, _| {
            let (header, body, key) = signer(mail)?;
            sign(mail, key, other(header), body, (header, body))
        },
    },
    // White space that was added later looks the same: the hash cannot tell them apart.
    Damage {
        name: "other-body-canonicalization",
        kinds: &[
            "other-canonicalization",
            "white-space",
            "trailing-space-added",
        ],
        change: |mail, _| {
            let (header, body, key) = signer(mail)?;
            sign(mail, key, header, other(body), (header, body))
        },
    },
];

fn other(canon: Canon) -> Canon {
    match canon {
        Canon::Simple => Canon::Relaxed,
        Canon::Relaxed => Canon::Simple,
    }
}

/// What the signature says of itself.
fn signer(mail: &Mail) -> Option<(Canon, Canon, KeyId)> {
    let field = value(mail, "DKIM-Signature")?;
    let tag = |name: &str| {
        let mut tags = field.split(';');
        tags.find_map(|tag| tag.trim().strip_prefix(name).map(str::to_owned))
    };
    let canon = |word: &str| match word {
        "simple" => Canon::Simple,
        _ => Canon::Relaxed,
    };
    let named = tag("c=")?;
    let (header, body) = named.split_once('/')?;
    let key = match tag("a=")?.starts_with("ed25519") {
        true => KeyId::Ed25519,
        false => KeyId::Customer,
    };
    Some((canon(header), canon(body), key))
}

/// Signs again by `header` and `body`, and names `said`.
fn sign(
    mail: &mut Mail,
    key: KeyId,
    header: Canon,
    body: Canon,
    said: (Canon, Canon),
) -> Option<()> {
    let names = signed(mail);
    mail.fields.retain(|field| !field.is("DKIM-Signature"));
    let mut signer = intact::signer(key, header, body);
    signer.names = names;
    let said = format!("{}/{}", said.0.word(), said.1.word());
    signer.edits.push(("c", Some(said)));
    let field = signer.sign(mail);
    mail.prepend(vec![field]);
    Some(())
}
