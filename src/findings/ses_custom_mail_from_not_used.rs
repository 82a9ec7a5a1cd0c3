//! A custom MAIL FROM domain is in DNS, but SES uses its own.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::advice_lookups::MailFromZone;
use crate::dns::{Name, Question, RecordType};
use crate::ses::{Feedback, SignKind, records};
use crate::spf::record::is_spf;

pub(super) const RULE: Rule = Rule {
    code: "ses-custom-mail-from-not-used",
    severity: Severity::Warning,
    wants_message: true,
    cites: &[
        "Amazon SES Developer Guide, Using a custom MAIL FROM domain",
        "Amazon SES API, SetIdentityMailFromDomain (BehaviorOnMXFailure)",
    ],
    explanation: Explanation {
        summary: "custom MAIL FROM domain that is published and that SES does not use",
        means: "The MX record of a custom MAIL FROM domain is in DNS, but the message went out \
                under amazonses.com. SES uses the domain only while its state is Success. In every \
                other state (Pending, Failed, TemporaryFailure) it goes back to its own, without a \
                word, unless you chose that it refuses to send. The console of SES and its Virtual \
                Deliverability Manager then say \"MAIL FROM record is not aligned\".",
        matters: "SPF passes for Amazon and does not count for your domain, though the records \
                  for it are there. DMARC hangs on the DKIM signature alone.",
        todo: "Look in the SES console under Identities, in the region that sent: the identity, \
               its tab Authentication, Custom MAIL FROM domain.\n\
               Nothing there: identities of other regions and accounts do not count. Set the \
               domain here too. The records may stay as they are.\n\
               Pending: wait; SES looks for the MX for up to 72 hours. Failed: after that it \
               gives up; set the domain again.\n\
               Success (the console may say Successful; there is no Completed, as one often reads): \
               then this message went by another identity. An address that is verified \
               beside its domain has settings of its own, and SES takes those. Delete the address \
               identity, or set the domain there. A message from before the change shows the old \
               state, too.",
        example: "aws sesv2 get-email-identity --email-identity example.com\n\
                  \"MailFromAttributes\": { \"MailFromDomainStatus\": \"FAILED\", … }",
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
    // Where SES says why, another rule tells.
    if case.mail_from_waits().is_some() || case.mail_from_overridden().is_some() {
        return None;
    }
    let (zone, host) = case
        .ses_candidates()
        .find_map(|zone| Some((zone, feedback_host(zone)?)))?;
    Some(
        RULE.hit(Mark::dns(zone.mx.lookup()?))
            .text("author_domain", author)
            .with("mail_from", mail_from.value.as_str())
            .text("domain", &zone.domain)
            .text("host", host),
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (ses, author, mail_from) = case.default_path()?;
    let (written, host) = (hit.values.text("domain")?, hit.values.text("host")?);
    let mut zones = case.ses_candidates();
    let zone = zones.find(|zone| zone.domain.as_str() == written)?;
    let domain = &zone.domain;
    let message = format!(
        "the DNS records of a custom MAIL FROM domain stand at {domain}, but SES did not use it: it \
         sent under {}, its own, which does not count for {author}",
        mail_from.value.rsplit('@').next().unwrap_or_default()
    );
    let feedback = ses.sign(SignKind::FeedbackId);
    let identity = case.identity_name().unwrap_or_else(|| author.to_string());
    let place = ses.region.as_ref().map_or_else(
        || "in the region that sends".into(),
        |region| format!("in region {region}"),
    );
    let stated = case.stated_mail_from().is_some();
    let text = match case.has_no_stated_mail_from() {
        true => {
            let set = case.identity_command(
                "put-email-identity-mail-from-attributes",
                "--mail-from-domain",
                Some(domain),
            );
            let set = set.map_or(String::new(), |command| format!(": {command}"));
            format!(
                "SES says that no custom MAIL FROM domain is set for {identity}: set {domain}{set}"
            )
        }
        false if stated => format!(
            "SES says that {domain} is in use for {identity}, so this message went by another \
             identity, region or account, or before it was: look under Identities, {place}, for one \
             of the whole address in From"
        ),
        false => format!(
            "see in SES, {place}, whether {domain} is the custom MAIL FROM domain of {identity}, and \
             its state. Not set: set it. Pending or TemporaryFailure: wait. Failed: set it again. \
             Success: look under Identities for the address in From by itself, which has settings of \
             its own"
        ),
    };
    let mut fix = Fix::new(text).check(&Question::new(domain.clone(), RecordType::Mx));
    let texts = zone.txt.texts();
    if zone.txt.is_checked() && !texts.iter().any(|text| is_spf(text.as_bytes())) {
        fix.text.push_str("; its SPF record is missing");
        fix = fix.record(records::spf(domain));
    }
    let finding = hit.says(message, host).with_evidence(case.at_mail_from());
    let feedback = feedback.map(|sign| case.sign(sign));
    let finding = finding.with_evidence(feedback);
    Some(finding.with_evidence(case.stated_in_words()).with_fix(fix))
}

/// The one mail exchanger of a zone, if it is a feedback host of SES. Several mail exchangers, or a
/// different host, have rules of their own.
fn feedback_host(zone: &MailFromZone) -> Option<&Name> {
    match zone.mx.exchanges()[..] {
        [(_, Some(host))] if matches!(Feedback::of(host), Feedback::Host(_)) => Some(host),
        _ => None,
    }
}
