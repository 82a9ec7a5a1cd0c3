//! SPF fails because the message was forwarded with the envelope sender of its author.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::explain::means::Means;

pub(super) const RULE: Rule = Rule {
    code: "spf-failure-by-forwarding",
    severity: Severity::Notice,
    wants_message: true,
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
    applies: applies::has_spf_record,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (domain, sent_on) = (case.spf_refuses()?, case.sent_on()?);
    let client = case.analysis.session.client_ip.as_ref()?;
    if case.is_client_of_ses() == Some(true) {
        return None;
    }
    let hit = RULE.hit(case.at_sent_on(sent_on)).text("domain", domain);
    let hit = hit.with("shown_by", sent_on.as_str());
    let hit = hit.text("client_ip", client.value.to_canonical());
    Some(hit.text("spf", case.spf().result))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let message = format!(
        "SPF gave {} for {}, as {} sent the message on: no SPF record of the sender mends that",
        case.spf().result,
        hit.values.text("domain")?,
        hit.values.text("client_ip")?
    );
    let fix = Fix::new(format!(
        "nothing to do about SPF: a DKIM signature of the author's domain carries forwarded mail; \
         if the receiver's own gateway sent it on, judge the message there, by {} or {}",
        Means::Hop,
        Means::Trust
    ));
    Some(
        hit.says(message, case.seen_sent_on(case.sent_on()?))
            .with_evidence(case.at_client())
            .with_evidence([case.at_spf_verdict()])
            .with_fix(fix),
    )
}
