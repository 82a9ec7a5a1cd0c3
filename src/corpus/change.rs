//! Which values are other than expected, verdict by verdict, and how the new analysis explains them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::Analysis;
use crate::claims::{Claim, Comparison};
use crate::dns::Name;
use crate::explain;

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
    changes.of_value(Changed::Message, &was["message"], &is["message"]);
    if was.get("error").is_some() || is.get("error").is_some() {
        changes.of_value(Changed::Error, &was["error"], &is["error"]);
        return changes.0;
    }
    changes.of_value(Changed::Conclusion, &was["conclusion"], &is["conclusion"]);
    changes.of_value(Changed::Dmarc, &was["dmarc"], &is["dmarc"]);
    let (was_spf, is_spf) = (&was["spf"], &is["spf"]);
    changes.of_value(Changed::Spf, &was_spf["mail_from"], &is_spf["mail_from"]);
    changes.of_value(Changed::Helo, &was_spf["helo"], &is_spf["helo"]);
    changes.of_list(Changed::Dkim, &was["dkim"], &is["dkim"]);
    changes.of_value(Changed::Arc, &was["arc"], &is["arc"]);
    changes.of_list(Changed::Claim, &was["claims"], &is["claims"]);
    changes.of_findings(&was["findings"], &is["findings"], analysis);
    let mut changes = changes.0;
    let mut is_concluded = false;
    for change in &mut changes {
        let explained = analysis.and_then(|analysis| because(change, analysis, is_concluded));
        change.because = change.because.take().or(explained);
        is_concluded |= change.part == Changed::Conclusion;
    }
    changes
}

/// How the new analysis explains a change; `is_concluded` where its conclusion was said already.
fn because(change: &Change, analysis: &Analysis, is_concluded: bool) -> Option<String> {
    let index = change.number.unwrap_or(1) - 1;
    let alignment = &analysis.dmarc.alignment;
    let has = |name: &str| change.fields.iter().any(|field| field.field == name);
    match change.part {
        Changed::Message | Changed::Error | Changed::Finding => None,
        Changed::Dmarc if is_concluded => {
            let spf = alignment.spf.as_ref().filter(|_| has("spf_aligned"));
            spf.map(|spf| spf.sentence.clone())
        }
        Changed::Conclusion | Changed::Dmarc => Some(analysis.conclusion.sentence.clone()),
        Changed::Spf => Some(analysis.spf.mail_from.sentence.clone()),
        Changed::Helo => Some(analysis.spf.helo.sentence.clone()),
        Changed::Arc => Some(explain::arc::cause(&analysis.arc).to_string()),
        Changed::Claim => explanation(analysis.claims.get(index)?, &change.fields),
        Changed::Dkim => {
            let verdict = analysis.dkim.get(index)?;
            let tag = |tag: &str, name: &Option<Name>| {
                let name = name.as_ref();
                name.map_or(String::new(), |name| format!("{tag}={name} "))
            };
            let tags = tag("s", &verdict.selector) + &tag("d", &verdict.domain);
            let why = match has("result") || has("cause") {
                true => &explain::dkim::cause(verdict).to_string(),
                false => &alignment.dkim.get(index)?.sentence,
            };
            Some(format!("{}: {why}", tags.trim_end()))
        }
    }
}

/// How a field is explained, in a result that changed; in one that differs from ours before others.
fn explanation(claim: &Claim, fields: &[FieldChange]) -> Option<String> {
    let is_changed = |method: &str| {
        fields.iter().any(|change| {
            let rest = change.field.strip_prefix(method);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
    };
    // What changed as a whole names no method.
    let is_whole = fields.iter().any(|change| change.field.is_empty());
    let explained = claim.results.iter();
    let explained = explained
        .filter(|result| result.explanation.is_some())
        .filter(|result| is_whole || is_changed(&result.method));
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

    fn of_value(&mut self, part: Changed, was: &Value, is: &Value) {
        let is_unknown = was.is_null() && !matches!(part, Changed::Message | Changed::Error);
        let mut fields = Vec::new();
        if !is_unknown {
            compare("", was, is, &mut fields);
        }
        self.add(part, None, fields, None);
    }

    fn of_list(&mut self, part: Changed, was: &Value, is: &Value) {
        let (Some(was), Some(is)) = (was.as_array(), is.as_array()) else {
            return;
        };
        for index in 0..was.len().max(is.len()) {
            let mut fields = Vec::new();
            let (was, is) = (was.get(index), is.get(index));
            compare_elements("", was, is, &mut fields);
            self.add(part, Some(index + 1), fields, None);
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
