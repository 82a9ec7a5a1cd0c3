//! A DMARC record without rua.

use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "dmarc-without-reports",
    severity: Severity::Notice,
    wants_message: false,
    cites: &["RFC 9989 §4.7 (rua)", "RFC 9990", "RFC 7489 §7.2"],
    explanation: Explanation {
        summary: "DMARC record that asks for no reports",
        means: "The tag rua says where receivers send their reports: a summary of each day, with \
                the addresses that sent mail in the name of the domain and how it fared. This \
                record has none.",
        matters: "The policy works without reports. But you learn of a sender of yours that fails \
                  only when people complain, and cannot tell whether it is safe to make the policy \
                  stricter.",
        todo: "Add rua with a mailbox that exists and that something reads. The reports are \
               packed XML; there are programs and services that make tables of them. If the \
               mailbox is at another organization, that one must agree in DNS.",
        example: "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com",
    },
    applies: applies::has_own_policy,
    fires: Fires::OnCase(fires),
    say,
    // Getting reports is the first step away from p=none, so that rule says it.
    yields_to: &["dmarc-policy-none"],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let published = case.usable_record().filter(|it| it.tag("rua").is_none())?;
    let hit = RULE
        .hit(published.at(case))
        .text("domain", published.domain());
    Some(hit.with("tag", "rua"))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let published = case.usable_record()?;
    let domain = published.domain();
    let message = format!("the DMARC record of {domain} has no rua, so that no reports come");
    let finding = hit.says(message, published.record.text.as_str());
    Some(finding.with_fix(match case.takes_no_mail(domain) {
        true => published.fix(format!(
            "add rua with the address of a mailbox elsewhere, as {domain} takes no mail"
        )),
        false => {
            let fix = published.fix("add an address for reports, of a mailbox that exists");
            fix.records(published.replaced(&published.base(case)))
        }
    }))
}
