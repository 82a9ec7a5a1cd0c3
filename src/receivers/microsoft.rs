//! Outlook.com, Exchange Online and Exchange. Observed in saved messages; the composite verdict and
//! the fields are documented.

use super::{
    AddressForm, ClientField, Edges, Export, FieldOrigin, Ipv6Block, Phrase, Receiver, ResultWord,
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
    export: Some(Export {
        program: "Outlook or Exchange",
        habit: "Outlook and Exchange rewrite the parts of a message when they store or save it",
    }),
    mailboxes: &["live.co.uk", "live.com", "live.fr", "live.nl", "msn.com"],
    mailbox_brands: &["hotmail", "outlook"],
    spf_include: Some("spf.protection.outlook.com"),
    ..Receiver::UNKNOWN
};
