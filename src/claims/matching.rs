//! Which of our results a claimed result is about, and whether the two are the same.

use super::Ours;
use crate::arc::{ArcCause, ArcInstance, ArcResult, ArcVerdict};
use crate::dkim::DkimResult;
use crate::dmarc::DmarcResult;
use crate::message::{AuthenticationResults, ResInfo};
use crate::receivers;
use crate::session::Session;
use crate::spf::{SpfResult, SpfVerdict};

/// What a claimed result is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    /// SPF, for the identity that the result names.
    Spf(&'a SpfVerdict),
    /// A signature, by its index.
    Signature(usize),
    /// DKIM, but the message has no signature.
    NoSignature,
    /// DKIM, but none of the signatures of the message matches.
    OtherSignature,
    /// DMARC.
    Dmarc,
    /// The ARC chain as the receiver found it.
    Arc(ArcResult, ArcCause),
    /// A method that is not compared.
    None,
}

impl<'a> Subject<'a> {
    /// The subject of `result`, which is about `signature` if it is about one.
    pub(super) fn of(
        result: &ResInfo,
        field: &AuthenticationResults,
        ours: &Ours<'a>,
        session: &Session,
        signature: Option<usize>,
    ) -> Self {
        match result.method.as_str() {
            "spf" => Self::Spf(match is_about_helo(result) {
                true => ours.helo,
                false => ours.mail_from,
            }),
            "dkim" => match signature {
                Some(index) => Self::Signature(index),
                None if ours.dkim.is_empty() => Self::NoSignature,
                None => Self::OtherSignature,
            },
            "dmarc" => Self::Dmarc,
            "arc" => {
                let (result, cause) =
                    ours.arc
                        .below(own_set(field, &result.result, ours.arc, session));
                Self::Arc(result, cause)
            }
            _ => Self::None,
        }
    }

    /// Our result; `None` if there is none.
    pub(super) fn word(self, ours: &Ours<'_>) -> Option<&'static str> {
        match self {
            Self::Spf(verdict) => spf_word(verdict.result),
            Self::Signature(index) => dkim_word(ours.dkim[index].result),
            Self::NoSignature => Some("none"),
            Self::Dmarc => dmarc_word(ours.dmarc.result),
            Self::Arc(result, _) => arc_word(result),
            Self::OtherSignature | Self::None => None,
        }
    }
}

/// The word that a result for SPF is compared with; `None` if there is none.
pub(crate) fn spf_word(result: SpfResult) -> Option<&'static str> {
    (result != SpfResult::NotEvaluated).then_some(result.as_str())
}

/// The word that a result for a signature is compared with; `None` if there is none.
pub(crate) fn dkim_word(result: DkimResult) -> Option<&'static str> {
    (result != DkimResult::NotEvaluated).then_some(result.as_str())
}

/// The word that a result for DMARC is compared with; `None` if there is none.
pub(crate) fn dmarc_word(result: DmarcResult) -> Option<&'static str> {
    (result != DmarcResult::Inconclusive).then_some(result.as_str())
}

/// The word that a result for ARC is compared with; `None` if there is none.
pub(crate) fn arc_word(result: ArcResult) -> Option<&'static str> {
    (result != ArcResult::NotEvaluated).then_some(result.as_str())
}

/// The instance that the writer of `field` sealed itself. Its result for ARC is about the chain
/// below that instance. `u32::MAX` if it sealed none. A set that came with the message does not
/// count as its own, even if it has the same name, unless the field came with it and says that there
/// was none before.
fn own_set(field: &AuthenticationResults, word: &str, arc: &ArcVerdict, session: &Session) -> u32 {
    let border = session.border_start();
    let came_with = |one: &&ArcInstance| {
        let start = one.results_start;
        border.is_some_and(|border| start.is_none_or(|start| start > border))
    };
    let is_own = |one: &&ArcInstance| match (&one.authserv_id, &field.authserv_id) {
        (Some(theirs), Some(own)) => theirs.eq_ignore_ascii_case(own),
        (Some(theirs), None) => receivers::is_nameless_in_arc(theirs),
        _ => false,
    };
    let has_come = word == "none" && border.is_some_and(|border| field.span.start > border);
    let newest = match has_come {
        true => arc.instances.iter().rev().find(is_own),
        false => arc.instances.last().filter(|one| !came_with(one)),
    };
    match (field.instance, newest.filter(is_own)) {
        (Some(instance), _) => instance,
        (None, Some(newest)) => newest.instance,
        (None, None) => u32::MAX,
    }
}

/// Whether an SPF result is about the HELO name (RFC 8601 §2.7.2).
pub(super) fn is_about_helo(result: &ResInfo) -> bool {
    let has = |property| result.property("smtp", property).is_some();
    has("helo") && !has("mailfrom") && !has("mail")
}

/// The domain of the signature that a DKIM result names: `header.d`, else that of `header.i`.
pub(super) fn signing_domain(result: &ResInfo) -> Option<&str> {
    let of_identity = || result.property("header", "i").map(mailbox_domain);
    let domain = result.property("header", "d").or_else(of_identity);
    domain.filter(|domain| !domain.eq_ignore_ascii_case("none"))
}

/// The domain of a mailbox; a text without a local part is returned unchanged.
pub(crate) fn mailbox_domain(mailbox: &str) -> &str {
    mailbox.rsplit('@').next().unwrap_or(mailbox)
}

/// Whether two results are the same. Receivers use different words for a signature that does not
/// pass (Gmail neutral or fail, others permerror or policy), so for DKIM these count as the same.
pub(crate) fn is_same(method: &str, theirs: &str, ours: &str) -> bool {
    let is_failure = |word: &str| matches!(word, "fail" | "permerror");
    if receivers::is_any_failure(theirs) && is_failure(ours) {
        return true;
    }
    let class = |word: &str| match (method, receivers::registered(method, word)) {
        ("dkim", "fail" | "neutral" | "policy" | "permerror") => "not passed".into(),
        // A chain passes or fails (RFC 8617 §4.4). Some write the word that they have for a signature,
        // rspamd words of its own.
        ("arc", "neutral" | "permerror" | "policy" | "reject" | "invalid") => "fail".into(),
        ("arc", "allow") => "pass".into(),
        (_, other) => other.to_owned(),
    };
    class(theirs) == class(ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_receivers_are_compared_as_the_registered_ones() {
        for (method, theirs, ours, is) in [
            ("dkim", "perm_fail", "fail", true),
            ("dkim", "permfail", "permerror", true),
            ("dmarc", "perm_fail", "fail", true),
            ("dmarc", "permfail", "permerror", true),
            ("dmarc", "permfail", "none", false),
            ("spf", "permfail", "fail", true),
            ("spf", "permfail", "softfail", false),
            ("dkim", "success", "pass", true),
            ("dmarc", "unknown", "none", true),
            ("dkim", "dkim_pass", "pass", true),
            ("dkim", "dkim_pass", "fail", false),
            ("dkim", "ignore", "permerror", true),
            ("dmarc", "success", "pass", true),
            ("spf", "hardfail", "fail", true),
            ("spf", "softfail", "fail", false),
        ] {
            assert_eq!(is_same(method, theirs, ours), is, "{method}={theirs}");
        }
    }
}
