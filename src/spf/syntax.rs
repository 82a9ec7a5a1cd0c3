//! What is wrong with a term of a record, and what was expected there.

use schemars::JsonSchema;
use serde::Serialize;

/// What is wrong with a term, or with a macro string in it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SyntaxFault {
    /// A modifier that may stand once stands twice.
    ModifierTwice,
    /// A byte that is no visible ASCII character.
    Byte(u8),
    /// A character that is no visible ASCII character, in a macro string.
    NotVisible,
    /// What stands before `=` is no name of a modifier.
    ModifierName,
    /// Something stands behind `all`.
    BehindAll,
    /// There is no such mechanism, but one that was perhaps meant.
    MisspeltMechanism {
        /// The name as written.
        name: String,
        /// The one that was perhaps meant.
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
    /// There are several lengths of a prefix for one family.
    Lengths,
    /// Domain and lengths do not stand in their order.
    DomainAndLengths,
    /// A colon and a network are missing.
    ColonAndNetwork(Family),
    /// What stands there is no address.
    Address(Family),
    /// What stands there is no length of a prefix.
    PrefixLength {
        /// The longest there is.
        bits: u8,
    },
    /// A domain name is missing.
    NoDomain,
    /// The last label of a domain name cannot be a top-level domain.
    TopLabel(String),
    /// Behind a macro stands no dot and top-level domain.
    BehindMacro,
    /// A domain name of one label.
    OneLabel,
    /// A macro has no `}` at its end.
    MacroEnd,
    /// Behind `%` stands nothing that belongs there.
    Percent,
    /// A macro letter that may stand in explanations only.
    ExplanationLetter(char),
    /// A macro has no letter.
    NoLetter,
    /// There is no such macro letter.
    UnknownLetter(char),
    /// A macro keeps no part.
    ZeroParts,
    /// A character that does not belong into a macro.
    InMacro(char),
}

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// IPv4.
    Ip4,
    /// IPv6.
    Ip6,
}
