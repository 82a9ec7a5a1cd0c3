//! Signs messages (RFC 6376): simple, and independent of the library, so it can serve as an oracle.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::dns::Zone;
use super::keys::{Hash, KeyId};
use super::mail::{Field, Mail};
use super::ses;
use super::verdict::Cause;

/// A canonicalisation (RFC 6376 §3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Canon {
    Simple,
    Relaxed,
}

/// How the key of a signature is published.
#[derive(Clone, Debug)]
pub enum Published {
    /// `<selector>._domainkey.<domain>` is an alias of the name in SES's zone that has `p=`.
    EasyDkim,
    /// These TXT records are at the selector itself.
    Txt(Vec<String>),
    /// The selector is an alias of the first name, which is an alias of the next; the last one has
    /// the record.
    Alias(Vec<String>, String),
    /// There is no record, or the story writes it.
    Nothing,
}

/// One signature to be made.
#[derive(Clone, Debug)]
pub struct Signer {
    pub key: KeyId,
    pub published: Published,
    pub hash: Hash,
    pub header: Canon,
    pub body: Canon,
    pub domain: String,
    pub selector: String,
    pub identity: Option<String>,
    pub signed_at: i64,
    pub expires: Option<i64>,
    /// Adds `l=`, the length of the whole body as it was signed.
    pub length: bool,
    /// The names of `h=`.
    pub names: Vec<String>,
    /// Tags that are changed, added or left out before signing.
    pub edits: Vec<(&'static str, Option<String>)>,
    /// What a verifier finds with the snapshot.
    pub cause: Cause,
    /// What the receiver found, if that differs.
    pub seen: Option<Cause>,
    /// The message at the time of signing, if SES changed it later.
    pub before: Option<fn(&mut Mail)>,
    /// Whether it still verified when the relay received the message.
    pub broken_by_relay: bool,
    pub layout: &'static Layout,
}

/// How a signer breaks its field into lines.
#[derive(Debug)]
pub struct Layout {
    /// The tags that begin a line.
    pub breaks: &'static [&'static str],
    /// What begins a line.
    pub fold: &'static str,
    /// What begins a further line of the signature.
    pub signature_fold: &'static str,
    /// The length of the first and of each further line of the signature.
    pub widths: [usize; 2],
}

/// The layout of SES.
pub const SES: Layout = Layout {
    breaks: &["s", "h", "bh", "b"],
    fold: "\r\n\t",
    signature_fold: "\r\n\t",
    widths: [64, 67],
};

impl Signer {
    /// A signature as SES makes it.
    pub fn new(key: KeyId, domain: &str, selector: &str, signed_at: i64) -> Self {
        Self {
            key,
            published: Published::EasyDkim,
            hash: Hash::Sha256,
            header: Canon::Relaxed,
            body: Canon::Simple,
            domain: domain.to_owned(),
            selector: selector.to_owned(),
            identity: None,
            signed_at,
            expires: None,
            length: false,
            names: Vec::new(),
            edits: Vec::new(),
            cause: Cause::Verified,
            seen: None,
            before: None,
            broken_by_relay: false,
            layout: &SES,
        }
    }

    /// The name of its key record.
    pub fn key_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// Adds its key to `zone`.
    pub fn publish(&self, zone: &mut Zone) {
        let owner = self.key_name();
        match &self.published {
            Published::EasyDkim => {
                let target = ses::dkim_name(&self.selector);
                zone.alias(&owner, &target);
                zone.txt(&target, &format!("p={}", self.key.public()));
            }
            Published::Txt(records) => records.iter().for_each(|record| zone.txt(&owner, record)),
            Published::Alias(chain, record) => {
                let mut at = owner;
                for next in chain {
                    zone.alias(&at, next);
                    at.clone_from(next);
                }
                zone.txt(&at, record);
            }
            Published::Nothing => (),
        }
    }

    /// The DKIM-Signature field for `mail`, as SES writes it.
    pub fn sign(&self, mail: &Mail) -> Field {
        self.sign_as("DKIM-Signature", mail)
    }

    /// Like [`Signer::sign`], for a field with another `name`.
    pub fn sign_as(&self, name: &str, mail: &Mail) -> Field {
        let body = canonical_body(self.body, &mail.body);
        let mut tags = self.tags(&body);
        for (edited, value) in &self.edits {
            let at = tags.iter().position(|tag| tag.0 == *edited);
            match (at, value) {
                (Some(at), Some(value)) => tags[at].1.clone_from(value),
                (Some(at), None) => drop(tags.remove(at)),
                (None, Some(value)) => tags.insert(3, (edited, value.clone())),
                (None, None) => panic!("a tag to leave out is there"),
            }
        }
        let unsigned = self.layout.write(name, &tags);
        let data = self.signed_data(mail, &unsigned);
        let signature = BASE64.encode(self.key.key().sign(self.hash, &data));
        if self.edits.iter().any(|edit| edit.0 == "b") {
            return unsigned;
        }
        Field(unsigned.0 + &self.layout.fold_signature(&signature))
    }

    fn tags(&self, body: &[u8]) -> Vec<(&'static str, String)> {
        let mut tags = vec![
            ("v", "1".to_owned()),
            ("a", self.algorithm()),
            ("q", "dns/txt".to_owned()),
            ("c", format!("{}/{}", self.header.word(), self.body.word())),
            ("s", self.selector.clone()),
            ("d", self.domain.clone()),
        ];
        if let Some(identity) = &self.identity {
            tags.push(("i", identity.clone()));
        }
        tags.push(("t", self.signed_at.to_string()));
        if let Some(expires) = self.expires {
            tags.push(("x", expires.to_string()));
        }
        if self.length {
            tags.push(("l", body.len().to_string()));
        }
        tags.push(("h", self.names.join(":")));
        tags.push(("bh", BASE64.encode(self.hash.digest(body))));
        tags.push(("b", String::new()));
        tags
    }

    /// The value of `a=`.
    pub fn algorithm(&self) -> String {
        let kind = match self.key {
            KeyId::Ed25519 => "ed25519",
            _ => "rsa",
        };
        let hash = match self.hash {
            Hash::Sha1 => "sha1",
            Hash::Sha256 => "sha256",
        };
        format!("{kind}-{hash}")
    }

    /// The signed fields and the signature field itself, canonical (RFC 6376 §3.7).
    fn signed_data(&self, mail: &Mail, unsigned: &Field) -> Vec<u8> {
        let mut used = vec![false; mail.fields.len()];
        let mut data = Vec::new();
        for name in &self.names {
            let found = (0..mail.fields.len())
                .rev()
                .find(|&index| !used[index] && mail.fields[index].is(name));
            if let Some(index) = found {
                used[index] = true;
                data.extend(canonical_field(self.header, &mail.fields[index]));
                data.extend(b"\r\n");
            }
        }
        data.extend(canonical_field(self.header, unsigned));
        data
    }
}

impl Canon {
    pub fn word(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Relaxed => "relaxed",
        }
    }
}

/// A header field without its last line end (RFC 6376 §3.4.1, §3.4.2).
pub fn canonical_field(canon: Canon, field: &Field) -> Vec<u8> {
    if canon == Canon::Simple {
        return field.0.clone().into_bytes();
    }
    let name = field.name().trim_end().to_ascii_lowercase();
    let unfolded = field.body().replace("\r\n", "");
    let words = unfolded.split([' ', '\t']).filter(|word| !word.is_empty());
    let words: Vec<_> = words.collect();
    format!("{name}:{}", words.join(" ")).into_bytes()
}

/// The body (RFC 6376 §3.4.3, §3.4.4). Every body of the forge has CRLF line ends.
fn canonical_body(canon: Canon, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 2);
    match canon {
        Canon::Simple => out.extend_from_slice(body),
        Canon::Relaxed => {
            for line in body.split_inclusive(|&byte| byte == b'\n') {
                relax_line(line, &mut out);
            }
        }
    }
    while out.ends_with(b"\r\n\r\n") {
        out.truncate(out.len() - 2);
    }
    if out == b"\r\n" {
        out.clear();
    }
    let unended = !out.is_empty() && !out.ends_with(b"\r\n");
    if unended || (out.is_empty() && canon == Canon::Simple) {
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn relax_line(line: &[u8], out: &mut Vec<u8>) {
    let (text, end) = match line.strip_suffix(b"\r\n") {
        Some(text) => (text, &b"\r\n"[..]),
        None => (line, &b""[..]),
    };
    let mut space = false;
    for &byte in text {
        if matches!(byte, b' ' | b'\t') {
            space = true;
            continue;
        }
        if std::mem::take(&mut space) {
            out.push(b' ');
        }
        out.push(byte);
    }
    out.extend_from_slice(end);
}

/// Joins tags on lines as SES does; `b=` comes last.
pub fn write(name: &str, tags: &[(&str, String)]) -> Field {
    SES.write(name, tags)
}

/// Folds the base64 of a signature as SES does.
pub fn fold_signature(base64: &str) -> String {
    SES.fold_signature(base64)
}

impl Layout {
    fn write(&self, name: &str, tags: &[(&str, String)]) -> Field {
        let mut text = format!("{name}:");
        for (index, (name, value)) in tags.iter().enumerate() {
            let starts_line = self.breaks.contains(name);
            text.push_str(if starts_line { self.fold } else { " " });
            match name.strip_suffix('!') {
                Some(_) => text.push_str(value),
                None => text.push_str(&format!("{name}={value}")),
            }
            if index + 1 < tags.len() {
                text.push(';');
            }
        }
        Field(text)
    }

    fn fold_signature(&self, base64: &str) -> String {
        let mut out = String::new();
        let mut rest = base64;
        let [mut width, further] = self.widths;
        while rest.len() > width {
            let (line, more) = rest.split_at(width);
            out.push_str(line);
            out.push_str(self.signature_fold);
            rest = more;
            width = further;
        }
        out + rest
    }
}
