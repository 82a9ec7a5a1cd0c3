//! SPF: may this client send mail in the name of this domain? (RFC 7208)

pub(crate) mod check;
mod check_host;
pub mod edit;
mod host_names;
mod lookups;
mod loops;
pub mod macros;
mod mechanism;
mod modifier;
mod published;
pub mod record;
pub mod repair;
mod stop;
pub mod syntax;
mod verdict;

use std::net::IpAddr;

use jiff::Timestamp;

use crate::Limits;
use crate::dns::{Name, Recorder};
pub use check::{Spf, SpfCheck, check_spf};
use check_host::{Checked, Session, Walk};
pub(crate) use host_names::host_names;
pub use host_names::{HostName, is_confirmed};
pub(crate) use lookups::reverse_name;
pub use stop::{
    ExplanationProblem, IdentityProblem, IdentityRole, LeadsNowhere, SpfAnswer, SpfFound, SpfStop,
    TargetProblem, TermAt,
};
pub(crate) use verdict::without_qualifier;
pub use verdict::{
    SpfCause, SpfIdentity, SpfMatched, SpfOutcome, SpfProblem, SpfResult, SpfStep, SpfVerdict,
};

/// What is known of the SMTP session.
#[derive(Clone, Copy, Debug)]
pub struct SpfQuery<'a> {
    /// The address of the client.
    pub client_ip: Option<IpAddr>,
    /// The name given in HELO or EHLO.
    pub helo: Option<&'a str>,
    /// The reverse-path without angle brackets; empty for the null reverse-path.
    pub mail_from: Option<&'a str>,
    /// The host that performs the check, for the macro `r`.
    pub receiver: Option<&'a str>,
    /// The time of the check, for the macro `t`.
    pub now: Timestamp,
}

/// Judges the MAIL FROM identity (§2.4).
pub async fn check_mail_from(
    dns: &Recorder<'_>,
    query: &SpfQuery<'_>,
    limits: &Limits,
) -> SpfVerdict {
    let identity = SpfIdentity::MailFrom;
    match (query.mail_from, query.helo) {
        (None, _) => SpfVerdict::without_record(
            identity,
            None,
            query.client_ip,
            SpfStop::MailFromUnknown,
            limits,
        ),
        (Some(""), None) => SpfVerdict::without_record(
            identity,
            None,
            query.client_ip,
            SpfStop::HeloUnknown {
                for_mail_from: true,
            },
            limits,
        ),
        (Some(""), Some(helo)) => check(dns, query, limits, identity, "", helo).await,
        (Some(sender), _) => {
            // A reverse-path without @ is read as a domain without a local part (§4.3).
            let (local, domain) = sender.rsplit_once('@').unwrap_or(("", sender));
            check(dns, query, limits, identity, local, domain).await
        }
    }
}

/// Judges the HELO identity (§2.3).
pub async fn check_helo(dns: &Recorder<'_>, query: &SpfQuery<'_>, limits: &Limits) -> SpfVerdict {
    let identity = SpfIdentity::Helo;
    match query.helo {
        None => SpfVerdict::without_record(
            identity,
            None,
            query.client_ip,
            SpfStop::HeloUnknown {
                for_mail_from: false,
            },
            limits,
        ),
        Some(helo) => check(dns, query, limits, identity, "", helo).await,
    }
}

async fn check(
    dns: &Recorder<'_>,
    query: &SpfQuery<'_>,
    limits: &Limits,
    identity: SpfIdentity,
    local: &str,
    domain: &str,
) -> SpfVerdict {
    let local = if local.is_empty() {
        "postmaster"
    } else {
        local
    };
    let name = match identity_domain(local, domain, limits) {
        Ok(name) => name,
        Err(problem) => {
            let role = match (identity, query.mail_from) {
                (SpfIdentity::MailFrom, Some("")) => IdentityRole::HeloForMailFrom,
                (SpfIdentity::MailFrom, _) => IdentityRole::MailFrom,
                (SpfIdentity::Helo, _) => IdentityRole::Helo,
            };
            return SpfVerdict::without_record(
                identity,
                Some(clipped(domain, limits)),
                query.client_ip,
                SpfStop::IdentityInvalid { role, problem },
                limits,
            );
        }
    };
    let sender_domain = if domain.is_ascii() {
        domain.trim_end_matches('.')
    } else {
        name.as_str()
    };
    let helo = query.helo.map(|helo| helo_text(helo, limits));
    let session = Session {
        ip: query.client_ip.map(|ip| ip.to_canonical()),
        sender: format!("{local}@{sender_domain}"),
        local: local.into(),
        sender_domain: sender_domain.into(),
        helo,
        receiver: query.receiver.map(String::from),
        now: query.now,
    };
    let mut walk = Walk::new(dns, limits, &session);
    let checked = walk.check_host(name.clone(), false, 0).await;
    verdict(identity, &name, &session, checked, walk)
}

/// The domain of an identity, or why it cannot be asked about (§4.3).
fn identity_domain(local: &str, domain: &str, limits: &Limits) -> Result<Name, IdentityProblem> {
    let limit = limits.spf_identity_octets;
    let text = || domain.to_owned();
    if local.len() + domain.len() > limit {
        return Err(IdentityProblem::TooLong { limit });
    }
    if domain.starts_with('[') || domain.parse::<IpAddr>().is_ok() {
        return Err(IdentityProblem::Address(text()));
    }
    let name = Name::parse(domain).map_err(|error| IdentityProblem::NotAName {
        text: text(),
        error,
    })?;
    if let Some(character) = name.as_str().chars().find(|c| !is_atext(*c) && *c != '.') {
        return Err(IdentityProblem::Character {
            text: text(),
            character,
        });
    }
    if name.parent().is_none() {
        return Err(IdentityProblem::OneLabel(text()));
    }
    Ok(name)
}

/// RFC 5322 §3.2.3.
fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

/// The HELO name as macros give it: in A-labels where it is a name, and of bounded length.
fn helo_text(helo: &str, limits: &Limits) -> String {
    match Name::parse(helo) {
        Ok(name) if !helo.is_ascii() => name.to_string(),
        _ => clipped(helo, limits),
    }
}

fn clipped(text: &str, limits: &Limits) -> String {
    text.chars().take(limits.spf_identity_octets).collect()
}

fn verdict(
    identity: SpfIdentity,
    domain: &Name,
    session: &Session,
    checked: Checked,
    walk: Walk<'_, '_>,
) -> SpfVerdict {
    SpfVerdict {
        identity,
        result: checked.result,
        cause: checked.cause,
        domain: Some(domain.to_string()),
        client_ip: session.ip,
        sender: Some(session.sender.clone()),
        record: checked.record,
        records: checked.records,
        lookup: checked.lookup,
        matched: checked.matched,
        lookups: walk.lookups,
        lookup_limit: walk.limits.spf_lookups,
        void_lookups: walk.voids,
        void_lookup_limit: walk.limits.spf_void_lookups,
        explanation: checked.explanation,
        stop: checked.stop,
        via: checked.via,
        problems: walk.problems,
        trace: checked.steps,
        steps_left_out: walk.left_out,
    }
}
