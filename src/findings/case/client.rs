//! Which host delivered the message: Amazon SES, or one that only looks like it.

use super::Case;
use crate::dns::Record;
use crate::evidence_class::EvidenceClass;
use crate::ses::{Sign, SignKind, is_ses_domain, outgoing_ip};
use crate::session::Provenance;
use crate::spf::edit::names_address;

impl<'a> Case<'a> {
    /// Whether the client's address is authorised by amazonses.com. If that record is not known,
    /// the client's name and SES's own field decide. `None` if nothing shows it, or the message has
    /// no sign of SES.
    pub fn is_client_of_ses(&self) -> Option<bool> {
        let known = &self.known.is_client_of_ses;
        *known.get_or_init(|| self.find_client_among_ses())
    }

    fn find_client_among_ses(&self) -> Option<bool> {
        let client = self.analysis.session.client_ip.as_ref()?;
        if let Some(record) = self.advice.amazonses.spf_record().as_deref() {
            return names_address(record, client.value);
        }
        let ses = self.ses()?;
        let outgoing = outgoing_ip(&ses.sign(SignKind::Outgoing)?.value);
        let is_named = outgoing == Some(client.value.to_canonical());
        (is_named && ses.sign(SignKind::Host).is_some()).then_some(true)
    }

    /// Whether the client's address is known from more than a field of SES, which may be forged.
    pub fn is_client_seen(&self) -> bool {
        let client = self.analysis.session.client_ip.as_ref();
        client.is_some_and(|client| client.from != Provenance::Field("X-SES-Outgoing"))
    }

    /// Whether a signature proves that SES had this message.
    pub fn is_signed_by_ses(&self) -> bool {
        let mut signs = self.ses().into_iter().flat_map(|ses| &ses.signs);
        signs.any(|sign| sign.class == EvidenceClass::ProvedBySignature)
    }

    /// What shows that SES sent from an address outside its own record: SES names the address, and
    /// a signature or the name of the address proves that SES handled the message.
    pub fn own_address_in_ses(&self) -> Option<&'a Sign> {
        let client = self.analysis.session.client_ip.as_ref()?;
        let sign = self.ses()?.sign(SignKind::Outgoing)?;
        let is_named = outgoing_ip(&sign.value) == Some(client.value.to_canonical());
        let mut names = self.advice.client_names.records().iter();
        let is_host = names.any(|record| match record {
            Record::Ptr(name) => is_ses_domain(name.as_str()),
            _ => false,
        });
        let is_outside = self.is_client_of_ses() == Some(false);
        let is_of_ses = self.is_client_seen() && (self.is_signed_by_ses() || is_host);
        (is_named && is_outside && is_of_ses && !self.may_be_sent_on()).then_some(sign)
    }

    /// Whether the receiver recorded that a signature of SES verified.
    pub fn receiver_saw_ses_sign(&self) -> bool {
        let Some(ses) = self.ses() else {
            return false;
        };
        let is_of_ses =
            |number: usize| ses.own_signature == Some(number) || ses.easy_dkim.contains(&number);
        let mut results = self.receivers_results();
        results.any(|(_, result)| {
            result.method == "dkim" && result.is_pass() && result.signature.is_some_and(is_of_ses)
        })
    }

    /// Whether the message has signs of SES, but its client and its signatures are not SES's.
    pub fn looks_like_ses(&self) -> bool {
        self.ses().is_some()
            && self.is_client_of_ses() == Some(false)
            && self.is_client_seen()
            && !self.is_signed_by_ses()
            && !self.receiver_saw_ses_sign()
            && !self.may_be_sent_on()
            && self.own_address_in_ses().is_none()
    }
}
