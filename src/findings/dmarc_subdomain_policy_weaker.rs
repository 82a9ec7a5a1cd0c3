//! A value of sp that is weaker than p.

use super::policy::strictness;
use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};
use crate::dmarc::{with_tag, without_tag};

pub(super) const RULE: Rule = Rule {
    code: "dmarc-subdomain-policy-weaker",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 9989 §4.7 (sp, np)", "RFC 7489 §6.3"],
    explanation: Explanation {
        summary: "DMARC policy that is weaker for subdomains than for the domain",
        means: "sp is the policy for subdomains that have no record of their own. Without it p \
                holds for them too. Here sp asks for less than p.",
        matters: "Who cannot forge example.com takes billing.example.com, which looks as good and \
                  needs not even exist. Providers of mailboxes also show no logo (BIMI) under \
                  sp=none.\n\
                  People often read that sp=none means \"the same as the main domain\". It means \
                  the policy none. \"The same\" is said by leaving sp out. Nor is sp needed for a \
                  custom MAIL FROM domain: DMARC looks at the domain in From.",
        todo: "Leave sp out. If some subdomain still sends mail that fails, give that one a record \
               of its own with p=none and keep the others safe; np=reject covers names that do \
               not exist.",
        example: "weak  v=DMARC1; p=reject; sp=none; rua=mailto:dmarc@example.com\n\
                  good  v=DMARC1; p=reject; rua=mailto:dmarc@example.com",
    },
    applies: applies::has_own_policy,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let published = case.usable_record()?;
    let (p, sp) = (published.record.p?, published.record.sp?);
    // sp only has an effect at the Organizational Domain.
    let counts = case.organization() == Some(published.domain());
    if strictness(sp) >= strictness(p) || !counts {
        return None;
    }
    Some(
        RULE.hit(published.at(case))
            .text("domain", published.domain())
            .with("p", p.as_str())
            .with("sp", sp.as_str()),
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let published = case.usable_record()?;
    let domain = published.domain();
    let (p, sp) = (hit.values.text("p")?, hit.values.text("sp")?);
    let message = format!(
        "the policy of {domain} is p={p}, but sp={sp} for its subdomains, which anybody can then \
         forge more easily"
    );
    let text = &published.base(case);
    let mut fix = published
        .fix("choose what is to hold for subdomains")
        .choice(
            "leave sp out",
            format!(
                "{p} holds for all subdomains; mail of theirs that passes by neither SPF nor DKIM \
                 is then hit, so read the reports first"
            ),
            published.replaced(&without_tag(text, "sp")),
        );
    if published.record.np.is_none() {
        fix = fix.choice(
            "keep sp, and refuse mail from names that do not exist",
            "subdomains that exist stay open to forgery; receivers by RFC 7489 do not know np",
            published.replaced(&with_tag(text, "np", "reject")),
        );
    }
    let seen = published.record.text.as_str();
    Some(hit.says(message, seen).with_fix(fix))
}
