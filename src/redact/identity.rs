//! What SES says of identities, with the names and tokens that message and DNS have now.

use super::Replacements;
use super::text::Manner;
use crate::ses::Identities;
use crate::ses::identity::{Identity, IdentityDkim, IdentityMailFrom};

impl Replacements {
    pub(super) fn identities(&self, identities: &Identities) -> Identities {
        identities.iter().map(|one| self.identity(one)).collect()
    }

    fn identity(&self, old: &Identity) -> Identity {
        let dkim = old.dkim.as_ref().map(|dkim| IdentityDkim {
            tokens: {
                let tokens = dkim.tokens.iter();
                let new = tokens.map(|token| self.domains.labels(token, false, &self.words));
                new.collect()
            },
            zone: dkim.zone.as_ref().map(|zone| self.dns_name(zone)),
            ..dkim.clone()
        });
        let mail_from = old.mail_from.as_ref().map(|mail_from| IdentityMailFrom {
            domain: mail_from.domain.as_ref().map(|name| self.dns_name(name)),
            ..mail_from.clone()
        });
        Identity {
            name: match old.is_address() {
                true => self.string(&old.name, Manner::Free),
                false => self.domain(&old.name),
            },
            dkim,
            mail_from,
            ..old.clone()
        }
    }
}
