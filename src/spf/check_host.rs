//! `check_host()`: evaluates a domain's record and the records it includes (RFC 7208 §4).

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;

use super::published::Published;
use super::record::{Qualifier, SpfRecord, TermKind};
use super::stop::{SpfAnswer, SpfStop, TermAt};
use super::verdict::{
    SpfCause, SpfMatched, SpfOutcome, SpfProblem, SpfResult, SpfStep, without_qualifier,
};
use crate::Limits;
use crate::dns::{LookupId, Name, Question, Recorder, Reply};

/// What stays the same during the whole evaluation.
pub(super) struct Session {
    pub ip: Option<IpAddr>,
    pub sender: String,
    pub local: String,
    pub sender_domain: String,
    pub helo: Option<String>,
    pub receiver: Option<String>,
    pub now: Timestamp,
}

/// The state of an evaluation: how many lookups it has left, and what it has found.
pub(super) struct Walk<'a, 'd> {
    pub dns: &'a Recorder<'d>,
    pub limits: &'a Limits,
    pub session: &'a Session,
    pub lookups: usize,
    pub voids: usize,
    pub problems: Vec<SpfProblem>,
    pub steps: usize,
    pub left_out: usize,
}

/// Where an evaluation is.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    /// The domain whose record is being read.
    pub domain: &'p Name,
    /// The term, without its qualifier.
    pub term: &'p str,
    /// Whether an `include` led to this record.
    pub included: bool,
    /// How many includes and redirects led to this record.
    pub depth: usize,
}

/// What ends an evaluation, other than a match.
pub(super) struct Stop {
    pub why: SpfStop,
    /// The terms that led to where it ended.
    pub via: Vec<Arc<str>>,
}

/// What `check_host()` returns.
pub(super) struct Checked {
    pub result: SpfResult,
    pub cause: SpfCause,
    /// What ended it, if nothing matched.
    pub stop: Option<SpfStop>,
    /// The terms that led to where it ended.
    pub via: Vec<Arc<str>>,
    pub record: Option<Arc<str>>,
    pub records: Vec<Arc<str>>,
    pub lookup: Option<LookupId>,
    /// Whether the lookup of the record was a void lookup.
    pub void: bool,
    pub matched: Option<SpfMatched>,
    pub explanation: Option<String>,
    pub steps: Vec<SpfStep>,
}

impl<'a, 'd> Walk<'a, 'd> {
    pub(super) fn new(dns: &'a Recorder<'d>, limits: &'a Limits, session: &'a Session) -> Self {
        Self {
            dns,
            limits,
            session,
            lookups: 0,
            voids: 0,
            problems: Vec::new(),
            steps: 0,
            left_out: 0,
        }
    }

    /// `check_host()` of §4 for `domain`.
    pub(super) fn check_host<'w>(
        &'w mut self,
        domain: Name,
        included: bool,
        depth: usize,
    ) -> Pin<Box<dyn Future<Output = Checked> + Send + 'w>> {
        Box::pin(async move {
            let mut checked = Checked::new();
            let place = Place {
                domain: &domain,
                term: "",
                included,
                depth,
            };
            let end = match self.fetch(place, &mut checked).await {
                Ok(published) => self.evaluate(&published.record, place, &mut checked).await,
                Err(stop) => Err(stop),
            };
            if let Err(stop) = end {
                checked.stop(stop);
            }
            checked
        })
    }

    /// Finds the one record of a domain (§4.3 to §4.5).
    async fn fetch(
        &mut self,
        place: Place<'_>,
        checked: &mut Checked,
    ) -> Result<Arc<Published>, Stop> {
        let domain = place.domain;
        if domain.parent().is_none() {
            return Err(SpfStop::OneLabel(domain.clone()).into());
        }
        let depth = self.limits.spf_depth;
        if place.depth > depth {
            return Err(SpfStop::TooDeep { limit: depth }.into());
        }
        let lookup = self.dns.ask(&Question::txt(domain.clone())).await;
        checked.lookup = Some(lookup.id);
        match &lookup.reply {
            Reply::TempFail(failure) => {
                let (domain, failure) = (domain.clone(), failure.clone());
                return Err(SpfStop::RecordFailed { domain, failure }.into());
            }
            Reply::NotRecorded => {
                return Err(SpfStop::RecordNotRecorded(domain.clone()).into());
            }
            Reply::NxDomain(negative) => {
                checked.void = true;
                let domain = domain.clone();
                return Err(match negative.cname.last().cloned() {
                    Some(end) => SpfStop::AliasLeadsNowhere { domain, end },
                    None => SpfStop::NoSuchDomain(domain),
                }
                .into());
            }
            Reply::NoData(_) => checked.void = true,
            Reply::Records(_) => (),
        }
        let longest = self.limits.spf_record_bytes;
        let published = lookup.reading(|reply| Published::read(reply, longest));
        match published.texts.as_slice() {
            [] => Err(SpfStop::NoRecord(domain.clone()).into()),
            [text] => {
                checked.record = Some(Arc::clone(text));
                match published.too_long {
                    None => Ok(published),
                    Some(length) => Err(SpfStop::RecordTooLong {
                        domain: domain.clone(),
                        length,
                        limit: longest,
                    }
                    .into()),
                }
            }
            several => {
                checked.records = several.to_vec();
                Err(SpfStop::SeveralRecords {
                    domain: domain.clone(),
                    count: several.len(),
                }
                .into())
            }
        }
    }

    /// Evaluates the terms of a record (§4.6).
    async fn evaluate(
        &mut self,
        record: &SpfRecord,
        place: Place<'_>,
        checked: &mut Checked,
    ) -> Result<(), Stop> {
        if record.errors().next().is_some() {
            return Err(self.refuse(record, place, checked));
        }
        let mut end: Option<Result<Qualifier, Stop>> = None;
        let mut redirect = None;
        let mut explanation = None;
        for term in &record.terms {
            let mut step = SpfStep::new(&term.text, term.span.clone());
            let slot = self.reserve();
            let place = Place {
                term: without_qualifier(&term.text),
                ..place
            };
            match &term.kind {
                Ok(TermKind::Directive(qualifier, mechanism)) if end.is_none() => {
                    match Box::pin(self.mechanism(mechanism, place, &mut step)).await {
                        Ok(None) => step.outcome = SpfOutcome::NoMatch,
                        Ok(Some(hit)) => {
                            step.outcome = SpfOutcome::Match;
                            checked.matched = Some(hit.matched(&term.text, place.domain));
                            end = Some(Ok(*qualifier));
                        }
                        Err(stop) => {
                            step.end(&stop);
                            end = Some(Err(stop));
                        }
                    }
                }
                Ok(TermKind::Redirect(_)) if record.has_all() => {
                    step.outcome = SpfOutcome::Ignored;
                    step.answer = Some(SpfAnswer::RedirectBesideAll);
                }
                Ok(TermKind::Redirect(spec)) => {
                    redirect = Some((spec, term, slot.then_some(checked.steps.len())));
                }
                Ok(TermKind::Explanation(spec)) => {
                    explanation = Some((spec, term, slot.then_some(checked.steps.len())));
                }
                Ok(TermKind::Unknown) => step.outcome = SpfOutcome::Ignored,
                Ok(TermKind::Directive(..)) | Err(_) => (),
            }
            if slot {
                checked.steps.push(step);
            }
        }
        match (end, redirect) {
            (Some(Ok(qualifier)), _) => {
                checked.cause = SpfCause::Matched;
                checked.result = qualifier.result();
            }
            (Some(Err(stop)), _) => return Err(stop),
            (None, Some((spec, term, slot))) => {
                let mut step = SpfStep::new(&term.text, term.span.clone());
                let place = Place {
                    term: &term.text,
                    ..place
                };
                let end = self.redirect(spec, place, &mut step, checked).await;
                if let Err(stop) = &end {
                    step.end(stop);
                }
                put(checked, slot, step);
                return end;
            }
            (None, None) => checked.cause = SpfCause::NoMatch,
        }
        let explained = checked.result == SpfResult::Fail && !place.included;
        if let Some((spec, term, slot)) = explanation.filter(|_| explained) {
            let mut step = SpfStep::new(&term.text, term.span.clone());
            let place = Place {
                term: &term.text,
                ..place
            };
            match self.explain(spec, place, &mut step).await {
                Ok(text) => {
                    step.outcome = SpfOutcome::Followed;
                    step.answer = Some(SpfAnswer::Explanation(text.clone()));
                    checked.explanation = Some(text);
                }
                Err(stop) => step.end(&stop),
            }
            put(checked, slot, step);
        }
        Ok(())
    }

    /// Notes the syntax errors of a record; none of its terms are evaluated.
    fn refuse(&mut self, record: &SpfRecord, place: Place<'_>, checked: &mut Checked) -> Stop {
        let domain = place.domain;
        let mut first = None;
        for (term, error) in record.errors() {
            first.get_or_insert((term, error));
            if self.problems.len() < self.limits.spf_steps {
                self.problems.push(SpfProblem {
                    span: error.span.clone(),
                    term: Arc::clone(&term.text),
                    fault: error.fault.clone(),
                    record_domain: domain.clone(),
                });
            }
        }
        for term in &record.terms {
            if self.reserve() {
                let mut step = SpfStep::new(&term.text, term.span.clone());
                if let Err(error) = &term.kind {
                    step.outcome = SpfOutcome::Error;
                    step.answer = Some(SpfAnswer::Syntax(error.fault.clone()));
                }
                checked.steps.push(step);
            }
        }
        match first {
            Some((term, error)) => SpfStop::Syntax {
                at: TermAt {
                    term: Arc::clone(&term.text),
                    record_domain: domain.clone(),
                },
                fault: error.fault.clone(),
            },
            // Only a record with errors gets here.
            None => SpfStop::NoRecord(domain.clone()),
        }
        .into()
    }

    /// Whether the trace has room for one more step.
    fn reserve(&mut self) -> bool {
        let room = self.steps < self.limits.spf_steps;
        if room {
            self.steps += 1;
        } else {
            self.left_out += 1;
        }
        room
    }
}

impl Checked {
    fn new() -> Self {
        Self {
            result: SpfResult::Neutral,
            cause: SpfCause::NoMatch,
            stop: None,
            via: Vec::new(),
            record: None,
            records: Vec::new(),
            lookup: None,
            void: false,
            matched: None,
            explanation: None,
            steps: Vec::new(),
        }
    }

    fn stop(&mut self, stop: Stop) {
        self.cause = stop.why.cause();
        self.result = self.cause.result();
        self.stop = Some(stop.why);
        self.via = stop.via;
    }
}

impl From<SpfStop> for Stop {
    fn from(why: SpfStop) -> Self {
        Self {
            why,
            via: Vec::new(),
        }
    }
}

impl Place<'_> {
    /// The term at this place.
    pub(super) fn at(self) -> TermAt {
        TermAt {
            term: self.term.into(),
            record_domain: self.domain.clone(),
        }
    }
}

impl SpfStep {
    fn end(&mut self, stop: &Stop) {
        self.outcome = match stop.why.cause().result() {
            SpfResult::Temperror => SpfOutcome::Temperror,
            SpfResult::NotEvaluated => SpfOutcome::NotEvaluated,
            _ => SpfOutcome::Error,
        };
        if self.answer.is_none() && self.steps.is_empty() {
            self.answer = Some(SpfAnswer::Stop(Box::new(stop.why.clone())));
        }
    }
}

fn put(checked: &mut Checked, slot: Option<usize>, step: SpfStep) {
    if let Some(place) = slot.and_then(|index| checked.steps.get_mut(index)) {
        *place = step;
    }
}
