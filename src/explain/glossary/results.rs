//! What SPF, DKIM and DMARC say in the end.

use super::Word;

pub(super) const WORDS: &[Word] = &[
    Word {
        word: "pass",
        aliases: &["+all", "passed"],
        means: "SPF: the client may send for the envelope domain. DKIM: a signature verifies. \
                DMARC: one of them passes for a domain that is aligned with From.",
        matters: "It says which domain stands behind a message, not whether the message is \
                  wanted or honest: junk passes too.",
        todo: "Ask always: for which domain? sesauth inspect message.eml says it.",
        cites: "RFC 8601 §2.7",
        see: &["alignment", "fail"],
    },
    Word {
        word: "fail",
        aliases: &["-all", "hardfail", "failed", "hard-fail"],
        means: "SPF: the record says that this client may not send for the domain (-all). DKIM: \
                the signature does not verify. DMARC: nothing aligned passes.",
        matters: "SPF alone or DKIM alone may fail, and DMARC still passes by the other.",
        todo: "sesauth inspect message.eml gives the cause and the fix. Forwarding and lists make \
               honest mail fail too.",
        cites: "RFC 7208 §8.4; RFC 8601 §2.7; RFC 9989 §5.3.5",
        see: &["softfail", "forwarding", "dmarc-fail"],
    },
    Word {
        word: "softfail",
        aliases: &["~all", "soft-fail"],
        means: "A result of SPF: the client is probably not authorised. It comes from ~all at the \
                end of the record.",
        matters: "It is no pass: for DMARC it is the same as fail. Receivers should not refuse mail \
                  for it alone, so DKIM gets its chance; -all may be refused before DMARC is looked at.",
        todo: "If the client is yours, add it to the record. ~all is a good end where DMARC has a \
               policy.",
        cites: "RFC 7208 §8.5; RFC 9989 §7.1",
        see: &["fail", "neutral", "spf-client-not-authorised"],
    },
    Word {
        word: "neutral",
        aliases: &["?all"],
        means: "SPF: the domain says nothing about this client (?all, or no term matched). DKIM: \
                the signature could not be processed, for instance as it has a syntax error.",
        matters: "It is no pass. Gmail also says dkim=neutral where the body hash does not fit, \
                  which is a fail in the standard.",
        todo: "End the SPF record with ~all or -all. For DKIM see the words behind the result.",
        cites: "RFC 7208 §8.2; RFC 8601 §2.7.1",
        see: &["softfail", "none", "body-hash"],
    },
    Word {
        word: "none",
        aliases: &["p=none", "no-policy", "monitoring"],
        means: "SPF: the domain has no record. DKIM: no signature. DMARC: no record, so no \
                policy. As a policy, p=none asks receivers to do nothing special with mail that \
                fails, and to send reports.",
        matters: "It is neither a pass nor a failure: nobody said anything that could be checked.",
        todo: "Publish the records that are missing. Use p=none to collect reports, then go on to \
               quarantine or reject.",
        cites: "RFC 7208 §8.1; RFC 8601 §2.7.1; RFC 9989 §4.7",
        see: &["p", "rua", "not-evaluated", "dmarc-policy-none"],
    },
    Word {
        word: "temperror",
        aliases: &["temp-error", "tempfail", "timeout"],
        means: "DNS did not answer in time, or its server failed. Later the result may be another \
                one.",
        matters: "It is no pass. A receiver may take the message, or ask to send it again later. \
                  If it comes often, name servers are slow or broken.",
        todo: "Try again. If it stays, check the name servers of the domain that sesauth names.",
        cites: "RFC 7208 §8.6; RFC 8601 §2.7",
        see: &["permerror", "spf-dns-failure", "dkim-key-dns-failure"],
    },
    Word {
        word: "permerror",
        aliases: &["perm-error", "permfail"],
        means: "A record or signature cannot be used as it is: a syntax error, two SPF records, \
                too many lookups, a key that is gone. It stays until somebody repairs it.",
        matters: "It is no pass, for any mail of that domain.",
        todo: "sesauth inspect message.eml, or sesauth spf and sesauth dmarc, name the fault and \
               the fix.",
        cites: "RFC 7208 §8.7; RFC 8601 §2.7",
        see: &["ten-lookups", "spf-several-records", "spf-syntax-error"],
    },
    Word {
        word: "policy",
        aliases: &["dkim=policy", "local-policy"],
        means: "dkim=policy: the signature is there, and the receiver does not accept it for a \
                reason of its own, for instance an RSA key below 1024 bits. For DMARC, the policy \
                is what p, sp or np ask for.",
        matters: "dkim=policy is no pass, though the signature may verify.",
        todo: "Use a key of 2048 bits. For the policy of a domain: sesauth dmarc DOMAIN.",
        cites: "RFC 8601 §2.7.1; RFC 9989 §4.7",
        see: &["key", "p", "sp", "np", "dkim-key-too-short"],
    },
    Word {
        word: "inconclusive",
        aliases: &["undecided"],
        means: "A word of sesauth: what is at hand does not decide DMARC. The address of the \
                client, or a DNS record, is missing, and the result hangs on it.",
        matters: "It is neither pass nor fail. What the receiver saw can have been either.",
        todo: "Give what is missing: --ip, --mail-from, the whole raw message, or DNS without \
               --offline.",
        cites: "",
        see: &["not-evaluated", "temperror", "session-unknown"],
    },
    Word {
        word: "not-evaluated",
        aliases: &["not-checked"],
        means: "A word of sesauth: SPF or DKIM could not be judged, as something is not at hand: \
                who delivered the message, its body, or an answer of DNS in a recording.",
        matters: "It is not none, which says that a domain has nothing to check. It is no failure.",
        todo: "sesauth inspect message.eml says what is missing and how to give it.",
        cites: "",
        see: &["inconclusive", "headers-only-file", "snapshot-incomplete"],
    },
];
