//! The application signs in addition to SES, with a key that is not published.

use super::{
    Case, Explanation, Finding, Fires, Fix, Hit, KeyFault, Rule, Severity, Signature, applies,
};
use crate::dns::Question;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-application-signature",
    severity: Severity::Notice,
    wants_message: true,
    cites: &[
        "Amazon SES Developer Guide, Manual DKIM signing in Amazon SES",
        "RFC 6376 §6.1.2",
    ],
    explanation: Explanation {
        summary: "DKIM signature of its application beside the one that counts, with a key that \
                  is not in DNS",
        means: "Two signatures bear your domain. One verifies. The other was made by something \
                else, as a mail library, a control panel or the mail server of the application, \
                and its key is not published.",
        matters: "DMARC passes by the other one. But the failing signature stands in every \
                  message, and reports and checkers show it as a failure.",
        todo: "Switch off the signing of the application if SES signs for your domain (in \
               nodemailer the option dkim, in PHPMailer the settings DKIM_, in Plesk and cPanel \
               the DKIM of the domain). If it is wanted, publish its key.",
        example: "DKIM-Signature: … d=example.com; s=TOKEN; …      passes, made by SES\n\
                  DKIM-Signature: … d=example.com; s=default; …    no key at\n\
                  default._domainkey.example.com",
    },
    applies: applies::has_own_key,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::Missing | KeyFault::AliasWithoutKey(_) if case.is_application(signature) => {
            case.key_hit(&RULE, signature)
        }
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let key = signature.verdict.key.as_ref()?;
    let message = format!(
        "{} was made beside the one that passes, and there is no key for it at {}",
        signature.name(),
        key.name
    );
    let seen = explain::dkim::cause(signature.verdict).to_string();
    let fix = Fix::new("switch off the signing of the application, or publish its key");
    let finding = hit.says(message, seen);
    let finding = finding.with_evidence([case.at_signature(signature).says("SES did not make it")]);
    Some(finding.with_fix(fix.check(&Question::txt(key.name.clone()))))
}
