//! Domains in place of others: what is a subdomain stays one, what is of one organization stays so.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::vocabulary::{is_standard_label, is_usual_label};
use super::words::Words;
use crate::dns;
use crate::findings::is_free_mail;
use crate::receivers;
use crate::ses::is_ses_domain;

/// Domains, each always with the same replacement.
pub(super) struct Domains {
    keep: bool,
    /// Public suffixes that publish a DMARC policy: what is below them stays below them.
    policy_suffixes: BTreeSet<String>,
    given: RefCell<BTreeMap<String, String>>,
    taken: RefCell<BTreeSet<String>>,
}

/// The top-level domain of all new names (RFC 2606 §2).
const NEW: &str = "test";

/// Top-level domains that are on no list (RFC 2606 §2, RFC 6761, RFC 3172).
const RESERVED: [&str; 5] = ["example", "test", "invalid", "localhost", "arpa"];

/// Usual top-level domains of networks that DNS does not know: what is below them stays there.
const OF_NETWORKS: [&str; 8] = [
    "localdomain",
    "local",
    "internal",
    "lan",
    "home",
    "corp",
    "intranet",
    "private",
];

/// Whether this is a top-level domain that is on no list.
fn is_unlisted(label: &str) -> bool {
    RESERVED.contains(&label) || OF_NETWORKS.contains(&label)
}

/// Services beside the receivers, whose names say nothing of who uses them.
const SERVICES: &[&str] = &[
    "amazonaws.com",
    "awstrack.me",
    "gmail.com",
    "googlemail.com",
    "1e100.net",
    "gappssmtp.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "office365.com",
    "exchangelabs.com",
    "onmicrosoft.com",
    "microsoft.com",
    "aol.com",
    "yahoodns.net",
    "apple.com",
    "me.com",
    "mac.com",
    "proton.me",
    "protonmail.ch",
    "messagingengine.com",
    "pphosted.com",
    "gmx.net",
    "gmx.de",
    "gmx.com",
    "web.de",
    "t-online.de",
    "sendgrid.net",
    "mailgun.org",
    "mcsv.net",
    "mandrillapp.com",
    "sparkpostmail.com",
    "safelinks.protection.outlook.com",
    "urldefense.com",
    "urldefense.us",
    "cudasvc.com",
    "w3.org",
];

/// What stands for a name: the labels of a service's host that are of its own making stay.
fn is_service(registered: &str) -> bool {
    is_ses_domain(registered)
        || SERVICES.contains(&registered)
        || receivers::with_host(registered, Some(registered)).is_some()
        || dns::Name::parse(registered).is_ok_and(|name| is_free_mail(&name))
        || receivers::spf_includes().any(|one| dns::registered(one) == Some(registered))
}

impl Domains {
    pub(super) fn new(keep: bool, policy_suffixes: BTreeSet<String>) -> Self {
        Self {
            keep,
            policy_suffixes,
            given: RefCell::default(),
            taken: RefCell::default(),
        }
    }

    /// Whether this is a name of a service that is known to all.
    pub(super) fn is_of_service(name: &str) -> bool {
        dns::registered(name).is_some_and(is_service)
    }

    /// Whether a text has the form of a domain name that can exist.
    pub(super) fn is_domain(text: &str) -> bool {
        let is_label = |label: &str| {
            let fits = |char: char| char.is_alphanumeric() || matches!(char, '-' | '_');
            !label.is_empty() && label.len() <= 63 && label.chars().all(fits)
        };
        let Some((_, last)) = text.rsplit_once('.') else {
            return false;
        };
        text.len() <= 253
            && text.split('.').all(is_label)
            && (is_unlisted(last) || dns::is_under_known_suffix(text))
    }

    /// The name in place of `name`, which is in lower case and in A-labels.
    pub(super) fn name(&self, name: &str, words: &Words) -> String {
        // A name under which another name stands: a report's consent, or a domain written twice.
        if let Some((other, rest)) = name.split_once("._report._dmarc.") {
            let (other, rest) = (self.name(other, words), self.name(rest, words));
            return format!("{other}._report._dmarc.{rest}");
        }
        if name == "localhost.localdomain" {
            return name.to_owned();
        }
        let glued = super::text::glued(name);
        if !glued.is_empty() {
            let name = self.name(&name[..name.len() - glued.len()], words);
            return format!("{name}{glued}");
        }
        let split: Vec<&str> = name.split('.').collect();
        let standards = split.iter().rposition(|label| is_standard_label(label));
        let (before, rest) = split.split_at(standards.map_or(0, |at| at + 1));
        let rest = match rest {
            [] => String::new(),
            _ => self.host(&rest.join("."), words),
        };
        let before = before.iter().map(|label| self.label(label, false, words));
        let all: Vec<String> = before
            .chain([rest])
            .filter(|label| !label.is_empty())
            .collect();
        all.join(".")
    }

    /// A name without a label that belongs to a standard.
    fn host(&self, name: &str, words: &Words) -> String {
        let Some(registered) = dns::registered(name) else {
            return match dns::is_under_known_suffix(name) || is_unlisted(name) {
                true => name.to_owned(),
                false => self.labels(name, false, words),
            };
        };
        let below = name.strip_suffix(registered).unwrap_or_default();
        let below = below.trim_end_matches('.');
        let service = is_service(registered);
        let new = match service || self.keep {
            true => registered.to_owned(),
            false => self.registered(registered, words),
        };
        match below {
            "" => new,
            // A name that was written behind another one.
            _ if dns::registered(below).is_some_and(|it| it == registered || is_ses_domain(it)) => {
                format!("{}.{new}", self.host(below, words))
            }
            _ => format!("{}.{new}", self.labels(below, service, words)),
        }
    }

    /// The names at which what is published at `name` is asked for too: all new domains are below one
    /// top-level domain, whatever they were below before.
    pub(super) fn also_at(&self, name: &str) -> Option<String> {
        let suffix = name.strip_prefix("_dmarc.")?;
        let moved = !self.keep && suffix != NEW && dns::registered(suffix).is_none();
        (moved && !self.policy_suffixes.contains(suffix)).then(|| format!("_dmarc.{NEW}"))
    }

    fn registered(&self, registered: &str, words: &Words) -> String {
        if let Some(known) = self.given.borrow().get(registered) {
            return known.clone();
        }
        let (_, suffix) = registered.split_once('.').unwrap_or(("", registered));
        let stays = self.policy_suffixes.contains(suffix) || OF_NETWORKS.contains(&suffix);
        let suffix = match stays {
            true => suffix,
            false => NEW,
        };
        // Where the length stays, so do the lines.
        let length = registered
            .len()
            .saturating_sub(suffix.len() + 1)
            .clamp(3, 50);
        let mut new = String::new();
        for attempt in 0..=u8::MAX {
            let input = format!("{registered} {attempt}");
            let octets = words.octets("domain", input.as_bytes(), length);
            let letters = octets.iter().map(|octet| char::from(b'a' + octet % 26));
            new = format!("{}.{suffix}", letters.collect::<String>());
            if new != registered && self.taken.borrow_mut().insert(new.clone()) {
                break;
            }
        }
        let mut given = self.given.borrow_mut();
        given.insert(registered.to_owned(), new.clone());
        new
    }

    /// Labels below a registered domain, or a selector.
    pub(super) fn labels(&self, labels: &str, of_service: bool, words: &Words) -> String {
        let labels = labels
            .split('.')
            .map(|label| self.label(label, of_service, words));
        labels.collect::<Vec<_>>().join(".")
    }

    fn label(&self, label: &str, of_service: bool, words: &Words) -> String {
        let lower = label.to_ascii_lowercase();
        if is_standard_label(&lower) || is_usual_label(&lower) {
            return label.to_owned();
        }
        // A label in Punycode does not stay one: it is of plain letters then.
        let label = label.strip_prefix("xn--").unwrap_or(label);
        let mut out = String::with_capacity(label.len());
        for piece in label.split_inclusive(|char: char| !char.is_alphanumeric()) {
            let end = piece
                .trim_end_matches(|char: char| !char.is_alphanumeric())
                .len();
            let (word, rest) = piece.split_at(end);
            match of_service && is_of_services_making(word) {
                true => out.push_str(word),
                false => out.push_str(&words.word(word)),
            }
            out.push_str(rest);
        }
        out
    }
}

/// Whether part of a host's name is one that services give: a usual word, or one with its number.
fn is_of_services_making(word: &str) -> bool {
    let short = word.len() <= 5 && word.bytes().any(|byte| byte.is_ascii_digit());
    let lower = word.to_ascii_lowercase();
    let usual = [
        "dkim",
        "email",
        "feedback",
        "smtp",
        "out",
        "mail",
        "prod",
        "prd",
        "inbound",
        "relay",
        "bnc",
        "eop",
        "outbound",
        "safelinks",
        "urldefense",
        "linkprotect",
    ];
    short
        || word.len() <= 2
        || super::vocabulary::is_known(&lower)
        || usual.contains(&lower.as_str())
}
