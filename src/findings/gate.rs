//! No advice harms: every SPF and DMARC record that a rule proposes is parsed again and judged beside
//! what stands at its name. What is weaker, or has a fault of its own, is not shown.

use std::fmt;

use super::case::Case;
use super::envelope::names_itself;
use super::finding::Finding;
use super::fix::Fix;
use super::policy::owner;
use super::recorded::{RecordedPolicy, recorded_policy};
use super::spf_allows_everyone::is_open;
use super::spf_redirect_beside_all::is_redirect;
use super::spf_uses_ptr::is_ptr;
use crate::dmarc::{
    Alignment, Mechanism as By, Mode, Policy, PolicyRecord, RecordProblem, Rules, TagState,
    repaired as dmarc_repaired, typed_policies,
};
use crate::dns::change::RecordChange;
use crate::dns::{Action, Name, Question, RecordType, Txt};
use crate::ses::records;
use crate::spf::edit::strictness;
use crate::spf::record::{Mechanism, Qualifier, SpfRecord, Term, TermKind, is_spf};
use crate::spf::repair::{is_glued, repaired, typed_all};

/// The most terms that may cause lookups (RFC 7208 §4.6.4).
const LOOKUPS: usize = 10;

/// Why a record is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refused {
    /// It is not a record, or has an error.
    Unreadable,
    /// One of our own rules would report it.
    Reported,
    /// Its policy, or its `all`, is weaker than what stands.
    Weaker,
    /// It would lose this, which stands.
    Loses(String),
    /// It names this, which DNS was not asked about.
    NotAsked(String),
    /// It makes alignment strict, which this mail does not meet.
    Strict(&'static str),
}

/// `finding` without the records that would do harm.
pub(super) fn passed(case: &Case<'_>, mut finding: Finding) -> Finding {
    if let Some(fix) = finding.fix.take() {
        finding.fix = Some(judged(case, fix));
    }
    finding
}

fn judged(case: &Case<'_>, mut fix: Fix) -> Fix {
    let refused = sift(case, &mut fix.records, &fix.taken_out);
    if let Some(why) = refused {
        match fix.otherwise.take() {
            Some(text) => fix.text = text,
            None => fix.text = format!("{}; no record is shown, as {why}", fix.text),
        }
    }
    let taken_out = &fix.taken_out;
    fix.choices
        .retain_mut(|choice| sift(case, &mut choice.records, taken_out).is_none());
    fix
}

/// Takes out the records that do not pass, and what was to make room for them; says why the first did
/// not.
fn sift(case: &Case<'_>, records: &mut Vec<RecordChange>, taken_out: &[String]) -> Option<Refused> {
    let mut first = None;
    let mut names: Vec<Name> = Vec::new();
    for record in records.iter() {
        if let Err(why) = judge(case, record, taken_out) {
            names.push(record.name.clone());
            first.get_or_insert(why);
        }
    }
    records.retain(|record| record.kind != RecordType::Txt || !names.contains(&record.name));
    first
}

fn judge(case: &Case<'_>, record: &RecordChange, taken_out: &[String]) -> Result<(), Refused> {
    let Some(text) = record.text().filter(|_| record.action != Action::Remove) else {
        return Ok(());
    };
    let name = &record.name;
    let is_meant_for_spf = text.to_ascii_lowercase().contains("v=spf1");
    if name.as_str().starts_with("_dmarc.") {
        judge_dmarc(case, name, &text)
    } else if is_meant_for_spf {
        judge_spf(case, name, &text, taken_out)
    } else {
        Ok(())
    }
}

fn judge_spf(
    case: &Case<'_>,
    name: &Name,
    text: &str,
    taken_out: &[String],
) -> Result<(), Refused> {
    let new = SpfRecord::parse(text.as_bytes());
    let is_clean = is_spf(text.as_bytes()) && is_clean(&new);
    if !is_clean {
        return Err(Refused::Unreadable);
    }
    let redirects = new.terms.iter().any(is_redirect);
    let lookups = new.terms.iter().filter(|term| causes_lookup(term)).count();
    let is_reported = |term: &Term| is_open(term) || is_ptr(term);
    if new.terms.iter().any(is_reported) || redirects && new.has_all() || lookups > LOOKUPS {
        return Err(Refused::Reported);
    }
    for old in standing(case, name)
        .iter()
        .filter(|text| is_meant_for_spf(text))
    {
        beside_spf(name, &new, old, taken_out)?;
    }
    if new.terms.iter().any(|term| names_itself(term, name)) {
        return Err(Refused::Reported);
    }
    let mut targets = new.terms.iter().filter_map(target);
    match targets.find(|target| !is_known(case, target)) {
        Some(target) => Err(Refused::NotAsked(target.to_owned())),
        None => Ok(()),
    }
}

/// Compares an SPF record with the text that stands.
fn beside_spf(
    name: &Name,
    new: &SpfRecord,
    old: &str,
    taken_out: &[String],
) -> Result<(), Refused> {
    let parsed = SpfRecord::parse(old.as_bytes());
    let is_read = is_spf(old.as_bytes()) && is_clean(&parsed);
    let all = match is_read {
        true => qualifier_of_all(&parsed),
        false => typed_all(old),
    };
    let strength = |all: Option<Qualifier>| strictness(all.unwrap_or(Qualifier::Neutral));
    let new_all = qualifier_of_all(new);
    if strength(new_all) < strength(all) {
        return Err(Refused::Weaker);
    }
    let meant = match (is_read, repaired(old)) {
        (false, Some(repair)) => SpfRecord::parse(repair.record.as_bytes()),
        _ => parsed,
    };
    let has = |term: &Term| new.terms.iter().any(|other| same(&other.text, &term.text));
    let is_closed = strength(new_all) >= strictness(Qualifier::Softfail);
    let has_all = meant.has_all();
    let is_kept = |term: &&Term| match &term.kind {
        Ok(TermKind::Directive(Qualifier::Pass, mechanism)) => *mechanism != Mechanism::All,
        Ok(TermKind::Redirect(_)) => !is_closed && !has_all,
        _ => false,
    };
    let mut kept = meant.terms.iter().filter(is_kept);
    let is_out = |term: &Term| {
        is_ptr(term)
            || is_open(term)
            || names_itself(term, name)
            || taken_out.iter().any(|out| same(out, &term.text))
    };
    if let Some(lost) = kept.find(|term| !has(term) && !is_out(term)) {
        return Err(Refused::Loses(lost.text.to_string()));
    }
    // A record that lets nobody pass any more is worse than one with an error.
    let lets_pass = |record: &SpfRecord| {
        let mut terms = record.terms.iter();
        terms.any(|term| {
            is_redirect(term) && !record.has_all()
                || matches!(term.kind, Ok(TermKind::Directive(Qualifier::Pass, _)))
        })
    };
    match lets_pass(&meant) && !lets_pass(new) {
        true => Err(Refused::Loses("every sender".into())),
        false => Ok(()),
    }
}

fn is_clean(record: &SpfRecord) -> bool {
    let is_version = |term: &Term| term.text.to_ascii_lowercase().starts_with("v=");
    let mut terms = record.terms.iter();
    terms.all(|term| term.kind.is_ok() && !is_glued(&term.text) && !is_version(term))
}

fn qualifier_of_all(record: &SpfRecord) -> Option<Qualifier> {
    record.terms.iter().find_map(|term| match term.kind {
        Ok(TermKind::Directive(qualifier, Mechanism::All)) => Some(qualifier),
        _ => None,
    })
}

fn causes_lookup(term: &Term) -> bool {
    match &term.kind {
        Ok(TermKind::Directive(_, mechanism)) => !matches!(
            mechanism,
            Mechanism::All | Mechanism::Ip4(..) | Mechanism::Ip6(..)
        ),
        Ok(TermKind::Redirect(_)) => true,
        _ => false,
    }
}

/// The domain that a term names.
fn target(term: &Term) -> Option<&str> {
    let (_, target) = term.text.split_once([':', '='])?;
    causes_lookup(term).then(|| target.split('/').next().unwrap_or(target))
}

fn same(one: &str, other: &str) -> bool {
    let bare = |text: &str| text.trim_start_matches('+').to_ascii_lowercase();
    bare(one) == bare(other)
}

/// Whether DNS was asked about a name, or a text that stands in DNS has it, or it is Amazon's own.
fn is_known(case: &Case<'_>, target: &str) -> bool {
    let target = target.to_ascii_lowercase();
    let is_amazons = records::INCLUDE.ends_with(&target);
    let mut lookups = case.analysis.lookups.0.iter();
    is_amazons
        || lookups.any(|lookup| {
            let mut texts = lookup.reply.txt().map(Txt::joined);
            lookup.question.name.as_str() == target
                || texts.any(|text| {
                    String::from_utf8_lossy(&text)
                        .to_ascii_lowercase()
                        .contains(&target)
                })
        })
}

fn is_meant_for_spf(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.contains("spf1") || repaired(text).is_some()
}

fn judge_dmarc(case: &Case<'_>, name: &Name, text: &str) -> Result<(), Refused> {
    let Some(new) = PolicyRecord::parse(text.as_bytes()).filter(|new| new.p.is_some()) else {
        return Err(Refused::Unreadable);
    };
    let standing = standing(case, name);
    let old: Vec<PolicyRecord> = standing
        .iter()
        .filter_map(|text| PolicyRecord::parse(text.as_bytes()))
        .collect();
    let stood = |problem: &RecordProblem| old.iter().any(|old| old.problems.contains(problem));
    let mut problems = new.problems.iter();
    if problems.any(|problem| !is_decision(problem) || !stood(problem)) {
        return Err(Refused::Reported);
    }
    let [_, sub, _] = strengths(&new);
    // Where nothing counts now, the receiver may have recorded what stood when the message came.
    let recorded = match case.policy() {
        Some(_) => RecordedPolicy::default(),
        None => recorded_policy(case),
    };
    let weaker_below = |record: &PolicyRecord| record.p > record.sp && record.sp.is_some();
    let stood_below = old.iter().any(weaker_below) || recorded.sp == new.sp;
    if weaker_below(&new) && !stood_below && sub < Policy::Reject {
        return Err(Refused::Reported);
    }
    for text in standing.iter() {
        beside_dmarc(&new, text)?;
    }
    if recorded.p > new.p || recorded.sp > Some(sub) {
        return Err(Refused::Weaker);
    }
    for (tag, mode, of_old) in [
        (
            "adkim",
            new.adkim,
            old.iter().map(|old| old.adkim).collect::<Vec<_>>(),
        ),
        ("aspf", new.aspf, old.iter().map(|old| old.aspf).collect()),
    ] {
        let is_new = mode == Some(Mode::Strict) && !of_old.contains(&Some(Mode::Strict));
        if is_new && !meets_strict(case, tag) {
            return Err(Refused::Strict(tag));
        }
    }
    Ok(())
}

/// What a domain decides for itself, and other proposals leave alone.
fn is_decision(problem: &RecordProblem) -> bool {
    match problem {
        RecordProblem::Testing => true,
        RecordProblem::Removed { tag, value } => {
            tag == "pct" && value.parse().is_ok_and(|part: u8| part < 100)
        }
        _ => false,
    }
}

/// Compares a DMARC record with the text that stands.
fn beside_dmarc(new: &PolicyRecord, old: &str) -> Result<(), Refused> {
    let parsed = PolicyRecord::parse(old.as_bytes());
    let valid = parsed.as_ref().filter(|old| {
        let problems = &old.problems;
        let is_void = |problem: &RecordProblem| {
            matches!(
                problem,
                RecordProblem::CountsAsNone | RecordProblem::Ignored
            )
        };
        !problems.iter().any(is_void)
    });
    let floor = match valid {
        // Of a policy that stands there twice, the owner may have meant either.
        Some(old) => {
            let repeated = old
                .tags
                .iter()
                .filter(|tag| tag.state == TagState::Repeated);
            let repeated = repeated.filter(|tag| matches!(tag.name.as_str(), "p" | "sp" | "np"));
            let texts = repeated.filter_map(|tag| Some(format!("p={}", tag.value.as_deref()?)));
            let other = texts.filter_map(|text| typed_policies(&text)[0]).max();
            strengths(old).map(|policy| other.map_or(policy, |other| policy.max(other)))
        }
        None => {
            let [p, sp, np] = typed_policies(old);
            let or = |policy: Option<Policy>| policy.unwrap_or(Policy::None);
            [or(p), or(sp.or(p)), or(np.or(sp).or(p))]
        }
    };
    if strengths(new)
        .iter()
        .zip(floor)
        .any(|(new, old)| *new < old)
    {
        return Err(Refused::Weaker);
    }
    let repaired = dmarc_repaired(old);
    let meant = repaired.and_then(|text| PolicyRecord::parse(text.as_bytes()));
    for old in parsed.iter().chain(&meant) {
        for (old, new) in [(&old.rua, &new.rua), (&old.ruf, &new.ruf)] {
            let has = |uri: &str| new.iter().any(|other| other.uri.eq_ignore_ascii_case(uri));
            let is_usable = |uri: &str| {
                meant.as_ref().is_none_or(|meant| {
                    let mut uris = meant.rua.iter().chain(&meant.ruf);
                    uris.any(|other| other.uri.eq_ignore_ascii_case(uri))
                })
            };
            if let Some(lost) = old.iter().find(|uri| !has(&uri.uri) && is_usable(&uri.uri)) {
                return Err(Refused::Loses(lost.uri.clone()));
            }
        }
    }
    Ok(())
}

/// The policies for the domain, for subdomains, and for names that do not exist, as `t` leaves them.
fn strengths(record: &PolicyRecord) -> [Policy; 3] {
    let rules = Rules::Rfc9989;
    let lowered = |policy: Policy| match record.testing {
        true => policy.lowered(),
        false => policy,
    };
    [
        lowered(record.for_domain(rules)),
        lowered(record.for_subdomain(rules, true).0),
        lowered(record.for_subdomain(rules, false).0),
    ]
}

/// Whether this mail meets strict alignment, as far as is known; mail of SES seldom does.
pub(super) fn meets_strict(case: &Case<'_>, tag: &str) -> bool {
    let alignment = &case.analysis.dmarc.alignment;
    let is_of = |by: &By| match by {
        By::Spf => tag == "aspf",
        By::Dkim(_) => tag == "adkim",
    };
    let breaks =
        |it: &Alignment| it.aligned_relaxed == Some(true) && it.aligned_strict == Some(false);
    let mut all = alignment.all();
    (tag != "aspf" || case.ses().is_none()) && !all.any(|(by, it)| is_of(&by) && breaks(it))
}

/// The texts that stand at a name, as far as DNS was asked.
fn standing(case: &Case<'_>, name: &Name) -> Vec<String> {
    let mut steps = case.analysis.dmarc.steps.iter();
    let step = steps.find(|step| owner(step).as_ref() == Some(name));
    if let Some(step) = step.filter(|step| !step.records.is_empty()) {
        return step.records.to_vec();
    }
    case.answer(&Question::txt(name.clone())).texts()
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("not all of it is clear"),
            Self::Reported => f.write_str("what comes of it has another fault"),
            Self::Weaker => f.write_str("what comes of it is weaker than what was written"),
            Self::Loses(what) => write!(f, "it would lose {what}"),
            Self::NotAsked(name) => write!(f, "DNS was not asked about {name}"),
            Self::Strict(tag) => write!(f, "this mail does not meet {tag}=s"),
        }
    }
}
