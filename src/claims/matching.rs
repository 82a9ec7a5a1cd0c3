//! Which of our results a claimed one is about, and whether the two are the same.

use super::Ours;
use crate::arc::{ArcCause, ArcInstance, ArcResult, ArcVerdict};
use crate::dkim::{DkimResult, DkimVerdict};
use crate::dmarc::DmarcResult;
use crate::message::{AuthenticationResults, ResInfo};
use crate::session::Session;
use crate::spf::{SpfResult, SpfVerdict};

/// What a claimed result is to be compared with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    /// SPF, for the identity that the result names.
    Spf(&'a SpfVerdict),
    /// A signature, by its index.
    Signature(usize),
    /// No signature: there is none in the message.
    NoSignature,
    /// DKIM, but no signature of ours is the one.
    OtherSignature,
    /// DMARC.
    Dmarc,
    /// The ARC chain as the receiver found it.
    Arc(ArcResult, ArcCause),
    /// A method that is not compared.
    None,
}

impl<'a> Subject<'a> {
    /// The subject of `result`; `taken` holds the signatures that results of the same field were
    /// about.
    pub(super) fn of(
        result: &ResInfo,
        field: &AuthenticationResults,
        ours: &Ours<'a>,
        session: &Session,
        taken: &mut Vec<usize>,
    ) -> Self {
        match result.method.as_str() {
            "spf" => Self::Spf(match is_about_helo(result) {
                true => ours.helo,
                false => ours.mail_from,
            }),
            "dkim" => match matching_signature(result, ours.dkim, taken) {
                Some(index) => {
                    taken.push(index);
                    Self::Signature(index)
                }
                None if ours.dkim.is_empty() => Self::NoSignature,
                None => Self::OtherSignature,
            },
            "dmarc" => Self::Dmarc,
            "arc" => {
                let (result, cause) = ours.arc.below(own_set(field, ours.arc, session));
                Self::Arc(result, cause)
            }
            _ => Self::None,
        }
    }

    /// Our result; `None` where there is none.
    pub(super) fn word(self, ours: &Ours<'_>) -> Option<&'static str> {
        match self {
            Self::Spf(verdict) if verdict.result == SpfResult::NotEvaluated => None,
            Self::Spf(verdict) => Some(verdict.result.as_str()),
            Self::Signature(index) => match ours.dkim[index].result {
                DkimResult::NotEvaluated => None,
                result => Some(result.as_str()),
            },
            Self::NoSignature => Some("none"),
            Self::Dmarc if ours.dmarc.result == DmarcResult::Inconclusive => None,
            Self::Dmarc => Some(ours.dmarc.result.as_str()),
            Self::Arc(ArcResult::NotEvaluated, _) => None,
            Self::Arc(result, _) => Some(result.as_str()),
            Self::OtherSignature | Self::None => None,
        }
    }
}

/// The instance that the writer of `field` sealed itself, which its result for ARC is not about:
/// what it says of the chain it found below. One above all where it sealed none. A set that came
/// with the message is nobody's own, whatever name it bears.
fn own_set(field: &AuthenticationResults, arc: &ArcVerdict, session: &Session) -> u32 {
    let border = session.border_start();
    let came_with = |one: &&ArcInstance| {
        let start = one.results_start;
        border.is_some_and(|border| start.is_none_or(|start| start > border))
    };
    let newest = arc.instances.last().filter(|one| !came_with(one));
    let is_own = newest.is_some_and(|newest| {
        let (theirs, own) = (&newest.authserv_id, &field.authserv_id);
        match (theirs, own) {
            (Some(theirs), Some(own)) => theirs.eq_ignore_ascii_case(own),
            // Microsoft writes a name in its ARC sets alone.
            (Some(theirs), None) => theirs.eq_ignore_ascii_case("mx.microsoft.com"),
            _ => false,
        }
    });
    match (field.instance, newest.filter(|_| is_own)) {
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
    let of_identity = || {
        let identity = result.property("header", "i")?;
        identity.rsplit('@').next()
    };
    result.property("header", "d").or_else(of_identity)
}

/// The signature that a result is about: the one whose `b=` begins as `header.b` says (RFC 6008),
/// else the first free one of the domain and selector that it names.
fn matching_signature(result: &ResInfo, ours: &[DkimVerdict], taken: &[usize]) -> Option<usize> {
    if let Some(b) = result.property("header", "b") {
        let begins = |verdict: &DkimVerdict| {
            let prefix = verdict.signature_prefix.as_deref();
            prefix.is_some_and(|prefix| {
                !b.is_empty() && (prefix.starts_with(b) || b.starts_with(prefix))
            })
        };
        if let Some(index) = ours.iter().position(begins) {
            return Some(index);
        }
    }
    let domain = signing_domain(result);
    let selector = result.property("header", "s");
    let fits = |index: &usize| {
        let verdict = &ours[*index];
        let same_domain = domain.is_none_or(|theirs| {
            let exact = verdict.domain.as_ref().map(|ours| ours.as_str());
            let identity = verdict.identity.as_deref();
            let identity = identity.and_then(|i| i.rsplit('@').next());
            let mut domains = exact.into_iter().chain(identity);
            domains.any(|ours| ours.eq_ignore_ascii_case(theirs))
        });
        let same_selector = selector.is_none_or(|theirs| {
            let ours = verdict.selector.as_ref();
            ours.is_some_and(|ours| ours.as_str().eq_ignore_ascii_case(theirs))
        });
        same_domain && same_selector
    };
    // A result that names no signature can only be matched when there is no choice.
    if domain.is_none() && selector.is_none() && ours.len() > 1 {
        return None;
    }
    let is_free = |index: &usize| !taken.contains(index);
    let mut fitting = (0..ours.len()).filter(is_free).filter(fits);
    let first = fitting.clone().next();
    // Of several the one that has the very identity.
    let identity = result.property("header", "i");
    let is_named = |index: &usize| {
        identity.is_some_and(|theirs| {
            let ours = ours[*index].identity.as_deref();
            ours.is_some_and(|ours| ours.eq_ignore_ascii_case(theirs))
        })
    };
    fitting.find(is_named).or(first)
}

/// Whether two results are the same. Receivers differ in the word for a signature that does not
/// pass (Gmail says neutral or fail, others permerror or policy), so for DKIM these are one.
pub(crate) fn is_same(method: &str, theirs: &str, ours: &str) -> bool {
    let class = |word: &str| match (method, word) {
        ("dkim", "fail" | "neutral" | "policy" | "permerror" | "hardfail") => "not passed".into(),
        // Microsoft's word for a pass under a key with t=y.
        ("dkim", "test") => "pass".into(),
        // rspamd's words.
        ("arc", "reject" | "invalid") => "fail".into(),
        ("arc", "allow") => "pass".into(),
        (_, "hardfail") => "fail".into(),
        (_, "perm_fail" | "permfail") => "permerror".into(),
        (_, "tempfail" | "temp_fail" | "timeout") => "temperror".into(),
        (_, other) => other.to_owned(),
    };
    class(theirs) == class(ours)
}
