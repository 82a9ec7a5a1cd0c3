//! A file of metadata beside a message: what the server that took the message knows of the session.
//!
//! Its shape is that of the exports of Amazon SES Mail Manager: `Envelope` with `Helo`, `From`, `To`,
//! and `Metadata` with `Timestamp`, `SenderIpAddress` and more. Names are read in any case, and the
//! two objects may be one. What is not known is passed over.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// What such a file says. It takes precedence over what the message says, but not over flags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// IP address of the client that delivered the message.
    pub client_ip: Option<IpAddr>,
    /// The name that the client gave in HELO or EHLO.
    pub helo: Option<String>,
    /// The reverse-path of MAIL FROM, without angle brackets; empty for the null reverse-path.
    pub mail_from: Option<String>,
    /// When the message was taken.
    pub at: Option<Timestamp>,
}

/// Why a file of metadata cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataFault {
    /// It has more octets than [`Metadata::MOST`].
    TooLarge,
    /// It is no JSON, for this reason.
    NotJson(String),
    /// It is JSON, and says nothing of a session.
    SaysNothing,
    /// The value of this name is not what it should be.
    Value(&'static str),
}

impl fmt::Display for MetadataFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "it has more than {} bytes", Metadata::MOST),
            Self::NotJson(why) => write!(f, "it is not JSON ({why})"),
            Self::SaysNothing => {
                f.write_str("it has none of SenderIpAddress, Helo, From and Timestamp")
            }
            Self::Value(name) => write!(f, "its {name} is not one"),
        }
    }
}

impl std::error::Error for MetadataFault {}

/// Octets of a HELO name or a path: more than RFC 5321 §4.5.3.1 allows for a whole command line.
const LONGEST: usize = 1_000;

impl Metadata {
    /// Octets of such a file. RFC 5321 §4.5.3.1.8 asks for room for 100 recipients.
    pub const MOST: usize = 256 << 10;

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it is no JSON, says nothing of a session, or says what cannot be.
    pub fn parse(bytes: &[u8]) -> Result<Self, MetadataFault> {
        if bytes.len() > Self::MOST {
            return Err(MetadataFault::TooLarge);
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| MetadataFault::NotJson(error.to_string()))?;
        let Value::Object(top) = value else {
            return Err(MetadataFault::SaysNothing);
        };
        let within = |name: &str| match find(&top, &[name]) {
            Some(Value::Object(object)) => Some(object),
            _ => None,
        };
        let (envelope, metadata) = (within("envelope"), within("metadata"));
        let of_session = metadata.unwrap_or(&top);
        let of_envelope = envelope.unwrap_or(&top);
        let client = find(of_session, &["senderipaddress", "senderip", "clientip"]);
        let helo = find(of_envelope, &["helo", "ehlo"]);
        let mut from = find(of_envelope, &["mailfrom"]);
        // Alone, "from" may as well be the author.
        if envelope.is_some() || client.is_some() || helo.is_some() {
            from = from.or_else(|| find(of_envelope, &["from"]));
        }
        let found = Self {
            client_ip: client.map(address).transpose()?,
            helo: helo.map(|helo| text(helo, "Helo")).transpose()?,
            mail_from: from.map(path).transpose()?,
            at: find(of_session, &["timestamp"]).map(time).transpose()?,
        };
        let says_of_session =
            found.client_ip.is_some() || found.helo.is_some() || found.mail_from.is_some();
        match says_of_session || metadata.is_some() && found.at.is_some() {
            true => Ok(found),
            false => Err(MetadataFault::SaysNothing),
        }
    }
}

/// The first value with one of these names, in any case, with or without `_` and `-`.
fn find<'v>(object: &'v Map<String, Value>, names: &[&str]) -> Option<&'v Value> {
    names.iter().find_map(|name| {
        let mut members = object.iter();
        let is_it = |key: &str| {
            let letters = key.bytes().filter(|byte| !matches!(byte, b'_' | b'-'));
            letters
                .map(|byte| byte.to_ascii_lowercase())
                .eq(name.bytes())
        };
        let (_, value) = members.find(|(key, value)| is_it(key) && !value.is_null())?;
        Some(value)
    })
}

fn text(value: &Value, name: &'static str) -> Result<String, MetadataFault> {
    let text = value.as_str().map(str::trim);
    let text = text.filter(|text| text.len() <= LONGEST && !text.contains(char::is_control));
    text.map(str::to_owned).ok_or(MetadataFault::Value(name))
}

fn address(value: &Value) -> Result<IpAddr, MetadataFault> {
    let text = text(value, "SenderIpAddress")?;
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let bare = bare.unwrap_or(&text);
    let ip: Result<IpAddr, _> = bare.parse();
    ip.map(|ip| ip.to_canonical())
        .map_err(|_| MetadataFault::Value("SenderIpAddress"))
}

fn path(value: &Value) -> Result<String, MetadataFault> {
    let text = text(value, "From")?;
    let bare = text
        .strip_prefix('<')
        .and_then(|text| text.strip_suffix('>'));
    Ok(bare.map_or_else(|| text.clone(), str::to_owned))
}

/// A time as RFC 3339 writes it, or in seconds or milliseconds since 1970.
fn time(value: &Value) -> Result<Timestamp, MetadataFault> {
    /// More seconds than this are milliseconds: in seconds it is the year 5138.
    const MILLISECONDS: f64 = 1e11;
    let fault = MetadataFault::Value("Timestamp");
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.trim().parse::<Timestamp>() {
            Ok(at) => return Ok(at),
            Err(_) => text.trim().parse().ok(),
        },
        _ => None,
    };
    let number = number
        .filter(|number| number.is_finite())
        .ok_or(fault.clone())?;
    let seconds = match number.abs() > MILLISECONDS {
        true => number / 1000.0,
        false => number,
    };
    // A cast of a float stops at the ends of what fits.
    #[expect(clippy::cast_possible_truncation)]
    let seconds = seconds.floor() as i64;
    Timestamp::from_second(seconds).map_err(|_| fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Metadata, String> {
        Metadata::parse(text.as_bytes()).map_err(|fault| fault.to_string())
    }

    fn all() -> Metadata {
        Metadata {
            client_ip: "192.0.2.1".parse().ok(),
            helo: Some("mx.example.com".into()),
            mail_from: Some("a@example.com".into()),
            at: "2026-07-01T12:00:00Z".parse().ok(),
        }
    }

    #[test]
    fn the_same_session_is_read_in_each_form() {
        for text in [
            r#"{"Envelope":{"Helo":"mx.example.com","From":"a@example.com","To":["b@example.net"]},
                "Metadata":{"Timestamp":1782907200.5,"SenderIpAddress":"192.0.2.1","TlsProtocol":"TLSv1.3"}}"#,
            r#"{"envelope":{"helo":"mx.example.com","from":"<a@example.com>"},
                "metadata":{"timestamp":"2026-07-01T12:00:00Z","senderIpAddress":"[192.0.2.1]"}}"#,
            r#"{"helo":"mx.example.com","from":"a@example.com","sender_ip_address":"::ffff:192.0.2.1",
                "timestamp":1782907200000}"#,
        ] {
            assert_eq!(parse(text), Ok(all()), "{text}");
        }
    }

    #[test]
    fn what_is_not_of_a_session_is_not_taken_for_it() {
        for text in [
            "[]",
            "{}",
            r#"{"from":"a@example.com","timestamp":1}"#,
            r#"{"Helo":null}"#,
        ] {
            assert!(
                parse(text).unwrap_err().starts_with("it has none"),
                "{text}"
            );
        }
        assert!(parse("{").unwrap_err().starts_with("it is not JSON"));
        for text in [
            r#"{"SenderIpAddress":"mx"}"#,
            r#"{"Helo":["a"]}"#,
            r#"{"Helo":"a\u001b"}"#,
            r#"{"Helo":"a","Timestamp":1e300}"#,
        ] {
            assert!(parse(text).unwrap_err().ends_with("is not one"), "{text}");
        }
        let long = format!(r#"{{"Helo":"{}"}}"#, "a".repeat(Metadata::MOST));
        assert!(parse(&long).unwrap_err().starts_with("it has more than"));
    }

    #[test]
    fn an_empty_path_is_the_null_one() {
        for from in ["", "<>"] {
            let read = parse(&format!(r#"{{"Envelope":{{"From":"{from}"}}}}"#)).unwrap();
            assert_eq!(read.mail_from.as_deref(), Some(""));
        }
    }
}
