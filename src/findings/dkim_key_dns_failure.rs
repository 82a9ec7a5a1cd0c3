//! A name server fails when it is asked for a key.

use super::{
    Case, Explanation, Finding, Fires, Fix, Hit, KeyFault, Rule, Severity, Signature, applies,
};
use crate::dns::{Question, RecordType};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-key-dns-failure",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "RFC 6376 §6.1.2",
        "Amazon SES Developer Guide, Troubleshooting DKIM problems in Amazon SES",
    ],
    explanation: Explanation {
        summary: "DKIM key for which its name servers answer with an error",
        means: "The name servers of the domain were asked for the key, and the answer was an \
                error, as SERVFAIL. Some servers cannot answer a question for TXT where a CNAME \
                stands; others fail because DNSSEC or the delegation of the zone is broken.",
        matters: "A receiver may try again later, or treat the signature as none. SES, which \
                  asks the same question, does not get on with the verification of the domain, \
                  or stops signing.",
        todo: "Ask again in a few minutes, and ask another resolver: a single error may have \
               been a passing one. If it stays, ask for CNAME and for TXT apart. If only TXT \
               fails, the DNS provider cannot serve CNAME records for it: it has to mend that, \
               or the zone has to move. If all fails, check the delegation and DNSSEC of the \
               zone.",
        example: "dig +short CNAME TOKEN._domainkey.example.com\n\
                  TOKEN.dkim.amazonses.com.\n\
                  dig TXT TOKEN._domainkey.example.com\n\
                  status: SERVFAIL",
    },
    applies: applies::has_own_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::Failing(code) => {
            let hit = case.key_hit(&RULE, signature)?;
            Some(hit.with("rcode", code.as_str()))
        }
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let key = signature.verdict.key.as_ref()?;
    let code = hit.values.text("rcode")?;
    let alias = case.key_zone(signature).map(|zone| &zone.cname);
    let has_alias = alias.is_some_and(|alias| !alias.aliases().is_empty());
    let (but, advice) = match has_alias {
        true => (
            ", although the CNAME there can be asked for",
            "ask the DNS provider to answer questions for TXT where a CNAME stands, or move the \
             zone to one that does",
        ),
        false => (
            "",
            "ask again later; if it stays so, mend the name servers of the zone",
        ),
    };
    let message = format!("TXT at {} fails with {code}{but}; expected a key", key.name);
    let seen = explain::dkim::cause(signature.verdict).to_string();
    let cname = Question::new(key.name.clone(), RecordType::Cname);
    let fix = Fix::new(advice).check(&Question::txt(key.name.clone()));
    Some(hit.says(message, seen).with_fix(fix.check(&cname)))
}
