//! A message that is not as expected: what changed, and why.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::change::{Change, changes};
use super::expect::{Expectation, FORMAT, is_other_line_ends};
use super::reason::{Baseline, Reason, reasons};
use crate::Inspection;

/// A message of a corpus that has changed.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// Its name within the corpus.
    pub name: String,
    /// Its file; the file of its expectation if the message no longer exists.
    #[serde(skip)]
    pub file: PathBuf,
    /// What happened to it.
    pub kind: DifferenceKind,
    /// Its former name, if it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// The domain in From, if there is a single one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_domain: Option<String>,
    /// What differs from the expectation.
    pub changes: Vec<Change>,
    /// The reasons, as far as they are known.
    pub reasons: Vec<Reason>,
}

/// What happened to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// It differs from its expectation.
    Changed,
    /// It has no expectation yet.
    New,
    /// It no longer exists.
    Removed,
    /// It is the same message under another name.
    Renamed,
    /// Its expectation cannot be read.
    Unreadable,
}

impl Difference {
    /// A difference without changes.
    pub fn new(name: String, file: PathBuf, kind: DifferenceKind) -> Self {
        Self {
            name,
            file,
            kind,
            renamed_from: None,
            from_domain: None,
            changes: Vec::new(),
            reasons: Vec::new(),
        }
    }

    /// The difference between `found` and `expected`, the text of an expectation; `None` if there
    /// is none. Values that only one of them has are not compared: they come from another version.
    /// `octets` are those of the message.
    pub fn find(
        expected: &[u8],
        found: &Expectation,
        octets: Option<&[u8]>,
        inspection: Option<&Inspection>,
        baseline: &Baseline,
    ) -> Option<Self> {
        let mut difference = Self::new(String::new(), PathBuf::new(), DifferenceKind::Changed);
        difference.from_domain = found.author_domain().map(str::to_owned);
        let expected = match read(expected) {
            Ok(expected) => expected,
            Err(problem) => {
                difference.kind = DifferenceKind::Unreadable;
                difference.reasons.push(Reason::Unreadable { problem });
                return Some(difference);
            }
        };
        difference.changes = changes(&expected, found, inspection);
        if difference.changes.is_empty() {
            return None;
        }
        let analysis = inspection.map(|inspection| &inspection.analysis);
        let is_line_ends = expected.message() != found.message()
            && octets
                .zip(expected.message())
                .is_some_and(|(octets, hash)| is_other_line_ends(octets, hash));
        difference.reasons = reasons(&difference.changes, is_line_ends, analysis, baseline);
        Some(difference)
    }

    /// The same difference, for a message with this domain in From.
    pub fn from(self, from_domain: Option<&str>) -> Self {
        Self {
            from_domain: from_domain.map(str::to_owned),
            ..self
        }
    }

    /// The same difference, for the message with this name in this file.
    pub fn of(self, name: String, file: PathBuf) -> Self {
        Self { name, file, ..self }
    }

    /// Whether it makes a check fail; a new name alone does not.
    pub fn is_failure(&self) -> bool {
        self.kind != DifferenceKind::Renamed || !self.changes.is_empty()
    }
}

/// The first values of an expectation of any version.
#[derive(Deserialize)]
struct Head {
    sesauth_expected: Option<u64>,
    message: Option<String>,
}

/// The hash of the message that the text of an expectation is about.
pub fn message_of(expected: &[u8]) -> Option<String> {
    let head: Head = serde_json::from_slice(expected).ok()?;
    let is_known = head.sesauth_expected == Some(u64::from(FORMAT));
    head.message.filter(|_| is_known)
}

/// Whether a text is an expectation, of any version.
pub(super) fn is_expectation(text: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct AnyHead {
        #[serde(rename = "sesauth_expected")]
        _format: serde::de::IgnoredAny,
    }
    serde_json::from_slice::<AnyHead>(text).is_ok()
}

fn read(expected: &[u8]) -> Result<Expectation, String> {
    const HELP: &str = "look at it, or write it anew with `sesauth corpus update`";
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(expected) {
        return Err(format!("it is not JSON ({error}); {HELP}"));
    }
    let head: Option<Head> = serde_json::from_slice(expected).ok();
    match head.and_then(|head| head.sesauth_expected) {
        Some(format) if format == u64::from(FORMAT) => (),
        Some(format) => {
            return Err(format!(
                "its format {format} is not known here, only {FORMAT}; check with the version that \
                 wrote it, or write it anew with `sesauth corpus update`"
            ));
        }
        None => {
            return Err(format!(
                "it does not say \"sesauth_expected\":{FORMAT}; {HELP}"
            ));
        }
    }
    let read: Expectation = serde_json::from_slice(expected)
        .map_err(|error| format!("it is no expectation ({error}); {HELP}"))?;
    match lacking(&read) {
        Some(key) => Err(format!("it does not say \"{key}\"; {HELP}")),
        None => Ok(read),
    }
}

/// A value that every expectation must have but this one does not: without it nothing would be
/// compared.
fn lacking(expected: &Expectation) -> Option<&'static str> {
    let dmarc = expected.dmarc.as_ref();
    let dmarc = dmarc.and_then(|dmarc| dmarc.result.as_ref()?.as_ref());
    let spf = expected.spf.as_ref().and_then(|spf| spf.mail_from.as_ref());
    let spf = spf.and_then(|spf| spf.result.as_ref()?.as_ref());
    let says = [
        ("conclusion", expected.conclusion.is_some()),
        ("dmarc", dmarc.is_some()),
        ("spf", spf.is_some()),
        ("dkim", expected.dkim.is_some()),
        ("findings", expected.findings.is_some()),
    ];
    let lacking = says.into_iter().find(|(_, is_said)| !is_said);
    let lacking = lacking.map(|(key, _)| key);
    lacking.filter(|_| expected.error.is_none())
}
