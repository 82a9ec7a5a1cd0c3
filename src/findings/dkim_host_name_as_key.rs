//! The target of an alias was entered as text.

use super::{
    Case, Explanation, Finding, Fires, Fix, Hit, KeyFault, Rule, Severity, Signature, applies,
};
use crate::advice_lookups::Answered;
use crate::dns::change::RecordChange;
use crate::dns::{Name, Question};

pub(super) const RULE: Rule = Rule {
    code: "dkim-host-name-as-key",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "RFC 6376 §3.6.1",
        "Amazon SES Developer Guide, Easy DKIM in Amazon SES",
    ],
    explanation: Explanation {
        summary: "host name in place of a DKIM key: the target of a CNAME was entered as TXT",
        means: "At the selector stands a TXT record whose text is the name of a host. It was to \
                be a CNAME record that leads to that host, where the key is.",
        matters: "A receiver reads the text as a key, and it is none. The signature cannot be \
                  verified and counts as none.",
        todo: "Remove the TXT record and publish a CNAME record with the same name and this \
               target. Do so for the other selectors of the same service as well.",
        example: "wrong: TOKEN._domainkey.example.com. 300 TXT \"TOKEN.dkim.amazonses.com\"\n\
                  right: TOKEN._domainkey.example.com. 300 CNAME TOKEN.dkim.amazonses.com.",
    },
    applies: applies::has_own_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::HostName(host) => {
            let hit = case.key_hit(&RULE, signature)?;
            Some(hit.with("host", host.as_str()))
        }
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let key = signature.verdict.key.as_ref()?;
    let host = Name::parse(hit.values.text("host")?).ok()?;
    let message = format!(
        "the TXT at {} is a host name, {host}; expected a CNAME to it",
        key.name
    );
    let seen = format!("the text {host}");
    let what = "replace the TXT record by a CNAME";
    let at_host = case.key_zone(signature).map(|zone| &zone.host);
    let fits = at_host.is_some_and(|host| case.has_key_of(signature, host));
    let fix = match case.is_easy(signature) {
        true => case.alias_fix(signature, what),
        false if fits => Fix::new(format!("{what}; the key that made the signature is there"))
            .records(case.key_records_to_remove(signature))
            .record(RecordChange::cname(key.name.clone(), host)),
        false => {
            let why = match at_host.is_some_and(Answered::is_checked) {
                true => "the key that made this signature is not at that host",
                false => "whether the key is at that host was not checked",
            };
            Fix::new(format!(
                "{what} to the host that the service which signs shows today: {why}"
            ))
            .check(&Question::txt(host))
        }
    };
    Some(hit.says(message, seen).with_fix(fix))
}
