//! The MAIL FROM domain that SES uses has no MX.

use super::{Case, Explanation, Findings, Fires, Mark, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "ses-mail-from-mx-missing",
    severity: Severity::Warning,
    cites: &["Amazon SES Developer Guide, Using a custom MAIL FROM domain"],
    explanation: Explanation {
        summary: "custom MAIL FROM domain of Amazon SES without its MX record",
        means: "SES put an address at your MAIL FROM domain into the envelope. Bounces go to the \
                mail exchanger of that domain. There is none.",
        matters: "Bounces are lost, so SES cannot tell you of them. SES looks for the MX again and \
                  again: as soon as it misses it, it sends under amazonses.com, and SPF no longer \
                  counts for your domain; or it refuses to send, if you chose that.",
        todo: "Publish the MX record again. It must be the only one at that name. If you gave up \
               the domain on purpose, take it out of the identity in SES.",
        example: "mail.example.com. 300 MX 10 feedback-smtp.us-east-1.amazonses.com.",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(zone) = case.ses_mail_from() else {
        return;
    };
    // A domain that has gone since is no fault of the message.
    if case.recorded_spf_pass().is_some() || super::ses_mail_from_alias::is_found(case) {
        return;
    }
    let domain = &zone.domain;
    let exchanges = zone.mx.exchanges();
    let is_null = matches!(exchanges[..], [(_, None)]);
    let (Some(lookup), true) = (zone.mx.lookup(), zone.mx.is_absent() || is_null) else {
        return;
    };
    let (message, seen) = match (is_null, zone.mx.is_no_such_name()) {
        (true, _) => (
            format!("{domain} says by its MX that it takes no mail, so bounces to SES are lost"),
            "the MX is a single dot (RFC 7505)",
        ),
        (_, true) => (
            format!("{domain}, under which SES sent, does not exist, so bounces are lost"),
            "there is no such name",
        ),
        (_, false) => (
            format!("{domain}, under which SES sent, has no MX record, so bounces are lost"),
            "there is no MX record",
        ),
    };
    let doubled = zone.doubled_mx.lookup();
    let doubled = doubled.filter(|_| !zone.doubled_mx.records().is_empty());
    let (more, text) = match doubled {
        Some(lookup) => (
            format!(
                "; there is one at {}, where the zone's name was added twice",
                lookup.question.name
            ),
            "enter the short name, or end the long one with a dot, so that this comes out",
        ),
        None => (String::new(), "publish the MX record that SES asks for"),
    };
    let doubled = doubled.map(|lookup| Mark::dns(lookup).says("there is an MX record"));
    findings
        .add(format!("{message}{more}"), Mark::dns(lookup).says(seen))
        .also(case.at_mail_from())
        .also(doubled)
        .fix(case.feedback_fix(zone, text));
}
