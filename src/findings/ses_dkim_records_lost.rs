//! SES says that it has found the records of DKIM, and DNS no longer has them all.

use super::ses_dkim_not_verified::{records_seen, what_is_wrong};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::ses::identity::IdentityStatus;

pub(super) const RULE: Rule = Rule {
    code: "ses-dkim-records-lost",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "Amazon SES Developer Guide, Easy DKIM in Amazon SES",
        "Amazon SES Developer Guide, Troubleshooting DKIM problems in Amazon SES",
    ],
    explanation: Explanation {
        summary: "records of DKIM that Amazon SES once found and that DNS no longer has",
        means: "SES says that DKIM of the identity is SUCCESS: it found the records. Not all of \
                them are in DNS now. SES has three keys for Easy DKIM, signs with one and changes \
                between them, so that a message may verify while another record is gone.",
        matters: "When SES signs with a key whose record is missing, the signature does not \
                  verify. SES looks from time to time: it warns by mail, and then stops signing for \
                  the domain.",
        todo: "Publish the missing records again, under the same names and with the same targets. \
               They are often lost when the DNS of a domain moves to another provider.",
        example: "TOKEN._domainkey.example.com. 300 CNAME TOKEN.dkim.amazonses.com.",
    },
    applies: applies::has_identity,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[
        "ses-selector-record-missing",
        "ses-selector-doubled-suffix",
        "ses-selector-target-doubled",
        "ses-selector-flattened",
        "ses-selector-wrong-target",
        "ses-selector-copied-key",
    ],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let identity = &case.stated()?.identity;
    let dkim = identity.dkim.as_ref()?;
    let is_found = dkim.status == Some(IdentityStatus::Success);
    let lost = case
        .keys_without_record()
        .map(|(key, _)| key.owner.to_string());
    let lost: Vec<String> = lost.filter(|_| is_found).collect();
    if lost.is_empty() {
        return None;
    }
    let hit = RULE.hit(case.at_stated()).text("identity", &identity.name);
    Some(hit.with("without_record", lost))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (name, lost) = (
        hit.values.text("identity")?,
        hit.values.list("without_record")?,
    );
    let dkim = case.stated()?.identity.dkim.as_ref()?;
    let all = case.advice.identity.keys.len();
    let (record, todo) = match dkim.is_own_key() {
        true => (
            "TXT record",
            format!(
                "publish your public key again as a TXT record at {}",
                lost.join(" and ")
            ),
        ),
        false => (
            "CNAME records",
            "publish the CNAME records again".to_owned(),
        ),
    };
    let what = match all {
        1 => format!("its {record} is not in DNS now"),
        _ => format!(
            "{} of its {all} {record} {} now",
            lost.len(),
            what_is_wrong(case)
        ),
    };
    let message = format!("DKIM of {name} is SUCCESS in SES, but {what}");
    let wanted = case.wanted_aliases().into_iter();
    let wanted = wanted.filter(|record| lost.iter().any(|name| *name == *record.name.as_str()));
    let fix = Fix::new(todo).records(wanted);
    let fix = case.keys_without_record().fold(fix, |fix, (key, _)| {
        let question = key.published.lookup().map(|lookup| &lookup.question);
        question.into_iter().fold(fix, Fix::check)
    });
    let finding = hit.says(message, case.stated_in_words()?.text);
    Some(finding.with_evidence(records_seen(case)).with_fix(fix))
}
