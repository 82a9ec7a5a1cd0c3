//! Why a receiver's result for DMARC is not ours. As DMARC rests on SPF and DKIM, its difference
//! mostly follows from one of theirs.

use super::cause::{Difference, DifferenceCause, NO_REASON};
use super::{ClaimedResult, Comparison, Ours, Scene};
use crate::dmarc::{
    Alignment, AppliedPolicy, DmarcBy, DmarcCause, DmarcResult, Engine, Found, Policy,
};
use crate::message::ResInfo;

/// Why `result` differs from ours; `beside` are the other results of the same receiver.
pub(super) fn difference(
    result: &ResInfo,
    beside: &[&ClaimedResult],
    ours: &Ours<'_>,
    scene: &Scene<'_>,
) -> Difference {
    use DifferenceCause as Cause;
    let who = &scene.who;
    let theirs = result.result.as_str();
    if let Some(difference) = other_author(result, ours, scene) {
        return difference;
    }
    if is_unanswered(theirs) {
        let of_key = |one: &&ClaimedResult| is_unanswered(&one.result);
        let unanswered: Vec<_> = beside.iter().copied().filter(of_key).collect();
        if let Some(difference) = follows(theirs, &unanswered, ours, scene) {
            return difference;
        }
        let text = format!("DNS gave {who} no answer then");
        return Difference::new(Cause::ReceiverDns, text);
    }
    if ours.dmarc.result == DmarcResult::Temperror {
        return Difference::new(Cause::OwnDns, "DNS gave no answer about a record here");
    }
    if theirs == "bestguesspass" {
        let text = format!(
            "{who} found no DMARC record and guessed that the message would pass one \
             (bestguesspass), which is no result of DMARC"
        );
        return Difference::new(Cause::LocalRule, text);
    }
    if let Some(difference) = follows(theirs, beside, ours, scene) {
        return difference;
    }
    if theirs == "permerror" && scene.is_receivers() {
        return unreadable(beside, ours, scene);
    }
    let other = by_other_rules(ours);
    if other.result.as_str() == theirs {
        return Difference::new(
            Cause::OtherRules,
            format!("by {} it is {theirs} here too", other.rules.document()),
        );
    }
    if let Some(text) = record_changed(result, ours, scene) {
        return Difference::new(Cause::RecordChanged, text);
    }
    if !scene.is_receivers() {
        return scene.no_standing();
    }
    Difference::new(
        Cause::Unknown,
        format!("{NO_REASON}why {who} says {theirs}"),
    )
}

fn is_unanswered(result: &str) -> bool {
    matches!(result, "temperror" | "tempfail" | "temp_fail" | "timeout")
}

/// The outcome by the rules that ours does not go by.
fn by_other_rules<'a>(ours: &Ours<'a>) -> DmarcBy<'a> {
    ours.dmarc.by_other_rules()
}

/// That the receiver could not read the record (permerror).
fn unreadable(beside: &[&ClaimedResult], ours: &Ours<'_>, scene: &Scene<'_>) -> Difference {
    use DifferenceCause as Cause;
    let who = &scene.who;
    let found = |found| ours.dmarc.steps.iter().find(|step| step.found == found);
    if ours.dmarc.policy.is_some() {
        // Microsoft's.
        let is_composite = beside.iter().any(|one| one.method == "compauth");
        let more = match is_composite {
            true => " (compauth= beside it says what it made of the message)",
            false => "",
        };
        let text = format!(
            "{who} could not apply a record{more}; the one in DNS now is well-formed, and some \
             receivers say permerror of such ones"
        );
        return Difference::new(Cause::LocalRule, text);
    }
    let by = ours.dmarc.rules.document();
    if let Some(step) = found(Found::SeveralRecords) {
        let text = format!(
            "{} policy records stand at _dmarc.{}; {who} has permerror for that, and by {by} they \
             are all ignored, as if there were none",
            step.records.len(),
            step.domain
        );
        return Difference::new(Cause::LocalRule, text);
    }
    if let Some(step) = found(Found::OtherText) {
        let text = format!(
            "what stands at _dmarc.{} is no policy record; {who} has permerror for that, and by \
             {by} it is ignored, as if there were none",
            step.domain
        );
        return Difference::new(Cause::LocalRule, text);
    }
    if ours.dmarc.cause == DmarcCause::RecordUnusable {
        let text = format!(
            "the record cannot be applied; {who} has permerror for that, and by {by} it is as if \
             there were none"
        );
        return Difference::new(Cause::LocalRule, text);
    }
    Difference::new(
        Cause::RecordChanged,
        format!("{who} found a record that it could not read, and the DNS at hand has none"),
    )
}

/// That the receiver looked at another From.
fn other_author(result: &ResInfo, ours: &Ours<'_>, scene: &Scene<'_>) -> Option<Difference> {
    let theirs = result.property("header", "from")?;
    let theirs = theirs.trim_matches(['<', '>']);
    let theirs = theirs.rsplit('@').next().unwrap_or(theirs);
    let author = ours.dmarc.author_domain.as_ref()?;
    // Some give the domain at which the record stands.
    let is_known = [Some(author), ours.dmarc.organizational_domain.as_ref()]
        .into_iter()
        .flatten()
        .any(|name| name.as_str().eq_ignore_ascii_case(theirs));
    if is_known {
        return None;
    }
    let what = format!(
        "{} judged a From of {theirs}, and From is of {author} in this file",
        scene.who
    );
    let passed_on = scene.passed_on.as_ref().map(|passed_on| {
        format!("; the message was passed on on its way ({passed_on}), and lists rewrite From")
    });
    let what = what + &passed_on.unwrap_or_default();
    Some(Difference::new(DifferenceCause::OtherIdentity, what))
}

/// The difference of the mechanism on which ours, or theirs, rests.
fn follows(
    theirs: &str,
    beside: &[&ClaimedResult],
    ours: &Ours<'_>,
    scene: &Scene<'_>,
) -> Option<Difference> {
    let passed_there = theirs == "pass";
    let passed_here = ours.dmarc.result == DmarcResult::Pass;
    if passed_there == passed_here || ours.dmarc.result == DmarcResult::None {
        return None;
    }
    let aligned = |alignment: Option<&Alignment>| {
        alignment.and_then(|alignment| alignment.aligned) == Some(true)
    };
    let decides = |one: &&&ClaimedResult| {
        let is_other = one.comparison != Comparison::Agree
            && (one.result == "pass") == passed_there
            && one.cause.is_some();
        let alignment = &ours.dmarc.alignment;
        is_other
            && match one.method.as_str() {
                "spf" => aligned(alignment.spf.as_ref()),
                "dkim" => one
                    .signature
                    .is_some_and(|number| aligned(alignment.dkim.get(number - 1))),
                _ => false,
            }
    };
    if let Some(difference) = other_spf(passed_here, beside, ours) {
        return Some(difference);
    }
    let mut by_dkim_first: Vec<&&ClaimedResult> = beside.iter().filter(decides).collect();
    by_dkim_first.sort_by_key(|one| one.method != "dkim");
    let first = by_dkim_first.first()?;
    let on = match (first.method.as_str(), first.signature) {
        ("dkim", Some(number)) => format!("DKIM {number}"),
        _ => "SPF".into(),
    };
    let text = match scene.is_receivers() {
        true => format!("it rests on {on}, which differs as said"),
        false => format!("it rests on {on}, which differs too"),
    };
    // Forwarding breaks a signature; SPF was only looked at in another session.
    let cause = match (first.cause?, first.method.as_str()) {
        (DifferenceCause::Forwarded, "spf") => DifferenceCause::OtherClient,
        (cause, _) => cause,
    };
    Some(Difference::new(cause, text))
}

/// That ours rests on SPF alone, which the receiver only looked at for another session or identity.
fn other_spf(passed_here: bool, beside: &[&ClaimedResult], ours: &Ours<'_>) -> Option<Difference> {
    if !passed_here || ours.dmarc.engines != [Engine::Spf] {
        return None;
    }
    let mut of_spf = beside.iter().filter(|one| one.method == "spf").peekable();
    of_spf.peek()?;
    let is_of_helo = |one: &&&ClaimedResult| {
        let has = |name| one.properties.contains_key(name);
        has("smtp.helo") && !has("smtp.mailfrom") && !has("smtp.mail")
    };
    if of_spf.clone().all(|one| is_of_helo(&one)) {
        let text = "here it rests on SPF for the envelope sender, and the receiver names only \
                    SPF for the HELO name";
        return Some(Difference::new(DifferenceCause::OtherIdentity, text));
    }
    let cause = of_spf
        .find(|one| one.comparison == Comparison::OnlyTheirs)?
        .cause?;
    let text = "here it rests on SPF, which the receiver judged for another session";
    Some(Difference::new(cause, text))
}

/// That the results agree although the receiver found another policy.
pub(super) fn other_policy(
    result: &ResInfo,
    ours: &Ours<'_>,
    scene: &Scene<'_>,
) -> Option<Difference> {
    let text = record_changed(result, ours, scene)?;
    Some(Difference::new(DifferenceCause::RecordChanged, text))
}

/// That the policy record was another one, as far as the results or the policy given beside the
/// receiver's show.
fn record_changed(result: &ResInfo, ours: &Ours<'_>, scene: &Scene<'_>) -> Option<String> {
    if !scene.is_receivers() {
        return None;
    }
    let who = &scene.who;
    let author = ours.dmarc.author_domain.as_ref()?;
    let now = match &ours.dmarc.policy {
        None => {
            return (result.result == "pass" || result.result == "fail").then(|| {
                format!(
                    "{who} found a DMARC record for {author}, and the DNS at hand has none that \
                     counts"
                )
            });
        }
        Some(policy) => policy,
    };
    if result.result == "none" {
        return Some(format!(
            "{who} found no DMARC record for {author}, and there is one now: \"{}\"",
            now.record
        ));
    }
    let then = policy_then(result)?;
    let by_others = by_other_rules(ours).policy;
    let mut found = [Some(now), by_others].into_iter().flatten();
    if found.any(|policy| own_policy(policy) == Some(then)) {
        return None;
    }
    Some(format!(
        "{who} found a record with p={}, and now it has p={}: \"{}\"",
        then.as_str(),
        own_policy(now)?.as_str(),
        now.record
    ))
}

/// What `p=` of a record comes to, whether or not it is the tag that applies.
fn own_policy(policy: &AppliedPolicy) -> Option<Policy> {
    let tag = policy.tags.iter().find(|tag| tag.name == "p")?;
    policy_called(tag.effective.as_deref()?)
}

/// The policy that the receiver found, as in `(p=REJECT sp=REJECT dis=NONE)` or `policy=reject`.
fn policy_then(result: &ResInfo) -> Option<Policy> {
    let property = result.property("policy", "dmarc");
    let in_comments = || {
        let comments = result.comments.iter();
        comments
            .flat_map(|comment| comment.split([' ', ',', ';']))
            .find_map(|word| {
                word.strip_prefix("p=")
                    .or_else(|| word.strip_prefix("policy="))
            })
    };
    policy_called(property.or_else(in_comments)?)
}

fn policy_called(word: &str) -> Option<Policy> {
    [Policy::None, Policy::Quarantine, Policy::Reject]
        .into_iter()
        .find(|policy| policy.as_str().eq_ignore_ascii_case(word))
}
