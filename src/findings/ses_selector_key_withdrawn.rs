//! The alias of Easy DKIM is right, but SES has no key there.

use super::case::KeyFault;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, Signature, applies};
use crate::dns::Question;

pub(super) const RULE: Rule = Rule {
    code: "ses-selector-key-withdrawn",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "Amazon SES Developer Guide, Easy DKIM in Amazon SES",
        "Amazon SES Developer Guide, Troubleshooting DKIM problems in Amazon SES",
    ],
    explanation: Explanation {
        summary: "CNAME record of Easy DKIM to a key that SES has no more",
        means: "The record stands where it should and leads where SES keeps its keys, but SES \
                has none of that name there. That is so when the identity was deleted in SES, or \
                deleted and created anew: then it has other keys, and other records. Or the keys \
                of this identity are in another zone of SES: that is SigningHostedZone in the \
                answer of get-email-identity.",
        matters: "The signature of this message cannot be verified now. New mail is fine if SES \
                  signs with keys whose records are published.",
        todo: "Compare the records of the domain with the three that SES shows for its identity, \
               in the region and account that sends. Publish the three that it shows. Remove \
               those that no identity uses any more.",
        example: "TOKEN._domainkey.example.com. 300 CNAME TOKEN.dkim.amazonses.com.\n\
                  dig +short TXT TOKEN._domainkey.example.com\n\
                  a key in use: \"p=MIIBIjANBg…\"   an idle key: \"\"   none: no answer",
    },
    applies: applies::has_easy_signature,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    let KeyFault::Withdrawn(target) = fault else {
        return None;
    };
    Some(case.key_hit(&RULE, signature)?.text("target", target))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let key = case.signature_of(hit)?.verdict.key.as_ref()?;
    let target = hit.values.text("target")?;
    let message = format!(
        "the CNAME at {} leads to {target}, and SES has no key there",
        key.name
    );
    let fix = Fix::new(format!(
        "compare with the three records that SES{} shows for the identity, name and target: \
         publish those, and remove this one if it is not among them",
        case.in_region()
    ));
    Some(
        hit.says(message, format!("a CNAME to {target}, and no TXT there"))
            .with_fix(fix.check(&Question::txt(key.name.clone()))),
    )
}
