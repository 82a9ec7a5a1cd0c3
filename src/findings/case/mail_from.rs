//! The domain of the reverse-path, if SES set it: a domain of its customer or its own.

use super::{Case, is_free_mail};
use crate::advice_lookups::MailFromZone;
use crate::dns::{Lookup, Name};
use crate::findings::hit::Hit;
use crate::ses::{Feedback, MessageId, Ses, is_ses_domain};
use crate::session::Sourced;

impl<'a> Case<'a> {
    /// The domain of the reverse-path, if SES set it to a domain of its customer.
    pub fn ses_mail_from(&self) -> Option<&'a MailFromZone> {
        let known = &self.known.ses_mail_from;
        *known.get_or_init(|| self.find_ses_mail_from())
    }

    fn find_ses_mail_from(&self) -> Option<&'a MailFromZone> {
        let ses = self.ses()?;
        let path = self.analysis.session.mail_from.as_ref()?;
        let is_ses = match path.value.rsplit_once('@') {
            Some((local, _)) => MessageId::parse(local).is_some(),
            // Some receivers only record the domain.
            None => ses.is_forwarded != Some(true) && self.is_client_of_ses() == Some(true),
        };
        self.advice.mail_from.as_ref().filter(|_| is_ses)
    }

    /// Domains that are set up, or were meant to be set up, as a MAIL FROM domain, while SES uses
    /// its own.
    pub fn ses_candidates(&self) -> impl Iterator<Item = &'a MailFromZone> + use<'a> {
        let zones = self.advice.candidates.iter();
        zones.filter(|zone| {
            let mut hosts = zone.mx.exchanges().into_iter();
            hosts.any(|(_, host)| host.is_some_and(|host| Feedback::of(host).is_meant()))
        })
    }

    /// The MAIL FROM domain that SES uses, and those that it does not use.
    pub fn ses_zones(&self) -> impl Iterator<Item = &'a MailFromZone> + use<'a> {
        self.ses_mail_from()
            .into_iter()
            .chain(self.ses_candidates())
    }

    /// The MAIL FROM domain that is the `domain` of a hit.
    pub fn ses_zone_of(&self, hit: &Hit) -> Option<&'a MailFromZone> {
        let domain = hit.values.text("domain")?;
        self.ses_zones().find(|zone| zone.domain.as_str() == domain)
    }

    /// If the MAIL FROM domain in use is an alias: the answer that shows it, and the target.
    pub fn ses_mail_from_alias(&self) -> Option<(&'a Lookup, &'a Name)> {
        let zone = self.ses_mail_from()?;
        let answers = [&zone.mx, &zone.txt];
        answers
            .into_iter()
            .find_map(|answer| Some((answer.lookup()?, answer.aliases().first().copied()?)))
    }

    /// The signs, the author and the reverse-path, if the reverse-path is SES's own and the author
    /// is not SES; `None` if the message only looks like mail of SES.
    pub fn default_path(&self) -> Option<(&'a Ses, &'a Name, &'a Sourced<String>)> {
        let (ses, author) = (self.ses()?, self.author()?);
        // A mailbox provider's customer cannot set one up.
        let is_own = !is_ses_domain(author.as_str()) && !is_free_mail(author);
        let is_default = ses.default_mail_from && is_own;
        let mail_from = self.analysis.session.mail_from.as_ref();
        let is_real = is_default && !self.looks_like_ses();
        Some((ses, author, mail_from.filter(|_| is_real)?))
    }
}
