//! One step of discovery: a name that was asked, what came of it, and why no policy was taken from
//! there.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::discover::{Answers, Rules, Walk};
use super::not_a_record::NotARecord;
use super::record::PolicyRecord;
use crate::Limits;
use crate::dns::{Failure, Lookup, LookupId, Name, Reply};

/// One step of discovery: a name that was asked, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// The domain whose record was looked for.
    pub domain: Name,
    /// The lookup of `_dmarc.` and the domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lookup: Option<LookupId>,
    /// What came of it.
    pub found: Found,
    /// The records, or the texts that are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub records: Arc<[String]>,
    /// The aliases that the answer came by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cname: Vec<Name>,
    /// Whether the policy is taken from here.
    pub taken: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<NotTaken>,
    /// A record that stands at the domain itself, where receivers do not look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misplaced: Option<String>,
    /// The record there, read, where there is just one.
    #[serde(skip)]
    pub(crate) record: Option<Arc<PolicyRecord>>,
}

/// What a query for a policy record gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Found {
    /// One policy record.
    Record,
    /// The name does not exist, or has no TXT record.
    Nothing,
    /// TXT records, none of which is a policy record.
    OtherText,
    /// Several policy records, which are all ignored.
    SeveralRecords,
    /// DNS did not answer.
    NoAnswer,
    /// The recorded DNS does not hold the question.
    NotRecorded,
}

/// Why no policy is taken from a step.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NotTaken {
    /// DNS did not answer.
    Dns {
        /// What it gave instead.
        #[serde(serialize_with = "as_text")]
        #[schemars(with = "String")]
        failure: Failure,
    },
    /// The name is an alias, and there is no text where it leads.
    LeadsNowhere {
        /// Where it leads.
        target: Name,
    },
    /// None of the texts is a policy record.
    OtherText {
        /// Why not, each reason once.
        why: Vec<NotARecord>,
    },
    /// Several records at one name are all ignored.
    SeveralRecords {
        /// Whether that ends the search, as RFC 7489 §6.6.3 has it.
        ends_search: bool,
    },
    /// The record of the author domain itself goes before.
    AuthorsOwn {
        /// The author domain.
        author: Name,
    },
    /// The domain is neither the author domain nor its organizational domain.
    OtherDomain {
        /// The author domain.
        author: Name,
        /// The domain whose record goes before.
        #[serde(skip_serializing_if = "Option::is_none")]
        taken: Option<Name>,
    },
}

fn as_text<S: Serializer>(failure: &Failure, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(failure)
}

impl Step {
    /// The record that is taken of all those on the way, and its domain.
    pub(crate) fn taken(steps: &[Self]) -> Option<(&Name, &PolicyRecord)> {
        let step = steps.iter().find(|step| step.taken)?;
        Some((&step.domain, step.record.as_deref()?))
    }

    /// The steps of `walk` from `author`, where the policy is taken from the record at `taken`.
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

    /// Takes in the texts that came back, and why they are no policy.
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

    /// Says whether the policy is taken from here: from `taken`, for `author`.
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

    /// A record at the domain itself, where nobody looks for it. Nothing is asked to find it.
    fn look_for_misplaced(&mut self, answers: &Answers, limits: &Limits) {
        let lookup = answers.text(&self.domain);
        let texts = lookup.map(|lookup| Texts::of(lookup, limits));
        let record = texts.as_ref().and_then(|texts| texts.records.first());
        self.misplaced = record.map(|record| record.text.clone());
    }
}

/// What came of the question for a record at `domain`, and the record where there is just one.
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
    /// Those that are policy records; all of them, where none is.
    shown: Arc<[String]>,
    records: Vec<Arc<PolicyRecord>>,
    /// Why the texts are no policy records, where none is; each reason once.
    why: Vec<NotARecord>,
}

impl Texts {
    /// Read once for all messages of a run.
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
