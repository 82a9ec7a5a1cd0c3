//! A message that can be shown to others: the same verdicts, alignment and findings, and none of its
//! words.
//!
//! ```text
//! message, lookups ─▶ replacements ─▶ new text ─▶ new signatures ─▶ message
//!                          └────────▶ new answers, new keys ──────▶ recording
//! ```
//!
//! **Replaced,** always in the same way within one message: the words of Subject, of display names, of
//! the text and of all fields that have no form of their own; local parts of addresses; tokens, such as
//! Message-ID, Feedback-ID, VERP, selectors, boundaries, queue IDs and the paths of links, also where
//! they are in percent-encoding; files, by octets of no meaning, and files that stand in a text as signs,
//! by other signs; in names of fields, the names of domains and all words that no standard, program or
//! receiver uses there; names, notes and tokens in DNS, and what SES says of identities; IP addresses, by
//! private ones if they were private and else by those for documentation; domains, by names under `.test`
//! that have the same relations, or under the same ending if that is one of networks, as `.internal`.
//!
//! **Kept:** order and folding of fields; dates; the words of standards, mail programs, receivers and
//! filters in fields with a form; character sets, MIME types, HTML elements, punctuation and
//! the lengths of words; the public suffix above a domain, if it has a DMARC policy of its own; how a
//! signature was made (`v a c q t x l h`); names and addresses of Amazon
//! SES and of other well-known services, and what they publish; addresses that a host of SES in the
//! message is named after; addresses for documentation; the words of records in DNS.
//!
//! **Made anew:** every DKIM signature, ARC-Message-Signature and ARC-Seal, by throw-away keys of the
//! same kind and size, which the recording publishes. One that verified does so again; one that failed
//! fails for the same cause. Where an autopsy proved what was changed, the new signature is made over
//! the message before that change, so that an autopsy proves it again.
//!
//! **Not kept:** the form of the file around the message ([`Redacted::taken_out_of`]), the likeness of
//! two names, keys that are damaged, a fix that rests on a key of SES, networks in SPF records wider than those for documentation, and
//! letters of names outside of ASCII. [`Redacted::differences`] says which results came out otherwise.
//!
//! **What it still tells:** when the message was sent and by which way, by which programs and
//! services it went, how long its words are, numbers of up to four digits in fields with a form, and
//! words of two letters in names of fields. Who has the same message, or the logs of a server,
//! can find it by its times.

mod addresses;
mod body;
mod content;
mod differences;
mod domains;
mod files;
mod header;
mod identity;
mod keys;
mod records;
mod sign;
mod text;
mod vocabulary;
mod weave;
mod words;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::dns::{Absent, Name, Record, Snapshot};
use crate::message::mime::Entity;
use crate::message::{Form, Message, Opened, is_public};
use crate::ses::is_host_at;
use crate::{Audience, Error, Inspection, Limits, Note, Options, SessionHints, inspect_recorded};
use addresses::Addresses;
use differences::differences;
use domains::Domains;
use header::SHORTEST_NAME;
use records::NewKeys;
use sign::{Job, Signing};
use words::Words;

/// How a message is redacted.
#[derive(Clone, Debug)]
pub struct Redaction {
    /// What all replacements follow from; who does not know it cannot undo them.
    pub key: [u8; 32],
    /// Domains stay as they are.
    pub keep_domains: bool,
    /// How a question is answered that the recording does not hold, as in the source of the old one.
    pub absent: Absent,
    /// A zone that records are to be shown for; [`Redacted::zone`] is its new name.
    pub zone: Option<Name>,
}

/// A message that can be shown to others.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Redacted {
    /// The message.
    pub message: Vec<u8>,
    /// The answers of DNS that go with it, in the form of [`Snapshot`].
    pub recording: String,
    /// What the caller said of the session.
    pub hints: SessionHints,
    /// The name in place of [`Redaction::zone`].
    pub zone: Option<Name>,
    /// How many signatures were made anew, ARC included.
    pub signatures: usize,
    /// The forms of the file that the message was taken out of, outermost first. They are not kept.
    pub taken_out_of: Vec<Form>,
    /// The inspection of the new message under the new recording.
    pub inspection: Inspection,
    /// What comes out otherwise than before.
    pub differences: Vec<RedactionDifference>,
}

/// A result that is another one after redaction.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct RedactionDifference {
    /// Which result: `dkim 1`, `spf`, `finding`.
    pub what: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

/// Everything that stands in place of something else.
struct Replacements {
    words: Words,
    domains: Domains,
    addresses: Addresses,
    /// The names of domains that may be part of the names of fields.
    names: BTreeSet<String>,
    /// The addresses that the message or DNS tell of.
    seen: BTreeSet<IpAddr>,
}

/// Redacts a message. `inspection` is that of the same `bytes`, with the same `hints` and `options`.
///
/// # Errors
///
/// [`Error::NotAMessage`] if `bytes`, or what became of them, are not a mail message.
///
/// # Examples
///
/// ```
/// use sesauth::dns::{Absent, Snapshot};
/// use sesauth::redact::{Redaction, redact};
/// use sesauth::{Options, SessionHints, inspect_recorded};
///
/// # fn main() -> Result<(), sesauth::Error> {
/// let message = b"From: Ada <ada@example.com>\r\nSubject: The engine\r\n\r\nHello\r\n";
/// let dns = Snapshot::parse("{\"sesauth_dns\":1}", Absent::NxDomain)?;
/// let (hints, options) = (SessionHints::default(), Options::default());
/// let now = jiff::Timestamp::UNIX_EPOCH;
/// let inspection = inspect_recorded(message, &hints, &dns, now, &options)?;
/// let how = Redaction { key: [7; 32], keep_domains: false, absent: Absent::NxDomain, zone: None };
/// let redacted = redact(message, &hints, now, &options, &inspection, &how)?;
/// assert_eq!(redacted.differences, []);
/// assert!(!String::from_utf8_lossy(&redacted.message).contains("engine"));
/// # Ok(())
/// # }
/// ```
pub fn redact(
    bytes: &[u8],
    hints: &SessionHints,
    now: Timestamp,
    options: &Options,
    inspection: &Inspection,
    how: &Redaction,
) -> Result<Redacted, Error> {
    let limits = &options.limits;
    let opened = Opened::open(bytes, hints.reading(), options.attached, limits)?;
    let octets = opened.octets().to_vec();
    let message = Message::parse_as(&octets, hints.reading(), limits)?;
    let analysis = &inspection.analysis;
    let lookups = &analysis.lookups.0;
    let all = Replacements::new(inspection, hints, how);

    let mut keys = NewKeys::default();
    let lines = all.recording(lookups.iter(), &mut keys, limits);
    let signing = Signing {
        all: &all,
        keys: &keys,
        lookups,
        limits,
        reading: hints.reading(),
        effort: options.autopsy,
    };
    let jobs = signing.jobs(&message, &analysis.dkim, &analysis.arc);
    let text = all.message(&message, &jobs, limits);
    let text = signing.sign(&message, text, &jobs)?;

    let mut recording = format!("{{\"sesauth_dns\":1,\"captured\":\"{now}\"}}\n");
    for line in lines {
        recording.push_str(&serde_json::to_string(&line).unwrap_or_default());
        recording.push('\n');
    }
    let hints = all.hints(hints);
    let dns = Snapshot::parse(&recording, how.absent)?;
    let options = Options {
        attached: None,
        identities: Arc::new(all.identities(&options.identities)),
        audience: match &options.audience {
            Audience::Owner(names) => {
                Audience::Owner(names.iter().map(|name| all.dns_name(name)).collect())
            }
            other => other.clone(),
        },
        ..options.clone()
    };
    let mut after = inspect_recorded(&text, &hints, &dns, now, &options)?;
    let sets = analysis.arc.instances.iter();
    let sealed = sets.clone().filter(|one| one.seal.is_some()).count();
    let signed = sets.filter(|one| one.message_signature.is_some()).count();
    let signatures = analysis.dkim.len() + sealed + signed;
    let source = &analysis.source;
    let forms = source.within.iter().chain([&source.form]);
    let forms = forms.filter(|form| !matches!(form, Form::Rfc5322 | Form::HeadersOnly));
    let taken_out_of: Vec<Form> = forms.copied().collect();
    after.analysis.notes.push(Note::Redacted {
        signatures,
        taken_out_of: taken_out_of.clone(),
    });
    Ok(Redacted {
        message: text,
        recording,
        hints,
        zone: how.zone.as_ref().map(|zone| all.dns_name(zone)),
        signatures,
        taken_out_of,
        differences: differences(inspection, &after),
        inspection: after,
    })
}

impl Replacements {
    fn new(inspection: &Inspection, hints: &SessionHints, how: &Redaction) -> Self {
        let lookups = &inspection.analysis.lookups.0;
        let session = &inspection.analysis.session;
        let client = session.client_ip.as_ref().map(|client| client.value);
        let mut seen: BTreeSet<IpAddr> = client.into_iter().chain(hints.client()).collect();
        seen.extend(session.hops.iter().filter_map(|hop| hop.received.ip));
        let mut kept = BTreeSet::new();
        let mut networks = Vec::new();
        let mut suffixes = BTreeSet::new();
        let mut names = BTreeSet::new();
        for lookup in lookups {
            let name = lookup.question.name.as_str();
            let of_service = Domains::is_of_service(name);
            let own = crate::dns::registered(name).filter(|_| !of_service && !how.keep_domains);
            let own = own.and_then(|own| own.split('.').next());
            names.extend(
                own.filter(|own| own.len() >= SHORTEST_NAME)
                    .map(str::to_owned),
            );
            let is_policy = |record: &Record| match record {
                Record::Txt(txt) => txt.joined().starts_with(b"v=DMARC1"),
                _ => false,
            };
            if let Some(suffix) = name.strip_prefix("_dmarc.")
                && crate::dns::registered(suffix).is_none()
                && lookup.reply.records().iter().any(is_policy)
            {
                suffixes.insert(suffix.to_owned());
            }
            for record in lookup.reply.records() {
                let ip = match record {
                    Record::A(ip) => IpAddr::V4(*ip),
                    Record::Aaaa(ip) => IpAddr::V6(*ip),
                    Record::Txt(txt) if of_service => {
                        networks.extend(published_networks(&txt.joined()));
                        continue;
                    }
                    _ => continue,
                };
                seen.insert(ip);
                if of_service {
                    kept.insert(ip);
                }
            }
        }
        // A host of SES has the end of its address as its name.
        let hops = session.hops.iter().map(|hop| &hop.received);
        let hosts = hops.flat_map(|hop| hop.reverse.iter().chain(&hop.from));
        let helo = session.helo.iter().map(|helo| &helo.value);
        let hosts: Vec<&String> = hosts.chain(helo).chain(&hints.helo).collect();
        let is_of_ses =
            |ip: &&IpAddr| is_public(**ip) && hosts.iter().any(|host| is_host_at(host, **ip));
        kept.extend(seen.iter().filter(is_of_ses));
        Self {
            words: Words::new(&how.key),
            domains: Domains::new(how.keep_domains, suffixes),
            addresses: Addresses::new(client, kept, networks),
            names,
            seen,
        }
    }

    /// The message with its text replaced; its signatures fit no longer.
    fn message(&self, message: &Message<'_>, jobs: &[Job], limits: &Limits) -> Vec<u8> {
        let bytes = message.bytes;
        let end = message.header.body.unwrap_or(bytes.len());
        let mut out = self.header_but(bytes, &message.header, end, |number, text| {
            jobs.iter().find_map(|job| job.proved.field(number, text))
        });
        if let Some(body) = message.body() {
            let woven = jobs.iter().find_map(|job| job.proved.body(body));
            out.extend(
                woven.unwrap_or_else(|| self.body(body, &Entity::of(&message.header), limits, 0)),
            );
        }
        out
    }

    fn hints(&self, hints: &SessionHints) -> SessionHints {
        use text::Manner::Free;
        let texts = |texts: &[String]| {
            let new = texts.iter().map(|text| self.string(text, Free));
            new.collect()
        };
        SessionHints {
            client_ip: hints.client_ip.map(|ip| self.address(ip)),
            helo: hints.helo.as_ref().map(|helo| self.string(helo, Free)),
            mail_from: hints.mail_from.as_ref().map(|from| self.string(from, Free)),
            metadata: hints.metadata.as_ref().map(|it| {
                let mut new = it.clone();
                new.client_ip = it.client_ip.map(|ip| self.address(ip));
                new.helo = it.helo.as_ref().map(|helo| self.string(helo, Free));
                new.mail_from = it.mail_from.as_ref().map(|from| self.string(from, Free));
                new
            }),
            trusted_hosts: texts(&hints.trusted_hosts),
            trusted_ids: texts(&hints.trusted_ids),
            ..hints.clone()
        }
    }
}

/// The networks in an SPF record.
fn published_networks(record: &[u8]) -> Vec<(IpAddr, u8)> {
    let text = String::from_utf8_lossy(record);
    let terms = text.split_ascii_whitespace().filter_map(|term| {
        let term = term.trim_start_matches(['+', '-', '~', '?']);
        let (kind, value) = term.split_once(':')?;
        matches!(kind, "ip4" | "ip6").then_some(value)
    });
    let networks = terms.filter_map(|value| {
        let (ip, bits) = value.split_once('/').unwrap_or((value, ""));
        let ip: IpAddr = ip.parse().ok()?;
        let width = if ip.is_ipv4() { 32 } else { 128 };
        Some((ip, bits.parse().unwrap_or(width).min(width)))
    });
    networks.collect()
}
