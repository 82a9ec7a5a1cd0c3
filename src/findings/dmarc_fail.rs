//! The message fails DMARC.

use super::case::is_free_mail;
use super::{
    Case, Explanation, Finding, Fires, Fix, Hit, Judged, Mark, Rule, Severity, Signature, applies,
    ses_bounce_not_signed,
};
use crate::Audience;
use crate::conclusion::ConclusionResult;
use crate::dkim::DkimCause;
use crate::dmarc::{AppliedPolicy, DmarcResult, Policy};
use crate::evidence_class::EvidenceClass;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-fail",
    severity: Severity::Error,
    wants_message: true,
    cites: &["RFC 9989 §5.3.5 and §5.3.6", "RFC 7489 §6.6.2"],
    explanation: Explanation {
        summary: "DMARC failure: neither SPF nor a signature speaks for its author",
        means: "DMARC passes if SPF passes for the domain in From, or a DKIM signature of that \
                domain verifies. In relaxed mode, which is the default, another domain of the same \
                organization will do. Here neither did. DMARC also fails where From does not name \
                exactly one domain, so that there is nothing to compare with.",
        matters: "The policy of the domain says what receivers shall do with such mail: nothing \
                  (none), treat it as suspicious (quarantine) or refuse it (reject). Large mailbox \
                  providers refuse bulk mail that fails DMARC whatever the policy says.",
        todo: "If the mail is yours, look at the reason that stands behind SPF and behind each \
               signature, and at the other findings: each names what to publish or to change. One \
               mechanism that passes for your domain is enough; with both, one may break on the \
               way.\nIf the mail is not yours, it is doing what it should: someone else used your \
               domain and failed.",
        example: "From: shop@example.com\n\
                  SPF    pass for amazonses.com   does not count for example.com\n\
                  DKIM   pass for amazonses.com   does not count for example.com\n\
                  DMARC  fail",
    },
    applies: applies::always,
    fires: Fires::OnCase(fires),
    say,
    // Faults of From have errors of their own.
    yields_to: &[
        "several-from-fields",
        "several-author-domains",
        "from-without-address",
    ],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    if case.analysis.conclusion.result != ConclusionResult::Fail {
        return Vec::new();
    }
    let hit = RULE.hit(Mark::verdict(Judged::Dmarc, EvidenceClass::Inferred));
    vec![match (case.author(), case.policy()) {
        (Some(author), Some(policy)) => hit
            .with("author_domain", author.as_str())
            .with("policy_domain", policy.domain.as_str())
            .with("policy", asked(case, policy).as_str()),
        _ => hit,
    }]
}

/// What the policy asks for. If only the receiver recorded the failure, nothing applied here.
fn asked(case: &Case<'_>, policy: &AppliedPolicy) -> Policy {
    match case.analysis.dmarc.result {
        DmarcResult::Fail => policy.applied,
        _ => policy.requested,
    }
}

/// Whether the key of a signature made it, over other octets.
fn was_changed(signature: Signature<'_>) -> bool {
    matches!(
        signature.verdict.cause,
        DkimCause::BodyChanged | DkimCause::HeaderChanged | DkimCause::BodyAndHeaderChanged
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let reason = explain::conclusion::sentence(case.analysis).to_string();
    let reason = reason.trim_end_matches('.');
    let Some(author) = case.author() else {
        let finding = hit.says("DMARC fails, as From names no single domain", reason);
        let advice = "write one From field, with addresses of one domain";
        return Some(finding.with_fix(Fix::new(advice)));
    };
    let advice = match (is_free_mail(author), case.audience) {
        (_, Audience::Recipient) => format!("do not take it for mail of {author}"),
        (true, _) => format!("only {author} itself can send mail that passes for it"),
        (false, _) if case.broke_in_transit() => format!(
            "no record would have let this message pass: a signature of {author} broke when it was passed \
             on and changed. Do not add the host that passed it on to the SPF record of {author}"
        ),
        (false, _) if case.own_signatures().any(was_changed) => format!(
            "a key of {author} signed this message, and it was changed after that: find out where, on \
             the way or in this file. SPF or another signature that passes would be enough"
        ),
        (false, _) if ses_bounce_not_signed::is_it(case) => {
            "no record makes this bounce pass: see below".into()
        }
        (false, _) => format!(
            "if this is your mail, let SPF or one DKIM signature pass for {author}: one is enough. If \
             it is not yours, somebody else used the name of {author}, and nothing is to be done"
        ),
    };
    let message = match case.policy() {
        Some(policy) => {
            let asked = match asked(case, policy) {
                Policy::None => "to do nothing about it",
                Policy::Quarantine => "to treat it as suspicious",
                Policy::Reject => "to refuse it",
            };
            format!(
                "DMARC fails for {author}, and the policy of {} asks receivers {asked}",
                policy.domain
            )
        }
        None => format!(
            "the receiver recorded that DMARC failed for {author}, whose policy is not at hand"
        ),
    };
    Some(hit.says(message, reason).with_fix(Fix::new(advice)))
}
