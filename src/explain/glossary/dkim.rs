//! Words of DKIM.

use super::Word;

pub(super) const WORDS: &[Word] = &[
    Word {
        word: "dkim",
        aliases: &["domainkeys-identified-mail"],
        means: "The sending system signs header fields and the body, with the name of a domain \
                (d=). The key to check it is in DNS at that domain.",
        matters: "A signature that verifies proves that the domain signed the message and that \
                  what is signed was not changed. It goes along when mail is forwarded. For DMARC \
                  its domain must be aligned with From.",
        todo: "sesauth inspect message.eml; sign with the domain in From.",
        cites: "RFC 6376",
        see: &["signature", "selector", "key", "body-hash", "alignment"],
    },
    Word {
        word: "signature",
        aliases: &["dkim-signature", "d", "header.d", "signing-domain", "sdid"],
        means: "The DKIM-Signature field. d= is the domain that signs, s= the selector, h= the \
                fields that are signed, bh= the hash of the body, b= the signature itself.",
        matters: "A message may have several; each is judged alone, and one good one is enough. \
                  Only one whose d= is aligned with From counts for DMARC.",
        todo: "sesauth inspect --verbose message.eml shows each, and what does not fit.",
        cites: "RFC 6376 §3.5 and §4",
        see: &["selector", "key", "canonicalization", "dkim-broken"],
    },
    Word {
        word: "selector",
        aliases: &["s", "header.s", "domainkey"],
        means: "A name that tells the keys of a domain apart: s=mail and d=example.com say that \
                the key is at mail._domainkey.example.com.",
        matters: "With selectors, several providers can sign for one domain, and keys can be \
                  changed. A DNS record at another name is not found.",
        todo: "Publish the key at exactly the name that the signature says. Some DNS consoles add \
               the domain themselves; then leave it out.",
        cites: "RFC 6376 §3.1",
        see: &["key", "dkim-key-missing", "easy-dkim"],
    },
    Word {
        word: "key",
        aliases: &["public-key", "key-record", "dkim-key", "p", "k"],
        means: "The record by which signatures are checked: a TXT record at the selector, with \
                the public key in p=. The private key stays with who signs.",
        matters: "An empty p= says that the key was withdrawn: nothing signed with it verifies \
                  any more. RSA keys below 1024 bits must not be accepted; 2048 is usual.",
        todo: "sesauth inspect message.eml names the record and its fault. Leave an old key in \
               DNS until all mail that it signed is delivered.",
        cites: "RFC 6376 §3.6.1; RFC 8301 §3.2",
        see: &["selector", "dkim-key-revoked", "dkim-weak-key"],
    },
    Word {
        word: "canonicalization",
        aliases: &[
            "canonicalisation",
            "canonical",
            "c",
            "relaxed/simple",
            "relaxed/relaxed",
        ],
        means: "How header and body are brought into one form before they are hashed: c=relaxed/\
                simple is relaxed for the header, simple for the body. simple allows almost no \
                change; relaxed allows other white space.",
        matters: "With a simple body, one blank at the end of a line that is lost breaks the \
                  signature. Amazon SES signs relaxed/simple.",
        todo: "If you can choose, use relaxed/relaxed. Save messages raw: copy and paste changes \
               white space.",
        cites: "RFC 6376 §3.4",
        see: &["body-hash", "signature"],
    },
    Word {
        word: "body-hash",
        aliases: &["bh", "body-hash-did-not-verify"],
        means: "A short value, made from the whole body and kept in bh= of the signature. \"body \
                hash did not verify\" says that the body is not the one that was signed.",
        matters: "Something changed it after signing: a list footer, a virus scanner, a gateway. \
                  Or only the saved file differs: many programs change messages on export.",
        todo: "sesauth inspect message.eml says which of these is shown. Compare with what the \
               receiver wrote in Authentication-Results.",
        cites: "RFC 6376 §3.7",
        see: &["canonicalization", "dkim-broken", "export-known-to-alter"],
    },
    Word {
        word: "signed-fields",
        aliases: &["h", "signed-headers", "header-fields-signed"],
        means: "h= lists the header fields that a DKIM signature covers. From must be among them. \
                Others may be changed or added without breaking it.",
        matters: "Subject, To, Date or Reply-To that are not signed prove nothing.",
        todo: "sesauth inspect --verbose message.eml lists them. Sign all that people see.",
        cites: "RFC 6376 §3.5 and §5.4",
        see: &["oversigning", "visible-field-not-signed"],
    },
    Word {
        word: "oversigning",
        aliases: &["oversigned", "oversign", "extra-from"],
        means: "To name a field in h= once more than the message has it, as in h=from:from. So \
                nobody can add a second one without breaking the signature.",
        matters: "Without it, a second From above the signed one can leave the signature valid, \
                  and a program may show the added one.",
        todo: "Switch it on in your signer for From, Subject, To, Date. Amazon SES does not do \
               it, and has no setting for it.",
        cites: "RFC 6376 §5.4.2 and §8.15",
        see: &[
            "signed-fields",
            "dkim-from-not-oversigned",
            "several-from-fields",
        ],
    },
    Word {
        word: "body-length",
        aliases: &["l", "length-limit"],
        means: "l= of a signature: only so many octets of the body are signed. What follows may be \
                anything.",
        matters: "Whoever has the message can add text or replace what is shown, and the \
                  signature still verifies.",
        todo: "Sign without l=. sesauth inspect --require pass does not accept it.",
        cites: "RFC 6376 §3.5 and §8.2",
        see: &["dkim-body-length-limit"],
    },
    Word {
        word: "expiry",
        aliases: &["x", "expiration", "expired"],
        means: "x= of a signature: the time after which it is not valid, in seconds since 1970.",
        matters: "A message that is checked later fails, though nothing was changed. In a saved \
                  message this says nothing about the day it arrived.",
        todo: "Leave some days between t= and x=, as mail can wait in queues.",
        cites: "RFC 6376 §3.5",
        see: &["timestamp", "dkim-signature-expires"],
    },
    Word {
        word: "timestamp",
        aliases: &["t", "signing-time"],
        means: "t= of a signature: when it was made, in seconds since 1970. In a key record t= is \
                something else: y for testing, s for no subdomains. In a DMARC record t=y is test \
                mode.",
        matters: "A time in the future makes a signature doubtful: the clock of the signer is \
                  wrong, or the field was made up.",
        todo: "Let the signing server keep its clock by NTP.",
        cites: "RFC 6376 §3.5 and §3.6.1; RFC 9989 §4.7",
        see: &[
            "expiry",
            "dkim-testing-key",
            "dkim-signature-from-the-future",
        ],
    },
];
