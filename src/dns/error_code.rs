//! The error code of a response, and what the server says of it (RFC 8914).

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Extended errors that are kept of one response; resolvers give two or three.
const MOST: usize = 4;

/// Characters that are kept of the text of one.
const TEXT: usize = 200;

/// An error code that a server answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorCode {
    /// The mnemonic, such as `SERVFAIL`.
    pub name: String,
    /// What the server says of it. Nothing proves it: whoever answers can write it.
    pub extended: Vec<ExtendedError>,
}

impl ErrorCode {
    /// The error code `name` with the first four of `extended`.
    pub fn new(name: impl Into<String>, extended: impl IntoIterator<Item = ExtendedError>) -> Self {
        let extended = extended.into_iter().take(MOST);
        Self {
            name: name.into(),
            extended: extended
                .map(|error| ExtendedError::new(error.code, &error.text))
                .collect(),
        }
    }
}

impl From<&str> for Box<ErrorCode> {
    fn from(name: &str) -> Self {
        Box::new(ErrorCode::new(name, []))
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// An extended DNS error (RFC 8914).
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ExtendedError {
    /// The number of the error in the IANA registry, such as 6 for "DNSSEC Bogus".
    pub code: u16,
    /// What the server adds in its own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl ExtendedError {
    /// The error with this number. Of the text, 200 characters are kept.
    pub fn new(code: u16, text: &str) -> Self {
        // It may end in a NUL (RFC 8914 §2).
        let text = text.trim_end_matches('\0');
        let end = text.char_indices().nth(TEXT).map(|(end, _)| end);
        let text = match end {
            Some(end) => format!("{}…", &text[..end]),
            None => text.to_owned(),
        };
        Self { code, text }
    }

    /// Reads the data of the EDNS option; `None` if there is no code.
    #[cfg(feature = "live-dns")]
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let (code, text) = data.split_first_chunk()?;
        let text = String::from_utf8_lossy(text);
        Some(Self::new(u16::from_be_bytes(*code), &text))
    }

    /// The name of the error in the IANA registry, if it has one.
    pub fn name(&self) -> Option<&'static str> {
        NAMES.get(usize::from(self.code)).copied()
    }
}

/// The names in the registry "Extended DNS Error Codes", by number.
const NAMES: [&str; 31] = [
    "Other Error",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
    "Signature Expired before Valid",
    "Too Early",
    "Unsupported NSEC3 Iterations Value",
    "Unable to conform to policy",
    "Synthesized",
    "Invalid Query Type",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_and_a_final_nul_dropped() {
        let cut = |text: &str| ExtendedError::new(6, text).text;
        let long = "ü".repeat(TEXT);
        assert_eq!(cut(&long), long);
        assert_eq!(cut(&format!("{long}x")), format!("{long}…"));
        assert_eq!(cut(&cut(&format!("{long}x"))).chars().count(), TEXT + 1);
        assert_eq!(cut("expired\0"), "expired");
    }

    #[test]
    fn of_many_errors_four_are_kept() {
        let many = (0..9).map(|code| ExtendedError::new(code, ""));
        let code = ErrorCode::new("SERVFAIL", many);
        assert_eq!(code.extended.len(), MOST);
    }

    #[test]
    fn each_number_has_its_registered_name() {
        let name = |code| ExtendedError::new(code, "").name();
        assert_eq!(name(6), Some("DNSSEC Bogus"));
        assert_eq!(name(22), Some("No Reachable Authority"));
        assert_eq!(name(30), Some("Invalid Query Type"));
        assert_eq!(name(31), None);
    }
}
