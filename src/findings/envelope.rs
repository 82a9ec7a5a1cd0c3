//! What rules about MAIL FROM, SPF and the client share.

use std::net::IpAddr;

use super::case::Case;
use super::fix::Fix;
use super::observation::{Judged, Mark, Observation};
use crate::advice_lookups::MailFromZone;
use crate::claims::ClaimedResult;
use crate::dkim::DkimResult;
use crate::dmarc::{Alignment, Engine};
use crate::dns::change::RecordChange;
use crate::dns::{Name, Question, RecordType};
use crate::evidence_class::EvidenceClass;
use crate::ses::{Feedback, MessageId, SignKind, is_ses_domain, outgoing_ip, records};
use crate::session::{Provenance, Wanted};
use crate::spf::edit::names_address;
use crate::spf::record::is_spf;
use crate::spf::{SpfCause, SpfOutcome, SpfResult, SpfStep};

impl<'a> Case<'a> {
    /// The domain that SPF looked at for the reverse-path, where it is the author's to mend: of the
    /// author's organization, or above or below the author domain, as without a DMARC record nothing
    /// tells of organizations. Without a single author it is the sender's.
    pub fn own_spf_domain(&self) -> Option<Name> {
        let domain = self.spf_domain()?;
        let is_aligned = |alignment: &Alignment| alignment.aligned_relaxed == Some(true);
        let is_own = match self.author() {
            Some(author) => {
                self.spf_alignment().is_some_and(is_aligned) || are_kin(author, &domain)
            }
            None => true,
        };
        (is_own && !is_ses_domain(domain.as_str())).then_some(domain)
    }

    /// In the answer with the SPF record that was judged.
    pub fn at_spf_record(&self) -> Mark {
        let answer = self.spf().lookup.map(|id| self.lookup(id));
        let lookup = answer.as_ref().and_then(|answer| answer.lookup());
        match lookup {
            Some(lookup) => Mark::dns(lookup),
            None => Mark::verdict(Judged::SpfMailFrom, EvidenceClass::ProvedByDns),
        }
    }

    /// The verdict on SPF, in its sentence.
    pub fn at_spf_verdict(&self) -> Observation {
        let sentence = self.spf().sentence.clone();
        Mark::verdict(Judged::SpfMailFrom, EvidenceClass::ProvedByDns).says(sentence)
    }

    /// The client, and where its address was found.
    pub fn at_client(&self) -> Option<Observation> {
        let client = self.analysis.session.client_ip.as_ref()?;
        let text = client.value.to_canonical().to_string();
        Some(Mark::session(Wanted::ClientIp, client).says(text))
    }

    /// The envelope sender, and where it was found.
    pub fn at_mail_from(&self) -> Option<Observation> {
        let path = self.analysis.session.mail_from.as_ref()?;
        let text = match path.value.as_str() {
            "" => "the null reverse-path",
            path => path,
        };
        Some(Mark::session(Wanted::MailFrom, path).says(text))
    }

    /// Whether the client is among the addresses of amazonses.com; where that record is not known,
    /// whether its name and SES's own field say so. `None` where nothing tells, or the message has no
    /// sign of SES.
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

    /// What comes of a wrong MX at `zone`, behind the words that tell of it.
    pub fn effect_at(&self, zone: &MailFromZone) -> &'static str {
        match self.ses_mail_from() {
            Some(used) if used.domain == zone.domain => "",
            _ => "; SES sent under its own domain instead",
        }
    }

    /// The one MX that `zone` needs for SES, in place of those that it has.
    pub fn feedback_fix(&self, zone: &MailFromZone, text: &str) -> Fix {
        let mut text = text.to_owned();
        if !self.effect_at(zone).is_empty() {
            text.push_str(
                "; then set the domain again as the custom MAIL FROM domain, where its state in \
                 SES is Failed",
            );
        }
        let region = self.ses().and_then(|ses| ses.region.as_ref());
        if region.is_some_and(|region| !region.is_feedback_host_listed()) {
            text.push_str("; compare the MX with the one that SES shows");
        }
        let record = region.and_then(|region| records::feedback_mx(&zone.domain, region));
        match record {
            Some(record) if zone.mx.is_absent() => Fix::new(text).record(record),
            Some(record) => Fix::new(text).record(record.replacing()),
            None => Fix::new(format!("{text}; SES shows it with the identity"))
                .check(&Question::new(zone.domain.clone(), RecordType::Mx)),
        }
    }

    /// What it means for DMARC that SPF does not count, behind the words that tell of it.
    pub fn effect_on_dkim(&self) -> &'static str {
        let mut own = self.own_signatures();
        match self.analysis.dmarc.engines.contains(&Engine::Dkim) {
            true => ": this mail stands on its DKIM signature alone",
            false if own.any(|one| self.receiver_may_have_verified(one)) => {
                ": when it came, this mail stood on its DKIM signature alone"
            }
            false => ", and no DKIM signature counts either",
        }
    }

    /// What shows that the message did not come straight from its sender: SPF for the sender's
    /// domain is bound to fail then, and SPF for another one is nobody's fault.
    pub fn sent_on(&self) -> Option<Observation> {
        let known = &self.known.sent_on;
        known.get_or_init(|| self.find_sent_on()).clone()
    }

    fn find_sent_on(&self) -> Option<Observation> {
        let ses = self.ses();
        let path = self.analysis.session.mail_from.as_ref();
        let is_delivery = path.is_some_and(|path| path.from == Provenance::ReturnPath);
        if is_delivery && ses.is_some_and(|ses| ses.is_forwarded == Some(true)) {
            let text = "its local part is not the message id that SES gave";
            return self.at_topmost("Return-Path").map(|mark| mark.says(text));
        }
        let is_from_ses = ses.is_some_and(|ses| ses.sign(SignKind::Host).is_some());
        let earlier = ses.and_then(|ses| ses.sign(SignKind::EarlierHost));
        if let Some(sign) = earlier.filter(|_| !is_from_ses) {
            return Some(self.sign(sign));
        }
        let forwarding = &self.analysis.session.forwarding;
        if forwarding.is_sender_rewritten() {
            let text = "a forwarder wrote this address";
            let evidence = Mark::session(Wanted::MailFrom, path?).says(text);
            return Some(evidence);
        }
        // What stands in the header may have been added behind the session that is judged.
        if self.analysis.session.passed_on_to().is_some() {
            return None;
        }
        forwarding.fields().find_map(|name| {
            let field = self.message.fields(name).next()?;
            let is_authors = self.own_signatures().any(|signature| {
                let mut signed = signature.verdict.signed_fields.iter();
                signature.verdict.result == DkimResult::Pass
                    && signed.any(|signed| signed.eq_ignore_ascii_case(name))
            });
            (!is_authors).then(|| self.at_field(field).says(field.unfolded().trim()))
        })
    }

    /// What the receiver wrote, where that is that SPF passed and it does not pass here: records
    /// changed since, or the client is another.
    pub fn recorded_spf_pass(&self) -> Option<Observation> {
        if self.spf().result == SpfResult::Pass {
            return None;
        }
        let mut results = self.receivers_results();
        let passed = |result: &ClaimedResult| result.method == "spf" && result.is_pass();
        let (claim, _) = results.find(|(_, result)| passed(result))?;
        Some(self.at_claim(claim).says("spf=pass, when the message came"))
    }

    /// A fix: `record` in place of the SPF records of `domain`. Other texts at that name stay.
    pub fn spf_fix(&self, domain: &Name, text: impl Into<String>, record: &str) -> Fix {
        let fix = Fix::new(text);
        let new = RecordChange::txt(domain.clone(), record);
        let texts = self.answer(&Question::txt(domain.clone())).texts();
        let (old, others): (Vec<_>, Vec<_>) = texts
            .into_iter()
            .partition(|text| is_spf(text.as_bytes()) || text.contains("v=spf1"));
        match others.is_empty() {
            _ if old.is_empty() => fix.record(new),
            true => fix.record(new.replacing()),
            false => {
                let old = old.iter().filter(|old| *old != record);
                let old = old.map(|old| RecordChange::txt(domain.clone(), old).removing());
                fix.records(old).record(new)
            }
        }
    }

    /// A term that lets the sender of this message pass, where it is known who that is: the include
    /// of SES, or the client's address.
    pub fn term_for_sender(&self) -> Option<String> {
        if self.ses_mail_from().is_some() || self.is_client_of_ses() == Some(true) {
            return Some(records::INCLUDE.into());
        }
        let client = self.analysis.session.client_ip.as_ref()?;
        self.sent_on().is_none().then(|| term_for(client.value))
    }

    /// Whether SPF for a domain of the author found that it does not let the client send.
    pub fn spf_refuses(&self) -> Option<Name> {
        let causes = [SpfCause::Matched, SpfCause::NoMatch];
        let domain = self.own_spf_ended_by(&causes)?;
        (self.spf().result != SpfResult::Pass).then_some(domain)
    }

    /// Whether the client's address is known from more than what SES, or who plays SES, wrote.
    pub fn is_client_seen(&self) -> bool {
        let client = self.analysis.session.client_ip.as_ref();
        client.is_some_and(|client| client.from != Provenance::Field("X-SES-Outgoing"))
    }

    /// Whether a signature proves that SES had this message.
    pub fn is_signed_by_ses(&self) -> bool {
        let mut signs = self.ses().into_iter().flat_map(|ses| &ses.signs);
        signs.any(|sign| sign.class == EvidenceClass::ProvedBySignature)
    }

    /// Whether SPF ended for this cause, at a domain of the author.
    pub fn own_spf_ended_by(&self, causes: &[SpfCause]) -> Option<Name> {
        let domain = self.own_spf_domain()?;
        causes.contains(&self.spf().cause).then_some(domain)
    }
}

/// Whether one of two domains lies in the other.
pub(super) fn are_kin(one: &Name, other: &Name) -> bool {
    one.is_within(other) || other.is_within(one)
}

/// All steps of a trace, each before those it leads to.
pub(super) fn steps(trace: &[SpfStep]) -> Vec<&SpfStep> {
    let mut all = Vec::new();
    for step in trace {
        all.push(step);
        all.extend(steps(&step.steps));
    }
    all
}

/// The innermost step that ended an evaluation, and the domain whose record has it; `domain` has the
/// outermost record.
pub(super) fn at_fault<'s>(trace: &'s [SpfStep], domain: &str) -> Option<(&'s SpfStep, String)> {
    let step = trace
        .iter()
        .find(|step| step.outcome == SpfOutcome::Error && !is_modifier_exp(&step.term))?;
    let inner = step.record_domain.as_deref();
    let inner = inner.and_then(|domain| at_fault(&step.steps, domain));
    Some(inner.unwrap_or_else(|| (step, domain.to_owned())))
}

fn is_modifier_exp(term: &str) -> bool {
    term.to_ascii_lowercase().starts_with("exp=")
}

/// The term of `record` that lets this client pass: by its address.
pub(super) fn term_for(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => format!("ip4:{ip}"),
        IpAddr::V6(ip) => format!("ip6:{ip}"),
    }
}

/// `text`, shortened where it is long.
pub(super) fn clipped(text: &str) -> String {
    const LONG: usize = 120;
    match text.char_indices().nth(LONG) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
