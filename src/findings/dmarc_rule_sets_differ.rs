//! RFC 9989 and RFC 7489 give different outcomes.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Judged, Mark, Rule, Severity, applies};
use crate::dmarc::{DmarcResult, RuleDifference, Rules, registered};
use crate::evidence_class::EvidenceClass;
use crate::explain::dmarc::{ComparedFor, compared, consequence, what};

pub(super) const RULE: Rule = Rule {
    code: "dmarc-rule-sets-differ",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 9989 §4.10 and Appendix C", "RFC 7489 §3.2 and §6.6.3"],
    explanation: Explanation {
        summary: "DMARC outcome that hangs on which RFC the receiver follows",
        means: "RFC 9989 took the place of RFC 7489 in 2026. It finds the organizational domain by \
                asking DNS at every name upwards, where RFC 7489 looks it up in the public suffix \
                list; and it knows np, the policy for names that do not exist. For this message \
                the two come to different outcomes.",
        matters: "Receivers change over at their own time, and few say which they follow. The same \
                  mail may pass here and fail there.",
        todo: "Publish so that both agree: a record at the domain in From itself, or at the domain \
               that was registered, gives the same result by both.",
        example: "From: a@pay.news.example.com, a record only at _dmarc.news.example.com\n\
                  RFC 9989   the record of news.example.com applies\n\
                  RFC 7489   no record: it looks only at pay.news.example.com and example.com",
    },
    applies: applies::has_own_domain,
    fires: Fires::OnCase(fires),
    say,
    // These rules give the reason for the difference.
    yields_to: &["dmarc-organization-cut", "several-dmarc-records"],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    case.own_steps().next()?;
    let differs: Vec<String> = deciding(case)
        .map(|difference| difference.as_str().to_owned())
        .collect();
    if differs.is_empty() {
        return None;
    }
    let result = |rules| case.dmarc_by(rules).result.as_str();
    Some(
        RULE.hit(Mark::verdict(Judged::Dmarc, EvidenceClass::ProvedByDns))
            .text("author_domain", case.author()?)
            .with("differs", differs)
            .with("rfc9989", result(Rules::Rfc9989))
            .with("rfc7489", result(Rules::Rfc7489)),
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let author = case.author()?;
    let seen = |difference: &RuleDifference| {
        format!(
            "{}: {} by RFC 9989, {} by RFC 7489",
            what(difference),
            compared(difference, Rules::Rfc9989),
            compared(difference, Rules::Rfc7489)
        )
    };
    let mut differences = deciding(case);
    let first = differences.next()?;
    let message = format!(
        "the {} is \"{}\" by RFC 9989 and \"{}\" by RFC 7489: {}",
        what(first),
        compared(first, Rules::Rfc9989),
        compared(first, Rules::Rfc7489),
        consequence(first, ComparedFor::Message)
    );
    let others = differences.map(|other| hit.mark.clone().says(seen(other)));
    let finding = hit.says(message, seen(first)).with_evidence(others);
    let top = registered(author);
    Some(finding.with_fix(Fix::new(match case.dmarc_by(Rules::Rfc9989).policy {
        Some(policy) if policy.tag == "np" => format!(
            "if this is your mail, let {author} exist in DNS, as by an MX record, or write another \
             domain into From: np is for names that do not exist, and RFC 7489 does not know it"
        ),
        _ if top == *author => format!("say in the record of {author} what is to hold by both"),
        _ => format!(
            "publish a record at _dmarc.{author} or at _dmarc.{top} that says what is to hold: \
             both are found by either RFC"
        ),
    })))
}

/// The differences that matter. The different meanings of pct and t have rules of their own.
fn deciding<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a RuleDifference> + use<'a> {
    let tag = |rules| case.dmarc_by(rules).policy.map(|policy| policy.tag);
    let other_tag = tag(Rules::Rfc9989) != tag(Rules::Rfc7489);
    // What DNS did not answer is no difference.
    let is_known = [Rules::Rfc9989, Rules::Rfc7489].into_iter().all(|rules| {
        let result = case.dmarc_by(rules).result;
        !matches!(result, DmarcResult::Temperror | DmarcResult::Inconclusive)
    }) || case.is_of_domain();
    let differences = case.analysis.dmarc.differences.iter();
    differences.filter(move |difference| match difference {
        RuleDifference::Alignment {
            rfc9989, rfc7489, ..
        } => rfc9989.is_some() && rfc7489.is_some(),
        RuleDifference::Result { .. } | RuleDifference::Record { .. } => is_known,
        RuleDifference::Policy { .. } => is_known && other_tag,
        RuleDifference::OrganizationalDomain { .. } => false,
    })
}
