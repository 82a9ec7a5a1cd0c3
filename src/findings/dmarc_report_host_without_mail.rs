//! Reports to a host that does not receive mail.

use super::{Case, Explanation, Finding, Fires, Hit, Mark, Rule, Severity, applies};
use crate::dmarc::{ReportTarget, TakesMail};
use crate::dns::{Question, RecordType};

pub(super) const RULE: Rule = Rule {
    code: "dmarc-report-host-without-mail",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 9990", "RFC 5321 §5.1", "RFC 7505 §3"],
    explanation: Explanation {
        summary: "DMARC report address at a host that takes no mail",
        means: "rua or ruf names an address at a domain that has no mail exchanger (MX) and no \
                address either, or that says by a null MX that it takes no mail.",
        matters: "The reports cannot be delivered. A domain that only sends through Amazon SES \
                  often has no mailboxes, so that an address at the domain itself goes nowhere.",
        todo: "Name a mailbox at a domain that takes mail. If that is another organization, it \
               must agree in DNS. A custom MAIL FROM domain of SES is no place for it: its MX leads \
               to SES, which takes bounces only.",
        example: "example.com. 300 MX 0 .          takes no mail\n\
                  v=DMARC1; p=none; rua=mailto:dmarc@example.com   goes nowhere",
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
    let takes_none =
        |target: &&ReportTarget| matches!(target.mail, TakesMail::No | TakesMail::NullMx);
    let targets = case.advice.reports.iter().filter(takes_none);
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
    let (tag, uri) = (hit.values.text("tag")?, hit.values.text("uri")?);
    let mut targets = case.advice.reports.iter();
    let target = targets.find(|target| target.tag == tag && target.uri == uri)?;
    let host = target.host.as_ref()?;
    let why = match target.mail {
        TakesMail::NullMx => "says that it takes no mail (null MX)",
        _ => "has neither MX nor an address",
    };
    let message = format!("reports ({tag}) go to {uri}, and {host} {why}");
    let question = Question::new(host.clone(), RecordType::Mx);
    let answer = case.answer(&question);
    let seen = answer.lookup().map(|lookup| Mark::dns(lookup).says(why));
    let fix = published
        .fix(format!(
            "in {tag}, name a mailbox that exists at a domain that takes mail; its MX shows it"
        ))
        .check(&question);
    let finding = hit.says(message, published.record.text.as_str());
    Some(finding.with_evidence(seen).with_fix(fix))
}
