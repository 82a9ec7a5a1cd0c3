//! What is not as expected, and why: verdict by verdict, with the reason that the new analysis gives
//! and what is behind it.

use std::path::PathBuf;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::expect::{Expectation, FORMAT};
use crate::Analysis;
use crate::claims::{Claim, Comparison};
use crate::dns::{Lookup, Name, Question, RecordType, Reply, Snapshot, is_same, zone_data};

/// How many changed answers are named as reasons.
const REASONS: usize = 10;

/// A message of a corpus that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Difference {
    /// Its name within the corpus.
    pub name: String,
    /// The file that it is in; the one of its expectation where it is there no more.
    #[serde(skip)]
    pub file: PathBuf,
    /// What happened to it.
    pub kind: DifferenceKind,
    /// What it was called, where it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// What is other than expected.
    pub changes: Vec<Change>,
    /// Why, as far as that can be told.
    pub reasons: Vec<Reason>,
}

/// What happened to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// It is other than expected.
    Changed,
    /// Nothing is expected of it yet.
    New,
    /// It is there no more.
    Removed,
    /// It is the same under another name.
    Renamed,
    /// What is expected of it cannot be read.
    Unreadable,
}

/// One verdict that is other than expected.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Change {
    /// Which.
    pub part: Changed,
    /// Which signature or field it is, from 1, where there may be several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<usize>,
    /// What of it; the result first.
    pub fields: Vec<FieldChange>,
    /// How the new analysis explains it.
    pub because: Option<String>,
}

/// What can be other than expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Changed {
    /// The message itself.
    Message,
    /// Whether it can be analysed.
    Error,
    /// The conclusion.
    Conclusion,
    /// DMARC.
    Dmarc,
    /// SPF for the reverse-path.
    Spf,
    /// SPF for the HELO name.
    Helo,
    /// A signature.
    Dkim,
    /// ARC.
    Arc,
    /// What a receiver said, beside ours.
    Claim,
    /// A finding.
    Finding,
}

/// One value that is other than expected.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct FieldChange {
    /// Its name in the expectation.
    pub field: String,
    /// As expected; `None` where nothing was.
    pub was: Option<String>,
    /// As it is.
    pub is: Option<String>,
}

/// What is behind a difference.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason {
    /// The octets of the message are others.
    Message,
    /// DNS answers otherwise than when the corpus was recorded.
    Dns {
        /// The name that was asked about.
        name: Name,
        /// The type that was asked for.
        #[serde(rename = "type")]
        record_type: RecordType,
        /// The answer then; `None` where it was not asked.
        was: Option<String>,
        /// The answer now.
        is: String,
    },
    /// There are more such answers.
    MoreDns {
        /// How many.
        count: usize,
    },
    /// Another version of the program judged.
    Version {
        /// The one that recorded.
        was: String,
        /// This one.
        is: String,
    },
    /// None of these: what is expected was changed, or how messages are judged.
    Expectation,
    /// What is expected cannot be read.
    Unreadable {
        /// Why, and what to do.
        problem: String,
    },
}

/// Against what differences are explained.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The answers of the corpus.
    pub snapshot: Snapshot,
    /// When they were recorded, as the settings say.
    pub captured: Option<Timestamp>,
    /// What recorded the corpus.
    pub written_by: String,
    /// What checks it.
    pub checked_by: String,
}

impl Difference {
    /// One without changes.
    pub fn new(name: String, file: PathBuf, kind: DifferenceKind) -> Self {
        Self {
            name,
            file,
            kind,
            renamed_from: None,
            changes: Vec::new(),
            reasons: Vec::new(),
        }
    }

    /// What is other in `found` than in `expected`, which is the text of an expectation; `None`
    /// where nothing is. Values that only one of them has are not compared: they are of another
    /// version.
    pub fn find(
        expected: &[u8],
        found: &Expectation,
        analysis: Option<&Analysis>,
        baseline: &Baseline,
    ) -> Option<Self> {
        let mut difference = Self::new(String::new(), PathBuf::new(), DifferenceKind::Changed);
        let expected = match read(expected) {
            Ok(expected) => expected,
            Err(problem) => {
                difference.kind = DifferenceKind::Unreadable;
                difference.reasons.push(Reason::Unreadable { problem });
                return Some(difference);
            }
        };
        // It holds strings, numbers and lists alone.
        let found = serde_json::to_value(found).unwrap_or_default();
        difference.changes = changes(&expected, &found, analysis);
        if difference.changes.is_empty() {
            return None;
        }
        difference.reasons = reasons(&difference.changes, analysis, baseline);
        Some(difference)
    }

    /// The same, of the message of this name in this file.
    pub fn of(self, name: String, file: PathBuf) -> Self {
        Self { name, file, ..self }
    }

    /// Whether it makes a check fail: a new name alone does not.
    pub fn is_failure(&self) -> bool {
        self.kind != DifferenceKind::Renamed || !self.changes.is_empty()
    }
}

/// The hash of the message that the text of an expectation is about.
pub fn message_of(expected: &[u8]) -> Option<String> {
    let expected = read(expected).ok()?;
    expected["message"].as_str().map(str::to_owned)
}

fn read(expected: &[u8]) -> Result<Value, String> {
    const HELP: &str = "look at it, or write it anew with `sesauth corpus update`";
    let value: Value = serde_json::from_slice(expected)
        .map_err(|error| format!("it is not JSON ({error}); {HELP}"))?;
    match value["sesauth_expected"].as_u64() {
        Some(format) if format == u64::from(FORMAT) => Ok(value),
        Some(format) => Err(format!(
            "its format {format} is not known here, only {FORMAT}; check with the version that wrote \
             it, or write it anew with `sesauth corpus update`"
        )),
        None => Err(format!(
            "it does not say \"sesauth_expected\":{FORMAT}; {HELP}"
        )),
    }
}

fn changes(was: &Value, is: &Value, analysis: Option<&Analysis>) -> Vec<Change> {
    let mut changes = Changes(Vec::new());
    changes.of_value(Changed::Message, &was["message"], &is["message"], None);
    if was.get("error").is_some() || is.get("error").is_some() {
        changes.of_value(Changed::Error, &was["error"], &is["error"], None);
        return changes.0;
    }
    let because = |text: fn(&Analysis) -> String| analysis.map(text);
    let conclusion = because(|analysis| analysis.conclusion.sentence.clone());
    changes.of_value(
        Changed::Conclusion,
        &was["conclusion"],
        &is["conclusion"],
        conclusion.clone(),
    );
    let is_said = changes
        .0
        .iter()
        .any(|change| change.part == Changed::Conclusion);
    let conclusion = conclusion.filter(|_| !is_said);
    changes.of_value(Changed::Dmarc, &was["dmarc"], &is["dmarc"], conclusion);
    changes.of_value(
        Changed::Spf,
        &was["spf"]["mail_from"],
        &is["spf"]["mail_from"],
        because(|analysis| analysis.spf.mail_from.sentence.clone()),
    );
    changes.of_value(
        Changed::Helo,
        &was["spf"]["helo"],
        &is["spf"]["helo"],
        because(|analysis| analysis.spf.helo.sentence.clone()),
    );
    changes.of_list(Changed::Dkim, &was["dkim"], &is["dkim"], |index| {
        let verdict = analysis?.dkim.get(index)?;
        let tag = |tag: &str, name: &Option<Name>| {
            let name = name.as_ref();
            name.map_or(String::new(), |name| format!("{tag}={name} "))
        };
        let tags = tag("s", &verdict.selector) + &tag("d", &verdict.domain);
        Some(format!("{}: {}", tags.trim_end(), verdict.detail))
    });
    changes.of_value(
        Changed::Arc,
        &was["arc"],
        &is["arc"],
        because(|analysis| analysis.arc.detail.clone()),
    );
    changes.of_list(Changed::Claim, &was["claims"], &is["claims"], |index| {
        explanation(analysis?.claims.get(index)?)
    });
    changes.of_findings(&was["findings"], &is["findings"], analysis);
    changes.0
}

/// How a field is explained, in a result that differs from ours before others.
fn explanation(claim: &Claim) -> Option<String> {
    let explained = claim.results.iter();
    let explained = explained.filter(|result| result.explanation.is_some());
    let result = explained.min_by_key(|result| result.comparison != Comparison::Differ)?;
    let explanation = result.explanation.as_deref()?;
    Some(format!("{}: {explanation}", result.method))
}

struct Changes(Vec<Change>);

impl Changes {
    fn add(
        &mut self,
        part: Changed,
        number: Option<usize>,
        mut fields: Vec<FieldChange>,
        because: Option<String>,
    ) {
        if fields.is_empty() {
            return;
        }
        fields.sort_by_key(|change| match change.field.as_str() {
            "" | "result" => 0,
            "cause" => 1,
            field if field.ends_with(" comparison") => 2,
            _ => 3,
        });
        self.0.push(Change {
            part,
            number,
            fields,
            because,
        });
    }

    fn of_value(&mut self, part: Changed, was: &Value, is: &Value, because: Option<String>) {
        let is_unknown = was.is_null() && !matches!(part, Changed::Message | Changed::Error);
        let mut fields = Vec::new();
        if !is_unknown {
            compare("", was, is, &mut fields);
        }
        self.add(part, None, fields, because);
    }

    fn of_list(
        &mut self,
        part: Changed,
        was: &Value,
        is: &Value,
        because: impl Fn(usize) -> Option<String>,
    ) {
        let (Some(was), Some(is)) = (was.as_array(), is.as_array()) else {
            return;
        };
        for index in 0..was.len().max(is.len()) {
            let mut fields = Vec::new();
            let (was, is) = (was.get(index), is.get(index));
            compare_elements("", was, is, &mut fields);
            let because = is.and_then(|_| because(index));
            self.add(part, Some(index + 1), fields, because);
        }
    }

    /// One change for each finding, wherever it stands in the list.
    fn of_findings(&mut self, was: &Value, is: &Value, analysis: Option<&Analysis>) {
        let (Some(was), Some(is)) = (was.as_array(), is.as_array()) else {
            return;
        };
        let mut gone: Vec<&Value> = was.iter().collect();
        let mut come = Vec::new();
        for (index, finding) in is.iter().enumerate() {
            match gone.iter().position(|known| *known == finding) {
                Some(at) => _ = gone.remove(at),
                None => come.push((index, finding)),
            }
        }
        let field = |was, is| FieldChange {
            field: String::new(),
            was,
            is,
        };
        for (index, finding) in come {
            let fields = vec![field(None, text(finding))];
            let found = analysis.and_then(|analysis| analysis.findings.get(index));
            let because = found.map(|finding| finding.message.clone());
            self.add(Changed::Finding, None, fields, because);
        }
        for finding in gone {
            let fields = vec![field(text(finding), None)];
            self.add(Changed::Finding, None, fields, None);
        }
    }
}

/// Adds what differs between two values, each called by the path that leads to it.
fn compare(path: &str, was: &Value, is: &Value, changes: &mut Vec<FieldChange>) {
    let within = |key: &str| match path {
        "" => key.to_owned(),
        path => format!("{path} {key}"),
    };
    match (was, is) {
        (Value::Object(was), Value::Object(is)) => {
            for (key, is) in is {
                if let Some(was) = was.get(key) {
                    compare(&within(key), was, is, changes);
                }
            }
        }
        (Value::Array(was), Value::Array(is)) if was.iter().chain(is).any(Value::is_object) => {
            for index in 0..was.len().max(is.len()) {
                let (was, is) = (was.get(index), is.get(index));
                // A claimed result is better known by its method than by its place.
                let method = is.or(was).and_then(|one| one["method"].as_str());
                let path = method.map_or_else(|| within(&(index + 1).to_string()), str::to_owned);
                compare_elements(&path, was, is, changes);
            }
        }
        _ if was == is => (),
        _ => changes.push(FieldChange {
            field: path.to_owned(),
            was: text(was),
            is: text(is),
        }),
    }
}

fn compare_elements(
    path: &str,
    was: Option<&Value>,
    is: Option<&Value>,
    changes: &mut Vec<FieldChange>,
) {
    match (was, is) {
        (Some(was), Some(is)) => compare(path, was, is, changes),
        _ => changes.push(FieldChange {
            field: path.to_owned(),
            was: was.and_then(text),
            is: is.and_then(text),
        }),
    }
}

/// A value in a few words; `None` where there is none.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(values) if values.is_empty() => None,
        Value::Array(values) => {
            let values: Vec<String> = values.iter().filter_map(text).collect();
            Some(values.join(", "))
        }
        Value::Object(values) => {
            let values: Vec<String> = values.values().filter_map(text).collect();
            Some(values.join(" "))
        }
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
    }
}

fn reasons(changes: &[Change], analysis: Option<&Analysis>, baseline: &Baseline) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let is_of = |parts: &[Changed]| changes.iter().all(|change| parts.contains(&change.part));
    if changes.iter().any(|change| change.part == Changed::Message) {
        reasons.push(Reason::Message);
    }
    let is_advice_alone = is_of(&[Changed::Finding]);
    let lookups = analysis.map_or(&[][..], |analysis| {
        let asked = match is_advice_alone {
            true => analysis.lookups.0.len(),
            false => analysis.for_verdicts,
        };
        &analysis.lookups.0[..asked]
    });
    let mut changed: Vec<Reason> = lookups
        .iter()
        .filter_map(|lookup| baseline.changed(lookup))
        .collect();
    let more = changed.len().saturating_sub(REASONS);
    changed.truncate(REASONS);
    reasons.extend(changed);
    if more > 0 {
        reasons.push(Reason::MoreDns { count: more });
    }
    if reasons.is_empty() {
        reasons.push(match baseline.written_by == baseline.checked_by {
            true => Reason::Expectation,
            false => Reason::Version {
                was: baseline.written_by.clone(),
                is: baseline.checked_by.clone(),
            },
        });
    }
    reasons
}

impl Baseline {
    /// What is other in the answer of `lookup`.
    fn changed(&self, lookup: &Lookup) -> Option<Reason> {
        let Question { name, kind } = &lookup.question;
        let was = self.snapshot.answer_at(&lookup.question, self.captured);
        match was {
            Some(was) if is_same(was, &lookup.reply) => return None,
            // It was asked since, and what it was then is not known.
            None if lookup.reply != Reply::NotRecorded => return None,
            _ => (),
        }
        Some(Reason::Dns {
            name: name.clone(),
            record_type: *kind,
            was: was.map(answer),
            is: answer(&lookup.reply),
        })
    }
}

/// An answer on one line.
fn answer(reply: &Reply) -> String {
    let aliases = reply.cname().iter().map(|name| format!("CNAME {name}"));
    let mut parts: Vec<String> = aliases.collect();
    match reply {
        Reply::Records(answer) => parts.extend(answer.records.iter().map(zone_data)),
        Reply::NoData(_) => parts.push("no record of this type".into()),
        Reply::NxDomain(_) => parts.push("no such name".into()),
        Reply::TempFail(failure) => parts.push(format!("no answer ({failure})")),
        Reply::NotRecorded => parts.push("not in the recording".into()),
    }
    parts.join(", ")
}
