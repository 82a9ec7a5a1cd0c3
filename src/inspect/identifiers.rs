//! What DMARC looks at: the domains whose policies are asked for, and what SPF and DKIM say of each.

use crate::Limits;
use crate::dkim::{DkimResult, DkimSignature, DkimVerdict};
use crate::dmarc::{self, Answers, AuthorDomain, Identifier, MechanismOutcome, Reservation};
use crate::dns::{Lookup, Name, Question, Recorder};
use crate::spf::{SpfResult, SpfVerdict};

/// The domains that a DMARC tree walk starts from: the author domain and that of each identifier.
pub(super) fn walked_domains(
    author: &AuthorDomain,
    spf: &SpfVerdict,
    signatures: &[DkimSignature],
) -> Vec<Name> {
    let signed = signatures
        .iter()
        .filter_map(|signature| signature.domain.clone());
    domains_of(author, spf, signed)
}

/// The same, `signed` being the domains of the signatures.
pub(super) fn domains_of(
    author: &AuthorDomain,
    spf: &SpfVerdict,
    signed: impl Iterator<Item = Name>,
) -> Vec<Name> {
    let AuthorDomain::One(author) = author else {
        return Vec::new();
    };
    let spf = spf
        .domain
        .as_deref()
        .and_then(|domain| Name::parse(domain).ok());
    let mut domains = vec![author.clone()];
    domains.extend(
        spf.into_iter()
            .chain(signed)
            .filter(|domain| domain != author),
    );
    domains
}

/// Asks for all keys and policy records at once, so that they are waited for together.
pub(super) async fn ask_at_once(
    signatures: &[&DkimSignature],
    domains: &[Name],
    dns: &Recorder<'_>,
    limits: &Limits,
) -> (Vec<Option<Lookup>>, Answers) {
    let keys: Vec<Option<Question>> = signatures.iter().map(|one| one.question()).collect();
    let policies: Vec<(Name, Question)> = domains
        .iter()
        .flat_map(|domain| dmarc::targets(domain, limits))
        .filter_map(|domain| dmarc::question(&domain).map(|question| (domain, question)))
        .collect();
    let questions: Vec<Question> = keys
        .iter()
        .flatten()
        .chain(policies.iter().map(|(_, question)| question))
        .cloned()
        .collect();
    let mut lookups = dns.ask_all(&questions).await.into_iter();
    let keys = keys
        .into_iter()
        .map(|question| question.and_then(|_| lookups.next()))
        .collect();
    let mut answers = Answers::default();
    for ((domain, _), lookup) in policies.into_iter().zip(lookups) {
        answers.insert(domain, lookup);
    }
    (keys, answers)
}

pub(super) fn spf_identifier(verdict: &SpfVerdict) -> Identifier {
    Identifier {
        domain: verdict
            .domain
            .as_deref()
            .and_then(|domain| Name::parse(domain).ok()),
        outcome: match verdict.result {
            SpfResult::Pass => MechanismOutcome::Pass,
            SpfResult::Temperror => MechanismOutcome::Temperror,
            SpfResult::NotEvaluated => MechanismOutcome::NotEvaluated,
            _ => MechanismOutcome::Fail,
        },
        reservations: Vec::new(),
    }
}

pub(super) fn dkim_identifiers(verdicts: &[DkimVerdict]) -> Vec<Identifier> {
    let verdicts = verdicts.iter();
    verdicts
        .map(|verdict| Identifier {
            domain: verdict.domain.clone(),
            outcome: match verdict.result {
                DkimResult::Pass => MechanismOutcome::Pass,
                DkimResult::Temperror => MechanismOutcome::Temperror,
                DkimResult::NotEvaluated => MechanismOutcome::NotEvaluated,
                _ => MechanismOutcome::Fail,
            },
            reservations: reservations(verdict),
        })
        .collect()
}

fn reservations(verdict: &DkimVerdict) -> Vec<Reservation> {
    let unsigned = verdict.body.unsigned_length > Some(0);
    [
        verdict.testing.then_some(Reservation::Testing),
        unsigned.then_some(Reservation::UnsignedBody),
    ]
    .into_iter()
    .flatten()
    .collect()
}
