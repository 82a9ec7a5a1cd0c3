//! IP addresses in place of others, so that what an SPF record says of the client stays true.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::words::Words;
use crate::receivers::is_own_network;

/// Addresses and networks, each always with the same replacement.
pub(super) struct Addresses {
    /// The addresses of services that stay, and those in the networks that they publish.
    kept: BTreeSet<IpAddr>,
    kept_networks: Vec<(IpAddr, u8)>,
    /// The host that SPF is about.
    client: Option<IpAddr>,
    given: RefCell<BTreeMap<IpAddr, IpAddr>>,
    taken: RefCell<BTreeSet<IpAddr>>,
}

impl Addresses {
    pub(super) fn new(
        client: Option<IpAddr>,
        kept: BTreeSet<IpAddr>,
        kept_networks: Vec<(IpAddr, u8)>,
    ) -> Self {
        Self {
            kept,
            kept_networks,
            client: client.map(|ip| ip.to_canonical()),
            given: RefCell::default(),
            taken: RefCell::default(),
        }
    }

    /// Whether an address says nothing of anyone, or is that of a known service.
    fn stays(&self, ip: IpAddr) -> bool {
        let in_kept = |(network, bits): &(IpAddr, u8)| is_in(ip, *network, *bits);
        is_nobodys(ip) || self.kept.contains(&ip) || self.kept_networks.iter().any(in_kept)
    }

    /// The address in place of `ip`.
    pub(super) fn address(&self, ip: IpAddr, words: &Words) -> IpAddr {
        match ip {
            IpAddr::V6(six) if six.to_ipv4_mapped().is_some() => {
                match self.address(ip.to_canonical(), words) {
                    IpAddr::V4(four) => IpAddr::V6(four.to_ipv6_mapped()),
                    six => six,
                }
            }
            _ if self.stays(ip) => ip,
            _ => {
                if let Some(known) = self.given.borrow().get(&ip) {
                    return *known;
                }
                let new = self.choose(ip, words);
                self.given.borrow_mut().insert(ip, new);
                self.taken.borrow_mut().insert(new);
                new
            }
        }
    }

    fn choose(&self, ip: IpAddr, words: &Words) -> IpAddr {
        let beside = |bits| self.client.is_some_and(|client| is_in(ip, client, bits));
        let mut last = ip;
        for attempt in 0..=u8::MAX {
            let octets = words.octets("address", format!("{ip} {attempt}").as_bytes(), 16);
            let new = match ip {
                IpAddr::V4(four) => {
                    let [a, b, ..] = four.octets();
                    let host = octets[0].clamp(1, 254);
                    IpAddr::V4(match (a, b) {
                        (10, _) => Ipv4Addr::new(10, octets[1], octets[2], host),
                        (172, 16..=31) => Ipv4Addr::new(172, 16 | octets[1] & 15, octets[2], host),
                        (192, 168) => Ipv4Addr::new(192, 168, octets[2], host),
                        (100, 64..=127) => Ipv4Addr::new(100, 64 | octets[1] & 63, octets[2], host),
                        _ if beside(24) => Ipv4Addr::new(192, 0, 2, host),
                        _ if octets[1] & 1 == 0 => Ipv4Addr::new(198, 51, 100, host),
                        _ => Ipv4Addr::new(203, 0, 113, host),
                    })
                }
                IpAddr::V6(six) => {
                    let part = |at: usize| u16::from_be_bytes([octets[at], octets[at + 1]]);
                    let [one, two, three, ..] = six.segments();
                    let (first, second) = match one & 0xfe00 == 0xfc00 {
                        true => (0xfd00, part(8)),
                        // A network that a receiver has for its own hosts, shown by its start.
                        false if is_own_network(ip) => (one, two),
                        false => (0x2001, 0xdb8),
                    };
                    let third = if (first, second) == (one, two) {
                        three
                    } else if beside(48) {
                        1
                    } else {
                        part(0) | 2
                    };
                    let [c, d, e, f] = [part(2), part(4), part(6), part(10)];
                    IpAddr::V6(Ipv6Addr::new(first, second, third, c, 0, d, e, f))
                }
            };
            last = new;
            if !self.taken.borrow().contains(&new) && Some(new) != self.client {
                break;
            }
        }
        last
    }

    /// The network in place of `network/bits`: it has the client's address if that one has it.
    pub(super) fn network(&self, network: IpAddr, bits: u8, words: &Words) -> (IpAddr, u8) {
        let width = if network.is_ipv4() { 32 } else { 128 };
        let client = self.client.filter(|client| is_in(*client, network, bits));
        match client {
            _ if bits >= width => (self.address(network, words), bits),
            Some(client) if self.stays(client) => (network, bits),
            None if self.stays(network) => (network, bits),
            // No documentation range is wider.
            _ => {
                let bits = bits.max(if network.is_ipv4() { 24 } else { 48 });
                let inside = client.unwrap_or(network);
                (masked(self.address(inside, words), bits), bits)
            }
        }
    }
}

/// Whether `ip` is in `network/bits`.
pub(super) fn is_in(ip: IpAddr, network: IpAddr, bits: u8) -> bool {
    ip.is_ipv4() == network.is_ipv4() && masked(ip, bits) == masked(network, bits)
}

fn masked(ip: IpAddr, bits: u8) -> IpAddr {
    match ip {
        IpAddr::V4(four) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits.into()));
            IpAddr::V4((four.to_bits() & mask.unwrap_or(0)).into())
        }
        IpAddr::V6(six) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(bits.into()));
            IpAddr::V6((six.to_bits() & mask.unwrap_or(0)).into())
        }
    }
}

/// Addresses for documentation (RFC 5737, RFC 3849) and those that mean no certain host.
fn is_nobodys(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, ..] = ip.octets();
            ip.is_documentation() || ip.is_loopback() || ip.is_link_local() || a == 0 || a >= 224
        }
        IpAddr::V6(ip) => {
            let documentation = ip.segments()[..2] == [0x2001, 0xdb8];
            documentation || ip.is_loopback() || ip.is_unspecified() || ip.is_multicast()
        }
    }
}
