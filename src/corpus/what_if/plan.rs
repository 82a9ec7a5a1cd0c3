//! Records that somebody thinks of publishing, and where each message would meet them.

use std::sync::Arc;

use crate::Analysis;
use crate::Error;
use crate::dmarc::{PolicyRecord, RecordProblem, Rules, TagState, question, registered, with_tag};
use crate::dns::{Name, Question, Reply, Txt};
use crate::spf::record::{SpfRecord, is_spf};

/// What begins a DMARC record that only has the tags given.
const EMPTY: &str = "v=DMARC1; ";

/// Records that are planned for whatever domains the messages are of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    policy: Option<Policy>,
    spf: Option<String>,
    domain: Option<Name>,
    /// What receivers will not take as it looks.
    pub notes: Vec<RecordProblem>,
}

/// Why a text cannot be planned as a DMARC record, or as a change of its tags.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyFault {
    /// It should be a record, and does not begin with `v=DMARC1`.
    NotARecord,
    /// A tag is wrong.
    Tag {
        /// At which character it begins, from 1.
        character: usize,
        /// What is wrong with it.
        problem: RecordProblem,
    },
    /// Receivers would ignore the record.
    Unusable {
        /// All that is wrong or odd about it.
        problems: Arc<Vec<RecordProblem>>,
    },
    /// There is no tag in it.
    NoTag,
}

/// A DMARC record, or what is to change in those there are.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Policy {
    Record(String),
    Tags(Vec<(String, String)>),
}

impl Plan {
    /// Plans nothing yet; what is planned later is published at `domain` alone where there is one.
    pub fn at(domain: Option<Name>) -> Self {
        Self {
            domain,
            ..Self::default()
        }
    }

    /// Plans a DMARC record, or a change of the tags in those that apply now. The error says where
    /// `text` is neither.
    pub fn policy(&mut self, text: &str) -> Result<(), PolicyFault> {
        let first = text.split(';').next().unwrap_or_default();
        let name = first.split('=').next().unwrap_or_default();
        let is_whole = name.trim().eq_ignore_ascii_case("v");
        let read = match is_whole {
            true => text.to_owned(),
            false => format!("{EMPTY}{text}"),
        };
        let record = PolicyRecord::parse(read.as_bytes()).ok_or(PolicyFault::NotARecord)?;
        let offset = read.len() - text.len();
        for tag in record.tags.iter() {
            let (Some(span), Some(problem)) = (tag.span, tag.note.clone()) else {
                continue;
            };
            let is_wrong = match tag.state {
                TagState::Invalid | TagState::Malformed | TagState::Repeated => true,
                // Whoever changes one tag means one that does something.
                TagState::Unknown => !is_whole,
                TagState::Valid | TagState::Absent | TagState::Removed => false,
            };
            if is_wrong {
                let character = read[offset..span.start].chars().count() + 1;
                return Err(PolicyFault::Tag { character, problem });
            }
            self.notes.push(problem);
        }
        if is_whole {
            if !record.is_usable(Rules::Rfc9989) {
                let problems = record.problems;
                return Err(PolicyFault::Unusable { problems });
            }
            self.policy = Some(Policy::Record(read));
            return Ok(());
        }
        let tags = record.tags.iter().filter(|tag| tag.span.is_some());
        let tags = tags.filter(|tag| tag.name != "v");
        let tags: Vec<(String, String)> = tags
            .filter_map(|tag| Some((tag.name.clone(), tag.value.clone()?)))
            .collect();
        if tags.is_empty() {
            return Err(PolicyFault::NoTag);
        }
        self.policy = Some(Policy::Tags(tags));
        Ok(())
    }

    /// Plans an SPF record for envelope senders of the author's organization. The error says where
    /// `record` is none.
    pub fn spf(&mut self, record: &str) -> Result<(), Error> {
        let wrong = |problem: String| Error::Argument {
            name: "--spf-record".into(),
            problem,
        };
        if !is_spf(record.as_bytes()) {
            let problem = "an SPF record begins with \"v=spf1\" and a space";
            return Err(wrong(problem.into()));
        }
        let parsed = SpfRecord::parse(record.as_bytes());
        if let Some((_, error)) = parsed.errors().next() {
            let place = String::from_utf8_lossy(&record.as_bytes()[..error.span.start]);
            let place = place.chars().count() + 1;
            return Err(wrong(format!("character {place}: {}", error.message)));
        }
        self.spf = Some(record.to_owned());
        Ok(())
    }

    /// The planned records where the message of `before` asks for them.
    pub fn records(&self, before: &Analysis) -> Vec<(Name, String)> {
        let policy = self.policy_for(before);
        let spf = self.spf.as_ref();
        let spf = spf.and_then(|record| Some((self.spf_domain(before)?, record.clone())));
        policy.into_iter().chain(spf).collect()
    }

    /// The name and the text of the DMARC record; `None` where the message asks for none there.
    fn policy_for(&self, before: &Analysis) -> Option<(Name, String)> {
        let policy = self.policy.as_ref()?;
        let domain = match &self.domain {
            Some(domain) => domain.clone(),
            None => policy_domain(before)?,
        };
        let question = question(&domain)?;
        let record = match policy {
            Policy::Record(record) => record.clone(),
            Policy::Tags(tags) => changed(tags, &question, before)?,
        };
        Some((question.name, record))
    }

    /// The domain of the envelope sender, where it is whose record is planned.
    fn spf_domain(&self, before: &Analysis) -> Option<Name> {
        let domain = before.spf.mail_from.domain.as_deref();
        let domain = domain.and_then(|domain| Name::parse(domain).ok())?;
        let is_meant = match &self.domain {
            Some(meant) => *meant == domain,
            None => is_the_authors(&domain, before),
        };
        is_meant.then_some(domain)
    }
}

/// The domain whose policy applies, or would. The record of a public suffix is the registry's, so
/// that what is planned goes below it; where there is no record at all, it goes where one for the
/// whole organization is published.
fn policy_domain(before: &Analysis) -> Option<Name> {
    let dmarc = &before.dmarc;
    let author = dmarc.author_domain.as_ref()?;
    let taken = dmarc.steps.iter().find(|step| step.taken);
    let organization = dmarc.organizational_domain.as_ref();
    Some(match (taken, organization) {
        (Some(step), Some(organization)) if !step.domain.is_within(organization) => {
            match step.domain == *author {
                true => step.domain.clone(),
                false => organization.clone(),
            }
        }
        (Some(step), _) => step.domain.clone(),
        (None, _) => registered(author),
    })
}

/// The record at `question` with `tags` set, unless they are already; where there is none, `tags`
/// alone, if they make one.
fn changed(tags: &[(String, String)], question: &Question, before: &Analysis) -> Option<String> {
    let mut lookups = before.lookups.0.iter();
    let lookup = lookups.find(|lookup| lookup.question == *question)?;
    if matches!(lookup.reply, Reply::TempFail(_) | Reply::NotRecorded) {
        return None;
    }
    let texts = lookup.reply.txt().map(Txt::joined);
    let mut records = texts.filter_map(|text| PolicyRecord::parse(&text));
    let set = |record: String, (name, value): &(String, String)| with_tag(&record, name, value);
    match (records.next(), records.next()) {
        (Some(record), None) => {
            let changed = tags.iter().fold(record.text.clone(), set);
            (changed != record.text).then_some(changed)
        }
        _ => {
            let record = tags.iter().fold(EMPTY.to_owned(), set);
            let parsed = PolicyRecord::parse(record.as_bytes())?;
            parsed.is_usable(before.dmarc.rules).then_some(record)
        }
    }
}

/// Whether `domain` is of the organization of the author. Where no policy record tells what that is,
/// and where one cuts a domain off, the public suffix list tells whose it is.
fn is_the_authors(domain: &Name, before: &Analysis) -> bool {
    let Some(author) = &before.dmarc.author_domain else {
        return false;
    };
    let alignment = before.dmarc.alignment.spf.as_ref();
    alignment.is_some_and(|spf| spf.aligned_relaxed == Some(true))
        || registered(domain) == registered(author)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> Result<Plan, PolicyFault> {
        let mut plan = Plan::default();
        plan.policy(text).map(|()| plan)
    }

    #[test]
    fn a_record_begins_with_its_version_and_anything_else_is_tags() {
        let whole = policy("v=DMARC1; p=reject").unwrap();
        let record = Policy::Record("v=DMARC1; p=reject".into());
        assert_eq!(whole.policy, Some(record));
        let tags = policy(" p = reject ;adkim=s;").unwrap();
        let expected = [("p", "reject"), ("adkim", "s")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(tags.policy, Some(Policy::Tags(expected.to_vec())));
    }

    #[test]
    fn what_is_no_policy_is_refused_with_its_place() {
        for (text, place) in [
            ("v=DMARC1; p=rejct", 11),
            ("p=reject; adkim=strict", 11),
            ("adkm=s", 1),
            ("p=reject; p=none", 11),
            ("p", 1),
        ] {
            let fault = policy(text).unwrap_err();
            let is_there =
                matches!(fault, PolicyFault::Tag { character, .. } if character == place);
            assert!(is_there, "{text}: {fault:?}");
        }
        let no_record = policy("v=dmarc1; p=reject");
        assert_eq!(no_record.unwrap_err(), PolicyFault::NotARecord);
        for text in [" ; ", ""] {
            assert_eq!(policy(text).unwrap_err(), PolicyFault::NoTag);
        }
        let Err(PolicyFault::Unusable { problems }) = policy("v=DMARC1") else {
            panic!("a record without a policy is planned");
        };
        assert_eq!(problems[0], RecordProblem::NoPolicy);
    }

    #[test]
    fn a_tag_that_receivers_ignore_is_said() {
        let plan = policy("v=DMARC1; p=reject; pct=50; x=y").unwrap();
        assert_eq!(plan.notes.len(), 2, "{:?}", plan.notes);
    }

    #[test]
    fn what_is_no_spf_record_is_refused_with_its_place() {
        let spf = |text: &str| Plan::default().spf(text).map_err(|error| error.to_string());
        assert!(spf("v=spf1 include:amazonses.com -all").is_ok());
        assert!(spf("spf1 -all").unwrap_err().contains("begins with"));
        let error = spf("v=spf1 ip4:1.2.3 -all").unwrap_err();
        assert!(error.starts_with("--spf-record: character "), "{error}");
    }
}
