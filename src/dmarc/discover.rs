//! Where policy records are looked up, and which domain is the Organizational Domain: by the DNS
//! Tree Walk (RFC 9989 §4.10) or by the public suffix list (RFC 7489 §3.2, §6.6.3). Works on
//! answers that were fetched before.

use std::sync::Arc;

use foldhash::HashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::record::{PolicyRecord, Psd};
use super::step::{Found, look};
use crate::Limits;
use crate::dns::{self, Lookup, Name, Question};

/// The rules by which DMARC is evaluated.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rules {
    /// May 2026: DNS is asked for the Organizational Domain.
    Rfc9989,
    /// 2015, obsolete but in use: the public suffix list gives the Organizational Domain.
    Rfc7489,
}

impl Rules {
    /// The other set of rules.
    pub fn other(self) -> Self {
        match self {
            Self::Rfc9989 => Self::Rfc7489,
            Self::Rfc7489 => Self::Rfc9989,
        }
    }

    /// The document that defines them.
    pub fn document(self) -> &'static str {
        match self {
            Self::Rfc9989 => "RFC 9989",
            Self::Rfc7489 => "RFC 7489",
        }
    }
}

/// Which public suffix list is built in.
pub const PUBLIC_SUFFIX_LIST: &str = "psl 2.1.247";

/// The registered domain of `name`, or `name` itself if it is a public suffix. The private section
/// of the list is used too, as receivers do.
pub fn registered(name: &Name) -> Name {
    let registered = dns::registered(name.as_str()).and_then(|domain| Name::parse(domain).ok());
    registered.unwrap_or_else(|| name.clone())
}

/// The domains that a walk from `start` looks at, longest first: `start`, then its parents, without
/// those that have more labels than the limit of queries allows.
pub fn targets(start: &Name, limits: &Limits) -> Vec<Name> {
    let mut targets = vec![start.clone()];
    let mut next = start.parent();
    while let Some(name) = next {
        next = name.parent();
        if name.labels().count() < limits.dmarc_queries {
            targets.push(name);
        }
    }
    targets
}

/// The question for a policy record at `domain`; `None` if that name would be too long.
pub fn question(domain: &Name) -> Option<Question> {
    domain.under("_dmarc").ok().map(Question::txt)
}

/// Why a walk is not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Obstacle {
    /// DNS did not answer.
    NoAnswer,
    /// The recording does not have a question.
    NotRecorded,
}

/// A walk from one domain towards the root.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Walk {
    /// The rules of the walk.
    pub rules: Rules,
    /// Where it starts.
    pub start: Name,
    /// The domains whose records were looked up, longest name first.
    pub asked: Vec<Name>,
    /// The records found, longest name first.
    pub records: Vec<(Name, Arc<PolicyRecord>)>,
    /// Why the walk is not complete.
    pub obstacle: Option<Obstacle>,
}

/// A record whose `psd` tag decides the Organizational Domain.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[non_exhaustive]
pub struct Cut {
    /// The domain that has the record.
    pub domain: Name,
    /// What its tag says.
    pub psd: Psd,
}

/// Answers to questions for policy records, by domain.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    policies: HashMap<Name, Lookup>,
    texts: HashMap<Name, Lookup>,
}

impl Answers {
    /// Adds the answer about `_dmarc` at `domain`.
    pub fn insert(&mut self, domain: Name, lookup: Lookup) {
        self.policies.insert(domain, lookup);
    }

    /// Adds the known answer about TXT at `domain` itself, as a record may be there by mistake.
    pub fn insert_text(&mut self, domain: Name, lookup: Lookup) {
        self.texts.insert(domain, lookup);
    }

    /// The answer about `_dmarc` at `domain`.
    pub(super) fn policy(&self, domain: &Name) -> Option<&Lookup> {
        self.policies.get(domain)
    }

    /// The answer about TXT at `domain` itself, if it is known.
    pub(super) fn text(&self, domain: &Name) -> Option<&Lookup> {
        self.texts.get(domain)
    }
}

impl Walk {
    /// Walks from `start`, using `answers`.
    pub fn new(rules: Rules, start: &Name, answers: &Answers, limits: &Limits) -> Self {
        let mut walk = Self {
            rules,
            start: start.clone(),
            asked: Vec::new(),
            records: Vec::new(),
            obstacle: None,
        };
        let targets = match rules {
            Rules::Rfc9989 => targets(start, limits),
            Rules::Rfc7489 => match registered(start) {
                registered if registered == *start => vec![registered],
                registered => vec![start.clone(), registered],
            },
        };
        for domain in targets {
            let (found, record) = look(&domain, answers, limits);
            walk.asked.push(domain.clone());
            match found {
                Found::NoAnswer => walk.obstacle = Some(Obstacle::NoAnswer),
                Found::NotRecorded if walk.obstacle.is_none() => {
                    walk.obstacle = Some(Obstacle::NotRecorded);
                }
                _ => (),
            }
            if let Some(record) = record {
                let ends = rules == Rules::Rfc7489 || record.psd != Psd::Unknown;
                walk.records.push((domain, record));
                if ends {
                    break;
                }
            }
            // RFC 7489 §6.6.3 step 5: several records end the search.
            if rules == Rules::Rfc7489 && found == Found::SeveralRecords {
                break;
            }
        }
        walk
    }

    /// The Organizational Domain of the domain where the walk started (RFC 9989 §4.10.2, RFC 7489
    /// §3.2).
    ///
    /// # Errors
    ///
    /// Why the walk is not complete, if the Organizational Domain depends on the missing answer.
    pub fn organizational_domain(&self) -> Result<Name, Obstacle> {
        if self.rules == Rules::Rfc7489 {
            return Ok(registered(&self.start));
        }
        if let Some(obstacle) = self.obstacle {
            return Err(obstacle);
        }
        let mut shortest = None;
        for (domain, record) in &self.records {
            match record.psd {
                Psd::No => return Ok(domain.clone()),
                Psd::Yes if *domain != self.start => return Ok(self.one_label_below(domain)),
                _ => shortest = Some(domain),
            }
        }
        Ok(shortest.unwrap_or(&self.start).clone())
    }

    /// The record whose `psd` tag decided the Organizational Domain, and what the tag says.
    pub(super) fn cut(&self) -> Option<Cut> {
        let mut records = self.records.iter();
        let (domain, record) = records.find(|(domain, record)| match record.psd {
            Psd::No => true,
            Psd::Yes => *domain != self.start,
            Psd::Unknown => false,
        })?;
        (self.rules == Rules::Rfc9989).then(|| Cut {
            domain: domain.clone(),
            psd: record.psd,
        })
    }

    /// The record at the start of the walk.
    pub fn own_record(&self) -> Option<&PolicyRecord> {
        let (domain, record) = self.records.first()?;
        (*domain == self.start).then_some(record)
    }

    /// The record at `domain`.
    pub fn record_at(&self, domain: &Name) -> Option<&PolicyRecord> {
        let mut records = self.records.iter();
        let (_, record) = records.find(|(other, _)| other == domain)?;
        Some(record)
    }

    /// The start of the walk or its ancestor, one label below `domain`. It is taken from the name,
    /// whether or not the walk looked there.
    fn one_label_below(&self, domain: &Name) -> Name {
        let mut below = self.start.clone();
        while let Some(parent) = below.parent() {
            if parent == *domain {
                break;
            }
            below = parent;
        }
        below
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::{Answer, Failure, LookupId, Negative, Record, Reply, Response, Txt};

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn walk(start: &str, published: &[(&str, &str)]) -> Walk {
        let limits = Limits::default();
        let mut answers = Answers::default();
        for domain in targets(&name(start), &limits) {
            let texts = published.iter().filter(|(at, _)| *at == domain.as_str());
            let records: Vec<_> = texts
                .map(|(_, text)| Record::Txt(Txt(vec![text.as_bytes().to_vec()])))
                .collect();
            let reply = match published.iter().find(|(at, _)| *at == domain.as_str()) {
                None => Reply::NxDomain(Negative::default()),
                Some((_, "SERVFAIL")) => Reply::TempFail(Failure::Rcode("SERVFAIL".into())),
                Some(_) => Reply::Records(Answer {
                    cname: Vec::new(),
                    ttl: 300,
                    authenticated: false,
                    records,
                }),
            };
            let response = Response::new(question(&domain).unwrap(), reply, Vec::new());
            answers.insert(domain, Lookup::new(LookupId(1), response));
        }
        Walk::new(Rules::Rfc9989, &name(start), &answers, &limits)
    }

    fn organizational(start: &str, published: &[(&str, &str)]) -> String {
        let domain = walk(start, published).organizational_domain();
        domain.unwrap().to_string()
    }

    #[test]
    fn a_long_name_takes_eight_queries_as_in_the_example_of_section_4_10() {
        let targets = targets(
            &name("a.b.c.d.e.f.g.h.i.j.mail.example.com"),
            &Limits::default(),
        );
        let targets: Vec<_> = targets.iter().map(Name::as_str).collect();
        assert_eq!(
            targets,
            [
                "a.b.c.d.e.f.g.h.i.j.mail.example.com",
                "g.h.i.j.mail.example.com",
                "h.i.j.mail.example.com",
                "i.j.mail.example.com",
                "j.mail.example.com",
                "mail.example.com",
                "example.com",
                "com",
            ]
        );
    }

    #[test]
    fn the_examples_of_section_4_10_2() {
        let policy = "v=DMARC1; p=none";
        let both = [("mail.example.com", policy), ("example.com", policy)];
        assert_eq!(organizational("a.mail.example.com", &both), "example.com");
        let no = [
            ("mail.example.com", "v=DMARC1; p=none; psd=n"),
            ("example.com", policy),
        ];
        assert_eq!(
            organizational("a.mail.example.com", &no),
            "mail.example.com"
        );
        let yes = [("com", "v=DMARC1; p=reject; psd=y")];
        assert_eq!(organizational("a.mail.example.com", &yes), "example.com");
    }

    #[test]
    fn without_any_record_a_domain_is_its_own_organization() {
        assert_eq!(organizational("a.example.com", &[]), "a.example.com");
    }

    #[test]
    fn psd_y_at_the_start_of_the_walk_does_not_make_it_a_suffix() {
        let yes = [("example.com", "v=DMARC1; p=none; psd=y")];
        assert_eq!(organizational("example.com", &yes), "example.com");
    }

    #[test]
    fn one_label_below_is_found_by_name_even_where_the_walk_did_not_look() {
        let yes = [("c.d.e.f.g.example.com", "v=DMARC1; psd=y; p=none")];
        let domain = organizational("x.a.b.c.d.e.f.g.example.com", &yes);
        assert_eq!(domain, "b.c.d.e.f.g.example.com");
    }

    #[test]
    fn several_records_at_a_name_are_all_ignored() {
        let walk = walk(
            "example.com",
            &[
                ("example.com", "v=DMARC1; p=none"),
                ("example.com", "v=DMARC1; p=reject"),
            ],
        );
        assert_eq!(walk.asked[0], name("example.com"));
        assert_eq!(walk.records, []);
    }

    #[test]
    fn a_walk_that_got_no_answer_does_not_know_the_organization() {
        let walk = walk(
            "a.example.com",
            &[
                ("a.example.com", "v=DMARC1; p=none"),
                ("example.com", "SERVFAIL"),
            ],
        );
        assert_eq!(walk.organizational_domain(), Err(Obstacle::NoAnswer));
        assert!(walk.own_record().is_some());
    }
}
