//! What is wrong with a term of a record, and what was expected there.

use schemars::JsonSchema;
use serde::Serialize;

/// What is wrong with a term, or with a macro string in it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SyntaxFault {
    /// A modifier that may occur once occurs twice.
    ModifierTwice,
    /// A byte that is not a visible ASCII character.
    Byte(u8),
    /// A character that is not ASCII.
    Character(#[schemars(with = "String")] char),
    /// A character in a macro string that is not a visible ASCII character.
    NotVisible,
    /// The text before `=` cannot be the name of a modifier.
    ModifierName,
    /// Something follows `all`.
    BehindAll,
    /// There is no such mechanism; it looks like a misspelt one.
    MisspeltMechanism {
        /// The name as written.
        name: String,
        /// The one that was probably meant.
        meant: &'static str,
    },
    /// An IPv4 address, or a network of them, without `ip4:`.
    BareIp4(String),
    /// An IPv6 address, or a network of them, without `ip6:`.
    BareIp6(String),
    /// Neither a mechanism nor a modifier.
    NoTerm,
    /// A colon and a domain name are missing.
    ColonAndDomain,
    /// There are several prefix lengths for one address family.
    Lengths,
    /// The domain and the prefix lengths are in the wrong order.
    DomainAndLengths,
    /// A colon and a network are missing.
    ColonAndNetwork(Family),
    /// The text is not an address.
    Address(Family),
    /// The text is not a prefix length.
    PrefixLength {
        /// The longest prefix length of the family.
        bits: u8,
    },
    /// A domain name is missing.
    NoDomain,
    /// The last label of a domain name cannot be a top-level domain.
    TopLabel(String),
    /// A macro at the end is not followed by a dot and a top-level domain.
    BehindMacro,
    /// A domain name of one label.
    OneLabel,
    /// A macro has no closing `}`.
    MacroEnd,
    /// `%` is followed by something that is not allowed there.
    Percent,
    /// A macro letter that is allowed in explanations only.
    ExplanationLetter(char),
    /// A macro has no letter.
    NoLetter,
    /// There is no such macro letter.
    UnknownLetter(char),
    /// A macro keeps zero parts of its value.
    ZeroParts,
    /// A character that is not allowed in a macro.
    InMacro(char),
}

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Family {
    /// IPv4.
    Ip4,
    /// IPv6.
    Ip6,
}
