//! What the rules about MAIL FROM, SPF and the client have in common: evidence, effects and fixes.

use std::net::IpAddr;

use super::case::{Case, SentOn};
use super::fix::Fix;
use super::observation::{Mark, Observation};
use super::spf_allows_everyone::is_open;
use super::spf_redirect_beside_all::is_redirect;
use super::spf_uses_ptr::is_ptr;
use crate::advice_lookups::MailFromZone;
use crate::dmarc::Engine;
use crate::dns::change::RecordChange;
use crate::dns::{Name, Question, RecordType};
use crate::explain;
use crate::receivers;
use crate::ses::records;
use crate::session::Wanted;
use crate::spf::edit::{all_last, behind_all, closed, is_without_effect, with_term, without};
use crate::spf::record::{Mechanism, SpfRecord, Term, TermKind, is_spf};
use crate::spf::repair::repaired;
use crate::spf::{SpfCause, SpfOutcome, SpfStep};

impl Case<'_> {
    /// The verdict on SPF, with its sentence.
    pub fn at_spf_verdict(&self) -> Observation {
        let sentence = explain::spf::cause(self.spf());
        self.at_spf_result().says(sentence.to_string())
    }

    /// The client, and where its address was found.
    pub fn at_client(&self) -> Option<Observation> {
        let client = self.analysis.session.client_ip.as_ref()?;
        let text = client.value.to_canonical().to_string();
        Some(Mark::session(Wanted::ClientIp, client).says(text))
    }

    /// The envelope sender, and where it was found.
    pub fn at_mail_from(&self) -> Option<Observation> {
        let path = self.analysis.session.mail_from.as_ref();
        let path = path.filter(|_| !self.is_of_domain())?;
        let text = match path.value.as_str() {
            "" => "the null reverse-path",
            path => path,
        };
        Some(Mark::session(Wanted::MailFrom, path).says(text))
    }

    /// The effect of a wrong MX at `zone`; a clause to append.
    pub fn effect_at(&self, zone: &MailFromZone) -> &'static str {
        match self.ses_mail_from() {
            Some(used) if used.domain == zone.domain => "",
            _ => "; SES sent under its own domain instead",
        }
    }

    /// A fix: the one MX that `zone` needs for SES, instead of its current ones.
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

    /// A fix where the MX of `zone` may be for people: it goes, or SES gets another name.
    pub fn feedback_choice(&self, zone: &MailFromZone) -> Fix {
        let replaced = self.feedback_fix(zone, "replace the MX");
        let checks = Question::new(zone.domain.clone(), RecordType::Mx);
        Fix::new(format!(
            "find out whether mail for people comes to {}",
            zone.domain
        ))
        .choice(
            replaced.text,
            "mail for people that comes there is lost",
            replaced.records,
        )
        .choice(
            "leave the MX, and set another subdomain as the MAIL FROM domain in SES",
            "nothing is lost",
            Vec::new(),
        )
        .check(&checks)
    }

    /// What it means for DMARC that SPF does not count; a clause to append.
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

    /// What shows that the message did not come directly from its sender, in words.
    pub fn seen_sent_on(&self, sent_on: SentOn<'_>) -> String {
        match sent_on {
            SentOn::OtherReturnPath(_) => {
                "its local part is not the message id that SES gave".into()
            }
            SentOn::EarlierHost(sign) => self.sign(sign).text,
            SentOn::Rewritten(_) => "a forwarder wrote this address".into(),
            SentOn::Shown(sign) => sign.to_string(),
            SentOn::Field(field) => field.shown().trim().into(),
        }
    }

    /// The receiver's result for SPF, if it is a pass and SPF does not pass here: the records have
    /// changed, or the client is different.
    pub fn recorded_spf_pass(&self) -> Option<Observation> {
        let claim = self.spf_pass_claim()?;
        Some(self.at_claim(claim).says("spf=pass, when the message came"))
    }

    /// An SPF record for `domain` with all that our rules would correct in it, so that whoever
    /// follows one finding need not follow another; and the terms that this takes out.
    fn corrected(&self, domain: &Name, record: &str) -> (String, Vec<String>) {
        let spf = self.spf();
        let mut record = match repaired(record) {
            Some(repair) => repair.record,
            None => record.to_owned(),
        };
        let mut taken_out: Vec<String> = Vec::new();
        let at_fault = match spf.cause {
            SpfCause::IncludeWithoutRecord | SpfCause::RedirectWithoutRecord => {
                at_fault(&spf.trace, domain.as_str())
            }
            _ => None,
        };
        if let Some((step, _)) = at_fault.filter(|(_, holder)| holder == domain.as_str()) {
            taken_out.push(step.term.to_string());
        }
        if spf.cause == SpfCause::TooManyVoidLookups {
            let void = spf.trace.iter().filter(|step| step.voids > 0);
            taken_out.extend(void.map(|step| step.term.to_string()));
        }
        record = without(&record, |term| {
            taken_out.iter().any(|out| **out == *term.text)
        });
        let terms = SpfRecord::parse(record.as_bytes()).terms;
        if terms.iter().any(is_open) {
            record = closed(&without(&record, is_open));
        }
        let has_ptr = terms.iter().any(is_ptr);
        if has_ptr {
            record = without(&record, is_ptr);
        }
        record = without(&record, |term| names_itself(term, domain));
        if SpfRecord::parse(record.as_bytes()).has_all() {
            record = without(&record, is_redirect);
        }
        record = all_last(&record);
        let passed = spf.matched.as_ref();
        let is_by_ptr = passed.is_some_and(|it| {
            terms
                .iter()
                .any(|term| is_ptr(term) && term.text == it.term)
        });
        if let Some(term) = self.term_for_sender().filter(|_| is_by_ptr) {
            record = with_term(&record, &term);
        }
        (record, taken_out)
    }

    /// A fix: `record` instead of the SPF records of `domain`, with all other corrections. Other
    /// texts at that name are kept.
    pub fn spf_fix(&self, domain: &Name, text: impl Into<String>, record: &str) -> Fix {
        let (record, taken_out) = self.corrected(domain, record);
        let fix = Fix::new(text).taking_out(taken_out);
        let record = record.as_str();
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

    /// The mail provider whose host sent this message, and the domain that its customers include in
    /// their SPF records. One of its many addresses is not enough.
    pub fn provider(&self) -> Option<(&'static str, &'static str)> {
        let host = self.analysis.session.sending_host();
        let provider = receivers::of(host.as_deref())?;
        Some((provider.name, provider.spf_include?))
    }

    /// A term that authorises the sender of this message, if it is known: the include of SES, or
    /// the client's address.
    pub fn term_for_sender(&self) -> Option<String> {
        if self.ses_mail_from().is_some() || self.is_client_of_ses() == Some(true) {
            return Some(records::INCLUDE.into());
        }
        let client = self.analysis.session.client_ip.as_ref()?;
        let is_unfit = self.may_be_sent_on()
            || self.is_suspect()
            || self.provider().is_some()
            || self.sealing_relay().is_some();
        (!is_unfit).then(|| term_for(client.value))
    }
}

/// The terms of a record that do nothing, though they were meant to let somebody send; a clause to
/// append.
pub(super) fn without_effect(record: &str) -> String {
    let parsed = SpfRecord::parse(record.as_bytes());
    let mut clause = String::new();
    for term in parsed.terms.iter().filter(|term| is_without_effect(term)) {
        clause += &format!(
            "; {} has no effect, as = makes it a modifier that nobody knows, and a colon was meant",
            clipped(&term.text)
        );
    }
    for term in behind_all(&parsed) {
        clause += &format!(
            "; {} is never reached, as it stands behind all",
            clipped(&term.text)
        );
    }
    clause
}

/// All steps of a trace, each before the steps below it.
pub(super) fn steps(trace: &[SpfStep]) -> Vec<&SpfStep> {
    let mut all = Vec::new();
    for step in trace {
        all.push(step);
        all.extend(steps(&step.steps));
    }
    all
}

/// The innermost step that ended an evaluation, and the domain whose record it belongs to; `domain`
/// has the outermost record.
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

/// Whether a term of the record of `domain` leads to that very record, which never ends.
pub(super) fn names_itself(term: &Term, domain: &Name) -> bool {
    let leads = matches!(
        term.kind,
        Ok(TermKind::Directive(_, Mechanism::Include(_)) | TermKind::Redirect(_))
    );
    let target = term.text.split_once([':', '=']).map(|(_, target)| target);
    leads
        && target.is_some_and(|it| {
            it.trim_end_matches('.')
                .eq_ignore_ascii_case(domain.as_str())
        })
}

/// The term that authorises this client by its address.
pub(super) fn term_for(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => format!("ip4:{ip}"),
        IpAddr::V6(ip) => format!("ip6:{ip}"),
    }
}

/// `text`, shortened if it is long.
pub(super) fn clipped(text: &str) -> String {
    const LONG: usize = 120;
    match text.char_indices().nth(LONG) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
