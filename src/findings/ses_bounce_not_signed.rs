//! A bounce that SES made, which it signs only for itself.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "ses-bounce-not-signed",
    severity: Severity::Warning,
    wants_message: true,
    cites: &[
        "Amazon SES API Reference, SendBounce",
        "RFC 3464 §2",
        "RFC 7208 §2.4",
    ],
    explanation: Explanation {
        summary: "bounce made by Amazon SES (SendBounce), which is signed for amazonses.com alone",
        means: "SES made this bounce for a message that it received, by the API SendBounce or by \
                the bounce action of a receipt rule. It has a null sender (Return-Path: <>) and is \
                a delivery report. SES signs it with amazonses.com alone, whatever is enabled for \
                your domain, and with a null sender SPF looks at the host of SES.",
        matters: "Neither can be of the domain in From, so DMARC fails for it. With p=quarantine \
                  or p=reject at that domain its receivers may hide or refuse the bounce. No \
                  setting of DKIM or MAIL FROM changes that.",
        todo: "Let bounces come from a subdomain that is used for nothing else and has a DMARC \
               record of its own with p=none: that address is the BounceSender of SendBounce, or \
               the sender of the bounce action. Or write to the sender by SendEmail, as a usual \
               message: SES signs that for your domain. Do not lower the policy of the domain.",
        example: "BounceSender=mailer-daemon@bounces.example.com\n\
                  _dmarc.bounces.example.com. 300 TXT \"v=DMARC1; p=none\"",
    },
    applies: applies::is_of_ses,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

/// Whether the message is such a bounce.
pub(super) fn is_it(case: &Case<'_>) -> bool {
    hit(case).is_some()
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (own, author) = (case.ses_signs_alone()?, case.author()?);
    let path = case.analysis.session.mail_from.as_ref()?;
    let is_bounce = path.value.is_empty() && is_report(case);
    let hit = RULE.hit(case.at_signature(own)).of_signature(own.number);
    is_bounce.then(|| hit.text("author_domain", author))
}

/// Whether it is a report (RFC 6522).
fn is_report(case: &Case<'_>) -> bool {
    let field = case.message.fields("Content-Type").next();
    field.is_some_and(|field| {
        let text = field.unfolded().trim().to_ascii_lowercase();
        text.starts_with("multipart/report")
    })
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let author = hit.values.text("author_domain")?;
    let message = format!(
        "this is a bounce that SES made (SendBounce, or the bounce action of a receipt rule): SES \
         signs it only for itself, and it has no sender for SPF, so nothing in it can count for \
         {author}"
    );
    let fix = Fix::new(
        "no setting in SES makes it pass. If it is to be accepted",
    )
    .choice(
        "let bounces come from an address at a subdomain that is used for nothing else and has a \
         DMARC record of its own with p=none",
        "receivers then take no action on them; anybody else can use that subdomain in From too",
        Vec::new(),
    )
    .choice(
        "tell the sender by a message of your own (SendEmail) in place of a bounce",
        "SES signs it for your domain; it has a sender, so mark it as an automatic answer \
         (Auto-Submitted: auto-replied)",
        Vec::new(),
    );
    let finding = hit.says(message, "the only signature, of SES");
    Some(finding.with_evidence(case.at_mail_from()).with_fix(fix))
}
