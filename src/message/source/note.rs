//! What was removed from a saved file, and what it may have lost, as data. `explain/source.rs` puts
//! it into words. Texts are excerpts of the file.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use super::Form;
use super::attached::{Attached, AttachedList};

/// What is worth knowing about the file that a message was read from.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SourceNote {
    /// It was compressed.
    Unpacked {
        /// With which format.
        packing: Form,
    },
    /// It was compressed, and is damaged or cut off.
    PackingDamaged {
        /// With which format.
        packing: Form,
        /// How many bytes could be decompressed.
        unpacked: usize,
    },
    /// It was compressed, and something that is not compressed follows. That was not read.
    PackingFollowed {
        /// With which format.
        packing: Form,
        /// How many bytes follow.
        behind: u64,
    },
    /// It was compressed, and as it stands it has a line that reads as a From field: a program that
    /// does not unpack it may show another message.
    PackedText {
        /// With which format.
        packing: Form,
    },
    /// It is a file of Outlook (.msg): the header that Outlook kept was judged.
    OutlookMsg,
    /// A UTF-8 byte order mark was skipped.
    ByteOrderMark,
    /// This many empty lines before the header were skipped.
    EmptyLines(usize),
    /// It is a file of Apple Mail; its byte count and property list were skipped.
    Emlx(EmlxCount),
    /// Apple Mail left attachments out of it (`.partial.emlx`).
    AttachmentsLeftOut,
    /// It begins with this `From ` line of a mail folder, which was skipped.
    MboxLine(String),
    /// It is the page of Gmail's "Show original", pasted; its table was skipped.
    GmailPage {
        /// The SPF result in the table.
        spf: Option<String>,
        /// The client's address next to it.
        spf_ip: Option<IpAddr>,
        /// The DKIM result in the table.
        dkim: Option<String>,
        /// The domain next to it.
        dkim_domain: Option<String>,
        /// The DMARC result in the table.
        dmarc: Option<String>,
    },
    /// Pasted text may have lost spaces at line ends.
    PastedText,
    /// The message that was judged is an attached one.
    AttachedJudged {
        /// That message.
        judged: Attached,
        /// All attached messages.
        carried: AttachedList,
    },
    /// Messages are attached to the one that was judged.
    OthersAttached(AttachedList),
    /// Header fields beyond a limit were not read.
    FieldsLeftOut {
        /// How many.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// Lines in the header that are not header fields were skipped.
    StrayLines {
        /// The line number of the first of them, from 1.
        line: usize,
        /// How many.
        count: usize,
    },
    /// This line, from 1, is not a header field and so ends the header. It is the first line of the
    /// body.
    HeaderEndsAt(usize),
    /// The header has a CR without an LF after it, which ends no line here.
    BareCr {
        /// The line number of the first of them, from 1.
        line: usize,
        /// How many.
        count: usize,
    },
    /// No empty line ends the header, so there is no body.
    NoBody,
    /// Some lines end in CR LF and some in LF alone.
    MixedLineEnds {
        /// How many end in CR LF.
        crlf: usize,
        /// How many end in LF alone.
        lf: usize,
    },
    /// This many body lines begin with `>From `, as mail folders write it.
    QuotedFrom(usize),
    /// The file seems to end before the message does.
    Truncated(Truncation),
}

impl SourceNote {
    /// Whether a reader may see something by this note that no verdict is about.
    pub fn is_doubt(&self) -> bool {
        matches!(
            self,
            Self::FieldsLeftOut { .. }
                | Self::StrayLines { .. }
                | Self::PackingDamaged { .. }
                | Self::PackingFollowed { .. }
                | Self::PackedText { .. }
                | Self::Emlx(EmlxCount::NoPropertyList(_))
        )
    }

    /// Whether this note says that the file seems to end before the message does.
    pub fn is_truncation(&self) -> bool {
        matches!(
            self,
            Self::Truncated(_) | Self::PackingDamaged { .. } | Self::Emlx(EmlxCount::TooFewBytes)
        )
    }
}

/// Whether the byte count in a file of Apple Mail matches the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EmlxCount {
    /// It matches.
    Fits,
    /// It does not match: there are this many bytes before the property list, and all were taken.
    DoesNotFit(usize),
    /// There is no property list: this many bytes after the counted ones were ignored.
    NoPropertyList(usize),
    /// There are fewer bytes than counted.
    TooFewBytes,
}

/// Why a message seems to be cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Truncation {
    /// The header announces MIME parts, but there is no body.
    NoParts,
    /// The boundary that closes the MIME parts is missing.
    PartsNotClosed,
    /// A signature covers a body that is not empty, but nothing follows the header.
    NoSignedBody,
    /// A signature covers more bytes of the body (`l=`) than there are.
    ShorterThanSigned {
        /// The number of signed bytes.
        signed: usize,
        /// The number of bytes there are.
        found: usize,
    },
    /// Content-Length is more than the number of bytes of the body.
    ShorterThanCounted {
        /// The value of Content-Length.
        counted: usize,
        /// The number of bytes there are.
        found: usize,
    },
    /// The base64 text ends within a group of four digits.
    Base64BreaksOff,
}
