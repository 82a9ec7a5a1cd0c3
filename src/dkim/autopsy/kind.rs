//! The kinds of change that are looked for.

use schemars::JsonSchema;
use serde::Serialize;

/// What was done to a message after it was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    // The header.
    /// A tag such as `[list]` was put into Subject, or moved in it.
    SubjectTag,
    /// A word such as `EXTERNAL:` or `Re:` was put in front of Subject, or taken away.
    SubjectPrefix,
    /// Encoded words were written in another way (RFC 2047).
    EncodedWords,
    /// A field was folded, unfolded, or folded at other places.
    Refolded,
    /// A line of a field was broken because it was too long (RFC 5322 §2.1.1).
    FieldLineBroken,
    /// White space in a field was changed, other than at line ends.
    FieldWhiteSpace,
    /// Carriage returns without a line feed were added to a field.
    FieldCrAdded,
    /// The name of a field was written in other letters.
    FieldNameCase,
    /// From was replaced by the address of a list or a gateway.
    FromRewritten,
    /// A display name was written in another way: quotation marks, or dropped.
    DisplayName,
    /// The addresses of a field were put into another order.
    AddressesReordered,
    /// An address was taken out of a field.
    AddressRemoved,
    /// An address was added to a field.
    AddressAdded,
    /// A field was added that did not exist when the message was signed.
    FieldAdded,
    /// A field was taken away.
    FieldRemoved,
    /// The field exists several times; another one of them was signed.
    FieldDoubled,
    /// The value of a field was replaced; the signed one is in a copy.
    FieldReplaced,
    /// Content-Type was replaced or its parameters were written in another way.
    ContentTypeChanged,
    /// Content-Transfer-Encoding was replaced.
    TransferEncodingField,

    // The body.
    /// Text was appended.
    Footer,
    /// Text was put in front.
    Banner,
    /// Text was appended within parts.
    FooterInPart,
    /// Text was put in front within parts.
    BannerInPart,
    /// The message was put into a new multipart structure.
    Wrapped,
    /// A part was added.
    PartAdded,
    /// Text before the first boundary was changed.
    Preamble,
    /// The closing boundary was lost.
    ClosingBoundaryLost,
    /// The transfer encoding was changed.
    Reencoded,
    /// Quoted-printable or base64 was broken into other lines.
    EncodingRewrapped,
    /// The character set was changed.
    Recoded,
    /// Header fields of parts were written in another way.
    PartHeaders,
    /// Links were replaced by those of a filter.
    LinksRewritten,
    /// Characters were replaced by HTML entities.
    Entities,
    /// An address was replaced by a placeholder.
    Redacted,
    /// A byte order mark was added.
    ByteOrderMarkAdded,
    /// A byte order mark was lost.
    ByteOrderMarkLost,
    /// `>` was put before lines that begin with `From `.
    FromQuoted,
    /// `>` was taken from lines that began with `>From `.
    FromUnquoted,
    /// A dot was added to lines that begin with one (RFC 5321 §4.5.2).
    DotAdded,
    /// One dot was taken from lines that began with two (RFC 5321 §4.5.2).
    DotLost,
    /// Carriage returns without a line feed were signed as line ends.
    BareCrSignedAsLineEnd,
    /// A second carriage return was added to line ends.
    CrDoubled,
    /// Carriage returns without a line feed were added.
    BareCrAdded,
    /// Lines were broken because they were too long (RFC 5322 §2.1.1).
    LinesBroken,
    /// Lines were joined.
    LinesJoined,
    /// White space at line ends was added.
    TrailingSpaceAdded,
    /// White space at line ends was lost.
    TrailingSpaceLost,
    /// White space within lines was changed.
    WhiteSpace,
    /// Tabs were replaced by spaces.
    TabsExpanded,
    /// The space after the `--` above a sender's signature was lost (RFC 3676 §4.3).
    SeparatorSpaceLost,
    /// Empty lines were added.
    EmptyLinesAdded,
    /// Empty lines were lost.
    EmptyLinesLost,
    /// The body was signed without a line end after its last line.
    LastLineEnd,
    /// The body hash was made with the other canonicalization than `c=` says.
    OtherCanonicalization,
}

impl Kind {
    /// Whether the signer made it, and not somebody after it.
    pub fn is_of_signer(self) -> bool {
        matches!(
            self,
            Self::OtherCanonicalization | Self::LastLineEnd | Self::BareCrSignedAsLineEnd
        )
    }
}
