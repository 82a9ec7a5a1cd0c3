//! No DMARC record.

use super::policy::{is_meant_for_dmarc, is_spf};
use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dmarc::{DmarcCause, Found, PolicyRecord, registered};
use crate::dns::change::RecordChange;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-record-missing",
    severity: Severity::Warning,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    if case.analysis.dmarc.cause != DmarcCause::NoRecord || has_more_to_say(case) {
        return;
    }
    let (Some(author), Some(step)) = (case.author(), case.own_steps().next()) else {
        return;
    };
    let organization = registered(author);
    let mut evidence = case.own_steps().map(|step| {
        let text = match step.found {
            Found::OtherText => "no text here is a DMARC record",
            _ => "there is no record",
        };
        case.at_step(step).says(text)
    });
    let Some(first) = evidence.next() else {
        return;
    };
    let message = match organization == *author {
        true => format!("there is no DMARC record at _dmarc.{author}"),
        false => format!(
            "there is no DMARC record for {author}, neither its own nor at _dmarc.{organization}"
        ),
    };
    // The receiver found one.
    let before = case.receivers_results().find(|(_, result)| {
        result.method == "dmarc" && matches!(result.result.as_str(), "pass" | "fail")
    });
    let message = match before {
        Some(_) => format!("{message} now, though the receiver found one when the mail came"),
        None => message,
    };
    let said = before.map(|(number, result)| {
        case.at_claim(number)
            .says(format!("{}={}", result.method, result.result))
    });
    let finding = findings.add(message, first).also(evidence).also(said);
    let Ok(owner) = organization.under("_dmarc") else {
        return;
    };
    let text = format!("v=DMARC1; p=none; rua=mailto:dmarc@{organization}");
    let behind = super::policy::by_alias(step);
    let advice = match before {
        Some(_) => {
            "if it was not taken out on purpose, put the record back that was there; this is the \
             one to begin with"
        }
        None => {
            "publish a record that changes nothing yet and brings reports, and let the mailbox in \
             rua exist"
        }
    };
    finding.fix(Fix::new(format!("{advice}{behind}")).record(RecordChange::txt(owner, &text)));
}

/// Whether a more particular rule says why there is none that counts.
fn has_more_to_say(case: &Case<'_>) -> bool {
    let mut steps = case.own_steps();
    let stands_there = steps.any(|step| {
        let texts = || step.records.iter();
        step.found == Found::SeveralRecords
            || step.found == Found::OtherText
                && texts().any(|text| is_meant_for_dmarc(text) || is_spf(text))
    });
    let advice = case.advice;
    let answers = [&advice.author, &advice.organization, &advice.doubled_dmarc];
    let mut texts = answers.into_iter().flat_map(|answer| answer.texts());
    stands_there || texts.any(|text| PolicyRecord::parse(text.as_bytes()).is_some())
}
