//! The SPF record of the author's domain does not authorise the client.

use super::envelope::{clipped, term_for, without_effect};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::spf::SpfResult;
use crate::spf::edit::{all_last, names_address, with_term};
use crate::spf::record::SpfRecord;
use crate::spf::repair::repaired;

pub(super) const RULE: Rule = Rule {
    code: "spf-client-not-authorised",
    severity: Severity::Warning,
    wants_message: true,
    cites: &["RFC 7208 §2.6, §8.4 and §8.5"],
    explanation: Explanation {
        summary: "client that the SPF record of its MAIL FROM domain does not let send",
        means: "The server that handed the message over (the client) is not among those that the \
                SPF record of the envelope sender's domain names. The result is fail (-all), \
                softfail (~all) or neutral (?all, or no all).",
        matters: "SPF does not pass, so DMARC hangs on DKIM alone. Some receivers refuse mail on \
                  -all at once, before they look at a signature.",
        todo: "There are three reasons. The server is yours, or of a service that sends for you: \
               name it in the record, best by the include that the service tells you.\n\
               The message was forwarded on the way and the forwarder kept the envelope sender: \
               that is bound to fail, and nothing in your record mends it. A DKIM signature \
               survives.\n\
               Somebody else used your domain: SPF does what it is for. Never add a server only \
               because it sent a message.",
        example: "client 203.0.113.25\n\
                  v=spf1 ip4:192.0.2.25 -all                      fail\n\
                  v=spf1 ip4:192.0.2.25 ip4:203.0.113.25 -all     pass",
    },
    applies: applies::has_spf_record,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[
        "ses-spf-include-missing",
        "spf-failure-by-forwarding",
        "ses-own-address-outside-spf",
        "ses-look-alike",
    ],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (domain, record) = (case.spf_refuses()?, case.spf().record.as_deref()?);
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
    let domain = case.spf_refuses()?;
    let ip = case.analysis.session.client_ip.as_ref()?.value;
    let (client, record) = (hit.values.text("client_ip")?, hit.values.text("record")?);
    let word = match case.spf().result {
        SpfResult::Fail => "says that it may not",
        SpfResult::Softfail => "says that it probably may not",
        _ => "says nothing of it",
    };
    let message = format!(
        "{client} sent for {domain}, whose SPF record {word}: SPF gave {}{}",
        case.spf().result,
        without_effect(record)
    );
    let is_meant = repaired(record).is_some_and(|repair| {
        let meant = all_last(&repair.record);
        names_address(&SpfRecord::parse(meant.as_bytes()), ip) == Some(true)
    });
    if is_meant {
        let words = "the record names the client, and this is how it takes effect";
        let fix = case.spf_fix(&domain, words, record);
        let finding = hit.says(message, clipped(record));
        let finding = finding.with_evidence(case.at_client());
        let fix = fix.otherwise("write the term as SPF asks");
        return Some(finding.with_evidence([case.at_spf_verdict()]).with_fix(fix));
    }
    let new = case.spf_fix(&domain, "", &with_term(record, &term_for(ip)));
    let taken_out = new.taken_out;
    let (text, records) = match (case.provider(), case.sealing_relay()) {
        (Some((name, include)), _) => {
            let text = format!(
                "{client} is a host of {name}, and you send through it: add include:{include}, not \
                 the address, which is one of many"
            );
            (text, Vec::new())
        }
        (None, Some(relay)) => {
            let text = format!(
                "{client} is a relay of {relay}, which sealed the message (ARC), and you send \
                 through it: add the include that {relay} names, not the address, which others use \
                 too"
            );
            (text, Vec::new())
        }
        (None, None) => {
            let text =
                format!("{client} is your server: name it; for a service take its include instead");
            (text, new.records)
        }
    };
    let fix = Fix::new("choose by whose server it is")
        .of(&domain)
        .taking_out(taken_out)
        .choice(
            text,
            "SPF passes for all that it sends under this domain",
            records,
        )
        .choice(
            "it is not yours: change nothing",
            "forwarded mail stands on DKIM; what others forge goes on failing",
            Vec::new(),
        );
    Some(
        hit.says(message, clipped(record))
            .with_evidence(case.at_client())
            .with_evidence([case.at_spf_verdict()])
            .with_fix(fix),
    )
}
