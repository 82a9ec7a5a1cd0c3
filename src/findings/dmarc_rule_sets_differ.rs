//! RFC 9989 and RFC 7489 come to different outcomes.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Judged, Mark, Rule, Severity, applies};
use crate::dmarc::{AppliedPolicy, DifferenceIn, RuleDifference, Rules, registered};
use crate::evidence_class::EvidenceClass;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-rule-sets-differ",
    severity: Severity::Warning,
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
    // A domain that is cut off, and several records, are behind the difference.
    yields_to: &["dmarc-organization-cut", "several-dmarc-records"],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    case.own_steps().next()?;
    let what: Vec<String> = deciding(case)
        .map(|difference| word(difference.what).to_owned())
        .collect();
    if what.is_empty() {
        return None;
    }
    let result = |rules| Some(case.dmarc_by(rules)?.result.as_str());
    Some(
        RULE.hit(Mark::verdict(Judged::Dmarc, EvidenceClass::ProvedByDns))
            .text("author_domain", case.author()?)
            .with("differs", what)
            .with("rfc9989", result(Rules::Rfc9989)?)
            .with("rfc7489", result(Rules::Rfc7489)?),
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let author = case.author()?;
    let seen = |difference: &RuleDifference| {
        format!(
            "{}: {} by RFC 9989, {} by RFC 7489",
            difference.what.in_words(),
            difference.rfc9989,
            difference.rfc7489
        )
    };
    let mut differences = deciding(case);
    let first = differences.next()?;
    let message = format!(
        "the {} is \"{}\" by RFC 9989 and \"{}\" by RFC 7489: {}",
        first.what.in_words(),
        first.rfc9989,
        first.rfc7489,
        first.consequence
    );
    let others = differences.map(|other| hit.mark.clone().says(seen(other)));
    let finding = hit.says(message, seen(first)).with_evidence(others);
    let top = registered(author);
    Some(finding.with_fix(Fix::new(match policy_by(case, Rules::Rfc9989) {
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

/// The differences on which something hangs. That pct and t are read differently has rules of its
/// own.
fn deciding<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a RuleDifference> + use<'a> {
    let tag = |rules| policy_by(case, rules).map(|policy| policy.tag);
    let other_tag = tag(Rules::Rfc9989) != tag(Rules::Rfc7489);
    let differences = case.analysis.dmarc.differences.iter().flatten();
    differences.filter(move |difference| match difference.what {
        DifferenceIn::Result | DifferenceIn::Record | DifferenceIn::Alignment => true,
        DifferenceIn::Policy => other_tag,
        DifferenceIn::OrganizationalDomain => false,
    })
}

fn policy_by<'a>(case: &Case<'a>, rules: Rules) -> Option<&'a AppliedPolicy> {
    case.dmarc_by(rules)?.policy.as_ref()
}

fn word(what: DifferenceIn) -> &'static str {
    match what {
        DifferenceIn::OrganizationalDomain => "organizational-domain",
        DifferenceIn::Record => "record",
        DifferenceIn::Policy => "policy",
        DifferenceIn::Alignment => "alignment",
        DifferenceIn::Result => "result",
    }
}
