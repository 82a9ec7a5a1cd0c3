//! What was taken off a saved file, and what it may have lost, as data; `explain/source.rs` has the
//! words. Texts are quoted from the file and cut short.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use super::Form;
use super::attached::{Attached, AttachedList};

/// What to know of the file that a message was read from.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SourceNote {
    /// It was packed.
    Unpacked {
        /// How.
        packing: Form,
    },
    /// It was packed, and is damaged or cut off.
    PackingDamaged {
        /// How.
        packing: Form,
        /// How many bytes it gave.
        unpacked: usize,
    },
    /// A UTF-8 byte order mark was passed over.
    ByteOrderMark,
    /// So many empty lines before the header were passed over.
    EmptyLines(usize),
    /// It is a file of Apple Mail, whose count and property list were passed over.
    Emlx(EmlxCount),
    /// Apple Mail left attachments out of it (`.partial.emlx`).
    AttachmentsLeftOut,
    /// It begins with this `From ` line of a mail folder, which was passed over.
    MboxLine(String),
    /// It is the page of Gmail's "Show original", pasted, whose table was passed over.
    GmailPage {
        /// What the table says of SPF.
        spf: Option<String>,
        /// The client's address beside it.
        spf_ip: Option<IpAddr>,
        /// What it says of DKIM.
        dkim: Option<String>,
        /// The domain beside it.
        dkim_domain: Option<String>,
        /// What it says of DMARC.
        dmarc: Option<String>,
    },
    /// Pasted text can have lost spaces at line ends.
    PastedText,
    /// What was judged is an attached message.
    AttachedJudged {
        /// It.
        judged: Attached,
        /// All that are attached.
        carried: AttachedList,
    },
    /// Other messages are attached to the one that was judged.
    OthersAttached(AttachedList),
    /// Header fields beyond a limit were not read.
    FieldsLeftOut {
        /// How many.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// Lines in the header are no header field and were passed over.
    StrayLines {
        /// The first of them, from 1.
        line: usize,
        /// How many.
        count: usize,
    },
    /// No empty line ends the header, so that there is no body.
    NoBody,
    /// Some lines end in CR LF and some in LF alone.
    MixedLineEnds {
        /// How many end in CR LF.
        crlf: usize,
        /// How many end in LF alone.
        lf: usize,
    },
    /// So many lines of the body begin with `>From `, as mail folders write it.
    QuotedFrom(usize),
    /// It seems to end before the message does.
    Truncated(Truncation),
}

impl SourceNote {
    /// Whether it says that the file seems to end before the message does.
    pub fn is_truncation(&self) -> bool {
        matches!(
            self,
            Self::Truncated(_) | Self::PackingDamaged { .. } | Self::Emlx(EmlxCount::TooFewBytes)
        )
    }
}

/// How the count of bytes in a file of Apple Mail fits what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EmlxCount {
    /// It fits.
    Fits,
    /// It does not: so many bytes stand before the property list, and all were taken.
    DoesNotFit(usize),
    /// No property list follows: so many bytes behind the count were left out.
    NoPropertyList(usize),
    /// There are fewer bytes than it counts.
    TooFewBytes,
}

/// Why a message seems to be only the first part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Truncation {
    /// The header announces parts, and no body follows.
    NoParts,
    /// The boundary that would close the parts is missing.
    PartsNotClosed,
    /// A signature covers a body that is not empty, and nothing follows the header.
    NoSignedBody,
    /// A signature covers more octets of body (`l=`) than there are.
    ShorterThanSigned {
        /// So many.
        signed: usize,
        /// So many are there.
        found: usize,
    },
    /// Content-Length counts more octets of body than there are.
    ShorterThanCounted {
        /// So many.
        counted: usize,
        /// So many are there.
        found: usize,
    },
    /// Base64 breaks off within four digits.
    Base64BreaksOff,
}
