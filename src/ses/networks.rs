//! The networks that SES sends from, as its SPF record named them in 2026: a sign where DNS is not at
//! hand, never proof. The networks that customers bring are not among them.

use std::net::{IpAddr, Ipv4Addr};

/// The start of each network, and how many bits of it count.
const NETWORKS: [([u8; 4], u32); 12] = [
    ([23, 249, 208, 0], 20),
    ([23, 251, 224, 0], 19),
    ([24, 110, 64, 0], 18),
    ([54, 240, 0, 0], 18),
    ([54, 240, 64, 0], 18),
    ([69, 169, 224, 0], 20),
    ([76, 223, 128, 0], 19),
    ([76, 223, 176, 0], 20),
    ([199, 127, 232, 0], 22),
    ([199, 255, 192, 0], 22),
    ([206, 55, 144, 0], 20),
    ([216, 221, 160, 0], 19),
];

/// Whether SES sends from this address.
pub(crate) fn is_ses_address(ip: IpAddr) -> bool {
    let IpAddr::V4(ip) = ip.to_canonical() else {
        return false;
    };
    NETWORKS.iter().any(|(start, bits)| {
        let shift = 32 - bits;
        ip.to_bits() >> shift == Ipv4Addr::from(*start).to_bits() >> shift
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_end_where_they_end() {
        for (ip, expected) in [
            ("54.240.8.50", true),
            ("54.240.127.255", true),
            ("54.240.128.0", false),
            ("199.255.195.255", true),
            ("199.255.196.0", false),
            ("::ffff:69.169.224.1", true),
            ("192.0.2.1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_ses_address(ip.parse().unwrap()), expected, "{ip}");
        }
    }
}
