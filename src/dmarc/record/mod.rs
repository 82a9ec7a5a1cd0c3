//! DMARC Policy Records (RFC 9989 §4.7 and §4.8).

mod edit;
mod problem;
mod repair;
mod tag;
mod uri;
mod words;

use std::sync::Arc;

pub use edit::{with_tag, without_tag};
pub use problem::{RecordProblem, UriProblem};
pub(crate) use repair::{repaired, shows_stricter, typed_policies};
pub use tag::{RecordTag, TagOrigin, TagSpan, TagState, tag_names};
pub(crate) use tag::{meant_policy, meant_tags};
pub use uri::{ReportUri, UriFault};
pub use words::{Mode, Policy, Psd};

use super::Rules;

/// A DMARC Policy Record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyRecord {
    /// Its text.
    pub text: String,
    /// `p`; `None` if it is absent or invalid.
    pub p: Option<Policy>,
    /// `sp`.
    pub sp: Option<Policy>,
    /// `np`.
    pub np: Option<Policy>,
    /// `psd`.
    pub psd: Psd,
    /// `t=y`.
    pub testing: bool,
    /// `pct`, which only RFC 7489 defines.
    pub percentage: Option<u8>,
    /// `adkim`; `None` if the record does not have it.
    pub adkim: Option<Mode>,
    /// `aspf`; `None` if the record does not have it.
    pub aspf: Option<Mode>,
    /// `rua`: the URIs that look valid.
    pub rua: Vec<ReportUri>,
    /// `ruf`: the URIs that look valid.
    pub ruf: Vec<ReportUri>,
    /// The tags that it has, in their order, then the tags that it does not have.
    pub tags: Arc<Vec<RecordTag>>,
    /// What is wrong or unusual about it.
    pub problems: Arc<Vec<RecordProblem>>,
}

impl PolicyRecord {
    /// Parses `text`; `None` if it does not begin with `v=DMARC1` and so is not a policy record
    /// (§4.7).
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(text).into_owned();
        let (name, value) = text.split(';').next()?.split_once('=')?;
        if !name.trim_ascii_end().eq_ignore_ascii_case("v") || value.trim_ascii() != "DMARC1" {
            return None;
        }
        let mut record = Self {
            text: text.clone(),
            p: None,
            sp: None,
            np: None,
            psd: Psd::Unknown,
            testing: false,
            percentage: None,
            adkim: None,
            aspf: None,
            rua: Vec::new(),
            ruf: Vec::new(),
            tags: Arc::default(),
            problems: Arc::default(),
        };
        let mut start = 0;
        for spec in text.split(';') {
            let blank = spec.len() - spec.trim_ascii_start().len();
            if !spec.trim_ascii().is_empty() {
                record.add(spec.trim_ascii(), start + blank);
            }
            start += spec.len() + 1;
        }
        record.conclude();
        Some(record)
    }

    /// Whether the record can be used: it has a valid policy, or a report address, which makes it
    /// `p=none` (RFC 9989 §4.10.1, RFC 7489 §6.6.3).
    pub fn is_usable(&self, rules: Rules) -> bool {
        self.policy_is_valid(rules) || !self.rua.is_empty()
    }

    /// The policy for the domain of the record itself.
    pub fn for_domain(&self, rules: Rules) -> Policy {
        match (self.policy_is_valid(rules), self.p) {
            (true, Some(p)) => p,
            _ => Policy::None,
        }
    }

    /// The policy for subdomains, and the tag that gives it. `exists` says whether the subdomain
    /// exists in DNS; RFC 7489 does not define `np`.
    pub fn for_subdomain(&self, rules: Rules, exists: bool) -> (Policy, &'static str) {
        let exists = exists || rules == Rules::Rfc7489;
        match (self.policy_is_valid(rules), exists, self.np, self.sp) {
            (true, false, Some(np), _) => (np, "np"),
            (true, _, _, Some(sp)) => (sp, "sp"),
            _ => (self.for_domain(rules), "p"),
        }
    }

    /// Whether `p` is present and valid, and the policies for subdomains are not invalid.
    fn policy_is_valid(&self, rules: Rules) -> bool {
        let invalid = |name: &str| {
            let mut tags = self.tags.iter();
            tags.any(|tag| tag.name == name && tag.state == TagState::Invalid)
        };
        self.p.is_some() && !invalid("sp") && (rules == Rules::Rfc7489 || !invalid("np"))
    }

    /// Adds the tag `spec`, which begins at octet `start`.
    fn add(&mut self, spec: &str, start: usize) {
        let (written, value) = match spec.split_once('=') {
            Some((name, value)) => (name.trim_ascii(), Some(value.trim_ascii())),
            None => (spec, None),
        };
        let name = written.to_ascii_lowercase();
        let seen = self.tags.iter().any(|tag| tag.name == name);
        let (state, mut note) = match value {
            None => {
                let text = spec.to_owned();
                (TagState::Malformed, Some(RecordProblem::NotATag { text }))
            }
            Some(_) if seen => {
                let tag = name.clone();
                (TagState::Repeated, Some(RecordProblem::Repeated { tag }))
            }
            Some(value) => self.read(&name, value),
        };
        // Tag names are case-sensitive by RFC 6376 §3.2, but not by the grammar of RFC 9989 §4.8.
        if state == TagState::Valid && name != written && note.is_none() {
            let written = written.to_owned();
            note = Some(RecordProblem::Capitals { written });
        }
        self.add_problem(note.clone());
        let known = tag::KNOWN.iter().find(|(known, _)| *known == name);
        Arc::make_mut(&mut self.tags).push(RecordTag {
            span: Some(TagSpan {
                start,
                end: start + spec.len(),
            }),
            value: value.map(str::to_owned),
            state,
            default: known.and_then(|(_, default)| *default),
            effective: None,
            from: TagOrigin::Nowhere,
            note,
            name,
        });
    }

    /// Evaluates one tag; returns its state, and what is wrong or unusual about it.
    fn read(&mut self, name: &str, value: &str) -> (TagState, Option<RecordProblem>) {
        let owned = || (name.to_owned(), value.to_owned());
        if tag::REMOVED.contains(&name) {
            if name == "pct" {
                self.percentage = value.parse().ok().filter(|percentage| *percentage <= 100);
            }
            let (tag, value) = owned();
            return (
                TagState::Removed,
                Some(RecordProblem::Removed { tag, value }),
            );
        }
        match name {
            "p" => self.p = Policy::parse(value),
            "sp" => self.sp = Policy::parse(value),
            "np" => self.np = Policy::parse(value),
            "adkim" => self.adkim = Mode::parse(value),
            "aspf" => self.aspf = Mode::parse(value),
            "psd" => self.psd = Psd::parse(value),
            "t" => self.testing = value.eq_ignore_ascii_case("y"),
            "rua" | "ruf" => return self.read_uris(name, value),
            "v" | "fo" => (),
            _ => {
                let (tag, value) = owned();
                return (
                    TagState::Unknown,
                    Some(RecordProblem::Unknown { tag, value }),
                );
            }
        }
        if tag::allows(name, value) {
            return (TagState::Valid, None);
        }
        let known = tag::KNOWN.iter().find(|(known, _)| *known == name);
        let (tag, value) = owned();
        let problem = RecordProblem::Invalid {
            tag,
            value,
            default: known.and_then(|(_, default)| *default),
        };
        (TagState::Invalid, Some(problem))
    }

    fn read_uris(&mut self, name: &str, value: &str) -> (TagState, Option<RecordProblem>) {
        let mut uris = Vec::new();
        let mut problems = Vec::new();
        for text in value.split(',').map(str::trim_ascii) {
            match ReportUri::parse(text) {
                Ok(uri) => {
                    if let Some(size) = uri.size.clone() {
                        let uri = uri.uri.clone();
                        problems.push(UriProblem::Size { uri, size });
                    }
                    uris.push(uri);
                }
                Err(_) if text.is_empty() => problems.push(UriProblem::Empty),
                Err(fault) => problems.push(UriProblem::Unusable(fault)),
            }
        }
        let none_left = uris.is_empty();
        let state = match none_left {
            true => TagState::Invalid,
            false => TagState::Valid,
        };
        match name {
            "rua" => self.rua = uris,
            _ => self.ruf = uris,
        }
        let note = (!problems.is_empty()).then(|| RecordProblem::Uris {
            tag: name.to_owned(),
            problems,
            none_left,
        });
        (state, note)
    }

    /// Adds the tags that the record does not have, and determines the effective values.
    fn conclude(&mut self) {
        for (name, default) in tag::KNOWN {
            if !self.tags.iter().any(|tag| tag.name == name) {
                Arc::make_mut(&mut self.tags).push(RecordTag {
                    name: name.into(),
                    span: None,
                    value: None,
                    state: TagState::Absent,
                    default,
                    effective: None,
                    from: TagOrigin::Nowhere,
                    note: None,
                });
            }
        }
        let has_ruf = !self.ruf.is_empty();
        let policies = [
            ("p", self.effective("p")),
            ("sp", self.effective("sp")),
            ("np", self.effective("np")),
        ];
        let mut is_fo_idle = false;
        for tag in Arc::make_mut(&mut self.tags) {
            let policy = policies.iter().find(|(name, _)| *name == tag.name);
            (tag.effective, tag.from) = match (policy, tag.state, tag.default) {
                (_, TagState::Repeated | TagState::Malformed, _) => continue,
                (Some((_, effective)), _, _) => effective.clone(),
                (_, TagState::Valid, _) => (tag.value.clone(), TagOrigin::Record),
                (_, TagState::Absent | TagState::Invalid, Some(default)) => {
                    (Some(default.into()), TagOrigin::Default)
                }
                _ => continue,
            };
            if tag.name == "fo" && !has_ruf {
                (tag.effective, tag.from) = (None, TagOrigin::Nowhere);
                if tag.state == TagState::Valid {
                    is_fo_idle = true;
                    tag.note = Some(RecordProblem::NoRuf);
                }
            }
        }
        self.add_problem(is_fo_idle.then_some(RecordProblem::NoRuf));
        self.find_what_receivers_do();
    }

    /// The effective value of `p`, `sp` or `np` by RFC 9989.
    fn effective(&self, name: &str) -> (Option<String>, TagOrigin) {
        if !self.policy_is_valid(Rules::Rfc9989) {
            return match self.is_usable(Rules::Rfc9989) {
                true => (Some("none".into()), TagOrigin::NoValidPolicy),
                false => (None, TagOrigin::NoValidPolicy),
            };
        }
        let (policy, tag) = match name {
            "p" => (self.for_domain(Rules::Rfc9989), "p"),
            name => self.for_subdomain(Rules::Rfc9989, name == "sp"),
        };
        let origin = match tag {
            tag if tag == name => TagOrigin::Record,
            "sp" => TagOrigin::Sp,
            _ => TagOrigin::P,
        };
        (Some(policy.as_str().into()), origin)
    }

    /// What receivers do with a record without a valid policy (§4.10.1).
    fn find_what_receivers_do(&mut self) {
        let mut tags = self.tags.iter();
        let has_no_policy = tags.any(|tag| tag.name == "p" && tag.state == TagState::Absent);
        let is_valid = self.policy_is_valid(Rules::Rfc9989);
        let effect = match (is_valid, self.rua.is_empty()) {
            (true, _) => self.testing.then_some(RecordProblem::Testing),
            (false, false) => Some(RecordProblem::CountsAsNone),
            (false, true) => Some(RecordProblem::Ignored),
        };
        self.add_problem(has_no_policy.then_some(RecordProblem::NoPolicy));
        self.add_problem(effect);
    }

    fn add_problem(&mut self, problem: Option<RecordProblem>) {
        if let Some(problem) = problem {
            Arc::make_mut(&mut self.problems).push(problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> PolicyRecord {
        PolicyRecord::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn only_v_dmarc1_at_the_start_makes_a_record() {
        for text in ["v=DMARC1", "v = DMARC1 ; p=none", "V=DMARC1;p=none;"] {
            assert!(PolicyRecord::parse(text.as_bytes()).is_some(), "{text}");
        }
        for text in [
            "",
            "v=dmarc1; p=none",
            "v=DMARC1.0",
            "p=none; v=DMARC1",
            "v=spf1 -all",
        ] {
            assert!(PolicyRecord::parse(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn words_are_read_in_any_case_and_defaults_are_told_from_choices() {
        let record = parse("v=DMARC1; p=REJECT; adkim=S");
        assert_eq!(record.p, Some(Policy::Reject));
        assert_eq!((record.adkim, record.aspf), (Some(Mode::Strict), None));
    }

    #[test]
    fn a_record_without_a_valid_policy_needs_somewhere_to_report_to() {
        assert!(!parse("v=DMARC1").is_usable(Rules::Rfc9989));
        assert!(!parse("v=DMARC1; rua=mailto:").is_usable(Rules::Rfc9989));
        assert!(!parse("v=DMARC1; p=none; sp=maybe").is_usable(Rules::Rfc9989));
        let record = parse("v=DMARC1; p=rejct; rua=mailto:a@example.com!10m");
        assert!(record.is_usable(Rules::Rfc9989));
        assert_eq!(record.for_domain(Rules::Rfc9989), Policy::None);
    }

    #[test]
    fn subdomains_take_np_then_sp_then_p() {
        let record = parse("v=DMARC1; p=none; sp=quarantine; np=reject");
        assert_eq!(
            record.for_subdomain(Rules::Rfc9989, false),
            (Policy::Reject, "np")
        );
        assert_eq!(
            record.for_subdomain(Rules::Rfc9989, true),
            (Policy::Quarantine, "sp")
        );
        let record = parse("v=DMARC1; p=reject");
        assert_eq!(
            record.for_subdomain(Rules::Rfc9989, false),
            (Policy::Reject, "p")
        );
    }

    #[test]
    fn what_is_odd_is_found() {
        let record = parse("v=DMARC1; p=none; pct=50; aspr=r; aspf=x; p=reject; what");
        assert_eq!(record.problems.len(), 5, "{:?}", record.problems);
        assert_eq!(record.p, Some(Policy::None));
        assert_eq!(record.percentage, Some(50));
        let unknown = RecordProblem::Unknown {
            tag: "aspr".into(),
            value: "r".into(),
        };
        let invalid = RecordProblem::Invalid {
            tag: "aspf".into(),
            value: "x".into(),
            default: Some("r"),
        };
        assert_eq!(record.problems[1..3], [unknown, invalid]);
        assert_eq!(meant_tags("aspr", "r"), ["aspf"]);
    }

    #[test]
    fn every_tag_has_its_place_and_where_its_value_comes_from() {
        let text = "v=DMARC1;  p=reject ; sp=none;fo=1;";
        let record = parse(text);
        assert_eq!(*record.problems, [RecordProblem::NoRuf]);
        let tag = |name: &str| record.tags.iter().find(|tag| tag.name == name).unwrap();
        let span = tag("p").span.unwrap();
        assert_eq!(&text[span.start..span.end], "p=reject");
        assert_eq!(tag("np").from, TagOrigin::Sp);
        assert_eq!(tag("np").effective.as_deref(), Some("none"));
        assert_eq!(tag("adkim").from, TagOrigin::Default);
        assert_eq!(tag("adkim").effective.as_deref(), Some("r"));
        assert_eq!(tag("fo").effective, None);
        assert_eq!(record.tags.len(), tag::KNOWN.len());
    }

    #[test]
    fn a_bad_policy_for_missing_subdomains_matters_only_to_rfc_9989() {
        let record = parse("v=DMARC1; p=reject; np=no");
        assert!(!record.is_usable(Rules::Rfc9989));
        assert!(record.is_usable(Rules::Rfc7489));
        assert_eq!(record.for_domain(Rules::Rfc7489), Policy::Reject);
    }

    #[test]
    fn what_receivers_do_without_a_valid_policy_is_found() {
        let last = |text: &str| parse(text).problems.last().cloned();
        let reported = last("v=DMARC1; rua=mailto:a@example.com");
        assert_eq!(reported, Some(RecordProblem::CountsAsNone));
        let unreported = last("v=DMARC1; rua=mailto:;");
        assert_eq!(unreported, Some(RecordProblem::Ignored));
        let fault = UriFault::NoPlace {
            uri: "mailto:".into(),
        };
        let uris = RecordProblem::Uris {
            tag: "rua".into(),
            problems: vec![UriProblem::Unusable(fault)],
            none_left: true,
        };
        assert_eq!(parse("v=DMARC1; rua=mailto:;").problems[0], uris);
        assert_eq!(meant_policy("rejct"), Some("reject"));
    }
}
