//! The records that a customer of SES publishes.

use super::{Region, is_ses_domain};
use crate::dns::Name;
use crate::dns::change::RecordChange;
use crate::spf::SpfStep;

/// The SPF record of a custom MAIL FROM domain.
pub const SPF: &str = "v=spf1 include:amazonses.com ~all";

/// The SPF term that authorises SES.
pub const INCLUDE: &str = "include:amazonses.com";

/// Whether a term of an SPF record, or of one that it leads to, names a domain of SES.
pub(crate) fn is_included(steps: &[SpfStep]) -> bool {
    steps.iter().any(|step| {
        let target = step.record_domain.as_deref();
        target.is_some_and(is_ses_domain) || is_included(&step.steps)
    })
}

/// The records of a custom MAIL FROM domain: one MX with the region's feedback host, and SPF.
pub fn custom_mail_from(domain: &Name, region: &Region) -> Vec<RecordChange> {
    feedback_mx(domain, region)
        .into_iter()
        .chain([spf(domain)])
        .collect()
}

/// The SPF record of a custom MAIL FROM domain.
pub fn spf(domain: &Name) -> RecordChange {
    RecordChange::txt(domain.clone(), SPF)
}

/// The MX of a custom MAIL FROM domain, with the region's feedback host.
pub fn feedback_mx(domain: &Name, region: &Region) -> Option<RecordChange> {
    let host = Name::parse(&region.feedback_host()).ok()?;
    Some(RecordChange::mx(domain.clone(), 10, host))
}

/// The records of Easy DKIM for `domain`: an alias for each token, which leads to that token in
/// `zone`, the SigningHostedZone of the identity. What is no token is left out.
pub fn easy_dkim<T: AsRef<str>>(
    domain: &Name,
    tokens: impl IntoIterator<Item = T>,
    zone: &Name,
) -> Vec<RecordChange> {
    let record = |token: &str| {
        let owner = easy_dkim_owner(domain, token)?;
        Some(RecordChange::cname(owner, zone.under(token).ok()?))
    };
    let tokens = tokens.into_iter();
    tokens.filter_map(|token| record(token.as_ref())).collect()
}

/// The name at which a key of `domain` is looked for; `None` if `token` is no single label of
/// letters, digits and hyphens.
pub(crate) fn easy_dkim_owner(domain: &Name, token: &str) -> Option<Name> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_token = !token.is_empty() && token.bytes().all(is_plain);
    let below = is_token.then(|| format!("{token}._domainkey"))?;
    domain.under(&below).ok()
}

/// The names at which SES may keep the Easy DKIM key with this token, most likely first. Which one
/// it is, only DNS or SES can say.
pub(crate) fn easy_dkim_targets(token: &str, region: Option<&Region>) -> Vec<Name> {
    let zones = Region::dkim_zones(region).into_iter();
    zones
        .filter_map(|zone| Name::parse(&format!("{token}.{zone}")).ok())
        .collect()
}

/// A first DMARC record: it asks for reports and does nothing else.
pub fn dmarc(domain: &Name) -> Option<RecordChange> {
    let owner = domain.under("_dmarc").ok()?;
    let text = format!("v=DMARC1; p=none; rua=mailto:dmarc@{domain}");
    Some(RecordChange::txt(owner, &text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_records_are_those_of_amazons_guide() {
        let region = Region::parse("eu-west-1").unwrap();
        let domain = Name::parse("mail.example.com").unwrap();
        let lines: Vec<String> = custom_mail_from(&domain, &region)
            .iter()
            .map(RecordChange::zone_line)
            .collect();
        assert_eq!(
            lines,
            [
                "mail.example.com. 300 MX 10 feedback-smtp.eu-west-1.amazonses.com.",
                "mail.example.com. 300 TXT \"v=spf1 include:amazonses.com ~all\"",
            ]
        );
        let zone = Name::parse("dkim.amazonses.com").unwrap();
        let domain = Name::parse("example.com").unwrap();
        let tokens = ["abc", "a b", "", "a.b"];
        let lines: Vec<String> = easy_dkim(&domain, tokens, &zone)
            .iter()
            .map(RecordChange::zone_line)
            .collect();
        assert_eq!(
            lines,
            ["abc._domainkey.example.com. 300 CNAME abc.dkim.amazonses.com."]
        );
        let own_zone = Region::parse("eu-south-1").unwrap();
        let targets = easy_dkim_targets("tok", Some(&own_zone));
        assert_eq!(targets[0].as_str(), "tok.dkim.eu-south-1.amazonses.com");
        assert_eq!(targets[1].as_str(), "tok.dkim.amazonses.com");
    }
}
