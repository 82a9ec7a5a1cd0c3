//! What can be known of a receiver.

use std::net::IpAddr;

use super::is_within;

/// A receiver of mail, or a program that receivers run. What nothing is known of is empty.
#[derive(Debug)]
pub(crate) struct Receiver {
    /// What it is called.
    pub name: &'static str,
    /// Registered domains of its hosts; the first stands for all of them.
    pub domains: &'static [&'static str],
    /// Hosts of it in domains of others.
    pub hosts: &'static [HostForm],
    /// Addresses of hosts that are not reached from outside.
    pub internal: &'static [Ipv6Block],
    /// Where it puts Authentication-Results, if below its own Received field. Fields of strangers
    /// never stand before its own there.
    pub results_below: Option<Below>,
    /// The domains that its authserv-ids lie in, where it writes below: a sender could make one up at
    /// its other domains.
    pub identifiers: &'static [&'static str],
    /// Where it writes no authserv-id but in its ARC sets: the one that it writes there.
    pub nameless_but_in_arc: Option<&'static str>,
    /// Where it puts Return-Path below its Received fields: what its program calls the protocol, under
    /// whatever host name that runs.
    pub return_path_below: Option<&'static str>,
    /// Fields that hold the client's address.
    pub client_fields: &'static [ClientField],
    /// Words of its own for results.
    pub result_words: &'static [ResultWord],
    /// Results, by their method, that it guesses where there is no record.
    pub guesses: &'static [(&'static str, &'static str)],
    /// A method of its own, by which it says what it made of the message.
    pub composite: Option<&'static str>,
    /// Words in its comments and reasons, in small letters, and what they say.
    pub phrases: &'static [(Phrase, &'static str)],
    /// Fields that it adds when it passes a message on.
    pub forwarding_fields: &'static [&'static str],
    /// Where it sends mail: the ids that it gives, each as Message-ID and as the local part of the
    /// envelope sender.
    pub given_ids: Option<&'static GivenIds>,
    /// What it does to messages that are saved from it, where they are not the ones that came.
    pub export: Option<Export>,
    /// Registered domains at which it gives mailboxes to everybody.
    pub mailboxes: &'static [&'static str],
    /// The same by the label before the public suffix, where there are many.
    pub mailbox_brands: &'static [&'static str],
}

impl Receiver {
    /// One of which nothing is known.
    pub const UNKNOWN: Self = Self {
        name: "",
        domains: &[],
        hosts: &[],
        internal: &[],
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
        export: None,
        mailboxes: &[],
        mailbox_brands: &[],
    };

    /// The domain that stands for all of its hosts; `None` for a program.
    pub fn organization(&self) -> Option<&'static str> {
        self.domains.first().copied()
    }

    /// Whether it writes no authserv-id into Authentication-Results.
    pub fn writes_no_name(&self) -> bool {
        self.nameless_but_in_arc.is_some()
    }

    /// Whether it gives this address to hosts that are not reached from outside.
    pub fn is_internal(&self, ip: IpAddr) -> bool {
        self.internal.iter().any(|block| block.holds(ip))
    }
}

/// Where a receiver puts its Authentication-Results, if below its own Received field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Below {
    /// One field, before any other Received field.
    One,
    /// Several fields, before any other Received field.
    Several,
    /// Several fields, at the end of the header.
    AtEnd,
}

/// How names of hosts begin and end.
#[derive(Debug)]
pub(crate) struct HostForm {
    pub start: &'static str,
    pub end: &'static str,
}

impl HostForm {
    /// Whether a name in small letters does so.
    pub fn fits(&self, host: &str) -> bool {
        host.starts_with(self.start) && host.ends_with(self.end)
    }
}

/// Addresses of IPv6 that have their first bits in common.
#[derive(Debug)]
pub(crate) struct Ipv6Block {
    /// The first 32 bits.
    pub start: [u16; 2],
    /// How many count.
    pub bits: u32,
}

impl Ipv6Block {
    /// Whether `ip` is one of them.
    pub fn holds(&self, ip: IpAddr) -> bool {
        let IpAddr::V6(ip) = ip else {
            return false;
        };
        let [first, second, ..] = ip.segments();
        let whole = |[first, second]: [u16; 2]| u32::from(first) << 16 | u32::from(second);
        let mask = !(u32::MAX.checked_shr(self.bits).unwrap_or(0));
        (whole([first, second]) ^ whole(self.start)) & mask == 0
    }
}

/// A field that holds the client's address.
#[derive(Debug)]
pub(crate) struct ClientField {
    pub name: &'static str,
    pub form: AddressForm,
    pub origin: FieldOrigin,
}

/// How a field gives an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressForm {
    /// Alone, in brackets or not.
    Bare,
    /// Behind this tag, in a list parted by semicolons.
    Tagged(&'static str),
    /// Behind a day: `2026.07.01-192.0.2.1`.
    Dated,
}

/// Who writes a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldOrigin {
    /// This receiver alone.
    ItsOwn,
    /// This receiver where it stands above all Received fields; below them, the sender's side.
    OnTop,
    /// The sending host, of itself; nothing signs it.
    SendingHost,
}

/// A word for a result that RFC 8601 does not have.
#[derive(Debug)]
pub(crate) struct ResultWord {
    /// The method; `None` for all.
    pub method: Option<&'static str>,
    /// The word, in small letters.
    pub word: &'static str,
    /// The registered word for which it stands.
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

/// What words in a comment or a reason say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phrase {
    /// There is no key for a signature.
    NoKey,
    /// The key is too short.
    ShortKey,
    /// The signature or the body hash does not fit.
    DoesNotVerify,
    /// There is no SPF record, and the result is by a guessed one.
    GuessedRecord,
}

/// Ids that a sending service gives to messages.
#[derive(Debug)]
pub(crate) struct GivenIds {
    /// The lengths of the groups of hexadecimal digits that hyphens part.
    pub groups: &'static [usize],
    /// The domains at or below which they stand in Message-ID.
    pub domains: &'static [&'static str],
}

impl GivenIds {
    /// Whether `local`, the part before the `@`, has their shape.
    pub fn fits(&self, local: &str) -> bool {
        let mut parts = local.split('-');
        let fits = self.groups.iter().all(|length| {
            parts.next().is_some_and(|part| {
                part.len() == *length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
            })
        });
        fits && parts.next().is_none()
    }

    /// Whether `domain` is one of their domains, or lies below one.
    pub fn is_at(&self, domain: &str) -> bool {
        self.domains.iter().any(|own| is_within(domain, own))
    }
}

/// What a receiver does to messages that are saved from it.
#[derive(Debug)]
pub(crate) struct Export {
    /// The program that saves them.
    pub program: &'static str,
    /// What it does, in a clause.
    pub habit: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_the_addresses_that_begin_like_it() {
        let block = Ipv6Block {
            start: [0x2603, 0x1000],
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
