//! It bears the signs of SES, and SES did not hand it over.

use super::ses_own_address_outside_spf::own_address;
use super::{Case, Explanation, Findings, Fires, Fix, Mark, Rule, Severity, applies};
use crate::evidence_class::EvidenceClass;
use crate::session::Standing;

/// Signs shown; the others say no more.
const SHOWN: usize = 3;

pub(super) const RULE: Rule = Rule {
    code: "ses-look-alike",
    severity: Severity::Warning,
    cites: &["RFC 8601 §7.1", "RFC 5321 §4.4"],
    explanation: Explanation {
        summary: "look of Amazon SES that nothing proves",
        means: "The header has fields as SES writes them: X-SES-Outgoing, Feedback-ID, a \
                Message-ID at amazonses.com. The server that handed the message over is not one \
                of SES, and no signature of SES verifies. Anybody can write such fields.",
        matters: "Either somebody made up the fields, to look like mail that you know. Or a host \
                  that leaves no trace of itself sent the message on and changed it. In both cases \
                  nothing in SES or in DNS mends it, and advice about SES does not apply.",
        todo: "Trust only the Received field of your own receiver: it names the server that \
               connected. If you sent the message through SES, look it up there by its Message-ID. \
               If a gateway of yours stands between, judge the message where that took it: with \
               --hop or --trust. If neither, treat it as forged.",
        example: "X-SES-Outgoing: 2026.07.01-54.240.8.50\n\
                  Received: from mail.example.test ([203.0.113.66]) by mx.example.net",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

/// Whether the message bears signs of SES, and its client and its signatures are not SES's.
pub(super) fn looks_alike(case: &Case<'_>) -> bool {
    let Some(ses) = case.ses() else {
        return false;
    };
    let is_recorded = case.analysis.claims.iter().any(|claim| {
        let mut results = claim.results.iter();
        claim.standing == Standing::Receiver
            && results.any(|result| {
                result.method == "dkim"
                    && result.is_pass()
                    && (result.signature == ses.own_signature
                        || result
                            .signature
                            .is_some_and(|it| ses.easy_dkim.contains(&it)))
            })
    });
    case.is_client_of_ses() == Some(false)
        && case.is_client_seen()
        && !case.is_signed_by_ses()
        && !is_recorded
        && case.sent_on().is_none()
        && own_address(case).is_none()
}

fn check(case: &Case<'_>, findings: &mut Findings) {
    let (Some(ses), Some(client), true) = (case.ses(), case.at_client(), looks_alike(case)) else {
        return;
    };
    let message = format!(
        "the header looks like mail of SES, but {} handed it over, which is no server of SES, and \
         no signature of SES verifies",
        client.text
    );
    let claimed = ses
        .signs
        .iter()
        .filter(|sign| sign.class == EvidenceClass::ClaimedByHeader);
    let signs = claimed.take(SHOWN).map(|sign| case.sign(sign));
    let amazons = case.advice.amazonses.lookup();
    let amazons =
        amazons.map(|lookup| Mark::dns(lookup).says(format!("does not name {}", client.text)));
    findings
        .add(message, client)
        .also(signs)
        .also(amazons)
        .fix(Fix::new(
            "publish nothing because of it; look the message up in SES by its Message-ID, and if \
             it is not there, treat it as forged",
        ));
}
