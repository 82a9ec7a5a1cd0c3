//! What SES itself says of an identity: the output of `aws sesv2 get-email-identity`.
//!
//! The names are those of the API of SES, version 2. Words that are not known are kept as they are.

mod read;
mod set;
mod word;

pub use read::{MOST_BYTES, identity_name};
pub use set::{Identities, MOST_IDENTITIES, SesIdentity};
pub use word::{IdentityKind, IdentityStatus, KeyLength, OnMxFailure, SigningOrigin};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Region, records};
use crate::dns::Name;
use crate::dns::change::RecordChange;

/// One identity of SES, with its state. What the output does not say is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Identity {
    /// The domain, or the address.
    pub name: String,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<IdentityKind>,
    /// Whether SES sends mail of this identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may_send: Option<bool>,
    /// The state of its verification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification: Option<IdentityStatus>,
    /// Why the verification did not succeed, in the word of SES: HOST_NOT_FOUND, say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verification_error: Option<String>,
    /// When SES last looked, as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_checked: Option<String>,
    /// When it last found what it looked for, as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_success: Option<String>,
    /// Its DKIM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dkim: Option<IdentityDkim>,
    /// Its custom MAIL FROM domain. Absent too in the output of `list-email-identities`, which does
    /// not tell of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_from: Option<IdentityMailFrom>,
}

/// DKIM of an identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct IdentityDkim {
    /// Whether SES signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing: Option<bool>,
    /// Whether SES has found the records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<IdentityStatus>,
    /// The selectors: three tokens of Easy DKIM, or that of the customer's own key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<String>,
    /// The zone below which the keys of Easy DKIM are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<Name>,
    /// Where the keys come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<SigningOrigin>,
    /// The length of the keys in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_length: Option<KeyLength>,
    /// The length of the next keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_key_length: Option<KeyLength>,
    /// When the keys were made, as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys_made: Option<String>,
}

/// The custom MAIL FROM domain of an identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct IdentityMailFrom {
    /// The domain; absent if none is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<Name>,
    /// Whether SES has found its MX.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<IdentityStatus>,
    /// What SES does while it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_mx_failure: Option<OnMxFailure>,
}

impl Identity {
    /// Whether it is a single address.
    pub fn is_address(&self) -> bool {
        self.name.contains('@')
    }

    /// The domain, or that of the address.
    pub fn domain(&self) -> Option<Name> {
        let domain = self.name.rsplit('@').next()?;
        Name::parse(domain).ok()
    }

    /// Whether SES says that mail of it can be sent; `None` if it does not say.
    pub fn is_verified(&self) -> Option<bool> {
        let status = || self.verification.as_ref();
        self.may_send
            .or_else(|| Some(*status()? == IdentityStatus::Success))
    }

    /// Whether SES signs for it: signing is on, and the records were found.
    pub fn signs(&self) -> Option<bool> {
        let dkim = self.dkim.as_ref()?;
        match (&dkim.status, dkim.signing) {
            (_, Some(false)) => Some(false),
            (Some(status), _) => Some(*status == IdentityStatus::Success),
            (None, _) => None,
        }
    }

    /// The custom MAIL FROM domain, and its state, if one is set.
    pub fn mail_from_domain(&self) -> Option<(&Name, Option<&IdentityStatus>)> {
        let mail_from = self.mail_from.as_ref()?;
        Some((mail_from.domain.as_ref()?, mail_from.status.as_ref()))
    }

    /// The aliases that its keys of Easy DKIM need, where the zone is known. Empty for a key of the
    /// customer's own.
    pub fn easy_dkim_records(&self) -> Vec<RecordChange> {
        let records = || {
            let dkim = self.dkim.as_ref().filter(|dkim| !dkim.is_own_key())?;
            let zone = dkim.zone.as_ref()?;
            Some(records::easy_dkim(&self.domain()?, &dkim.tokens, zone))
        };
        records().unwrap_or_default()
    }

    /// All records that it needs, as far as it tells: those of its keys, and the MX and TXT of its
    /// custom MAIL FROM domain for mail from `region`.
    pub fn records(&self, region: &Region) -> Vec<RecordChange> {
        let mut all = self.easy_dkim_records();
        if let Some((domain, _)) = self.mail_from_domain() {
            all.extend(records::custom_mail_from(domain, region));
        }
        all
    }

    /// The names at which its keys are looked for, one for each token.
    pub(crate) fn key_owners(&self) -> impl Iterator<Item = Name> {
        let domain = self.domain();
        let tokens = self.dkim.iter().flat_map(|dkim| &dkim.tokens);
        tokens.filter_map(move |token| records::easy_dkim_owner(domain.as_ref()?, token))
    }
}

impl IdentityDkim {
    /// Whether the key is the customer's own (BYODKIM).
    pub fn is_own_key(&self) -> bool {
        self.origin == Some(SigningOrigin::External)
    }
}
