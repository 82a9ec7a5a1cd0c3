//! Words of DNS.

use super::Word;

pub(super) const WORDS: &[Word] = &[
    Word {
        word: "txt",
        aliases: &["txt-record", "text-record"],
        means: "A DNS record that holds text. SPF, DKIM keys and DMARC are such texts. A long one \
                is written as several quoted strings, which are joined without a blank.",
        matters: "Quotes, blanks or line breaks that are pasted into a form become part of the \
                  text, and the record is then not recognised.",
        todo: "Paste the text without quotes where the form asks for a value. sesauth dmarc \
               DOMAIN shows what is really published.",
        cites: "RFC 1035 §3.3.14; RFC 7208 §3.3",
        see: &["spf", "key", "dmarc", "zone", "quoted-spf-record"],
    },
    Word {
        word: "cname",
        aliases: &["cname-record", "alias"],
        means: "A record that says: this name is another one; look there. Easy DKIM uses it, so \
                that Amazon can change the key.",
        matters: "At a name with a CNAME there can be no other record, so no TXT or MX beside it. \
                  Behind a proxy or \"flattened\" by a DNS provider it does not work for DKIM.",
        todo: "Write it exactly: the target ends in a dot in zone files, and has no added domain.",
        cites: "RFC 1034 §3.6.2",
        see: &[
            "easy-dkim",
            "ses-selector-flattened",
            "dkim-alias-without-key",
        ],
    },
    Word {
        word: "mx",
        aliases: &["mx-record", "null-mx"],
        means: "The record that names the servers that take mail for a domain, with a number: the \
                lowest is tried first. \"0 .\" (null MX) says that the domain takes no mail.",
        matters: "A custom MAIL FROM domain of Amazon SES needs exactly one, so that bounces come \
                  back. An envelope sender whose domain takes no mail may be refused.",
        todo: "The number is a field of its own in most forms; do not type it into the host name.",
        cites: "RFC 5321 §5.1; RFC 7505",
        see: &["custom-mail-from", "ses-mail-from-mx-missing", "5.7.27"],
    },
    Word {
        word: "ptr",
        aliases: &["reverse-dns", "rdns", "fcrdns", "ptr-record"],
        means: "The record from an address back to a host name. Receivers want that name to lead \
                to the same address again.",
        matters: "Large receivers refuse or slow down servers without it. It is about the server, \
                  not about the domain in From. The ptr term of SPF is something else: do not use \
                  it.",
        todo: "Who gives you the address sets it. SES has it for its own addresses.",
        cites: "RFC 1035 §3.5; RFC 7208 §5.5",
        see: &["5.7.25", "helo", "spf-uses-ptr"],
    },
    Word {
        word: "ttl",
        aliases: &["time-to-live", "propagation"],
        means: "How many seconds others may keep an answer before they ask again. \"Does not \
                exist\" is kept too, as long as the SOA record of the zone says.",
        matters: "After a change some receivers still see the old record, until that time is over.",
        todo: "Lower it before a change. sesauth asks anew each time, but its resolver may keep \
               answers: --resolver asks another one.",
        cites: "RFC 2181 §8; RFC 2308 §5",
        see: &["nxdomain", "zone"],
    },
    Word {
        word: "zone",
        aliases: &["dns", "zone-file", "hosted-zone", "dns-zone"],
        means: "The part of DNS that one set of name servers answers for, such as example.com with \
                its subdomains. In its forms, names are often typed without the domain.",
        matters: "Records that are added at a provider which is not in the NS records of the \
                  domain are never seen. A full name in a form can become \
                  mail.example.com.example.com.",
        todo: "Check that the NS records of the domain name the provider where you type.",
        cites: "RFC 1034 §4.2",
        see: &["txt", "ses-selector-doubled-suffix", "ttl"],
    },
    Word {
        word: "nxdomain",
        aliases: &["no-such-name", "no-data", "nodata", "servfail"],
        means: "NXDOMAIN: the name does not exist, nor anything below it. No data: it exists, and \
                has no record of that type. SERVFAIL: the server could not say.",
        matters: "The first two are answers: none, or a missing key. SERVFAIL is none: the result \
                  is temperror.",
        todo: "sesauth inspect --verbose message.eml lists each question and its answer.",
        cites: "RFC 2308 §2; RFC 8020 §2",
        see: &["temperror", "void-lookup", "dnssec"],
    },
    Word {
        word: "dnssec",
        aliases: &["dns-security"],
        means: "Answers of DNS that are signed, so that a resolver sees whether they were changed.",
        matters: "SPF, DKIM and DMARC do not need it. A zone whose signatures are broken or have \
                  expired gives SERVFAIL at resolvers that check them: temperror.",
        todo: "If only some resolvers answer, ask another with --resolver, and check the zone's \
               signatures.",
        cites: "RFC 4033; RFC 9989 §11.3",
        see: &["nxdomain", "temperror", "dmarc-dns-failure"],
    },
];
