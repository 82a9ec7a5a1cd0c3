//! The DKIM selectors of a domain: DNS cannot list them, so they are given, found in saved mail, or
//! guessed.

use schemars::JsonSchema;
use serde::Serialize;

use crate::dkim::{DkimCause, DkimResult, DkimVerdict};
use crate::dns::{LookupId, Name, NameError, Record, Reply};
use crate::ses::is_dkim_target;

/// A selector that is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedSelector {
    /// The selector.
    pub selector: Name,
    /// The domain that signs with it (`d=`).
    pub domain: Name,
    /// Where it was found.
    pub origin: SelectorOrigin,
}

impl WantedSelector {
    /// A selector of `domain`, as the caller names it: the label alone, or the whole name of its key.
    ///
    /// # Errors
    ///
    /// [`NameError`] if it is no name.
    pub fn given(text: &str, domain: &Name) -> Result<Self, NameError> {
        let text = text.trim_end_matches('.');
        let (selector, signing) = match text.split_once("._domainkey") {
            None => (text, domain.clone()),
            Some((selector, rest)) => match rest.strip_prefix('.') {
                None => (selector, domain.clone()),
                Some(name) => (selector, Name::parse(name)?),
            },
        };
        Ok(Self {
            selector: Name::parse(selector)?,
            domain: signing,
            origin: SelectorOrigin::Given,
        })
    }
}

/// Where a selector was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SelectorOrigin {
    /// The caller names it.
    Given,
    /// A saved message was signed with it.
    Mail,
    /// Amazon SES says so.
    Ses,
    /// Many domains, or a service that the domain uses, have it.
    Guessed,
}

/// A selector, and what is published there.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Selector {
    /// The selector.
    pub selector: Name,
    /// The domain that signs with it.
    pub domain: Name,
    /// Where it was found.
    pub origin: SelectorOrigin,
    /// What can be said of the key.
    pub state: KeyState,
    /// The aliases that lead to the key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cname: Vec<Name>,
    /// `rsa` or `ed25519`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_type: Option<&'static str>,
    /// The size of an RSA key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<usize>,
    /// The flags of the key (`t=`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// The lookup of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookup: Option<LookupId>,
}

/// What can be said of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum KeyState {
    /// Signatures can be verified with it.
    Usable,
    /// SES holds the name ready for its next key: normal for two of three.
    Idle,
    /// The key was withdrawn by its owner (`p=` is empty).
    Revoked,
    /// Signatures cannot be verified with it, for this reason.
    Unusable(#[schemars(with = "String")] DkimCause),
    /// DNS did not answer, or the recording does not have it.
    NotChecked,
}

impl Selector {
    pub(super) fn new(wanted: &WantedSelector, verdict: &DkimVerdict) -> Self {
        let key = verdict.key.as_ref();
        let cname = key.map(|key| key.cname.clone()).unwrap_or_default();
        let leads_to_ses = cname.iter().any(is_dkim_target);
        Self {
            selector: wanted.selector.clone(),
            domain: wanted.domain.clone(),
            origin: wanted.origin,
            state: match (verdict.result, verdict.cause) {
                (DkimResult::Pass, _) => KeyState::Usable,
                (_, DkimCause::KeyEmpty) if leads_to_ses => KeyState::Idle,
                (_, DkimCause::KeyRevoked) => KeyState::Revoked,
                (_, DkimCause::Dns | DkimCause::NotRecorded) => KeyState::NotChecked,
                (_, cause) => KeyState::Unusable(cause),
            },
            cname,
            key_type: key.and_then(|key| key.kind),
            bits: key.and_then(|key| key.bits),
            flags: key.map(|key| key.flags.clone()).unwrap_or_default(),
            lookup: key.map(|key| key.lookup),
        }
    }

    /// Whether it leads to a key of Easy DKIM.
    pub fn is_of_ses(&self) -> bool {
        self.cname.iter().any(is_dkim_target)
    }
}

/// A service that signs for its customers.
struct Service {
    /// The ends of its mail exchangers, and of the domains that its customers include in SPF.
    hosts: &'static [&'static str],
    /// The selectors that it gives to all customers.
    selectors: &'static [&'static str],
}

/// Services whose selectors are the same for all customers.
const SERVICES: &[Service] = &[
    Service {
        hosts: &["google.com", "googlemail.com"],
        selectors: &["google", "20230601", "20221208"],
    },
    Service {
        hosts: &["outlook.com", "office365.us"],
        selectors: &["selector1", "selector2"],
    },
    Service {
        hosts: &["mcsv.net", "mandrillapp.com"],
        selectors: &["k1", "k2", "k3", "mte1", "mte2", "mandrill"],
    },
    Service {
        hosts: &["sendgrid.net"],
        selectors: &["s1", "s2", "smtpapi"],
    },
    Service {
        hosts: &["mailgun.org"],
        selectors: &["smtp", "mg", "mailo", "pic", "krs", "email", "mta"],
    },
    Service {
        hosts: &["mtasv.net"],
        selectors: &["pm", "pm-bounces"],
    },
    Service {
        hosts: &["zoho.com", "zoho.eu", "zohomail.com", "zeptomail.net"],
        selectors: &["zoho", "zmail", "default"],
    },
    Service {
        hosts: &["messagingengine.com"],
        selectors: &["fm1", "fm2", "fm3", "mesmtp"],
    },
    Service {
        hosts: &["protonmail.ch"],
        selectors: &["protonmail", "protonmail2", "protonmail3"],
    },
    Service {
        hosts: &["icloud.com"],
        selectors: &["sig1"],
    },
    Service {
        hosts: &["sendinblue.com", "brevo.com"],
        selectors: &["mail", "brevo1", "brevo2"],
    },
    Service {
        hosts: &["mailjet.com"],
        selectors: &["mailjet"],
    },
    Service {
        hosts: &["yandex.net", "yandex.ru"],
        selectors: &["mail"],
    },
    Service {
        hosts: &["mail.ru"],
        selectors: &["mailru"],
    },
    Service {
        hosts: &["zendesk.com"],
        selectors: &["zendesk1", "zendesk2"],
    },
    Service {
        hosts: &["migadu.com"],
        selectors: &["key1", "key2", "key3"],
    },
    Service {
        hosts: &["gandi.net"],
        selectors: &["gm1", "gm2", "gm3"],
    },
    Service {
        hosts: &["hostinger.com", "titan.email"],
        selectors: &[
            "hostingermail1",
            "hostingermail2",
            "hostingermail3",
            "titan1",
            "titan2",
        ],
    },
    Service {
        hosts: &["kundenserver.de", "perfora.net", "ionos.com"],
        selectors: &["s1-ionos", "s2-ionos"],
    },
    Service {
        hosts: &["amazonses.com"],
        selectors: &["resend"],
    },
];

/// Selectors that many domains chose.
const COMMON: &[&str] = &[
    "default",
    "dkim",
    "mail",
    "google",
    "selector1",
    "selector2",
    "selector",
    "s1",
    "s2",
    "k1",
    "k2",
    "k3",
    "key1",
    "dkim1",
    "smtp",
    "email",
    "mx",
    "main",
    "server",
    "ses",
];

/// The selectors worth a question for a domain whose mail exchangers and SPF terms lead to `hosts`:
/// those of its services first. Not found is not absent.
pub(super) fn guesses(domain: &Name, hosts: &[&str]) -> Vec<WantedSelector> {
    let is_at = |end: &&str| {
        hosts.iter().any(|host| {
            let below = host.strip_suffix(end);
            below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
        })
    };
    let services = SERVICES.iter().filter(|one| one.hosts.iter().any(&is_at));
    let names = services.flat_map(|one| one.selectors).chain(COMMON);
    let mut guesses: Vec<WantedSelector> = Vec::new();
    for name in names {
        let Ok(selector) = Name::parse(name) else {
            continue;
        };
        if !guesses.iter().any(|known| known.selector == selector) {
            guesses.push(WantedSelector {
                selector,
                domain: domain.clone(),
                origin: SelectorOrigin::Guessed,
            });
        }
    }
    guesses
}

/// Whether the answer at a guessed selector shows that it is one: an alias, or a text that is a key.
pub(super) fn is_there(reply: &Reply) -> bool {
    let is_key = |text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        text.contains("DKIM1") || text.contains("p=")
    };
    match reply {
        Reply::Records(answer) => answer.records.iter().any(|record| match record {
            Record::Txt(text) => is_key(&text.joined()) || !answer.cname.is_empty(),
            _ => false,
        }),
        Reply::NoData(negative) => !negative.cname.is_empty(),
        _ => false,
    }
}

impl WantedSelector {
    /// The name of the key.
    pub fn key_name(&self) -> Option<Name> {
        self.domain
            .under(&format!("{}._domainkey", self.selector))
            .ok()
    }
}
