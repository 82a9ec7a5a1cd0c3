//! An SPF record causes more lookups than are allowed.

use super::envelope::{clipped, steps};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dns::{Name, Question};
use crate::explain;
use crate::ses::records;
use crate::spf::edit::{closed, is_all, with_term, without};
use crate::spf::record::{Qualifier, SpfRecord, Term, TermKind};
use crate::spf::{SpfCause, SpfStep, SpfStop};

/// How many terms are named in the fix, those with the most lookups.
const NAMED: usize = 4;

pub(super) const RULE: Rule = Rule {
    code: "spf-too-many-lookups",
    severity: Severity::Warning,
    wants_message: false,
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
    applies: applies::has_spf_record,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let causes = [SpfCause::TooManyLookups, SpfCause::TooManyNames];
    let domain = case.own_spf_ended_by(&causes)?;
    let spf = case.spf();
    let hit = RULE.hit(case.at_spf_result()).text("domain", domain);
    let hit = hit.with("lookups", spf.lookups);
    if let Some(circle) = spf.circle() {
        let circle: Vec<String> = circle.into_iter().map(str::to_owned).collect();
        return Some(hit.with("loop", circle));
    }
    Some(match spf.cause {
        SpfCause::TooManyNames => hit,
        _ => hit.with("limit", spf.lookup_limit),
    })
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (spf, domain) = (case.spf(), case.own_spf_domain()?);
    let cause = explain::spf::cause(spf).to_string();
    let record = spf.record.as_deref().unwrap_or_default();
    let circle = hit.values.list("loop");
    let message = match (circle, hit.values.number("limit")) {
        (Some(circle), _) => {
            let circle: Vec<&str> = circle.iter().map(String::as_str).collect();
            format!(
                "{}, and SPF ends in permerror",
                explain::spf::Circle(&circle)
            )
        }
        (None, None) => format!("a mail exchanger term may lead to ten hosts at most: {cause}"),
        (None, Some(limit)) => format!(
            "the SPF record of {domain} causes more than the {limit} lookups that are allowed, so \
             SPF ends in permerror"
        ),
    };
    let fix = match (circle, &spf.stop) {
        (Some(circle), _) => outside(case, &domain, circle),
        (None, Some(SpfStop::TooManyNames { at, .. })) => Fix::new(format!(
            "in the record of {}, name the hosts that send by ip4 and ip6 in place of {}; most of \
             its hosts only receive mail",
            at.record_domain,
            clipped(&at.term)
        ))
        .check(&Question::txt(at.record_domain.clone())),
        _ if case.ses_mail_from().is_some() => {
            let taken_out = SpfRecord::parse(record.as_bytes()).terms;
            let taken_out = taken_out.iter().map(|term| &term.text);
            case.spf_fix(
                &domain,
                "a custom MAIL FROM domain of SES needs no more than this; if another service \
                 sends under it too, give that a subdomain of its own",
                &with_term(
                    &closed(&without(record, |term| !is_all(term))),
                    records::INCLUDE,
                ),
            )
            .taking_out(taken_out)
        }
        _ => Fix::new(format!(
            "take out what you no longer use, or give a service a subdomain of its own as MAIL \
             FROM domain; so many lookups come from each: {}",
            costs(&spf.trace)
        ))
        .check(&Question::txt(domain)),
    };
    Some(
        hit.says(message, cause)
            .with_evidence([case.at_spf_record().says(clipped(record))])
            .with_evidence(case.recorded_spf_pass())
            .with_fix(fix),
    )
}

/// The fix for a loop: the term of our record that leads into it is taken out.
fn outside(case: &Case<'_>, domain: &Name, circle: &[String]) -> Fix {
    let spf = case.spf();
    let mut steps = spf.trace.iter();
    let leads_there = |step: &&SpfStep| {
        let target = step.record_domain.as_deref();
        target.is_some_and(|target| circle.iter().any(|name| name == target))
            || steps_below(step).any(|target| circle.iter().any(|name| name == target))
    };
    let Some(step) = steps.find(leads_there) else {
        return Fix::new("let no record lead back to itself").check(&Question::txt(domain.clone()));
    };
    let term = clipped(&step.term);
    let record = spf.record.as_deref().unwrap_or_default();
    let mut new = without(record, |other| other.text == step.term);
    let left = SpfRecord::parse(new.as_bytes());
    let lets_pass = |term: &Term| {
        matches!(
            term.kind,
            Ok(TermKind::Directive(Qualifier::Pass, _)) | Ok(TermKind::Redirect(_))
        )
    };
    let target = step.record_domain.as_deref().unwrap_or_default();
    let names = match () {
        () if !left.terms.iter().any(lets_pass) => {
            "; nobody passes then, so name there the servers that send, as ip4:, ip6: or the include \
             of a service"
                .to_owned()
        }
        () if target == domain.as_str() => String::new(),
        () => format!("; servers that only {target} names are to be named there too"),
    };
    let words = match circle.iter().any(|name| name == domain.as_str()) {
        true => format!("take {term} out of the record of {domain}, as it leads back there{names}"),
        false => format!(
            "tell who runs {}; until it is mended, take {term} out of the record of {domain}{names}",
            circle.first().map_or("it", String::as_str)
        ),
    };
    // The redirect decided about all other clients; without it, they are neutral.
    if !left.has_all() && step.term.to_ascii_lowercase().starts_with("redirect=") {
        new = with_term(&new, "~all");
    }
    case.spf_fix(domain, words.clone(), &new)
        .taking_out([&step.term])
        .otherwise(words)
}

/// The domains of the records below a step.
fn steps_below(step: &SpfStep) -> impl Iterator<Item = &str> {
    let below = steps(&step.steps).into_iter();
    below.filter_map(|step| step.record_domain.as_deref())
}

/// The terms that cause the most lookups, each with its number of lookups.
fn costs(trace: &[SpfStep]) -> String {
    let mut costs: Vec<(usize, &str)> = trace.iter().map(cost).collect();
    costs.retain(|(count, _)| *count > 0);
    costs.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let named = costs.iter().take(NAMED);
    let named: Vec<String> = named
        .map(|(count, term)| format!("{} {count}", clipped(term)))
        .collect();
    named.join(", ")
}

/// The number of lookups that a term causes, as far as they were counted.
fn cost(step: &SpfStep) -> (usize, &str) {
    let within = steps(&step.steps);
    let counted = within.iter().filter(|step| step.lookup_number.is_some());
    let own = usize::from(step.lookup_number.is_some());
    (own + counted.count(), &step.term)
}
