//! A policy of p=none.

use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};
use crate::conclusion::ConclusionResult;
use crate::dmarc::{Policy, TagState, with_tag, without_tag};

pub(super) const RULE: Rule = Rule {
    code: "dmarc-policy-none",
    severity: Severity::Notice,
    wants_message: false,
    cites: &["RFC 9989 §4.7 (p, np) and §7.4", "RFC 7489 §6.3"],
    explanation: Explanation {
        summary: "DMARC policy of none, which stops no forged mail",
        means: "p=none asks receivers to do nothing about mail that fails DMARC, and to report. It \
                is the right beginning, and enough for what Gmail, Yahoo and Outlook.com ask of \
                senders.",
        matters: "Anybody can still send mail with this domain in From, and it is delivered. \
                  p=quarantine lets such mail go to the spam folder, p=reject lets it be refused.",
        todo: "Read the reports for some weeks. When every sender of yours passes by SPF or DKIM, \
               better by both, write p=quarantine, and after some quiet weeks p=reject. t=y beside \
               it asks receivers that follow RFC 9989 for one level less while you try.\n\
               If people of the domain write to mailing lists, stay at quarantine or think twice: \
               lists break signatures, and mail of theirs would be refused. np=reject, for names \
               below the domain that do not exist, hurts nobody and can be set at once.",
        example: "v=DMARC1; p=none; np=reject; rua=mailto:dmarc@example.com\n\
                  v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com\n\
                  v=DMARC1; p=reject; rua=mailto:dmarc@example.com",
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
    let (published, policy) = (case.usable_record()?, case.policy()?);
    // A weaker policy for subdomains only, and a policy that cannot be used, have rules of their
    // own. If the message fails, other things come first.
    let is_plain = published.record.p == Some(Policy::None)
        && published
            .tag("p")
            .is_some_and(|tag| tag.state == TagState::Valid);
    let fails = case.analysis.conclusion.result == ConclusionResult::Fail;
    if !is_plain || policy.requested != Policy::None || fails {
        return None;
    }
    Some(
        RULE.hit(published.at(case))
            .text("domain", published.domain())
            .with("tag", "p")
            .with("value", Policy::None.as_str()),
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let published = case.usable_record()?;
    let domain = published.domain();
    // A stricter policy needs reports first.
    let text = published.base(case);
    // The second step has the first one too.
    let text = match published.tag("np") {
        Some(_) => text,
        None => with_tag(&text, "np", "reject"),
    };
    let with_p = |policy| {
        let new = with_tag(&text, "p", policy);
        published.replaced(&match published.record.sp {
            Some(Policy::None) => without_tag(&new, "sp"),
            _ => new,
        })
    };
    let mut fix = published.fix("go on when the reports show that your own mail passes");
    if published.tag("np").is_none() {
        fix = fix.choice(
            "refuse mail from names below the domain that do not exist",
            "nobody sends honest mail from such names, so it can be done now",
            published.replaced(&text),
        );
    }
    let subdomains = match published.record.sp {
        Some(Policy::None) => "; without sp=none it holds for subdomains too",
        _ => "",
    };
    fix = fix.choice(
        "quarantine mail that fails, once the reports show no failures of your own",
        format!(
            "forged mail goes to the spam folder, and so does your own that passes by neither SPF \
             nor DKIM{subdomains}"
        ),
        with_p("quarantine"),
    );
    let silence = match published.record.rua.is_empty() {
        true => ", and without rua nobody is told of it",
        false => "",
    };
    let message = format!(
        "the policy of {domain} is p=none: receivers are asked to deliver mail that fails DMARC \
         like any other{silence}"
    );
    let seen = published.record.text.as_str();
    Some(hit.says(message, seen).with_fix(fix))
}
