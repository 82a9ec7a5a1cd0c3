//! What is malformed in a structured header field, as data; `explain/field.rs` has the words.

use schemars::JsonSchema;
use serde::Serialize;

use crate::dns::{Name, NameError};

/// What is malformed in a header field, or not understood. Texts are quoted from it and cut short.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FieldProblem {
    /// The field is longer than this many bytes, and was not read.
    TooLong(usize),
    /// There are more problems than are listed.
    MoreProblems,
    /// Comments nest.
    CommentsTooDeep {
        /// So deep.
        depth: usize,
        /// So deep is allowed.
        limit: usize,
    },
    /// This control byte stands in the field.
    ControlByte(u8),
    /// The line end at this byte of the field does not fold it.
    BareLineEnd(usize),
    /// The field is not UTF-8.
    NotUtf8,
    /// Something is opened and not closed.
    NotClosed {
        /// What.
        what: Delimited,
        /// The text from where it opens; `None` where only the fact is told.
        text: Option<String>,
    },
    /// A `)` closes no comment.
    StrayParenthesis {
        /// The text; `None` where only the fact is told.
        text: Option<String>,
    },
    /// This text has no place in the field.
    NotUnderstood(String),

    /// From: there is no mailbox.
    NoAuthor,
    /// From: there are more mailboxes than this, and the rest was not read.
    TooManyAuthors(usize),
    /// From: this delimiter is out of place.
    OutOfPlace(char),
    /// From: a group has no `;` at its end.
    GroupNotClosed,
    /// From: this name has no address.
    NameAlone(String),
    /// From: this name stands before an address that has no angle brackets.
    NameBeforeBareAddress(String),
    /// From: an angle bracket is not closed.
    AngleNotClosed,
    /// From: this looks like an address and stands before the one in angle brackets.
    AddressAsName(String),
    /// From: there is no address in the angle brackets.
    EmptyAngle,
    /// From: several addresses stand in one pair of angle brackets.
    SeveralInAngle,
    /// From: two mailboxes stand together without a comma.
    NoComma,
    /// From: this stands behind an address.
    BehindAddress(String),
    /// From: an address has a route, which is obsolete (RFC 5322 §4.4).
    Route,
    /// From: an encoded word holds bytes that it must encode.
    RawEncodedWord,
    /// This cannot be read as an address.
    AddressUnreadable(String),
    /// This address has no `@`.
    NoAt(String),
    /// This address has more than one `@`.
    SeveralAt(String),
    /// One side of the `@` is empty in this address.
    HalfAddress(String),
    /// The local part of this address is malformed.
    LocalPart(String),
    /// This is an address literal in place of a domain.
    AddressLiteral(String),
    /// This is no domain.
    NotADomain {
        /// The text.
        text: String,
        /// Why, where that is known.
        why: Option<NameError>,
    },
    /// This domain ends with a dot.
    FinalDot(String),
    /// This text stands for a domain in other letters.
    OtherLetters {
        /// The text.
        text: String,
        /// The domain.
        name: Name,
    },
    /// This holds what no domain may hold.
    ForbiddenInDomain(String),

    /// Received: there is no date.
    NoDate,
    /// Received: this is no date.
    NotADate(String),

    /// Received-SPF: there is no result.
    NoResult,
    /// Received-SPF: this is no result of RFC 7208.
    UnknownResult(String),
    /// Received-SPF: this key stands twice.
    Twice(String),
    /// Received-SPF: this is no IP address.
    NotAnIpAddress(String),

    /// Authentication-Results: there is no instance `i=`.
    NoInstance,
    /// Authentication-Results: there is no authserv-id.
    NoAuthservId,
    /// Authentication-Results: there are more results than this, and the rest was not read.
    TooManyResults(usize),
    /// Authentication-Results: `none` stands beside results.
    NoneBesideResults,
    /// Authentication-Results: nothing stands behind the authserv-id.
    NothingStated,
}

/// What has a beginning and an end in a structured field (RFC 5322 §3.2).
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
