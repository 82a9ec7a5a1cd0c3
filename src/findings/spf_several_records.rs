//! A domain has more than one SPF record.

use super::envelope::{clipped, steps};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dns::{Name, Question};
use crate::explain;
use crate::ses::{Feedback, records};
use crate::spf::SpfCause;
use crate::spf::edit::{closed, is_all, merged, with_term, without};
use crate::spf::record::SpfRecord;

pub(super) const RULE: Rule = Rule {
    code: "spf-several-records",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 7208 §3.2 and §4.5"],
    explanation: Explanation {
        summary: "MAIL FROM domain with several SPF records, which count as none",
        means: "A domain may have one SPF record. Where there are two, receivers do not choose: \
                the result is permerror, an error that lasts. Other TXT records beside it do no \
                harm.",
        matters: "SPF passes for nobody, not even for a server that both records name. DMARC hangs \
                  on DKIM alone. It happens when a second service says \"add this TXT record\", \
                  and it is added instead of merged.",
        todo: "Merge them: one v=spf1, then every include, ip4, ip6, a and mx of both, then one \
               all at the end. Remove the others. Keep to ten terms that cause lookups. The MAIL \
               FROM domain of SES needs include:amazonses.com only.",
        example: "wrong:  \"v=spf1 include:amazonses.com ~all\"\n\
                  \x20       \"v=spf1 include:spf.example.net ~all\"\n\
                  right:  \"v=spf1 include:amazonses.com include:spf.example.net ~all\"",
    },
    applies: applies::has_spf_domain,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let domain = case.own_spf_ended_by(&[SpfCause::SeveralRecords])?;
    let spf = case.spf();
    if !spf.records.is_empty() {
        let hit = RULE.hit(case.at_spf_record()).text("domain", domain);
        return Some(hit.with("records", spf.records.as_slice()));
    }
    let mut all = steps(&spf.trace).into_iter();
    let step = all.find(|step| !step.records.is_empty())?;
    let other = step.record_domain.as_deref().unwrap_or(&step.term);
    let hit = RULE.hit(case.at_spf_result()).text("domain", domain);
    let hit = hit.with("records", step.records.as_slice());
    let hit = hit.with("record_domain", other);
    Some(hit.with("term", &step.term))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let domain = case.own_spf_domain()?;
    let records = hit.values.list("records")?;
    let finding = match hit.values.text("record_domain") {
        Some(other) => of_another(case, hit, &domain, other)?,
        None => {
            let message = format!(
                "{domain} has {} SPF records; with more than one, SPF passes for nobody",
                records.len()
            );
            let seen: Vec<String> = records.iter().map(|record| clipped(record)).collect();
            hit.says(message, seen.join(" | "))
                .with_fix(fix(case, &domain, records))
        }
    };
    Some(finding.with_evidence(case.recorded_spf_pass()))
}

fn fix(case: &Case<'_>, domain: &Name, all: &[String]) -> Fix {
    match merged(all) {
        Some(record) if is_of_ses(case, domain) => case.spf_fix(
            domain,
            "publish one record in their place: a MAIL FROM domain of SES needs no more than this; \
             keep another term only if some other server sends with it",
            &with_term(&closed(&without(&record, |term| !is_all(term))), records::INCLUDE),
        )
        .taking_out(terms(&record)),
        Some(record) => case.spf_fix(
            domain,
            "publish one record in their place; of different endings the strictest stays",
            &record,
        )
        .otherwise("make one record of them by hand, and remove the others"),
        None => Fix::new("make one record of them by hand, and remove the others")
            .check(&Question::txt(domain.clone())),
    }
}

fn terms(record: &str) -> Vec<String> {
    let terms = SpfRecord::parse(record.as_bytes()).terms;
    terms.iter().map(|term| term.text.to_string()).collect()
}

/// The words if not `domain` itself has several, but `other`, which its record refers to.
fn of_another(case: &Case<'_>, hit: &Hit, domain: &Name, other: &str) -> Option<Finding> {
    let message = format!(
        "{other}, to which the SPF record of {domain} leads, has {} SPF records; with more than \
         one, SPF passes for nobody",
        hit.values.list("records")?.len()
    );
    let fix = Fix::new(format!(
        "tell who runs {other}; until it is mended, take {} out, or name their addresses by ip4 \
         and ip6",
        hit.values.text("term")?
    ));
    let fix = match Name::parse(other) {
        Ok(name) => fix.check(&Question::txt(name)),
        Err(_) => fix,
    };
    let cause = explain::spf::cause(case.spf()).to_string();
    Some(hit.says(message, cause).with_fix(fix))
}

/// Whether the MX shows that the domain is a custom MAIL FROM domain for SES.
fn is_of_ses(case: &Case<'_>, domain: &Name) -> bool {
    let zone = case.advice.mail_from.as_ref();
    let zone = zone.filter(|zone| zone.domain == *domain);
    let exchanges = zone.map(|zone| zone.mx.exchanges()).unwrap_or_default();
    let mut hosts = exchanges.iter().filter_map(|(_, host)| *host);
    hosts.any(|host| matches!(Feedback::of(host), Feedback::Host(_)))
}
