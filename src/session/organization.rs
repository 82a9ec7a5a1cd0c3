//! Which hosts belong together: one administrative domain (RFC 8601 §1.6), as far as names tell.

use std::net::IpAddr;

/// Operators whose hosts go by several domains; the first of a row stands for all of them.
const OPERATORS: [&[&str]; 10] = [
    &["amazonses.com"],
    &[
        "google.com",
        "gmail.com",
        "googlemail.com",
        "googlegroups.com",
    ],
    &[
        "outlook.com",
        "office365.com",
        "microsoft.com",
        "hotmail.com",
    ],
    &["icloud.com", "me.com", "mac.com", "apple.com"],
    &["yahoo.com", "aol.com", "yahoodns.net"],
    &["messagingengine.com", "fastmail.com"],
    &["protonmail.ch", "protonmail.com", "proton.me", "proton.ch"],
    &[
        "zoho.com",
        "zohomail.com",
        "zoho.eu",
        "zohomail.eu",
        "zoho.in",
        "zohomail.in",
    ],
    &[
        "pphosted.com",
        "ppops.net",
        "ppe-hosted.com",
        "proofpoint.com",
    ],
    &["mimecast.com", "mimecast.co.za"],
];

/// Where a receiver puts its Authentication-Results, if below its own Received field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Below {
    /// One field, before any other Received field.
    One,
    /// Several fields, before any other Received field.
    Several,
    /// Several fields, at the end of the header.
    AtEnd,
}

/// The organization that a host or an authserv-id belongs to: the operator's main domain, else the
/// registered domain. `None` for an address and for a name without a domain.
pub(super) fn organization(host: &str) -> Option<String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    // Some put a structure behind the name, as in `mx.zohomail.com|eu` (RFC 8601 §2.5).
    let end = host.bytes().position(|byte| !is_name(byte));
    let host = host[..end.unwrap_or(host.len())].trim_end_matches('.');
    if !host.contains('.') || host.parse::<IpAddr>().is_ok() {
        return None;
    }
    let host = host.to_ascii_lowercase();
    // The other hosts of amazonaws.com are customers'.
    if host.starts_with("inbound-smtp.") && host.ends_with(".amazonaws.com") {
        return Some("amazonses.com".to_owned());
    }
    let registered = psl::domain_str(&host)?;
    let operator = OPERATORS
        .iter()
        .find(|domains| domains.contains(&registered));
    Some(operator.map_or(registered, |domains| domains[0]).to_owned())
}

/// Whether `host` is `domain` or lies below it.
pub(super) fn is_within(host: &str, domain: &str) -> bool {
    let host = host.trim_end_matches('.').as_bytes();
    let domain = domain.trim_matches('.').as_bytes();
    let Some(prefix) = host.len().checked_sub(domain.len()) else {
        return false;
    };
    let is_label = prefix == 0 || host[prefix - 1] == b'.';
    !domain.is_empty() && is_label && host[prefix..].eq_ignore_ascii_case(domain)
}

/// Whether this is Microsoft's organization, which writes no authserv-id.
pub(super) fn is_microsoft(organization: Option<&str>) -> bool {
    organization == Some("outlook.com")
}

/// Whether this organization writes below its own Received field: the receivers of which this is
/// known, so that their field is there and stands before any that came with the message.
pub(super) fn below(organization: Option<&str>) -> Option<Below> {
    match organization? {
        "google.com" | "amazonses.com" => Some(Below::One),
        "icloud.com" => Some(Below::Several),
        "protonmail.ch" => Some(Below::AtEnd),
        _ => None,
    }
}

/// Whether a receiver that writes below its own Received field writes under such a name: of its other
/// domains, too, a sender could make one up.
pub(super) fn is_own_form(id: Option<&str>, organization: Option<&str>) -> bool {
    let (Some(id), Some(organization)) = (id, organization) else {
        return false;
    };
    is_within(id, organization)
}

/// Whether Exchange Online gives this address to its own hosts, which are not reached from outside.
pub(super) fn is_inside_exchange_online(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(_) => false,
        IpAddr::V6(ip) => {
            let [first, second, ..] = ip.segments();
            first == 0x2603 && second & 0xff00 == 0x1000
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_one_registered_domain_belong_together() {
        for (host, expected) in [
            ("smtp.subspace.kernel.org", Some("kernel.org")),
            ("MX.Example.CO.UK.", Some("example.co.uk")),
            ("gmr-mx.google.com", Some("google.com")),
            (
                "BN8NAM11FT055.mail.protection.outlook.com",
                Some("outlook.com"),
            ),
            ("x.outlook.office365.com", Some("outlook.com")),
            ("pv50p00im-smtpin001.me.com", Some("icloud.com")),
            ("spf.icloud.com", Some("icloud.com")),
            ("mailin014.protonmail.ch", Some("protonmail.ch")),
            ("mx.zohomail.com|eu", Some("zoho.com")),
            (
                "inbound-smtp.us-east-1.amazonaws.com",
                Some("amazonses.com"),
            ),
            ("2002:a05:6a::1", None),
            ("10.217.1.2", None),
            ("localhost", None),
            ("co.uk", None),
            ("", None),
        ] {
            assert_eq!(organization(host).as_deref(), expected, "{host}");
        }
    }

    #[test]
    fn customers_of_a_cloud_do_not_belong_to_it() {
        let host = "ec2-192-0-2-1.compute-1.amazonaws.com";
        assert_ne!(organization(host), organization("amazonses.com"));
        let host = "1.2.0.192.bc.googleusercontent.com";
        assert_ne!(organization(host), organization("mx.google.com"));
    }

    #[test]
    fn a_host_is_within_a_domain_at_a_dot_only() {
        assert!(is_within("Mx.Example.com.", "example.com"));
        assert!(is_within("example.com", "example.com"));
        assert!(!is_within("badexample.com", "example.com"));
        assert!(!is_within("com", "example.com"));
        assert!(!is_within("example.com", ""));
        assert!(!is_within("é.example", "xample"));
    }
}
