//! Why a file gave no report, or not all of them.

/// Why a file gave no report, or not all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportFault {
    /// It could not be read to its end.
    Unreadable(String),
    /// It has more octets than are read.
    TooLarge(usize),
    /// All that is in the file unpacks to more octets than this.
    UnpacksToMore(u64),
    /// It is packed in this form, and damaged.
    Packed(&'static str, String),
    /// An archive holds more than this many files; the others were not read.
    TooManyFiles(usize),
    /// Files within files, deeper than is followed.
    TooDeeplyPacked,
    /// It is neither XML, nor packed, nor a message.
    NotAReport,
    /// It is XML whose outermost element is this.
    OtherXml(String),
    /// It is a message without a report attached.
    NothingAttached,
    /// It is XML with an error, near this octet.
    Xml(u64, String),
    /// It ends before the report does.
    CutOff,
    /// It has a document type, which a report has no use for.
    DocumentType,
    /// It refers to an entity that is not one of the five of XML.
    Entity(String),
    /// Its elements are nested more deeply than this.
    TooDeep(usize),
    /// It has more records than this.
    TooManyRecords(usize),
    /// One tag, comment or piece of text is longer than this.
    TooLong(usize),
    /// It does not say for which domain it is.
    NoDomain,
}
