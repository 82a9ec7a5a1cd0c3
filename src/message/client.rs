//! The client in a Received field: the name that it gave, and what the receiver found out about it.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The content of the `from` clause of a Received field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Client {
    pub helo: Option<String>,
    pub reverse: Option<String>,
    pub ip: Option<IpAddr>,
    /// Whether the reverse name is unverified: it may not resolve back to the address.
    pub is_doubted: bool,
    /// Whether there are several addresses, so that all but one are part of the name that the client
    /// gave.
    pub is_ambiguous: bool,
}

/// Reads the word after `from` and the comments after it.
///
/// If a comment gives the HELO name (qmail, Exim, Yahoo), the word is what the receiver found out.
/// Otherwise the word is the HELO name, and if it looks like an address, it is still only a name.
///
/// A client may include comments in its name. The receiver's own comment comes after the name, but
/// Exim (`is_exim`) writes the address before it.
pub(super) fn read(word: Option<&str>, comments: &[String], is_exim: bool) -> Client {
    let mut found = Client::default();
    for comment in comments {
        let said = read_comment(comment);
        let is_other = |ip: IpAddr| said.ip.is_some_and(|said| said != ip);
        found.is_ambiguous |= found.ip.is_some_and(is_other);
        if is_exim && found.helo.is_some() {
            found.is_ambiguous |= said.ip.is_some();
            continue;
        }
        found.helo = found.helo.or(said.helo);
        if said.ip.is_some() {
            found.ip = said.ip;
            found.reverse = said.reverse;
        } else if found.ip.is_none() {
            found.reverse = said.reverse.or(found.reverse);
        }
    }
    let Some(word) = word else {
        return found;
    };
    if found.helo.is_none() {
        found.helo = Some(word.to_owned());
        return found;
    }
    // qmail looks up a name without checking that it resolves back: anyone can set it.
    found.is_doubted = comments.iter().any(|comment| comment.starts_with("HELO "));
    match address(word).or_else(|| bare_address(word)) {
        Some(ip) => found.ip = found.ip.or(Some(ip)),
        None => found.reverse = found.reverse.or_else(|| name(word)),
    }
    found
}

/// Reads one comment, such as `mx.example. [192.0.2.1]`, `[192.0.2.1] helo=x`, `HELO x` or
/// `192.0.2.1`.
fn read_comment(comment: &str) -> Client {
    let mut client = Client::default();
    // Sendmail writes this if the name does not resolve back to the address: anyone can set it.
    let is_doubted = comment.contains("(may be forged)");
    // What the client puts into parentheses is a part of its name.
    let (comment, is_cut) = match comment.split_once('(') {
        Some((comment, _)) => (comment, true),
        None => (comment, false),
    };
    let words: Vec<&str> = comment.split_ascii_whitespace().collect();
    if words
        .first()
        .is_some_and(|word| word.starts_with("envelope-"))
    {
        return client;
    }
    let mut rest = words.iter();
    let mut reverse = None;
    let mut plain = 0;
    while let Some(word) = rest.next() {
        let unquoted = word.trim_matches('"');
        if is_helo(unquoted) {
            client.helo = rest.next().map(|name| name.trim_matches('"').to_owned());
            continue;
        }
        if let Some((key, value)) = unquoted.split_once('=') {
            if is_helo(key) && (is_cut || !value.is_empty()) {
                client.helo = Some(value.to_owned());
            }
            continue;
        }
        // An ident user name may come before the host.
        let host = word.rsplit_once('@').map_or(*word, |(_, host)| host);
        // After more than one plain word, an address is not what the receiver saw.
        if let Some(ip) = address(host).filter(|_| plain < 2) {
            client.ip = client.ip.or(Some(ip));
            continue;
        }
        plain += 1;
        if reverse.is_none() && client.ip.is_none() {
            reverse = Some(host);
        }
    }
    if client.ip.is_none() && words.len() == 1 {
        client.ip = reverse.and_then(bare_address);
    }
    let is_name = |host: &&str| bare_address(host).is_none() && host.contains(|c: char| c != '.');
    let is_host = client.ip.is_some() || client.helo.is_none() && words.len() == 1;
    client.reverse = reverse
        .filter(is_name)
        .filter(|host| is_host && (client.ip.is_some() || host.contains('.')))
        .filter(|_| !is_doubted)
        .and_then(name);
    client
}

fn is_helo(word: &str) -> bool {
    ["helo", "ehlo", "lhlo"]
        .iter()
        .any(|verb| word.eq_ignore_ascii_case(verb))
}

/// A host name that the receiver found; `None` if it says that it found none.
fn name(host: &str) -> Option<String> {
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_none = ["unknown", "unverified", ""]
        .iter()
        .any(|none| name.eq_ignore_ascii_case(none));
    (!is_none).then(|| name.to_owned())
}

/// An address in brackets: `[192.0.2.1]`, `[IPv6:2001:db8::1]`, `[192.0.2.1]:25`.
fn address(word: &str) -> Option<IpAddr> {
    let (inner, behind) = word.strip_prefix('[')?.split_once(']')?;
    let is_port =
        |port: &str| port.starts_with(':') && port[1..].bytes().all(|b| b.is_ascii_digit());
    if !(behind.is_empty() || is_port(behind)) {
        return None;
    }
    let with_port = || inner.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare_address(inner).or_else(with_port)
}

/// An address without brackets. A zone after `%` is ignored, and a mapped IPv4 address is IPv4.
pub(super) fn bare_address(text: &str) -> Option<IpAddr> {
    let is_tagged = text
        .get(..5)
        .is_some_and(|tag| tag.eq_ignore_ascii_case("IPv6:"));
    let text = if is_tagged { &text[5..] } else { text };
    let text = text.split('%').next().unwrap_or_default();
    let ip = match is_tagged {
        true => text.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        false => text.parse().ok(),
    };
    ip.map(|ip: IpAddr| ip.to_canonical())
}
