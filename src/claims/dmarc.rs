//! Why a receiver's result for DMARC differs from ours. As DMARC is based on SPF and DKIM, the
//! reason is usually a difference in one of them.

use schemars::JsonSchema;
use serde::Serialize;

use super::matching::mailbox_domain;
use super::{
    ClaimDifference, ClaimedResult, Comparison, DifferenceCause, NotCompared, Ours, PassedOn, Scene,
};
use crate::dmarc::{
    Alignment, AppliedPolicy, DmarcCause, DmarcResult, Engine, Found, Policy, registered,
};
use crate::dns::Name;
use crate::message::ResInfo;
use crate::receivers;

/// Why a result for DMARC differs from ours, or is based on another policy.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DmarcDifference {
    /// It is about another author.
    OtherAuthor {
        /// The domain that it is about.
        theirs: String,
        /// What shows that the message was forwarded.
        passed_on: Option<PassedOn>,
    },
    /// From names no single author domain in this file.
    NoAuthor {
        /// The domain that the receiver names.
        theirs: Option<String>,
    },
    /// DNS gave the receiver no answer.
    ReceiverDns,
    /// DNS gave us no answer about a record.
    OwnDns,
    /// The receiver found no record and guessed that the message would pass (bestguesspass).
    BestGuess,
    /// It follows from a different result for SPF or for a signature.
    Follows {
        /// Which signature, from 1; `None` for SPF.
        signature: Option<usize>,
        /// The cause of that difference.
        cause: DifferenceCause,
    },
    /// It rests on a signature that the file does not have.
    SignatureGone {
        /// The domain of the signature.
        domain: String,
    },
    /// Ours is based on SPF for MAIL FROM; the receiver only gives SPF for HELO.
    HeloOnly,
    /// Ours is based on SPF, which the receiver judged for another session.
    SpfOfOtherSession {
        /// The cause of that difference.
        cause: DifferenceCause,
    },
    /// The receiver could not use the record, but it is valid here.
    RecordRefused {
        /// The composite method of Microsoft in the same field, `compauth`.
        composite: Option<String>,
    },
    /// The receiver gave permerror because of several records, which are all ignored.
    SeveralRecords {
        /// The domain that has them.
        domain: Name,
        /// How many.
        records: usize,
    },
    /// The receiver gave permerror because of a text that is not a policy record, which is ignored.
    NoPolicyRecord {
        /// The domain that has it.
        domain: Name,
    },
    /// The receiver gave permerror because of a record that cannot be used, which counts as no
    /// record.
    RecordUnusable,
    /// The receiver found a record that it could not read; there is none now.
    UnreadableThen,
    /// By the other set of rules, the result is the receiver's.
    OtherRules,
    /// The receiver found a record; no valid one is there now.
    RecordGone,
    /// The receiver found no record, but there is one now.
    RecordPublishedSince,
    /// The receiver found another policy.
    OtherPolicy {
        /// The policy that it found.
        then: Policy,
        /// The policy now.
        now: Policy,
    },
    /// All that passed for the receiver is of these domains, which do not count for the author.
    OtherDomains(Vec<String>),
    /// No reason is known.
    Unexplained,
}

impl DmarcDifference {
    pub(super) fn cause(&self) -> DifferenceCause {
        use DifferenceCause as Cause;
        match self {
            Self::OtherAuthor { .. } | Self::HeloOnly | Self::OtherDomains(_) => {
                Cause::OtherIdentity
            }
            Self::NoAuthor { .. } => Cause::NoAuthorDomain,
            Self::SignatureGone { .. } => Cause::AlteredAfterDelivery,
            Self::ReceiverDns => Cause::ReceiverDns,
            Self::OwnDns => Cause::OwnDns,
            Self::Follows { cause, .. } | Self::SpfOfOtherSession { cause } => *cause,
            Self::BestGuess
            | Self::RecordRefused { .. }
            | Self::SeveralRecords { .. }
            | Self::NoPolicyRecord { .. }
            | Self::RecordUnusable => Cause::LocalRule,
            Self::OtherRules => Cause::OtherRules,
            Self::UnreadableThen
            | Self::RecordGone
            | Self::RecordPublishedSince
            | Self::OtherPolicy { .. } => Cause::RecordChanged,
            Self::Unexplained => Cause::Unknown,
        }
    }
}

/// Why `result` differs from ours; `beside` are the other results of the same receiver.
pub(super) fn difference(
    result: &ResInfo,
    beside: &[&ClaimedResult],
    ours: &Ours<'_>,
    scene: &Scene<'_>,
) -> ClaimDifference {
    if ours.dmarc.author_domain.is_none() && ours.dmarc.result == DmarcResult::Permerror {
        return ClaimDifference::Dmarc(no_author(result));
    }
    let theirs = match receivers::registered("dmarc", &result.result) {
        "none" => result.result.as_str(),
        registered => registered,
    };
    let is_receivers = scene.is_receivers();
    let shown = other_author(result, ours, scene).or_else(|| match theirs {
        _ if is_unanswered(theirs) => {
            let of_key = |one: &&ClaimedResult| is_unanswered(&one.result);
            let unanswered: Vec<_> = beside.iter().copied().filter(of_key).collect();
            let follows = follows(theirs, &unanswered, ours, is_receivers);
            Some(follows.unwrap_or(DmarcDifference::ReceiverDns))
        }
        _ if ours.dmarc.result == DmarcResult::Temperror => Some(DmarcDifference::OwnDns),
        _ if receivers::is_guess("dmarc", theirs) => Some(DmarcDifference::BestGuess),
        _ => follows(theirs, beside, ours, is_receivers)
            .or_else(|| other_record(result, beside, ours, scene))
            .or_else(|| other_domains(theirs, beside, ours)),
    });
    match shown {
        Some(difference) => ClaimDifference::Dmarc(difference),
        None if !scene.is_receivers() => ClaimDifference::NoStanding,
        None => ClaimDifference::Dmarc(DmarcDifference::Unexplained),
    }
}

/// The difference, if the receiver's results passed for domains only that do not count for the author.
fn other_domains(
    theirs: &str,
    beside: &[&ClaimedResult],
    ours: &Ours<'_>,
) -> Option<DmarcDifference> {
    let author = registered(
        ours.dmarc
            .author_domain
            .as_ref()
            .filter(|_| theirs == "fail")?,
    );
    let passed = beside.iter().filter(|one| one.is_pass());
    let domains: Option<Vec<Name>> = passed
        .filter_map(|one| {
            let named = match one.method.as_str() {
                "spf" => ["smtp.mailfrom", "smtp.mail"],
                "dkim" => ["header.d", "header.i"],
                _ => return None,
            };
            let mut named = named.iter().filter_map(|name| one.properties.get(*name));
            Some(
                named
                    .next()
                    .and_then(|named| Name::parse(mailbox_domain(named)).ok()),
            )
        })
        .collect();
    let mut domains = domains.filter(|domains| !domains.is_empty())?;
    domains.sort_unstable();
    domains.dedup();
    let is_other = domains.iter().all(|domain| registered(domain) != author);
    let domains = domains.iter().map(Name::to_string).collect();
    is_other.then_some(DmarcDifference::OtherDomains(domains))
}

/// Whether `result` means the same as ours. RFC 7489 §11.2 has `none` for a message from which no
/// domain could be taken.
pub(super) fn is_same_fault(result: &ResInfo, ours: &Ours<'_>) -> bool {
    let has_author = ours.dmarc.author_domain.is_some();
    let is_none = receivers::registered("dmarc", &result.result) == "none";
    is_none && !has_author && ours.dmarc.result == DmarcResult::Permerror
}

/// The difference, if From names no single author domain.
pub(super) fn no_author(result: &ResInfo) -> DmarcDifference {
    let theirs = result.property("header", "from");
    let theirs = theirs.map(|theirs| mailbox_domain(theirs.trim_matches(['<', '>'])));
    let theirs = theirs.filter(|theirs| !theirs.is_empty() && *theirs != "none");
    DmarcDifference::NoAuthor {
        theirs: theirs.map(str::to_owned),
    }
}

/// The difference in the records or in the rules.
fn other_record(
    result: &ResInfo,
    beside: &[&ClaimedResult],
    ours: &Ours<'_>,
    scene: &Scene<'_>,
) -> Option<DmarcDifference> {
    let theirs = result.result.as_str();
    if theirs == "permerror" && scene.is_receivers() {
        return Some(unreadable(beside, ours));
    }
    if ours.dmarc.by_other_rules().result.as_str() == theirs {
        return Some(DmarcDifference::OtherRules);
    }
    record_changed(result, ours, scene)
}

fn is_unanswered(result: &str) -> bool {
    receivers::registered("dmarc", result) == "temperror"
}

/// Why the receiver could not read the record (permerror).
fn unreadable(beside: &[&ClaimedResult], ours: &Ours<'_>) -> DmarcDifference {
    let found = |found| ours.dmarc.steps.iter().find(|step| step.found == found);
    if ours.dmarc.policy.is_some() {
        let mut methods = beside.iter().map(|one| one.method.as_str());
        let composite = methods.find(|method| receivers::is_composite(method));
        let composite = composite.map(str::to_owned);
        return DmarcDifference::RecordRefused { composite };
    }
    if let Some(step) = found(Found::SeveralRecords) {
        return DmarcDifference::SeveralRecords {
            domain: step.domain.clone(),
            records: step.records.len(),
        };
    }
    if let Some(step) = found(Found::OtherText) {
        let domain = step.domain.clone();
        return DmarcDifference::NoPolicyRecord { domain };
    }
    match ours.dmarc.cause {
        DmarcCause::RecordUnusable => DmarcDifference::RecordUnusable,
        _ => DmarcDifference::UnreadableThen,
    }
}

/// The difference in the author domain.
fn other_author(result: &ResInfo, ours: &Ours<'_>, scene: &Scene<'_>) -> Option<DmarcDifference> {
    let theirs = result.property("header", "from")?;
    let theirs = mailbox_domain(theirs.trim_matches(['<', '>']));
    let author = ours.dmarc.author_domain.as_ref()?;
    // Some receivers give the domain that has the record.
    let is_known = [Some(author), ours.dmarc.organizational_domain.as_ref()]
        .into_iter()
        .flatten()
        .any(|name| is_named(name, theirs));
    (!is_known).then(|| DmarcDifference::OtherAuthor {
        theirs: theirs.to_owned(),
        passed_on: scene.passed_on.cloned(),
    })
}

/// Whether `theirs` is this domain, in whatever letters (RFC 5890).
fn is_named(name: &Name, theirs: &str) -> bool {
    name.as_str().eq_ignore_ascii_case(theirs)
        || Name::parse(theirs).is_ok_and(|theirs| theirs == *name)
}

/// The difference in the mechanism that our result, or theirs, is based on.
fn follows(
    theirs: &str,
    beside: &[&ClaimedResult],
    ours: &Ours<'_>,
    is_receivers: bool,
) -> Option<DmarcDifference> {
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
            && one.is_pass() == passed_there
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
    let deciding = beside.iter().filter(decides);
    let Some(first) = deciding.min_by_key(|one| one.method != "dkim") else {
        return (passed_there && is_receivers)
            .then(|| signature_gone(beside, ours))
            .flatten();
    };
    // Forwarding breaks a signature; SPF was only judged for another session.
    let cause = match (first.cause?, first.method.as_str()) {
        (DifferenceCause::Forwarded, "spf") => DifferenceCause::OtherClient,
        (cause, _) => cause,
    };
    let signature = first.signature;
    Some(DmarcDifference::Follows { signature, cause })
}

/// The receiver accepted a signature of the author's organization that the file does not have.
fn signature_gone(beside: &[&ClaimedResult], ours: &Ours<'_>) -> Option<DmarcDifference> {
    let organization = ours.dmarc.organizational_domain.as_ref()?;
    let is_authors = |domain: &&String| {
        let domain = Name::parse(domain);
        domain.is_ok_and(|domain| domain.is_within(organization))
    };
    let passed = beside
        .iter()
        .filter(|one| one.method == "dkim" && one.is_pass());
    let gone = passed.filter_map(|one| match (&one.difference, &one.not_compared) {
        (Some(ClaimDifference::SignatureNotInFile { domain }), _) => domain.as_ref(),
        (_, Some(NotCompared::NoSuchSignature { domain, .. })) => Some(domain),
        _ => None,
    });
    let domain = gone.into_iter().find(is_authors)?.clone();
    Some(DmarcDifference::SignatureGone { domain })
}

/// Our result is based on SPF only, which the receiver judged for another session or identity.
fn other_spf(
    passed_here: bool,
    beside: &[&ClaimedResult],
    ours: &Ours<'_>,
) -> Option<DmarcDifference> {
    if !passed_here || ours.dmarc.engines != [Engine::Spf] {
        return None;
    }
    let mut of_spf = beside.iter().filter(|one| one.method == "spf").peekable();
    of_spf.peek()?;
    if of_spf.clone().all(|one| one.is_about_helo()) {
        return Some(DmarcDifference::HeloOnly);
    }
    let cause = of_spf
        .find(|one| one.comparison == Comparison::OnlyTheirs)?
        .cause?;
    Some(DmarcDifference::SpfOfOtherSession { cause })
}

/// Whether the policy record was different, as far as the receiver's results or the policy in them
/// show.
pub(super) fn record_changed(
    result: &ResInfo,
    ours: &Ours<'_>,
    scene: &Scene<'_>,
) -> Option<DmarcDifference> {
    if !scene.is_receivers() {
        return None;
    }
    ours.dmarc.author_domain.as_ref()?;
    let Some(now) = &ours.dmarc.policy else {
        let word = receivers::registered("dmarc", &result.result);
        let has_found = word == "pass" || word == "fail";
        return has_found.then_some(DmarcDifference::RecordGone);
    };
    if result.result == "none" {
        return Some(DmarcDifference::RecordPublishedSince);
    }
    let then = policy_then(result)?;
    let by_others = ours.dmarc.by_other_rules().policy;
    let mut found = [Some(now), by_others].into_iter().flatten();
    if found.any(|policy| own_policy(policy) == Some(then)) {
        return None;
    }
    let now = own_policy(now)?;
    Some(DmarcDifference::OtherPolicy { then, now })
}

/// The policy of the tag `p` of a record, whether or not that tag applies.
fn own_policy(policy: &AppliedPolicy) -> Option<Policy> {
    let tag = policy.tags.iter().find(|tag| tag.name == "p")?;
    policy_called(tag.effective.as_deref()?)
}

/// The policy that the receiver found: `(p=REJECT sp=REJECT dis=NONE)` or `policy=reject`.
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
