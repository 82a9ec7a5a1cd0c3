//! SES says that DKIM of the identity is not in the state Success.

use super::{
    Case, Explanation, Finding, Fires, Fix, Hit, Mark, Observation, Rule, Severity, applies,
};
use crate::advice_lookups::{TokenState, TokenZone};
use crate::ses::identity::{IdentityDkim, IdentityStatus};

pub(super) const RULE: Rule = Rule {
    code: "ses-dkim-not-verified",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "Amazon SES Developer Guide, Easy DKIM in Amazon SES",
        "Amazon SES API v2, GetEmailIdentity (DkimAttributes)",
    ],
    explanation: Explanation {
        summary: "DKIM that Amazon SES does not use, as it has not found the records",
        means: "SES says of the identity that DKIM is PENDING, FAILED, or in another state than \
                SUCCESS. It signs for the domain only in the state SUCCESS, which it gives when it \
                finds the records in DNS: for Easy DKIM three CNAME records, for a key of your own \
                one TXT record.",
        matters: "Until then mail goes out with the signature of amazonses.com alone, which does \
                  not count for your domain.",
        todo: "Publish the records that are missing, each under its full name; many forms add the \
               domain by themselves.\n\
               Pending: SES looks again by itself, for up to 72 hours, so records that are right \
               need only time.\n\
               Failed: it has stopped looking. When the records are right, start DKIM of the \
               identity again, and compare the tokens that it then shows.\n\
               Then ask SES again.",
        example: "aws sesv2 get-email-identity --email-identity example.com\n\
                  \"DkimAttributes\": { \"SigningEnabled\": true, \"Status\": \"PENDING\", … }",
    },
    applies: applies::has_identity,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

/// DKIM that is on, and its state, which is not Success.
fn waiting<'a>(case: &Case<'a>) -> Option<(&'a IdentityDkim, &'a IdentityStatus)> {
    let dkim = case.stated()?.identity.dkim.as_ref()?;
    let status = dkim.status.as_ref()?;
    let is_waiting = dkim.signing != Some(false) && *status != IdentityStatus::Success;
    is_waiting.then_some((dkim, status))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (_, status) = waiting(case)?;
    let without = case
        .keys_without_record()
        .map(|(key, _)| key.owner.to_string());
    Some(
        RULE.hit(case.at_stated())
            .text("identity", &case.stated()?.identity.name)
            .text("status", status)
            .with("without_record", without.collect::<Vec<_>>()),
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (name, seen) = (hit.values.text("identity")?, case.stated_in_words()?.text);
    let (dkim, status) = waiting(case)?;
    let (all, wrong) = (
        &case.advice.identity.keys,
        hit.values.list("without_record")?,
    );
    let record = match dkim.is_own_key() {
        true => "TXT record",
        false => "CNAME record",
    };
    let is_known = !all.is_empty() && all.iter().all(|key| key.state().is_some());
    let in_dns = match (wrong.len(), all.len()) {
        (0, 0) => String::new(),
        (0, _) if !is_known => String::new(),
        (0, 1) => format!(", though its {record} is in DNS now"),
        (0, count) => format!(", though its {count} {record}s are right in DNS now"),
        (_, 1) => format!(", and its {record} is not in DNS"),
        (wrong, count) => {
            format!(
                ", and {wrong} of its {count} {record}s {}",
                what_is_wrong(case)
            )
        }
    };
    let has_stopped = *status == IdentityStatus::Failed;
    let next = match (has_stopped, is_known && wrong.is_empty()) {
        (true, _) => ": SES has stopped looking",
        (false, true) => ": SES has not seen them yet, and looks for up to 72 hours",
        (false, false) => ": SES does not sign for it until it finds its records",
    };
    let message = format!("DKIM of {name} is {status} in SES{in_dns}{next}");
    let finding = hit.says(message, seen).with_evidence(records_seen(case));
    Some(finding.with_fix(fix(case, dkim, has_stopped)))
}

fn fix(case: &Case<'_>, dkim: &IdentityDkim, has_stopped: bool) -> Fix {
    let missing: Vec<&TokenZone> = case.keys_without_record().map(|(key, _)| key).collect();
    let records = case.wanted_aliases();
    let mut text = match (dkim.is_own_key(), missing.first()) {
        (true, Some(key)) => format!(
            "publish your public key as a TXT record at {}: p= and the key in base64",
            key.owner
        ),
        (false, _) if !records.is_empty() => "publish these CNAME records".to_owned(),
        (false, _) if dkim.tokens.is_empty() => {
            "start Easy DKIM for the identity, and publish the three CNAME records that SES shows"
                .to_owned()
        }
        _ if !is_all_right(case) => {
            "see that the records that SES shows for the identity are in DNS".to_owned()
        }
        _ if has_stopped => "see that the records stay".to_owned(),
        _ => "nothing has to be changed, only wait".to_owned(),
    };
    if has_stopped {
        text.push_str(
            "; then start DKIM of the identity again, and compare the tokens that it shows",
        );
    }
    if let Some(command) = case.identity_command("get-email-identity", "", None) {
        text.push_str(&format!("; then ask SES again: {command}"));
    }
    let fix = Fix::new(text).records(records);
    missing
        .into_iter()
        .fold(fix, |fix, key| match key.published.lookup() {
            Some(lookup) => fix.check(&lookup.question),
            None => fix,
        })
}

/// What is wrong with the records that are not right; a clause.
pub(super) fn what_is_wrong(case: &Case<'_>) -> &'static str {
    let missing = case
        .keys_without_record()
        .filter(|(_, state)| *state == TokenState::Missing)
        .count();
    match (missing, case.keys_without_record().count()) {
        (0, _) => "lead elsewhere in DNS",
        (missing, all) if missing == all => "are missing in DNS",
        _ => "are missing in DNS or lead elsewhere",
    }
}

fn is_all_right(case: &Case<'_>) -> bool {
    let keys = &case.advice.identity.keys;
    keys.iter()
        .all(|key| key.state() == Some(TokenState::Right))
}

/// What DNS says of each record that is not right.
pub(super) fn records_seen(case: &Case<'_>) -> Vec<Observation> {
    let keys = case.keys_without_record();
    let seen = keys.filter_map(|(key, state)| {
        let mark = Mark::dns(key.published.lookup()?);
        Some(mark.says(match (state, &key.target) {
            (TokenState::Elsewhere(to), Some(target)) => {
                format!("an alias to {to}; expected {target}")
            }
            (TokenState::Elsewhere(to), None) => format!("an alias to {to}"),
            (_, Some(target)) => format!("nothing; expected an alias to {target}"),
            (_, None) => "nothing".to_owned(),
        }))
    });
    seen.collect()
}
