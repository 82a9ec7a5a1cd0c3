//! On what a finding rests.

use schemars::JsonSchema;
use serde::Serialize;

use crate::dns::{Lookup, LookupId, Name, RecordType};
use crate::evidence_class::EvidenceClass;
use crate::session::{Provenance, Sourced, Wanted};

/// Where something was seen, and how sure it is.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Mark {
    /// On what it rests.
    pub class: EvidenceClass,
    /// Where it was seen.
    pub anchor: Anchor,
}

/// One thing that was seen, where, and how sure it is.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Observation {
    /// Where, and how sure it is.
    #[serde(flatten)]
    pub mark: Mark,
    /// What was seen; no capital letter, no full stop.
    pub text: String,
}

/// Where something was seen.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Anchor {
    /// In a header field.
    Field {
        /// Its name.
        name: String,
        /// Which of this name, from the top, from 1.
        number: usize,
        /// Where it begins in the file.
        start: usize,
        /// Where it ends: before this byte.
        end: usize,
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
        /// Where that was found.
        from: Provenance,
    },
    /// In a verdict.
    Verdict {
        /// Which.
        of: Judged,
    },
}

/// What a verdict is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judged {
    /// SPF for the reverse-path.
    SpfMailFrom,
    /// SPF for the HELO name.
    SpfHelo,
    /// The signature of this number, from 1.
    Dkim(usize),
    /// DMARC.
    Dmarc,
    /// All of them together.
    Conclusion,
    /// Signs of Amazon SES.
    Ses,
}

impl Mark {
    /// In an answer of DNS.
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

    /// In a verdict.
    pub fn verdict(of: Judged, class: EvidenceClass) -> Self {
        Self {
            class,
            anchor: Anchor::Verdict { of },
        }
    }

    /// In what is known of the session. What the caller says of it is no header field's claim.
    pub fn session<T>(value: Wanted, sourced: &Sourced<T>) -> Self {
        Self {
            class: match sourced.from {
                Provenance::Flag(_) => EvidenceClass::Inferred,
                _ => EvidenceClass::ClaimedByHeader,
            },
            anchor: Anchor::Session {
                value,
                from: sourced.from,
            },
        }
    }

    /// The same, resting on something else.
    pub fn class(self, class: EvidenceClass) -> Self {
        Self { class, ..self }
    }

    /// With what was seen there; no capital letter, no full stop.
    pub fn says(self, text: impl Into<String>) -> Observation {
        Observation {
            mark: self,
            text: text.into(),
        }
    }
}
