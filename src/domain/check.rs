//! The steps of a domain check, and what they give.

use std::net::IpAddr;
use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::beside::Beside;
use super::grade::{Area, Grade};
use super::host::SendingHost;
use super::keys::keys;
use super::mail::Mail;
use super::mail_from::{self, MailFrom};
use super::selectors::{self, KeyState, Selector, WantedSelector};
use super::servers::ZoneServers;
use super::spf::{SpfOfDomain, spf_for, spf_of};
use super::together::Together;
use crate::advice_lookups::Answered;
use crate::bulk::BulkRow;
use crate::dmarc::{DmarcCause, Rules};
use crate::dns::{AnyDns, Dns, Evidence, Lookup, Name, Question, RecordType, Recorder, Reply};
use crate::findings::{Finding, Hit, Severity};
use crate::ses::records::is_included;
use crate::ses::{Identities, Region, is_ses_domain};
use crate::spf::{self, SpfCause, SpfResult, host_names};
use crate::{DmarcCheck, Error, Inspection, Limits, dmarc};

/// What is to be looked at.
#[derive(Clone, Debug)]
pub struct DomainQuery {
    /// The domain.
    pub domain: Name,
    /// Its custom MAIL FROM domain in SES, if it is known.
    pub mail_from: Option<Name>,
    /// The selectors that are known.
    pub selectors: Vec<WantedSelector>,
    /// Also ask for selectors that many domains have, or that its services give to all.
    pub guess: bool,
    /// The region of SES that it uses, if it is known.
    pub region: Option<Region>,
    /// The addresses of hosts that send its mail.
    pub hosts: Vec<IpAddr>,
    /// Also see whether it meets what large receivers ask of bulk senders.
    pub bulk: bool,
    /// What Amazon SES says of its customer's identities.
    pub identities: Arc<Identities>,
    /// The DMARC rules that count.
    pub rules: Rules,
}

impl DomainQuery {
    /// A question about `domain`, of which nothing else is known.
    pub fn new(domain: Name) -> Self {
        Self {
            domain,
            mail_from: None,
            selectors: Vec::new(),
            guess: false,
            region: None,
            hosts: Vec::new(),
            bulk: false,
            identities: Arc::default(),
            rules: Rules::Rfc9989,
        }
    }
}

/// What a domain publishes for mail.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct DomainCheck {
    /// The domain.
    pub domain: Name,
    /// Whether it exists; `None` if DNS did not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
    /// What it does with mail, as its records say.
    pub role: Role,
    /// The grade; `None` if DNS did not answer what it depends on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// Its mail exchangers, with their preference; `.` is the null MX. `None` if DNS did not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mx: Option<Vec<String>>,
    /// SPF of the domain, then of its MAIL FROM domain.
    pub spf: Vec<SpfOfDomain>,
    /// DMARC.
    pub dmarc: DmarcCheck,
    /// Its DKIM selectors, as far as they are known.
    pub dkim: Vec<Selector>,
    /// How many selectors were guessed. Not found is not absent.
    pub guessed: usize,
    /// Whether its records show that it uses SES, or the caller says so.
    pub uses_ses: bool,
    /// The region of SES.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Its custom MAIL FROM domain in SES.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_from: Option<MailFrom>,
    /// The hosts that send its mail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<SendingHost>,
    /// What it publishes beside these.
    pub beside: Beside,
    /// Whether it meets what large receivers ask of bulk senders, if that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bulk: Vec<BulkRow>,
    /// Whether the name servers of the zone answer alike, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub servers: Option<ZoneServers>,
    /// All fixes together, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub together: Option<Together>,
    /// Every DNS question that was asked, with its answer, in order.
    pub lookups: Evidence,
    /// Mail that it would send: from the domain itself, and with its MAIL FROM domain.
    #[serde(skip)]
    mail: Vec<Inspection>,
}

/// What a domain does with mail, as its records say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Role {
    /// It may send.
    Sends,
    /// Its SPF record says that nobody may send (`v=spf1 -all`).
    SendsNone,
}

/// Looks at what a domain publishes.
///
/// All DNS questions go to `dns`; a failure of DNS is part of the result. `now` is the time of the
/// check.
///
/// # Errors
///
/// [`Error::Argument`] if the domain cannot be that of an address.
pub async fn check_domain(
    query: &DomainQuery,
    dns: &impl Dns,
    now: Timestamp,
    limits: &Limits,
) -> Result<DomainCheck, Error> {
    run(query, AnyDns::new(dns), now, limits).await
}

/// In a box, it is compiled here and not in each crate that awaits it.
fn run<'a>(
    query: &'a DomainQuery,
    dns: AnyDns<'a>,
    now: Timestamp,
    limits: &'a Limits,
) -> BoxFuture<'a, Result<DomainCheck, Error>> {
    async move { steps(query, &dns, now, limits).await }.boxed()
}

async fn steps(
    query: &DomainQuery,
    dns: &AnyDns<'_>,
    now: Timestamp,
    limits: &Limits,
) -> Result<DomainCheck, Error> {
    let query = &with_identity(query);
    let domain = &query.domain;
    let recorder = Recorder::new(dns);
    let first = first_questions(query);
    let lookups = recorder.ask_all(&first).await;
    let beside = Beside::ask(domain, &recorder).await;
    let answer = |name: &Name, kind| answered(&lookups, name, kind);
    let mx = answer(domain, RecordType::Mx);
    let texts = answer(domain, RecordType::Txt);
    let mut mail_from = match &query.mail_from {
        Some(given) => Some(MailFrom::given(
            given,
            &answer(given, RecordType::Mx),
            &answer(given, RecordType::Txt),
        )),
        None => {
            let candidates = mail_from::questions(domain, None).into_iter();
            let mut found = candidates.filter_map(|question| {
                MailFrom::guessed(&question.name, &answer(&question.name, RecordType::Mx))
            });
            found.next()
        }
    };

    let spf = spf_of(domain, &recorder, now, limits).await;
    let (keys, guessed) = keys(query, &mx, &spf, &recorder, limits).await;
    let mut hosts = Vec::new();
    let path = mail_from.as_ref().map_or(domain, |found| &found.domain);
    for ip in &query.hosts {
        let names = host_names(*ip, &recorder).await;
        let spf = spf_for(path, *ip, &recorder, now, limits).await;
        hosts.push(SendingHost {
            ip: *ip,
            names,
            spf,
        });
    }
    let spf_of_path = match &mail_from {
        Some(found) => Some(spf_of(&found.domain, &recorder, now, limits).await),
        None => None,
    };

    let evidence = recorder.into_evidence();
    let mut dmarc = dmarc::check::continued(domain, dns, evidence, query.rules, limits).await;
    let evidence = std::mem::take(&mut dmarc.lookups);

    let is_ses_name = |name: &Name| is_ses_domain(name.as_str());
    let zone_of_key = keys
        .iter()
        .find_map(|key| key.target.as_ref().filter(|target| is_ses_name(target)));
    let region = query.region.clone();
    let region = region.or_else(|| mail_from.as_ref()?.region.clone());
    let region = region.or_else(|| Region::of_dkim_target(zone_of_key?.as_str()));
    let includes_ses = [Some(&spf), spf_of_path.as_ref()]
        .into_iter()
        .flatten()
        .any(|spf| is_included(&spf.verdict.trace));
    let is_for_ses = mail_from.as_ref().is_some_and(|found| found.is_for_ses);
    let uses_ses = query.region.is_some() || is_for_ses || includes_ses || zone_of_key.is_some();

    let wanted: Vec<(WantedSelector, bool)> = keys
        .iter()
        .map(|key| (key.wanted.clone(), key.is_ed25519))
        .collect();
    let with_voids = |spf: &SpfOfDomain| {
        let mut limits = limits.clone();
        limits.spf_void_lookups += spf.voids_by_client;
        limits
    };
    // Who names it says that it is for SES.
    if let Some(found) = &mut mail_from {
        found.is_for_ses |= uses_ses;
    }
    let mut mail = Mail {
        author: domain,
        path: domain,
        is_ses_path: false,
        by_ses: uses_ses,
        region: region.as_ref(),
        keys: &wanted,
        host: hosts
            .first()
            .and_then(|host: &SendingHost| host.names.as_deref()),
        bulk: query.bulk,
        identities: &query.identities,
        sends_none: role(&spf, &[]) == Role::SendsNone && keys.is_empty(),
        hosts: match spf_of_path {
            Some(_) => &[],
            None => &query.hosts,
        },
        exchangers: true,
        rules: query.rules,
    };
    let own = mail.inspect(dns, evidence, now, &with_voids(&spf)).await?;
    let mut evidence = own.analysis.lookups.clone();
    let mut inspections = vec![own];
    if let (Some(found), Some(spf)) = (&mail_from, &spf_of_path) {
        mail.path = &found.domain;
        mail.is_ses_path = found.is_for_ses;
        mail.hosts = &query.hosts;
        mail.exchangers = false;
        let inspection = mail.inspect(dns, evidence, now, &with_voids(spf)).await?;
        evidence = inspection.analysis.lookups.clone();
        inspections.push(inspection);
    }

    let verdicts = &inspections[0].analysis.dkim;
    let selectors = keys.iter().zip(verdicts);
    let dkim: Vec<Selector> = selectors
        .map(|(key, verdict)| Selector::new(&key.wanted, verdict))
        .collect();
    if let Some(found) = &mut mail_from {
        found.region = found.region.take().or_else(|| region.clone());
    }
    let mut check = DomainCheck {
        exists: match texts.lookup().map(|lookup| &lookup.reply) {
            Some(Reply::NxDomain(_)) => Some(false),
            Some(_) => Some(true),
            None => None,
        },
        role: role(&spf, &dkim),
        grade: None,
        mx: mx.is_checked().then(|| mail_from::exchanges(&mx)),
        spf: [Some(spf), spf_of_path].into_iter().flatten().collect(),
        dmarc,
        dkim,
        guessed,
        uses_ses,
        region,
        mail_from,
        hosts,
        beside,
        bulk: inspections
            .last()
            .map(|last| last.bulk.clone())
            .unwrap_or_default(),
        servers: None,
        together: None,
        lookups: evidence,
        mail: inspections,
        domain: domain.clone(),
    };
    check.grade = Grade::of(&check);
    Ok(check)
}

/// The query with what SES says of the domain: its selectors, and its MAIL FROM domain if none is named.
fn with_identity(query: &DomainQuery) -> DomainQuery {
    let mut query = query.clone();
    let stated = query.identities.of_author("postmaster", &query.domain);
    let Some(identity) = stated.map(|stated| stated.identity) else {
        return query;
    };
    let owner = identity.domain().unwrap_or_else(|| query.domain.clone());
    for token in identity.dkim.iter().flat_map(|dkim| &dkim.tokens) {
        let Ok(selector) = Name::parse(token) else {
            continue;
        };
        if !query
            .selectors
            .iter()
            .any(|known| known.selector == selector)
        {
            query.selectors.push(WantedSelector {
                selector,
                domain: owner.clone(),
                origin: selectors::SelectorOrigin::Ses,
            });
        }
    }
    let stated = identity
        .mail_from_domain()
        .map(|(domain, _)| domain.clone());
    query.mail_from = query.mail_from.or(stated);
    query
}

fn first_questions(query: &DomainQuery) -> Vec<Question> {
    let domain = &query.domain;
    let mut questions = vec![
        Question::new(domain.clone(), RecordType::Mx),
        Question::txt(domain.clone()),
    ];
    questions.extend(mail_from::questions(domain, query.mail_from.as_ref()));
    questions
}

fn answered(lookups: &[Lookup], name: &Name, kind: RecordType) -> Answered {
    let mut lookups = lookups.iter();
    let found =
        lookups.find(|lookup| lookup.question.name == *name && lookup.question.kind == kind);
    found.cloned().map(Answered::new).unwrap_or_default()
}

/// What a domain does with mail: none, if its SPF record authorises nobody and no key is seen.
fn role(spf: &SpfOfDomain, dkim: &[Selector]) -> Role {
    let verdict = &spf.verdict;
    let is_closed = verdict.result == SpfResult::Fail
        && verdict.cause == SpfCause::Matched
        && verdict
            .trace
            .iter()
            .all(|step| spf::without_qualifier(&step.term).eq_ignore_ascii_case("all"));
    let signs = dkim
        .iter()
        .any(|key| matches!(key.state, KeyState::Usable | KeyState::Idle));
    match is_closed && !signs {
        true => Role::SendsNone,
        false => Role::Sends,
    }
}

impl DomainCheck {
    /// The rules that fired, each once, with the part of the domain that it is about. Those that cost
    /// most come first.
    pub fn hits(&self) -> Vec<(Area, &Hit)> {
        let sorted = self.found();
        sorted
            .into_iter()
            .map(|(area, _, hit)| (area, hit))
            .collect()
    }

    /// The findings in words, in the same order.
    pub fn findings(&self) -> Vec<Finding> {
        let said: Vec<Vec<Finding>> = self.mail.iter().map(Inspection::findings).collect();
        let mut findings: Vec<Finding> = Vec::new();
        for (_, of, hit) in self.found() {
            let mut same = self.mail[of].hits.iter().filter(|one| one.code == hit.code);
            let at = same.position(|one| one == hit);
            let mut same = said[of].iter().filter(|finding| finding.code == hit.code);
            let Some(finding) = at.and_then(|at| same.nth(at)) else {
                continue;
            };
            let known = findings.iter_mut().find(|known| known.code == finding.code);
            match (known, hit.values.text("name")) {
                (Some(known), Some(name)) => known.join(finding, name),
                _ => findings.push(finding.clone()),
            }
        }
        findings
    }

    fn found(&self) -> Vec<(Area, usize, &Hit)> {
        if self.exists == Some(false) {
            return Vec::new();
        }
        let mut found: Vec<(Area, usize, &Hit)> = Vec::new();
        for (of, inspection) in self.mail.iter().enumerate() {
            for hit in &inspection.hits {
                let is_known = found
                    .iter()
                    .any(|(_, _, known)| known.code == hit.code && known.values == hit.values);
                if !is_known {
                    found.push((Area::of(hit, of > 0), of, hit));
                }
            }
        }
        found.sort_by_key(|(area, _, hit)| (hit.severity, std::cmp::Reverse(area.loss(hit.code))));
        found
    }

    /// The most severe finding.
    pub fn worst(&self) -> Option<Severity> {
        self.found()
            .into_iter()
            .map(|(_, _, hit)| hit.severity)
            .min()
    }

    /// Mail that it would send, from the domain itself first.
    pub fn mail(&self) -> &[Inspection] {
        &self.mail
    }

    /// Whether DNS failed at a question that a verdict depends on; and whether a recording lacks one.
    pub fn unanswered(&self) -> (bool, bool) {
        let mut causes = self.spf.iter().map(|spf| spf.verdict.cause);
        let key = |state: KeyState| self.dkim.iter().any(|key| key.state == state);
        let dmarc = self.dmarc.dmarc.cause;
        let path = self.mail_from.as_ref().filter(|found| found.mx.is_none());
        let mx = |wanted: fn(&Reply) -> bool| {
            path.is_some_and(|found| {
                let question = Question::new(found.domain.clone(), RecordType::Mx);
                let mut lookups = self.lookups.0.iter();
                lookups.any(|lookup| lookup.question == question && wanted(&lookup.reply))
            })
        };
        (
            causes.any(|cause| cause == SpfCause::Dns)
                || dmarc == Some(DmarcCause::Dns)
                || key(KeyState::NotChecked) && !self.is_recording_short()
                || mx(|reply| matches!(reply, Reply::TempFail(_))),
            self.spf
                .iter()
                .any(|spf| spf.verdict.cause == SpfCause::NotRecorded)
                || dmarc == Some(DmarcCause::NotRecorded)
                || key(KeyState::NotChecked) && self.is_recording_short()
                || mx(|reply| *reply == Reply::NotRecorded),
        )
    }

    fn is_recording_short(&self) -> bool {
        let names: Vec<_> = self.dkim.iter().filter_map(|key| key.lookup).collect();
        let mut lookups = self.lookups.0.iter();
        lookups.any(|lookup| lookup.reply == Reply::NotRecorded && names.contains(&lookup.id))
    }
}
