//! Which hosts belong to the same administrative domain (RFC 8601 §1.6), as far as names show it.

use std::net::Ipv4Addr;

/// The organization that a host or an authserv-id belongs to: the main domain of a known receiver,
/// or else the registered domain. `None` for an IP address and for a name without a domain.
pub(crate) fn organization(host: &str) -> Option<String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    // A colon ends the name, so nothing is left of an IPv6 address that could be one.
    // Some receivers add a suffix to the name, as in `mx.zohomail.com|eu` (RFC 8601 §2.5).
    let end = host.bytes().position(|byte| !is_name(byte));
    let host = host[..end.unwrap_or(host.len())].trim_end_matches('.');
    if !host.contains('.') || host.parse::<Ipv4Addr>().is_ok() {
        return None;
    }
    let host = host.to_ascii_lowercase();
    let registered = crate::dns::registered(&host);
    let known = super::with_host(&host, registered);
    let known = known.and_then(|receiver| receiver.organization());
    known.or(registered).map(str::to_owned)
}

/// Whether `host` is `domain` or a subdomain of it.
pub(crate) fn is_within(host: &str, domain: &str) -> bool {
    let host = host.trim_end_matches('.').as_bytes();
    let domain = domain.trim_matches('.').as_bytes();
    let Some(prefix) = host.len().checked_sub(domain.len()) else {
        return false;
    };
    let is_label = prefix == 0 || host[prefix - 1] == b'.';
    !domain.is_empty() && is_label && host[prefix..].eq_ignore_ascii_case(domain)
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
