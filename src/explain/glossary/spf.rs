//! Words of SPF.

use super::Word;

pub(super) const WORDS: &[Word] = &[
    Word {
        word: "spf",
        aliases: &["sender-policy-framework", "spf-record", "v=spf1"],
        means: "A domain lists in DNS the addresses (IP) that may send mail with it as envelope \
                sender: a TXT record that begins with v=spf1. The receiver looks whether the \
                client is among them.",
        matters: "It says nothing of the domain that people see in From, unless the two are \
                  aligned. It fails where mail is forwarded, as another server then sends it.",
        todo: "sesauth spf --ip ADDRESS --mail-from SENDER; publish one record at the domain of \
               the envelope sender.",
        cites: "RFC 7208",
        see: &[
            "mail-from",
            "alignment",
            "softfail",
            "ten-lookups",
            "forwarding",
        ],
    },
    Word {
        word: "mail-from",
        aliases: &[
            "return-path",
            "envelope-sender",
            "envelope-from",
            "reverse-path",
            "bounce-address",
            "rfc5321.mailfrom",
            "5321.mailfrom",
            "mailfrom",
            "smtp.mailfrom",
            "p1-sender",
        ],
        means: "The sender that a server names in the SMTP command MAIL FROM. Bounces go there. \
                The receiver writes it into the message as Return-Path. It may differ from From.",
        matters: "SPF is about this domain, not about the one in From. DMARC counts its SPF pass \
                  only where both are aligned.",
        todo: "sesauth inspect message.eml shows both. With Amazon SES, set up a custom MAIL FROM \
               domain.",
        cites: "RFC 5321 §4.1.1.2 and §4.4; RFC 7208 §2.4",
        see: &["spf", "alignment", "custom-mail-from", "null-sender"],
    },
    Word {
        word: "helo",
        aliases: &["ehlo", "smtp.helo", "helo-name"],
        means: "The name by which the sending server greets the receiver in SMTP. SPF can check \
                it too; for bounces, which have no envelope sender, it is the only name to check.",
        matters: "DMARC uses it only where the envelope sender is empty.",
        todo: "Let each sending server greet with its own full host name, and let that name have \
               an address in DNS.",
        cites: "RFC 5321 §4.1.1.1; RFC 7208 §2.3 and §2.4",
        see: &["null-sender", "mail-from", "ptr"],
    },
    Word {
        word: "include",
        aliases: &["included", "includes"],
        means: "A term of an SPF record: who passes the SPF record of the named domain passes \
                here. If that record gives fail, softfail or neutral, the term just does not \
                match; its -all is not taken over.",
        matters: "It is how a provider is authorised. It costs lookups, those in the other record \
                  too. A domain without an SPF record behind it makes the whole result permerror.",
        todo: "Put it before the all term, in the record of the envelope sender's domain: for \
               Amazon SES that is the custom MAIL FROM domain, not the domain in From.",
        cites: "RFC 7208 §5.2",
        see: &["ten-lookups", "redirect", "spf-include-without-record"],
    },
    Word {
        word: "redirect",
        aliases: &[],
        means: "A modifier of an SPF record: if no term matches, the record of the named domain \
                decides, its all term included.",
        matters: "Beside an all term it never has an effect. To a domain without an SPF record it \
                  gives permerror.",
        todo: "Use it to give several domains one record; use include to authorise a provider.",
        cites: "RFC 7208 §6.1",
        see: &["include", "spf-redirect-beside-all"],
    },
    Word {
        word: "ten-lookups",
        aliases: &["lookups", "10-lookups", "lookup-limit", "too-many-lookups"],
        means: "While SPF is checked, at most 10 terms may ask DNS: include, a, mx, ptr, exists \
                and redirect, those in included records too. ip4, ip6 and all cost nothing. The \
                eleventh makes the result permerror.",
        matters: "A permerror is no pass. Receivers stop at the match, so with some clients the \
                  record works and with others it does not.",
        todo: "Remove providers that no longer send. Move others to subdomains with records of \
               their own. sesauth spf counts the lookups.",
        cites: "RFC 7208 §4.6.4",
        see: &["void-lookup", "include", "spf-too-many-lookups"],
    },
    Word {
        word: "void-lookup",
        aliases: &["void-lookups", "void"],
        means: "A question that an SPF record causes and to which DNS has no answer: the name \
                does not exist, or has no record of that type.",
        matters: "Receivers should allow two; with a third the result is permerror.",
        todo: "Remove terms that name hosts or domains that are gone.",
        cites: "RFC 7208 §4.6.4",
        see: &["ten-lookups", "spf-too-many-void-lookups"],
    },
];
