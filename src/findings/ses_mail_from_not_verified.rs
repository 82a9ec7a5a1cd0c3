//! SES says that the custom MAIL FROM domain of the identity is not in the state Success.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::advice_lookups::MailFromZone;
use crate::dns::{Question, RecordType};
use crate::ses::identity::{IdentityStatus, OnMxFailure};
use crate::ses::{Feedback, records};
use crate::spf::record::is_spf;

pub(super) const RULE: Rule = Rule {
    code: "ses-mail-from-not-verified",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "Amazon SES Developer Guide, Using a custom MAIL FROM domain",
        "Amazon SES API v2, GetEmailIdentity (MailFromAttributes)",
    ],
    explanation: Explanation {
        summary: "custom MAIL FROM domain that Amazon SES does not use, as it has not found its MX",
        means: "A custom MAIL FROM domain is set for the identity, and SES says that its state is \
                PENDING, FAILED or TEMPORARY_FAILURE. SES uses the domain only in the state SUCCESS, \
                which it gives when it finds the one MX record with its feedback host there. What it \
                does until then, you choose: send with its own domain (USE_DEFAULT_VALUE), without \
                a word, or refuse to send (REJECT_MESSAGE).",
        matters: "With its own domain, SPF passes for Amazon and does not count for yours, so that \
                  DMARC hangs on DKIM alone.",
        todo: "Publish the MX, and the SPF record beside it, which SES does not look for and \
               receivers do.\n\
               Pending: SES looks for up to 72 hours, so records that are right need only time.\n\
               Failed: it has stopped looking. When the MX is right, set the domain again.",
        example: "aws sesv2 get-email-identity --email-identity example.com\n\
                  \"MailFromAttributes\": { \"MailFromDomainStatus\": \"PENDING\", … }",
    },
    applies: applies::has_identity,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[
        "ses-mail-from-several-mx",
        "ses-mail-from-alias",
        "ses-mail-from-mx-missing",
        "ses-mail-from-mx-wrong-host",
        "mx-preference-in-host-name",
    ],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (domain, status) = case.mail_from_waits()?;
    let hit = RULE.hit(case.at_stated());
    let hit = hit.text("identity", &case.stated()?.identity.name);
    Some(hit.text("domain", domain).text("status", status))
}

/// What the MX of the domain is, for SES.
enum Mx {
    /// The one that SES looks for.
    Right,
    Missing,
    /// Another, or several.
    Other,
    NotChecked,
}

fn mx(zone: Option<&MailFromZone>) -> Mx {
    let Some(zone) = zone.filter(|zone| zone.mx.is_checked()) else {
        return Mx::NotChecked;
    };
    match zone.mx.exchanges()[..] {
        [] => Mx::Missing,
        [(_, Some(host))] if matches!(Feedback::of(host), Feedback::Host(_)) => Mx::Right,
        _ => Mx::Other,
    }
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (name, seen) = (hit.values.text("identity")?, case.stated_in_words()?.text);
    let (domain, status) = case.mail_from_waits()?;
    let zone = case.advice.identity.mail_from.as_ref();
    let has_stopped = *status == IdentityStatus::Failed;
    let in_dns = match (mx(zone), has_stopped) {
        (Mx::Right, false) => {
            ", though its MX is in DNS now: SES has not seen it yet, and looks for up to 72 hours"
        }
        (Mx::Right, true) => ", though its MX is in DNS now: SES has stopped looking",
        (Mx::Missing, _) => ", and there is no MX at it",
        (Mx::Other, _) => ", and its MX is not the one that SES looks for",
        (Mx::NotChecked, _) => "",
    };
    let fallback = case.stated()?.identity.mail_from.as_ref()?;
    let default = case.default_path().map(|(_, author, mail_from)| {
        let own = mail_from.value.rsplit('@').next().unwrap_or_default();
        (own, author)
    });
    let message = match (default, &fallback.on_mx_failure) {
        (Some((own, author)), _) => format!(
            "SES sent under {own}, and says that {domain} is {status} for {name}{in_dns}; SPF does \
             not count for {author} until SES uses it"
        ),
        (None, Some(OnMxFailure::RejectMessage)) => format!(
            "the MAIL FROM domain {domain} of {name} is {status} in SES{in_dns}; SES refuses to send \
             until it finds the MX"
        ),
        (None, _) => format!(
            "the MAIL FROM domain {domain} of {name} is {status} in SES{in_dns}; SES sends with its \
             own until it finds the MX"
        ),
    };
    let finding = hit.says(message, seen);
    let answer = zone.and_then(|zone| {
        let hosts: Vec<String> = zone.mx.exchanges().iter().map(shown).collect();
        let text = match hosts.is_empty() {
            true => "there is no MX".to_owned(),
            false => hosts.join(", "),
        };
        Some(Mark::dns(zone.mx.lookup()?).says(text))
    });
    let path = case.default_path().and_then(|_| case.at_mail_from());
    let finding = finding.with_evidence(answer).with_evidence(path);
    Some(finding.with_fix(fix(case, zone, has_stopped)?))
}

fn shown((preference, host): &(u16, Option<&crate::dns::Name>)) -> String {
    match host {
        Some(host) => format!("{preference} {host}"),
        None => format!("{preference} ."),
    }
}

fn fix(case: &Case<'_>, zone: Option<&MailFromZone>, has_stopped: bool) -> Option<Fix> {
    let (domain, _) = case.mail_from_waits()?;
    let region = case.ses().and_then(|ses| ses.region.as_ref());
    let wanted = region.and_then(|region| records::feedback_mx(domain, region));
    let (mut text, mut found) = match (mx(zone), wanted) {
        (Mx::Right, _) if has_stopped => ("see that the MX stays".to_owned(), Vec::new()),
        (Mx::Right, _) => (
            "nothing has to be changed, only wait".to_owned(),
            Vec::new(),
        ),
        (Mx::Missing | Mx::NotChecked, Some(wanted)) => {
            ("publish the MX that SES looks for".to_owned(), vec![wanted])
        }
        (Mx::Other, Some(wanted)) => (
            "make this the only MX there, or take another name if mail for people comes to it"
                .to_owned(),
            vec![wanted.replacing()],
        ),
        (_, None) => (
            "publish one MX there, 10 feedback-smtp.REGION.amazonses.com, with the region that \
             sends"
                .to_owned(),
            Vec::new(),
        ),
    };
    let is_without_spf = zone.is_some_and(|zone| {
        let texts = zone.txt.texts();
        zone.txt.is_checked() && !texts.iter().any(|text| is_spf(text.as_bytes()))
    });
    if is_without_spf {
        text.push_str("; its SPF record is missing too");
        found.push(records::spf(domain));
    }
    if has_stopped {
        text.push_str("; then set the domain again");
        let command = case.identity_command(
            "put-email-identity-mail-from-attributes",
            "--mail-from-domain",
            Some(domain),
        );
        text.extend(command.map(|command| format!(": {command}")));
    } else if let Some(command) = case.identity_command("get-email-identity", "", None) {
        text.push_str(&format!("; then ask SES again: {command}"));
    }
    let mx = Question::new(domain.clone(), RecordType::Mx);
    Some(Fix::new(text).records(found).check(&mx))
}
