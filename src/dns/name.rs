//! Domain names, in one normal form for asking and comparing.

use std::fmt;
use std::sync::Arc;

/// A domain name: lower case, A-labels (RFC 5890), no final dot, at most 253 octets in labels of
/// 1 to 63 octets (RFC 1035 §2.3.4).
///
/// A label may contain any other character, because SPF macros can produce them (RFC 7208 §7.3).
/// Code that prints a name must escape them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

/// Why a text is not a domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NameError {
    /// The text is empty, or only a dot.
    Empty,
    /// There are two dots in a row, or a dot at the start.
    EmptyLabel,
    /// A label is longer than 63 octets.
    LabelTooLong,
    /// The name is longer than 253 octets.
    TooLong,
    /// An internationalised label cannot be turned into an A-label.
    Idna,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the name is empty",
            Self::EmptyLabel => "there is an empty label between two dots",
            Self::LabelTooLong => "a label is longer than 63 octets",
            Self::TooLong => "the name is longer than 253 octets",
            Self::Idna => "an internationalised label is not valid",
        })
    }
}

impl std::error::Error for NameError {}

impl Name {
    /// Reads a domain name, with or without its final dot, in A-labels or U-labels (RFC 5890).
    ///
    /// # Errors
    ///
    /// [`NameError`] if the name or a label is empty or too long, or if a U-label is not valid.
    ///
    /// # Examples
    ///
    /// ```
    /// use sesauth::dns::{Name, NameError};
    ///
    /// let name = Name::parse("Bücher.Example.")?;
    /// assert_eq!(name.as_str(), "xn--bcher-kva.example");
    /// assert_eq!(Name::parse("a..example"), Err(NameError::EmptyLabel));
    /// # Ok::<(), NameError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_ascii() {
            return Self::checked(text);
        }
        let ascii = idna::domain_to_ascii(text).map_err(|_| NameError::Idna)?;
        Self::checked(&ascii)
    }

    /// The root, to which an alias may lead; no other name of ours is the root.
    pub fn root() -> Self {
        Self(".".into())
    }

    /// Whether it is the root.
    pub fn is_root(&self) -> bool {
        &*self.0 == "."
    }

    /// Reads the target of an alias, which may be the root.
    pub(crate) fn target(text: &str) -> Result<Self, NameError> {
        match text {
            "." => Ok(Self::root()),
            text => Self::parse(text),
        }
    }

    fn checked(text: &str) -> Result<Self, NameError> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        let (mut label, mut is_lower) = (0, true);
        for byte in text.bytes() {
            is_lower &= !byte.is_ascii_uppercase();
            label = match byte {
                b'.' if label == 0 => return Err(NameError::EmptyLabel),
                b'.' => 0,
                _ if label == 63 => return Err(NameError::LabelTooLong),
                _ => label + 1,
            };
        }
        if label == 0 {
            return Err(NameError::EmptyLabel);
        }
        if text.len() > 253 {
            return Err(NameError::TooLong);
        }
        Ok(Self(match is_lower {
            true => text.into(),
            false => text.to_ascii_lowercase().into(),
        }))
    }

    /// The name in lower case, without its final dot; the root is the dot alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The labels, leftmost first; none of the root.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.').filter(|label| !label.is_empty())
    }

    /// The name without its leftmost label; `None` if there is only one label.
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_once('.')?;
        (!rest.is_empty()).then(|| Self(rest.into()))
    }

    /// The name `prefix.name`, where `prefix` is one or more labels.
    ///
    /// # Errors
    ///
    /// [`NameError`] if the result is not a domain name, for example because it is too long.
    pub fn under(&self, prefix: &str) -> Result<Self, NameError> {
        Self::parse(&format!("{prefix}.{self}"))
    }

    /// Whether this name is `other`, or a subdomain of it.
    pub fn is_within(&self, other: &Self) -> bool {
        match self.0.strip_suffix(&*other.0) {
            _ if other.is_root() => true,
            Some(rest) => rest.is_empty() || rest.ends_with('.'),
            None => false,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl schemars::JsonSchema for Name {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn a_name_is_lower_case_without_its_final_dot() {
        assert_eq!(name("Mail.Example.COM.").as_str(), "mail.example.com");
    }

    #[test]
    fn u_labels_become_a_labels() {
        assert_eq!(name("bücher.example").as_str(), "xn--bcher-kva.example");
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_cause() {
        assert_eq!(Name::parse(""), Err(NameError::Empty));
        assert_eq!(Name::parse("."), Err(NameError::Empty));
        let root = Name::target(".").unwrap();
        assert_eq!((root.labels().count(), root.parent()), (0, None));
        assert!(name("example.com").is_within(&root) && !root.is_within(&name("example.com")));
        assert_eq!(Name::parse("a..b"), Err(NameError::EmptyLabel));
        assert_eq!(Name::parse(".a"), Err(NameError::EmptyLabel));
        assert_eq!(Name::parse(&"a".repeat(64)), Err(NameError::LabelTooLong));
        assert_eq!(Name::parse(&"abc.".repeat(64)), Err(NameError::TooLong));
    }

    #[test]
    fn within_compares_whole_labels() {
        assert!(name("a.example.com").is_within(&name("example.com")));
        assert!(name("example.com").is_within(&name("example.com")));
        assert!(!name("badexample.com").is_within(&name("example.com")));
    }
}
