//! The message was passed on between its sender and the mailbox.

use super::ses_default_mail_from::default_path;
use super::{
    Case, Explanation, Findings, Fires, Fix, Judged, Mark, Rule, Severity, applies,
    dkim_broken_in_transit, spf_failure_by_forwarding,
};
use crate::dmarc::Alignment;
use crate::evidence_class::EvidenceClass;
use crate::ses::{Sign, SignKind};
use crate::session::PassedOn;
use crate::spf::SpfResult;

pub(super) const RULE: Rule = Rule {
    code: "message-passed-on",
    severity: Severity::Notice,
    cites: &["RFC 9989 §7.4", "RFC 7960", "RFC 6376 §6.1.3"],
    explanation: Explanation {
        summary: "way through a list, a forwarding address or a gateway",
        means: "The message did not come straight from the host that sent it first. A mailing \
                list, a forwarding address or a filter took it and sent it on.",
        matters: "SPF then looks at the host that passed it on, so that it fails, or passes for \
                  another domain: that is to be expected. A DKIM signature survives if nothing \
                  signed was changed; a tag in the subject or a footer in the body breaks it. So \
                  DMARC after such a way stands on DKIM, or fails.",
        todo: "Nothing is wrong with your records on account of that. See that your mail is signed \
               by your own domain, which is what survives. Where a list breaks the signature, its \
               operator can write its own address into From or leave mail unchanged.",
        example: "sent      SPF pass for mail.example.com, DKIM pass for example.com\n\
                  passed on SPF pass for lists.example.net, DKIM pass or broken",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(sign) = way(case) else {
        return;
    };
    // A signature that broke on the way, and SPF that fails behind it, have rules of their own.
    if dkim_broken_in_transit::is_found(case) || spf_failure_by_forwarding::is_found(case) {
        return;
    }
    let counts =
        |alignment: Option<&Alignment>| alignment.is_some_and(|it| it.aligned == Some(true));
    let spf_counts = case.spf().result == SpfResult::Pass && counts(case.spf_alignment());
    let mut signatures = case.signatures();
    let dkim_counts = signatures.any(|one| one.passes() && counts(one.alignment));
    // The way explains SPF only where the session judged is behind it; the default MAIL FROM of SES
    // does not count anywhere.
    let is_before = case.analysis.session.passed_on_to().is_some();
    let spf = match spf_counts || is_before || default_path(case).is_some() {
        true => None,
        false => Some("SPF does not count after such a way, as expected"),
    };
    let has_own = case.own_signatures().next().is_some();
    let dkim = match (dkim_counts, has_own) {
        (true, _) => "the signature survived",
        (false, true) => "no signature of the author counts behind it",
        (false, false) => "it bears no signature of the author",
    };
    let expected = match spf {
        Some(spf) => format!("{spf}, and {dkim}"),
        None if has_own && !dkim_counts => dkim.to_owned(),
        // The way changed nothing.
        None => return,
    };
    let told =
        Mark::verdict(Judged::Conclusion, EvidenceClass::ClaimedByHeader).says(sign.to_string());
    let evidence = earlier_host(case).map_or(told, |sign| case.sign(sign));
    findings
        .add(
            format!("the message was passed on on its way ({sign}): {expected}"),
            evidence,
        )
        .fix(Fix::new(match dkim_counts {
            true => "nothing is to be done",
            false => {
                "see that your mail is signed by your own domain; to judge your own set-up, look \
                 at a message that came straight"
            }
        }));
}

/// A host of SES on the way, where another one gave the message to the receiver.
fn earlier_host<'a>(case: &Case<'a>) -> Option<&'a Sign> {
    let ses = case.ses()?;
    let earlier = ses.sign(SignKind::EarlierHost)?;
    ses.sign(SignKind::Host).is_none().then_some(earlier)
}

/// The plainest sign that the message was passed on.
pub(super) fn way(case: &Case<'_>) -> Option<PassedOn> {
    let earlier = || {
        Some(PassedOn::EarlierHost {
            service: "SES",
            from: earlier_host(case)?.value.clone(),
        })
    };
    case.passed_on().cloned().or_else(earlier)
}
