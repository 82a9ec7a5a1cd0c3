//! The alias of Easy DKIM is right, and SES has no key there.

use super::case::KeyFault;
use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dns::Question;

pub(super) const RULE: Rule = Rule {
    code: "ses-selector-key-withdrawn",
    severity: Severity::Warning,
    cites: &[
        "Amazon SES Developer Guide, Easy DKIM in Amazon SES",
        "Amazon SES Developer Guide, Troubleshooting DKIM problems in Amazon SES",
    ],
    explanation: Explanation {
        summary: "CNAME record of Easy DKIM to a key that SES has no more",
        means: "The record stands where it should and leads where SES keeps its keys, but SES \
                has none of that name. That is so when the identity was deleted in SES, or \
                deleted and created anew: then it has other keys, and other records.",
        matters: "The signature of this message cannot be verified now. New mail is fine if SES \
                  signs with keys whose records are published.",
        todo: "Compare the records of the domain with the three that SES shows for its identity, \
               in the region and account that sends. Publish the three that it shows. Remove \
               those that no identity uses any more.",
        example: "TOKEN._domainkey.example.com. 300 CNAME TOKEN.dkim.amazonses.com.\n\
                  dig +short TXT TOKEN._domainkey.example.com\n\
                  a key in use: \"p=MIIBIjANBg…\"   an idle key: \"\"   none: no answer",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (signature, fault) in case.key_faults() {
        let (KeyFault::Withdrawn(target), Some(key)) = (fault, &signature.verdict.key) else {
            continue;
        };
        let message = format!(
            "the CNAME at {} leads to {target}, and SES has no key there",
            key.name
        );
        let evidence = case
            .at_key(signature)
            .says(format!("a CNAME to {target}, and no TXT there"));
        let fix = Fix::new(format!(
            "compare with the three records that SES{} shows for the identity: publish those, and \
             remove this one if it is not among them",
            case.in_region()
        ));
        findings
            .add(message, evidence)
            .fix(fix.check(&Question::txt(key.name.clone())));
    }
}
