//! SES sent from an address of the customer's own, which the SPF record does not name.

use super::envelope::{clipped, term_for};
use super::{Case, Explanation, Findings, Fires, Fix, Mark, Rule, Severity, applies};
use crate::dns::Record;
use crate::ses::{Sign, SignKind, is_ses_domain, outgoing_ip};
use crate::spf::edit::with_term;

pub(super) const RULE: Rule = Rule {
    code: "ses-own-address-outside-spf",
    severity: Severity::Warning,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

/// What shows that SES sent from an address outside its own record: SES names it, and a signature or
/// the name of the address proves that SES was there.
pub(super) fn own_address<'a>(case: &Case<'a>) -> Option<&'a Sign> {
    let client = case.analysis.session.client_ip.as_ref()?;
    let sign = case.ses()?.sign(SignKind::Outgoing)?;
    let is_named = outgoing_ip(&sign.value) == Some(client.value.to_canonical());
    let mut names = case.advice.client_names.records().iter();
    let is_host = names.any(|record| match record {
        Record::Ptr(name) => is_ses_domain(name.as_str()),
        _ => false,
    });
    let is_outside = case.is_client_of_ses() == Some(false);
    let is_of_ses = case.is_client_seen() && (case.is_signed_by_ses() || is_host);
    (is_named && is_outside && is_of_ses && case.sent_on().is_none()).then_some(sign)
}

fn check(case: &Case<'_>, findings: &mut Findings) {
    let (Some(domain), Some(sign)) = (case.spf_refuses(), own_address(case)) else {
        return;
    };
    if case.recorded_spf_pass().is_some() {
        return;
    }
    let (Some(client), Some(record)) = (&case.analysis.session.client_ip, &case.spf().record)
    else {
        return;
    };
    let ip = client.value.to_canonical();
    let message = format!(
        "SES sent from {ip}, which neither amazonses.com nor the SPF record of {domain} names: SPF \
         gave {}",
        case.spf().result
    );
    let amazons = case.advice.amazonses.lookup();
    let amazons = amazons.map(|lookup| Mark::dns(lookup).says(format!("does not name {ip}")));
    let new = case.spf_fix(&domain, "", &with_term(record, &term_for(client.value)));
    findings
        .add(message, case.at_spf_record().says(clipped(record)))
        .also([case.sign(sign)])
        .also(case.at_client())
        .also(amazons)
        .fix(
            Fix::new("choose by whose address it is")
                .choice(
                    format!("you brought {ip} to SES: name it, or the whole network"),
                    "SPF passes for what SES sends from there",
                    new.records,
                )
                .choice(
                    "it is not yours: change nothing",
                    "somebody else sent the message on, and DKIM must carry it",
                    Vec::new(),
                ),
        );
}
