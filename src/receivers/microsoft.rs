//! Outlook.com, Exchange Online and Exchange. Observed in saved messages; the composite verdict, the
//! fields and the words of the junk filter are documented.

use super::{
    AddressForm, ClientField, Edges, Export, FieldOrigin, Ipv6Block, JunkField, JunkForm, JunkWord,
    Phrase, Receiver, ResultWord, Weight,
};

pub(super) static MICROSOFT: Receiver = Receiver {
    name: "Exchange Online",
    domains: &[
        "outlook.com",
        "office365.com",
        "microsoft.com",
        "hotmail.com",
    ],
    internal: &[Ipv6Block {
        start: [0x2603, 0x1000, 0],
        bits: 24,
    }],
    edges: Some(&Edges {
        block: Ipv6Block {
            start: [0x2a01, 0x111, 0xf400],
            bits: 46,
        },
        ends: &[".prod.outlook.com", ".prod.protection.outlook.com"],
        outbound: ".outbound.",
        named_in: &["X-MS-Exchange-Organization-AuthSource"],
    }),
    inside: Some(("X-MS-Exchange-Organization-AuthAs", "Internal")),
    nameless_but_in_arc: Some("mx.microsoft.com"),
    return_path_below: Some("Microsoft SMTP Server"),
    client_fields: &[
        ClientField {
            name: "X-Sender-IP",
            form: AddressForm::Bare,
            origin: FieldOrigin::ItsOwn,
        },
        ClientField {
            name: "X-Forefront-Antispam-Report",
            form: AddressForm::Tagged("CIP:"),
            origin: FieldOrigin::ItsOwn,
        },
    ],
    result_words: &[
        // A pass with a key that has t=y.
        ResultWord::new("dkim", "test", "pass"),
        // `(ignored public key size)`.
        ResultWord::new("dkim", "ignore", "policy"),
        ResultWord::of_all("timeout", "temperror"),
    ],
    guesses: &[("dmarc", "bestguesspass")],
    composite: Some("compauth"),
    phrases: &[
        (Phrase::NoKey, "no key"),
        (Phrase::ShortKey, "key size"),
        (Phrase::DoesNotVerify, "body hash"),
        (Phrase::DoesNotVerify, "did not verify"),
    ],
    forwarding_fields: &["X-MS-Exchange-ForwardingLoop"],
    junk_fields: &[
        JunkField {
            name: "X-Forefront-Antispam-Report",
            origin: FieldOrigin::ItsOwn,
            form: JunkForm::Tags,
        },
        JunkField {
            name: "X-MS-Exchange-Organization-SCL",
            origin: FieldOrigin::ItsOwn,
            form: JunkForm::Value("SCL"),
        },
        JunkField {
            name: "X-Microsoft-Antispam",
            origin: FieldOrigin::ItsOwn,
            form: JunkForm::Tags,
        },
    ],
    junk_words: &JUNK_WORDS,
    for_senders: Some("SNDS and JMRP of Microsoft show reputation and complaints"),
    export: Some(Export {
        program: "Outlook or Exchange",
        habit: "Outlook and Exchange rewrite the parts of a message when they store or save it",
    }),
    mailboxes: &["live.co.uk", "live.com", "live.fr", "live.nl", "msn.com"],
    mailbox_brands: &["hotmail", "outlook"],
    spf_include: Some("spf.protection.outlook.com"),
    ..Receiver::UNKNOWN
};

static JUNK_WORDS: [JunkWord; 44] = [
    JunkWord::new("SCL", &["-1"], Weight::Clean, "not filtered"),
    JunkWord::new("SCL", &["0", "1", "2", "3", "4"], Weight::Clean, "not spam"),
    JunkWord::new("SCL", &["5", "6"], Weight::Junk, "spam"),
    JunkWord::new(
        "SCL",
        &["7", "8", "9"],
        Weight::Junk,
        "spam with high confidence",
    ),
    JunkWord::new("SFV", &["NSPM"], Weight::Clean, "its filter found no spam"),
    JunkWord::new("SFV", &["SPM"], Weight::Junk, "its filter took it for spam"),
    JunkWord::new(
        "SFV",
        &["BLK"],
        Weight::BySetting,
        "the recipient blocks this sender",
    ),
    JunkWord::new(
        "SFV",
        &["SKB"],
        Weight::BySetting,
        "the sender is on a block list of the organization",
    ),
    JunkWord::new(
        "SFV",
        &["SKS"],
        Weight::BySetting,
        "marked as spam before filtering, as by a mail flow rule",
    ),
    JunkWord::new(
        "SFV",
        &["SFE"],
        Weight::Clean,
        "the recipient trusts this sender",
    ),
    JunkWord::new(
        "SFV",
        &["SKA"],
        Weight::Clean,
        "the sender is on an allow list of the organization",
    ),
    JunkWord::new(
        "SFV",
        &["SKI"],
        Weight::Clean,
        "not filtered, within the organization",
    ),
    JunkWord::new(
        "SFV",
        &["SKN"],
        Weight::Clean,
        "marked as no spam before filtering, as by a mail flow rule",
    ),
    JunkWord::new("SFV", &["SKQ"], Weight::Clean, "released from quarantine"),
    JunkWord::new("CAT", &["BULK"], Weight::Junk, "bulk mail"),
    JunkWord::new("CAT", &["SPM"], Weight::Junk, "spam"),
    JunkWord::new("CAT", &["HSPM"], Weight::Junk, "spam with high confidence"),
    JunkWord::new("CAT", &["PHSH"], Weight::Junk, "phishing"),
    JunkWord::new(
        "CAT",
        &["HPHSH", "HPHISH"],
        Weight::Junk,
        "phishing with high confidence",
    ),
    JunkWord::new("CAT", &["SPOOF"], Weight::NotAuthentic, "spoofing"),
    JunkWord::new(
        "CAT",
        &["BIMP"],
        Weight::NotAuthentic,
        "impersonation of a brand",
    ),
    JunkWord::new(
        "CAT",
        &["DIMP"],
        Weight::NotAuthentic,
        "impersonation of a domain",
    ),
    JunkWord::new(
        "CAT",
        &["UIMP"],
        Weight::NotAuthentic,
        "impersonation of a user",
    ),
    JunkWord::new(
        "CAT",
        &["GIMP"],
        Weight::NotAuthentic,
        "impersonation of somebody the recipient knows",
    ),
    JunkWord::new("CAT", &["MALW", "AMP"], Weight::Junk, "malware"),
    JunkWord::new("CAT", &["OSPM"], Weight::Junk, "outgoing spam"),
    JunkWord::new(
        "IPV",
        &["CAL"],
        Weight::Aside,
        "the client is on an allow list of the organization",
    ),
    JunkWord::new("BCL", &["0"], Weight::Aside, "not from a bulk sender"),
    JunkWord::new(
        "BCL",
        &["1", "2", "3"],
        Weight::Aside,
        "a bulk sender with few complaints",
    ),
    JunkWord::new(
        "BCL",
        &["4", "5", "6", "7"],
        Weight::Aside,
        "a bulk sender with a mixed number of complaints",
    ),
    JunkWord::new(
        "BCL",
        &["8", "9"],
        Weight::Aside,
        "a bulk sender with many complaints",
    ),
    JunkWord::new(
        "compauth",
        &["fail reason=000"],
        Weight::NotAuthentic,
        "DMARC failed, and the policy is quarantine or reject",
    ),
    JunkWord::new(
        "compauth",
        &["fail reason=001"],
        Weight::NotAuthentic,
        "neither a record of the domain nor its history vouches for it",
    ),
    JunkWord::new(
        "compauth",
        &["fail reason=002"],
        Weight::NotAuthentic,
        "the organization forbids this sender",
    ),
    JunkWord::new(
        "compauth",
        &["fail reason=010"],
        Weight::NotAuthentic,
        "DMARC failed for a domain of the organization itself",
    ),
    JunkWord::starting(
        "compauth",
        &["fail reason=6"],
        Weight::NotAuthentic,
        "not authenticated, from a domain of the organization itself",
    ),
    JunkWord::starting(
        "compauth",
        &["fail"],
        Weight::NotAuthentic,
        "not authenticated",
    ),
    JunkWord::new(
        "compauth",
        &["pass reason=109"],
        Weight::Aside,
        "authenticated, though there is no DMARC record",
    ),
    JunkWord::new(
        "compauth",
        &["pass reason=130"],
        Weight::Aside,
        "authenticated, by ARC of a sealer that is trusted",
    ),
    JunkWord::starting(
        "compauth",
        &["pass reason=1", "pass reason=7"],
        Weight::Aside,
        "authenticated",
    ),
    JunkWord::starting(
        "compauth",
        &["softpass"],
        Weight::Aside,
        "authenticated by signs of its own",
    ),
    JunkWord::starting("compauth", &["none reason=3"], Weight::Aside, "not checked"),
    JunkWord::starting(
        "compauth",
        &["none reason=4", "none reason=9"],
        Weight::Aside,
        "not checked, by a setting",
    ),
    JunkWord::starting("compauth", &["none"], Weight::Aside, "not checked"),
];
