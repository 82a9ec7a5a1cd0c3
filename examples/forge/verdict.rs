//! What a verifier finds in a forged message. The story says it; nothing is verified here.

use sesauth::dns::{Question, Reply};

use super::dns::{Zone, name};

/// The verdict on a signature, in the words of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Verified,
    BodyChanged,
    HeaderChanged,
    BodyAndHeaderChanged,
    KeyDoesNotFit,
    Expired,
    MissingTag,
    Version,
    IdentityOutsideDomain,
    FromNotSigned,
    KeyGone,
    KeyEmpty,
    KeyRevoked,
    KeyNotAKey,
    KeySyntax,
    KeyType,
    KeyHashNotAllowed,
    KeyService,
    KeyStrictIdentity,
    KeyTooShort,
    Sha1,
    Syntax,
    UnknownAlgorithm,
    UnknownCanonicalization,
    Future,
    Dns,
    NotRecorded,
    HeadersOnly,
}

/// What a receiver found, for its Authentication-Results.
#[derive(Clone, Debug)]
pub struct Said {
    pub spf: &'static str,
    pub dkim: Vec<DkimSaid>,
    /// Nothing when there is no policy.
    pub dmarc: Option<DmarcSaid>,
    /// The domain of From, if there is one.
    pub author: Option<String>,
}

/// What a receiver found about one signature.
#[derive(Clone, Debug)]
pub struct DkimSaid {
    pub cause: Cause,
    pub domain: String,
    pub identity: String,
    pub selector: String,
    /// The first eight characters of `b=`.
    pub signature: String,
    pub algorithm: String,
    pub bits: u64,
}

/// What a receiver found about DMARC.
#[derive(Clone, Debug)]
pub struct DmarcSaid {
    pub result: &'static str,
    pub policy: String,
    pub subdomain_policy: String,
}

impl Cause {
    /// All causes, in the order of the table.
    pub const ALL: [Self; 28] = [
        Self::Verified,
        Self::BodyChanged,
        Self::HeaderChanged,
        Self::BodyAndHeaderChanged,
        Self::KeyDoesNotFit,
        Self::Expired,
        Self::MissingTag,
        Self::Version,
        Self::IdentityOutsideDomain,
        Self::FromNotSigned,
        Self::KeyGone,
        Self::KeyEmpty,
        Self::KeyRevoked,
        Self::KeyNotAKey,
        Self::KeySyntax,
        Self::KeyType,
        Self::KeyHashNotAllowed,
        Self::KeyService,
        Self::KeyStrictIdentity,
        Self::KeyTooShort,
        Self::Sha1,
        Self::Syntax,
        Self::UnknownAlgorithm,
        Self::UnknownCanonicalization,
        Self::Future,
        Self::Dns,
        Self::NotRecorded,
        Self::HeadersOnly,
    ];

    /// Its word in the JSON output.
    pub fn word(self) -> String {
        let camel = format!("{self:?}");
        let mut word = String::new();
        for letter in camel.chars() {
            if letter.is_ascii_uppercase() && !word.is_empty() {
                word.push('-');
            }
            word.push(letter.to_ascii_lowercase());
        }
        word
    }
}

impl Said {
    /// Whether anything passed for `domain` or for another domain of the same organization.
    pub fn aligned(&self, spf_domain: &str, author: &str, record: &str) -> bool {
        let spf = self.spf == "pass" && aligned(spf_domain, author, strict(record, "aspf"));
        let dkim = self.dkim.iter().any(|dkim| {
            dkim.cause == Cause::Verified && aligned(&dkim.domain, author, strict(record, "adkim"))
        });
        spf || dkim
    }
}

/// The DMARC record for `author`: its own, or that of its organization.
pub fn dmarc_record(zone: &Zone, author: &str) -> Option<(String, bool)> {
    let organization = organization(author);
    for (domain, subdomain) in [
        (author, false),
        (organization.as_str(), author != organization),
    ] {
        let question = Question::txt(name(&format!("_dmarc.{domain}")));
        if let Reply::Records(answer) = zone.answer(&question)
            && answer.records.len() == 1
            && let Some(txt) = Reply::Records(answer).txt().next()
        {
            let text = String::from_utf8_lossy(&txt.joined()).into_owned();
            return Some((text, subdomain));
        }
    }
    None
}

/// The value of a tag in a DMARC record.
pub fn tag<'r>(record: &'r str, wanted: &str) -> Option<&'r str> {
    record.split(';').find_map(|tag| {
        let (name, value) = tag.split_once('=')?;
        (name.trim() == wanted).then(|| value.trim())
    })
}

fn strict(record: &str, mode: &str) -> bool {
    tag(record, mode) == Some("s")
}

fn aligned(domain: &str, author: &str, strict: bool) -> bool {
    match strict {
        true => domain == author,
        false => organization(domain) == organization(author),
    }
}

/// The last two labels: all organizational domains of the forge have two.
pub fn organization(domain: &str) -> String {
    let labels: Vec<_> = domain.rsplit('.').take(2).collect();
    labels.into_iter().rev().collect::<Vec<_>>().join(".")
}
