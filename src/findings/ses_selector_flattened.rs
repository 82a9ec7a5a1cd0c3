//! There are addresses in place of the alias of Easy DKIM.

use super::case::KeyFault;
use super::{Case, Explanation, Findings, Fires, Mark, Rule, Severity, applies};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "ses-selector-flattened",
    severity: Severity::Warning,
    cites: &[
        "Amazon SES Developer Guide, Troubleshooting DKIM problems in Amazon SES",
        "RFC 6376 §3.6.2.2",
    ],
    explanation: Explanation {
        summary: "selector of Easy DKIM that answers with addresses in place of its CNAME record",
        means: "The DNS provider does not hand out the CNAME record but puts addresses in its \
                place: it is \"proxied\" (the orange cloud of Cloudflare) or \"flattened\". That \
                is meant for web sites.",
        matters: "A receiver asks for TXT and would follow the CNAME to the key at SES. Without \
                  the CNAME there is no TXT, so the signature of SES cannot be verified and \
                  counts as none.",
        todo: "Set each of the three records of Easy DKIM to \"DNS only\", and switch off the \
               flattening of CNAME records for them.",
        example: "dig +short CNAME TOKEN._domainkey.example.com\n\
                  wrong: no answer, while A gives 192.0.2.7\n\
                  right: TOKEN.dkim.amazonses.com.",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    for (signature, fault) in case.key_faults() {
        let (KeyFault::Flattened, Some(key)) = (fault, &signature.verdict.key) else {
            continue;
        };
        let answered = case.key_zone(signature).and_then(|zone| zone.a.lookup());
        let Some(addresses) = answered else {
            continue;
        };
        let message = format!(
            "{} answers with addresses; expected a CNAME to the key of {}",
            key.name,
            signature.name()
        );
        findings
            .add(message, Mark::dns(addresses).says("there are addresses"))
            .also([case
                .at_key(signature)
                .says(explain::dkim::cause(signature.verdict).to_string())])
            .fix(case.alias_fix(
                signature,
                "let the CNAME be handed out as it is (\"DNS only\", not proxied, not flattened)",
            ));
    }
}
