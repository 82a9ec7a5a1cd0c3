//! The author's signature does not fit the message, and nothing shows why.

use super::truncated_file::is_truncated;
use super::{
    Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies, export_known_to_alter,
};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-broken",
    severity: Severity::Warning,
    cites: &["RFC 6376 §6.1.3", "RFC 6376 §3.4.3"],
    explanation: Explanation {
        summary: "broken DKIM signature of its author: the message is not as it was signed",
        means: "The key is there and, as far as can be told, made the signature, but header or \
                body are not those that were signed. Nothing in the message shows that a list or \
                a forwarder changed it.",
        matters: "The signature counts as none. If SPF does not pass for your domain either, \
                  DMARC fails.",
        todo: "First make sure that the file is what was received. SES signs the body as it is \
               (c=relaxed/simple), so that a space lost at the end of a line breaks the \
               signature: take the file by the download of the mail program, and not by copying \
               text. Exchange and Outlook often change what they store.\n\
               If other receivers report the same, look for what changes the mail between the \
               signer and them: a gateway that adds a banner or rewrites links, an anti-virus \
               program, a server that converts 8-bit text, or an application that signs before \
               it is done with the message.",
        example: "body hash differs: a footer, a banner, rewritten links, lost spaces\n\
                  header differs:    a tag in Subject, a rewritten To, Date or Message-ID",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    // Where it shows that the message was passed on, or that the file is not what the receiver
    // saw, that is said instead.
    let is_told = is_truncated(case) || export_known_to_alter::is_found(case);
    if case.passed_on().is_some() || is_told {
        return;
    }
    for signature in case.own_signatures() {
        let is_explained =
            case.receiver_may_have_verified(signature) || !case.rewritten(signature).is_empty();
        if !signature.is_broken() || is_explained {
            continue;
        }
        let message = format!(
            "{} does not fit the message: {}",
            signature.name(),
            explain::dkim::cause(signature.verdict)
        );
        findings
            .add(
                message,
                case.at_verdict(signature)
                    .says(explain::dkim::cause(signature.verdict).to_string()),
            )
            .also(case.at_recorded(signature))
            .fix(Fix::new(
                "see that the file is what was received, saved by a download; then look for what \
                 changes mail behind the signer",
            ));
    }
}
