//! The domain of the reverse-path, where SES made that: at a domain of its customer or at its own.

use super::{Case, is_free_mail};
use crate::advice_lookups::MailFromZone;
use crate::dns::{Lookup, Name};
use crate::findings::hit::Hit;
use crate::ses::{Feedback, MessageId, Ses, is_ses_domain};
use crate::session::Sourced;

impl<'a> Case<'a> {
    /// The domain of the reverse-path, where SES made that at a domain of its customer.
    pub fn ses_mail_from(&self) -> Option<&'a MailFromZone> {
        let known = &self.known.ses_mail_from;
        *known.get_or_init(|| self.find_ses_mail_from())
    }

    fn find_ses_mail_from(&self) -> Option<&'a MailFromZone> {
        let ses = self.ses()?;
        let path = self.analysis.session.mail_from.as_ref()?;
        let is_ses = match path.value.rsplit_once('@') {
            Some((local, _)) => MessageId::parse(local).is_some(),
            // Some receivers record no more than the domain.
            None => ses.is_forwarded != Some(true) && self.is_client_of_ses() == Some(true),
        };
        self.advice.mail_from.as_ref().filter(|_| is_ses)
    }

    /// Domains that are set up for the MAIL FROM of SES, or were meant to be, while it uses its own.
    pub fn ses_candidates(&self) -> impl Iterator<Item = &'a MailFromZone> + use<'a> {
        let zones = self.advice.candidates.iter();
        zones.filter(|zone| {
            let mut hosts = zone.mx.exchanges().into_iter();
            hosts.any(|(_, host)| host.is_some_and(|host| Feedback::of(host).is_meant()))
        })
    }

    /// Both: the domain that SES uses, and those that it does not use.
    pub fn ses_zones(&self) -> impl Iterator<Item = &'a MailFromZone> + use<'a> {
        self.ses_mail_from()
            .into_iter()
            .chain(self.ses_candidates())
    }

    /// The one of these that is the `domain` of a hit.
    pub fn ses_zone_of(&self, hit: &Hit) -> Option<&'a MailFromZone> {
        let domain = hit.values.text("domain")?;
        self.ses_zones().find(|zone| zone.domain.as_str() == domain)
    }

    /// Where the domain that SES uses is an alias: the answer that says so, and where it leads.
    pub fn ses_mail_from_alias(&self) -> Option<(&'a Lookup, &'a Name)> {
        let zone = self.ses_mail_from()?;
        let answers = [&zone.mx, &zone.txt];
        answers
            .into_iter()
            .find_map(|answer| Some((answer.lookup()?, answer.aliases().first().copied()?)))
    }

    /// The signs, the author and the reverse-path, where that is SES's own and the author is not SES;
    /// not where the message only looks like mail of SES.
    pub fn default_path(&self) -> Option<(&'a Ses, &'a Name, &'a Sourced<String>)> {
        let (ses, author) = (self.ses()?, self.author()?);
        // Nobody can set one up at a mailbox provider.
        let is_own = !is_ses_domain(author.as_str()) && !is_free_mail(author);
        let is_default = ses.default_mail_from && is_own;
        let mail_from = self.analysis.session.mail_from.as_ref();
        let is_real = is_default && !self.looks_like_ses();
        Some((ses, author, mail_from.filter(|_| is_real)?))
    }
}
