//! Why two verifiers differ about DMARC.

use super::{Case, Rule, another_form};
use crate::dmarc::{DmarcBy, DmarcCause, Found, Rules};
use crate::dns::Name;
use crate::second::{Compared, PeerMethod, PeerRow};

pub(super) const RULES: &[Rule] = &[
    Rule::by("RFC 9989 §5.3.5", follows),
    Rule::by("RFC 9989 §4.10", other_rules),
    Rule::at_hand(|case| {
        let no_author = case.theirs.is_none() || case.theirs_is("none");
        no_author.then(|| another_form(case)).flatten()
    }),
    Rule::by("RFC 9989 §5.3.1", |case| {
        let several = case.theirs.is_none() && case.analysis.message.from.len() > 1;
        let author = case.analysis.dmarc.author_domain.as_ref()?;
        several.then(|| format!("From has several addresses, and {author} is the domain of all"))
    }),
    Rule::by("RFC 9989 §4.4", |case| {
        let alignment = &case.analysis.dmarc.alignment;
        let mut all = alignment.spf.iter().chain(&alignment.dkim);
        let near = all.find(|one| {
            let relaxed_only = one.aligned == Some(false) && one.aligned_relaxed == Some(true);
            one.authenticated && relaxed_only
        })?;
        let (mine, author) = (near.identifier.as_ref()?, &case.row.subject);
        (case.theirs_is("pass") && case.ours_is("fail")).then(|| {
            format!("the record asks for strict alignment, and {mine} is not {author} itself")
        })
    }),
    Rule::by("RFC 9989 §5.3.1", |case| {
        Some(match case.analysis.dmarc.cause {
            DmarcCause::NoAuthorDomain => "From names no domain".into(),
            DmarcCause::SeveralAuthorDomains => "From does not name one domain alone".into(),
            DmarcCause::SeveralFromFields => "there are several From fields".into(),
            _ => return None,
        })
    }),
    Rule::by("RFC 9989 §4.10", |case| {
        let mut steps = case.analysis.dmarc.steps.iter();
        let several = steps.find(|step| step.found == Found::SeveralRecords)?;
        let bad = case.theirs_is("permerror") && case.ours_is("none");
        bad.then(|| {
            format!(
                "of several policy records at _dmarc.{} none counts, as if there were none",
                several.domain
            )
        })
    }),
    Rule::by("RFC 9989 §4.10.1", |case| {
        let unusable = case.analysis.dmarc.cause == DmarcCause::RecordUnusable;
        unusable.then(|| {
            "a policy record without a valid policy or a place to report to is as none".into()
        })
    }),
    Rule::by("RFC 9989 §4.10.1", |case| {
        let none_here = case.analysis.dmarc.cause == DmarcCause::NoRecord;
        let found = case.theirs_is("pass") || case.theirs_is("fail");
        (none_here && found).then(|| "it found a policy record, where DNS here has none".into())
    }),
    Rule::by("RFC 9989 §4.10.1", |case| {
        let policy = case.analysis.dmarc.policy.as_ref()?;
        let found = &policy.domain;
        case.theirs_is("none")
            .then(|| format!("it counts no policy record, where DNS here has _dmarc.{found}"))
    }),
    Rule::by("RFC 9989 §5.3.5", |case| {
        let failed = case.theirs_is("temperror");
        failed.then(|| "DNS gave it no answer on which the result hangs".into())
    }),
    Rule::by("RFC 9989 §5.3.5", |case| {
        let failed = case.analysis.dmarc.cause == DmarcCause::Dns;
        failed.then(|| "DNS gave no answer here on which the result hangs".into())
    }),
    Rule::at_hand(|case| {
        Some(match case.analysis.dmarc.cause {
            DmarcCause::NotRecorded => {
                "the recorded DNS here does not hold what the result hangs on".into()
            }
            DmarcCause::NotEvaluated => {
                "SPF or a signature could not be judged here, and the result hangs on it".into()
            }
            _ => return None,
        })
    }),
];

/// That their results for SPF and DKIM, with our alignment, come to their result.
fn follows(case: &Case<'_>) -> Option<String> {
    let dmarc = &case.analysis.dmarc;
    dmarc.policy.as_ref()?;
    let aligned = |row: &PeerRow| {
        let alignment = match row.signature {
            Some(number) => dmarc.alignment.dkim.get(number - 1),
            None => dmarc.alignment.spf.as_ref(),
        };
        alignment.is_some_and(|alignment| alignment.aligned == Some(true))
    };
    let is_pass = |word: &Option<String>| word.as_deref() == Some("pass");
    let carries = |row: &&PeerRow, word: &Option<String>| aligned(row) && is_pass(word);
    let comes_to = match case.rows.iter().any(|row| carries(&row, &row.theirs)) {
        true => "pass",
        false => "fail",
    };
    if !case.theirs_is(comes_to) {
        return None;
    }
    let differing = case.rows.iter().filter(|row| {
        row.comparison != Compared::Agree
            && aligned(row)
            && is_pass(&row.theirs) != is_pass(&row.ours)
    });
    let names: Vec<String> = differing
        .map(|row| match (row.method, row.signature) {
            (PeerMethod::Dkim, Some(number)) => format!("DKIM {number}"),
            (method, _) => method.as_str().to_uppercase(),
        })
        .collect();
    (!names.is_empty()).then(|| format!("it follows from {}", names.join(" and ")))
}

/// That their result is ours by the other rules: those of RFC 7489 take the organizational domain
/// from the public suffix list (§3.2), those of RFC 9989 ask DNS.
fn other_rules(case: &Case<'_>) -> Option<String> {
    let dmarc = &case.analysis.dmarc;
    let beside = dmarc.by_other_rules();
    let (how, here) = match dmarc.rules {
        Rules::Rfc9989 => (LIST, WALK),
        Rules::Rfc7489 => (WALK, LIST),
    };
    let is_it = case.theirs_is(beside.result.as_str()) && beside.result != dmarc.result;
    is_it.then(|| {
        format!(
            "{} is the result by {how}, where the organizational domain is {}; by {here} it is {}",
            beside.result,
            organization(beside),
            organization(dmarc.by(dmarc.rules))
        )
    })
}

const LIST: &str = "the public suffix list (RFC 7489 §3.2)";
const WALK: &str = "the DNS tree walk";

fn organization(dmarc: DmarcBy<'_>) -> &str {
    let name = dmarc.organizational_domain;
    name.map_or("not known", Name::as_str)
}
