//! From is at a mailbox provider, but SES sent the message.

pub(super) use super::case::is_free_mail;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dmarc::{DmarcCause, DmarcResult};

pub(super) const RULE: Rule = Rule {
    code: "from-free-mail",
    severity: Severity::Error,
    wants_message: true,
    cites: &[
        "RFC 9989 §4.4",
        "Amazon SES Developer Guide, Using a custom MAIL FROM domain",
        "Google, Email sender guidelines",
    ],
    explanation: Explanation {
        summary: "From address of a mailbox provider, for which SES cannot speak",
        means: "The address in From is at a provider of mailboxes such as Gmail, Yahoo or \
                Outlook.com. SES lets you verify such an address, but it can neither sign for the \
                provider's domain nor use an envelope sender there.",
        matters: "DMARC fails, whatever you set up. Providers ask in their records that such mail \
                  be refused, or treat it as a forgery of their own users without being asked.",
        todo: "Write an address of a domain of your own into From, and verify that domain in SES. \
               Put the address at the provider into Reply-To: answers then go there.",
        example: "wrong  From: Larkspur Books <larkspur.books@freemail.example>\n\
                  right  From: Larkspur Books <orders@example.com>\n\
                  \u{20}      Reply-To: larkspur.books@freemail.example",
    },
    applies: applies::is_of_ses,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let dmarc = &case.analysis.dmarc;
    let author = case.author().filter(|author| is_free_mail(author))?;
    let is_known = matches!(dmarc.result, DmarcResult::Fail | DmarcResult::None);
    let is_unspoken = is_known && dmarc.engines.is_empty() && dmarc.cause != DmarcCause::Dns;
    // A file that was changed after delivery may have passed.
    let is_told = case.own_signatures().next().is_some() || case.receiver_passed();
    if case.ses()?.is_forwarded == Some(true) || !is_unspoken || is_told {
        return None;
    }
    let mark = case.at_topmost("From")?;
    Some(RULE.hit(mark).text("author_domain", author))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let author = hit.values.text("author_domain")?;
    let message = format!(
        "From is at {author}, a mailbox provider, and the mail came through SES, which cannot sign \
         for it"
    );
    let sign = case.ses()?.signs.first().map(|sign| case.sign(sign));
    let fix = Fix::new(format!(
        "if you sent it: write an address of a domain of your own into From, verified in SES, and \
         the one at {author} into Reply-To"
    ));
    Some(hit.says(message, author).with_evidence(sign).with_fix(fix))
}
