//! SPF of a domain, for a client that nobody has, so that every term is looked at.

use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::mail;
use crate::Limits;
use crate::dns::{Name, Recorder};
use crate::spf::{self, SpfCause, SpfOutcome, SpfQuery, SpfStep, SpfVerdict};

/// How many terms with lookups are counted in a record that has too many.
const COUNTED: usize = 50;

/// SPF of one domain, for a client that nobody has: every term is looked at.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct SpfOfDomain {
    /// The verdict, with each term, its lookups and its void lookups. It is not ended by their limits.
    #[serde(flatten)]
    pub verdict: SpfVerdict,
    /// How many terms with lookups are allowed.
    pub lookup_limit: usize,
    /// How many void lookups depend on the client's address, so that they are none for others.
    #[serde(skip_serializing_if = "is_zero")]
    pub voids_by_client: usize,
    /// Whether the walk ended at an include or a redirect whose name a macro makes of the client or
    /// the sender, so that for others it goes on.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ended_by_client: bool,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// SPF of `domain` for a client that nobody has, beyond the limits of lookups.
pub(super) async fn spf_of(
    domain: &Name,
    dns: &Recorder<'_>,
    now: Timestamp,
    limits: &Limits,
) -> SpfOfDomain {
    let mut wide = limits.clone();
    wide.spf_lookups = COUNTED;
    wide.spf_void_lookups = COUNTED;
    let mut verdict = spf_for(domain, mail::NOBODY, dns, now, &wide).await;
    // What is said of it is said with the limits that receivers have.
    verdict.lookup_limit = limits.spf_lookups;
    verdict.void_lookup_limit = limits.spf_void_lookups;
    SpfOfDomain {
        lookup_limit: limits.spf_lookups,
        voids_by_client: voids_by_client(&verdict.trace),
        ended_by_client: is_ended_by_client(&verdict),
        verdict,
    }
}

pub(super) async fn spf_for(
    domain: &Name,
    client: IpAddr,
    dns: &Recorder<'_>,
    now: Timestamp,
    limits: &Limits,
) -> SpfVerdict {
    let sender = format!("postmaster@{domain}");
    let query = SpfQuery {
        client_ip: Some(client),
        helo: None,
        mail_from: Some(&sender),
        receiver: None,
        now,
    };
    spf::check_mail_from(dns, &query, limits).await
}

/// How many void lookups there would not be for every client.
pub(super) fn voids_by_client(steps: &[SpfStep]) -> usize {
    let own = |step: &SpfStep| {
        let term = spf::without_qualifier(&step.term);
        let is_of_client = term.contains('%') || term.starts_with("ptr");
        if is_of_client { step.voids } else { 0 }
    };
    steps
        .iter()
        .map(|step| own(step) + voids_by_client(&step.steps))
        .sum()
}

/// Whether an include or a redirect leads nowhere only because nobody is the client.
pub(super) fn is_ended_by_client(verdict: &SpfVerdict) -> bool {
    let causes = [
        SpfCause::IncludeWithoutRecord,
        SpfCause::RedirectWithoutRecord,
    ];
    fn last(steps: &[SpfStep]) -> Option<&SpfStep> {
        let step = steps
            .iter()
            .find(|step| step.outcome == SpfOutcome::Error)?;
        last(&step.steps).or(Some(step))
    }
    causes.contains(&verdict.cause) && last(&verdict.trace).is_some_and(|it| it.term.contains('%'))
}
