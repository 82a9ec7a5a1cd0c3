//! The codes, and who uses them for what. As of 2026; receivers change their texts, not often what
//! a code stands for.

use super::Use;

const GOOGLE: &str = "Google, Gmail SMTP errors and codes (2026)";
const MICROSOFT: &str = "Microsoft, NDR error codes in Exchange Online";
const YAHOO: &str = "Yahoo, SMTP error codes (2026)";

/// All uses, those that people meet most first.
pub const USES: &[Use] = &[
    Use {
        codes: &["5.7.26", "4.7.26"],
        receiver: "Gmail: neither SPF nor DKIM",
        says: &[
            "sender is unauthenticated",
            "because it is unauthenticated",
            "authenticate with either spf or dkim",
        ],
        earns: "Neither SPF nor DKIM passed. Gmail wants one of them from everybody, and names in \
                the reply what each gave.",
        is_not: "That both must pass, or that the domain in From must be aligned.",
        todo: "sesauth spf --ip ADDRESS --mail-from SENDER, with the address in the reply; see \
               whether your mail is signed at all.",
        source: GOOGLE,
    },
    Use {
        codes: &["5.7.26", "4.7.26"],
        receiver: "Gmail: the DMARC policy of the domain in From",
        says: &["dmarc policy"],
        earns: "Nothing aligned passed, and the domain in From publishes p=reject. With 4.7.26, \
                DNS did not answer, so nothing could be checked.",
        is_not: "It is no block list. The policy is the one of the domain in the reply: if that \
                 is not yours, you cannot send with it in From.",
        todo: "sesauth dmarc DOMAIN for the policy; sesauth inspect message.eml for what is not \
               aligned.",
        source: GOOGLE,
    },
    Use {
        codes: &["5.7.26", "4.7.26"],
        receiver: "Gmail: -all in the SPF record of the envelope sender",
        says: &["hard fail policy", "(-all)"],
        earns: "The domain of MAIL FROM has an SPF record that ends in -all, and this client is \
                not in it.",
        is_not: "It is not about From or DMARC: a good DKIM signature did not help here.",
        todo: "sesauth spf --ip ADDRESS --mail-from SENDER. If the client is yours, add it to the \
               record. Forwarded mail gets this error too.",
        source: GOOGLE,
    },
    Use {
        codes: &["5.7.26"],
        receiver: "Others (RFC 7372)",
        says: &["multiple authentication checks"],
        earns: "More than one check failed; the reply says which.",
        is_not: "",
        todo: "sesauth inspect message.eml.",
        source: "RFC 7372 §3.4",
    },
    Use {
        codes: &["5.7.515"],
        receiver: "Microsoft (Outlook.com, Hotmail, Live)",
        says: &["required authentication level"],
        earns: "The domain in From sends 5,000 messages a day or more, and not all is there: SPF \
                must pass, DKIM must pass, a DMARC record must exist, and one of the two must be \
                aligned. The reply ends with Spf=, Dkim= and DMARC=.",
        is_not: "It does not need p=reject; p=none is enough. It is no block list, and a safe \
                 sender list does not help.",
        todo: "sesauth dmarc DOMAIN; sesauth inspect message.eml, and look at both SPF and DKIM.",
        source: "Microsoft, Fix NDR error 550 5.7.515",
    },
    Use {
        codes: &["5.7.509"],
        receiver: "Microsoft",
        says: &["does not pass dmarc"],
        earns: "DMARC failed, and the domain in From publishes p=reject.",
        is_not: "It is no block list. SPF or DKIM may have passed, for another domain.",
        todo: "sesauth dmarc DOMAIN for the policy; sesauth inspect message.eml for what is not \
               aligned.",
        source: MICROSOFT,
    },
    Use {
        codes: &["5.7.9"],
        receiver: "Yahoo, AOL",
        says: &["policy reasons", "not accepted for policy"],
        earns: "The message failed a check of SPF, DKIM or DMARC; mostly DMARC, with p=reject at \
                the domain in From.",
        is_not: "It is not about the content, nor about the recipient.",
        todo: "sesauth dmarc DOMAIN; sesauth inspect message.eml.",
        source: YAHOO,
    },
    Use {
        codes: &["5.7.9"],
        receiver: "Others (RFC 4954)",
        says: &["authentication mechanism is too weak"],
        earns: "Your program logged in to its own mail server in a way that the server finds too \
                weak.",
        is_not: "It has nothing to do with SPF, DKIM or DMARC.",
        todo: "The login settings of the program.",
        source: "RFC 4954 §6",
    },
    Use {
        codes: &["5.7.23"],
        receiver: "Microsoft, and others (RFC 7372)",
        says: &[
            "sender policy framework",
            "spf fail",
            "spf check",
            "spf validation failed",
        ],
        earns: "SPF gave fail: the client is not in the record of the envelope sender's domain.",
        is_not: "It is not about the domain in From. Mail that was forwarded gets it although the \
                 record is right.",
        todo: "sesauth spf --ip ADDRESS --mail-from SENDER.",
        source: "RFC 7372 §3.2; Microsoft, Fix NDR error 550 5.7.23",
    },
    Use {
        codes: &["4.7.23"],
        receiver: "Gmail",
        says: &["ptr record"],
        earns: "The address of the sending server has no PTR record, or the name there does not \
                lead back to the address.",
        is_not: "It is not about SPF (5.7.23 of others is), and no record at your domain mends \
                 it.",
        todo: "dig -x ADDRESS, and then the name it gives. Who gives you the address sets it.",
        source: GOOGLE,
    },
    Use {
        codes: &["5.7.25"],
        receiver: "Gmail, and others (RFC 7372)",
        says: &["ptr record", "reverse dns"],
        earns: "The address of the sending server has no PTR record, or the name there does not \
                lead back to the address.",
        is_not: "It is not about SPF, DKIM or DMARC, and no record at your domain mends it.",
        todo: "dig -x ADDRESS, and then the name it gives. Who gives you the address sets it.",
        source: "Google, Gmail SMTP errors and codes (2026); RFC 7372 §3.3",
    },
    Use {
        codes: &["4.7.24", "5.7.24"],
        receiver: "Gmail",
        says: &["suspicious entries"],
        earns: "The SPF record of the sending domain has entries that Gmail does not trust.",
        is_not: "That SPF failed: the record may even let this client pass.",
        todo: "sesauth spf --ip ADDRESS --mail-from SENDER. Look for +all, for very wide ranges, \
               and for included domains that are not yours or your provider's.",
        source: GOOGLE,
    },
    Use {
        codes: &["4.7.24", "5.7.24"],
        receiver: "Others (RFC 7372)",
        says: &["spf validation error", "permerror", "temperror"],
        earns: "SPF could not be evaluated: temperror with 4.7.24, permerror with 5.7.24.",
        is_not: "It is no fail: who may send was not found out.",
        todo: "sesauth spf --ip ADDRESS --mail-from SENDER names the fault in the record.",
        source: "RFC 7372 §3.2",
    },
    Use {
        codes: &["4.7.27", "5.7.27"],
        receiver: "Gmail",
        says: &["spf"],
        earns: "SPF did not pass. Gmail wants it from bulk senders, also where DKIM passes.",
        is_not: "It is not about alignment: SPF may pass for the domain of your provider.",
        todo: "sesauth spf --ip ADDRESS --mail-from SENDER.",
        source: GOOGLE,
    },
    Use {
        codes: &["5.7.27"],
        receiver: "Others (RFC 7505)",
        says: &["null mx"],
        earns: "The domain of the sender says in DNS that it takes no mail (MX \"0 .\").",
        is_not: "It is not about SPF.",
        todo: "Use a sender domain that takes mail, or remove the null MX.",
        source: "RFC 7505 §4.2",
    },
    Use {
        codes: &["4.7.28", "5.7.28"],
        receiver: "Gmail",
        says: &["unusual rate", "unusual amount", "message-id"],
        earns: "Much unwanted mail comes from your address, network, DKIM or SPF domain, or has \
                one of your links. The reply names which.",
        is_not: "That SPF, DKIM or DMARC failed; a domain that is named there \
                 did pass.",
        todo: "Who sent it, to whom, how fast. Send less, and only to people who asked for it.",
        source: GOOGLE,
    },
    Use {
        codes: &["4.7.29", "5.7.29"],
        receiver: "Gmail",
        says: &["tls"],
        earns: "The message came without TLS. Gmail wants it from bulk senders.",
        is_not: "It is not about SPF, DKIM or DMARC.",
        todo: "TLS in the settings of the sending server. Amazon SES uses it.",
        source: GOOGLE,
    },
    Use {
        codes: &["5.7.29"],
        receiver: "Others (RFC 8617)",
        says: &["arc validation"],
        earns: "The ARC fields of a message that was passed on do not verify.",
        is_not: "",
        todo: "sesauth inspect message.eml shows the chain.",
        source: "RFC 8617 §10.4",
    },
    Use {
        codes: &["4.7.30", "5.7.30"],
        receiver: "Gmail",
        says: &["dkim"],
        earns: "No DKIM signature verified. Gmail wants one from bulk senders, also where SPF \
                passes.",
        is_not: "It is not about alignment.",
        todo: "Whether your mail is signed; then sesauth inspect message.eml for the cause.",
        source: GOOGLE,
    },
    Use {
        codes: &["5.7.30"],
        receiver: "Others (RFC 8689)",
        says: &["requiretls"],
        earns: "The message asks for TLS on the whole way (REQUIRETLS), and the next server does \
                not offer that.",
        is_not: "It is not about DKIM.",
        todo: "Send without REQUIRETLS, if you may.",
        source: "RFC 8689",
    },
    Use {
        codes: &["4.7.31", "4.7.40", "5.7.40"],
        receiver: "Gmail",
        says: &["dmarc record"],
        earns: "The domain in From has no DMARC record, or it has no policy. Gmail wants one from \
                bulk senders.",
        is_not: "p=none is enough. (504 5.7.40 is something else: a login that the server does \
                 not know.)",
        todo: "sesauth dmarc DOMAIN.",
        source: GOOGLE,
    },
    Use {
        codes: &["4.7.32", "5.7.32"],
        receiver: "Gmail",
        says: &["aligned"],
        earns: "SPF or DKIM may pass, but not for the domain in From or its organization. Gmail \
                wants that from bulk senders.",
        is_not: "That SPF or DKIM failed.",
        todo: "sesauth explain alignment; sesauth inspect message.eml.",
        source: GOOGLE,
    },
    Use {
        codes: &["5.7.1"],
        receiver: "Gmail: the form of the message",
        says: &[
            "rfc 5322",
            "from: header",
            "multiple addresses",
            "message-id: header",
            "malformed",
            "duplicate headers",
            "encoded-word",
        ],
        earns: "From is missing, is there twice or has several addresses; another field is there \
                twice or is malformed; Message-ID is missing.",
        is_not: "It is not about SPF, DKIM or DMARC.",
        todo: "sesauth inspect message.eml names such fields.",
        source: GOOGLE,
    },
    Use {
        codes: &["5.7.1"],
        receiver: "Gmail, and many others: content or reputation",
        says: &[
            "unsolicited",
            "reputation",
            "spam",
            "blocked using",
            "block list",
            "blacklist",
            "blocklist",
        ],
        earns: "The receiver takes the message for junk, or the sending address or domain has a \
                bad name.",
        is_not: "That SPF, DKIM or DMARC failed. Records do not mend it.",
        todo: "The list or the page that the reply names; what was sent, and to whom.",
        source: GOOGLE,
    },
    Use {
        codes: &["5.7.1", "5.7.0"],
        receiver: "Many: DMARC, where the reply names it",
        says: &["dmarc"],
        earns: "DMARC failed and the domain in From asks to refuse such mail. OpenDMARC says \
                \"rejected by DMARC policy for DOMAIN\".",
        is_not: "It is no block list.",
        todo: "sesauth dmarc DOMAIN; sesauth inspect message.eml.",
        source: "the text of the reply",
    },
    Use {
        codes: &["5.7.1"],
        receiver: "Many: SPF, where the reply names it",
        says: &["spf"],
        earns: "SPF failed. RFC 7208 proposed this code, before there was 5.7.23.",
        is_not: "It is not about the domain in From.",
        todo: "sesauth spf --ip ADDRESS --mail-from SENDER.",
        source: "RFC 7208 §8.4",
    },
    Use {
        codes: &["5.7.1"],
        receiver: "Many: you may not send this way",
        says: &[
            "relay",
            "not authorized to send",
            "policy that prohibits",
            "transport.rules",
            "not authenticated",
        ],
        earns: "The server does not take mail from you for that recipient: you are not logged in, \
                it is not the server of the recipient, or a rule there forbids it.",
        is_not: "It is not about SPF, DKIM or DMARC.",
        todo: "The outgoing server and login of your program; the MX records of the recipient's \
               domain.",
        source: "RFC 3463 §3.8",
    },
    Use {
        codes: &["4.7.0"],
        receiver: "Gmail",
        says: &[
            "ptr record",
            "reputation",
            "tls required",
            "gsmtp",
            "try again later",
        ],
        earns: "Slowed down: no matching PTR record, a sending address or domain with a bad name, \
                or no TLS where it is required. The reply says which.",
        is_not: "That SPF, DKIM or DMARC failed.",
        todo: "For the PTR record, dig -x ADDRESS.",
        source: GOOGLE,
    },
    Use {
        codes: &["4.7.0"],
        receiver: "Yahoo, AOL: [TS...]",
        says: &["temporarily deferred", "[ts"],
        earns: "Complaints of users, junk, or unusual traffic from your address.",
        is_not: "That SPF, DKIM or DMARC failed.",
        todo: "Let the server try again. If it stays for days: what was sent, and to whom.",
        source: YAHOO,
    },
    Use {
        codes: &["5.7.512"],
        receiver: "Microsoft",
        says: &["rfc 5322"],
        earns: "From has no valid address.",
        is_not: "It is not about SPF, DKIM or DMARC.",
        todo: "sesauth inspect message.eml.",
        source: MICROSOFT,
    },
    Use {
        codes: &["5.7.511", "5.7.606-649"],
        receiver: "Microsoft",
        says: &["banned send"],
        earns: "Microsoft blocks the address of the sending server.",
        is_not: "It is not about SPF, DKIM or DMARC; records do not mend it.",
        todo: "Whether the server sends junk. Then ask Microsoft to remove the address (delist \
               portal), or ask your provider to.",
        source: MICROSOFT,
    },
    Use {
        codes: &["5.7.506"],
        receiver: "Microsoft",
        says: &["bad helo"],
        earns: "Your server greets with the name of the server that it talks to.",
        is_not: "It is not about the domain in From.",
        todo: "Let the server greet with its own full host name.",
        source: MICROSOFT,
    },
    Use {
        codes: &["5.7.20"],
        receiver: "Receivers that follow RFC 7372",
        says: &["no passing dkim"],
        earns: "No DKIM signature verified.",
        is_not: "It is not about alignment.",
        todo: "Whether your mail is signed; then sesauth inspect message.eml for the cause.",
        source: "RFC 7372 §3.1",
    },
    Use {
        codes: &["5.7.21", "5.7.22"],
        receiver: "Receivers that follow RFC 7372",
        says: &["no acceptable dkim", "author-matched"],
        earns: "Signatures verify, but none that the receiver accepts; with 5.7.22, none of the \
                domain in From.",
        is_not: "That the signature is broken.",
        todo: "Sign with the domain in From; sesauth inspect message.eml.",
        source: "RFC 7372 §3.1",
    },
    Use {
        codes: &["4.1.8", "5.1.8"],
        receiver: "Most receivers",
        says: &[
            "domain not found",
            "sender address rejected",
            "does not exist",
        ],
        earns: "The domain of the envelope sender is not in DNS, or takes no mail: no MX and no \
                address.",
        is_not: "It is not about the recipient. No SPF record was looked at.",
        todo: "Whether the domain behind the @ of the Return-Path exists; with Amazon SES, the MX \
               of the custom MAIL FROM domain.",
        source: "RFC 3463 §3.2",
    },
    Use {
        codes: &["5.1.8"],
        receiver: "Microsoft",
        says: &["bad outbound sender"],
        earns: "Microsoft 365 blocks the account that sends, as it sent junk.",
        is_not: "It is not about SPF, DKIM or DMARC.",
        todo: "Whether somebody else uses the account; then unblock it in the Defender portal.",
        source: MICROSOFT,
    },
    Use {
        codes: &["554"],
        receiver: "Amazon SES, to you as sender",
        says: &[
            "email address is not verified",
            "identities failed the check",
        ],
        earns: "From, Sender or Return-Path is not verified in the region that the reply names; or, \
                in the sandbox, the recipient is not.",
        is_not: "The message never left SES: no receiver saw it, and SPF, DKIM and DMARC were not \
                 looked at.",
        todo: "The identities in the SES console of that region.",
        source: "AWS re:Post, 554 or 400 \"Message rejected\" (SES)",
    },
    Use {
        codes: &["553", "554"],
        receiver: "Yahoo, AOL",
        says: &["delivery error", "yahoo"],
        earns: "For good: no such mailbox, authentication failed, content, a block list, or a \
                field that is malformed. The text behind the code says which.",
        is_not: "The three digits alone do not say that SPF, DKIM or DMARC failed.",
        todo: "The text of the reply; then sesauth inspect message.eml.",
        source: YAHOO,
    },
];
