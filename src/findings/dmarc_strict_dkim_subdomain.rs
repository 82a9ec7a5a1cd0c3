//! `adkim=s`, and a signature of a domain above the one in From.

use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};
use crate::dmarc::{Engine, Mode, without_tag};

pub(super) const RULE: Rule = Rule {
    code: "dmarc-strict-dkim-subdomain",
    severity: Severity::Warning,
    wants_message: true,
    cites: &[
        "RFC 9989 §4.4.1 and §4.7 (adkim)",
        "RFC 7489 §3.1.1 and §6.3",
        "Amazon SES Developer Guide, Creating and verifying identities",
    ],
    explanation: Explanation {
        summary: "DMARC record with strict DKIM alignment, which its signature does not meet",
        means: "adkim=s asks that the domain of the signature (d=) is the very domain in From. SES \
                signs with the domain that is verified there. Mail from news.example.com under the \
                identity example.com is signed by example.com: the signature verifies and does not \
                count.",
        matters: "The mail stands on SPF alone, or fails DMARC.\n\
                  Some guides publish adkim=s and explain it as if it were adkim=r. It is not: s \
                  means the same domain, r one of the same organization.",
        todo: "Verify the subdomain as an identity of its own in SES, with Easy DKIM: SES then \
               signs with it. Or take adkim=s out of the record.",
        example: "From: news@news.example.com, signature d=example.com\n\
                  adkim=s   not aligned: example.com is not news.example.com\n\
                  adkim=r   aligned: both are of example.com",
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
    let (author, published) = (case.author()?, case.usable_record()?);
    if case.analysis.dmarc.engines.contains(&Engine::Dkim) {
        return None;
    }
    let signature = case.own_signatures().find(|signature| {
        let strict = signature.alignment.is_some_and(|alignment| {
            alignment.mode == Mode::Strict && alignment.aligned_strict == Some(false)
        });
        strict && signature.passes()
    })?;
    Some(
        RULE.hit(case.at_signature(signature))
            .of_signature(signature.number)
            .text("identifier", signature.verdict.domain.as_ref()?)
            .text("author_domain", author)
            .text("domain", published.domain())
            .with("tag", "adkim")
            .with("value", "s"),
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let published = case.usable_record()?;
    let author = hit.values.text("author_domain")?;
    let domain = hit.values.text("identifier")?;
    let message = format!(
        "{} says adkim=s, so that the signature of {domain} does not count for {author}; with \
         adkim=r, the default, it would",
        published.domain()
    );
    let own = match case.ses() {
        Some(_) => format!("verify {author} as an identity of its own in SES, with Easy DKIM"),
        None => format!("sign mail from {author} with a key of {author}"),
    };
    let fix = published
        .fix("choose one")
        .choice(
            own,
            "the record stays as strict as it is; SES shows three CNAME records to publish, and \
             the settings of the new identity hold for its mail",
            Vec::new(),
        )
        .choice(
            "take adkim=s out of the record",
            format!(
                "who has a DKIM key of any subdomain of {} can then sign for all of it",
                published.domain()
            ),
            published.replaced(&without_tag(&published.base(case), "adkim")),
        );
    let finding = hit.says(message, format!("d={domain}"));
    Some(finding.with_evidence([published.seen(case)]).with_fix(fix))
}
