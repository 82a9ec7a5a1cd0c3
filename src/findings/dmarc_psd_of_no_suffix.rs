//! The DMARC record says that its domain is a public suffix, and it is none.

use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};
use crate::dmarc::{Psd, without_tag};
use crate::dns;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-psd-of-no-suffix",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 9989 §4.7 and §4.10.2"],
    explanation: Explanation {
        summary: "DMARC record with psd=y at a domain that is no public suffix",
        means: "psd=y says that the domain is one below which everybody can register a name, as \
                com and co.uk are. The public suffix list does not have it: it was registered \
                itself.",
        matters: "By RFC 9989 each name directly below it is then an organization of its own. SPF \
                  and DKIM of one no longer count for another, nor for the domain itself, at \
                  receivers that follow these rules: DMARC stands on less, or fails.",
        todo: "Take psd=y out of the record. Leave it only if others register names below the \
               domain, and then have the domain put on the public suffix list too.",
        example: "wrong:  v=DMARC1; p=reject; psd=y\n\
                  right:  v=DMARC1; p=reject",
    },
    applies: applies::has_own_record,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let published = case.usable_record()?;
    let domain = published.domain();
    // The list gives nothing for a name that is itself on it.
    let is_registered = dns::registered(domain.as_str()).is_some();
    let fires = published.record.psd == Psd::Yes && is_registered;
    fires.then(|| RULE.hit(published.at(case)).text("domain", domain))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let published = case.usable_record()?;
    let message = format!(
        "the DMARC record of {} says psd=y, that it is a public suffix, and it is none: by RFC 9989 \
         the names below it are organizations of their own",
        published.domain()
    );
    let whole = without_tag(&published.base(case), "psd");
    let fix = published.fix("write the record without psd=y");
    let fix = fix.records(published.replaced(&whole));
    let seen = published.record.text.as_str();
    Some(hit.says(message, seen).with_fix(fix))
}
