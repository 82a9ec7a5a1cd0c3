//! A signature covers only the first octets of the body.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "dkim-body-length-limit",
    severity: Severity::Warning,
    wants_message: true,
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
    applies: applies::has_signature,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let hits = case.signatures().filter_map(|signature| {
        let length = signature.written.length?;
        let hit = signature.hit(&RULE, case.at_signature(signature));
        let hit = hit.with("signed_length", length);
        Some(match signature.verdict.body.unsigned_length {
            Some(unsigned @ 1..) => hit.with("unsigned_length", unsigned),
            _ => hit,
        })
    });
    hits.collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let length = hit.values.number("signed_length")?;
    let unsigned = match hit.values.number("unsigned_length") {
        Some(unsigned) => format!("; {unsigned} octets at the end are not signed"),
        None => String::new(),
    };
    let message = format!(
        "{} has l={length}, so that anybody can add to the body{unsigned}",
        signature.name()
    );
    let fix = Fix::new("let the signer sign without l=");
    Some(hit.says(message, format!("l={length}")).with_fix(fix))
}
