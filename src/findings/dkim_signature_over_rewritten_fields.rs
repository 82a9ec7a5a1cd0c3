//! The application signed fields that SES writes anew.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-signature-over-rewritten-fields",
    severity: Severity::Warning,
    cites: &[
        "Amazon SES Developer Guide, Manual DKIM signing in Amazon SES",
        "Amazon SES Developer Guide, Amazon SES header fields",
    ],
    explanation: Explanation {
        summary: "DKIM signature of its application over fields that Amazon SES rewrites",
        means: "The application, or its mail server, signed the message before it went to SES, \
                and signed Message-ID or Date as well. SES puts its own Message-ID in place of \
                yours, and may write Date anew. So what was signed is not what was sent.",
        matters: "That signature fails in every message. It does no harm where SES signs for \
                  your domain too; where it does not, the mail has no signature that counts.",
        todo: "Enable Easy DKIM for the identity, and switch the signing of the application off: \
               then SES signs last. If the application has to sign, leave Message-ID, Date, \
               Return-Path and Bounces-To out of h=. SES does not check the signatures that you \
               bring.",
        example: "wrong: DKIM-Signature: … s=app; h=From:To:Subject:Date:Message-ID; …\n\
                  right: DKIM-Signature: … s=app; h=From:To:Subject:MIME-Version; …",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for signature in case.own_signatures() {
        let rewritten = case.rewritten(signature);
        if rewritten.is_empty() || !signature.is_broken() || case.receiver_verified(signature) {
            continue;
        }
        let message = format!(
            "{} covers {}, which SES writes anew, and does not verify",
            signature.name(),
            rewritten.join(" and ")
        );
        findings
            .add(
                message,
                case.at_signature(signature)
                    .says("made before SES took the message"),
            )
            .also([case
                .at_verdict(signature)
                .says(explain::dkim::cause(signature.verdict).to_string())])
            .fix(Fix::new(
                "let SES sign (Easy DKIM) and the application not, or leave these fields out of \
                 the signature",
            ));
    }
}
