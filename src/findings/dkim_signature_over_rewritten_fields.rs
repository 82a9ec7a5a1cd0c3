//! The application signed fields that SES rewrites.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-signature-over-rewritten-fields",
    severity: Severity::Warning,
    wants_message: true,
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
    applies: applies::is_of_ses,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let broken = case.own_signatures().filter(|one| one.is_broken());
    let hits = broken.filter_map(|signature| {
        let rewritten = case.rewritten(signature);
        if rewritten.is_empty() || case.receiver_verified(signature) {
            return None;
        }
        let fields = rewritten.into_iter().map(str::to_owned);
        let hit = signature.hit(&RULE, case.at_signature(signature));
        Some(hit.with("fields", Vec::from_iter(fields)))
    });
    hits.collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let message = format!(
        "{} covers {}, which SES writes anew, and does not verify",
        signature.name(),
        hit.values.list("fields")?.join(" and ")
    );
    let cause = explain::dkim::cause(signature.verdict).to_string();
    let finding = hit.says(message, "made before SES took the message");
    let finding = finding.with_evidence([case.at_verdict(signature).says(cause)]);
    Some(finding.with_fix(Fix::new(
        "let SES sign (Easy DKIM) and the application not, or leave these fields out of the \
         signature",
    )))
}
