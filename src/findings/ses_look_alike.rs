//! The message has signs of SES, but SES did not deliver it.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::evidence_class::EvidenceClass;
use crate::session::Wanted;

/// How many signs are shown.
const SHOWN: usize = 3;

pub(super) const RULE: Rule = Rule {
    code: "ses-look-alike",
    severity: Severity::Warning,
    wants_message: true,
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
    applies: applies::is_of_ses,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    if !case.looks_like_ses() {
        return None;
    }
    let client = case.analysis.session.client_ip.as_ref()?;
    let hit = RULE.hit(Mark::session(Wanted::ClientIp, client));
    Some(hit.text("client_ip", client.value.to_canonical()))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (ses, client) = (case.ses()?, hit.values.text("client_ip")?);
    let message = format!(
        "the header looks like mail of SES, but {client} handed it over, which is no server of SES, \
         and no signature of SES verifies"
    );
    let claimed = ses
        .signs
        .iter()
        .filter(|sign| sign.class == EvidenceClass::ClaimedByHeader);
    let signs = claimed.take(SHOWN).map(|sign| case.sign(sign));
    let amazons = case.advice.amazonses.lookup();
    let amazons = amazons.map(|lookup| Mark::dns(lookup).says(format!("does not name {client}")));
    let finding = hit.says(message, client).with_evidence(signs);
    Some(finding.with_evidence(amazons).with_fix(Fix::new(
        "publish nothing because of it; look the message up in SES by its Message-ID, and if it is \
         not there, treat it as forged",
    )))
}
