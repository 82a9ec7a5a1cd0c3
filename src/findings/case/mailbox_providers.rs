//! Mailbox providers: their customers cannot publish records or sign for their domains.

use crate::dmarc::registered;
use crate::dns::Name;
use crate::receivers;

/// Mailbox providers that are not among the known receivers, by the label before the public suffix,
/// if they use it in many countries.
const BRANDS: [&str; 2] = ["gmx", "yandex"];

/// Others by their whole domain. The first is the example used in words.
const DOMAINS: [&str; 17] = [
    "freemail.example",
    "126.com",
    "163.com",
    "att.net",
    "btinternet.com",
    "comcast.net",
    "free.fr",
    "libero.it",
    "mail.com",
    "naver.com",
    "orange.fr",
    "qq.com",
    "sbcglobal.net",
    "t-online.de",
    "verizon.net",
    "wanadoo.fr",
    "web.de",
];

/// Whether anyone can get a mailbox at this domain.
pub(crate) fn is_free_mail(domain: &Name) -> bool {
    let registered = registered(domain);
    let brand = registered.labels().next().unwrap_or_default();
    DOMAINS.contains(&registered.as_str())
        || BRANDS.contains(&brand)
        || receivers::gives_mailboxes(registered.as_str(), brand)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_for_everybody_are_told_from_domains_of_ones_own() {
        for (domain, is_free) in [
            ("gmail.com", true),
            ("yahoo.co.uk", true),
            ("mail.yahoo.com", true),
            ("gmx.de", true),
            ("example.com", false),
            ("yahoo.example.com", false),
            ("live.example", false),
        ] {
            assert_eq!(
                is_free_mail(&Name::parse(domain).unwrap()),
                is_free,
                "{domain}"
            );
        }
    }
}
