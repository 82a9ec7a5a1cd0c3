//! Saved files: what form they have, and what stands between them and a message.

mod attached;
mod damage;
mod mime;
mod note;
mod opened;
mod packed;
mod pasted;
mod refused;
mod wrapped;

use schemars::JsonSchema;
use serde::Serialize;

pub use self::attached::{Attached, AttachedList};
pub use self::note::{EmlxCount, SourceNote, Truncation};
pub use self::opened::Opened;
pub(super) use self::opened::parse;
pub use self::pasted::PastedSummary;

/// The file that a message was read from.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Source {
    /// What kind of file it is. Where one form holds another, this is the innermost.
    pub form: Form,
    /// The forms around it, outermost first.
    pub within: Vec<Form>,
    /// How the lines of the message end.
    pub line_ends: LineEnds,
    /// The size of the message in bytes, without what stands around it in the file.
    pub size: usize,
    /// What a pasted web page says above the message.
    pub pasted: Option<PastedSummary>,
    /// What was assumed or left out.
    pub notes: Vec<SourceNote>,
}

/// The form in which a message was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Form {
    /// Header, empty line, body.
    Rfc5322,
    /// A header without the empty line that would end it.
    HeadersOnly,
    /// A message below a `From ` line, as mail folders of Unix have it (RFC 4155).
    Mbox,
    /// A file of Apple Mail: a count of bytes, the message, a property list.
    Emlx,
    /// The page that Gmail shows as "Show original", copied as text.
    GmailShowOriginal,
    /// A message that another one carries as an attachment.
    Attached,
    /// Packed by gzip (RFC 1952).
    Gzip,
    /// Packed by Zstandard (RFC 8878).
    Zstd,
}

/// How lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LineEnds {
    /// CR LF, as mail travels.
    Crlf,
    /// LF, as Unix saves it.
    Lf,
    /// Some of each.
    Mixed,
    /// There is not one.
    None,
}
