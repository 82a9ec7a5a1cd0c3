//! There is no DMARC record.

use super::policy::{by_alias, is_spf};
use super::recorded::{RecordedPolicy, recorded, recorded_policy};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dmarc::{DmarcCause, Found, Step, registered};
use crate::dns::Question;
use crate::dns::change::RecordChange;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-record-missing",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "RFC 9989 §4.10.1",
        "RFC 7489 §6.6.3",
        "Google, Email sender guidelines; Yahoo, Sender Best Practices",
    ],
    explanation: Explanation {
        summary: "DMARC record that is missing",
        means: "A DMARC record is a text in DNS at _dmarc. and the domain. It says what receivers \
                shall do with mail that has the domain in From and that nobody vouches for. Here \
                there is none, neither for the domain in From nor above it.",
        matters: "Anybody can write this domain into From, and SPF and DKIM do nothing against it: \
                  only DMARC compares them with From. Gmail, Yahoo and Outlook.com ask senders of \
                  much mail for a record, and may refuse or slow down mail without one.",
        todo: "Publish a record with p=none, which changes nothing for your mail and makes \
               receivers send you reports. Read them for some weeks, let SPF or DKIM pass for \
               every sender that you find there, then go on to p=quarantine and p=reject.\n\
               The mailbox behind rua must exist. SES itself needs no DMARC record to send.",
        example: "_dmarc.example.com. 300 TXT \"v=DMARC1; p=none; rua=mailto:dmarc@example.com\"",
    },
    applies: applies::has_own_domain,
    fires: Fires::OnCase(fires),
    say,
    // These say why there is no record that counts.
    yields_to: &[
        "several-dmarc-records",
        "dmarc-record-unusable",
        "dmarc-record-at-wrong-name",
    ],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    if case.analysis.dmarc.cause != DmarcCause::NoRecord || has_spf_there(case) {
        return None;
    }
    let (author, step) = (case.author()?, case.own_steps().next()?);
    let hit = RULE.hit(case.at_step(step)).text("author_domain", author);
    Some(match recorded(case) {
        Some((_, result)) => hit.with("recorded", result.result.as_str()),
        None => hit,
    })
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let author = case.author()?;
    let mut steps = case.own_steps();
    let step = steps.next()?;
    let seen = |step: &Step| match (step.found, step.cname.last()) {
        (Found::OtherText, None) => "no text here is a DMARC record".into(),
        (_, None) => "there is no record".into(),
        (_, Some(end)) => format!("a CNAME to {end}, and no DMARC record there"),
    };
    let organization = registered(author);
    let place = organization.under("_dmarc");
    let alias = place.as_ref().ok().and_then(|place| case.alias_at(place));
    let alias = alias.map_or(String::new(), |alias| alias.in_words());
    let message = match organization == *author {
        true => format!("there is no DMARC record at _dmarc.{author}{alias}"),
        false => format!(
            "there is no DMARC record for {author}, neither its own nor at _dmarc.{organization}"
        ),
    };
    let before = recorded(case);
    let message = match before {
        Some(_) => format!("{message} now, though the receiver found one when the mail came"),
        None => message,
    };
    let said = before.map(|(number, result)| {
        case.at_claim(number)
            .says(format!("{}={}", result.method, result.result))
    });
    let others = steps.map(|step| case.at_step(step).says(seen(step)));
    let finding = hit.says(message, seen(step)).with_evidence(others);
    let finding = finding.with_evidence(said);
    let Ok(owner) = place else {
        return Some(finding);
    };
    let elsewhere = match step.domain == organization {
        // That nothing can stand beside an alias is said of every record in a fix.
        true => String::new(),
        false => by_alias(step),
    };
    let back = "unless it was taken out on purpose, put the record back that was there";
    let takes_no_mail = case.takes_no_mail(&organization);
    let (advice, policy) = match (before, recorded_policy(case)) {
        (None, _) if case.sends_none() => (
            "publish a record that asks receivers to refuse all mail in its name, as its SPF record \
             says that nobody may send any"
                .to_owned(),
            "p=reject".to_owned(),
        ),
        (None, _) if takes_no_mail => (
            format!(
                "publish a record that changes nothing yet; with rua it brings reports, to a mailbox \
                 elsewhere, as {organization} takes no mail"
            ),
            "p=none".to_owned(),
        ),
        (None, _) => (
            "publish a record that changes nothing yet and brings reports, and let the mailbox in \
             rua exist"
                .to_owned(),
            "p=none".to_owned(),
        ),
        (Some(_), RecordedPolicy { p: None, .. }) => {
            let fix = Fix::new(format!("{back}{elsewhere}"));
            return Some(finding.with_fix(fix.check(&Question::txt(owner))));
        }
        (Some(_), RecordedPolicy { p: Some(p), sp }) => {
            let policy = match sp.filter(|sp| *sp != p) {
                Some(sp) => format!("p={p}; sp={sp}", p = p.as_str(), sp = sp.as_str()),
                None => format!("p={}", p.as_str()),
            };
            let advice = format!(
                "{back}; if nobody has it any more, this has the policy that the receiver recorded, \
                 and the mailbox in rua must exist"
            );
            (advice, policy)
        }
    };
    let reports = match takes_no_mail {
        true => String::new(),
        false => format!("; rua=mailto:dmarc@{organization}"),
    };
    let text = format!("v=DMARC1; {policy}{reports}");
    let fix = Fix::new(format!("{advice}{elsewhere}"));
    Some(finding.with_fix(fix.record(RecordChange::txt(owner, &text)).otherwise(back)))
}

/// Whether there is an SPF record instead. spf-record-at-dmarc-or-dkim-name says so, but that rule
/// may also be about a key only.
fn has_spf_there(case: &Case<'_>) -> bool {
    let mut steps = case.own_steps();
    steps.any(|step| step.found == Found::OtherText && step.records.iter().any(|text| is_spf(text)))
}
