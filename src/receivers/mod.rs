//! What is known about individual mail receivers: one file each, with data only. All functions here
//! look it up in the list [`RECEIVERS`]. To add a receiver, write its file and add its name in two
//! places below.
//!
//! A file says so if its data come from observation and not from documentation of the receiver.

pub(crate) mod amazon_ses;
mod fastmail;
mod gmail;
mod icloud;
mod mail_ru;
mod microsoft;
mod mimecast;
mod open_dkim;
mod organization;
mod proofpoint;
mod proton;
mod receiver;
mod rspamd;
mod spam_assassin;
mod yahoo;
mod zoho;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(crate) use organization::{is_within, organization};
pub(crate) use receiver::{
    AddressForm, Below, ClientField, Edges, Export, FieldOrigin, GivenIds, HostForm, Ipv6Block,
    JunkField, JunkForm, JunkWord, Phrase, Receiver, ResultWord, Weight,
};

/// All known receivers.
static RECEIVERS: &[&Receiver] = &[
    &amazon_ses::AMAZON_SES,
    &fastmail::FASTMAIL,
    &gmail::GMAIL,
    &icloud::ICLOUD,
    &mail_ru::MAIL_RU,
    &microsoft::MICROSOFT,
    &mimecast::MIMECAST,
    &open_dkim::OPEN_DKIM,
    &proofpoint::PROOFPOINT,
    &proton::PROTON,
    &rspamd::RSPAMD,
    &spam_assassin::SPAM_ASSASSIN,
    &yahoo::YAHOO,
    &zoho::ZOHO,
];

/// Result words of older documents or of several programs, and the RFC 8601 word that each one
/// means.
const COMMON_WORDS: &[ResultWord] = &[
    // RFC 5451 §2.4.
    ResultWord::of_all("hardfail", "fail"),
    ResultWord::of_all("permfail", "permerror"),
    ResultWord::of_all("tempfail", "temperror"),
    ResultWord::of_all("temp_fail", "temperror"),
];

/// The receiver of `organization`, which is the name that [`Receiver::organization`] gives.
pub(crate) fn of(organization: Option<&str>) -> Option<&'static Receiver> {
    let organization = organization?;
    let mut all = RECEIVERS.iter().copied();
    all.find(|one| one.organization() == Some(organization))
}

/// The domains that the customers of receivers include in their SPF records.
pub(crate) fn spf_includes() -> impl Iterator<Item = &'static str> {
    RECEIVERS.iter().filter_map(|one| one.spf_include)
}

/// The receiver that a host belongs to, by its name in lower case or by its registered domain.
pub(crate) fn with_host(host: &str, registered: Option<&str>) -> Option<&'static Receiver> {
    let mut all = RECEIVERS.iter().copied();
    all.find(|one| {
        registered.is_some_and(|registered| one.domains.contains(&registered))
            || one.hosts.iter().any(|form| form.fits(host))
    })
}

/// Whether `host` is the address of a host that a receiver uses only internally, or a private one.
/// Of an IPv6 address only the start counts: in saved files, the rest may be redacted.
pub(crate) fn is_internal_host(host: &str) -> bool {
    if let Ok(ip) = host.parse::<Ipv4Addr>() {
        return ip.is_private();
    }
    let is_address = host
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b':');
    let mut groups = host.split(':').map(|group| u16::from_str_radix(group, 16));
    let (Some(Ok(first)), Some(Ok(second))) = (groups.next(), groups.next()) else {
        return false;
    };
    let ip = Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0).into();
    is_address && RECEIVERS.iter().any(|one| one.is_internal(ip))
}

/// Whether the address is in a network that a receiver has for its own hosts.
pub(crate) fn is_own_network(ip: IpAddr) -> bool {
    RECEIVERS.iter().any(|one| {
        let edge = one.edges.is_some_and(|edges| edges.block.holds(ip));
        one.is_internal(ip) || edge
    })
}

/// The fields of receivers with the client's address, most reliable first.
pub(crate) fn client_fields() -> impl Iterator<Item = &'static ClientField> {
    let origins = [
        FieldOrigin::ItsOwn,
        FieldOrigin::OnTop,
        FieldOrigin::SendingHost,
    ];
    origins.into_iter().flat_map(|origin| {
        let all = RECEIVERS.iter().flat_map(|one| one.client_fields);
        all.filter(move |field| field.origin == origin)
    })
}

/// The receiver that writes this field, and what the field contains.
pub(crate) fn client_field(name: &str) -> Option<(&'static Receiver, &'static ClientField)> {
    RECEIVERS.iter().copied().find_map(|one| {
        let mut fields = one.client_fields.iter();
        Some((one, fields.find(|field| field.name == name)?))
    })
}

/// The RFC 8601 result that a receiver's `word` for a result of `method` means; `word` itself if it
/// is not one of those.
pub(crate) fn registered<'w>(method: &str, word: &'w str) -> &'w str {
    let own = RECEIVERS.iter().flat_map(|one| one.result_words);
    let mut words = own.chain(COMMON_WORDS);
    let found = words.find(|one| one.word == word && one.method.is_none_or(|of| of == method));
    found.map_or(word, |found| found.means)
}

/// Whether a receiver's `word` leaves open whether a check failed or could not be made: programs use
/// it for both.
pub(crate) fn is_any_failure(word: &str) -> bool {
    matches!(word, "permfail" | "perm_fail")
}

/// Whether a receiver's `word` for a result of `method` says neither that something passed nor that
/// it failed, where RFC 8601 has a word for each.
pub(crate) fn says_nothing(method: &str, word: &str) -> bool {
    word != "none" && registered(method, word) == "none"
}

/// Whether `word` is the result of `method` that a receiver guesses when there is no record.
pub(crate) fn is_guess(method: &str, word: &str) -> bool {
    let mut guesses = RECEIVERS.iter().flat_map(|one| one.guesses);
    guesses.any(|guess| *guess == (method, word))
}

/// Whether `text`, a comment or a reason, contains a receiver's words for this.
pub(crate) fn says(text: &str, phrase: Phrase) -> bool {
    let text = text.to_ascii_lowercase();
    let mut phrases = RECEIVERS.iter().flat_map(|one| one.phrases);
    phrases.any(|(said, words)| *said == phrase && text.contains(words))
}

/// Whether this is the name that a receiver uses only in its ARC sets and nowhere else.
pub(crate) fn is_nameless_in_arc(id: &str) -> bool {
    let mut names = RECEIVERS.iter().filter_map(|one| one.nameless_but_in_arc);
    names.any(|name| name.eq_ignore_ascii_case(id))
}

/// Whether `method` is a receiver's own method for its overall verdict.
pub(crate) fn is_composite(method: &str) -> bool {
    with_composite(method).is_some()
}

/// The receiver whose own method for its overall verdict this is.
pub(crate) fn with_composite(method: &str) -> Option<&'static Receiver> {
    let mut all = RECEIVERS.iter().copied();
    all.find(|one| one.composite == Some(method))
}

/// Whether `protocol`, from a Received field, belongs to a program that writes Return-Path below.
pub(crate) fn puts_return_path_below(protocol: &str) -> bool {
    let mut programs = RECEIVERS.iter().filter_map(|one| one.return_path_below);
    programs.any(|program| protocol.starts_with(program))
}

/// The fields in which receivers name the host that accepted a message.
pub(crate) fn edge_fields() -> impl Iterator<Item = &'static str> {
    let edges = RECEIVERS.iter().filter_map(|receiver| receiver.edges);
    edges.flat_map(|edges| edges.named_in.iter().copied())
}

/// Whether this registered domain, with `brand` as its first label, offers mailboxes to the public.
pub(crate) fn gives_mailboxes(registered: &str, brand: &str) -> bool {
    RECEIVERS
        .iter()
        .any(|one| one.mailboxes.contains(&registered) || one.mailbox_brands.contains(&brand))
}

/// The service whose message IDs have the form of `local`, and those IDs.
pub(crate) fn service_of_id(local: &str) -> Option<(&'static Receiver, &'static GivenIds)> {
    let mut services = RECEIVERS
        .iter()
        .filter_map(|one| Some((*one, one.given_ids?)));
    services.find(|(_, ids)| ids.fits(local))
}

/// The fields in which filters say what they made of a message, each with whose it is.
pub(crate) fn junk_fields() -> impl Iterator<Item = (&'static Receiver, &'static JunkField)> {
    let all = RECEIVERS.iter().copied();
    all.flat_map(|one| one.junk_fields.iter().map(move |field| (one, field)))
}

/// The fields that receivers add when they forward a message.
pub(crate) fn forwarding_fields() -> impl Iterator<Item = &'static str> {
    RECEIVERS
        .iter()
        .flat_map(|one| one.forwarding_fields.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_domain_belongs_to_two_receivers() {
        let mut domains: Vec<_> = RECEIVERS.iter().flat_map(|one| one.domains).collect();
        let count = domains.len();
        domains.sort();
        domains.dedup();
        assert_eq!(domains.len(), count);
    }

    #[test]
    fn names_are_written_as_they_are_compared() {
        let is_small = |text: &str| text == text.to_ascii_lowercase();
        for one in RECEIVERS {
            let texts = one.domains.iter().chain(one.mailboxes);
            let texts = texts.chain(one.mailbox_brands);
            let phrases = one.phrases.iter().map(|(_, words)| words);
            assert!(
                texts.chain(phrases).all(|text| is_small(text)),
                "{}",
                one.name
            );
            let words = one.result_words.iter().map(|one| one.word);
            assert!(words.into_iter().all(is_small), "{}", one.name);
        }
    }

    #[test]
    fn words_for_results_stand_for_registered_ones() {
        for (method, word, expected) in [
            ("dkim", "dkim_pass", "pass"),
            ("dkim", "perm_fail", "permerror"),
            ("dmarc", "success", "pass"),
            ("dkim", "success", "pass"),
            ("dmarc", "unknown", "none"),
            ("rrvs", "unknown", "unknown"),
            ("dkim", "test", "pass"),
            ("dkim", "ignore", "policy"),
            ("spf", "hardfail", "fail"),
            ("spf", "pass", "pass"),
        ] {
            assert_eq!(registered(method, word), expected, "{method}={word}");
        }
    }

    #[test]
    fn fields_with_the_clients_address_come_surest_first() {
        let names: Vec<_> = client_fields().map(|field| field.name).collect();
        assert_eq!(
            names,
            [
                "X-Sender-IP",
                "X-Forefront-Antispam-Report",
                "X-Originating-IP",
                "X-SES-Outgoing"
            ]
        );
    }
}
