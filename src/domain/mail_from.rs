//! The custom MAIL FROM domain of a domain in SES.

use schemars::JsonSchema;
use serde::Serialize;

use crate::advice_lookups::{Answered, MAIL_FROM_LABELS};
use crate::dns::{Name, Question, RecordType};
use crate::ses::{Feedback, Region, records};

/// A MAIL FROM domain, and what is published there.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct MailFrom {
    /// The domain.
    pub domain: Name,
    /// Where it was found.
    pub origin: MailFromOrigin,
    /// Its mail exchangers, with their preference; `.` is the null MX. `None` if DNS did not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mx: Option<Vec<String>>,
    /// The region of SES whose feedback host is its mail exchanger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Whether its records are meant for SES.
    pub is_for_ses: bool,
    /// The aliases at the name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cname: Vec<Name>,
}

/// Where a MAIL FROM domain was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MailFromOrigin {
    /// The caller names it.
    Given,
    /// It has the MX of SES at one of the names that people choose.
    Guessed,
}

/// The questions about a MAIL FROM domain: the one that is `given`, or those that people choose below
/// `domain`.
pub(super) fn questions(domain: &Name, given: Option<&Name>) -> Vec<Question> {
    match given {
        Some(given) => [RecordType::Mx, RecordType::Txt]
            .map(|kind| Question::new(given.clone(), kind))
            .to_vec(),
        None => MAIL_FROM_LABELS
            .iter()
            .filter_map(|label| domain.under(label).ok())
            .map(|name| Question::new(name, RecordType::Mx))
            .collect(),
    }
}

/// The mail exchangers in an answer, with their preference; `.` is the null MX.
pub(super) fn exchanges(mx: &Answered) -> Vec<String> {
    let all = mx.exchanges().into_iter();
    let shown = all.map(|(preference, host)| match host {
        Some(host) => format!("{preference} {host}"),
        None => format!("{preference} ."),
    });
    shown.collect()
}

impl MailFrom {
    /// Reads the answer about the MX of a domain that the caller names.
    pub(super) fn given(domain: &Name, mx: &Answered, txt: &Answered) -> Self {
        let mut found = Self::read(domain, MailFromOrigin::Given, mx);
        let texts = txt.texts();
        let has_include = texts.iter().any(|text| text.contains(records::INCLUDE));
        found.is_for_ses |= found.mx.as_ref().is_some_and(Vec::is_empty) || has_include;
        found
    }

    /// Reads such an answer at a name that was guessed; `None` unless it is meant for SES.
    pub(super) fn guessed(domain: &Name, mx: &Answered) -> Option<Self> {
        let found = Self::read(domain, MailFromOrigin::Guessed, mx);
        found.is_for_ses.then_some(found)
    }

    fn read(domain: &Name, origin: MailFromOrigin, mx: &Answered) -> Self {
        let exchanges = mx.exchanges();
        let hosts = exchanges.iter().filter_map(|(_, host)| *host);
        let feedback: Vec<Feedback> = hosts.map(Feedback::of).collect();
        Self {
            domain: domain.clone(),
            origin,
            mx: mx.is_checked().then(|| self::exchanges(mx)),
            region: feedback.iter().find_map(|one| match one {
                Feedback::Host(region) => Some(region.clone()),
                _ => None,
            }),
            is_for_ses: feedback.iter().any(Feedback::is_meant),
            cname: mx.aliases().into_iter().cloned().collect(),
        }
    }
}
