//! Domains and envelope senders as people type them: with a scheme, a path, an address around them.

use std::net::IpAddr;

use sesauth::dns::Name;
use sesauth::render::escape::plain;

/// A domain, and what was typed if that was more.
#[derive(Clone, Debug)]
pub struct Domain {
    pub name: Name,
    typed: Option<String>,
}

impl Domain {
    /// Says how it was read, if more was typed than a domain.
    pub fn say(&self) {
        if let Some(typed) = &self.typed {
            eprintln!("sesauth: \"{}\" was read as {}", plain(typed), self.name);
        }
    }
}

/// Reads a domain, an address, or a URL.
pub fn domain(text: &str) -> Result<Domain, String> {
    let host = host(text);
    let bare = host.strip_prefix("_dmarc.").unwrap_or(host);
    if bare.parse::<IpAddr>().is_ok() {
        return Err("this is an IP address, not a domain".into());
    }
    let name = Name::parse(bare).map_err(|error| error.to_string())?;
    let is_odd = |byte: u8| !(byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if let Some(odd) = name.as_str().bytes().find(|byte| is_odd(*byte)) {
        let odd = char::from(odd).escape_default();
        return Err(format!("a domain cannot contain \"{odd}\""));
    }
    let is_more = bare.strip_suffix('.').unwrap_or(bare) != text.strip_suffix('.').unwrap_or(text);
    let typed = is_more.then(|| text.to_owned());
    Ok(Domain { name, typed })
}

/// Reads an envelope sender as RFC 5321 §4.1.1.2 writes it, with or without angle brackets; empty
/// for the null one. A URL stands for its domain.
pub fn reverse_path(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.contains("://") {
        return domain(text).map(|domain| domain.name.to_string());
    }
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
        Some(odd) => Err(format!("an envelope sender cannot contain {odd:?}")),
        None => Ok(path.to_owned()),
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
            ("https://example.com/", "example.com"),
            ("example.com/", "example.com"),
        ] {
            assert_eq!(reverse_path(text).as_deref(), Ok(path), "{text}");
        }
        for text in ["<a@example.com", "a@example.com>", "a\n@example.com"] {
            assert!(reverse_path(text).is_err(), "{text}");
        }
    }
}
