//! Mail that a domain would send: what the verdicts and rules look at when there is no message.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use jiff::Timestamp;

use super::selectors::WantedSelector;
use crate::analysis::Imagined;
use crate::dkim::Effort;
use crate::dkim::KeyRecord;
use crate::dmarc::Rules;
use crate::dns::{AnyDns, Evidence, Name, Recorder, Reply};
use crate::inspect::inspect_imagined;
use crate::ses::{Identities, Region};
use crate::spf::HostName;
use crate::{Audience, Error, Inspection, Limits, Options, SessionHints};

/// An address that no client has: SPF looks at every term, unless one lets everybody pass.
pub(super) const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// A local part in the form of those that SES puts before a MAIL FROM domain.
const SES_PATH: &str = "0100000000000000-00000000-0000-0000-0000-000000000000-000000";

/// Mail of a domain.
pub(super) struct Mail<'a> {
    /// The domain in From.
    pub author: &'a Name,
    /// The MAIL FROM domain.
    pub path: &'a Name,
    /// Whether that domain is a custom MAIL FROM domain in SES.
    pub is_ses_path: bool,
    /// Whether SES sends it.
    pub by_ses: bool,
    /// The region of SES.
    pub region: Option<&'a Region>,
    /// The selectors, each with whether its key is for Ed25519.
    pub keys: &'a [(WantedSelector, bool)],
    /// Whether the domain says that nobody may send mail of it.
    pub sends_none: bool,
    /// The names of a host that sends it, if one is known.
    pub host: Option<&'a [HostName]>,
    /// Whether to see what large receivers make of it.
    pub bulk: bool,
    /// What SES says of its customer's identities.
    pub identities: &'a Arc<Identities>,
    /// The hosts that send it, if SPF for them is judged by this path.
    pub hosts: &'a [IpAddr],
    /// Whether to ask where the mail exchangers lead.
    pub exchangers: bool,
    /// The DMARC rules.
    pub rules: Rules,
}

impl Mail<'_> {
    /// Inspects it. `evidence` is what was asked before.
    pub(super) async fn inspect(
        &self,
        dns: &AnyDns<'_>,
        evidence: Evidence,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<Inspection, Error> {
        let mut limits = limits.clone();
        limits.signatures = limits.signatures.max(self.keys.len());
        limits.advice_questions = limits.advice_questions.max(16 * (self.keys.len() + 2));
        let options = Options {
            limits,
            rules: self.rules,
            autopsy: Effort::Off,
            bulk: self.bulk,
            identities: Arc::clone(self.identities),
            hosts: self.hosts.to_vec(),
            exchangers: self.exchangers,
            audience: Audience::Owner(vec![self.author.clone()]),
            ..Options::default()
        };
        let local = match self.is_ses_path {
            true => SES_PATH,
            false => "postmaster",
        };
        let hints = SessionHints {
            client_ip: Some(NOBODY),
            mail_from: Some(format!("{local}@{}", self.path)),
            at: Some(now),
            ..SessionHints::default()
        };
        let imagined = Imagined {
            by_ses: self.by_ses,
            region: self.region.cloned(),
            sends_none: self.sends_none,
            host: self.host.map(<[_]>::to_vec),
        };
        let dns = Recorder::continuing(dns, evidence);
        inspect_imagined(&self.text(), &hints, dns, now, &options, &imagined).await
    }

    /// Its text: a signature for each key, none of which verifies.
    fn text(&self) -> Vec<u8> {
        let mut text = String::new();
        for (wanted, is_ed25519) in self.keys {
            let algorithm = match is_ed25519 {
                true => "ed25519-sha256",
                false => "rsa-sha256",
            };
            let WantedSelector {
                selector, domain, ..
            } = wanted;
            let hash = "A".repeat(43);
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={domain};\r\n \
                 s={selector}; h=from; bh={hash}=; b=AAAA\r\n"
            );
        }
        let _ = write!(text, "From: <postmaster@{}>\r\n\r\n", self.author);
        text.into_bytes()
    }
}

/// Whether the key in this answer is for Ed25519.
pub(super) fn is_ed25519(reply: &Reply, limits: &Limits) -> bool {
    let mut texts = reply
        .txt()
        .map(|text| KeyRecord::parse(&text.joined(), limits));
    texts.any(|record| record.is_ok_and(|record| record.key.type_name() == "ed25519"))
}
