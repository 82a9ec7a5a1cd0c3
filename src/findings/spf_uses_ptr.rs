//! An SPF record has the mechanism ptr.

use super::envelope::clipped;
use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};
use crate::spf::edit::{with_term, without};
use crate::spf::record::{Mechanism, SpfRecord, Term, TermKind};

pub(super) const RULE: Rule = Rule {
    code: "spf-uses-ptr",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 7208 §5.5"],
    explanation: Explanation {
        summary: "MAIL FROM domain whose SPF record uses ptr, which should not be published",
        means: "The term ptr lets every server pass whose reverse name lies below the domain. To \
                find out, a receiver must ask for the names of the address and then for the \
                address of each name.",
        matters: "RFC 7208 says that ptr should not be published: it is slow, it is not reliable, \
                  and it is a burden for others. Some receivers skip it, or take the record for a \
                  bad sign.",
        todo: "Name the servers by ip4, ip6, a or include instead, and take ptr out. First see \
               which servers pass by it alone: the aggregate reports of DMARC name them.",
        example: "wrong:  v=spf1 ptr:example.com ~all\n\
                  right:  v=spf1 ip4:192.0.2.0/28 ~all",
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
    let ptr = parsed.terms.iter().find(|term| is_ptr(term))?;
    // A record with errors has a rule of its own.
    if parsed.errors().next().is_some() {
        return None;
    }
    let hit = RULE.hit(case.at_spf_record()).text("domain", domain);
    let hit = hit.with("record", record);
    Some(hit.with("term", &ptr.text))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let domain = case.own_spf_domain()?;
    let (record, ptr) = (hit.values.text("record")?, hit.values.text("term")?);
    let matched = case.spf().matched.as_ref();
    let is_by_ptr = matched.is_some_and(|matched| *matched.term == *ptr);
    let effect = match is_by_ptr {
        _ if case.is_of_domain() => "",
        true => "; this message passed by it alone",
        false => "; this message did not pass by it",
    };
    let message =
        format!("the SPF record of {domain} has {ptr}, which should not be published{effect}");
    let mut new = without(record, is_ptr);
    if let Some(term) = case.term_for_sender().filter(|_| is_by_ptr) {
        new = with_term(&new, &term);
    }
    let text = match is_by_ptr {
        true => "name the servers by their addresses; with the one that sent this message it is",
        false => "take ptr out; if other servers pass by it alone, name them by their addresses",
    };
    let fix = case.spf_fix(&domain, text, &new);
    Some(hit.says(message, clipped(record)).with_fix(fix))
}

/// Whether a term is a `ptr`.
pub(super) fn is_ptr(term: &Term) -> bool {
    matches!(term.kind, Ok(TermKind::Directive(_, Mechanism::Ptr(_))))
}
