//! Which of our signatures results are about: those in a field, or those of another verifier.

use super::matching::{is_same, mailbox_domain};
use crate::dkim::{DkimCause, DkimVerdict};
use crate::dns::Name;
use crate::message::{AuthenticationResults, ResInfo};
use crate::receivers;

/// What a result says about its signature.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Named<'r> {
    /// The index of the signature, from somebody who counts them as we do.
    pub index: Option<usize>,
    /// `d=`.
    pub domain: Option<&'r str>,
    /// `i=`, or its domain alone.
    pub identity: Option<&'r str>,
    /// `s=`.
    pub selector: Option<&'r str>,
    /// How `b=` begins (RFC 6008).
    pub prefix: Option<&'r str>,
}

/// Who names the signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    /// A receiver, about the message that it got. A sender chooses what its signatures contain, so
    /// nothing in a result may contradict the signature.
    Receiver,
    /// A program that was given the same file. It may say less.
    SameFile,
}

/// Which of our signatures each result is about. No two are about the same one. `said` holds what
/// each names and its result. A pair with the same identity goes before others, then one with the
/// same result: two signatures with one domain and selector may have different results.
pub(crate) fn assign(
    said: &[(Named<'_>, &str)],
    ours: &[DkimVerdict],
    writer: Writer,
) -> Vec<Option<usize>> {
    let pairs = said.iter().enumerate().flat_map(|(at, (named, word))| {
        let fitting = move |index: &usize| named.may_be(word, &ours[*index], *index, ours, writer);
        (0..ours.len()).filter(fitting).map(move |index| {
            let verdict = &ours[index];
            let is_other = !is_same("dkim", word, verdict.result.as_str());
            let rank = (
                !named.is_identity_of(verdict),
                is_other,
                verdict.domain.is_none(),
            );
            (rank, at, index)
        })
    });
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    let (mut about, mut is_taken) = (vec![None; said.len()], vec![false; ours.len()]);
    for (_, at, index) in pairs {
        if about[at].is_none() && !is_taken[index] {
            about[at] = Some(index);
            is_taken[index] = true;
        }
    }
    about
}

/// Which of our signatures each result of `field` is about.
pub(super) fn of_field(field: &AuthenticationResults, ours: &[DkimVerdict]) -> Vec<Option<usize>> {
    let mut about = vec![None; field.results.len()];
    let (mut places, mut said) = (Vec::new(), Vec::new());
    let results = field.results.iter().enumerate();
    for (at, result) in results.filter(|(_, result)| result.method == "dkim") {
        // A receiver that saw no signature means all signatures.
        if result.result == "none" && ours.len() == 1 {
            about[at] = Some(0);
            continue;
        }
        places.push(at);
        said.push((Named::of(result), result.result.as_str()));
    }
    for (at, index) in places
        .into_iter()
        .zip(assign(&said, ours, Writer::Receiver))
    {
        about[at] = index;
    }
    about
}

impl<'r> Named<'r> {
    /// What a result of a field names.
    pub(super) fn of(result: &'r ResInfo) -> Self {
        let property = |name| {
            let value = result.property("header", name)?;
            // Microsoft writes none if there is no signature.
            (!value.is_empty() && !value.eq_ignore_ascii_case("none")).then_some(value)
        };
        Self {
            index: None,
            domain: property("d"),
            identity: property("i"),
            // Yahoo writes some values with an @ before them.
            selector: property("s").map(|selector| selector.trim_start_matches('@')),
            prefix: property("b"),
        }
    }

    /// Whether a result `word` may be about `verdict`, which is the signature `index` of `ours`.
    fn may_be(
        &self,
        word: &str,
        verdict: &DkimVerdict,
        index: usize,
        ours: &[DkimVerdict],
        writer: Writer,
    ) -> bool {
        match writer {
            Writer::SameFile => self.may_say_less(verdict, index, ours),
            Writer::Receiver => {
                // A result that does not name a signature can only be matched if there is just one.
                let is_named = !self.is_nothing() || ours.len() == 1;
                // No receiver accepts a signature that is not well-formed.
                let can_be = receivers::registered("dkim", word) != "pass"
                    || !matches!(
                        verdict.cause,
                        DkimCause::IdentityOutsideDomain
                            | DkimCause::Syntax
                            | DkimCause::MissingTag
                            | DkimCause::Version
                    );
                is_named && can_be && self.fits(verdict)
            }
        }
    }

    fn is_nothing(&self) -> bool {
        self.domain.is_none()
            && self.identity.is_none()
            && self.selector.is_none()
            && self.prefix.is_none()
    }

    fn is_identity_of(&self, verdict: &DkimVerdict) -> bool {
        let ours = verdict.identity.as_deref();
        self.identity
            .zip(ours)
            .is_some_and(|(theirs, ours)| theirs.eq_ignore_ascii_case(ours))
    }

    /// Whether nothing that is named contradicts `verdict`, and the signature has all of it.
    pub(super) fn fits(&self, verdict: &DkimVerdict) -> bool {
        let is = |theirs: Option<&str>, ours: Option<&str>| {
            theirs.is_none_or(|theirs| ours.is_some_and(|ours| ours.eq_ignore_ascii_case(theirs)))
        };
        let domain = verdict.domain.as_ref().map(|name| name.as_str());
        let selector = verdict.selector.as_ref().map(|name| name.as_str());
        // Some receivers give d= after an @, some the identity without its local part.
        let theirs = self.identity.map(mailbox_domain);
        let identity = verdict.identity.as_deref().map(mailbox_domain);
        let is_identity = is(theirs, identity) || self.domain.is_none() && is(theirs, domain);
        let is_prefix = self.prefix.is_none_or(|theirs| {
            let ours = verdict.signature_prefix.as_deref().unwrap_or_default();
            // Ours has the first eight characters.
            let length = theirs.len().min(ours.len());
            theirs.len() >= ours.len()
                && !ours.is_empty()
                && theirs.as_bytes()[..length] == *ours.as_bytes()
                && (ours.len() >= 8 || theirs.len() == ours.len())
        });
        is(self.domain, domain) && is(self.selector, selector) && is_identity && is_prefix
    }

    /// The same for a program that was given the same file: if one of both does not have a value,
    /// both may be about the same signature.
    pub(crate) fn may_say_less(
        &self,
        verdict: &DkimVerdict,
        index: usize,
        ours: &[DkimVerdict],
    ) -> bool {
        if let Some(theirs) = self.index {
            return theirs == index;
        }
        if let (Some(theirs), Some(prefix)) = (self.prefix, &verdict.signature_prefix) {
            return prefix.starts_with(theirs) || theirs.starts_with(prefix.as_str());
        }
        let same = |theirs: Option<&str>, ours: &Option<Name>| {
            let (theirs, ours) = (theirs?, ours.as_ref()?);
            Some(Name::parse(theirs).is_ok_and(|theirs| theirs == *ours))
        };
        let domain = same(self.domain, &verdict.domain);
        let selector = same(self.selector, &verdict.selector);
        match (domain, selector) {
            (None, None) => ours.len() == 1 || verdict.domain.is_none(),
            (domain, selector) => domain.unwrap_or(true) && selector.unwrap_or(true),
        }
    }
}
