//! A signature that can never verify, by what it says itself.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dkim::DkimCause;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-signature-malformed",
    severity: Severity::Warning,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for signature in case.signatures() {
        let verdict = signature.verdict;
        let is_malformed = matches!(
            verdict.cause,
            DkimCause::MissingTag
                | DkimCause::Version
                | DkimCause::IdentityOutsideDomain
                | DkimCause::FromNotSigned
                | DkimCause::Syntax
                | DkimCause::UnknownAlgorithm
                | DkimCause::UnknownCanonicalization
        );
        // Of a field that names no domain nobody can say whose it is.
        let is_in_doubt = case.receiver_verified(signature);
        if !is_malformed || is_in_doubt || !signature.is_authors() && verdict.domain.is_some() {
            continue;
        }
        let message = format!(
            "{} is malformed: {}",
            signature.name(),
            explain::dkim::cause(verdict)
        );
        findings
            .add(
                message,
                case.at_signature(signature)
                    .says(explain::dkim::cause(verdict).to_string()),
            )
            .fix(Fix::new("set up anew or update what makes this signature"));
    }
}
