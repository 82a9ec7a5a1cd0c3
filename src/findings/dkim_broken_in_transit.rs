//! The author's signature broke on the way, which shows.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, Signature, applies};
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dkim-broken-in-transit",
    severity: Severity::Notice,
    cites: &["RFC 9989 §7.4", "RFC 6376 §6.1.3"],
    explanation: Explanation {
        summary: "DKIM signature of its author that broke when it was passed on",
        means: "A mailing list, a forwarding address or a gateway sent the message on and \
                changed it: a tag in the subject, a footer, rewritten links. So the signature \
                does not fit any more.",
        matters: "For mail that is passed on, SPF fails or passes for the one who passes it on. \
                  DKIM is the only thing that can carry DMARC then, and here it is broken. With \
                  p=quarantine or p=reject such mail may not arrive.",
        todo: "There is nothing to do in SES or in DNS: the mail was well when it left. Many \
               lists can be set up to leave subject and body as they are, or to put their own \
               address into From. If people at your domain write to lists, think about that \
               before you publish p=reject. Do not switch DKIM off because of this.",
        example: "Mailman: dmarc_mitigate_action = munge_from\n\
                  no prefix in Subject, no footer",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(sign) = case.passed_on() else {
        return;
    };
    for signature in broken(case) {
        let message = format!(
            "{} broke on the way: the message was passed on ({sign}) and changed",
            signature.name()
        );
        findings
            .add(
                message,
                case.at_verdict(signature)
                    .says(explain::dkim::cause(signature.verdict).to_string()),
            )
            .also(case.at_recorded(signature))
            .fix(Fix::new(
                "nothing to do for the sender; whoever passes it on can leave header and body as \
                 they are, or put their own address into From",
            ));
    }
}

/// The signatures of the author that broke, as far as nothing else explains it.
fn broken<'a>(case: &Case<'a>) -> impl Iterator<Item = Signature<'a>> + use<'a> {
    let case = case.clone();
    case.own_signatures().filter(move |signature| {
        let is_explained =
            case.receiver_may_have_verified(*signature) || !case.rewritten(*signature).is_empty();
        signature.is_broken() && !is_explained
    })
}

/// Whether this rule has something to say.
pub(super) fn is_found(case: &Case<'_>) -> bool {
    case.passed_on().is_some() && broken(case).next().is_some()
}
