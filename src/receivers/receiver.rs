//! What can be known about a receiver.

use std::net::IpAddr;

use super::is_within;

/// A mail receiver, or a program that receivers use. A field is empty where nothing is known.
#[derive(Debug)]
pub(crate) struct Receiver {
    /// Its name.
    pub name: &'static str,
    /// The registered domains of its hosts; the first one stands for all of them.
    pub domains: &'static [&'static str],
    /// Its hosts in domains of others.
    pub hosts: &'static [HostForm],
    /// Addresses of its hosts that cannot be reached from outside.
    pub internal: &'static [Ipv6Block],
    /// Its hosts that accept mail and hand it on by addresses from which its customers' mail
    /// reaches others too.
    pub edges: Option<&'static Edges>,
    /// A field and its value in mail that came from inside the organization, which it does not check.
    pub inside: Option<(&'static str, &'static str)>,
    /// Where it writes Authentication-Results, if that is below its own Received field. Fields of
    /// other writers never come before its own there.
    pub results_below: Option<Below>,
    /// The domains of its authserv-ids, if it writes below its Received field. A sender could make
    /// up an authserv-id in its other domains.
    pub identifiers: &'static [&'static str],
    /// Its authserv-id in ARC sets, if it writes none elsewhere.
    pub nameless_but_in_arc: Option<&'static str>,
    /// The protocol name in the Received fields of its program, if it writes Return-Path below
    /// them, whatever the name of the host.
    pub return_path_below: Option<&'static str>,
    /// Fields with the client's address.
    pub client_fields: &'static [ClientField],
    /// Its own words for results.
    pub result_words: &'static [ResultWord],
    /// Results that it guesses when there is no record, with their methods.
    pub guesses: &'static [(&'static str, &'static str)],
    /// Its own method for its overall verdict on the message.
    pub composite: Option<&'static str>,
    /// Words in its comments and reasons, in lower case, and what they mean.
    pub phrases: &'static [(Phrase, &'static str)],
    /// Fields that it adds when it forwards a message.
    pub forwarding_fields: &'static [&'static str],
    /// The IDs that it assigns as a sender, each used as Message-ID and as the local part of the
    /// envelope sender.
    pub given_ids: Option<&'static GivenIds>,
    /// Fields in which its filter says what it made of a message.
    pub junk_fields: &'static [JunkField],
    /// What the words and numbers in them mean.
    pub junk_words: &'static [JunkWord],
    /// Where senders learn more about how it judges their mail.
    pub for_senders: Option<&'static str>,
    /// How it changes messages that are saved or exported from it.
    pub export: Option<Export>,
    /// What its customers publish so that its hosts may send for them.
    pub spf_include: Option<&'static str>,
    /// Registered domains at which it offers mailboxes to the public.
    pub mailboxes: &'static [&'static str],
    /// The same, by the label before the public suffix, where there are many such domains.
    pub mailbox_brands: &'static [&'static str],
}

impl Receiver {
    /// A receiver about which nothing is known.
    pub const UNKNOWN: Self = Self {
        name: "",
        domains: &[],
        hosts: &[],
        internal: &[],
        edges: None,
        inside: None,
        results_below: None,
        identifiers: &[],
        nameless_but_in_arc: None,
        return_path_below: None,
        client_fields: &[],
        result_words: &[],
        guesses: &[],
        composite: None,
        phrases: &[],
        forwarding_fields: &[],
        given_ids: None,
        junk_fields: &[],
        junk_words: &[],
        for_senders: None,
        export: None,
        spf_include: None,
        mailboxes: &[],
        mailbox_brands: &[],
    };

    /// The domain that stands for all of its hosts; `None` for a program.
    pub fn organization(&self) -> Option<&'static str> {
        self.domains.first().copied()
    }

    /// Whether it writes Authentication-Results without an authserv-id.
    pub fn writes_no_name(&self) -> bool {
        self.nameless_but_in_arc.is_some()
    }

    /// Whether it uses this address for hosts that cannot be reached from outside.
    pub fn is_internal(&self, ip: IpAddr) -> bool {
        self.internal.iter().any(|block| block.holds(ip))
    }
}

/// Where a receiver writes its Authentication-Results, if that is below its own Received field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Below {
    /// One field, before the next Received field.
    One,
    /// Several fields, before the next Received field.
    Several,
    /// Several fields, at the end of the header.
    AtEnd,
}

/// Host names by their start and end.
#[derive(Debug)]
pub(crate) struct HostForm {
    pub start: &'static str,
    pub end: &'static str,
}

impl HostForm {
    /// Whether a name in lower case has this form.
    pub fn fits(&self, host: &str) -> bool {
        host.starts_with(self.start) && host.ends_with(self.end)
    }
}

/// Hosts of a receiver that accept mail from outside and hand it on inside. Their addresses alone do
/// not tell them from the hosts by which its customers send.
#[derive(Debug)]
pub(crate) struct Edges {
    pub block: Ipv6Block,
    /// How their names end, in lower case, after the first label, which no other host has.
    pub ends: &'static [&'static str],
    /// A part of the names of the hosts by which customers send, in lower case.
    pub outbound: &'static str,
    /// Fields with the name of the one that accepted the message, which are removed from mail that
    /// comes from outside.
    pub named_in: &'static [&'static str],
}

impl Edges {
    /// Whether a host with this address and this name in HELO is one of them. The hosts in the
    /// block all belong to the receiver and give their own names.
    pub fn holds(&self, ip: IpAddr, helo: &str) -> bool {
        let helo = helo.to_ascii_lowercase();
        let is_named = self.ends.iter().any(|end| helo.ends_with(end));
        self.block.holds(ip) && is_named && !helo.contains(self.outbound)
    }
}

/// A block of IPv6 addresses with the same first bits.
#[derive(Debug)]
pub(crate) struct Ipv6Block {
    /// The first 48 bits.
    pub start: [u16; 3],
    /// The length of the prefix, in bits.
    pub bits: u32,
}

impl Ipv6Block {
    /// Whether `ip` is in the block.
    pub fn holds(&self, ip: IpAddr) -> bool {
        let IpAddr::V6(ip) = ip else {
            return false;
        };
        let [a, b, c, ..] = ip.segments();
        let whole = |parts: [u16; 3]| {
            let whole = parts
                .iter()
                .fold(0, |whole, part| whole << 16 | u64::from(*part));
            whole << 16
        };
        let mask = !(u64::MAX.checked_shr(self.bits).unwrap_or(0));
        (whole([a, b, c]) ^ whole(self.start)) & mask == 0
    }
}

/// A field with the client's address.
#[derive(Debug)]
pub(crate) struct ClientField {
    pub name: &'static str,
    pub form: AddressForm,
    pub origin: FieldOrigin,
}

/// How a field contains an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressForm {
    /// By itself, with or without brackets.
    Bare,
    /// After this tag, in a list separated by semicolons.
    Tagged(&'static str),
    /// After a date: `2026.07.01-192.0.2.1`.
    Dated,
}

/// Who writes a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldOrigin {
    /// Only this receiver.
    ItsOwn,
    /// This receiver if the field is above all Received fields; the sender's side if it is below.
    OnTop,
    /// The sending host, about itself; it is not signed.
    SendingHost,
}

/// A word for a result that is not in RFC 8601.
#[derive(Debug)]
pub(crate) struct ResultWord {
    /// The method; `None` for all.
    pub method: Option<&'static str>,
    /// The word, in lower case.
    pub word: &'static str,
    /// The registered word that it means.
    pub means: &'static str,
}

impl ResultWord {
    /// A word for results of one method.
    pub const fn new(method: &'static str, word: &'static str, means: &'static str) -> Self {
        Self {
            method: Some(method),
            word,
            means,
        }
    }

    /// A word for results of all methods.
    pub const fn of_all(word: &'static str, means: &'static str) -> Self {
        Self {
            method: None,
            word,
            means,
        }
    }
}

/// A field in which a filter says what it made of a message.
#[derive(Debug)]
pub(crate) struct JunkField {
    pub name: &'static str,
    /// Whether the receiver removes such fields of others. Otherwise only those at the top are its
    /// own.
    pub origin: FieldOrigin,
    pub form: JunkForm,
}

/// How such a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JunkForm {
    /// `SCL:5;SFV:SPM;…`
    Tags,
    /// Only the value of this tag.
    Value(&'static str),
    /// `Yes, score=7.1 required=5.0 tests=…`
    Status,
    /// `default: True [17.10 / 15.00]; …`
    Scores,
    /// Names of folders, with commas between them.
    Folders,
}

/// What a word or a number of a filter means.
#[derive(Debug)]
pub(crate) struct JunkWord {
    pub tag: &'static str,
    /// The values.
    pub values: &'static [&'static str],
    /// Whether a value only has to begin like this.
    pub is_start: bool,
    /// In words.
    pub means: &'static str,
    pub weight: Weight,
}

/// What a word says about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// It alone does not decide.
    Aside,
    /// Not junk.
    Clean,
    /// Junk.
    Junk,
    /// Junk by a setting of the recipient or the administrator.
    BySetting,
    /// The receiver does not believe that the author sent it.
    NotAuthentic,
}

impl JunkWord {
    /// A word for these values.
    pub const fn new(
        tag: &'static str,
        values: &'static [&'static str],
        weight: Weight,
        means: &'static str,
    ) -> Self {
        Self {
            tag,
            values,
            is_start: false,
            means,
            weight,
        }
    }

    /// A word for values that begin like one of these.
    pub const fn starting(
        tag: &'static str,
        values: &'static [&'static str],
        weight: Weight,
        means: &'static str,
    ) -> Self {
        Self {
            is_start: true,
            ..Self::new(tag, values, weight, means)
        }
    }

    /// Whether it is about this value.
    pub fn fits(&self, tag: &str, value: &str) -> bool {
        let mut values = self.values.iter();
        self.tag.eq_ignore_ascii_case(tag)
            && values.any(|one| match self.is_start {
                true => value.starts_with(one),
                false => value.eq_ignore_ascii_case(one),
            })
    }
}

/// What words in a comment or a reason mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phrase {
    /// There is no key for a signature.
    NoKey,
    /// The key is too short.
    ShortKey,
    /// The signature or the body hash does not match.
    DoesNotVerify,
    /// There is no SPF record, and the result comes from a guessed one.
    GuessedRecord,
}

/// The IDs that a sending service assigns to messages.
#[derive(Debug)]
pub(crate) struct GivenIds {
    /// The lengths of the groups of hexadecimal digits between hyphens.
    pub groups: &'static [usize],
    /// The domains that they are used with in Message-ID, including subdomains.
    pub domains: &'static [&'static str],
}

impl GivenIds {
    /// Whether `local`, the part before the `@`, has their form.
    pub fn fits(&self, local: &str) -> bool {
        let mut rest = local.as_bytes();
        for (length, position) in self.groups.iter().zip(1..) {
            let Some((group, after)) = rest.split_at_checked(*length) else {
                return false;
            };
            if !group.iter().all(u8::is_ascii_hexdigit) {
                return false;
            }
            rest = match after {
                [b'-', after @ ..] if position < self.groups.len() => after,
                [] if position == self.groups.len() => after,
                _ => return false,
            };
        }
        true
    }

    /// Whether `domain` is one of their domains or a subdomain.
    pub fn is_at(&self, domain: &str) -> bool {
        self.domains.iter().any(|own| is_within(domain, own))
    }
}

/// How a receiver changes messages that are saved from it.
#[derive(Debug)]
pub(crate) struct Export {
    /// The program that saves the message.
    pub program: &'static str,
    /// What it does, as a clause.
    pub habit: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_the_addresses_that_begin_like_it() {
        let block = Ipv6Block {
            start: [0x2603, 0x1000, 0],
            bits: 24,
        };
        for (ip, is_in) in [
            ("2603:1000::1", true),
            ("2603:10ff::1", true),
            ("2603:1100::1", false),
            ("2602:1000::1", false),
            ("192.0.2.1", false),
        ] {
            assert_eq!(block.holds(ip.parse().unwrap()), is_in, "{ip}");
        }
    }
}
