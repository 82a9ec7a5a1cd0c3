//! DKIM key records (RFC 6376 §3.6.1, RFC 8463 §4).

use base64::Engine as _;

use super::signature::BASE64;
use super::tags::{self, Tag};
use super::verify::PublicKey;
use super::{Algorithm, DkimCause, Fault};
use crate::Limits;

/// Bits of the shortest RSA key that may be used (RFC 8301 §3.2).
const SHORTEST_RSA: usize = 1024;

/// A key record that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyRecord {
    pub key: PublicKey,
    /// `h=`: the hash algorithms it may be used with; `None` for all.
    pub hashes: Option<Vec<String>>,
    /// `s=`: what it may be used for.
    pub services: Vec<String>,
    /// `t=`: `y` for a domain that tests DKIM, `s` for no subdomains in `i=`, and unknown ones.
    pub flags: Vec<String>,
}

impl KeyRecord {
    /// Reads the joined strings of one TXT record at a selector.
    pub(crate) fn parse(record: &[u8], limits: &Limits) -> Result<Self, Fault> {
        if record.trim_ascii().is_empty() {
            let detail = "the TXT record at the selector is empty";
            return Err(Fault::new(DkimCause::KeyEmpty, detail.into()));
        }
        let tags = match tags::parse(record) {
            Ok(tags) => tags,
            Err(error) if looks_like_key(record) => {
                return Err(Fault::new(DkimCause::KeySyntax, error.0));
            }
            Err(_) => return Err(not_a_key(record)),
        };
        let value = |name: &str| {
            tags.iter()
                .find(|tag| tag.name == name)
                .map(|tag| tag.value)
        };
        let syntax = |detail: String| Fault::new(DkimCause::KeySyntax, detail);
        match (value("v"), value("p")) {
            (None, None) => return Err(not_a_key(record)),
            (Some(v), _) if v.starts_with(b"spf") || v.starts_with(b"DMARC") => {
                return Err(not_a_key(record));
            }
            (Some(v), _) if v != b"DKIM1" => {
                let v = String::from_utf8_lossy(v).into_owned();
                return Err(syntax(format!("v={v} is not v=DKIM1")));
            }
            (Some(_), _) if tags.first().is_some_and(|tag| tag.name != "v") => {
                return Err(syntax("v=DKIM1 is not the first tag".into()));
            }
            (Some(_), None) => return Err(syntax("p= (the key) is missing".into())),
            _ => (),
        }
        let p = tags::without_space(value("p").unwrap_or_default());
        if p.is_empty() {
            let detail = "p= is empty: the key was revoked";
            return Err(Fault::new(DkimCause::KeyRevoked, detail.into()));
        }
        let bytes = BASE64
            .decode(&p)
            .map_err(|_| syntax("p= is not base64".into()))?;
        let key = match list(&tags, "k").first().map(String::as_str) {
            None | Some("") | Some("rsa") => PublicKey::rsa(&bytes, limits.rsa_bits),
            Some("ed25519") => PublicKey::ed25519(&bytes),
            Some(other) => {
                let detail = format!("k={other} is a type of key that DKIM does not define");
                return Err(Fault::new(DkimCause::KeyType, detail));
            }
        }
        .map_err(syntax)?;
        Ok(Self {
            key,
            hashes: value("h").map(|_| list(&tags, "h")),
            services: match value("s") {
                Some(_) => list(&tags, "s"),
                None => vec!["*".into()],
            },
            flags: list(&tags, "t"),
        })
    }

    /// Whether the domain says that it only tests DKIM (`t=y`).
    pub(crate) fn testing(&self) -> bool {
        self.flags.iter().any(|flag| flag == "y")
    }

    /// Whether a signature by `algorithm` can be checked with this key at all.
    pub(crate) fn serves(&self, algorithm: Algorithm) -> bool {
        algorithm.key_type() == self.key.type_name()
            && self.key.bits().is_none_or(|bits| bits >= SHORTEST_RSA)
    }

    /// What keeps this key from being used for a signature, in the order of RFC 6376 §6.1.2.
    pub(crate) fn fault(&self, algorithm: Algorithm, identity_is_domain: bool) -> Option<Fault> {
        let fault = |cause, detail: String| Some(Fault::new(cause, detail));
        if let Some(hashes) = &self.hashes
            && !hashes.iter().any(|hash| hash == algorithm.hash_name())
        {
            return fault(
                DkimCause::KeyHashNotAllowed,
                format!(
                    "the key allows only the hash h={}, the signature uses {}",
                    hashes.join(":"),
                    algorithm.hash_name()
                ),
            );
        }
        if algorithm.key_type() != self.key.type_name() {
            return fault(
                DkimCause::KeyType,
                format!(
                    "the key is of type {}, the signature is {algorithm}",
                    self.key.type_name()
                ),
            );
        }
        if !self.services.iter().any(|s| s == "*" || s == "email") {
            return fault(
                DkimCause::KeyService,
                format!(
                    "the key is for s={}, not for email",
                    self.services.join(":")
                ),
            );
        }
        if self.flags.iter().any(|flag| flag == "s") && !identity_is_domain {
            return fault(
                DkimCause::KeyStrictIdentity,
                "the key says t=s: i= must name the signing domain itself, not one below it".into(),
            );
        }
        match self.key.bits() {
            Some(bits) if bits < SHORTEST_RSA => fault(
                DkimCause::KeyTooShort,
                format!("the RSA key has {bits} bits; RFC 8301 asks for {SHORTEST_RSA} at least"),
            ),
            _ => None,
        }
    }
}

fn list(tags: &[Tag<'_>], name: &str) -> Vec<String> {
    let value = tags
        .iter()
        .find(|tag| tag.name == name)
        .map(|tag| tag.value);
    value.map_or(Vec::new(), |value| {
        tags::colon_separated(value)
            .map(|part| part.to_ascii_lowercase())
            .collect()
    })
}

/// Whether a text that is no tag list was meant as a key.
fn looks_like_key(record: &[u8]) -> bool {
    let text: Vec<u8> = tags::without_space(record);
    text.starts_with(b"v=DKIM1") || text.starts_with(b"p=") || text.starts_with(b"k=")
}

fn not_a_key(record: &[u8]) -> Fault {
    let text = String::from_utf8_lossy(record);
    let start: String = text.chars().take(60).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    Fault::new(
        DkimCause::KeyNotAKey,
        format!("the TXT record at the selector is no key: \"{start}{more}\""),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: &str = "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    fn parse(record: &str) -> Result<KeyRecord, DkimCause> {
        KeyRecord::parse(record.as_bytes(), &Limits::default()).map_err(|fault| fault.cause)
    }

    #[test]
    fn each_way_to_be_no_key_has_its_cause() {
        for (record, cause) in [
            ("", DkimCause::KeyEmpty),
            (" ", DkimCause::KeyEmpty),
            ("\"\"", DkimCause::KeyNotAKey),
            ("tok.dkim.amazonses.com", DkimCause::KeyNotAKey),
            ("v=spf1 include:amazonses.com ~all", DkimCause::KeyNotAKey),
            ("v=DMARC1; p=none", DkimCause::KeyNotAKey),
            ("google-site-verification=abc", DkimCause::KeyNotAKey),
            ("v=DKIM1; k=rsa; p=", DkimCause::KeyRevoked),
            ("p=", DkimCause::KeyRevoked),
            ("v=DKIM1; k=rsa", DkimCause::KeySyntax),
            ("v=DKIM1; p=!!", DkimCause::KeySyntax),
            ("v=DKIM1; p=YWJj", DkimCause::KeySyntax),
            ("v=DKIM1; p=YWJj; p=YWJj", DkimCause::KeySyntax),
            ("v=DKIM2; p=YWJj", DkimCause::KeySyntax),
            ("p=YWJj; v=DKIM1", DkimCause::KeySyntax),
            ("v=DKIM1; k=ed25519; p=YWJj", DkimCause::KeySyntax),
            ("v=DKIM1; k=dsa; p=YWJj", DkimCause::KeyType),
        ] {
            assert_eq!(parse(record).map(|_| ()), Err(cause), "{record}");
        }
    }

    #[test]
    fn restrictions_are_checked_in_the_order_of_the_rfc() {
        let fault = |tags: &str, algorithm, identity_is_domain| {
            let key = parse(&format!("v=DKIM1; {tags}; {ED25519}")).unwrap();
            key.fault(algorithm, identity_is_domain)
                .map(|fault| fault.cause)
        };
        let ed = Algorithm::Ed25519Sha256;
        assert_eq!(fault("k=ed25519", ed, true), None);
        assert_eq!(fault("k=ed25519; s=web : Email", ed, true), None);
        assert_eq!(
            fault("k=ed25519; h=sha1", ed, true),
            Some(DkimCause::KeyHashNotAllowed)
        );
        assert_eq!(
            fault("k=ed25519", Algorithm::RsaSha256, true),
            Some(DkimCause::KeyType)
        );
        assert_eq!(
            fault("k=ed25519; s=tlsrpt", ed, true),
            Some(DkimCause::KeyService)
        );
        assert_eq!(
            fault("k=ed25519; t=y:s", ed, false),
            Some(DkimCause::KeyStrictIdentity)
        );
    }
}
