//! Whether the author's domain is set up in SES.

use super::Case;
use crate::advice_lookups::MailFromZone;
use crate::dns::{Lookup, Name};
use crate::ses::{SignKind, is_ses_domain};
use crate::session::Sourced;

/// What shows that a domain is set up in SES.
#[derive(Clone, Debug)]
pub(in crate::findings) enum SetUp<'a> {
    /// It is in use as the MAIL FROM domain.
    InUse {
        /// The domain.
        domain: Name,
        /// The reverse-path that names it.
        path: &'a Sourced<String>,
    },
    /// It is published, but not in use.
    Published {
        /// The domain, with its records.
        zone: &'a MailFromZone,
        /// Its mail exchanger, which is a host of SES.
        host: &'a Name,
        /// The lookup of that mail exchanger.
        lookup: &'a Lookup,
    },
}

impl<'a> Case<'a> {
    /// What shows that the author's domain is set up in SES: its custom MAIL FROM domain is in use,
    /// or at least published.
    pub(in crate::findings) fn set_up_in_ses(&self) -> Option<SetUp<'a>> {
        let ses = self.ses()?;
        let session = self.analysis.session.mail_from.as_ref();
        if let (false, Some(path), Some(domain)) =
            (ses.default_mail_from, session, self.spf_domain())
        {
            let is_own = self.spf_alignment()?.aligned_relaxed == Some(true);
            let is_by_ses = ses.sign(SignKind::ReturnPath).is_some();
            return (is_own && is_by_ses).then_some(SetUp::InUse { domain, path });
        }
        self.advice.candidates.iter().find_map(|zone| {
            let exchanges = zone.mx.exchanges();
            let mut hosts = exchanges.into_iter().filter_map(|(_, host)| host);
            let host = hosts.find(|host| is_ses_domain(host.as_str()))?;
            let lookup = zone.mx.lookup()?;
            Some(SetUp::Published { zone, host, lookup })
        })
    }
}
