//! The receiver judged a signature that does not match this file, or is not in it.

use super::receiver_differs::told;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::claims::{ClaimDifference, ClaimedResult, DifferenceCause};

pub(super) const RULE: Rule = Rule {
    code: "file-altered-after-delivery",
    severity: Severity::Notice,
    wants_message: true,
    cites: &["RFC 6376 §6.1.3", "RFC 8601 §5"],
    explanation: Explanation {
        summary: "file that is not the message which its receiver checked",
        means: "The receiver recorded what it found of a signature. The same signature does not fit \
                this file, or is not in it. So the body or a signed header field was changed after the check: by a \
                filter or a gateway behind the receiver, or by the program that saved the file.",
        matters: "The file proves nothing against the sender, and there is nothing for the sender \
                  to mend. Outlook and Exchange write messages anew when they save them, and \
                  Proton when it decrypts them.",
        todo: "Go by what the receiver recorded. To check the signature itself, get the original: \
               in Gmail \"Download original\" under \"Show original\", on a mail server the file \
               as it was stored before any filter. A copy to a Gmail address serves as well.",
        example: "receiver: dkim=pass    this file: fail, the body hash differs\n\
                  the same signature, and another body",
    },
    applies: applies::has_receivers_word,
    fires: Fires::OnCase(fires),
    say,
    // A part of a file never matches a signature.
    yields_to: &["truncated-file"],
};

/// The value if only the header was changed.
const HEADER: &str = "header";

/// The value if the body was changed too, or may have been.
const MESSAGE: &str = "message";

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (claim, _) = case.results_before_change().next()?;
    let is_header = |result: &ClaimedResult| result.cause == Some(DifferenceCause::HeaderChanged);
    let changed = match case
        .results_before_change()
        .all(|(_, result)| is_header(result))
    {
        true => HEADER,
        false => MESSAGE,
    };
    let mut numbers: Vec<String> = Vec::new();
    for (_, result) in case.results_before_change() {
        let number = result.signature.map(|number| number.to_string());
        numbers.extend(number.filter(|number| !numbers.contains(number)));
    }
    Some(
        RULE.hit(case.at_claim(claim))
            .with("changed", changed)
            .with("signatures", numbers),
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let mut results = case.results_before_change();
    let (claim, first) = results.next()?;
    let what = match hit.values.text("changed")? {
        HEADER => "the header of this file is not the one",
        _ => "this file is not the message",
    };
    let numbers = hit.values.list("signatures")?.iter();
    let mut recorded: Vec<String> = Vec::new();
    let signatures: Vec<String> = numbers
        .map(|number| format!("signature {number}"))
        .collect();
    if !signatures.is_empty() {
        let signatures = signatures.join(" and ");
        recorded.push(format!(
            "dkim=pass for {signatures}, which does not fit here"
        ));
    }
    for (_, result) in case.results_before_change() {
        let Some(ClaimDifference::SignatureNotInFile { domain }) = &result.difference else {
            continue;
        };
        let of = domain
            .as_ref()
            .map_or(String::new(), |domain| format!(" of {domain}"));
        let gone = format!(
            "dkim={} for a signature{of} that is not in this file",
            result.result
        );
        if !recorded.contains(&gone) {
            recorded.push(gone);
        }
    }
    let message = format!(
        "{what} that the receiver checked: it recorded {}",
        recorded.join(", and ")
    );
    let has_passed = case
        .results_before_change()
        .any(|(_, result)| result.is_pass());
    let others =
        results.map(|(claim, result)| case.at_claim(claim).says(told(case, claim, result)));
    let finding = hit
        .says(message, told(case, claim, first))
        .with_evidence(others);
    Some(finding.with_fix(Fix::new(match has_passed {
        true => {
            "that the signature does not verify here is the file's fault and not the sender's: go by \
             the receiver's record; to check the signature itself, save the original, or send \
             yourself a message at a mailbox that gives it out unchanged, as Gmail does (\"Show \
             original\")"
        }
        false => {
            "go by the receiver's record: the signature did not verify there; to see why, save the \
             original, or send yourself a message at a mailbox that gives it out unchanged, as \
             Gmail does (\"Show original\")"
        }
    })))
}
