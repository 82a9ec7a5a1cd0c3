//! Why a text is not a policy record.

use schemars::JsonSchema;
use serde::Serialize;

use super::record::PolicyRecord;

/// Why a text is not a policy record: it must begin with `v=DMARC1` (RFC 9989 §4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NotARecord {
    /// It is empty.
    Empty,
    /// It contains quotation marks.
    Quoted,
    /// It begins with white space.
    BlankInFront,
    /// It is an SPF record.
    Spf,
    /// It is a DKIM key.
    DkimKey,
    /// The version has the wrong mix of capital and small letters.
    OtherCase,
    /// The semicolon after the version is missing.
    NoSemicolon,
    /// The version is followed by neither a semicolon nor the end.
    VersionGoesOn,
    /// The version is not the first tag.
    VersionNotFirst,
    /// DMARC has no such version.
    OtherVersion,
    /// It does not begin with a version.
    NoVersion,
}

impl NotARecord {
    /// Why `text`, which is not a policy record, is not one.
    pub(super) fn of(text: &str) -> Self {
        let bare = text.trim_matches(|char: char| char.is_whitespace() || char == '\u{feff}');
        let unquoted = bare.trim_matches(['"', '\'', '\u{201c}', '\u{201d}']);
        let squeezed: String = unquoted.chars().filter(|char| *char != ' ').collect();
        let lower = squeezed.to_ascii_lowercase();
        if text.is_empty() {
            return Self::Empty;
        }
        if bare != unquoted && PolicyRecord::parse(unquoted.as_bytes()).is_some() {
            return Self::Quoted;
        }
        if bare != text && PolicyRecord::parse(bare.as_bytes()).is_some() {
            return Self::BlankInFront;
        }
        if lower.starts_with("v=spf1") {
            return Self::Spf;
        }
        if lower.starts_with("v=dkim1") || lower.starts_with("p=mi") {
            return Self::DkimKey;
        }
        if let Some(rest) = lower.strip_prefix("v=dmarc1") {
            return match rest.chars().next() {
                None | Some(';') => Self::OtherCase,
                Some(char) if char.is_ascii_alphabetic() => Self::NoSemicolon,
                Some(_) => Self::VersionGoesOn,
            };
        }
        if lower.contains("v=dmarc1") {
            return Self::VersionNotFirst;
        }
        match lower.starts_with("v=dmarc") {
            true => Self::OtherVersion,
            false => Self::NoVersion,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_no_record_has_a_reason() {
        for (text, reason) in [
            ("v=spf1 -all", NotARecord::Spf),
            ("v=dmarc1; p=none", NotARecord::OtherCase),
            ("\"v=DMARC1; p=none\"", NotARecord::Quoted),
            ("\u{201c}v=DMARC1; p=none\u{201d}", NotARecord::Quoted),
            (" v=DMARC1; p=none", NotARecord::BlankInFront),
            ("p=none; v=DMARC1", NotARecord::VersionNotFirst),
            ("v=DMARC1 p=none", NotARecord::NoSemicolon),
            ("v=DMARC1.0", NotARecord::VersionGoesOn),
            ("v=DMARC2; p=none", NotARecord::OtherVersion),
            ("k=rsa; p=MII", NotARecord::NoVersion),
            ("v=DKIM1; p=MII", NotARecord::DkimKey),
            ("google-site-verification=x", NotARecord::NoVersion),
            ("", NotARecord::Empty),
        ] {
            assert_eq!(NotARecord::of(text), reason, "{text}");
        }
    }
}
