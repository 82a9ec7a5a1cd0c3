//! Words of DMARC, and ARC.

use super::Word;

pub(super) const WORDS: &[Word] = &[
    Word {
        word: "dmarc",
        aliases: &["dmarc-record", "v=dmarc1"],
        means: "Looks at the domain in From. A message passes if SPF or DKIM passes for that \
                domain or, in relaxed mode, for one of the same organization. The record at \
                _dmarc.DOMAIN says what to do with mail that fails, and where reports go.",
        matters: "SPF and DKIM alone prove domains that nobody sees; DMARC ties them to the one \
                  that people see.",
        todo: "sesauth dmarc DOMAIN for the record, sesauth inspect message.eml for a message.",
        cites: "RFC 9989; before it RFC 7489",
        see: &["alignment", "policy", "organizational-domain", "p", "rua"],
    },
    Word {
        word: "alignment",
        aliases: &[
            "aligned",
            "unaligned",
            "not-aligned",
            "misaligned",
            "misalignment",
            "identifier-alignment",
            "spf-alignment",
            "dkim-alignment",
        ],
        means: "A domain that SPF or DKIM proved fits the domain in From. Relaxed (the default): \
                both have the same organizational domain. Strict: they are the same.",
        matters: "SPF or DKIM may pass and DMARC still fail: they passed for another domain, \
                  often that of the provider.",
        todo: "Sign with d= of your domain. Let the envelope sender be in your domain. One of the \
               two is enough; have both.",
        cites: "RFC 9989 §4.4",
        see: &[
            "relaxed",
            "strict",
            "organizational-domain",
            "spf-not-aligned",
        ],
    },
    Word {
        word: "relaxed",
        aliases: &["relaxed-alignment"],
        means: "The usual mode of alignment: mail.example.com and example.com fit, as they have \
                the same organizational domain. It is what holds without adkim and aspf. (In c= \
                of a DKIM signature, relaxed is about white space.)",
        matters: "With Amazon SES, SPF can align only in this mode: its MAIL FROM domain is a \
                  subdomain.",
        todo: "Leave adkim and aspf out, unless there is a reason for strict.",
        cites: "RFC 9989 §3.2.10 and §4.4",
        see: &["strict", "alignment", "canonicalization"],
    },
    Word {
        word: "strict",
        aliases: &["strict-alignment"],
        means: "adkim=s or aspf=s: the domain of DKIM or SPF must be the very one in From. A \
                subdomain does not fit.",
        matters: "It keeps one subdomain from sending for another. It also fails honest mail: \
                  aspf=s never fits where the MAIL FROM domain is a subdomain, as with Amazon SES.",
        todo: "sesauth inspect --policy 'adkim=r; aspf=r' message.eml shows what the other mode \
               would give.",
        cites: "RFC 9989 §4.4.1, §4.4.2 and §4.7",
        see: &["relaxed", "aspf", "adkim", "strict-spf-alignment-with-ses"],
    },
    Word {
        word: "organizational-domain",
        aliases: &[
            "organisational-domain",
            "org-domain",
            "registered-domain",
            "registrable-domain",
        ],
        means: "The domain to which a name belongs as a whole: example.com for \
                news.mail.example.com. RFC 9989 finds it by DMARC records up the tree; RFC 7489 by \
                the list of public suffixes.",
        matters: "Relaxed alignment compares it. A policy there holds for all names below, unless \
                  they have a record of their own.",
        todo: "sesauth dmarc DOMAIN shows how it is found, and where the two ways differ.",
        cites: "RFC 9989 §3.2.14 and §4.10.2; RFC 7489 §3.2",
        see: &["tree-walk", "public-suffix", "dmarc-rule-sets-differ"],
    },
    Word {
        word: "author-domain",
        aliases: &[
            "from",
            "header-from",
            "header.from",
            "rfc5322.from",
            "5322.from",
            "p2-sender",
        ],
        means: "The domain of the address in From: who wrote the message, as people see it. The \
                sender types it; nothing in SMTP checks it.",
        matters: "DMARC protects this domain, and only this one. With several authors or without \
                  an address there is no such domain, and large receivers refuse the message.",
        todo: "One From field with one address, in a domain that is yours.",
        cites: "RFC 5322 §3.6.2; RFC 9989 §3.2.2 and §5.3.1",
        see: &["mail-from", "alignment", "several-from-fields"],
    },
    Word {
        word: "quarantine",
        aliases: &["p=quarantine"],
        means: "A DMARC policy: treat mail that fails as suspicious. Most receivers put it into \
                the junk folder.",
        matters: "It applies only to mail that fails DMARC. Mail that passes may still be junk for \
                  other reasons.",
        todo: "Before you publish it, read the reports (rua) until all your senders pass. sesauth \
               inspect --policy p=quarantine message.eml tries it on a message.",
        cites: "RFC 9989 §4.7",
        see: &["reject", "p", "rua"],
    },
    Word {
        word: "reject",
        aliases: &["p=reject"],
        means: "A DMARC policy: refuse mail that fails. The sender then gets an error, such as \
                550 5.7.26 from Gmail. Receivers may decide otherwise.",
        matters: "It stops forged mail. It also stops your own where it is not aligned, and mail \
                  over lists that change messages.",
        todo: "Go there over p=none and p=quarantine, with reports. RFC 9989 advises against it \
               for domains whose users write to mailing lists.",
        cites: "RFC 9989 §4.7, §5.4 and §7.4",
        see: &["quarantine", "5.7.26", "5.7.509", "mailing-list"],
    },
    Word {
        word: "tree-walk",
        aliases: &["dns-tree-walk", "treewalk"],
        means: "How RFC 9989 looks for the DMARC record: at _dmarc. and the domain, then at one \
                name after the other above it, in at most 8 questions. psd= in a record can end \
                it.",
        matters: "A record at a name in between, such as mail.example.com, can become the \
                  organizational domain; before, only the list of public suffixes decided.",
        todo: "sesauth dmarc DOMAIN shows each step.",
        cites: "RFC 9989 §4.10",
        see: &["organizational-domain", "public-suffix", "psd"],
    },
    Word {
        word: "public-suffix",
        aliases: &[
            "psl",
            "public-suffix-list",
            "psd-domain",
            "public-suffix-domain",
        ],
        means: "A name below which others register domains: com, co.uk. The Public Suffix List \
                collects them.",
        matters: "Domains below one do not belong together: a.co.uk and b.co.uk are never aligned. \
                  RFC 7489 needs the list; RFC 9989 asks DNS instead (psd=y).",
        todo: "Nothing, unless you run such a name.",
        cites: "RFC 9989 §3.2.15; RFC 7489 §3.2",
        see: &["organizational-domain", "tree-walk", "psd"],
    },
    Word {
        word: "arc",
        aliases: &[
            "authenticated-received-chain",
            "arc-seal",
            "arc-message-signature",
            "arc-authentication-results",
        ],
        means: "Who passes a message on writes down what SPF, DKIM and DMARC said when it came, \
                and signs that. The next receiver can read it.",
        matters: "A receiver may accept a forwarded message that fails DMARC if it trusts who \
                  sealed it. A valid chain proves who sealed, not that the message is honest; \
                  DMARC itself does not count it.",
        todo: "Nothing for a sender. Who runs a list or forwards mail may seal.",
        cites: "RFC 8617 (experimental)",
        see: &["forwarding", "mailing-list", "broken-arc-chain"],
    },
];
