//! Providers of mailboxes, for whose domains no customer can publish or sign.

use crate::dmarc::registered;
use crate::dns::Name;

/// Providers of mailboxes by the name before the public suffix, where many countries have one.
const BRANDS: [&str; 5] = ["gmx", "hotmail", "outlook", "yahoo", "yandex"];

/// Providers of mailboxes by their whole domain. The first stands for all of them in examples.
const DOMAINS: [&str; 34] = [
    "freemail.example",
    "126.com",
    "163.com",
    "aol.com",
    "att.net",
    "btinternet.com",
    "comcast.net",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "googlemail.com",
    "icloud.com",
    "libero.it",
    "live.co.uk",
    "live.com",
    "live.fr",
    "live.nl",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "orange.fr",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rocketmail.com",
    "sbcglobal.net",
    "t-online.de",
    "verizon.net",
    "wanadoo.fr",
    "web.de",
    "ymail.com",
];

/// Whether mailboxes at this domain are given to everybody.
pub(in crate::findings) fn is_free_mail(domain: &Name) -> bool {
    let registered = registered(domain);
    let brand = registered.labels().next().unwrap_or_default();
    DOMAINS.contains(&registered.as_str()) || BRANDS.contains(&brand)
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
