//! SES sent under its own MAIL FROM domain.

use super::from_free_mail::is_free_mail;
use super::ses_look_alike::looks_alike;
use super::{Case, Explanation, Findings, Fires, Fix, Mark, Observation, Rule, Severity, applies};
use crate::advice_lookups::{Answered, MailFromZone};
use crate::dmarc::Mode;
use crate::dns::Name;
use crate::ses::{Region, Ses, SignKind, is_ses_domain, records};
use crate::session::{Sourced, Wanted};

pub(super) const RULE: Rule = Rule {
    code: "ses-default-mail-from",
    severity: Severity::Warning,
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
                DMARC asks for a domain of your own organization.",
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let (Some((ses, author, mail_from)), Some(domain)) = (default_path(case), case.spf_domain())
    else {
        return;
    };
    // A domain that stands in DNS and is not used has rules of its own: not used, or set up wrong.
    if case.ses_candidates().next().is_some() {
        return;
    }
    let effect = case.effect_on_dkim();
    let message = format!(
        "SPF looks at {domain}, the default MAIL FROM domain of SES, which does not count for \
         {author}{effect}"
    );
    // SPF for a subdomain counts for nothing under aspf=s, so that both have to go.
    let mode = case.spf_alignment().map(|alignment| alignment.mode);
    let strict = match (mode, case.policy()) {
        (Some(Mode::Strict), Some(policy)) => format!(
            "; the record of {} says aspf=s besides, under which no custom MAIL FROM domain would \
             count: take that out first",
            policy.domain
        ),
        _ => String::new(),
    };
    let message = message + &strict;
    let own = ses.sign(SignKind::FeedbackId).map(|sign| case.sign(sign));
    let finding = findings.add(message, at_path(mail_from)).also(own);
    if let Some(identity) = case.ses_identity() {
        finding.fix(fix(case, identity, ses.region.as_ref()));
    }
}

/// The reverse-path where it is SES's own, for mail of an author who is not SES; not where the message
/// only looks like mail of SES.
pub(super) fn default_path<'a>(
    case: &Case<'a>,
) -> Option<(&'a Ses, &'a Name, &'a Sourced<String>)> {
    let (ses, author) = (case.ses()?, case.author()?);
    // Nobody can set one up at a mailbox provider.
    let is_own = !is_ses_domain(author.as_str()) && !is_free_mail(author);
    let is_default = ses.default_mail_from && is_own;
    let mail_from = case.analysis.session.mail_from.as_ref();
    let is_real = is_default && !looks_alike(case);
    Some((ses, author, mail_from.filter(|_| is_real)?))
}

/// Where that was found.
pub(super) fn at_path(mail_from: &Sourced<String>) -> Observation {
    Mark::session(Wanted::MailFrom, mail_from).says(mail_from.value.clone())
}

fn fix(case: &Case<'_>, identity: &Name, region: Option<&Region>) -> Fix {
    let candidates = &case.advice.candidates;
    let is_free = |zone: &&MailFromZone| {
        // A name that is an alias is in use, and takes no MX beside the alias.
        let is_unused = |answer: &Answered| answer.is_absent() && answer.aliases().is_empty();
        zone.domain.is_within(identity) && is_unused(&zone.mx) && is_unused(&zone.txt)
    };
    let free = candidates
        .iter()
        .find(is_free)
        .map(|zone| zone.domain.clone());
    let caution = match free {
        Some(_) => "; if that name is used for anything else, take another",
        None => "; first see that nothing else uses that name, or take another",
    };
    let Some(domain) = free.or_else(|| identity.under("mail").ok()) else {
        return Fix::new("set up a custom MAIL FROM domain in SES");
    };
    let Some(region) = region else {
        return Fix::new(format!(
            "set {domain} as the custom MAIL FROM domain of {identity} in SES, publish the MX \
             record that SES shows, and this beside it{caution}"
        ))
        .record(records::spf(&domain));
    };
    let pattern = match region.is_feedback_host_listed() {
        true => "",
        false => "; compare the MX with the one that SES shows",
    };
    // Only a signature shows that the author's domain is the sender's to change.
    let condition = match case.own_signatures().next() {
        Some(_) => String::new(),
        None => format!("if {identity} is yours, "),
    };
    Fix::new(format!(
        "{condition}publish these, then set {domain} as the custom MAIL FROM domain of {identity} in \
         SES{}{caution}{pattern}",
        in_region(Some(region))
    ))
    .records(records::custom_mail_from(&domain, region))
}

fn in_region(region: Option<&Region>) -> String {
    region.map_or(String::new(), |region| format!(", region {region}"))
}
