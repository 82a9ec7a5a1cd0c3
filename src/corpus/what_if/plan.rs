//! Records that someone plans to publish, and where they would apply to a message.

use std::sync::Arc;

use super::untouched::{PlanNote, Untouched};
use crate::dmarc::{PolicyRecord, RecordProblem, Rules, TagState, question, registered, with_tag};
use crate::dns::{Evidence, Name, Question, Reply, Txt};
use crate::spf::record::{SpfRecord, is_spf};
use crate::{Analysis, DmarcCheck, Error};

/// The beginning of a DMARC record that only has the given tags.
const EMPTY: &str = "v=DMARC1; ";

/// Planned records, for the domains of all messages or for one domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    policy: Option<Policy>,
    spf: Option<String>,
    domain: Option<Name>,
    /// What receivers would not read as intended.
    pub notes: Vec<RecordProblem>,
}

/// Why a text cannot be planned as a DMARC record, or as a change of its tags.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyFault {
    /// It should be a record, but does not begin with `v=DMARC1`.
    NotARecord,
    /// A tag is wrong.
    Tag {
        /// The character where it begins, from 1.
        character: usize,
        /// What is wrong with it.
        problem: RecordProblem,
    },
    /// Receivers would ignore the record.
    Unusable {
        /// What is wrong or unusual about it.
        problems: Arc<Vec<RecordProblem>>,
    },
    /// It has no tag.
    NoTag,
}

/// A DMARC record, or a change of the tags of existing ones.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Policy {
    Record(String),
    Tags(Vec<(String, String)>),
}

impl Plan {
    /// A plan without records. Records that are added to it are published at `domain` only, if
    /// there is one.
    pub fn at(domain: Option<Name>) -> Self {
        Self {
            domain,
            ..Self::default()
        }
    }

    /// Plans a DMARC record, or a change of the tags in the records that apply now.
    ///
    /// # Errors
    ///
    /// What is wrong with `text`, if it is neither.
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
                // A tag that is changed on its own should have an effect.
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

    /// What is to be known of the plan for a message for which these parts of it change nothing.
    pub fn notes(&self, untouched: Vec<Untouched>) -> Vec<PlanNote> {
        let problems = self.notes.iter().cloned().map(PlanNote::Record);
        let untouched = untouched.into_iter().map(PlanNote::Untouched);
        problems.chain(untouched).collect()
    }

    /// Plans an SPF record for envelope senders of the author's organization.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if `record` is not an SPF record or has a syntax error.
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
            return Err(wrong(format!("character {place}: {}", error.fault)));
        }
        self.spf = Some(record.to_owned());
        Ok(())
    }

    /// The planned records that apply to the message of `before`, by name. Where that name is an
    /// alias, nothing can stand beside it (RFC 1034 §3.6.2): the record is planned where it leads.
    pub fn records(&self, before: &Analysis) -> Vec<(Name, String)> {
        let planned = [self.policy_for(before), self.spf_for(before)];
        let planned = planned.into_iter().flatten().flatten();
        planned
            .map(|(name, text)| (behind_alias(name, &before.lookups), text))
            .collect()
    }

    /// For each planned record, the name where it replaces the current record for the message of
    /// `before`, or why it changes nothing.
    pub fn places(&self, before: &Analysis) -> Vec<Result<Name, Untouched>> {
        let policy = self.policy_for(before);
        let policy =
            policy.map(|planned| planned.and_then(|planned| policy_place(planned, before)));
        let spf = self.spf_for(before);
        let spf = spf.map(|planned| planned.and_then(|planned| spf_place(planned, before)));
        [policy, spf].into_iter().flatten().collect()
    }

    /// The planned DMARC record for the domain of `check`, and its name; `None` if none is planned.
    pub fn policy_of(&self, check: &DmarcCheck) -> Option<Result<(Name, String), Untouched>> {
        let policy = self.policy.as_ref()?;
        let question = question_at(&check.domain);
        let planned =
            question.and_then(|asked| policy.at(asked, &check.lookups, check.dmarc.rules));
        Some(planned.map(|(name, text)| (behind_alias(name, &check.lookups), text)))
    }

    /// The name and the text of the DMARC record; `None` if none is planned.
    fn policy_for(&self, before: &Analysis) -> Option<Result<(Name, String), Untouched>> {
        let policy = self.policy.as_ref()?;
        let domain = self.domain.clone().or_else(|| policy_domain(before));
        let question = domain.ok_or(Untouched::NoAuthor);
        let question = question.and_then(|domain| question_at(&domain));
        Some(question.and_then(|asked| policy.at(asked, &before.lookups, before.dmarc.rules)))
    }

    /// The name and the text of the SPF record; `None` if none is planned.
    fn spf_for(&self, before: &Analysis) -> Option<Result<(Name, String), Untouched>> {
        let record = self.spf.as_ref()?;
        Some(self.spf_domain(before).map(|name| (name, record.clone())))
    }

    /// The domain of the envelope sender, if the SPF record is planned for it.
    fn spf_domain(&self, before: &Analysis) -> Result<Name, Untouched> {
        let domain = before.spf.mail_from.domain.as_deref();
        let domain = domain.and_then(|domain| Name::parse(domain).ok());
        let domain = domain.ok_or(Untouched::NoEnvelopeSender)?;
        match &self.domain {
            Some(meant) if *meant == domain => Ok(domain),
            Some(meant) => Err(Untouched::OtherDomain {
                domain,
                planned: meant.clone(),
            }),
            None if is_the_authors(&domain, before) => Ok(domain),
            None => Err(Untouched::OtherOrganization {
                domain,
                author: before.dmarc.author_domain.clone(),
            }),
        }
    }
}

impl Policy {
    /// The name and the text of the record for `question`; `lookups` has the current record.
    fn at(
        &self,
        question: Question,
        lookups: &Evidence,
        rules: Rules,
    ) -> Result<(Name, String), Untouched> {
        let record = match self {
            Self::Record(record) => record.clone(),
            Self::Tags(tags) => changed(tags, &question, lookups, rules)?,
        };
        Ok((question.name, record))
    }
}

/// Where the TXT record of `name` stands: at the end of its alias, if it is one.
fn behind_alias(name: Name, lookups: &Evidence) -> Name {
    let question = Question::txt(name);
    let end = reply(lookups, &question).and_then(|reply| reply.cname().last());
    end.cloned().unwrap_or(question.name)
}

/// The question for the policy record of `domain`.
fn question_at(domain: &Name) -> Result<Question, Untouched> {
    question(domain).ok_or_else(|| Untouched::NameTooLong {
        domain: domain.clone(),
    })
}

/// The name of a planned DMARC record that differs from the current one.
fn policy_place((name, record): (Name, String), before: &Analysis) -> Result<Name, Untouched> {
    let question = Question::txt(name);
    let Some(reply) = reply(&before.lookups, &question) else {
        return Err(Untouched::PolicyNotAsked {
            name: question.name,
        });
    };
    let planned = PolicyRecord::parse(record.as_bytes());
    let stands = single_policy(reply)
        .is_some_and(|stands| Some(said(&stands)) == planned.as_ref().map(said));
    match stands {
        true => Err(Untouched::PolicyStands {
            name: question.name,
        }),
        false => Ok(question.name),
    }
}

/// The name of a planned SPF record that differs from the current one.
fn spf_place((name, record): (Name, String), before: &Analysis) -> Result<Name, Untouched> {
    let question = Question::txt(name);
    let Some(reply) = reply(&before.lookups, &question) else {
        return Err(Untouched::SpfNotAsked {
            domain: question.name,
        });
    };
    let texts = reply.txt().map(Txt::joined);
    let records: Vec<_> = texts.filter(|text| is_spf(text)).collect();
    match records.as_slice() {
        [stands] if stands[..] == *record.as_bytes() => Err(Untouched::SpfStands {
            domain: question.name,
        }),
        _ => Ok(question.name),
    }
}

/// The answer to `question`, if it was asked.
fn reply<'l>(lookups: &'l Evidence, question: &Question) -> Option<&'l Reply> {
    let mut lookups = lookups.0.iter();
    let lookup = lookups.find(|lookup| lookup.question == *question)?;
    Some(&lookup.reply)
}

/// The DMARC record in `reply`, if there is exactly one.
fn single_policy(reply: &Reply) -> Option<PolicyRecord> {
    let texts = reply.txt().map(Txt::joined);
    let mut records = texts.filter_map(|text| PolicyRecord::parse(&text));
    match (records.next(), records.next()) {
        (Some(record), None) => Some(record),
        _ => None,
    }
}

/// The tags that a record has, as written, and their values.
fn said(record: &PolicyRecord) -> Vec<(&str, Option<&str>)> {
    let tags = record.tags.iter().filter(|tag| tag.span.is_some());
    tags.map(|tag| (tag.name.as_str(), tag.value.as_deref()))
        .collect()
}

/// The domain whose policy applies, or would apply. The record of a public suffix belongs to its
/// registry, so the plan applies below it. If there is no record at all, the plan applies at the
/// Organizational Domain.
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

/// The record at `question` with `tags` set, unless they are set already. If there is none, `tags`
/// alone, if they make a record.
fn changed(
    tags: &[(String, String)],
    question: &Question,
    lookups: &Evidence,
    rules: Rules,
) -> Result<String, Untouched> {
    let name = || question.name.clone();
    let reply = match reply(lookups, question) {
        None => return Err(Untouched::PolicyNotAsked { name: name() }),
        Some(Reply::TempFail(_)) => return Err(Untouched::NoAnswer { name: name() }),
        Some(Reply::NotRecorded) => return Err(Untouched::NotRecorded { name: name() }),
        Some(reply) => reply,
    };
    let set = |record: String, (name, value): &(String, String)| with_tag(&record, name, value);
    match single_policy(reply) {
        Some(record) => {
            let changed = tags.iter().fold(record.text.clone(), set);
            match changed == record.text {
                true => Err(Untouched::PolicyStands { name: name() }),
                false => Ok(changed),
            }
        }
        None => {
            let record = tags.iter().fold(EMPTY.to_owned(), set);
            let parsed = PolicyRecord::parse(record.as_bytes());
            match parsed.is_some_and(|parsed| parsed.is_usable(rules)) {
                true => Ok(record),
                false => Err(Untouched::TagsAlone { name: name() }),
            }
        }
    }
}

/// Whether `domain` belongs to the author's organization. If no policy record defines the
/// organization, or a record separates a domain from it, the public suffix list decides.
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
