//! Reports to another organization that has not agreed to receive them.

use super::{Case, Explanation, Finding, Fires, Hit, Mark, Rule, Severity, applies};
use crate::dmarc::{Agreement, ReportTarget};
use crate::dns::Question;
use crate::dns::change::RecordChange;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-report-host-not-authorised",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 9990, Verifying External Destinations", "RFC 7489 §7.1"],
    explanation: Explanation {
        summary: "DMARC report address at a host that has not agreed to take reports",
        means: "rua or ruf names an address at another organization. So that nobody can have \
                reports sent to strangers, that organization must say in DNS that it takes them. \
                It does not.",
        matters: "Receivers ignore the address, and the reports do not come.",
        todo: "If it is a service's address, see in its instructions that it is the right one and \
               that your domain is set up there: the service publishes its consent, often for all \
               domains at once. If the other domain is yours too, publish the record there \
               yourself. Or take an address at your own domain.",
        example: "rua=mailto:in@reports.example.net in the record of example.com takes\n\
                  example.com._report._dmarc.reports.example.net. 300 TXT \"v=DMARC1\"",
    },
    applies: applies::has_reports,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let Some(published) = case.record() else {
        return Vec::new();
    };
    let missing = |target: &&ReportTarget| target.agreement == Agreement::Missing;
    let targets = case.advice.reports.iter().filter(missing);
    let hits = targets.filter_map(|target| {
        let hit = RULE
            .hit(published.at(case))
            .text("domain", published.domain());
        let hit = hit.with("tag", target.tag).with("uri", target.uri.as_str());
        Some(hit.text("host", target.host.as_ref()?))
    });
    hits.collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let published = case.record()?;
    let domain = published.domain();
    let (tag, uri) = (hit.values.text("tag")?, hit.values.text("uri")?);
    let mut targets = case.advice.reports.iter();
    let target = targets.find(|target| target.tag == tag && target.uri == uri)?;
    let host = target.host.as_ref()?;
    let message = format!(
        "reports ({tag}) on {domain} go to {host}, another organization, which does not say that it \
         takes them, so receivers send none"
    );
    let agreement = target.agreement_at.as_ref();
    let answer = agreement.map(|at| case.answer(&Question::txt(at.clone())));
    let lookup = answer.as_ref().and_then(|answer| answer.lookup());
    let absent = lookup.map(|lookup| Mark::dns(lookup).says("no record with v=DMARC1"));
    let consent = agreement.map(|at| RecordChange::txt(at.clone(), "v=DMARC1"));
    let fix = published
        .fix(format!("in {tag}, choose where the reports go"))
        .choice(
            format!("take an address of a mailbox at {domain}"),
            "no consent is needed",
            Vec::new(),
        )
        .choice(
            format!("keep {host}, and let whoever runs it publish its consent"),
            "a service does so once your domain is set up there",
            consent.into_iter().collect(),
        );
    let finding = hit.says(message, published.record.text.as_str());
    Some(finding.with_evidence(absent).with_fix(fix))
}
