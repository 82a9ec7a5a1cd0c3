//! Saved files: their form, and what is around the message in them.

mod attached;
mod damage;
mod note;
mod opened;
mod outlook;
mod packed;
mod pasted;
mod quoted;
mod refused;
mod unpacked;
mod wrapped;

use schemars::JsonSchema;
use serde::Serialize;

pub use self::attached::{Attached, AttachedList};
pub use self::note::{EmlxCount, SourceNote, Truncation};
pub use self::opened::Opened;
pub(super) use self::opened::{parse, parse_as};
pub(crate) use self::packed::Packing;
pub use self::pasted::PastedSummary;
pub(crate) use self::unpacked::Unpacked;

/// The file that a message was read from.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Source {
    /// The kind of file. If one form contains another, this is the innermost.
    pub form: Form,
    /// The forms around it, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<Form>,
    /// How the lines of the message end.
    pub line_ends: LineEnds,
    /// The size of the message in bytes, without what is around it in the file.
    pub size: usize,
    /// Whether it was read as a saved file or as delivered.
    #[serde(skip_serializing_if = "Reading::is_saved")]
    pub reading: Reading,
    /// What a pasted web page says above the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pasted: Option<PastedSummary>,
    /// What was assumed or ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<SourceNote>,
}

impl Source {
    /// The first note by which a reader may see something that no verdict is about. Nothing passes
    /// then.
    pub(crate) fn doubt(&self) -> Option<&SourceNote> {
        self.notes.iter().find(|note| note.is_doubt())
    }
}

/// How the octets of a file are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reading {
    /// It is a file that somebody saved: the message may be inside a form of [`Form`], and the
    /// header may be damaged.
    #[default]
    Saved,
    /// The octets are the message, as a host received them. Only a `From ` line of a mail folder
    /// before it, which delivery programs add, and compression are removed.
    AsDelivered,
}

impl Reading {
    fn is_saved(&self) -> bool {
        *self == Self::Saved
    }
}

/// The form in which a message was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Form {
    /// Header, empty line, body.
    Rfc5322,
    /// A header without an empty line at its end.
    HeadersOnly,
    /// A message after a `From ` line, as in Unix mail folders (RFC 4155).
    Mbox,
    /// A file of Apple Mail: a byte count, the message, a property list.
    Emlx,
    /// The page that Gmail shows as "Show original", copied as text.
    GmailShowOriginal,
    /// A file of Outlook (.msg), which has the header as it was received and not the body.
    OutlookMsg,
    /// A message attached to another one.
    Attached,
    /// Compressed with gzip (RFC 1952).
    Gzip,
    /// Compressed with Zstandard (RFC 8878).
    Zstd,
}

/// How lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LineEnds {
    /// CR LF, as mail is transmitted.
    Crlf,
    /// LF, as on Unix.
    Lf,
    /// Some of each.
    Mixed,
    /// There are no line ends.
    None,
}
