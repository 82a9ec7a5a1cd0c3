//! The author's signature was demonstrably broken on the way.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-broken-in-transit",
    severity: Severity::Notice,
    wants_message: true,
    cites: &["RFC 9989 §7.4", "RFC 6376 §6.1.3"],
    explanation: Explanation {
        summary: "DKIM signature of its author that broke when it was passed on",
        means: "A mailing list, a forwarding address or a gateway sent the message on and \
                changed it: a tag in the subject, a footer, rewritten links. So the signature \
                does not fit any more.",
        matters: "For mail that is passed on, SPF fails or passes for the one who passes it on. \
                  DKIM is the only thing that can carry DMARC then, and here it is broken. With \
                  p=quarantine or p=reject such mail may not arrive.",
        todo: "There is nothing to do in SES or in DNS: the mail was well when it left. Many \
               lists can be set up to leave subject and body as they are, or to put their own \
               address into From. If people at your domain write to lists, think about that \
               before you publish p=reject. Do not switch DKIM off because of this.",
        example: "Mailman: dmarc_mitigate_action = munge_from\n\
                  no prefix in Subject, no footer",
    },
    applies: applies::has_own_signature,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    if !case.broke_in_transit() {
        return Vec::new();
    }
    let broken = case.broken_signatures();
    broken
        .map(|signature| signature.hit(&RULE, case.at_verdict(signature)))
        .collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let sign = case.passed_on()?;
    let (name, proof) = (signature.name(), signature.proof(true));
    let message = match &proof {
        Some(proof) => format!("{name} broke on the way: {}", proof.found),
        None => format!(
            "{name} broke on the way: the message was passed on ({sign}) and changed{}",
            signature.likely()
        ),
    };
    let seen = explain::dkim::cause(signature.verdict).to_string();
    let finding = hit.says(message, seen);
    let passed_on = proof
        .as_ref()
        .map(|_| case.at_passed_on(sign).says(sign.to_string()));
    let finding = finding.with_evidence(passed_on);
    let finding = finding.with_evidence(proof.as_ref().map(|proof| proof.seen.clone()));
    let finding = finding.with_evidence(proof.as_ref().and_then(|proof| proof.who.clone()));
    let finding = finding.with_evidence(case.at_recorded(signature));
    if let Some(proof) = proof {
        return Some(finding.with_fix(Fix::new(proof.remedy)));
    }
    Some(finding.with_fix(Fix::new(
        "nothing to do for the sender; whoever passes it on can leave header and body as they are, \
         or put their own address into From",
    )))
}
