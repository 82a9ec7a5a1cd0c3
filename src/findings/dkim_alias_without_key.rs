//! The alias at a selector leads to a name without a key.

use super::{
    Case, Explanation, Finding, Fires, Fix, Hit, KeyFault, Rule, Severity, Signature, applies,
};
use crate::dns::{Name, Question};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-alias-without-key",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 6376 §6.1.2", "RFC 1034 §3.6.2"],
    explanation: Explanation {
        summary: "CNAME record at a DKIM selector that leads to a name without a key",
        means: "At the selector stands a CNAME record, as services that sign for you ask for. It \
                leads to a name of that service, where the key should be. There is none: the \
                name does not exist, or has no TXT record. The service may have moved its keys, \
                or the account was closed, or the target was copied with an error.",
        matters: "The signature cannot be verified and counts as none.",
        todo: "Compare the target letter by letter with what the service shows for your domain \
               today, and publish that. If the key is your own, take the CNAME away and publish \
               the key as TXT: both cannot stand at one name. If nobody signs with the selector \
               any more, take the CNAME away; whoever gets hold of its target could sign as you.",
        example: "k1._domainkey.example.com. 300 CNAME k1.vendor.example.\n\
                  dig +short TXT k1.vendor.example      no answer",
    },
    applies: applies::has_own_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::AliasWithoutKey(end) if !case.is_application(signature) => {
            let hit = case.key_hit(&RULE, signature)?;
            Some(hit.with("target", end.as_str()))
        }
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let name = hit.values.text("name")?;
    let target = Name::parse(hit.values.text("target")?).ok()?;
    let message = format!(
        "the CNAME at {name} leads to {target}, where there is no key for {}",
        signature.name()
    );
    let cause = explain::dkim::cause(signature.verdict).to_string();
    let fix = Fix::new(format!(
        "publish the CNAME that the service which signs shows today, or let it put the key back at \
         {target}; a key of your own goes to {name} as TXT once the CNAME is gone"
    ));
    let key = signature.verdict.key.as_ref()?;
    let fix = fix.check(&Question::txt(key.name.clone()));
    Some(hit.says(message, cause).with_fix(fix))
}
