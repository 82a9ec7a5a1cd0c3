//! An SPF record has both redirect and all, so that the redirect has no effect.

use super::envelope::clipped;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::spf::edit::{with_term, without};
use crate::spf::record::{SpfRecord, Term, TermKind};

pub(super) const RULE: Rule = Rule {
    code: "spf-redirect-beside-all",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 7208 §5.1 and §6.1"],
    explanation: Explanation {
        summary: "MAIL FROM domain whose SPF record has a redirect that all makes void",
        means: "redirect= hands over to the record of another domain, but only where the record has \
                no all. Beside all, wherever it stands, receivers ignore it.",
        matters: "The servers that the other record names are not let through by this one, though \
                  it looks as if they were.",
        todo: "If mail leaves from those servers too, write include: in place of redirect=, before \
               all. If not, take the redirect out.",
        example: "wrong:  v=spf1 redirect=spf.example.net -all\n\
                  right:  v=spf1 include:spf.example.net -all",
    },
    applies: applies::has_spf_record,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (domain, record) = (case.own_spf_domain()?, case.spf().record.as_deref()?);
    let parsed = SpfRecord::parse(record.as_bytes());
    // A record with errors has a rule of its own.
    if parsed.errors().next().is_some() || !parsed.has_all() {
        return None;
    }
    let redirect = parsed.terms.iter().find(|term| is_redirect(term))?;
    let hit = RULE.hit(case.at_spf_record()).text("domain", domain);
    let hit = hit.with("record", record);
    Some(hit.with("term", &redirect.text))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let domain = case.own_spf_domain()?;
    let (record, term) = (hit.values.text("record")?, hit.values.text("term")?);
    let (_, target) = term.split_once('=')?;
    let message = format!(
        "the SPF record of {domain} has {} beside all, so that receivers ignore the redirect",
        clipped(term)
    );
    let bare = without(record, is_redirect);
    if target
        .trim_end_matches('.')
        .eq_ignore_ascii_case(domain.as_str())
    {
        let words = "take the redirect out: it leads to this very record, and nothing changes";
        let fix = case.spf_fix(&domain, words, &bare).otherwise(words);
        return Some(hit.says(message, clipped(record)).with_fix(fix));
    }
    let included = with_term(&bare, &format!("include:{target}"));
    let fix = Fix::new("does mail leave from the servers that it names?")
        .choice(
            format!("it does: include {} instead", clipped(target)),
            "what that record lets through passes here too",
            case.spf_fix(&domain, "", &included).records,
        )
        .choice(
            "it does not: take the redirect out",
            "nothing changes, as receivers ignore it now",
            case.spf_fix(&domain, "", &bare).records,
        );
    Some(hit.says(message, clipped(record)).with_fix(fix))
}

/// Whether a term is a `redirect`.
pub(super) fn is_redirect(term: &Term) -> bool {
    matches!(term.kind, Ok(TermKind::Redirect(_)))
}
