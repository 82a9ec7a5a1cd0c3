//! Damage to signed messages, done as the software that is met on the way does it, and the codes by
//! which an autopsy names it rightly.

mod addresses;
mod banner;
mod encoding;
mod fields;
mod folding;
mod footer;
mod intact;
mod letters;
mod lines;
mod links;
mod opened;
mod random;
mod resigned;
mod structure;
mod subject;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::mail::Mail;
use super::rng::Rng;

pub use intact::{Intact, intact, snapshot};
pub use random::strike;

/// One kind of damage.
pub struct Damage {
    pub name: &'static str,
    /// The codes that name it rightly. None if what was lost is nowhere, so that nothing can be
    /// proved.
    pub kinds: &'static [&'static str],
    /// Changes the message; none if there is nothing in it to change.
    change: fn(&mut Mail, &mut Rng) -> Option<()>,
}

impl Damage {
    /// The message damaged. None if it has nothing that could be.
    pub fn make(&self, message: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
        let mut mail = opened::open(message);
        (self.change)(&mut mail, rng)?;
        let damaged = mail.bytes();
        (damaged != message).then_some(damaged)
    }
}

/// All kinds of damage, by theme.
pub fn all() -> impl Iterator<Item = &'static Damage> {
    [
        subject::DAMAGES,
        folding::DAMAGES,
        addresses::DAMAGES,
        fields::DAMAGES,
        lines::DAMAGES,
        encoding::DAMAGES,
        footer::DAMAGES,
        banner::DAMAGES,
        structure::DAMAGES,
        links::DAMAGES,
        resigned::DAMAGES,
    ]
    .into_iter()
    .flatten()
}

/// What one message meets together, in the order in which it happens.
pub const TOGETHER: &[&[&str]] = &[
    &["subject-tag", "footer"],
    &["subject-tag", "footer-in-part"],
    &["subject-tag", "part-added"],
    &["subject-tag", "wrapped"],
    &["subject-tag-moved", "wrapped"],
    &["from-rewritten", "subject-tag", "footer"],
    &["from-rewritten", "subject-tag", "wrapped"],
    &["from-rewritten", "wrapped"],
    &["from-rewritten", "footer-in-part"],
    &["refolded", "footer"],
    &["refolded-all", "subject-tag"],
    &["refolded-all", "wrapped"],
    &["signature-refolded", "subject-tag"],
    &["subject-prefix", "banner"],
    &["subject-prefix", "banner-in-parts"],
    &["banner-in-parts", "footer-in-part"],
    &["banner-in-parts", "links-safelinks"],
    &["subject-prefix", "links-urldefense-v3"],
    &["reencoded-8bit-to-qp", "footer"],
    &["reencoded-8bit-to-base64", "footer"],
    &["reencoded-8bit-to-qp", "subject-tag"],
    &["reencoded-part", "wrapped"],
    &["encoded-word-reencoded", "subject-tag"],
    &["encoded-word-reencoded", "refolded-all"],
    &["display-name-changed", "addresses-refolded"],
    &["field-name-case", "refolded"],
    &["content-type-changed", "footer-in-part"],
    &["trailing-space-removed", "footer"],
    &["from-quoted", "footer"],
    &["redacted", "subject-prefix"],
    &["redacted", "footer"],
    &["footer", "footer"],
    &["subject-tag", "subject-prefix"],
];

/// What one message meets together: `names` in their order. None if it does not meet all of them.
pub fn together(names: &[&str], message: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    names.iter().try_fold(message.to_vec(), |message, name| {
        let damage = all().find(|damage| damage.name == *name);
        damage.expect("a damage with this name").make(&message, rng)
    })
}

/// Writes `count` messages into `folder/intact`, each damage done to them into a folder with its
/// name, and the DNS for all of them. `kinds.json` has the codes that fit.
pub fn write(folder: &Path, seed: u64, count: usize) -> io::Result<usize> {
    let mut written = 0;
    let mut put = |name: &str, number: usize, bytes: &[u8]| {
        let folder = folder.join(name);
        fs::create_dir_all(&folder)?;
        written += 1;
        fs::write(folder.join(format!("{number:05}.eml")), bytes)
    };
    for number in 0..count {
        let Intact { bytes, label } = intact(seed, number);
        put("intact", number, &bytes)?;
        let alone = all().map(|damage| vec![damage.name]);
        for names in alone.chain(TOGETHER.iter().map(|names| names.to_vec())) {
            let name = names.join("+");
            let mut rng = Rng::of(&format!("{seed} {label} {name}"));
            if let Some(damaged) = together(&names, &bytes, &mut rng) {
                put(&name, number, &damaged)?;
            }
        }
        let (struck, stroke) = strike(&bytes, &mut Rng::of(&label));
        put(&stroke.what.replace(' ', "-"), number, &struck)?;
    }
    let kinds: BTreeMap<_, _> = all().map(|damage| (damage.name, damage.kinds)).collect();
    fs::write(folder.join("kinds.json"), serde_json::to_vec(&kinds)?)?;
    let mut dns = Vec::new();
    snapshot().write(&mut dns)?;
    fs::write(folder.join("dns.jsonl"), dns)?;
    Ok(written)
}
