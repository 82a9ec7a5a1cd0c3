//! What comes out otherwise of a redacted message: results side by side, without the words of the message.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::RedactionDifference;
use super::vocabulary::is_known;
use crate::dmarc::Mechanism;
use crate::session::Teller;
use crate::{Analysis, Inspection};

/// What comes out otherwise.
pub(super) fn differences(before: &Inspection, after: &Inspection) -> Vec<RedactionDifference> {
    let (old, new) = (results(before), results(after));
    let mut found = Vec::new();
    for number in 0..old.len().max(new.len()) {
        let at = |list: &[(String, String)]| list.get(number).cloned().unwrap_or_default();
        let ((what, before), (other, after)) = (at(&old), at(&new));
        if (&what, &before) != (&other, &after) {
            found.push(RedactionDifference {
                what: if what.is_empty() { other } else { what },
                before,
                after,
            });
        }
    }
    let (old, new) = (findings(before), findings(after));
    let all: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    for code in all {
        let at = |counts: &Counts| counts.get(code).copied().unwrap_or_default();
        let ((before, old_records), (after, new_records)) = (at(&old), at(&new));
        let (what, before, after) = match before == after {
            true => ("records to publish for", old_records, new_records),
            false => ("finding", before, after),
        };
        if before != after {
            found.push(RedactionDifference {
                what: format!("{what} {code}"),
                before: before.to_string(),
                after: after.to_string(),
            });
        }
    }
    found
}

/// For each code, how many findings there are, and how many records they have to publish.
type Counts = BTreeMap<&'static str, (usize, usize)>;

fn findings(inspection: &Inspection) -> Counts {
    let mut counts = Counts::new();
    for finding in inspection.findings() {
        let fix = finding.fix.iter();
        let records = fix.map(|fix| {
            let choices = fix.choices.iter().map(|choice| choice.records.len());
            fix.records.len() + choices.sum::<usize>()
        });
        let count = counts.entry(finding.code).or_default();
        count.0 += 1;
        count.1 += records.sum::<usize>();
    }
    counts
}

/// A value of ours in a word: of one that holds data, its kind alone.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value).unwrap_or_default() {
        Value::String(word) => word,
        Value::Object(fields) => fields.keys().next().cloned().unwrap_or_default(),
        other => other.to_string(),
    }
}

/// A word that the message has, if it is one of standards or receivers.
fn known(text: &str) -> &str {
    let is_one = |word: &str| is_known(&word.to_ascii_lowercase());
    match text.split(['-', '_', '.']).all(is_one) {
        true => text,
        false => "another word",
    }
}

/// The results that stay the same, each with its name.
fn results(inspection: &Inspection) -> Vec<(String, String)> {
    let analysis = &inspection.analysis;
    let mut results = outcome(analysis);
    results.extend(session(analysis));
    results.push(("Amazon SES".into(), ses(analysis)));
    for (claim, number) in analysis.claims.iter().zip(1..) {
        let place = format!("{} {number}", claim.field);
        let standing = format!("{} {}", word(&claim.standing), word(&claim.standing_reason));
        results.push((format!("standing of {place}"), standing));
        for claimed in &claim.results {
            let what = format!("{} of {place}", known(&claimed.method));
            let compared = format!("{} {}", known(&claimed.result), word(&claimed.comparison));
            let text = match &claimed.cause {
                Some(cause) => format!("{compared} {}", word(cause)),
                None => compared,
            };
            results.push((what, text));
        }
    }
    results.extend(mechanisms(analysis));
    results
}

/// The outcome, and what its sentence depends on.
fn outcome(analysis: &Analysis) -> Vec<(String, String)> {
    let (conclusion, dmarc) = (&analysis.conclusion, &analysis.dmarc);
    let engines: Vec<String> = dmarc.engines.iter().map(word).collect();
    let beside = match conclusion.beside {
        Some(recorded) => format!("recorded {}", recorded.is_unvouched),
        None => "recorded nothing".into(),
    };
    let unsigned = conclusion.unsigned_body;
    let reason = word(&conclusion.reason);
    let result = format!("{} {}", word(&dmarc.result), word(&dmarc.cause));
    [
        ("conclusion", conclusion.result.as_str().into()),
        (
            "reason of the conclusion",
            format!("{reason} {beside} {unsigned}"),
        ),
        ("dmarc", result),
        ("what dmarc rests on", engines.join(" ")),
        (
            "dmarc by the other rules",
            word(&dmarc.by_other_rules().result),
        ),
        ("outcome today", analysis.as_of_now.is_some().to_string()),
    ]
    .map(|(what, text)| (what.to_owned(), text))
    .into()
}

/// Where the values of the session are from, and whose word they are.
fn session(analysis: &Analysis) -> Vec<(String, String)> {
    let session = &analysis.session;
    let from = [
        session.client_ip.as_ref().map(|value| value.from),
        session.helo.as_ref().map(|value| value.from),
        session.mail_from.as_ref().map(|value| value.from),
        session.received_at.as_ref().map(|value| value.from),
    ];
    let from = from.map(|from| from.map_or("nothing".into(), |from| from.to_string()));
    let teller = match &session.on_word_of {
        None => "vouched for".into(),
        Some(Teller::Field(from)) => format!("on the word of {from}"),
        Some(Teller::Host(_)) => "on the word of a host".into(),
    };
    let junk = analysis.junk.iter().map(|junk| match junk.is_junk {
        Some(true) => format!("{} junk", junk.filter),
        Some(false) => format!("{} no junk", junk.filter),
        None => junk.filter.to_owned(),
    });
    [
        ("session", teller),
        ("source of the session", from.join(", ")),
        ("junk filters", junk.collect::<Vec<_>>().join(", ")),
    ]
    .map(|(what, text)| (what.to_owned(), text))
    .into()
}

/// Whether Amazon SES is taken to have sent it, and by which signs.
fn ses(analysis: &Analysis) -> String {
    let Some(ses) = &analysis.ses else {
        return "no sign".into();
    };
    let region = ses
        .region
        .as_ref()
        .map_or("no region", |region| match region.is_known() {
            true => region.as_str(),
            false => "another region",
        });
    let signs = ses
        .signs
        .iter()
        .map(|sign| format!("{} {}", sign.sign, sign.class));
    let signs = signs.collect::<Vec<_>>().join(", ");
    match &ses.doubt {
        Some(doubt) => format!("doubted ({}), {region}: {signs}", word(doubt)),
        None => format!("{region}: {signs}"),
    }
}

/// SPF, DKIM, ARC, and alignment.
fn mechanisms(analysis: &Analysis) -> Vec<(String, String)> {
    let mut results = Vec::new();
    let spf = &analysis.spf;
    for (name, verdict) in [("spf", &spf.mail_from), ("spf helo", &spf.helo)] {
        let text = format!("{} {}", word(&verdict.result), word(&verdict.cause));
        results.push((name.into(), text));
    }
    for (verdict, number) in analysis.dkim.iter().zip(1..) {
        let text = format!("{} {}", word(&verdict.result), word(&verdict.cause));
        results.push((format!("dkim {number}"), text));
        let autopsy = verdict.autopsy.iter();
        let kinds = autopsy.flat_map(|autopsy| autopsy.changes());
        let kinds: Vec<String> = kinds.map(|change| word(&change.kind)).collect();
        results.push((format!("changes under dkim {number}"), kinds.join(" ")));
    }
    results.push((
        "arc".into(),
        format!(
            "{} {}",
            word(&analysis.arc.result),
            word(&analysis.arc.cause)
        ),
    ));
    for (mechanism, alignment) in analysis.dmarc.alignment.all() {
        let aligned = match alignment.aligned {
            Some(true) => "aligned",
            Some(false) => "not aligned",
            None => "not known",
        };
        let text = format!("{aligned} {}", alignment.authenticated);
        let what = match mechanism {
            Mechanism::Dkim(index) => format!("alignment of dkim {}", index + 1),
            _ => "alignment of spf".into(),
        };
        results.push((what, text));
    }
    results
}
