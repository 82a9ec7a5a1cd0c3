//! There are addresses instead of the alias of Easy DKIM.

use super::case::KeyFault;
use super::{Case, Explanation, Finding, Fires, Hit, Mark, Rule, Severity, Signature, applies};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "ses-selector-flattened",
    severity: Severity::Warning,
    wants_message: false,
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
    applies: applies::has_easy_signature,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    let (KeyFault::Flattened, Some(key)) = (fault, &signature.verdict.key) else {
        return None;
    };
    let addresses = case.key_zone(signature)?.a.lookup()?;
    let hit = RULE.hit(Mark::dns(addresses));
    Some(hit.of_signature(signature.number).text("name", &key.name))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let message = format!(
        "{} answers with addresses; expected a CNAME to the key of {}",
        hit.values.text("name")?,
        signature.name()
    );
    let cause = explain::dkim::cause(signature.verdict).to_string();
    Some(
        hit.says(message, "there are addresses")
            .with_evidence([case.at_key(signature).says(cause)])
            .with_fix(case.alias_fix(
                signature,
                "let the CNAME be handed out as it is (\"DNS only\", not proxied, not flattened)",
            )),
    )
}
