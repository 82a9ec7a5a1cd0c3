//! An SPF record causes more lookups than are allowed.

use super::envelope::{clipped, steps};
use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dns::Question;
use crate::ses::records;
use crate::spf::edit::{closed, is_all, with_term, without};
use crate::spf::{SpfCause, SpfStep};

/// Terms named in the fix; the others cost less.
const NAMED: usize = 4;

pub(super) const RULE: Rule = Rule {
    code: "spf-too-many-lookups",
    severity: Severity::Warning,
    cites: &[
        "RFC 7208 §4.6.4",
        "Amazon SES Developer Guide, Using a custom MAIL FROM domain",
    ],
    explanation: Explanation {
        summary: "MAIL FROM domain whose SPF record causes too many DNS lookups",
        means: "The terms include, a, mx, ptr, exists and redirect each cause a lookup. Ten are \
                allowed, those within included records counted too. A mail exchanger term (mx) \
                may lead to ten hosts. Beyond that the result is permerror. ip4, ip6 and all cost \
                nothing.",
        matters: "SPF passes only for servers that are named before the limit is reached, and for \
                  nobody else. It can begin without any change of yours: when a service that you \
                  include includes one more.",
        todo: "Take out what you no longer use. Give each service a subdomain of its own with a \
               short record: services that let you choose the MAIL FROM domain make that easy. A \
               custom MAIL FROM domain of SES needs one term, and one lookup: \
               include:amazonses.com. It does not need what stands at your main domain.\n\
               People often copy the addresses of a service into ip4 terms. That works until the \
               service changes them, and nobody tells you.",
        example: "mail.example.com. 300 TXT \"v=spf1 include:amazonses.com ~all\"",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let causes = [SpfCause::TooManyLookups, SpfCause::TooManyNames];
    let Some(domain) = case.own_spf_ended_by(&causes) else {
        return;
    };
    let spf = case.spf();
    let sentence = &spf.sentence;
    let record = spf.record.as_deref().unwrap_or_default();
    let message = match spf.cause {
        SpfCause::TooManyNames => format!("the SPF record of {domain} asks too much: {sentence}"),
        _ => format!(
            "the SPF record of {domain} causes more than the {} lookups that are allowed, so SPF \
             ends in permerror",
            spf.lookup_limit
        ),
    };
    let fix = match case.ses_mail_from() {
        Some(_) => case.spf_fix(
            &domain,
            "a custom MAIL FROM domain of SES needs no more than this; if another service sends \
             under it too, give that a subdomain of its own",
            &with_term(
                &closed(&without(record, |term| !is_all(term))),
                records::INCLUDE,
            ),
        ),
        None => {
            let mut costs: Vec<(usize, &str)> = spf.trace.iter().map(cost).collect();
            costs.retain(|(count, _)| *count > 0);
            costs.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
            let costs: Vec<String> = costs
                .iter()
                .take(NAMED)
                .map(|(count, term)| format!("{} {count}", clipped(term)))
                .collect();
            Fix::new(format!(
                "take out what you no longer use, or give a service a subdomain of its own as \
                 MAIL FROM domain; so many lookups come from each: {}",
                costs.join(", ")
            ))
            .check(&Question::txt(domain.clone()))
        }
    };
    findings
        .add(message, case.at_spf_verdict())
        .also([case.at_spf_record().says(clipped(record))])
        .also(case.recorded_spf_pass())
        .fix(fix);
}

/// The lookups that a term causes, as far as they were counted.
fn cost(step: &SpfStep) -> (usize, &str) {
    let within = steps(&step.steps);
    let counted = within.iter().filter(|step| step.lookup_number.is_some());
    let own = usize::from(step.lookup_number.is_some());
    (own + counted.count(), &step.term)
}
