//! What SES says of the author's identity, and what that means for the message.

use super::{Case, Signature};
use crate::advice_lookups::{TokenState, TokenZone};
use crate::dns::change::RecordChange;
use crate::dns::{Name, Question};
use crate::evidence_class::EvidenceClass;
use crate::explain;
use crate::findings::{Judged, Mark, Observation};
use crate::ses::identity::IdentityStatus;
use crate::ses::{Identity, SesIdentity};

/// Why SES did not sign for the author, by what it says of the identity.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) enum Unsigned<'a> {
    /// The identity does not sign, and keeps this wider one, which does, from being used.
    Overrides(&'a Identity),
    /// Signing is off.
    Off,
    /// The state of DKIM is this.
    Not(&'a IdentityStatus),
    /// It does sign, so that something else is behind it.
    Signs,
}

impl<'a> Case<'a> {
    /// What SES says of the identity that it uses for the author.
    pub fn stated(&self) -> Option<&'a SesIdentity> {
        self.analysis.ses_identity.as_ref()
    }

    /// What SES says of the identity, as a mark.
    pub fn at_stated(&self) -> Mark {
        Mark::verdict(Judged::SesIdentity, EvidenceClass::StatedBySes)
    }

    /// What SES says of the identity, in words.
    pub fn stated_in_words(&self) -> Option<Observation> {
        let identity = &self.stated()?.identity;
        Some(self.at_stated().says(explain::ses::stated(identity)))
    }

    /// The identity by name: the one that SES tells of, or else the one that it seems to use.
    pub(in crate::findings) fn identity_name(&self) -> Option<String> {
        let stated = self.stated().map(|stated| stated.identity.name.clone());
        stated.or_else(|| Some(self.ses_identity()?.to_string()))
    }

    /// A command of the AWS CLI about the identity; `None` if a shell would read its name otherwise.
    pub(in crate::findings) fn identity_command(
        &self,
        action: &str,
        flag: &str,
        domain: Option<&Name>,
    ) -> Option<String> {
        let name = &self.stated()?.identity.name;
        let is_plain = |char: char| char.is_ascii_alphanumeric() || "@.-_+".contains(char);
        let is_harmless = name.chars().all(is_plain) && !name.starts_with('-');
        let region = self.ses().and_then(|ses| ses.region.as_ref());
        let region = region.map_or(String::new(), |region| format!(" --region {region}"));
        let is_plain = |domain: &&Name| Question::txt(Name::clone(domain)).is_harmless();
        let is_harmless = is_harmless && domain.iter().all(is_plain);
        let words = [flag, domain.map_or("", Name::as_str)].into_iter();
        let more = words.filter(|word| !word.is_empty());
        let more: String = more.map(|word| format!(" {word}")).collect();
        is_harmless.then(|| format!("aws sesv2 {action} --email-identity {name}{more}{region}"))
    }

    /// Why SES did not sign for the author; `None` if it does not say.
    pub(in crate::findings) fn unsigned(&self) -> Option<Unsigned<'a>> {
        let SesIdentity {
            identity,
            overridden,
            ..
        } = self.stated()?;
        let wider = overridden.as_ref();
        let dkim = identity.dkim.as_ref()?;
        Some(match (identity.signs()?, wider) {
            (true, _) => Unsigned::Signs,
            (false, Some(wider)) if wider.signs() == Some(true) => Unsigned::Overrides(wider),
            (false, _) => match (dkim.signing, &dkim.status) {
                (Some(true) | None, Some(status)) => Unsigned::Not(status),
                _ => Unsigned::Off,
            },
        })
    }

    /// The custom MAIL FROM domain that is set, and its state.
    pub(in crate::findings) fn stated_mail_from(
        &self,
    ) -> Option<(&'a Name, Option<&'a IdentityStatus>)> {
        self.stated()?.identity.mail_from_domain()
    }

    /// The custom MAIL FROM domain that is set and not in use, as its state is not Success.
    pub(in crate::findings) fn mail_from_waits(&self) -> Option<(&'a Name, &'a IdentityStatus)> {
        let (domain, status) = self.stated_mail_from()?;
        let status = status.filter(|status| **status != IdentityStatus::Success)?;
        Some((domain, status))
    }

    /// Whether SES says that no custom MAIL FROM domain is set.
    pub(in crate::findings) fn has_no_stated_mail_from(&self) -> bool {
        let stated = self.stated().and_then(|it| it.identity.mail_from.as_ref());
        stated.is_some_and(|mail_from| mail_from.domain.is_none())
    }

    /// The wider identity with a custom MAIL FROM domain that is not used, as the identity has
    /// settings of its own and none.
    pub(in crate::findings) fn mail_from_overridden(&self) -> Option<(&'a Identity, &'a Name)> {
        let wider = self.stated()?.overridden.as_ref()?;
        let (domain, status) = wider.mail_from_domain()?;
        let is_ready = status.is_none_or(|status| *status == IdentityStatus::Success);
        (is_ready && self.has_no_stated_mail_from()).then_some((wider, domain))
    }

    /// The keys of the identity whose record is known to be missing or to lead elsewhere.
    pub(in crate::findings) fn keys_without_record(
        &self,
    ) -> impl Iterator<Item = (&'a TokenZone, TokenState)> + use<'a> {
        let keys = self.advice.identity.keys.iter();
        let known = keys.filter_map(|key| Some((key, key.state()?)));
        known.filter(|(_, state)| *state != TokenState::Right)
    }

    /// The records of Easy DKIM that the identity needs and that DNS is not known to have.
    pub(in crate::findings) fn wanted_aliases(&self) -> Vec<RecordChange> {
        let state = |owner: &Name| {
            let mut keys = self.advice.identity.keys.iter();
            keys.find(|key| key.owner == *owner)?.state()
        };
        let records = self
            .stated()
            .map(|stated| stated.identity.easy_dkim_records());
        let records = records.unwrap_or_default().into_iter();
        let wanted = records.filter_map(|record| match state(&record.name) {
            Some(TokenState::Right) => None,
            Some(TokenState::Elsewhere(_)) => Some(record.replacing()),
            Some(TokenState::Missing) | None => Some(record),
        });
        wanted.collect()
    }

    /// The alias at the selector of a signature, if SES names the token among those of the identity.
    pub(in crate::findings) fn stated_alias(
        &self,
        signature: Signature<'_>,
    ) -> Option<RecordChange> {
        let owner = &signature.verdict.key.as_ref()?.name;
        let records = self.stated()?.identity.easy_dkim_records();
        records.into_iter().find(|record| record.name == *owner)
    }
}
