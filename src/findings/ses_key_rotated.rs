//! The key of Easy DKIM is not in use now.

use super::case::KeyFault;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, Signature, applies};

pub(super) const RULE: Rule = Rule {
    code: "ses-key-rotated",
    severity: Severity::Notice,
    wants_message: true,
    cites: &[
        "AWS Messaging Blog, DKIM Troubleshooting: Your DKIM Status is Pending",
        "Amazon SES Developer Guide, Easy DKIM in Amazon SES",
    ],
    explanation: Explanation {
        summary: "signature with a key of Easy DKIM that is not in use now",
        means: "The CNAME leads to SES, and SES has an empty text there. That is how SES keeps a \
                key that is not in use: of the three keys of an identity it signs with one, and \
                the other two are empty. So this message was signed with a key that was in use \
                then.",
        matters: "The signature of this message cannot be checked any more. That is normal for a \
                  message that has been kept for some time, and says nothing against the sender. \
                  Checkers that look at all three selectors call the two idle ones broken (\"p= \
                  is required\"): they are not.",
        todo: "Nothing, if the message is old: keep all three CNAME records. If it was sent just \
               now, look in SES whether DKIM is enabled and Successful for the identity, in the \
               region that sends.",
        example: "dig +short TXT TOKEN1._domainkey.example.com     \"p=MIIBIjANBg…\"\n\
                  dig +short TXT TOKEN2._domainkey.example.com     \"\"\n\
                  dig +short TXT TOKEN3._domainkey.example.com     \"\"",
    },
    applies: applies::has_easy_signature,
    fires: Fires::OnKeyFault(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>, signature: Signature<'_>, fault: &KeyFault) -> Option<Hit> {
    match fault {
        KeyFault::Rotated => case.key_hit(&RULE, signature),
        _ => None,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let signature = case.signature_of(hit)?;
    let message = format!(
        "the key of {} at {} is not in use now: SES has an empty text there, so the signature \
         cannot be checked again",
        signature.name(),
        hit.values.text("name")?
    );
    let recorded = match case.receiver_verified(signature) {
        true => "the receiver recorded that it passed when it came, so nothing is to be done",
        false => {
            "nothing to do for an old message; to be sure, send a new one and inspect that: if its \
             key is missing too, see in SES that DKIM is enabled and successful"
        }
    };
    let fix = Fix::new(format!("{recorded}; keep all three CNAME records"));
    let seen = "a CNAME to SES, and an empty TXT there";
    Some(hit.says(message, seen).with_fix(fix))
}
