//! A signature that cannot verify because of its own tags.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, Signature, applies};
use crate::dkim::DkimCause;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-signature-malformed",
    severity: Severity::Warning,
    wants_message: true,
    cites: &["RFC 6376 §3.5", "RFC 6376 §6.1.1"],
    explanation: Explanation {
        summary: "DKIM signature that is malformed",
        means: "The DKIM-Signature field breaks a rule of the standard: a required tag is \
                missing, it cannot be read as a list of tags, it names an algorithm that does \
                not exist, i= is outside d=, or From is not among the signed fields.",
        matters: "No receiver can accept it, whatever the key: the signature counts as none.",
        todo: "The fault lies in what signs: update it or set it up anew. If the field was well \
               when it was signed, something on the way changed its text. SES signs itself with \
               Easy DKIM, and then nothing else has to sign.",
        example: "required:  v=1 a= b= bh= d= h= s=\n\
                  h= must name From; i= must be d= or below it\n\
                  DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=app; h=From:To; bh=…; b=…",
    },
    applies: applies::has_signature,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let malformed = case.signatures().filter(is_malformed);
    // If the field names no domain, no one knows whose signature it is.
    let own = malformed.filter(|one| one.is_authors() || one.verdict.domain.is_none());
    own.filter(|one| !case.receiver_verified(*one))
        .map(|one| one.hit(&RULE, case.at_signature(one)))
        .collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let cause = explain::dkim::cause(signature.verdict).to_string();
    let message = format!("{} is malformed: {cause}", signature.name());
    let fix = Fix::new("set up anew or update what makes this signature");
    Some(hit.says(message, cause).with_fix(fix))
}

fn is_malformed(signature: &Signature<'_>) -> bool {
    matches!(
        signature.verdict.cause,
        DkimCause::MissingTag
            | DkimCause::Version
            | DkimCause::IdentityOutsideDomain
            | DkimCause::FromNotSigned
            | DkimCause::Syntax
            | DkimCause::UnknownAlgorithm
            | DkimCause::UnknownCanonicalization
    )
}
