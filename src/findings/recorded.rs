//! The DMARC policy that the receiver recorded, which stood when the message came.

use super::case::Case;
use crate::claims::{ClaimedResult, DifferenceCause};
use crate::dmarc::{Policy, registered, typed_policies};
use crate::dns::Name;

/// What the receiver recorded of the policy, as far as it did; the strictest where it says several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RecordedPolicy {
    pub p: Option<Policy>,
    pub sp: Option<Policy>,
}

/// What the receiver recorded for DMARC and the author, if that means that it found a record.
pub(super) fn recorded<'a>(case: &Case<'a>) -> Option<(usize, &'a ClaimedResult)> {
    results(case).find(|(_, result)| matches!(result.result.as_str(), "pass" | "fail"))
}

pub(super) fn recorded_policy(case: &Case<'_>) -> RecordedPolicy {
    // For a subdomain, what was done may come from sp as well.
    let is_organization = case
        .author()
        .is_some_and(|author| registered(author) == *author);
    let mut policy = RecordedPolicy::default();
    for (_, result) in results(case) {
        let [p, sp, _] = typed_policies(result.comment.as_deref().unwrap_or_default());
        policy.p = policy.p.max(p);
        policy.sp = policy.sp.max(sp);
        for (name, value) in &result.properties {
            match name.as_str() {
                "policy.sp" | "policy.published-subdomain-policy" => {
                    policy.sp = policy.sp.max(Policy::parse(value));
                }
                "policy.p" | "policy.dmarc" | "policy.published-domain-policy" => {
                    policy.p = policy.p.max(Policy::parse(value));
                }
                _ if is_organization => policy.p = policy.p.max(done(name, value)),
                _ => {}
            }
        }
    }
    policy
}

/// The results for DMARC, without those that name the domain of another From.
fn results<'a>(case: &Case<'a>) -> impl Iterator<Item = (usize, &'a ClaimedResult)> {
    let author = case.author();
    case.receivers_results().filter(move |(_, result)| {
        if result.cause == Some(DifferenceCause::OtherIdentity) {
            return false;
        }
        let from = result.properties.get("header.from");
        let from = from.and_then(|from| Name::parse(from.rsplit('@').next()?).ok());
        let is_authors = from.is_none_or(|from| author == Some(&from));
        result.method == "dmarc" && is_authors
    })
}

/// The policy that shows in what the receiver did: quarantine or reject is no milder than what the
/// record asks. Exchange Online writes `action=oreject` where it delivered in spite of p=reject, and
/// `pct.` before what it did for a part only. That nothing was done shows no policy.
fn done(name: &str, value: &str) -> Option<Policy> {
    if name != "action" && !name.starts_with("policy.") {
        return None;
    }
    let value = value.to_ascii_lowercase();
    let bare = ["pct.", "o.", "o"]
        .iter()
        .find_map(|mark| value.strip_prefix(mark));
    let policy = Policy::parse(bare.unwrap_or(&value));
    policy.filter(|policy| *policy != Policy::None)
}
