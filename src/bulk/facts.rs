//! What a message, or a domain without one, shows of each topic.

use schemars::JsonSchema;
use serde::Serialize;

use super::rules::Topic;
use crate::dkim::{DkimResult, DkimVerdict};
use crate::dmarc::Alignment;
use crate::findings::{Case, ONCE};
use crate::spf::{HostName, SpfCause, SpfResult, is_confirmed};

/// What was seen of a topic, and whether it is enough.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct BulkFact {
    /// Whether it is enough; `None` if that cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meets: Option<bool>,
    /// What was seen.
    pub seen: BulkSeen,
}

/// What was seen: a word, and the names or numbers that belong to it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BulkSeen {
    /// A result, or a value, of each of these.
    Values(Vec<String>),
    /// Nothing is there.
    Nothing,
    /// It cannot be seen here.
    NotHere,
}

impl BulkFact {
    fn new(meets: bool, seen: impl IntoIterator<Item = String>) -> Self {
        let seen: Vec<String> = seen.into_iter().collect();
        Self {
            meets: Some(meets),
            seen: match seen.is_empty() {
                true => BulkSeen::Nothing,
                false => BulkSeen::Values(seen),
            },
        }
    }

    fn not_here() -> Self {
        Self {
            meets: None,
            seen: BulkSeen::NotHere,
        }
    }
}

/// The fewest bits of a key.
const BITS: usize = 1024;

/// What is seen of `topic`; `names` are those of the sending host, if they were asked for.
pub(super) fn about(topic: Topic, case: &Case<'_>, names: Option<&[HostName]>) -> BulkFact {
    match topic {
        Topic::Spf => spf(case),
        Topic::Dkim => dkim(case),
        Topic::DkimKey => key(case),
        Topic::Dmarc => dmarc(case),
        Topic::Alignment => alignment(case),
        Topic::Ptr => names.map_or_else(BulkFact::not_here, host),
        Topic::Complaints => BulkFact::not_here(),
        _ if case.is_of_domain() => BulkFact::not_here(),
        Topic::Tls => tls(case),
        Topic::From => from(case),
        Topic::MessageId => message_id(case),
        Topic::SingleFields => single_fields(case),
        Topic::Unsubscribe => unsubscribe(case),
    }
}

fn spf(case: &Case<'_>) -> BulkFact {
    let spf = case.spf();
    let domain = spf.domain.clone();
    let seen = || {
        [Some(spf.result.to_string()), domain.clone()]
            .into_iter()
            .flatten()
    };
    if case.is_of_domain() {
        // Without a client, a record that can be evaluated is what can be seen.
        let is_whole = matches!(spf.cause, SpfCause::Matched | SpfCause::NoMatch);
        return match spf.result {
            SpfResult::Temperror | SpfResult::NotEvaluated => BulkFact::not_here(),
            _ if is_whole => BulkFact::new(true, spf.record.iter().map(ToString::to_string)),
            SpfResult::None => BulkFact::new(false, None),
            _ => BulkFact::new(false, seen()),
        };
    }
    match spf.result {
        SpfResult::Temperror | SpfResult::NotEvaluated => BulkFact::not_here(),
        result => BulkFact::new(result == SpfResult::Pass, seen()),
    }
}

fn passing<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a DkimVerdict> {
    let all = case.analysis.dkim.iter();
    all.filter(|verdict| verdict.result == DkimResult::Pass)
}

fn dkim(case: &Case<'_>) -> BulkFact {
    let all = &case.analysis.dkim;
    let domains = passing(case).filter_map(|verdict| verdict.domain.as_ref());
    let mut domains: Vec<String> = domains.map(ToString::to_string).collect();
    domains.dedup();
    let unknown = |verdict: &DkimVerdict| {
        matches!(
            verdict.result,
            DkimResult::Temperror | DkimResult::NotEvaluated
        )
    };
    match domains.is_empty() {
        false => BulkFact::new(true, domains),
        true if all.iter().any(unknown) => BulkFact::not_here(),
        // DNS cannot list selectors.
        true if all.is_empty() && case.is_of_domain() => BulkFact::not_here(),
        true => BulkFact::new(
            false,
            all.iter().map(|verdict| verdict.result.as_str().to_owned()),
        ),
    }
}

fn key(case: &Case<'_>) -> BulkFact {
    let sizes = passing(case).filter_map(|verdict| verdict.key.as_ref()?.bits);
    match sizes.max() {
        Some(bits) => BulkFact::new(bits >= BITS, [bits.to_string()]),
        None => BulkFact::not_here(),
    }
}

fn dmarc(case: &Case<'_>) -> BulkFact {
    match case.policy() {
        Some(policy) => BulkFact::new(true, [format!("p={}", policy.requested)]),
        None if case.author().is_none() => BulkFact::not_here(),
        None => BulkFact::new(false, None),
    }
}

fn alignment(case: &Case<'_>) -> BulkFact {
    let alignment = &case.analysis.dmarc.alignment;
    // Without a client, a record that can be evaluated is taken for a pass.
    let passes = case.is_of_domain() && spf(case).meets == Some(true);
    let counts = |one: &&Alignment| one.aligned_relaxed == Some(true);
    let by_spf = alignment.spf.iter().filter(counts);
    let by_spf = by_spf.filter(|one| one.authenticated || passes);
    let by_dkim = alignment.dkim.iter().filter(counts);
    let by_dkim = by_dkim.filter(|one| one.authenticated);
    let spf = by_spf.map(|_| "SPF".to_owned());
    let dkim = by_dkim.map(|_| "DKIM".to_owned());
    let mut seen: Vec<String> = spf.chain(dkim).collect();
    seen.dedup();
    match case.author() {
        None => BulkFact::not_here(),
        Some(_) => BulkFact::new(!seen.is_empty(), seen),
    }
}

fn host(names: &[HostName]) -> BulkFact {
    let seen: Vec<String> = names.iter().map(|one| one.name.to_string()).collect();
    match is_confirmed(names) {
        Some(confirmed) => BulkFact::new(confirmed, seen),
        None => BulkFact::not_here(),
    }
}

fn tls(case: &Case<'_>) -> BulkFact {
    let mut hops = case.analysis.session.hops.iter();
    let Some(hop) = hops.find(|hop| hop.border) else {
        return BulkFact::not_here();
    };
    let protocol = hop.received.protocol.as_deref().unwrap_or_default();
    let protocol = protocol.to_ascii_uppercase();
    // RFC 3848: an S behind ESMTP or LMTP says that STARTTLS was used.
    let says_tls =
        ["ESMTPS", "ESMTPSA", "LMTPS", "LMTPSA", "UTF8SMTPS"].contains(&protocol.as_str());
    match (&hop.received.tls, says_tls) {
        (Some(tls), _) => BulkFact::new(true, [tls.clone()]),
        (None, true) => BulkFact::new(true, [protocol]),
        (None, false) if ["ESMTP", "SMTP"].contains(&protocol.as_str()) => {
            BulkFact::new(false, [protocol])
        }
        (None, false) => BulkFact::not_here(),
    }
}

fn from(case: &Case<'_>) -> BulkFact {
    let summary = &case.analysis.message;
    let addresses = summary
        .from
        .iter()
        .filter_map(|author| author.domain.as_ref());
    let seen: Vec<String> = addresses.map(ToString::to_string).collect();
    BulkFact::new(summary.from_fields == 1 && seen.len() == 1, seen)
}

fn message_id(case: &Case<'_>) -> BulkFact {
    let id = case.analysis.message.message_id.as_deref();
    let id = id.map(str::trim).filter(|id| !id.is_empty());
    let bare = |id: &str| id.trim_start_matches('<').trim_end_matches('>').to_owned();
    let is_whole = |id: &str| {
        let bare = bare(id);
        let sides = bare.split_once('@');
        sides.is_some_and(|(left, right)| !left.is_empty() && !right.is_empty())
            && !bare.contains([' ', '\t', '<', '>'])
    };
    BulkFact::new(id.is_some_and(is_whole), id.map(bare))
}

fn single_fields(case: &Case<'_>) -> BulkFact {
    let is_doubled = |name: &&&str| case.message.fields(name).count() > 1;
    let doubled: Vec<String> = ONCE
        .iter()
        .filter(is_doubled)
        .map(ToString::to_string)
        .collect();
    BulkFact::new(doubled.is_empty(), doubled)
}

fn unsubscribe(case: &Case<'_>) -> BulkFact {
    match case.unsubscribe() {
        None => BulkFact::new(false, None),
        Some(way) => {
            let is_whole = way.has_https && way.is_one_click;
            let fields = ["List-Unsubscribe", "List-Unsubscribe-Post"];
            let count = if way.is_one_click { 2 } else { 1 };
            BulkFact::new(is_whole, fields[..count].iter().map(ToString::to_string))
        }
    }
}
