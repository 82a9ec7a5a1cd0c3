//! RFC 9989 and RFC 7489 come to different outcomes.

use super::dmarc_organization_cut::is_cut;
use super::{Case, Explanation, Findings, Fires, Fix, Judged, Mark, Rule, Severity, applies};
use crate::dmarc::{DifferenceIn, Found, RuleDifference, Rules, registered};
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let dmarc = &case.analysis.dmarc;
    // Several records, and a domain that is cut off, have rules of their own; so have pct and t.
    let has_more_to_say = is_cut(case)
        || case
            .own_steps()
            .any(|step| step.found == Found::SeveralRecords);
    if case.own_steps().next().is_none() || has_more_to_say {
        return;
    }
    let by = |rules| case.dmarc_by(rules).and_then(|dmarc| dmarc.policy.as_ref());
    let tag = |rules| by(rules).map(|policy| policy.tag);
    let other_tag = tag(Rules::Rfc9989) != tag(Rules::Rfc7489);
    let decides = |difference: &&RuleDifference| match difference.what {
        DifferenceIn::Result | DifferenceIn::Record | DifferenceIn::Alignment => true,
        DifferenceIn::Policy => other_tag,
        DifferenceIn::OrganizationalDomain => false,
    };
    let differences = dmarc.differences.iter().flatten().filter(decides);
    let differences: Vec<&RuleDifference> = differences.collect();
    let Some(first) = differences.first() else {
        return;
    };
    let message = format!(
        "the {} is \"{}\" by RFC 9989 and \"{}\" by RFC 7489: {}",
        first.what.in_words(),
        first.rfc9989,
        first.rfc7489,
        first.consequence
    );
    let mut evidence = differences.iter().map(|difference| {
        let text = format!(
            "{}: {} by RFC 9989, {} by RFC 7489",
            difference.what.in_words(),
            difference.rfc9989,
            difference.rfc7489
        );
        Mark::verdict(Judged::Dmarc, EvidenceClass::ProvedByDns).says(text)
    });
    let Some(evidence_first) = evidence.next() else {
        return;
    };
    let finding = findings.add(message, evidence_first).also(evidence);
    let Some(author) = case.author() else {
        return;
    };
    let top = registered(author);
    finding.fix(Fix::new(match by(Rules::Rfc9989) {
        Some(policy) if policy.tag == "np" => format!(
            "if this is your mail, let {author} exist in DNS, as by an MX record, or write another \
             domain into From: np is for names that do not exist, and RFC 7489 does not know it"
        ),
        _ if top == *author => format!("say in the record of {author} what is to hold by both"),
        _ => format!(
            "publish a record at _dmarc.{author} or at _dmarc.{top} that says what is to hold: \
             both are found by either RFC"
        ),
    }));
}
