//! What a finding is based on.

use schemars::JsonSchema;
use serde::Serialize;

use crate::dns::{Lookup, LookupId, Name, RecordType};
use crate::evidence_class::EvidenceClass;
use crate::session::{Provenance, Sourced, Wanted};

/// Where something was seen, and how certain it is.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Mark {
    /// The kind of evidence.
    pub class: EvidenceClass,
    /// Where it was seen.
    pub anchor: Anchor,
}

/// One thing that was seen, where, and how certain it is.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Observation {
    /// Where, and how certain it is.
    #[serde(flatten)]
    pub mark: Mark,
    /// What was seen; no capital letter, no full stop.
    pub text: String,
}

/// Where something was seen.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Anchor {
    /// In a header field.
    Field {
        /// Its name.
        name: String,
        /// Its number among the fields with this name, from the top, from 1.
        number: usize,
        /// Where it begins in the file.
        start: usize,
        /// Where it ends: the byte after the last.
        end: usize,
    },
    /// At an octet of the file.
    Octet {
        /// The number of its line, from 1.
        line: usize,
        /// Its number in that line, from 1.
        octet: usize,
    },
    /// In an answer of DNS.
    Lookup {
        /// The number of the lookup.
        id: LookupId,
        /// The name that was asked about.
        name: Name,
        /// The type that was asked for.
        #[serde(rename = "type")]
        record_type: RecordType,
    },
    /// In a value of the session.
    Session {
        /// Which value.
        value: Wanted,
        /// Where the value was found.
        from: Provenance,
    },
    /// In a verdict.
    Verdict {
        /// Which verdict.
        of: Judged,
    },
}

/// What a verdict is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Judged {
    /// SPF for the reverse-path.
    SpfMailFrom,
    /// SPF for the HELO name.
    SpfHelo,
    /// The signature with this number, from 1.
    Dkim(usize),
    /// DMARC.
    Dmarc,
    /// The conclusion of the analysis.
    Conclusion,
    /// Signs of Amazon SES.
    Ses,
    /// What Amazon SES says of the identity.
    SesIdentity,
}

impl Mark {
    /// A mark at an answer of DNS.
    pub fn dns(lookup: &Lookup) -> Self {
        Self {
            class: EvidenceClass::ProvedByDns,
            anchor: Anchor::Lookup {
                id: lookup.id,
                name: lookup.question.name.clone(),
                record_type: lookup.question.kind,
            },
        }
    }

    /// A mark at an octet of the file, counted from 1.
    pub fn octet(line: usize, octet: usize) -> Self {
        Self {
            class: EvidenceClass::Inferred,
            anchor: Anchor::Octet { line, octet },
        }
    }

    /// A mark at a verdict.
    pub fn verdict(of: Judged, class: EvidenceClass) -> Self {
        Self {
            class,
            anchor: Anchor::Verdict { of },
        }
    }

    /// A mark at a value of the session. A value from the caller or a file of
    /// metadata is not a claim of a header field.
    pub fn session<T>(value: Wanted, sourced: &Sourced<T>) -> Self {
        Self {
            class: match sourced.from {
                Provenance::Flag(_) | Provenance::Metadata => EvidenceClass::Inferred,
                _ => EvidenceClass::ClaimedByHeader,
            },
            anchor: Anchor::Session {
                value,
                from: sourced.from,
            },
        }
    }

    /// The same mark with another kind of evidence.
    pub fn class(self, class: EvidenceClass) -> Self {
        Self { class, ..self }
    }

    /// Adds what was seen there; no capital letter, no full stop.
    pub fn says(self, text: impl Into<String>) -> Observation {
        Observation {
            mark: self,
            text: text.into(),
        }
    }
}
