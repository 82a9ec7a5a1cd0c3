//! One step of policy discovery: a name that was looked up, what was found, and why the policy was
//! not taken from there.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::discover::{Answers, Rules, Walk};
use super::not_a_record::NotARecord;
use super::record::PolicyRecord;
use crate::Limits;
use crate::dns::{Failure, Lookup, LookupId, Name, Reply};

/// One step of policy discovery: a name that was looked up, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// The domain whose record was looked up.
    pub domain: Name,
    /// The lookup of `_dmarc.` plus the domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookup: Option<LookupId>,
    /// What was found.
    pub found: Found,
    /// The records, or the texts that are not records.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub records: Arc<[String]>,
    /// The aliases that led to the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cname: Vec<Name>,
    /// Whether the policy is taken from here.
    pub taken: bool,
    /// Why it is not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<NotTaken>,
    /// A record at the domain itself, where receivers do not look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misplaced: Option<String>,
    /// The parsed record, if there is exactly one.
    #[serde(skip)]
    pub(crate) record: Option<Arc<PolicyRecord>>,
}

/// What the query for a policy record gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Found {
    /// One policy record.
    Record,
    /// The name does not exist, or has no TXT record.
    Nothing,
    /// TXT records, but no policy record.
    OtherText,
    /// Several policy records, which are all ignored.
    SeveralRecords,
    /// DNS did not answer.
    NoAnswer,
    /// The recording does not have the question.
    NotRecorded,
}

/// Why the policy is not taken from a step.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NotTaken {
    /// DNS did not answer.
    Dns {
        /// The failure.
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        failure: Failure,
    },
    /// The name is an alias, and its target has no TXT record.
    LeadsNowhere {
        /// The target.
        target: Name,
    },
    /// None of the texts is a policy record.
    OtherText {
        /// Why they are not; each reason once.
        why: Vec<NotARecord>,
    },
    /// There are several records at the name, so all are ignored.
    SeveralRecords {
        /// Whether that ends the search (RFC 7489 §6.6.3).
        ends_search: bool,
    },
    /// The record of the Author Domain has priority.
    AuthorsOwn {
        /// The Author Domain.
        author: Name,
    },
    /// The domain is neither the Author Domain nor its Organizational Domain.
    OtherDomain {
        /// The Author Domain.
        author: Name,
        /// The domain whose record is taken.
        #[serde(skip_serializing_if = "Option::is_none")]
        taken: Option<Name>,
    },
}

fn as_text<S: Serializer>(failure: &Failure, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(failure)
}

impl Step {
    /// The record from which the policy is taken, and its domain.
    pub(crate) fn taken(steps: &[Self]) -> Option<(&Name, &PolicyRecord)> {
        let step = steps.iter().find(|step| step.taken)?;
        Some((&step.domain, step.record.as_deref()?))
    }

    /// The steps of `walk` from `author`, if the policy is taken from the record at `taken`.
    pub(super) fn all(
        walk: &Walk,
        taken: Option<&Name>,
        answers: &Answers,
        limits: &Limits,
    ) -> Vec<Self> {
        let steps = walk.asked.iter().map(|domain| {
            let mut step = Self::new(walk.rules, domain, answers, limits);
            step.conclude(&walk.start, taken);
            step
        });
        steps.collect()
    }

    fn new(rules: Rules, domain: &Name, answers: &Answers, limits: &Limits) -> Self {
        let (found, record) = look(domain, answers, limits);
        let mut step = Self {
            domain: domain.clone(),
            lookup: None,
            found,
            records: Arc::default(),
            cname: Vec::new(),
            taken: false,
            reason: None,
            misplaced: None,
            record,
        };
        if let Some(lookup) = answers.policy(domain) {
            step.lookup = Some(lookup.id);
            step.cname = lookup.reply.cname().to_vec();
            step.read(rules, lookup, limits);
            if step.record.is_none() {
                step.look_for_misplaced(answers, limits);
            }
        }
        step
    }

    /// Adds the texts that were found, and why they are not policy records.
    fn read(&mut self, rules: Rules, lookup: &Lookup, limits: &Limits) {
        self.reason = match &lookup.reply {
            Reply::TempFail(failure) => Some(NotTaken::Dns {
                failure: failure.clone(),
            }),
            Reply::NotRecorded => None,
            Reply::NoData(_) | Reply::NxDomain(_) => {
                let target = self.cname.last().cloned();
                target.map(|target| NotTaken::LeadsNowhere { target })
            }
            Reply::Records(_) => {
                let texts = Texts::of(lookup, limits);
                self.records = Arc::clone(&texts.shown);
                match self.found {
                    Found::OtherText => Some(NotTaken::OtherText {
                        why: texts.why.clone(),
                    }),
                    Found::SeveralRecords => Some(NotTaken::SeveralRecords {
                        ends_search: rules == Rules::Rfc7489,
                    }),
                    _ => None,
                }
            }
        };
    }

    /// Sets whether the policy is taken from here: `taken` is the domain whose record is taken.
    fn conclude(&mut self, author: &Name, taken: Option<&Name>) {
        self.taken = taken == Some(&self.domain);
        if self.found != Found::Record || self.taken {
            return;
        }
        let author = author.clone();
        self.reason = Some(match taken {
            Some(taken) if *taken == author => NotTaken::AuthorsOwn { author },
            taken => NotTaken::OtherDomain {
                author,
                taken: taken.cloned(),
            },
        });
    }

    /// Finds a record at the domain itself, where receivers do not look. Asks no question for it.
    fn look_for_misplaced(&mut self, answers: &Answers, limits: &Limits) {
        let lookup = answers.text(&self.domain);
        let texts = lookup.map(|lookup| Texts::of(lookup, limits));
        let record = texts.as_ref().and_then(|texts| texts.records.first());
        self.misplaced = record.map(|record| record.text.clone());
    }
}

/// The result of the question for a record at `domain`, and the record if there is exactly one.
pub(super) fn look(
    domain: &Name,
    answers: &Answers,
    limits: &Limits,
) -> (Found, Option<Arc<PolicyRecord>>) {
    let Some(lookup) = answers.policy(domain) else {
        return (Found::Nothing, None);
    };
    match &lookup.reply {
        Reply::TempFail(_) => (Found::NoAnswer, None),
        Reply::NotRecorded => (Found::NotRecorded, None),
        Reply::NoData(_) | Reply::NxDomain(_) => (Found::Nothing, None),
        Reply::Records(_) => match Texts::of(lookup, limits).records.as_slice() {
            [] => (Found::OtherText, None),
            [only] => (Found::Record, Some(Arc::clone(only))),
            _ => (Found::SeveralRecords, None),
        },
    }
}

/// The texts in a response, and the policy records among them.
struct Texts {
    /// The policy records; if there are none, all texts.
    shown: Arc<[String]>,
    records: Vec<Arc<PolicyRecord>>,
    /// Why the texts are not policy records, if there are none; each reason once.
    why: Vec<NotARecord>,
}

impl Texts {
    /// Parsed once for all messages of a run.
    fn of(lookup: &Lookup, limits: &Limits) -> Arc<Self> {
        lookup.reading(|reply| {
            let joined = reply.txt().map(|txt| {
                let mut text = txt.joined();
                text.truncate(limits.dmarc_record_bytes);
                text
            });
            let texts: Vec<Vec<u8>> = joined.collect();
            let records = texts.iter().filter_map(|text| PolicyRecord::parse(text));
            let records: Vec<Arc<PolicyRecord>> = records.map(Arc::new).collect();
            if !records.is_empty() {
                let shown = records.iter().map(|record| record.text.clone());
                return Self {
                    shown: shown.collect(),
                    records,
                    why: Vec::new(),
                };
            }
            let texts = texts.iter().map(|text| String::from_utf8_lossy(text));
            let shown: Arc<[String]> = texts.map(|text| text.into_owned()).collect();
            let mut why = Vec::new();
            for reason in shown.iter().map(|text| NotARecord::of(text)) {
                if !why.contains(&reason) {
                    why.push(reason);
                }
            }
            Self {
                shown,
                records,
                why,
            }
        })
    }
}
