//! Why a receiver's result for SPF is not ours.

use super::Scene;
use super::cause::{Difference, DifferenceCause};
use super::matching::is_about_helo;
use crate::message::ResInfo;
use crate::receivers::{self, Phrase};
use crate::session;
use crate::spf::{SpfCause, SpfResult, SpfVerdict};

/// Why `result` differs from `verdict`, which is about the same identity.
pub(super) fn difference(result: &ResInfo, verdict: &SpfVerdict, scene: &Scene<'_>) -> Difference {
    use DifferenceCause as Cause;
    let who = &scene.who;
    if let Some(difference) = other_session(result, scene) {
        return difference;
    }
    if receivers::registered("spf", &result.result) == "temperror" {
        let text = format!("DNS gave {who} no answer then");
        return Difference::new(Cause::ReceiverDns, text);
    }
    if verdict.cause == SpfCause::Dns {
        return Difference::new(Cause::OwnDns, verdict.sentence.clone());
    }
    if result
        .comments
        .iter()
        .any(|text| receivers::says(text, Phrase::GuessedRecord))
    {
        let text = format!(
            "{who} found no SPF record and guessed one of its own (\"best guess record\"), which \
             no standard has"
        );
        return Difference::new(Cause::LocalRule, text);
    }
    if !scene.is_receivers() {
        return scene.no_standing();
    }
    // SPF is the same for the same client, sender and records (RFC 7208 §4).
    let is_result = ["none", "neutral", "pass", "fail", "softfail", "permerror"]
        .contains(&result.result.as_str());
    if !is_result {
        let text = format!(
            "nothing shows what {who} means by that; here {}",
            now(verdict)
        );
        return Difference::new(Cause::Unknown, text);
    }
    let section = match verdict.cause {
        SpfCause::TooManyLookups | SpfCause::TooManyVoidLookups | SpfCause::TooManyNames => {
            Some("4.6.4")
        }
        SpfCause::Syntax => Some("4.6"),
        _ => None,
    };
    if let Some(section) = section {
        let text = format!(
            "RFC 7208 section {section} makes it permerror, which {who} did not apply, \
             unless the records were others then: {}",
            verdict.sentence
        );
        return Difference::new(Cause::LocalRule, text);
    }
    let domain = verdict.domain.as_deref().unwrap_or("the domain");
    let text = match (result.result.as_str(), verdict.result) {
        (_, SpfResult::None) => format!(
            "{who} found an SPF record for {domain}, and the DNS at hand has none: it was removed \
             since, or a recording does not hold it"
        ),
        ("none", _) => format!(
            "{who} found no SPF record for {domain}; now {}",
            now(verdict)
        ),
        ("permerror", _) => format!(
            "{who} could not apply the SPF records, so they were others then, or it counts \
             lookups otherwise; now {}",
            now(verdict)
        ),
        _ => format!(
            "as far as {who} says, it judged the same client and envelope sender, so the SPF \
             records were others then; now {}",
            now(verdict)
        ),
    };
    Difference::new(Cause::RecordChanged, text)
}

/// What the records at hand come to.
fn now(verdict: &SpfVerdict) -> String {
    let (domain, ours) = (verdict.domain.as_deref(), verdict.result);
    let domain = domain.unwrap_or("the domain");
    match &verdict.record {
        // The whole of a long one stands with the verdict.
        Some(record) if record.len() > 100 => format!("the record of {domain} gives {ours}"),
        Some(record) => format!("\"{record}\" gives {ours}"),
        None => format!("{domain} has no SPF record that counts"),
    }
}

/// That the result is about another client, or another envelope sender, than those judged here.
pub(super) fn other_session(result: &ResInfo, scene: &Scene<'_>) -> Option<Difference> {
    let session = scene.session;
    let who = &scene.who;
    let forwarded = |cause, what: String| match &scene.passed_on {
        Some(passed_on) => Difference::new(
            DifferenceCause::Forwarded,
            format!("{what}; the message was passed on on its way ({passed_on})"),
        ),
        None => Difference::new(cause, what),
    };
    let theirs = session::claimed_client(result);
    let ours = session.client_ip.as_ref().map(|ip| ip.value);
    if let (Some(theirs), Some(ours)) = (theirs, ours)
        && theirs != ours
    {
        let what = format!("{who} judged the client {theirs}, and here it is {ours}");
        return Some(forwarded(DifferenceCause::OtherClient, what));
    }
    if is_about_helo(result) {
        return None;
    }
    let theirs = session::claimed_mail_from(result).map(domain)?;
    let ours = session.mail_from.as_ref().map(|path| domain(&path.value))?;
    // A receiver that was given the null reverse-path writes the HELO name in its place.
    let is_helo = session
        .helo
        .as_ref()
        .is_some_and(|helo| helo.value.eq_ignore_ascii_case(theirs));
    if theirs.eq_ignore_ascii_case(ours) || ours.is_empty() && is_helo {
        return None;
    }
    let ours = if ours.is_empty() { "<>" } else { ours };
    let what = format!("{who} judged the envelope sender's domain {theirs}, and here it is {ours}");
    Some(forwarded(DifferenceCause::OtherIdentity, what))
}

fn domain(path: &str) -> &str {
    path.rsplit('@').next().unwrap_or(path)
}
