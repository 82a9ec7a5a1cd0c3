//! Providers of mailboxes, for whose domains no customer can publish or sign.

use crate::dmarc::registered;
use crate::dns::Name;
use crate::receivers;

/// Providers of mailboxes, beside those known as receivers, by the name before the public suffix,
/// where many countries have one.
const BRANDS: [&str; 2] = ["gmx", "yandex"];

/// The same by their whole domain. The first stands for all of them in examples.
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

/// Whether mailboxes at this domain are given to everybody.
pub(in crate::findings) fn is_free_mail(domain: &Name) -> bool {
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
