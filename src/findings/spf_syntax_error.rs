//! An SPF record has a syntax error.

use super::envelope::clipped;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dns::{Name, Question};
use crate::explain;
use crate::spf::SpfCause;
use crate::spf::edit::{is_all, with_term, without};
use crate::spf::repair::repaired;
use crate::spf::syntax::SyntaxFault;
use crate::typed;

pub(super) const RULE: Rule = Rule {
    code: "spf-syntax-error",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 7208 §4.6, §5 and §12"],
    explanation: Explanation {
        summary: "MAIL FROM domain whose SPF record has a syntax error",
        means: "One term of the SPF record cannot be read. Receivers must not skip it: the result \
                is permerror, whatever the other terms say and wherever the error stands.",
        matters: "SPF passes for nobody. DMARC hangs on DKIM alone.",
        todo: "Correct the term. Terms stand apart by spaces, without commas or semicolons. A \
               mechanism has a colon (include:example.net, ip4:192.0.2.1), the modifier redirect \
               an equals sign. No space follows the colon. It is ip4, not ipv4.",
        example: "wrong:  v=spf1 ipv4:192.0.2.1 include: example.net, ~all.\n\
                  right:  v=spf1 ip4:192.0.2.1 include:example.net ~all",
    },
    applies: applies::has_spf_record,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

/// What the signs before `all` say of other servers.
const READINGS: &str = "with -all mail from other servers is refused, with ~all it is suspect";

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let domain = case.own_spf_ended_by(&[SpfCause::Syntax])?;
    let problems = &case.spf().problems;
    let problem = problems.first()?;
    let mark = match problem.record_domain == domain {
        true => case.at_spf_record(),
        false => case.at_spf_result(),
    };
    let hit = RULE.hit(mark).text("domain", domain);
    let hit = hit.with("record_domain", problem.record_domain.as_str());
    let hit = hit.with("term", &problem.term);
    Some(hit.with("errors", problems.len()))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (spf, domain) = (case.spf(), case.own_spf_domain()?);
    let problem = spf.problems.first()?;
    let is_own = problem.record_domain == domain;
    let more = match spf.problems.len() - 1 {
        0 => String::new(),
        more => format!("; {more} more"),
    };
    let record = spf.record.as_deref().unwrap_or_default();
    // One string of a TXT record holds 255 octets (RFC 1035 §3.3).
    let is_cut = is_own && record.len() == 255 && record.ends_with(&*problem.term);
    let cut = match is_cut {
        true => {
            "; the record is just 255 octets long, as much as one string holds: it was perhaps cut \
             off there, and goes on in a second string"
        }
        false => "",
    };
    let message = format!(
        "the SPF record of {} cannot be read at \"{}\": {}{more}",
        problem.record_domain,
        clipped(&problem.term),
        fault(&problem.term, &problem.fault)
    );
    let message = message + cut;
    let letters: String = problem
        .term
        .chars()
        .filter(|sign| sign.is_alphanumeric())
        .collect();
    let by_hand = match letters.eq_ignore_ascii_case("all") {
        true => format!(
            "write -all or ~all in place of \"{}\", as you meant it: {READINGS}",
            clipped(&problem.term)
        ),
        false => format!(
            "correct \"{}\" so that it says what you meant; the other terms can stay",
            clipped(&problem.term)
        ),
    };
    let fix = match (is_own, repaired(record)) {
        (true, Some(repair)) if repair.guessed => {
            let hard = with_term(&without(&repair.record, is_all), "-all");
            let with = |record: &str| case.spf_fix(&domain, "", record).records;
            Fix::new("write all with the sign that was meant")
                .of(&domain)
                .choice(
                    "~all was meant",
                    "mail from other servers is suspect",
                    with(&repair.record),
                )
                .choice(
                    "-all was meant",
                    "mail from other servers is refused",
                    with(&hard),
                )
        }
        (true, Some(repair)) => case
            .spf_fix(&domain, "this was perhaps meant", &repair.record)
            .otherwise(by_hand),
        (true, None) => Fix::new(by_hand).check(&Question::txt(domain)),
        (false, _) => {
            let fix = Fix::new(format!(
                "tell who runs {}; until it is mended, take the term that leads there out of the \
                 record of {domain}, or name their addresses by ip4 and ip6",
                problem.record_domain
            ));
            match Name::parse(problem.record_domain.as_str()) {
                Ok(name) => fix.check(&Question::txt(name)),
                Err(_) => fix,
            }
        }
    };
    let seen = match is_own {
        true => clipped(record),
        false => explain::spf::cause(spf).to_string(),
    };
    Some(
        hit.says(message, seen)
            .with_evidence(case.recorded_spf_pass())
            .with_fix(fix),
    )
}

/// What is wrong with a term; a sign that cannot be seen, or looks like another, by its name.
fn fault(term: &str, fault: &SyntaxFault) -> String {
    let named = term.chars().find_map(typed::name_of);
    match (fault, named) {
        (SyntaxFault::Byte(_) | SyntaxFault::Character(_), Some(name)) => {
            format!("it has {name}; expected visible ASCII characters only")
        }
        _ => fault.to_string(),
    }
}
