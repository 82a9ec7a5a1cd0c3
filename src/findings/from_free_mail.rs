//! From names a mailbox provider, and SES sent.

use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dmarc::{DmarcCause, DmarcResult, registered};
use crate::dns::Name;
use crate::receivers;

pub(super) const RULE: Rule = Rule {
    code: "from-free-mail",
    severity: Severity::Error,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

/// Providers of mailboxes, beside those known as receivers, by the name before the public suffix,
/// where many countries have one.
const BRANDS: [&str; 2] = ["gmx", "yandex"];

/// The same by their whole domain. The first stands for all of them in examples.
const DOMAINS: [&str; 17] = [
    "freemail.example",
    "126.com",
    "163.com",
    "att.net",
    "btinternet.com",
    "comcast.net",
    "free.fr",
    "libero.it",
    "mail.com",
    "naver.com",
    "orange.fr",
    "qq.com",
    "sbcglobal.net",
    "t-online.de",
    "verizon.net",
    "wanadoo.fr",
    "web.de",
];

/// Whether mailboxes at this domain are given to everybody.
pub(super) fn is_free_mail(domain: &Name) -> bool {
    let registered = registered(domain);
    let brand = registered.labels().next().unwrap_or_default();
    DOMAINS.contains(&registered.as_str())
        || BRANDS.contains(&brand)
        || receivers::gives_mailboxes(registered.as_str(), brand)
}

fn check(case: &Case<'_>, findings: &mut Findings) {
    let dmarc = &case.analysis.dmarc;
    let Some(author) = case.author().filter(|author| is_free_mail(author)) else {
        return;
    };
    let is_known = matches!(dmarc.result, DmarcResult::Fail | DmarcResult::None);
    let Some(ses) = case.ses().filter(|ses| ses.is_forwarded != Some(true)) else {
        return;
    };
    let is_unspoken = is_known && dmarc.engines.is_empty() && dmarc.cause != DmarcCause::Dns;
    // A copy that somebody altered may have passed.
    if !is_unspoken || case.own_signatures().next().is_some() || case.receiver_passed() {
        return;
    }
    let message = format!(
        "From is at {author}, a mailbox provider, and the mail came through SES, which cannot sign \
         for it"
    );
    let Some(evidence) = case
        .at_topmost("From")
        .map(|mark| mark.says(author.to_string()))
    else {
        return;
    };
    let sign = ses.signs.first().map(|sign| case.sign(sign));
    findings
        .add(message, evidence)
        .also(sign)
        .fix(Fix::new(format!(
            "write an address of a domain of your own into From, verified in SES, and the one at \
         {author} into Reply-To"
        )));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_for_everybody_are_told_from_domains_of_ones_own() {
        for (domain, is_free) in [
            ("gmail.com", true),
            ("yahoo.co.uk", true),
            ("mail.yahoo.com", true),
            ("gmx.de", true),
            ("example.com", false),
            ("yahoo.example.com", false),
            ("live.example", false),
        ] {
            assert_eq!(
                is_free_mail(&Name::parse(domain).unwrap()),
                is_free,
                "{domain}"
            );
        }
    }
}
