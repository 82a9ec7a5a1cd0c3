//! The message was forwarded between its sender and the mailbox.

use super::case::Way;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Judged, Mark, Rule, Severity, applies};
use crate::dmarc::Alignment;
use crate::evidence_class::EvidenceClass;
use crate::spf::SpfResult;

pub(super) const RULE: Rule = Rule {
    code: "message-passed-on",
    severity: Severity::Notice,
    wants_message: true,
    cites: &["RFC 9989 §7.4", "RFC 7960", "RFC 6376 §6.1.3"],
    explanation: Explanation {
        summary: "way through a list, a forwarding address or a gateway",
        means: "The message did not come straight from the host that sent it first. A mailing \
                list, a forwarding address or a filter took it and sent it on.",
        matters: "SPF then looks at the host that passed it on, so that it fails, or passes for \
                  another domain: that is to be expected. A DKIM signature survives if nothing \
                  signed was changed; a tag in the subject or a footer in the body breaks it. So \
                  DMARC after such a way stands on DKIM, or fails.",
        todo: "Nothing is wrong with your records on account of that. Mail that is signed by your \
               own domain survives it best. Where a list breaks the signature, its \
               operator can write its own address into From or leave mail unchanged.",
        example: "sent      SPF pass for mail.example.com, DKIM pass for example.com\n\
                  passed on SPF pass for lists.example.net, DKIM pass or broken",
    },
    applies: applies::always,
    fires: Fires::OnCase(fires),
    say,
    // A signature that broke on the way, and SPF that fails after forwarding, have rules of their
    // own.
    yields_to: &["dkim-broken-in-transit", "spf-failure-by-forwarding"],
};

/// The value for an author's signature that still passes after forwarding.
const COUNTS: &str = "counts";

/// The value for an author's signature that was broken.
const COUNTS_NOT: &str = "does-not-count";

/// The value for an author's signature that does not pass for a reason that no host on the way is
/// behind, such as a key that is gone.
const UNCHECKED: &str = "unchecked";

/// The value for an author's signature that the receiver saw and the file does not have.
const GONE: &str = "gone";

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    case.way()?;
    let counts =
        |alignment: Option<&Alignment>| alignment.is_some_and(|it| it.aligned == Some(true));
    let spf_counts = case.spf().result == SpfResult::Pass && counts(case.spf_alignment());
    let mut signatures = case.signatures();
    let dkim_counts = signatures.any(|one| one.passes() && counts(one.alignment));
    // Forwarding explains SPF only if it happened before the session that is judged. The default
    // MAIL FROM of SES is never aligned anyway.
    let is_before = case.analysis.session.passed_on_to().is_some();
    // Nor does it explain that a domain of the author has no record.
    let is_refused = matches!(
        case.spf().result,
        SpfResult::Fail | SpfResult::Softfail | SpfResult::Neutral
    );
    let is_explained = is_refused || !counts(case.spf_alignment());
    let breaks_spf = !spf_counts && !is_before && is_explained && case.default_path().is_none();
    let dkim = match (dkim_counts, case.own_signatures().next()) {
        (true, _) => COUNTS,
        (false, Some(_)) if case.own_signatures().any(|one| one.is_broken()) => COUNTS_NOT,
        (false, Some(_)) => UNCHECKED,
        (false, None) if case.is_own_signature_gone() => GONE,
        (false, None) => "none",
    };
    // Otherwise forwarding changed nothing.
    if !breaks_spf && dkim != COUNTS_NOT {
        return None;
    }
    let mark = match (case.earlier_host(), case.passed_on()) {
        (Some(sign), _) => case.at_sign(sign),
        (None, Some(sign)) => case.at_passed_on(sign),
        (None, None) => Mark::verdict(Judged::Conclusion, EvidenceClass::ClaimedByHeader),
    };
    let hit = RULE.hit(mark).with("own_signature", dkim);
    Some(match breaks_spf {
        true => hit.with("spf", case.spf().result.as_str()),
        false => hit,
    })
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let sign = match case.way()? {
        Way::PassedOn(sign) => sign.to_string(),
        Way::EarlierHost(sign) => {
            format!("SES gave it to another host first, from {}", sign.value)
        }
    };
    let signature = hit.values.text("own_signature")?;
    let mut broken = case.own_signatures().filter(|one| one.is_broken());
    let broken = broken.find_map(|one| one.proof(true));
    let dkim = match signature {
        COUNTS => "the signature survived",
        COUNTS_NOT if broken.is_some() => "the author's signature does not verify behind it",
        COUNTS_NOT => "the author's signature does not count behind it",
        GONE => "the author's signature is not in this file",
        UNCHECKED => "whether the author's signature survived cannot be told here",
        _ => "it bears no signature of the author",
    };
    let expected = match hit.values.text("spf") {
        Some(_) => format!("SPF does not count after such a way, as expected, and {dkim}"),
        None => dkim.to_owned(),
    };
    let proof = broken.filter(|_| signature == COUNTS_NOT);
    let is_proved = proof.is_some();
    let proof = proof.map_or(String::new(), |proof| format!("; {}", proof.found));
    let message = format!("the message was passed on on its way ({sign}): {expected}{proof}");
    let seen = case.earlier_host().map(|sign| case.sign(sign).text);
    let finding = hit.says(message, seen.unwrap_or(sign));
    Some(finding.with_fix(Fix::new(match signature {
        COUNTS => "nothing is to be done",
        GONE | UNCHECKED => "to judge your own set-up, look at a message that came straight",
        COUNTS_NOT if is_proved => "to judge your own set-up, look at a message that came straight",
        COUNTS_NOT => {
            "the mail is signed by its author's domain, as it should be, but that does not verify in \
             this file; to judge your own set-up, look at a message that came straight"
        }
        _ => {
            "see that your mail is signed by your own domain; to judge your own set-up, look at a \
             message that came straight"
        }
    })))
}
