//! SES sent from the customer's own address, which is not in the SPF record.

use super::envelope::{clipped, term_for};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::spf::edit::with_term;

pub(super) const RULE: Rule = Rule {
    code: "ses-own-address-outside-spf",
    severity: Severity::Warning,
    wants_message: true,
    cites: &[
        "Amazon SES Developer Guide, Bringing your own IP addresses (BYOIP)",
        "RFC 7208 §5.6",
    ],
    explanation: Explanation {
        summary: "sending address of Amazon SES that is not in its SPF record",
        means: "SES sent the message, but from an address that the record of amazonses.com does \
                not name. That is so with addresses that a customer brought to SES (BYOIP): they \
                stay the customer's, and include:amazonses.com does not cover them.",
        matters: "SPF fails for mail from these addresses, so DMARC hangs on DKIM alone.",
        todo: "If you brought addresses to SES, name the network in the SPF record of the MAIL \
               FROM domain, beside include:amazonses.com.\n\
               If you did not, do not add the address: then somebody else sent the message on, or \
               made it look like mail of SES. X-SES-Outgoing is not signed.",
        example: "v=spf1 include:amazonses.com ip4:198.51.100.0/24 ~all",
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
    let (domain, record) = (case.spf_refuses()?, case.spf().record.as_deref()?);
    case.own_address_in_ses()?;
    let client = case.analysis.session.client_ip.as_ref()?;
    if case.spf_pass_claim().is_some() {
        return None;
    }
    let hit = RULE.hit(case.at_spf_record()).text("domain", domain);
    let hit = hit.with("record", record);
    let hit = hit.text("client_ip", client.value.to_canonical());
    Some(hit.text("spf", case.spf().result))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (domain, sign) = (case.spf_refuses()?, case.own_address_in_ses()?);
    let ip = case
        .analysis
        .session
        .client_ip
        .as_ref()?
        .value
        .to_canonical();
    let record = hit.values.text("record")?;
    let message = format!(
        "SES sent from {ip}, which neither amazonses.com nor the SPF record of {domain} names: SPF \
         gave {}",
        case.spf().result
    );
    let amazons = case.advice.amazonses.lookup();
    let amazons = amazons.map(|lookup| Mark::dns(lookup).says(format!("does not name {ip}")));
    let new = case.spf_fix(&domain, "", &with_term(record, &term_for(ip)));
    let taken_out = new.taken_out;
    let fix = Fix::new("choose by whose address it is")
        .taking_out(taken_out)
        .choice(
            format!("you brought {ip} to SES: name it, or the whole network"),
            "SPF passes for what SES sends from there",
            new.records,
        )
        .choice(
            "it is not yours: change nothing",
            "somebody else sent the message on, and DKIM must carry it",
            Vec::new(),
        );
    Some(
        hit.says(message, clipped(record))
            .with_evidence([case.sign(sign)])
            .with_evidence(case.at_client())
            .with_evidence(amazons)
            .with_fix(fix),
    )
}
