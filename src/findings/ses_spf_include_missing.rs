//! SES sent, but the SPF record of the MAIL FROM domain does not authorise it.

use super::envelope::{clipped, without_effect};
use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};
use crate::ses::records;
use crate::spf::edit::with_term;

pub(super) const RULE: Rule = Rule {
    code: "ses-spf-include-missing",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "Amazon SES Developer Guide, Using a custom MAIL FROM domain",
        "RFC 7208 §4.6.2 and §5.2",
    ],
    explanation: Explanation {
        summary: "MAIL FROM domain whose SPF record does not let Amazon SES send",
        means: "The client is one of Amazon's servers. The SPF record of the MAIL FROM domain does \
                not name them: include:amazonses.com is missing, or stands behind all, where \
                nobody reads it, or has a qualifier that makes it no pass.",
        matters: "SPF fails, so DMARC hangs on DKIM alone. A record that ends in -all makes some \
                  receivers refuse the mail.",
        todo: "Put include:amazonses.com into the record, before all. It costs one of the ten \
               lookups. It is the same in all regions.",
        example: "wrong:  v=spf1 mx -all include:amazonses.com\n\
                  right:  v=spf1 mx include:amazonses.com -all",
    },
    applies: applies::has_spf_record,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (domain, record) = (case.spf_refuses()?, case.spf().record.as_deref()?);
    if case.is_of_domain() {
        let is_missing = case.ses_mail_from().is_some() && !records::is_included(&case.spf().trace);
        let hit = RULE.hit(case.at_spf_record()).text("domain", domain);
        return is_missing.then(|| hit.with("record", record));
    }
    let client = case.analysis.session.client_ip.as_ref()?;
    // If the receiver recorded a pass, the record was different then.
    if case.is_client_of_ses() != Some(true) || case.spf_pass_claim().is_some() {
        return None;
    }
    let hit = RULE.hit(case.at_spf_record()).text("domain", domain);
    let hit = hit.with("record", record);
    let hit = hit.text("client_ip", client.value.to_canonical());
    Some(hit.text("spf", case.spf().result))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let domain = case.spf_refuses()?;
    let record = hit.values.text("record")?;
    let why = match record.to_ascii_lowercase().contains(records::INCLUDE) {
        true => format!("has {} where it has no effect", records::INCLUDE),
        false => format!("has no {}", records::INCLUDE),
    };
    let effect = without_effect(record);
    let message = match hit.values.text("client_ip") {
        Some(client) => format!(
            "SES sent from {client}, and the SPF record of {domain} {why}: SPF gave {}{effect}",
            case.spf().result,
        ),
        None => format!(
            "{domain} is the MAIL FROM domain in SES, and its SPF record {why}, so SPF passes for no \
             host of SES{effect}"
        ),
    };
    let text = "let SES send by this record";
    let fix = case.spf_fix(&domain, text, &with_term(record, records::INCLUDE));
    Some(
        hit.says(message, clipped(record))
            .with_evidence(case.at_client())
            .with_fix(fix),
    )
}
