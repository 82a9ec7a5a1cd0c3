//! A signature covers only the first octets of the body.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "dkim-body-length-limit",
    severity: Severity::Warning,
    cites: &["RFC 6376 §3.5 (l=)", "RFC 6376 §8.2"],
    explanation: Explanation {
        summary: "DKIM body length limit: l= leaves the end of the body unsigned",
        means: "The tag l= of a DKIM signature says how many octets of the body are signed. What \
                follows is not covered: it can be changed, or added, and the signature still \
                verifies.",
        matters: "Anybody who gets one such message can put text under it, or replace what is \
                  shown through the structure of the message, and send it on with your valid \
                  signature. Some receivers therefore ignore signatures with l=, so that the mail \
                  counts as unsigned. That l= counts the whole body does not help: more can still \
                  be added.",
        todo: "Take l= out of the configuration of whatever signs. It was meant to let signatures \
               survive the footers of mailing lists, and it does not do so reliably. Signatures of \
               Amazon SES have no l=: one that has it was made by your application or its mail \
               server.",
        example: "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=app; l=1024; …\n\
                  in OpenDKIM: no \"BodyLengths yes\" and no BodyLengthDB",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for signature in case.signatures() {
        let Some(length) = signature.written.length else {
            continue;
        };
        let unsigned = match signature.verdict.body.unsigned_length {
            Some(unsigned @ 1..) => format!("; {unsigned} octets at the end are not signed"),
            _ => String::new(),
        };
        let message = format!(
            "{} has l={length}, so that anybody can add to the body{unsigned}",
            signature.name()
        );
        let evidence = case.at_signature(signature).says(format!("l={length}"));
        findings
            .add(message, evidence)
            .fix(Fix::new("let the signer sign without l="));
    }
}
