//! The records that a customer of SES publishes.

use super::Region;
use crate::dns::Name;
use crate::dns::change::RecordChange;

/// The SPF record of a custom MAIL FROM domain.
pub const SPF: &str = "v=spf1 include:amazonses.com ~all";

/// The SPF term that authorises SES.
pub const INCLUDE: &str = "include:amazonses.com";

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

/// The alias for one of the three Easy DKIM keys of `domain`; `None` if the name gets too long.
pub fn easy_dkim(token: &str, domain: &Name, region: &Region) -> Option<RecordChange> {
    let owner = domain.under(&format!("{token}._domainkey")).ok()?;
    let target = Name::parse(&format!("{token}.{}", region.dkim_zone())).ok()?;
    Some(RecordChange::cname(owner, target))
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
        let own_zone = Region::parse("eu-south-1").unwrap();
        let alias = easy_dkim("tok", &Name::parse("example.com").unwrap(), &own_zone).unwrap();
        assert_eq!(
            alias.zone_line(),
            "tok._domainkey.example.com. 300 CNAME tok.dkim.eu-south-1.amazonses.com."
        );
    }
}
