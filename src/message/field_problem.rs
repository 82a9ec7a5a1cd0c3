//! What is malformed in a structured header field, as data. `explain/field.rs` puts it into words.

use schemars::JsonSchema;
use serde::Serialize;

use crate::dns::{Name, NameError};

/// What is malformed in a header field, or was not understood. The texts are excerpts of the field.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FieldProblem {
    /// The field is longer than this many bytes, and was not read.
    TooLong(usize),
    /// There are more problems than are listed.
    MoreProblems,
    /// Comments are nested too deeply.
    CommentsTooDeep {
        /// The depth.
        depth: usize,
        /// The depth that is allowed.
        limit: usize,
    },
    /// The field contains this control byte.
    ControlByte(u8),
    /// A line end, at this byte of the field, without a continuation line after it.
    BareLineEnd(usize),
    /// The field is not UTF-8.
    NotUtf8,
    /// Something is opened but not closed.
    NotClosed {
        /// What.
        what: Delimited,
        /// The text from where it opens; `None` where it is not shown.
        text: Option<String>,
    },
    /// A `)` closes no comment.
    StrayParenthesis {
        /// The text; `None` where it is not shown.
        text: Option<String>,
    },
    /// This text is out of place in the field.
    NotUnderstood(String),

    /// From: there is no mailbox.
    NoAuthor,
    /// From: there are more mailboxes than this, and the rest was not read.
    TooManyAuthors(usize),
    /// From: this delimiter is out of place.
    OutOfPlace(char),
    /// From: a group has no `;` at its end.
    GroupNotClosed,
    /// From: a name without an address.
    NameAlone(String),
    /// From: a name before an address that has no angle brackets.
    NameBeforeBareAddress(String),
    /// From: an angle bracket is not closed.
    AngleNotClosed,
    /// From: a text that looks like an address, before the address in angle brackets.
    AddressAsName(String),
    /// From: there is no address in the angle brackets.
    EmptyAngle,
    /// From: there are several addresses in one pair of angle brackets.
    SeveralInAngle,
    /// From: there is no comma between two mailboxes.
    NoComma,
    /// From: this text follows an address.
    BehindAddress(String),
    /// From: an address has a route, which is obsolete (RFC 5322 §4.4).
    Route,
    /// From: an encoded word contains bytes that it must encode.
    RawEncodedWord,
    /// This cannot be read as an address.
    AddressUnreadable(String),
    /// This address has no `@`.
    NoAt(String),
    /// This address has more than one `@`.
    SeveralAt(String),
    /// This address has nothing on one side of its `@`.
    HalfAddress(String),
    /// The local part of this address is malformed.
    LocalPart(String),
    /// The local part of this address is a quoted text that contains another address.
    AddressInLocalPart(String),
    /// This is an address literal instead of a domain.
    AddressLiteral(String),
    /// This is not a domain.
    NotADomain {
        /// The text.
        text: String,
        /// Why, if known.
        why: Option<NameError>,
    },
    /// This domain ends with a dot.
    FinalDot(String),
    /// This text means a domain, but in other letters.
    OtherLetters {
        /// The text.
        text: String,
        /// The domain.
        name: Name,
    },
    /// This contains something that a domain must not contain.
    ForbiddenInDomain(String),

    /// Received: there is no date.
    NoDate,
    /// Received: this is not a date.
    NotADate(String),

    /// Received-SPF: there is no result.
    NoResult,
    /// Received-SPF: this is not a result of RFC 7208.
    UnknownResult(String),
    /// Received-SPF: this key appears twice.
    Twice(String),
    /// Received-SPF: this is not an IP address.
    NotAnIpAddress(String),

    /// Authentication-Results: there is no instance `i=`.
    NoInstance,
    /// Authentication-Results: there is no authserv-id.
    NoAuthservId,
    /// Authentication-Results: there are more results than this, and the rest was not read.
    TooManyResults(usize),
    /// Authentication-Results: there is `none` as well as results.
    NoneBesideResults,
    /// Authentication-Results: nothing follows the authserv-id.
    NothingStated,
}

impl FieldProblem {
    /// Whether a limit kept a part of the field from being read.
    pub(crate) fn is_limit(&self) -> bool {
        matches!(
            self,
            Self::TooLong(_) | Self::MoreProblems | Self::TooManyAuthors(_)
        )
    }
}

/// A part of a structured field that has a start and an end delimiter (RFC 5322 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Delimited {
    /// A comment.
    Comment,
    /// A quoted string.
    QuotedString,
    /// An address literal.
    AddressLiteral,
}
