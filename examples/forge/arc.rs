//! Seals messages (RFC 8617): simple, and independent of the library, so it can serve as an oracle.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::keys::{Hash, KeyId};
use super::mail::{Field, Mail};
use super::plan::Plan;
use super::sign::{Canon, Signer, canonical_field, fold_signature, write};

/// The fields that an ARC-Message-Signature covers, if they are present.
const SIGNED: [&str; 8] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "DKIM-Signature",
];

/// A host that seals.
#[derive(Clone, Copy, Debug)]
pub struct Sealer {
    /// The name that it writes in Authentication-Results.
    pub host: &'static str,
    pub domain: &'static str,
    pub selector: &'static str,
    pub key: KeyId,
}

impl Sealer {
    /// The name of its key record.
    pub fn key_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// Adds its key to the zone of `plan`.
    pub fn publish(&self, plan: &mut Plan) {
        let record = format!("v=DKIM1; k=rsa; p={}", self.key.public());
        plan.zone.txt(&self.key_name(), &record);
        plan.keys.push(self.key_name());
    }

    /// Adds a set above `mail`: what the host recorded, its signature, and its seal with
    /// `cv=status`.
    pub fn seal(&self, mail: &mut Mail, instance: u32, status: &str, second: i64) {
        let results = self.results(mail, instance);
        let signature = self.message_signature(mail, instance, second);
        mail.prepend(vec![signature, results]);
        let seal = self.arc_seal(mail, instance, status, second);
        mail.prepend(vec![seal]);
    }

    /// Everything that the host wrote into Authentication-Results, in one field (RFC 8617 §4.1.1).
    fn results(&self, mail: &Mail, instance: u32) -> Field {
        let mut text = format!("ARC-Authentication-Results: i={instance}; {}", self.host);
        for field in &mail.fields {
            if let Some((id, results)) = field.body().split_once(';')
                && field.is("Authentication-Results")
                && id.trim() == self.host
            {
                text.push(';');
                text.push_str(results);
            }
        }
        Field(text)
    }

    fn message_signature(&self, mail: &Mail, instance: u32, second: i64) -> Field {
        let there = |name: &&str| mail.fields.iter().any(|field| field.is(name));
        let signer = Signer {
            body: Canon::Relaxed,
            identity: Some(instance.to_string()),
            names: SIGNED
                .into_iter()
                .filter(there)
                .map(str::to_owned)
                .collect(),
            edits: vec![("v", None), ("q", None)],
            ..Signer::new(self.key, self.domain, self.selector, second)
        };
        signer.sign_as("ARC-Message-Signature", mail)
    }

    /// The seal over all sets up to this one (RFC 8617 §5.1.1), or over this one only if the chain
    /// was found broken (§5.1.2).
    fn arc_seal(&self, mail: &Mail, instance: u32, status: &str, second: i64) -> Field {
        let tags = [
            ("i", instance.to_string()),
            ("a", "rsa-sha256".to_owned()),
            ("t", second.to_string()),
            ("cv", status.to_owned()),
            ("d", self.domain.to_owned()),
            ("s", self.selector.to_owned()),
            ("b", String::new()),
        ];
        let unsigned = write("ARC-Seal", &tags);
        let first = if status == "fail" { instance } else { 1 };
        let mut data = Vec::new();
        for number in first..=instance {
            for name in [
                "ARC-Authentication-Results",
                "ARC-Message-Signature",
                "ARC-Seal",
            ] {
                let of_set = |field: &&Field| field.is(name) && is_of_set(field, number);
                if let Some(field) = mail.fields.iter().find(of_set) {
                    data.extend(canonical_field(Canon::Relaxed, field));
                    data.extend(b"\r\n");
                }
            }
        }
        data.extend(canonical_field(Canon::Relaxed, &unsigned));
        let signature = BASE64.encode(self.key.key().sign(Hash::Sha256, &data));
        Field(unsigned.0 + &fold_signature(&signature))
    }
}

/// Whether a field of an ARC set has this instance number.
pub fn is_of_set(field: &Field, number: u32) -> bool {
    let wanted = format!("i={number}");
    field.name().starts_with("ARC-") && field.body().split(';').any(|tag| tag.trim() == wanted)
}
