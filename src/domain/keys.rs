//! Which selectors are looked at: those that are given, and those of the guessed ones that exist.

use super::check::DomainQuery;
use super::mail;
use super::selectors::{self, SelectorOrigin, WantedSelector};
use super::spf::SpfOfDomain;
use crate::Limits;
use crate::advice_lookups::Answered;
use crate::dns::{Name, Question, Recorder, Reply};
use crate::spf::SpfStep;

/// A selector that is worth a look, and what the first answer shows.
pub(super) struct Key {
    pub wanted: WantedSelector,
    pub is_ed25519: bool,
    pub target: Option<Name>,
}

/// The selectors that are given, and those of the guessed ones that exist; and how many were guessed.
pub(super) async fn keys(
    query: &DomainQuery,
    mx: &Answered,
    spf: &SpfOfDomain,
    dns: &Recorder<'_>,
    limits: &Limits,
) -> (Vec<Key>, usize) {
    let mut wanted = query.selectors.clone();
    let mut guessed = 0;
    if query.guess {
        let mut hosts: Vec<&str> = Vec::new();
        let exchanges = mx.exchanges().into_iter();
        hosts.extend(exchanges.filter_map(|(_, host)| Some(host?.as_str())));
        targets(&spf.verdict.trace, &mut hosts);
        let guesses = selectors::guesses(&query.domain, &hosts);
        guessed = guesses.len();
        let is_new = |guess: &WantedSelector| {
            let mut known = query.selectors.iter();
            !known.any(|one| one.selector == guess.selector && one.domain == guess.domain)
        };
        wanted.extend(guesses.into_iter().filter(is_new));
    }
    let named = wanted
        .into_iter()
        .filter_map(|one| Some((one.key_name()?, one)));
    let named: Vec<(Name, WantedSelector)> = named.collect();
    let questions: Vec<Question> = named
        .iter()
        .map(|(name, _)| Question::txt(name.clone()))
        .collect();
    let lookups = dns.ask_all(&questions).await;
    let keys = named
        .into_iter()
        .zip(lookups)
        .filter_map(|((_, wanted), lookup)| {
            let is_guess = wanted.origin == SelectorOrigin::Guessed;
            let is_shown =
                !is_guess || selectors::is_there(&lookup.reply) && !is_revoked(&lookup.reply);
            is_shown.then(|| Key {
                is_ed25519: mail::is_ed25519(&lookup.reply, limits),
                target: lookup.reply.cname().last().cloned(),
                wanted,
            })
        });
    (keys.collect(), guessed)
}

/// Whether the text at a selector says that its key was withdrawn: good practice at one that is no
/// longer used, as a guessed one may be.
fn is_revoked(reply: &Reply) -> bool {
    let mut texts = reply.txt().map(|text| text.joined());
    texts.any(|text| {
        let text = String::from_utf8_lossy(&text).replace([' ', '\t'], "");
        text.trim_end_matches(';').ends_with("p=") || text.contains("p=;")
    })
}

/// The domains that the terms of a record lead to.
fn targets<'s>(steps: &'s [SpfStep], hosts: &mut Vec<&'s str>) {
    for step in steps {
        hosts.extend(step.record_domain.as_deref());
        targets(&step.steps, hosts);
    }
}
