//! The SPF record of the domain does not authorise a host that sends its mail.

use std::net::IpAddr;

use super::envelope::{clipped, term_for};
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity};
use crate::dns::Name;
use crate::spf::edit::with_term;
use crate::spf::{SpfCause, SpfResult, SpfVerdict};

pub(super) const RULE: Rule = Rule {
    code: "sending-host-not-authorised",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 7208 §2.6, §8.4 and §8.5"],
    explanation: Explanation {
        summary: "sending host that the SPF record of its domain does not let send",
        means: "You named a host that sends mail of the domain (--ip). It is not among those that \
                the SPF record names. The result is fail (-all), softfail (~all) or neutral (?all, \
                or no all), and no record of the MAIL FROM domain lets it pass either.",
        matters: "SPF does not pass for its mail, so DMARC hangs on DKIM alone. Some receivers \
                  refuse mail on -all at once, before they look at a signature.",
        todo: "If the host is your own, name its address in the record. If it is of a service, take \
               the include that the service tells you: its addresses change. If you do not know the \
               host, change nothing.",
        example: "host 203.0.113.25\n\
                  v=spf1 ip4:192.0.2.25 -all                      fail\n\
                  v=spf1 ip4:192.0.2.25 ip4:203.0.113.25 -all     pass",
    },
    applies: |case| !case.advice.hosts.is_empty(),
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

/// The hosts that no record lets send, and what the author's own record says of the first.
fn refused<'a>(case: &Case<'a>) -> Option<(Vec<IpAddr>, &'a SpfVerdict)> {
    let refuses = |verdict: &SpfVerdict| {
        matches!(verdict.cause, SpfCause::Matched | SpfCause::NoMatch)
            && verdict.result != SpfResult::Pass
    };
    let no_pass = |verdict: &SpfVerdict| refuses(verdict) || verdict.result == SpfResult::None;
    let hosts = case.advice.hosts.iter();
    let hosts = hosts.filter_map(|host| {
        let own = host.spf.first().filter(|own| refuses(own))?;
        host.spf.iter().all(no_pass).then_some((host.ip, own))
    });
    let (ips, verdicts): (Vec<_>, Vec<_>) = hosts.unzip();
    Some((ips, verdicts.first()?))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (ips, verdict) = refused(case)?;
    let lookup = case.lookup(verdict.lookup?);
    let hit = RULE.hit(Mark::dns(lookup.lookup()?));
    let hit = hit.text("domain", case.author()?);
    let hit = hit.with("record", verdict.record.as_deref()?);
    Some(hit.text("hosts", listed(&ips)).text("spf", verdict.result))
}

fn listed(ips: &[IpAddr]) -> String {
    let ips: Vec<String> = ips.iter().map(|ip| ip.to_canonical().to_string()).collect();
    ips.join(", ")
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (ips, verdict) = refused(case)?;
    let domain: Name = case.author()?.clone();
    let record = hit.values.text("record")?;
    let (send, them) = match ips.len() {
        1 => ("sends", "it"),
        _ => ("send", "them"),
    };
    let message = format!(
        "{} {send} for {domain}, as you say, and the SPF record of {domain} does not name {them}: \
         SPF gives {}",
        listed(&ips),
        verdict.result
    );
    let named = ips.iter().fold(record.to_owned(), |record, ip| {
        with_term(&record, &term_for(*ip))
    });
    let new = case.spf_fix(&domain, "", &named);
    let fix = Fix::new("choose by whose host it is")
        .of(&domain)
        .taking_out(new.taken_out)
        .choice(
            format!("your own: name {them} in the record"),
            format!(
                "SPF passes for all that {} {send} for {domain}",
                listed(&ips)
            ),
            new.records,
        )
        .choice(
            "of a service: add the include that the service tells you, not the address",
            "SPF passes for its other addresses too, and where they change",
            Vec::new(),
        );
    Some(hit.says(message, clipped(record)).with_fix(fix))
}
