//! Words about the message and its way to the receiver.

use super::Word;

pub(super) const WORDS: &[Word] = &[
    Word {
        word: "authentication-results",
        aliases: &["a-r", "auth-results", "arh"],
        means: "The field in which a receiver writes what SPF, DKIM and DMARC said when the \
                message came.",
        matters: "It saw the session and the DNS of that day, so its word is good evidence. But \
                  anyone can write such a field: believe only what your own receiver added, above \
                  all that came with the message.",
        todo: "sesauth inspect message.eml shows it beside its own results, with the cause of \
               each difference.",
        cites: "RFC 8601 §2 and §7.1",
        see: &["received", "receiver-differs", "arc"],
    },
    Word {
        word: "received",
        aliases: &["received-field", "hop", "hops", "trace"],
        means: "Each server that takes a message adds a Received field on top: who gave it, by \
                which name and address, to whom, when. Read them from the bottom up.",
        matters: "The one that your receiver wrote tells the address that SPF is about. Those \
                  below came with the message and may be false.",
        todo: "sesauth inspect --verbose message.eml lists the hops, and says which one is used; \
               --hop N takes another.",
        cites: "RFC 5321 §4.4",
        see: &["helo", "forwarding", "spf"],
    },
    Word {
        word: "forwarding",
        aliases: &["forward", "forwarded", "srs", "forwarder"],
        means: "A server sends on a message that it got, to another mailbox. The last receiver \
                sees the address of that server.",
        matters: "SPF then no longer passes, or it does for the domain of the forwarder if it rewrites the \
                  envelope sender (SRS). DKIM survives if nothing is changed. So DMARC needs DKIM.",
        todo: "Sign with an aligned domain. To inspect what somebody got, have it sent as an \
               attachment: sesauth inspect --attached mail.eml.",
        cites: "RFC 7208 §10.3; RFC 9989 §7.4",
        see: &["spf-failure-by-forwarding", "message-passed-on", "arc"],
    },
    Word {
        word: "mailing-list",
        aliases: &["list", "mailman", "listserv", "google-groups"],
        means: "A list takes a message and sends it to its members: from its own servers, with \
                its own envelope sender, often with a tag in the subject and a footer.",
        matters: "SPF passes for the list's domain, which is not aligned, and the changes break \
                  DKIM: DMARC fails. Many lists put their own address into From for that reason.",
        todo: "A p=reject policy hits members who write from that domain. Lists: change nothing, \
               or rewrite From.",
        cites: "RFC 9989 §7.4",
        see: &["forwarding", "reject", "dkim-broken-in-transit", "arc"],
    },
    Word {
        word: "null-sender",
        aliases: &[
            "bounce",
            "null-reverse-path",
            "null-return-path",
            "empty-sender",
            "mailer-daemon",
            "dsn",
            "ndr",
            "<>",
        ],
        means: "Bounces and other automatic answers have an empty envelope sender, <>, so that \
                no bounce answers a bounce. SPF then takes the HELO name: postmaster@HELO.",
        matters: "A bounce made by your provider has no domain of yours, so it seldom passes DMARC \
                  for your domain.",
        todo: "To read why mail was refused, give the reply: sesauth explain '550 5.7.26 ...'",
        cites: "RFC 5321 §4.5.5; RFC 7208 §2.4",
        see: &["mail-from", "helo", "ses-bounce-not-signed"],
    },
    Word {
        word: "session",
        aliases: &["smtp", "smtp-session", "envelope", "client", "client-ip"],
        means: "The talk between the sending server (the client) and the receiver: its address, \
                HELO, MAIL FROM, RCPT TO, then the message.",
        matters: "SPF judges the session, which a saved message holds only as far as the receiver \
                  wrote it down (Received, Return-Path).",
        todo: "sesauth inspect message.eml says from where it has each value. What you know \
               better, give with --ip, --helo and --mail-from.",
        cites: "RFC 5321 §3",
        see: &["received", "mail-from", "helo", "session-unknown"],
    },
    Word {
        word: "header",
        aliases: &["headers", "header-field", "raw-message", "source", "eml"],
        means: "The lines before the first empty line of a message: From, Subject, Received, and \
                so on. The raw message is the header with the body, byte for byte.",
        matters: "A copied or forwarded text is not what was received: signatures cannot be \
                  checked on it.",
        todo: "Save it raw. Gmail: Show original, Download original. Outlook on the web: \
               Download. Apple Mail: Save As, Raw Message Source.",
        cites: "RFC 5322 §2.2",
        see: &["received", "headers-only-file"],
    },
    Word {
        word: "one-click-unsubscribe",
        aliases: &["list-unsubscribe", "list-unsubscribe-post", "unsubscribe"],
        means: "Two fields, List-Unsubscribe with an https address and List-Unsubscribe-Post, by \
                which a mail program can unsubscribe with one click.",
        matters: "Gmail and Yahoo ask for it in bulk marketing mail. It holds only where a valid \
                  DKIM signature covers both fields.",
        todo: "Add both fields before the message is signed.",
        cites: "RFC 8058 §3.1 and §4",
        see: &[
            "bulk-mail-without-one-click-unsubscribe",
            "unsubscribe-not-signed",
        ],
    },
];
