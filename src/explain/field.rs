//! Words about what is malformed in a header field.

use std::fmt;

use crate::message::{Delimited, FieldProblem};

/// No capital letter, no full stop.
impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(limit) => write!(f, "the field is longer than {limit} bytes"),
            Self::MoreProblems => f.write_str("further problems are left out"),
            Self::CommentsTooDeep { depth, limit } => {
                write!(f, "comments nest {depth} deep, more than {limit}")
            }
            Self::ControlByte(byte) => {
                write!(f, "a control byte (0x{byte:02x}) stands in the field")
            }
            Self::BareLineEnd(at) => {
                write!(f, "a line end at byte {at} does not fold the field")
            }
            Self::NotUtf8 => f.write_str("the field is not UTF-8"),
            Self::NotClosed { what, text } => {
                let what = match what {
                    Delimited::Comment => "a comment",
                    Delimited::QuotedString => "a quoted string",
                    Delimited::AddressLiteral => "an address literal",
                };
                write!(f, "{what} is not closed")?;
                quoted(f, text.as_deref())
            }
            Self::StrayParenthesis { text } => {
                f.write_str("a “)” closes no comment")?;
                quoted(f, text.as_deref())
            }
            Self::NotUnderstood(text) => write!(f, "“{text}” is not understood"),

            Self::NoAuthor => f.write_str("the field names no author"),
            Self::TooManyAuthors(limit) => {
                write!(
                    f,
                    "there are more than {limit} authors; the rest is not read"
                )
            }
            Self::OutOfPlace(delimiter) => write!(f, "a “{delimiter}” is out of place"),
            Self::GroupNotClosed => f.write_str("a group has no “;” at its end"),
            Self::NameAlone(name) => write!(f, "“{name}” has no address"),
            Self::NameBeforeBareAddress(name) => {
                write!(
                    f,
                    "“{name}” stands before an address that has no angle brackets"
                )
            }
            Self::AngleNotClosed => f.write_str("an angle bracket is not closed"),
            Self::AddressAsName(text) => write!(
                f,
                "“{text}” looks like an address before the address in angle brackets"
            ),
            Self::EmptyAngle => f.write_str("there is no address in the angle brackets"),
            Self::SeveralInAngle => {
                f.write_str("several addresses stand in one pair of angle brackets")
            }
            Self::NoComma => f.write_str("two mailboxes stand together without a comma"),
            Self::BehindAddress(text) => write!(f, "“{text}” stands behind an address"),
            Self::Route => f.write_str("an address has a route, which is obsolete"),
            Self::RawEncodedWord => f.write_str("an encoded word holds bytes that it must encode"),
            Self::AddressUnreadable(text) => {
                write!(f, "“{text}” cannot be read as an address")
            }
            Self::NoAt(text) => write!(f, "“{text}” has no “@”"),
            Self::AddressInLocalPart(text) => write!(
                f,
                "the local part of “{text}” is a quoted text that contains another address"
            ),
            Self::SeveralAt(text) => write!(f, "“{text}” has more than one “@”"),
            Self::HalfAddress(text) => write!(f, "“{text}” is only half an address"),
            Self::LocalPart(text) => write!(f, "the local part of “{text}” is malformed"),
            Self::AddressLiteral(text) => {
                write!(f, "“{text}” is an address literal, not a domain")
            }
            Self::NotADomain { text, why } => {
                write!(f, "“{text}” is not a domain")?;
                match why {
                    Some(why) => write!(f, ": {why}"),
                    None => Ok(()),
                }
            }
            Self::FinalDot(text) => write!(f, "the domain “{text}” ends with a dot"),
            Self::OtherLetters { text, name } => {
                write!(f, "“{text}” is {name} in other letters")
            }
            Self::ForbiddenInDomain(text) => {
                write!(f, "“{text}” holds what no domain may hold")
            }

            Self::NoDate => f.write_str("there is no date"),
            Self::NotADate(text) => write!(f, "“{text}” is not a date"),

            Self::NoResult => f.write_str("there is no result"),
            Self::UnknownResult(text) => write!(f, "“{text}” is no result of RFC 7208"),
            Self::Twice(key) => write!(f, "“{key}” stands twice"),
            Self::NotAnIpAddress(text) => write!(f, "“{text}” is not an address"),

            Self::NoInstance => f.write_str("there is no instance “i=”"),
            Self::NoAuthservId => f.write_str("there is no authserv-id"),
            Self::TooManyResults(limit) => {
                write!(
                    f,
                    "there are more than {limit} results; the rest is not read"
                )
            }
            Self::NoneBesideResults => f.write_str("“none” does not stand alone"),
            Self::NothingStated => f.write_str("the field holds no result"),
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: Option<&str>) -> fmt::Result {
    match text {
        Some(text) => write!(f, ": “{text}”"),
        None => Ok(()),
    }
}
