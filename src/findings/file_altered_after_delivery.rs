//! The receiver let a signature pass that does not fit this file.

use super::receiver_differs::told;
use super::truncated_file::is_truncated;
use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::claims::{ClaimedResult, Comparison, DifferenceCause};

pub(super) const RULE: Rule = Rule {
    code: "file-altered-after-delivery",
    severity: Severity::Notice,
    cites: &["RFC 6376 §6.1.3", "RFC 8601 §5"],
    explanation: Explanation {
        summary: "file that is not the message which its receiver checked",
        means: "The receiver recorded that a signature verified. The same signature does not fit \
                this file. So the body or a signed header field was changed after the check: by a \
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let all: Vec<_> = altered(case).collect();
    let mut evidence = all
        .iter()
        .map(|(number, result)| case.at_claim(*number).says(told(case, *number, result)));
    let Some(first) = evidence.next() else {
        return;
    };
    let is_header = all
        .iter()
        .all(|(_, result)| result.cause == Some(DifferenceCause::HeaderChanged));
    let what = match is_header {
        true => "the header of this file is not the one",
        false => "this file is not the message",
    };
    let signatures: Vec<String> = all
        .iter()
        .filter_map(|(_, result)| Some(format!("signature {}", result.signature?)))
        .collect();
    let passed = match signatures.is_empty() {
        true => "a signature".to_owned(),
        false => signatures.join(" and "),
    };
    let message = format!(
        "{what} that the receiver checked: it recorded dkim=pass for {passed}, which does not fit \
         here"
    );
    findings.add(message, first).also(evidence).fix(Fix::new(
        "what fails here is the file's fault and not the sender's: go by the receiver's record; to \
         check the signature itself, save the original, or send yourself a message at a mailbox \
         that gives it out unchanged, as Gmail does (\"Show original\")",
    ));
}

/// The results of the receiver that a change after its check explains. That a file is truncated
/// says more.
fn altered<'a>(case: &Case<'a>) -> impl Iterator<Item = (usize, &'a ClaimedResult)> + use<'a> {
    let is_whole = !is_truncated(case);
    case.receivers_results().filter(move |(_, result)| {
        let by_change = matches!(
            result.cause,
            Some(DifferenceCause::AlteredAfterDelivery | DifferenceCause::HeaderChanged)
        );
        is_whole && by_change && result.comparison == Comparison::Differ && result.method == "dkim"
    })
}

/// Whether this rule has something to say.
pub(super) fn is_altered(case: &Case<'_>) -> bool {
    altered(case).next().is_some()
}
