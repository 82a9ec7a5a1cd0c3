//! Which values are other than expected, verdict by verdict, and how the new analysis explains them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::Analysis;
use crate::claims::{Claim, Comparison};
use crate::dns::Name;

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

/// What is other in the second of two expectations.
pub(super) fn changes(was: &Value, is: &Value, analysis: Option<&Analysis>) -> Vec<Change> {
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
