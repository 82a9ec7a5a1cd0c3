//! The TXT records that findings propose, and what is wrong with them, judged from outside.

use sesauth::dmarc::{Mode, Policy, PolicyRecord, RecordProblem, Rules};
use sesauth::dns::{Action, RecordType};
use sesauth::findings::Finding;
use sesauth::spf::record::{Mechanism, Qualifier, SpfRecord, Term, TermKind, is_spf};

/// One TXT record that a finding says to publish.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub code: &'static str,
    pub name: String,
    pub text: String,
}

/// The TXT records that `findings` propose, in fixes and in choices.
pub fn proposals(findings: &[Finding]) -> Vec<Proposal> {
    let mut all = Vec::new();
    for finding in findings {
        let fixes = finding.fix.iter();
        let records = fixes.flat_map(|fix| {
            let chosen = fix.choices.iter().flat_map(|choice| &choice.records);
            fix.records.iter().chain(chosen)
        });
        for record in records {
            if record.action != Action::Remove && record.kind == RecordType::Txt {
                all.push(Proposal {
                    code: finding.code,
                    name: record.name.to_string(),
                    text: unescaped(&record.value),
                });
            }
        }
    }
    all
}

/// The text of a TXT record in zone-file form, its strings joined.
pub fn unescaped(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut chars = value.bytes();
    let mut inside = false;
    while let Some(byte) = chars.next() {
        match byte {
            b'"' => inside = !inside,
            b'\\' => {
                let first = chars.next().unwrap();
                if first.is_ascii_digit() {
                    let rest = [first, chars.next().unwrap(), chars.next().unwrap()];
                    let digits = std::str::from_utf8(&rest).unwrap();
                    bytes.push(digits.parse().unwrap());
                } else {
                    bytes.push(first);
                }
            }
            byte if inside => bytes.push(byte),
            _ => (),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What is wrong with an SPF record `text` that is proposed in place of `before`, which was right.
/// `keeps` says whether all of its terms have to be there; a rule may still take out its own.
pub fn spf_faults(text: &str, before: &str, keeps: bool, code: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !is_spf(text.as_bytes()) {
        return vec!["is no SPF record".into()];
    }
    let (new, old) = (
        SpfRecord::parse(text.as_bytes()),
        SpfRecord::parse(before.as_bytes()),
    );
    if let Some((term, error)) = new.errors().next() {
        faults.push(format!(
            "cannot be read at {:?}: {:?}",
            term.text, error.fault
        ));
    }
    if text[6..].to_ascii_lowercase().contains("v=spf1") {
        faults.push("has the version twice".into());
    }
    let all = |record: &SpfRecord| record.terms.iter().find_map(qualifier_of_all);
    let redirect = |record: &SpfRecord| {
        let mut terms = record.terms.iter();
        terms
            .find(|term| matches!(term.kind, Ok(TermKind::Redirect(_))))
            .map(|term| term.text.trim_end_matches('.').to_lowercase())
    };
    let rank = |qualifier: Option<Qualifier>| match qualifier {
        Some(Qualifier::Fail) => 3,
        Some(Qualifier::Softfail) => 2,
        Some(Qualifier::Pass) => 0,
        _ => 1,
    };
    if all(&new) == Some(Qualifier::Pass) {
        faults.push("lets everyone pass".into());
    }
    match (redirect(&old), all(&new)) {
        (Some(_), Some(Qualifier::Fail | Qualifier::Softfail)) => (),
        (Some(kept), _) if redirect(&new).as_ref() != Some(&kept) => {
            faults.push("loses the redirect".into())
        }
        _ if rank(all(&new)) < rank(all(&old)) => faults.push("weaker all".into()),
        _ => (),
    }
    if keeps && code != "spf-include-without-record" {
        let has = |term: &Term| new.terms.iter().any(|other| same(other, term));
        let lost = old
            .terms
            .iter()
            .filter(|term| qualifier_of_all(term).is_none() && !has(term));
        faults.extend(
            lost.filter(|term| !matches!(term.kind, Ok(TermKind::Redirect(_))))
                .map(|term| format!("loses {}", term.text)),
        );
    }
    faults
}

fn same(one: &Term, other: &Term) -> bool {
    one.text
        .trim_start_matches('+')
        .eq_ignore_ascii_case(other.text.trim_start_matches('+'))
}

fn qualifier_of_all(term: &Term) -> Option<Qualifier> {
    match term.kind {
        Ok(TermKind::Directive(qualifier, Mechanism::All)) => Some(qualifier),
        _ => None,
    }
}

/// What is wrong with a DMARC record `text` that is proposed in place of `before`, which was right.
/// `keeps` says whether its report addresses have to be there.
pub fn dmarc_faults(text: &str, before: &str, keeps: bool, from_ses: bool) -> Vec<String> {
    let mut faults = Vec::new();
    let Some(new) = PolicyRecord::parse(text.as_bytes()) else {
        return vec!["is no DMARC record".into()];
    };
    let old = PolicyRecord::parse(before.as_bytes());
    let is_decision = |problem: &RecordProblem| {
        let stood = old
            .as_ref()
            .is_some_and(|old| old.problems.contains(problem));
        stood
            && match problem {
                RecordProblem::Testing => true,
                RecordProblem::Removed { tag, value } => tag == "pct" && value != "100",
                _ => false,
            }
    };
    faults.extend(
        new.problems
            .iter()
            .filter(|it| !is_decision(it))
            .map(|it| format!("{it:?}")),
    );
    let Some(old) = old else {
        return faults;
    };
    let policies = |record: &PolicyRecord| {
        let rules = Rules::Rfc9989;
        let strength = |policy: Policy| match record.testing {
            true => policy.lowered(),
            false => policy,
        };
        [
            strength(record.for_domain(rules)),
            strength(record.for_subdomain(rules, true).0),
            strength(record.for_subdomain(rules, false).0),
        ]
    };
    for (name, (new, old)) in ["p", "sp", "np"]
        .iter()
        .zip(policies(&new).into_iter().zip(policies(&old)))
    {
        if new < old {
            faults.push(format!("{name} is {new}, and was {old}"));
        }
    }
    if keeps {
        for (tag, old, new) in [("rua", &old.rua, &new.rua), ("ruf", &old.ruf, &new.ruf)] {
            let lost = old.iter().filter(|uri| {
                !new.iter()
                    .any(|other| other.uri.eq_ignore_ascii_case(&uri.uri))
            });
            faults.extend(lost.map(|uri| format!("{tag} loses {}", uri.uri)));
        }
    }
    for (tag, old, new) in [
        ("adkim", old.adkim, new.adkim),
        ("aspf", old.aspf, new.aspf),
    ] {
        if new == Some(Mode::Strict) && old != Some(Mode::Strict) && (from_ses || keeps) {
            faults.push(format!("{tag}=s, which was not there"));
        }
    }
    faults
}
