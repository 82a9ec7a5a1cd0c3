//! DKIM key records (RFC 6376 §3.6.1, RFC 8463 §4).

use base64::Engine as _;

use super::signature::BASE64;
use super::tags::{self, Tag};
use super::verify::PublicKey;
use super::{Algorithm, Excerpt, KeyRecordFault};
use crate::Limits;
use crate::dns::Name;

/// The fewest bits of an RSA key that may be used (RFC 8301 §3.2).
pub(crate) const SHORTEST_RSA: usize = 1024;

/// A key record that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyRecord {
    pub key: PublicKey,
    /// `h=`: the hash algorithms that it may be used with; `None` for all.
    pub hashes: Option<Vec<String>>,
    /// `s=`: what it may be used for.
    pub services: Vec<String>,
    /// `t=`: `y` (the domain is testing DKIM), `s` (no subdomains in `i=`), and unknown flags.
    pub flags: Vec<String>,
}

/// How the first and the last line of a PEM file begin and end (RFC 7468 §2).
const PEM: &[u8] = b"-----";

impl KeyRecord {
    /// Reads the joined strings of one TXT record at a selector.
    pub(crate) fn parse(record: &[u8], limits: &Limits) -> Result<Self, KeyRecordFault> {
        if record.trim_ascii().is_empty() {
            return Err(KeyRecordFault::Empty);
        }
        let tags = match tags::parse(record) {
            Ok(tags) => tags,
            Err(fault) if looks_like_key(record) => return Err(KeyRecordFault::TagList(fault)),
            Err(_) => return Err(not_a_key(record)),
        };
        let value = |name: &str| {
            tags.iter()
                .find(|tag| tag.name == name)
                .map(|tag| tag.value)
        };
        match (value("v"), value("p")) {
            (None, None) => return Err(not_a_key(record)),
            (Some(v), _) if v.starts_with(b"spf") || v.starts_with(b"DMARC") => {
                return Err(not_a_key(record));
            }
            (Some(v), _) if v != b"DKIM1" => {
                let written = String::from_utf8_lossy(v).into_owned();
                return Err(KeyRecordFault::Version { written });
            }
            (Some(_), _) if tags.first().is_some_and(|tag| tag.name != "v") => {
                return Err(KeyRecordFault::VersionNotFirst);
            }
            (Some(_), None) => return Err(KeyRecordFault::NoKey),
            _ => (),
        }
        let p = tags::without_space(value("p").unwrap_or_default());
        if p.is_empty() {
            return Err(KeyRecordFault::Revoked);
        }
        if p.windows(PEM.len()).any(|part| part == PEM) {
            return Err(KeyRecordFault::PemLines);
        }
        let bytes = BASE64.decode(&p).map_err(|_| KeyRecordFault::NotBase64)?;
        let key = match list(&tags, "k").into_iter().next() {
            Some(other) if !matches!(other.as_str(), "" | "rsa" | "ed25519") => {
                return Err(KeyRecordFault::UnknownType { written: other });
            }
            Some(kind) if kind == "ed25519" => PublicKey::ed25519(&bytes)?,
            _ => PublicKey::rsa(&bytes, limits.rsa_bits)?,
        };
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

    /// Whether the domain says that it is only testing DKIM (`t=y`).
    pub(crate) fn testing(&self) -> bool {
        self.flags.iter().any(|flag| flag == "y")
    }

    /// Whether this key can check signatures by `algorithm`.
    pub(crate) fn serves(&self, algorithm: Algorithm) -> bool {
        algorithm.key_type() == self.key.type_name()
            && self.key.bits().is_none_or(|bits| bits >= SHORTEST_RSA)
    }

    /// Why this key cannot be used for a signature; checked in the order of RFC 6376 §6.1.2.
    pub(crate) fn fault(
        &self,
        algorithm: Algorithm,
        identity_is_domain: bool,
    ) -> Option<KeyRecordFault> {
        if let Some(hashes) = &self.hashes
            && !hashes.iter().any(|hash| hash == algorithm.hash_name())
        {
            return Some(KeyRecordFault::HashNotAllowed {
                allowed: hashes.clone(),
                used: algorithm.hash_name(),
            });
        }
        if algorithm.key_type() != self.key.type_name() {
            return Some(KeyRecordFault::OtherType {
                key: self.key.type_name(),
                algorithm,
            });
        }
        if !self.services.iter().any(|s| s == "*" || s == "email") {
            let services = self.services.clone();
            return Some(KeyRecordFault::Service { services });
        }
        if self.flags.iter().any(|flag| flag == "s") && !identity_is_domain {
            return Some(KeyRecordFault::StrictIdentity);
        }
        let bits = self.key.bits().filter(|bits| *bits < SHORTEST_RSA)?;
        Some(KeyRecordFault::TooShort { bits })
    }
}

/// The host name in a text, which is the target of an alias that was entered as text.
pub(crate) fn host_name(text: &str) -> Option<Name> {
    let text = text.trim_matches(['"', ' ']);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_name = text.contains('.') && text.bytes().all(fits) && !text.starts_with('.');
    let name = Name::parse(text).ok().filter(|_| is_name)?;
    let last = name.labels().next_back()?;
    let is_domain = last.len() > 1 && last.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_domain.then_some(name)
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

/// Whether a text that is not a tag list was meant as a key.
fn looks_like_key(record: &[u8]) -> bool {
    let text: Vec<u8> = tags::without_space(record);
    text.starts_with(b"v=DKIM1") || text.starts_with(b"p=") || text.starts_with(b"k=")
}

fn not_a_key(record: &[u8]) -> KeyRecordFault {
    let text = Excerpt::of(record, 60);
    KeyRecordFault::NotAKey { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dkim::DkimCause;

    const ED25519: &str = "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    fn parse(record: &str) -> Result<KeyRecord, DkimCause> {
        KeyRecord::parse(record.as_bytes(), &Limits::default()).map_err(|fault| fault.cause())
    }

    #[test]
    fn each_way_to_be_no_key_has_its_cause() {
        for (record, cause) in [
            ("", DkimCause::KeyEmpty),
            (" ", DkimCause::KeyEmpty),
            ("\"\"", DkimCause::KeyNotAKey),
            ("tok.dkim.amazonses.com", DkimCause::KeyNotAKey),
            (
                "v=DKIM1; p=-----BEGIN PUBLIC KEY-----MIIB-----END PUBLIC KEY-----",
                DkimCause::KeySyntax,
            ),
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
    fn a_text_that_names_a_host_is_told_from_others() {
        for text in ["tok.dkim.amazonses.com", "tok.dkim.amazonses.com."] {
            let name = host_name(text).unwrap();
            assert_eq!(name.as_str(), "tok.dkim.amazonses.com");
        }
        for text in [
            "",
            "192.0.2.1",
            "v=spf1 -all",
            "localhost",
            "a..b.com",
            "1.2",
        ] {
            assert_eq!(host_name(text), None, "{text}");
        }
    }

    #[test]
    fn restrictions_are_checked_in_the_order_of_the_rfc() {
        let fault = |tags: &str, algorithm, identity_is_domain| {
            let key = parse(&format!("v=DKIM1; {tags}; {ED25519}")).unwrap();
            key.fault(algorithm, identity_is_domain)
                .map(|fault| fault.cause())
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
