//! SPF fails as the message was sent on under the envelope sender of its author.

use super::{Case, Explanation, Findings, Fires, Fix, Observation, Rule, Severity, applies};
use crate::dns::Name;

pub(super) const RULE: Rule = Rule {
    code: "spf-failure-by-forwarding",
    severity: Severity::Notice,
    cites: &["RFC 7208 §2.4 and Appendix D", "RFC 9989 §7.4"],
    explanation: Explanation {
        summary: "forwarder on its way, for which SPF is bound to fail",
        means: "Somebody between sender and mailbox sent the message on: an address that forwards, \
                a list, a gateway. The envelope sender was kept. The last receiver then sees the \
                server of the forwarder, which the SPF record of the sender cannot know.",
        matters: "SPF is bound to fail there. DMARC passes all the same where a DKIM signature of \
                  the author's domain survives: that is why one needs both.",
        todo: "Nothing in the SPF record: do not add the forwarder. See to it that your mail has a \
               DKIM signature of your domain. If the forwarder is yours, let it write an envelope \
               sender of its own (SRS), or fetch the mail from there instead.",
        example: "SES → mx.example.org (forwards) → mailbox\n\
                  SPF   softfail: mx.example.org is not in the record of mail.example.com\n\
                  DKIM  pass for example.com",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some((domain, sent_on, client)) = found(case) else {
        return;
    };
    let message = format!(
        "SPF gave {} for {domain}, as {} sent the message on: no SPF record of the sender mends \
         that",
        case.spf().result,
        client.text
    );
    findings
        .add(message, sent_on)
        .also([client, case.at_spf_verdict()])
        .fix(Fix::new(
            "nothing to do about SPF: a DKIM signature of the author's domain carries forwarded mail; \
             if the receiver's own gateway sent it on, judge the message there, by --hop or --trust",
        ));
}

/// The domain whose SPF failed, what shows that the message was sent on, and by whom.
fn found(case: &Case<'_>) -> Option<(Name, Observation, Observation)> {
    let (domain, sent_on) = (case.spf_refuses()?, case.sent_on()?);
    let is_other = case.is_client_of_ses() != Some(true);
    let client = case.at_client().filter(|_| is_other)?;
    Some((domain, sent_on, client))
}

/// Whether this rule has something to say.
pub(super) fn is_found(case: &Case<'_>) -> bool {
    found(case).is_some()
}
