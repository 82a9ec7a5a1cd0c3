//! A value of sp or np that is weaker than p.

use super::policy::strictness;
use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};
use crate::dmarc::{Policy, with_tag, without_tag};

pub(super) const RULE: Rule = Rule {
    code: "dmarc-subdomain-policy-weaker",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 9989 §4.7 (sp, np)", "RFC 7489 §6.3"],
    explanation: Explanation {
        summary: "DMARC policy that is weaker for subdomains than for the domain",
        means: "sp is the policy for subdomains that have no record of their own. Without it p \
                holds for them too. np is the policy for subdomains that do not exist; without it \
                sp holds for them, or p. Here sp or np asks for less than p.",
        matters: "Who cannot forge example.com takes billing.example.com, which looks as good and \
                  needs not even exist. Providers of mailboxes also show no logo (BIMI) under \
                  sp=none.\n\
                  People often read that sp=none means \"the same as the main domain\". It means \
                  the policy none. \"The same\" is said by leaving sp out. Nor is sp needed for a \
                  custom MAIL FROM domain: DMARC looks at the domain in From.",
        todo: "Leave sp and np out. If some subdomain still sends mail that fails, give that one a record \
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
    let (p, sp, np) = (
        published.record.p?,
        published.record.sp,
        published.record.np,
    );
    // sp and np only have an effect at the Organizational Domain.
    if case.organization() != Some(published.domain()) {
        return None;
    }
    let is_weaker = |one: &Policy| strictness(*one) < strictness(p);
    let (sp, np) = (sp.filter(is_weaker), np.filter(is_weaker));
    if sp.is_none() && np.is_none() {
        return None;
    }
    let hit = RULE
        .hit(published.at(case))
        .text("domain", published.domain())
        .with("p", p.as_str());
    let hit = match sp {
        Some(sp) => hit.with("sp", sp.as_str()),
        None => hit,
    };
    Some(match np {
        Some(np) => hit.with("np", np.as_str()),
        None => hit,
    })
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let published = case.usable_record()?;
    let domain = published.domain();
    let p = hit.values.text("p")?;
    let weaker = ["sp", "np"].into_iter();
    let weaker: Vec<(&str, &str)> = weaker
        .filter_map(|tag| Some((tag, hit.values.text(tag)?)))
        .collect();
    let message = match weaker[..] {
        [(_, sp), (_, np)] => format!(
            "the policy of {domain} is p={p}, but sp={sp} for its subdomains and np={np} for names \
             that do not exist, which anybody can then forge more easily"
        ),
        [("sp", sp)] => format!(
            "the policy of {domain} is p={p}, but sp={sp} for its subdomains, which anybody can \
             then forge more easily"
        ),
        [(_, np)] => format!(
            "the policy of {domain} is p={p}, but np={np} for names below it that do not exist, \
             which anybody can then forge more easily"
        ),
        _ => return None,
    };
    let base = published.base(case);
    let without = weaker
        .iter()
        .fold(base.clone(), |text, (tag, _)| without_tag(&text, tag));
    let seen = published.record.text.as_str();
    if hit.values.text("sp").is_none() {
        let then = published.record.sp.or(published.record.p);
        let fix = published.fix(format!(
            "leave np out, so that {} holds for such names too; read in the reports first that \
             nothing of yours sends under one",
            then.map_or(p, |policy| policy.as_str())
        ));
        let fix = fix.records(published.replaced(&without));
        return Some(hit.says(message, seen).with_fix(fix));
    }
    let text = &base;
    let leave = match weaker.len() {
        1 => "leave sp out",
        _ => "leave sp and np out",
    };
    let mut fix = published
        .fix("choose what is to hold for subdomains")
        .choice(
            leave,
            format!(
                "{p} holds for all subdomains; mail of theirs that passes by neither SPF nor DKIM \
                 is then hit, so read the reports first"
            ),
            published.replaced(&without),
        );
    if published.record.np != Some(Policy::Reject) {
        fix = fix.choice(
            "keep sp, and refuse mail from names that do not exist",
            "subdomains that exist stay open to forgery; receivers by RFC 7489 do not know np",
            published.replaced(&with_tag(text, "np", "reject")),
        );
    }
    Some(hit.says(message, seen).with_fix(fix))
}
