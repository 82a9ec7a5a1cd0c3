//! SPF for both identities of a session, with or without a message.

use futures_util::future::{BoxFuture, FutureExt};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::Limits;
use crate::dns::{Dns, Evidence, Recorder};
use crate::session::SessionHints;
use crate::spf::{self, SpfQuery, SpfVerdict};

/// SPF for both identities; never merged.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Spf {
    /// For the reverse-path.
    pub mail_from: SpfVerdict,
    /// For the HELO name.
    pub helo: SpfVerdict,
}

/// SPF without a message. Serialised, it is the JSON of `sesauth spf`.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct SpfCheck {
    /// The verdicts on both identities.
    pub spf: Spf,
    /// Every DNS question that was asked, with its answer, in order.
    pub lookups: Evidence,
}

/// Evaluates SPF without a message.
///
/// `hints` describe the session: the client's address, the HELO name and the reverse-path. A value
/// that is missing makes the verdicts that need it *not-evaluated*. The time is that of `hints`,
/// else `now`. All DNS questions go to `dns`; a failure of DNS is part of a verdict.
pub async fn check_spf(
    hints: &SessionHints,
    dns: &impl Dns,
    now: Timestamp,
    limits: &Limits,
) -> SpfCheck {
    run(hints, Recorder::new(dns), now, limits).await
}

/// In a box, it is compiled here and not in each crate that awaits it.
fn run<'a>(
    hints: &'a SessionHints,
    dns: Recorder<'a>,
    now: Timestamp,
    limits: &'a Limits,
) -> BoxFuture<'a, SpfCheck> {
    check(hints, dns, now, limits).boxed()
}

async fn check(
    hints: &SessionHints,
    dns: Recorder<'_>,
    now: Timestamp,
    limits: &Limits,
) -> SpfCheck {
    let query = SpfQuery {
        client_ip: hints.client_ip,
        helo: hints.helo.as_deref(),
        mail_from: hints.mail_from.as_deref(),
        receiver: None,
        now: hints.at.unwrap_or(now),
    };
    let spf = judge_spf(&query, &dns, limits).await;
    SpfCheck {
        spf,
        lookups: dns.into_evidence(),
    }
}

/// Evaluates SPF for both identities.
pub(crate) async fn judge_spf(query: &SpfQuery<'_>, dns: &Recorder<'_>, limits: &Limits) -> Spf {
    Spf {
        mail_from: spf::check_mail_from(dns, query, limits).await,
        helo: spf::check_helo(dns, query, limits).await,
    }
}
