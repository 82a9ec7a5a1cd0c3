//! The grade of a domain: 100 points, less what each fault costs. What cannot be seen from outside
//! costs nothing.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::check::DomainCheck;
use super::selectors::KeyState;
use crate::dmarc::{Policy, PublishedPolicy};
use crate::findings::Hit;
use crate::spf::SpfResult;

/// The grade of a domain.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Grade {
    /// The letter.
    pub letter: Letter,
    /// The points of all parts, out of 100.
    pub points: u32,
    /// The parts.
    pub items: Vec<Item>,
}

/// The points of one part.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Item {
    /// The part.
    pub area: Area,
    /// Its points.
    pub points: u32,
    /// The most that it can have.
    pub of: u32,
    /// What costs points, most first. Together they cost no more than the part has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
}

/// What costs points.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Loss {
    /// The reason.
    pub why: Why,
    /// How many points it costs.
    pub points: u32,
}

/// Why points are lost.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Why {
    /// A finding with this code.
    Finding(&'static str),
    /// There is no DMARC policy, and no finding says why.
    NoPolicy,
    /// The policy asks for nothing, and no finding says so.
    PolicyNone,
    /// The policy is quarantine; reject would be stronger.
    Quarantine,
    /// SPF says nothing about clients that it does not name.
    SpfNeutral,
    /// SPF ends in permerror, and no finding says why.
    SpfPermerror,
}

/// A part of what a domain publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Area {
    /// The DMARC record.
    Dmarc,
    /// The SPF record of the domain itself.
    Spf,
    /// The keys.
    Dkim,
    /// The MAIL FROM domain in SES.
    MailFrom,
}

/// The letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[non_exhaustive]
pub enum Letter {
    /// Well protected: 95 points or more.
    A,
    /// One thing is left to do: 85 or more.
    B,
    /// It can be forged, or a part does not work: 70 or more.
    C,
    /// A main part is missing: 55 or more.
    D,
    /// Several are: 40 or more.
    E,
    /// Hardly anything protects it.
    F,
}

/// The fewest points for each letter.
pub const LETTERS: [(Letter, u32); 6] = [
    (Letter::A, 95),
    (Letter::B, 85),
    (Letter::C, 70),
    (Letter::D, 55),
    (Letter::E, 40),
    (Letter::F, 0),
];

/// What a finding costs, by the beginning of its code; the first that fits counts. What is not in the
/// list costs nothing. A fault that hides others costs as much as all of them.
const COSTS: &[(&str, u32)] = &[
    ("dmarc-record-", 40),
    ("several-dmarc-records", 40),
    ("dmarc-policy-none", 25),
    ("dmarc-test-mode", 10),
    ("dmarc-percentage", 5),
    ("dmarc-subdomain-policy-weaker", 5),
    ("dmarc-organization-cut", 5),
    ("dmarc-without-reports", 5),
    ("dmarc-unusable-report-address", 5),
    ("dmarc-report-host-", 5),
    ("dmarc-psd-of-no-suffix", 5),
    ("dmarc-rule-sets-differ", 2),
    ("dmarc-ignored-tag", 1),
    ("strict-spf-alignment-with-ses", 8),
    ("spf-record-at-", 2),
    ("spf-record-missing", 25),
    ("spf-several-records", 25),
    ("spf-syntax-error", 25),
    ("spf-allows-everyone", 25),
    ("quoted-spf-record", 25),
    ("spf-too-many-", 15),
    ("spf-include-without-record", 15),
    ("spf-redirect-beside-all", 2),
    ("spf-uses-ptr", 2),
    ("dkim-weak-key", 5),
    ("dkim-testing-key", 5),
    ("dkim-several-keys-at-selector", 5),
    ("ses-selector-copied-key", 5),
    ("dkim-key-restriction", 10),
    ("dkim-", 20),
    ("ses-dkim-", 10),
    ("ses-selector-", 20),
    ("ses-mail-from-mx-of-another-region", 2),
    ("ses-mail-from-is-from-domain", 5),
    ("ses-mail-from-", 10),
    ("mx-preference-in-host-name", 10),
    ("ses-spf-include-missing", 10),
    ("sending-host-not-authorised", 5),
];

impl Area {
    /// All parts, in their order.
    pub const ALL: [Self; 4] = [Self::Dmarc, Self::Spf, Self::Dkim, Self::MailFrom];

    /// The most points that the part can have.
    pub fn of_points(self) -> u32 {
        match self {
            Self::Dmarc => 40,
            Self::Spf => 25,
            Self::Dkim => 20,
            Self::MailFrom => 15,
        }
    }

    /// The part that a hit is about: one about SPF in mail `with_mail_from` is about the MAIL FROM
    /// domain.
    pub(super) fn of(hit: &Hit, with_mail_from: bool) -> Self {
        let code = hit.code;
        let is_about = |word: &str| code.starts_with(word);
        if code.contains("dmarc") && !is_about("spf-") {
            Self::Dmarc
        } else if is_about("sending-host-") || is_about("mx-host-") {
            Self::Spf
        } else if is_about("dkim-") || is_about("ses-selector-") || is_about("ses-dkim-") {
            Self::Dkim
        } else if with_mail_from
            || is_about("ses-mail-from-")
            || is_about("strict-spf-")
            || is_about("mx-preference-")
        {
            Self::MailFrom
        } else {
            Self::Spf
        }
    }

    /// What a finding with this code costs the part.
    pub(super) fn loss(self, code: &str) -> u32 {
        let cost = COSTS.iter().find(|(start, _)| code.starts_with(start));
        cost.map_or(0, |(_, cost)| *cost).min(self.of_points())
    }
}

impl Grade {
    /// The grade of what was found; `None` if DNS did not answer what it depends on.
    pub(super) fn of(check: &DomainCheck) -> Option<Self> {
        if check.unanswered() != (false, false) || check.exists != Some(true) {
            return None;
        }
        let hits = check.hits();
        let items: Vec<Item> = Area::ALL
            .iter()
            .map(|area| item(*area, &hits, check))
            .collect();
        let points = items.iter().map(|item| item.points).sum();
        let letter = LETTERS.iter().find(|(_, least)| points >= *least);
        Some(Self {
            letter: letter.map_or(Letter::F, |(letter, _)| *letter),
            points,
            items,
        })
    }
}

fn item(area: Area, hits: &[(Area, &Hit)], check: &DomainCheck) -> Item {
    let mut losses: Vec<Loss> = Vec::new();
    for (_, hit) in hits.iter().filter(|(of, _)| *of == area) {
        let points = area.loss(hit.code);
        let why = Why::Finding(hit.code);
        let is_known = losses.iter().any(|known| known.why == why);
        if points > 0 && !is_known && !(hit.code == REVOKED && signs(check)) {
            losses.push(Loss { why, points });
        }
    }
    let most = losses.iter().map(|loss| loss.points).max().unwrap_or(0);
    losses.extend(by_facts(area, most, check));
    losses.sort_by_key(|loss| std::cmp::Reverse(loss.points));
    let lost: u32 = losses.iter().map(|loss| loss.points).sum();
    let of = area.of_points();
    Item {
        area,
        points: of.saturating_sub(lost),
        of,
        losses,
    }
}

/// A key that was withdrawn: good practice, as long as another one signs.
const REVOKED: &str = "dkim-key-revoked";

fn signs(check: &DomainCheck) -> bool {
    check.dkim.iter().any(|key| key.state == KeyState::Usable)
}

/// What costs points and is no finding; `most` is what the worst finding costs.
fn by_facts(area: Area, most: u32, check: &DomainCheck) -> Option<Loss> {
    let all = area.of_points();
    let spf = match area {
        Area::Dmarc => {
            let published = &check.dmarc.dmarc;
            let asks = |policy: &PublishedPolicy| policy.for_domain.requested;
            let (why, points) = match published.policy.as_ref().map(asks) {
                None if most < all => (Why::NoPolicy, all),
                Some(Policy::None) if most < 25 => (Why::PolicyNone, 25),
                Some(Policy::Quarantine) => (Why::Quarantine, 5),
                _ => return None,
            };
            return Some(Loss { why, points });
        }
        Area::Dkim => return None,
        Area::Spf => check.spf.first(),
        Area::MailFrom => check.spf.get(1),
    };
    let spf = spf?;
    let (why, points) = match spf.verdict.result {
        SpfResult::Permerror if spf.ended_by_client => return None,
        SpfResult::Neutral => (Why::SpfNeutral, 10),
        SpfResult::Permerror if most < 15 => (Why::SpfPermerror, all),
        _ => return None,
    };
    Some(Loss { why, points })
}

impl fmt::Display for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
