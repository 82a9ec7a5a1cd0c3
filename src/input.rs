//! Domains, envelope senders and times as people type them: with a scheme, a path, an address around them.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::dmarc::registered;
use crate::dns::Name;
use crate::ses::Region;

/// A domain, and what was typed if that was more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The domain.
    pub name: Name,
    typed: Option<String>,
}

impl From<Name> for Domain {
    fn from(name: Name) -> Self {
        Self { name, typed: None }
    }
}

impl Domain {
    /// What was typed, if that was more than a domain.
    pub fn typed(&self) -> Option<&str> {
        self.typed.as_deref()
    }
}

/// Reads a domain, an address, or a URL.
///
/// # Errors
///
/// What is wrong, in words.
pub fn domain(text: &str) -> Result<Domain, String> {
    let host = host(text);
    let bare = host.strip_prefix("_dmarc.").unwrap_or(host);
    if bare.parse::<IpAddr>().is_ok() {
        return Err("this is an IP address, not a domain".into());
    }
    let name = host_name(bare)?;
    let is_more = bare.strip_suffix('.').unwrap_or(bare) != text.strip_suffix('.').unwrap_or(text);
    let typed = is_more.then(|| text.to_owned());
    Ok(Domain { name, typed })
}

/// Reads a name that mail can come from.
fn host_name(text: &str) -> Result<Name, String> {
    let name = Name::parse(text).map_err(|error| error.to_string())?;
    let is_odd = |byte: u8| !(byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if let Some(odd) = name.as_str().bytes().find(|byte| is_odd(*byte)) {
        let odd = char::from(odd).escape_default();
        return Err(format!("a domain cannot contain \"{odd}\""));
    }
    let is_empty = |label: &&str| !label.bytes().any(|byte| byte.is_ascii_alphanumeric());
    if let Some(label) = name.labels().find(is_empty) {
        return Err(format!("\"{label}\" is no part of a domain"));
    }
    Ok(name)
}

/// A MAIL FROM domain: a whole name, or the part before `domain`. SES takes a subdomain of the domain
/// that sends, or of one above it.
///
/// # Errors
///
/// What is wrong, in words.
pub fn below(text: &str, domain: &Name) -> Result<Name, String> {
    let host = text.rsplit('@').next().unwrap_or(text);
    let whole = host_name(host).map_err(|error| error.to_string())?;
    let organization = registered(domain);
    let is_whole = host.trim_end_matches('.').contains('.');
    let name = match is_whole || whole == *domain {
        true => whole,
        false => domain.under(host).map_err(|error| error.to_string())?,
    };
    if name == *domain || name == organization {
        let why = format!("{name} itself cannot be it: SES asks for a subdomain, as mail.{name}");
        return Err(why);
    }
    if !name.is_within(&organization) {
        let why = format!(
            "{name} is not below {organization}, so that SES does not take it and SPF could not \
             count; a name such as mail.{domain} can"
        );
        return Err(why);
    }
    Ok(name)
}

/// Reads the name of a region.
///
/// # Errors
///
/// What is wrong, in words.
pub fn region(text: &str) -> Result<Region, String> {
    Region::parse(text).ok_or_else(|| "not a region of AWS such as eu-west-1".into())
}

/// An envelope sender, and what was typed if that was more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The address, or a domain; empty for the null one.
    pub path: String,
    typed: Option<String>,
}

impl Sender {
    /// What was typed, if that was more than an address or a domain.
    pub fn typed(&self) -> Option<&str> {
        self.typed.as_deref()
    }
}

/// Reads an envelope sender as RFC 5321 §4.1.1.2 writes it, with or without angle brackets; empty
/// for the null one. A URL stands for its domain.
///
/// # Errors
///
/// What is wrong, in words.
pub fn reverse_path(text: &str) -> Result<Sender, String> {
    let trimmed = text.trim();
    let is_url = trimmed.contains("://") || trimmed.starts_with("mailto:");
    let path = match is_url {
        true => url(trimmed)?,
        false => path(trimmed)?,
    };
    let is_more = is_url || trimmed.ends_with('/');
    Ok(Sender {
        path,
        typed: is_more.then(|| text.to_owned()),
    })
}

/// The domain of a URL, or the address in one of mailto.
fn url(text: &str) -> Result<String, String> {
    match text.strip_prefix("mailto:") {
        Some(address) => path(address.split('?').next().unwrap_or_default()),
        None => domain(text).map(|domain| domain.name.to_string()),
    }
}

fn path(text: &str) -> Result<String, String> {
    let path = match text.strip_prefix('<') {
        Some(rest) => rest
            .strip_suffix('>')
            .ok_or("the angle bracket is not closed")?,
        None => text,
    };
    // §4.1.1.3 and appendix C: a source route goes before the address and is ignored.
    let path = match path
        .strip_prefix('@')
        .and_then(|route| route.split_once(':'))
    {
        Some((_, address)) => address,
        None => path,
    };
    let path = path.strip_suffix('/').unwrap_or(path);
    match path
        .chars()
        .find(|char| char.is_control() || "<>".contains(*char))
    {
        Some(odd) => return Err(format!("an envelope sender cannot contain {odd:?}")),
        None => check_path(path)?,
    }
    Ok(path.to_owned())
}

/// Whether `path` is empty, a domain or an address (RFC 5321 §4.1.2).
fn check_path(path: &str) -> Result<(), String> {
    let Some((local, domain)) = path.rsplit_once('@') else {
        return match path {
            "" => Ok(()),
            _ if path.parse::<IpAddr>().is_ok() => {
                Err("this is an IP address, not an envelope sender".into())
            }
            _ => host_name(path).map(|_| ()),
        };
    };
    let is_quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    if !is_quoted && let Some(odd) = local.chars().find(|char| " @,;:\"".contains(*char)) {
        return Err(format!(
            "the part before the @ cannot contain {odd:?} outside quotes"
        ));
    }
    match domain.starts_with('[') && domain.ends_with(']') {
        true => Ok(()),
        false => host_name(domain).map(|_| ()),
    }
}

/// The host in a URL or an address; else the text.
fn host(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix('<').unwrap_or(text);
    let text = text.strip_suffix('>').unwrap_or(text);
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let text = text.split(['/', '?', '#']).next().unwrap_or_default();
    let text = text.rsplit('@').next().unwrap_or_default();
    match text.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => text,
    }
}

/// Reads a time: `2026-07-01T12:00:00Z`, a date, or Unix seconds.
///
/// # Errors
///
/// What is wrong, in words.
pub fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC);
        return midnight
            .map(|at| at.timestamp())
            .map_err(|error| error.to_string());
    }
    text.parse::<i64>()
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or_else(|| "not a time such as 2026-07-01T12:00:00Z, 2026-07-01 or 1782900000".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_domain_is_taken_off_and_said() {
        for (text, is_said) in [
            ("example.com", false),
            ("example.com.", false),
            ("Example.COM", false),
            ("https://example.com/", true),
            ("http://user@example.com:8080/a?b#c", true),
            ("example.com/", true),
            ("a@example.com", true),
            ("<a@example.com>", true),
            ("mailto:a@example.com", true),
            ("_dmarc.example.com", true),
        ] {
            let read = domain(text).unwrap();
            assert_eq!(read.name.as_str(), "example.com", "{text}");
            assert_eq!(read.typed.is_some(), is_said, "{text}");
        }
        for text in [
            "",
            "https://",
            "192.0.2.1",
            "2001:db8::1",
            "a b.example",
            "*.example.com",
            "-",
            "example.-.com",
        ] {
            assert!(domain(text).is_err(), "{text}");
        }
        assert_eq!(
            domain("bücher.example").unwrap().name.as_str(),
            "xn--bcher-kva.example"
        );
    }

    #[test]
    fn an_envelope_sender_is_read_as_smtp_writes_it() {
        for (text, path) in [
            ("a@example.com", "a@example.com"),
            ("<a@example.com>", "a@example.com"),
            (" <a@example.com> ", "a@example.com"),
            (
                "<@relay.example,@other.example:a@example.com>",
                "a@example.com",
            ),
            ("<>", ""),
            ("", ""),
            ("\"a b\"@example.com", "\"a b\"@example.com"),
            ("a@[192.0.2.1]", "a@[192.0.2.1]"),
            ("j\u{fc}rgen@example.com", "j\u{fc}rgen@example.com"),
            ("mailto:a@example.com", "a@example.com"),
            ("https://example.com/", "example.com"),
            ("example.com/", "example.com"),
        ] {
            let read = reverse_path(text).unwrap();
            assert_eq!(read.path, path, "{text}");
            assert_eq!(
                read.typed.is_some(),
                text.ends_with('/') || text.contains("mailto:")
            );
        }
        for text in [
            "<a@example.com",
            "a@example.com>",
            "a\n@example.com",
            "a@@example.com",
            "a b@example.com",
            "a@exa mple",
            "exa mple",
            "example.com,example.net",
            "192.0.2.1",
            "https://",
            "a@",
            "-",
        ] {
            assert!(reverse_path(text).is_err(), "{text}");
        }
    }
}
