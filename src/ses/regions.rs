//! The regions of SES, and the host names and domains that belong to them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::dns::Name;
use crate::receivers::amazon_ses::DOMAINS;

/// A region of SES, such as `eu-west-1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region(Box<str>);

/// What is known about one region.
struct Known {
    name: &'static str,
    /// The first four digits of its message IDs, if mail from it was observed.
    code: Option<&'static str>,
    /// Whether its Easy DKIM keys are in a zone of its own.
    own_zone: bool,
    /// Whether its feedback host is on Amazon's list; newer regions follow the pattern.
    listed: bool,
}

const fn region(name: &'static str, code: &'static str) -> Known {
    let code = match code.is_empty() {
        true => None,
        false => Some(code),
    };
    Known {
        name,
        code,
        own_zone: false,
        listed: true,
    }
}

const fn own_zone(name: &'static str, listed: bool) -> Known {
    Known {
        own_zone: true,
        listed,
        ..region(name, "")
    }
}

/// The regions from which SES sends, including GovCloud.
const REGIONS: [Known; 29] = [
    own_zone("af-south-1", true),
    region("ap-northeast-1", "0106"),
    region("ap-northeast-2", "010c"),
    own_zone("ap-northeast-3", true),
    region("ap-south-1", "0109"),
    own_zone("ap-south-2", false),
    region("ap-southeast-1", "010e"),
    region("ap-southeast-2", "0108"),
    own_zone("ap-southeast-3", false),
    own_zone("ap-southeast-5", false),
    region("ca-central-1", "010d"),
    own_zone("ca-west-1", false),
    region("eu-central-1", "0107"),
    own_zone("eu-central-2", false),
    region("eu-north-1", "0110"),
    own_zone("eu-south-1", true),
    region("eu-west-1", "0102"),
    region("eu-west-2", "010b"),
    region("eu-west-3", "0113"),
    own_zone("il-central-1", false),
    own_zone("me-central-1", false),
    region("me-south-1", ""),
    region("sa-east-1", "0103"),
    region("us-east-1", "0100"),
    region("us-east-2", "010f"),
    own_zone("us-gov-east-1", false),
    region("us-gov-west-1", ""),
    region("us-west-1", "0111"),
    region("us-west-2", "0101"),
];

/// The zone with the Easy DKIM keys of most regions.
const SHARED_ZONE: &str = "dkim.amazonses.com";

/// Whether `domain` is one of SES's own sending and signing domains, or a subdomain.
pub fn is_ses_domain(domain: &str) -> bool {
    below_ses(domain).is_some()
}

/// The part of `domain` before SES's domain; empty for that domain itself.
fn below_ses(domain: &str) -> Option<&str> {
    DOMAINS
        .iter()
        .find_map(|ses| match domain.strip_suffix(ses)? {
            "" => Some(""),
            below => below.strip_suffix('.'),
        })
}

impl Region {
    /// Reads the name of a region: a known one, or one of the usual form.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('-').collect();
        let (number, words) = parts.split_last()?;
        let is_word = |word: &&str| {
            (2..=12).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
        };
        let is_region = (2..=3).contains(&words.len())
            && words[0].len() == 2
            && words.iter().all(is_word)
            && matches!(number.as_bytes(), [b'1'..=b'9']);
        is_region.then(|| Self(text.into()))
    }

    /// The region whose message IDs begin with `code`. Amazon does not document these codes.
    pub fn of_code(code: &str) -> Option<Self> {
        let known = |region: &&Known| region.code == Some(code);
        let found = REGIONS.iter().find(known)?;
        Some(Self(found.name.into()))
    }

    /// The region with this default MAIL FROM domain.
    pub fn of_mail_from(domain: &str) -> Option<Self> {
        match below_ses(domain)? {
            "" => Self::parse("us-east-1"),
            below => Self::parse(below),
        }
    }

    /// The region whose Message-ID fields have this domain.
    pub fn of_message_id(domain: &str) -> Option<Self> {
        match below_ses(domain)? {
            "email" => Self::parse("us-east-1"),
            below => Self::parse(below),
        }
    }

    /// The region that receives its bounces at this host.
    pub fn of_feedback_host(host: &str) -> Option<Self> {
        Self::parse(below_ses(host)?.strip_prefix("feedback-smtp.")?)
    }

    /// The region whose own zone contains this Easy DKIM target. `None` for the zone that most
    /// regions share.
    pub fn of_dkim_target(target: &str) -> Option<Self> {
        let (_, zone) = below_ses(target)?.split_once(".dkim.")?;
        Self::parse(zone)
    }

    /// The names of all regions that Amazon lists.
    pub(super) fn known_names() -> impl Iterator<Item = &'static str> {
        REGIONS.iter().map(|known| known.name)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether Amazon lists it as a region of SES. For others, the names are built by the usual
    /// pattern.
    pub fn is_known(&self) -> bool {
        self.known().is_some()
    }

    /// Whether Amazon lists its feedback host; otherwise the host follows the usual pattern.
    pub fn is_feedback_host_listed(&self) -> bool {
        self.known().is_some_and(|known| known.listed)
    }

    /// Its default MAIL FROM domain.
    pub fn mail_from_domain(&self) -> String {
        match self.as_str() {
            "us-east-1" => "amazonses.com".into(),
            name => format!("{name}.amazonses.com"),
        }
    }

    /// The host for the MX of a custom MAIL FROM domain.
    pub fn feedback_host(&self) -> String {
        format!("feedback-smtp.{self}.amazonses.com")
    }

    /// The zone with its Easy DKIM keys. The SigningHostedZone that SES shows is more reliable.
    pub fn dkim_zone(&self) -> String {
        match self.known() {
            Some(Known { own_zone: true, .. }) => format!("dkim.{self}.amazonses.com"),
            _ => SHARED_ZONE.into(),
        }
    }

    /// The zones in which its Easy DKIM keys may be, most likely first: that of the region, the one
    /// that most regions share, and those of the others, as an identity may have its keys from another
    /// region (Deterministic Easy DKIM). The zones of cells within a region cannot be listed.
    pub(super) fn dkim_zones(region: Option<&Self>) -> Vec<String> {
        let own = region.map(Self::dkim_zone);
        let others = REGIONS.iter().filter(|known| known.own_zone);
        let others = others.map(|known| Self(known.name.into()).dkim_zone());
        let mut zones: Vec<String> = own.into_iter().collect();
        for zone in [SHARED_ZONE.to_owned()].into_iter().chain(others) {
            if !zones.contains(&zone) {
                zones.push(zone);
            }
        }
        zones
    }

    fn known(&self) -> Option<&'static Known> {
        REGIONS.iter().find(|known| known.name == &*self.0)
    }
}

/// Whether this is where Easy DKIM keys are: below `dkim` in a domain of SES.
pub(crate) fn is_dkim_target(target: &Name) -> bool {
    let below = below_ses(target.as_str());
    below.is_some_and(|below| below.ends_with(".dkim") || below.contains(".dkim."))
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl JsonSchema for Region {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Region".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(name: &str) -> Region {
        Region::parse(name).unwrap()
    }

    #[test]
    fn every_name_of_a_region_leads_back_to_it() {
        for known in &REGIONS {
            let region = region(known.name);
            assert_eq!(
                Region::of_mail_from(&region.mail_from_domain()).as_ref(),
                Some(&region)
            );
            assert_eq!(
                Region::of_feedback_host(&region.feedback_host()).as_ref(),
                Some(&region)
            );
        }
    }

    #[test]
    fn the_first_region_is_not_named_in_its_domains() {
        assert_eq!(region("us-east-1").mail_from_domain(), "amazonses.com");
        assert_eq!(
            region("eu-west-1").mail_from_domain(),
            "eu-west-1.amazonses.com"
        );
        assert_eq!(
            Region::of_message_id("email.amazonses.com"),
            Some(region("us-east-1"))
        );
        assert_eq!(
            Region::of_message_id("us-east-2.messagingfabric.com"),
            Some(region("us-east-2"))
        );
    }

    #[test]
    fn some_regions_have_a_zone_of_their_own_for_keys() {
        assert_eq!(region("eu-west-1").dkim_zone(), "dkim.amazonses.com");
        assert_eq!(
            region("eu-south-1").dkim_zone(),
            "dkim.eu-south-1.amazonses.com"
        );
        assert_eq!(
            Region::of_dkim_target("tok.dkim.eu-south-1.amazonses.com"),
            Some(region("eu-south-1"))
        );
    }

    #[test]
    fn the_zones_of_keys_are_listed_once_the_regions_own_first() {
        let zones = Region::dkim_zones(Some(&region("eu-south-1")));
        let first = ["dkim.eu-south-1.amazonses.com", "dkim.amazonses.com"];
        assert_eq!(zones[..2], first);
        let without = Region::dkim_zones(None);
        assert_eq!(
            (without[0].as_str(), without.len()),
            (first[1], zones.len())
        );
        let own = REGIONS.iter().filter(|known| known.own_zone).count();
        assert_eq!(zones.len(), own + 1);
    }

    #[test]
    fn a_region_that_is_not_known_follows_the_pattern_and_says_so() {
        let new = region("zz-north-9");
        assert!(!new.is_known() && !new.is_feedback_host_listed());
        assert_eq!(
            new.feedback_host(),
            "feedback-smtp.zz-north-9.amazonses.com"
        );
        for other in [
            "",
            "email",
            "eu-west",
            "eu-west-10",
            "EU-west-1",
            "x-west-1",
        ] {
            assert_eq!(Region::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_domain_that_only_ends_alike_is_not_amazons() {
        assert!(is_ses_domain("amazonses.com") && is_ses_domain("eu-west-1.amazonses.com"));
        assert!(!is_ses_domain("notamazonses.com") && !is_ses_domain("amazonses.com.example"));
    }
}
