//! One step of discovery: a name that was asked, what came of it, and why no policy was taken from
//! there.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::discover::{Answers, Rules};
use super::record::PolicyRecord;
use crate::Limits;
use crate::dns::{Lookup, LookupId, Name, Reply};

/// One step of discovery: a name that was asked, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Step {
    /// The domain whose record was looked for.
    pub domain: Name,
    /// The lookup of `_dmarc.` and the domain.
    pub lookup: Option<LookupId>,
    /// What came of it.
    pub found: Found,
    /// The record, or the texts that are none.
    pub records: Vec<String>,
    /// The aliases that the answer came by.
    pub cname: Vec<Name>,
    /// Whether the policy is taken from here.
    pub taken: bool,
    /// Why not.
    pub reason: Option<String>,
    /// The record there, read, where there is just one.
    #[serde(skip)]
    pub(crate) record: Option<Arc<PolicyRecord>>,
}

/// What a query for a policy record gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
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

impl Step {
    /// The record that is taken of all those on the way, and its domain.
    pub(crate) fn taken(steps: &[Self]) -> Option<(&Name, &PolicyRecord)> {
        let step = steps.iter().find(|step| step.taken)?;
        Some((&step.domain, step.record.as_deref()?))
    }

    /// Looks for a record at `domain`.
    pub(super) fn take(rules: Rules, domain: Name, answers: &Answers, limits: &Limits) -> Self {
        let mut step = Self {
            domain,
            lookup: None,
            found: Found::Nothing,
            records: Vec::new(),
            cname: Vec::new(),
            taken: false,
            reason: None,
            record: None,
        };
        let Some(lookup) = answers.policy(&step.domain) else {
            return step;
        };
        step.lookup = Some(lookup.id);
        step.cname = lookup.reply.cname().to_vec();
        (step.found, step.reason) = match &lookup.reply {
            Reply::TempFail(failure) => (
                Found::NoAnswer,
                Some(format!("DNS did not answer ({failure})")),
            ),
            Reply::NotRecorded => (Found::NotRecorded, None),
            Reply::NoData(_) | Reply::NxDomain(_) => (Found::Nothing, step.leads_nowhere()),
            Reply::Records(_) => {
                let published = Texts::of(lookup, limits);
                let records = &published.records;
                step.records = match records.is_empty() {
                    true => published.texts.clone(),
                    false => records.iter().map(|record| record.text.clone()).collect(),
                };
                match records.as_slice() {
                    [] => (Found::OtherText, Some(no_record(&step.records))),
                    [only] => {
                        step.record = Some(Arc::clone(only));
                        (Found::Record, None)
                    }
                    all => (Found::SeveralRecords, Some(several(rules, all.len()))),
                }
            }
        };
        if step.record.is_none() {
            step.look_for_misplaced(answers, limits);
        }
        step
    }

    /// Says whether the policy is taken from here: from `taken`, for `author`.
    pub(super) fn conclude(&mut self, author: &Name, taken: Option<&Name>) {
        self.taken = taken == Some(&self.domain);
        if self.found != Found::Record || self.taken {
            return;
        }
        self.reason = Some(match taken {
            Some(taken) if taken == author => {
                format!("the record of {author} itself goes before")
            }
            Some(taken) => format!(
                "{} is neither {author} nor its organizational domain; the record of {taken} goes \
                 before",
                self.domain
            ),
            None => format!(
                "{} is neither {author} nor its organizational domain",
                self.domain
            ),
        });
    }

    /// What was found here and why it is no policy, in words that stand alone.
    pub(super) fn why_not(&self) -> Option<String> {
        let (reason, domain) = (self.reason.as_ref()?, &self.domain);
        match self.found {
            Found::SeveralRecords | Found::OtherText => Some(format!(
                "what stands at _dmarc.{domain} does not count: {reason}"
            )),
            Found::Nothing => Some(format!("at _dmarc.{domain} there is none: {reason}")),
            Found::Record | Found::NoAnswer | Found::NotRecorded => None,
        }
    }

    fn leads_nowhere(&self) -> Option<String> {
        let target = self.cname.last()?;
        Some(format!(
            "it is an alias to {target}, where there is no text"
        ))
    }

    /// A record at the domain itself, where nobody looks for it. Nothing is asked to find it.
    fn look_for_misplaced(&mut self, answers: &Answers, limits: &Limits) {
        let Some(lookup) = answers.text(&self.domain) else {
            return;
        };
        if let Some(record) = Texts::of(lookup, limits).records.first() {
            let domain = &self.domain;
            let misplaced = format!(
                "a record stands at {domain} itself, where receivers do not look: \"{}\" belongs \
                 at _dmarc.{domain}",
                record.text
            );
            self.reason = Some(match self.reason.take() {
                Some(reason) => format!("{reason}; {misplaced}"),
                None => misplaced,
            });
        }
    }
}

fn several(rules: Rules, count: usize) -> String {
    match rules {
        Rules::Rfc9989 => {
            format!("{count} policy records at one name are all ignored (RFC 9989 §4.10)")
        }
        Rules::Rfc7489 => format!(
            "{count} policy records at one name are all ignored, and the search ends (RFC 7489 \
             §6.6.3)"
        ),
    }
}

/// Why none of `texts` is a policy record.
fn no_record(texts: &[String]) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for reason in texts.iter().map(|text| not_a_record(text)) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons.join("; ")
}

/// Why `text` is no policy record: it must begin with `v=DMARC1` (RFC 9989 §4.7).
fn not_a_record(text: &str) -> String {
    let bare = text.trim_matches(|char: char| char.is_whitespace() || char == '\u{feff}');
    let unquoted = bare.trim_matches(['"', '\'', '\u{201c}', '\u{201d}']);
    let squeezed: String = unquoted.chars().filter(|char| *char != ' ').collect();
    let lower = squeezed.to_ascii_lowercase();
    if text.is_empty() {
        return "the text is empty".into();
    }
    if bare != unquoted && PolicyRecord::parse(unquoted.as_bytes()).is_some() {
        return "quotation marks are part of the text; it must begin with v=DMARC1 itself".into();
    }
    if bare != text && PolicyRecord::parse(bare.as_bytes()).is_some() {
        return "there is blank space in front of v=DMARC1".into();
    }
    if lower.starts_with("v=spf1") {
        return "it is an SPF record; perhaps a wildcard TXT record answers for every name".into();
    }
    if lower.starts_with("v=dkim1") || lower.starts_with("p=mi") {
        return "it is a DKIM key".into();
    }
    if let Some(rest) = lower.strip_prefix("v=dmarc1") {
        return match rest.chars().next() {
            None | Some(';') => {
                "v=DMARC1 must be written in just these letters, capital and small".into()
            }
            Some(char) if char.is_ascii_alphabetic() => {
                "the semicolon behind v=DMARC1 is missing".into()
            }
            Some(_) => "behind v=DMARC1 there must be a semicolon or the end".into(),
        };
    }
    if lower.contains("v=dmarc1") {
        return "v=DMARC1 is not the first tag".into();
    }
    if lower.starts_with("v=dmarc") {
        return "there is no such version of DMARC; only v=DMARC1 counts".into();
    }
    "it does not begin with v=DMARC1".into()
}

/// The texts in a response, and the policy records among them.
struct Texts {
    texts: Vec<String>,
    records: Vec<Arc<PolicyRecord>>,
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
            Self {
                records: records.map(Arc::new).collect(),
                texts: texts
                    .iter()
                    .map(|text| String::from_utf8_lossy(text).into_owned())
                    .collect(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_no_record_says_why() {
        for (text, wanted) in [
            ("v=spf1 -all", "SPF record"),
            ("v=dmarc1; p=none", "just these letters"),
            ("\"v=DMARC1; p=none\"", "quotation marks"),
            ("\u{201c}v=DMARC1; p=none\u{201d}", "quotation marks"),
            (" v=DMARC1; p=none", "blank space"),
            ("p=none; v=DMARC1", "not the first tag"),
            ("v=DMARC1 p=none", "semicolon"),
            ("v=DMARC2; p=none", "no such version"),
            ("k=rsa; p=MII", "does not begin"),
            ("v=DKIM1; p=MII", "DKIM key"),
            ("google-site-verification=x", "does not begin"),
            ("", "empty"),
        ] {
            let reason = not_a_record(text);
            assert!(reason.contains(wanted), "{text}: {reason}");
        }
    }
}
