//! Terms of an SPF record have more void lookups than allowed.

use super::envelope::{clipped, steps};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dns::Question;
use crate::explain;
use crate::spf::SpfCause;
use crate::spf::edit::without;

pub(super) const RULE: Rule = Rule {
    code: "spf-too-many-void-lookups",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 7208 §4.6.4 (void lookups) and §11.1"],
    explanation: Explanation {
        summary: "MAIL FROM domain whose SPF record has too many terms that lead nowhere",
        means: "A term that asks DNS for something and gets no answer, as there is no such name or \
                no such record, is a void lookup. Two are tolerated. With the third many receivers \
                end in permerror.",
        matters: "SPF passes only for servers that are named before. Receivers may set another \
                  limit, so that the same mail passes at one and fails at the next. Terms that \
                  lead nowhere are mostly left over from hosts and services that are gone.",
        todo: "Take the terms out that lead nowhere, or give their names the records that they ask \
               for.",
        example: "v=spf1 a:old1.example.com a:old2.example.com mx:gone.example.com ~all",
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
    let domain = case.own_spf_ended_by(&[SpfCause::TooManyVoidLookups])?;
    let spf = case.spf();
    let void = steps(&spf.trace).into_iter().filter(|step| step.voids > 0);
    let terms: Vec<String> = void.map(|step| step.term.to_string()).collect();
    let hit = RULE.hit(case.at_spf_result()).text("domain", domain);
    let hit = hit.with("terms", terms);
    let hit = hit.with("void_lookups", spf.void_lookups);
    Some(hit.with("limit", spf.void_lookup_limit))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (spf, domain) = (case.spf(), case.own_spf_domain()?);
    let own = spf.trace.iter().filter(|step| step.voids > 0);
    let own: Vec<&str> = own.map(|step| &*step.term).collect();
    let message = format!(
        "{} terms to which the SPF record of {domain} leads find nothing, and {} are tolerated",
        hit.values.number("void_lookups")?,
        hit.values.number("limit")?
    );
    let record = spf.record.as_deref().unwrap_or_default();
    let fix = match own.is_empty() {
        false => case
            .spf_fix(
                &domain,
                format!(
                    "take out the terms that find nothing: {}",
                    clipped(&own.join(" "))
                ),
                &without(record, |term| own.contains(&&*term.text)),
            )
            .taking_out(&own)
            .otherwise(format!(
                "correct the terms that find nothing, or take them out: {}",
                clipped(&own.join(" "))
            )),
        true => Fix::new("tell who runs the included domains, or take them out")
            .check(&Question::txt(domain)),
    };
    let terms = hit.values.list("terms")?.join(" ");
    Some(
        hit.says(message, explain::spf::cause(spf).to_string())
            .with_evidence([case.at_spf_record().says(clipped(&terms))])
            .with_evidence(case.recorded_spf_pass())
            .with_fix(fix),
    )
}
