//! SES sent with its own MAIL FROM domain.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::advice_lookups::{Answered, MailFromZone};
use crate::dmarc::Mode;
use crate::dns::Name;
use crate::ses::{Region, SignKind, records};
use crate::session::Wanted;

pub(super) const RULE: Rule = Rule {
    code: "ses-default-mail-from",
    severity: Severity::Warning,
    wants_message: true,
    cites: &[
        "Amazon SES Developer Guide, Using a custom MAIL FROM domain",
        "RFC 9989 §4.4.2",
        "RFC 7208 §2.4",
    ],
    explanation: Explanation {
        summary: "default MAIL FROM of Amazon SES, for which SPF passes and does not count",
        means: "The envelope sender (MAIL FROM, Return-Path) is an address at amazonses.com or at \
                REGION.amazonses.com. That is what SES uses as long as no custom MAIL FROM domain \
                is set up. SPF is checked for that domain, and passes for Amazon, not for you: \
                DMARC asks for a domain of your own organization. The console of SES and its Virtual \
                Deliverability Manager say \"MAIL FROM record is not aligned\".",
        matters: "DMARC then hangs on the DKIM signature of your domain alone. Without one it \
                  fails, although SPF and DKIM both pass for Amazon; with one it fails as soon as \
                  a gateway changes what is signed, or the key cannot be fetched. (A list or \
                  another mailbox that passes the mail on breaks SPF in any case.) \
                  Putting include:amazonses.com into the SPF record of your domain itself changes \
                  nothing for this mail, as nobody asks for that record.",
        todo: "Choose a subdomain that is used for nothing else, as mail.example.com. Publish one \
               MX and one TXT record there, and set it as the custom MAIL FROM domain of the \
               identity, in each region that sends. SES looks only for the MX; the TXT record is \
               for receivers, and it must stand at the subdomain itself. If you also verified \
               single addresses, they have settings of their own.\n\
               SES shows the state. Until it says Success, it goes on with its own domain, or \
               refuses to send if you chose so.",
        example: "mail.example.com. 300 MX 10 feedback-smtp.us-east-1.amazonses.com.\n\
                  mail.example.com. 300 TXT \"v=spf1 include:amazonses.com ~all\"",
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
    let (_, author, mail_from) = case.default_path()?;
    let domain = case.spf_domain()?;
    // A domain in DNS that is not used has rules of its own: not used, or set up wrong.
    if case.ses_candidates().next().is_some() {
        return None;
    }
    // So has what SES says of one that is set.
    if case.mail_from_waits().is_some() || case.mail_from_overridden().is_some() {
        return None;
    }
    let hit = RULE.hit(Mark::session(Wanted::MailFrom, mail_from));
    Some(hit.text("domain", domain).text("author_domain", author))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (ses, author, mail_from) = case.default_path()?;
    let domain = hit.values.text("domain")?;
    let effect = case.effect_on_dkim();
    // Under aspf=s, SPF for a subdomain is not aligned, so both records have to change.
    let mode = case.spf_alignment().map(|alignment| alignment.mode);
    let strict = match (mode, case.policy()) {
        (Some(Mode::Strict), Some(policy)) => format!(
            "; the record of {} says aspf=s besides, under which no custom MAIL FROM domain would \
             count: take that out first",
            policy.domain
        ),
        _ => String::new(),
    };
    // Where DNS was not asked, the table beside it does not know.
    let counts = match case.spf_alignment().and_then(|alignment| alignment.aligned) {
        Some(_) => format!("does not count for {author}"),
        None => format!("is Amazon's and not of {author}"),
    };
    let message = format!(
        "SPF looks at {domain}, the default MAIL FROM domain of SES, which {counts}{effect}{strict}"
    );
    let own = ses.sign(SignKind::FeedbackId).map(|sign| case.sign(sign));
    let finding = hit.says(message, &mail_from.value).with_evidence(own);
    let finding = finding.with_evidence(case.stated_in_words());
    Some(match case.ses_identity() {
        Some(identity) => finding.with_fix(fix(case, identity, ses.region.as_ref())),
        None => finding,
    })
}

fn fix(case: &Case<'_>, identity: &Name, region: Option<&Region>) -> Fix {
    let candidates = &case.advice.candidates;
    let is_free = |zone: &&MailFromZone| {
        // An alias is in use, and an MX cannot be added to it.
        let is_unused = |answer: &Answered| answer.is_absent() && answer.aliases().is_empty();
        zone.domain.is_within(identity) && is_unused(&zone.mx) && is_unused(&zone.txt)
    };
    let free = candidates
        .iter()
        .find(is_free)
        .map(|zone| zone.domain.clone());
    let is_free = free.is_some();
    let usual = identity.under("mail").ok();
    let usual = usual.filter(|usual| case.alias_at(usual).is_none());
    let Some(domain) = free.or(usual) else {
        return Fix::new(
            "set up a custom MAIL FROM domain in SES, under a name that is used for nothing else, and \
             publish the MX and the TXT that SES shows",
        );
    };
    let caution = match is_free {
        true => format!("take {domain}, where nothing is published, or another free name"),
        false => format!("see that nothing else uses {domain}, or take another name"),
    };
    let Some(region) = region else {
        return Fix::new(format!(
            "{caution}, set it as the custom MAIL FROM domain of {identity} in SES, publish the MX \
             record that SES shows, and this beside it"
        ))
        .record(records::spf(&domain));
    };
    let pattern = match region.is_feedback_host_listed() {
        true => "",
        false => "; compare the MX with the one that SES shows",
    };
    // Only a signature shows that the sender can change the author's domain.
    let condition = match case.own_signatures().next() {
        Some(_) => String::new(),
        None => format!("if {identity} is yours, "),
    };
    Fix::new(format!(
        "{condition}{caution}, publish these, then set it as the custom MAIL FROM domain of \
         {identity} in SES, region {region}{pattern}"
    ))
    .records(records::custom_mail_from(&domain, region))
}
