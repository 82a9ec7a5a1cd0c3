//! Words of Amazon SES.

use super::Word;

pub(super) const WORDS: &[Word] = &[
    Word {
        word: "amazonses",
        aliases: &["ses", "amazon-ses", "amazonses.com", "aws-ses", "aws"],
        means: "Amazon's service for sending mail. Without further setup its mail has an envelope \
                sender in amazonses.com. It always adds a signature with d=amazonses.com.",
        matters: "Both pass, and neither is your domain: DMARC fails until your domain signs \
                  (Easy DKIM or your own key).",
        todo: "Set up Easy DKIM for the domain in From, then a custom MAIL FROM domain. sesauth \
               inspect message.eml says which is missing.",
        cites: "",
        see: &[
            "easy-dkim",
            "custom-mail-from",
            "byodkim",
            "ses-default-mail-from",
        ],
    },
    Word {
        word: "easy-dkim",
        aliases: &["easydkim", "easy-dkim-token", "token"],
        means: "SES makes the keys and signs with your domain. You publish three CNAME records, \
                TOKEN._domainkey.DOMAIN, that point to names of Amazon.",
        matters: "It aligns with From, so DMARC passes, also after forwarding. Of the three keys \
                  one is in use; the other two may be empty. That is normal.",
        todo: "Copy all three from the SES console of the region that sends, and leave them in \
               DNS: Amazon changes the keys behind them.",
        cites: "",
        see: &[
            "byodkim",
            "cname",
            "ses-selector-record-missing",
            "ses-key-rotated",
        ],
    },
    Word {
        word: "byodkim",
        aliases: &["bring-your-own-dkim", "own-key"],
        means: "SES signs with a key that you made: you give SES the private key and a selector, \
                and publish the public key as a TXT record at SELECTOR._domainkey.DOMAIN.",
        matters: "It aligns as Easy DKIM does. Nobody changes the key for you. While SES checks \
                  it, mail may go out unsigned.",
        todo: "RSA, 1024 to 2048 bits; 2048 is better. For most, Easy DKIM is less work.",
        cites: "",
        see: &["easy-dkim", "key", "selector"],
    },
    Word {
        word: "custom-mail-from",
        aliases: &[
            "mailfromdomainnotverified",
            "mail-from-domain",
            "custom-mail-from-domain",
        ],
        means: "A subdomain of yours, such as mail.example.com, that SES puts into the envelope \
                sender. It needs one MX record (feedback-smtp.REGION.amazonses.com) and an SPF \
                record with include:amazonses.com.",
        matters: "SPF then passes for your domain and aligns with From (relaxed). If the MX is \
                  missing, SES falls back to amazonses.com, or refuses to send: \
                  MailFromDomainNotVerified.",
        todo: "Set it in SES and in DNS; either alone does nothing. sesauth inspect message.eml.",
        cites: "",
        see: &[
            "mail-from",
            "ses-default-mail-from",
            "ses-custom-mail-from-not-used",
        ],
    },
    Word {
        word: "identity",
        aliases: &["ses-identity", "verified-identity", "verified-domain"],
        means: "A domain or an address that you showed to SES to be yours, in one region. Mail \
                takes DKIM and MAIL FROM from the most specific identity that fits From.",
        matters: "A separate identity for one address has settings of its own: its mail may go \
                  out unsigned although the domain has DKIM.",
        todo: "Verify the domain, in each region that sends, and delete address identities under \
               it.",
        cites: "",
        see: &["easy-dkim", "ses-address-identity-override"],
    },
];
