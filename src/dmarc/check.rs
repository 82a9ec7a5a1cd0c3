//! The DNS questions of DMARC other than keys and policy records, with or without a message.

use futures_util::future::{BoxFuture, FutureExt};
use schemars::JsonSchema;
use serde::Serialize;

use crate::Limits;
use crate::dmarc::reports::{agreement_name, uris};
use crate::dmarc::{
    self, Agreement, Answers, PolicyRecord, Published, ReportTarget, RuleDifference, Rules, Step,
    TakesMail, Walk,
};
use crate::dns::{Dns, Evidence, Name, Question, RecordType, Recorder, Reply};

/// DMARC without a message. Serialised, it is the JSON of `sesauth dmarc`.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct DmarcCheck {
    /// The domain.
    pub domain: Name,
    /// Whether it exists in DNS; `None` if nothing depends on that, or it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
    /// What is published, by the rules that were chosen.
    pub dmarc: Published,
    /// What is published, by the other rules.
    pub beside: Published,
    /// Where the two differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<RuleDifference>,
    /// Where reports go and whether they are accepted there, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<Vec<ReportTarget>>,
    /// Every DNS question that was asked, with its answer, in order.
    #[serde(skip_serializing_if = "Evidence::is_empty")]
    pub lookups: Evidence,
}

/// Finds what is published about DMARC for `domain`.
///
/// `rules` choose how the policy is found; the result by the other rules is in
/// [`DmarcCheck::beside`]. If `reports` is true, DNS is also asked whether reports are accepted
/// where the record sends them. All DNS questions go to `dns`; a failure of DNS is part of the
/// result.
pub async fn check_dmarc(
    domain: &Name,
    dns: &impl Dns,
    rules: Rules,
    reports: bool,
    limits: &Limits,
) -> DmarcCheck {
    run(domain, Recorder::new(dns), rules, reports, limits).await
}

/// The same with reports, going on from what was asked before.
pub(crate) async fn continued(
    domain: &Name,
    dns: &impl Dns,
    evidence: Evidence,
    rules: Rules,
    limits: &Limits,
) -> DmarcCheck {
    run(
        domain,
        Recorder::continuing(dns, evidence),
        rules,
        true,
        limits,
    )
    .await
}

/// In a box, it is compiled here and not in each crate that awaits it.
fn run<'a>(
    domain: &'a Name,
    dns: Recorder<'a>,
    rules: Rules,
    reports: bool,
    limits: &'a Limits,
) -> BoxFuture<'a, DmarcCheck> {
    check(domain, dns, rules, reports, limits).boxed()
}

async fn check(
    domain: &Name,
    dns: Recorder<'_>,
    rules: Rules,
    reports: bool,
    limits: &Limits,
) -> DmarcCheck {
    let mut answers = Answers::default();
    ask_policies(domain, &mut answers, &dns, limits).await;
    let exists = exists(domain, &answers, &dns, limits).await;
    remember_texts(std::slice::from_ref(domain), &mut answers, &dns, limits);
    let by = |rules| dmarc::published(rules, domain, exists, &answers, limits);
    let (new, old) = (by(Rules::Rfc9989), by(Rules::Rfc7489));
    let differences = dmarc::published_differences(&new, &old);
    let (dmarc, beside) = match rules {
        Rules::Rfc9989 => (new, old),
        Rules::Rfc7489 => (old, new),
    };
    let is_wanted = reports && dmarc.policy.is_some();
    let reports = match Step::taken(&dmarc.steps).filter(|_| is_wanted) {
        Some(taken) => Some(check_reports(rules, taken, answers, &dns, limits).await),
        None => None,
    };
    DmarcCheck {
        domain: domain.clone(),
        exists,
        dmarc,
        beside,
        differences,
        reports,
        lookups: dns.into_evidence(),
    }
}

/// Asks for all policy records on the walk from `domain`, at once.
async fn ask_policies(domain: &Name, answers: &mut Answers, dns: &Recorder<'_>, limits: &Limits) {
    let targets = dmarc::targets(domain, limits).into_iter();
    let (targets, questions): (Vec<Name>, Vec<Question>) = targets
        .filter_map(|domain| dmarc::question(&domain).map(|question| (domain, question)))
        .unzip();
    let lookups = dns.ask_all(&questions).await;
    for (domain, lookup) in targets.into_iter().zip(lookups) {
        answers.insert(domain, lookup);
    }
}

/// Whether a domain exists: yes, unless DNS says NXDOMAIN (RFC 9989 §3.2.13). Only asked if `np`
/// needs it.
pub(crate) async fn exists(
    author: &Name,
    answers: &Answers,
    dns: &Recorder<'_>,
    limits: &Limits,
) -> Option<bool> {
    if !dmarc::depends_on_existence(author, answers, limits) {
        return None;
    }
    match dns.ask(&Question::txt(author.clone())).await.reply {
        Reply::NxDomain(_) => Some(false),
        Reply::Records(_) | Reply::NoData(_) => Some(true),
        Reply::TempFail(_) | Reply::NotRecorded => None,
    }
}

/// Adds to `answers` the TXT records at the domains of a walk themselves that this run already
/// knows, as a policy record may be there by mistake.
pub(crate) fn remember_texts(
    domains: &[Name],
    answers: &mut Answers,
    dns: &Recorder<'_>,
    limits: &Limits,
) {
    for domain in domains.iter().flat_map(|name| dmarc::targets(name, limits)) {
        if let Some(lookup) = dns.known(&Question::txt(domain.clone())) {
            answers.insert_text(domain, lookup);
        }
    }
}

/// Asks, after the verdicts, whether reports are accepted where `record` of `domain` sends them.
/// What cannot be found out is *not checked* and does not change a verdict.
pub(crate) async fn check_reports(
    rules: Rules,
    (domain, record): (&Name, &PolicyRecord),
    mut answers: Answers,
    dns: &Recorder<'_>,
    limits: &Limits,
) -> Vec<ReportTarget> {
    let mut targets = Vec::new();
    for (tag, uri) in uris(record).take(limits.report_uris) {
        let mut target = ReportTarget {
            tag,
            uri: uri.uri.clone(),
            host: uri.host.clone(),
            agreement: Agreement::NotChecked,
            agreement_at: None,
            mail: TakesMail::NotChecked,
        };
        if let Some(host) = &uri.host {
            target.agreement =
                match same_organization(rules, domain, host, &mut answers, dns, limits).await {
                    Some(true) => Agreement::NotNeeded,
                    Some(false) => {
                        target.agreement_at = agreement_name(domain, host);
                        match &target.agreement_at {
                            Some(name) => {
                                Agreement::read(&dns.ask(&Question::txt(name.clone())).await.reply)
                            }
                            None => Agreement::Missing,
                        }
                    }
                    None => Agreement::NotChecked,
                };
            if target.is_mail() {
                target.mail = takes_mail(host, dns).await;
            }
        }
        targets.push(target);
    }
    targets
}

/// Whether both have the same Organizational Domain; `None` if that is not known.
async fn same_organization(
    rules: Rules,
    domain: &Name,
    host: &Name,
    answers: &mut Answers,
    dns: &Recorder<'_>,
    limits: &Limits,
) -> Option<bool> {
    if domain == host {
        return Some(true);
    }
    if rules == Rules::Rfc9989 {
        ask_policies(host, answers, dns, limits).await;
    }
    let organization = |name| Walk::new(rules, name, answers, limits).organizational_domain();
    Some(organization(domain).ok()? == organization(host).ok()?)
}

async fn takes_mail(host: &Name, dns: &Recorder<'_>) -> TakesMail {
    let ask = |kind| Question::new(host.clone(), kind);
    let exchangers = dns.ask(&ask(RecordType::Mx)).await;
    if let Some(known) = TakesMail::read_mx(&exchangers.reply) {
        return known;
    }
    let addresses = dns
        .ask_all(&[ask(RecordType::A), ask(RecordType::Aaaa)])
        .await;
    let replies: Vec<&Reply> = addresses.iter().map(|lookup| &lookup.reply).collect();
    TakesMail::read_addresses(&replies)
}
