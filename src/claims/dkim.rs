//! Why a receiver's result for a signature is not ours.

use super::Scene;
use super::cause::{Difference, DifferenceCause, NO_REASON};
use super::matching::signing_domain;
use crate::dkim::{BodyResult, DkimCause, DkimVerdict, HeaderResult};
use crate::message::ResInfo;
use crate::receivers::{self, Phrase};
use crate::ses::is_ses_domain;

/// Whether `result` says the same as `verdict`. Gmail says temperror of keys that do not exist.
pub(super) fn is_same_fault(result: &ResInfo, verdict: &DkimVerdict) -> bool {
    matches!(
        verdict.cause,
        DkimCause::KeyGone | DkimCause::KeyEmpty | DkimCause::KeyRevoked
    ) && result.result == "temperror"
        && is_about_missing_key(result)
}

fn is_about_missing_key(result: &ResInfo) -> bool {
    says(result, Phrase::NoKey)
}

/// Why `result` differs from what `verdict` says of the same signature.
pub(super) fn difference(result: &ResInfo, verdict: &DkimVerdict, scene: &Scene<'_>) -> Difference {
    let word = receivers::registered("dkim", &result.result);
    match word {
        "pass" => passed_then(verdict, scene),
        "none" if word == result.result => Difference::new(
            DifferenceCause::Unknown,
            format!("{} saw no signature there", scene.who),
        ),
        "temperror" => no_answer(result, verdict, scene),
        _ => refused_then(result, verdict, scene),
    }
}

/// Why `result` names a signature although the message has none.
pub(super) fn none_here(result: &ResInfo, scene: &Scene<'_>) -> Difference {
    let of = signing_domain(result).map_or(String::new(), |domain| format!(" of {domain}"));
    Difference::new(
        DifferenceCause::AlteredAfterDelivery,
        format!("{} saw a signature{of} that is not in this file", scene.who),
    )
}

/// The receiver let the signature pass, and it does not here. What was changed goes before what the
/// receiver may have overlooked.
fn passed_then(verdict: &DkimVerdict, scene: &Scene<'_>) -> Difference {
    use DifferenceCause as Cause;
    let who = &scene.who;
    if verdict.cause == DkimCause::Dns {
        return Difference::new(Cause::OwnDns, verdict.detail.clone());
    }
    if verdict.body.result == BodyResult::Differ {
        return body_changed(verdict, scene);
    }
    let all_the_same = || {
        Difference::new(
            Cause::LocalRule,
            format!("{who} accepted it all the same; {}", verdict.detail),
        )
    };
    match verdict.cause {
        DkimCause::KeyGone | DkimCause::KeyEmpty | DkimCause::KeyRevoked => Difference::new(
            Cause::KeyGone,
            format!(
                "the key that {who} used is no longer in DNS ({}){}",
                verdict.detail,
                body_intact(verdict)
            ),
        ),
        DkimCause::KeyDoesNotFit => key_changed(verdict, scene),
        DkimCause::KeyNotAKey
        | DkimCause::KeySyntax
        | DkimCause::KeyType
        | DkimCause::KeyHashNotAllowed
        | DkimCause::KeyService
        | DkimCause::KeyStrictIdentity => Difference::new(
            Cause::KeyChanged,
            format!(
                "the record at the selector must have been another one then ({}){}",
                verdict.detail,
                body_intact(verdict)
            ),
        ),
        DkimCause::HeaderChanged | DkimCause::BodyAndHeaderChanged => {
            header_changed(verdict, scene)
        }
        _ if verdict.header.result == HeaderResult::Failed => header_or_key(verdict, scene),
        DkimCause::KeyTooShort if !has_length_of_signature(verdict) => key_changed(verdict, scene),
        DkimCause::Expired => expired(verdict, scene),
        DkimCause::Sha1 | DkimCause::KeyTooShort | DkimCause::Future => all_the_same(),
        _ if verifies(verdict) => all_the_same(),
        _ => Difference::new(
            Cause::Unknown,
            format!(
                "{}: either {who} counts such a signature, or it checked another one",
                verdict.detail
            ),
        ),
    }
}

/// Whether body and header are as they were signed, whatever is wrong with the signature besides.
fn verifies(verdict: &DkimVerdict) -> bool {
    verdict.header.result == HeaderResult::Verified && verdict.body.result == BodyResult::Match
}

/// A signature with another fault, which the key in DNS did not make over this header either.
fn header_or_key(verdict: &DkimVerdict, scene: &Scene<'_>) -> Difference {
    let who = &scene.who;
    Difference::new(
        DifferenceCause::HeaderChanged,
        format!(
            "the key in DNS did not sign the header as it stands in this file, so one of the two \
             is not what {who} had{}; besides, {}",
            body_intact(verdict),
            verdict.detail
        ),
    )
}

fn header_changed(verdict: &DkimVerdict, scene: &Scene<'_>) -> Difference {
    let intact = body_intact(verdict);
    on_the_way("the header", intact, scene).unwrap_or_else(|| {
        Difference::new(
            DifferenceCause::HeaderChanged,
            format!(
                "the header in this file is not the one that {} checked ({}); {}{intact}",
                scene.who,
                verdict.detail,
                scene.rewriter()
            ),
        )
    })
}

fn body_intact(verdict: &DkimVerdict) -> &'static str {
    match verdict.body.result {
        BodyResult::Match => "; the body is still the one that was signed",
        BodyResult::Differ | BodyResult::Unchecked => "",
    }
}

fn body_changed(verdict: &DkimVerdict, scene: &Scene<'_>) -> Difference {
    let who = &scene.who;
    let key = match verdict.cause {
        DkimCause::KeyGone | DkimCause::KeyEmpty | DkimCause::KeyRevoked => {
            "; its key is no longer in DNS either".into()
        }
        DkimCause::BodyChanged | DkimCause::BodyAndHeaderChanged | DkimCause::KeyDoesNotFit => {
            String::new()
        }
        _ => format!("; besides, {}", verdict.detail),
    };
    if let Some(difference) = on_the_way("the body", &key, scene) {
        return difference;
    }
    Difference::new(
        DifferenceCause::AlteredAfterDelivery,
        format!(
            "the body was changed after {who} checked it; {}{key}",
            scene.rewriter()
        ),
    )
}

/// That the message was passed on after the receiver checked it, and changed there.
fn on_the_way(what: &str, more: &str, scene: &Scene<'_>) -> Option<Difference> {
    let onward = scene.session.passed_on_to()?;
    let who = &scene.who;
    Some(Difference::new(
        DifferenceCause::Forwarded,
        format!(
            "{what} was changed after {who} checked it, and {onward} took the message later: a \
             list or a gateway on that way can do so{more}"
        ),
    ))
}

/// Whether the RSA key is as long as the signature, as the one that made it was (RFC 8017 §8.2.1).
fn has_length_of_signature(verdict: &DkimVerdict) -> bool {
    let bits = verdict.key.as_ref().and_then(|key| key.bits);
    bits.is_none_or(|bits| bits.div_ceil(8) == verdict.signature_octets)
}

/// Where the key stands; words to append.
fn place(verdict: &DkimVerdict) -> String {
    let key = verdict.key.as_ref();
    key.map_or(String::new(), |key| format!(" at {}", key.name))
}

fn key_changed(verdict: &DkimVerdict, scene: &Scene<'_>) -> Difference {
    let place = place(verdict);
    let short = match verdict.cause {
        DkimCause::KeyTooShort => {
            ": a signature has the length of its key, and this one has another"
        }
        _ => "",
    };
    let domain = verdict.domain.as_ref();
    let habit = match domain.is_some_and(|domain| is_ses_domain(domain.as_str())) {
        true => "; Amazon SES changes the key behind an unchanged selector",
        false => "",
    };
    Difference::new(
        DifferenceCause::KeyChanged,
        format!(
            "the key{place} is not the one that {} used{short}{}{habit}",
            scene.who,
            body_intact(verdict)
        ),
    )
}

/// A signature whose `x=` lies before the time judged by.
fn expired(verdict: &DkimVerdict, scene: &Scene<'_>) -> Difference {
    let checked = scene.session.border_date();
    match (verdict.expires_at, checked) {
        (Some(expires), Some(checked)) if expires < checked => Difference::new(
            DifferenceCause::LocalRule,
            format!("{} did not mind that {}", scene.who, verdict.detail),
        ),
        _ => Difference::new(
            DifferenceCause::ExpiredSince,
            format!("it ran out since: {}", verdict.detail),
        ),
    }
}

/// DNS gave the receiver nothing. Gmail says so of keys that do not exist, too.
fn no_answer(result: &ResInfo, verdict: &DkimVerdict, scene: &Scene<'_>) -> Difference {
    if is_about_missing_key(result) {
        return no_key_then(verdict, scene);
    }
    Difference::new(
        DifferenceCause::ReceiverDns,
        format!("DNS gave {} no answer about the key then", scene.who),
    )
}

fn no_key_then(verdict: &DkimVerdict, scene: &Scene<'_>) -> Difference {
    let place = place(verdict);
    Difference::new(
        DifferenceCause::KeyPublishedSince,
        format!(
            "{} found no key{place} then, and there is one now",
            scene.who
        ),
    )
}

/// The receiver did not let the signature pass, and it does here (or DNS gave us no answer).
fn refused_then(result: &ResInfo, verdict: &DkimVerdict, scene: &Scene<'_>) -> Difference {
    use DifferenceCause as Cause;
    let who = &scene.who;
    if verdict.cause == DkimCause::Dns {
        return Difference::new(Cause::OwnDns, verdict.detail.clone());
    }
    if is_about_missing_key(result) {
        return no_key_then(verdict, scene);
    }
    let bits = verdict.key.as_ref().and_then(|key| key.bits);
    let is_policy = receivers::registered("dkim", &result.result) == "policy";
    if is_policy || says(result, Phrase::ShortKey) {
        let key = match bits {
            Some(bits) => format!(
                "the key has {bits} bits, and RFC 8301 §3.2 has receivers accept 1024 and more"
            ),
            None => "the signature verifies".into(),
        };
        return Difference::new(
            Cause::LocalRule,
            format!("{who} asks for more than the standard: {key}"),
        );
    }
    let explanation = match says(result, Phrase::DoesNotVerify) {
        true => format!(
            "{who} had other bytes, or another key, than those at hand: this file verifies as it is"
        ),
        false => format!("{NO_REASON}what {who} had against it"),
    };
    Difference::new(Cause::Unknown, explanation)
}

/// Whether the comments or the reason of a result say this.
fn says(result: &ResInfo, phrase: Phrase) -> bool {
    let mut texts = result.comments.iter().chain(&result.reason);
    texts.any(|text| receivers::says(text, phrase))
}
