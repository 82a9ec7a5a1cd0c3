//! A mail exchanger of the domain has no address.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity};
use crate::dns::{Question, RecordType};

pub(super) const RULE: Rule = Rule {
    code: "mx-host-without-address",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 5321 §5.1", "RFC 7505 §3"],
    explanation: Explanation {
        summary: "mail exchanger without an address",
        means: "An MX record names the host that takes the domain's mail. This one has no address, \
                neither of IPv4 (A) nor of IPv6 (AAAA), or does not exist.",
        matters: "Servers try the other mail exchangers, if there are any. Where none has an \
                  address, no mail reaches the domain, also no bounces and no DMARC reports, and \
                  some receivers refuse mail from a domain that takes none.",
        todo: "Look for a typing error in the name, or for a name to which the zone's name was \
               added twice. Otherwise publish the address of the host, or take the MX away. A \
               domain that takes no mail says so with the null MX: preference 0, host \".\".",
        example: "example.com. 300 MX 10 mx.example.com.\n\
                  mx.example.com. 300 A 192.0.2.25",
    },
    applies: |case| !case.advice.exchangers.is_empty(),
    fires: Fires::OnCase(fires),
    say,
    yields_to: &["mx-preference-in-host-name"],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let Some(domain) = case.author() else {
        return Vec::new();
    };
    let all = &case.advice.exchangers;
    let empty = |of: &&crate::advice_lookups::Exchanger| of.has_no_address() == Some(true);
    let count = all.iter().filter(empty).count();
    let hits = all.iter().filter(empty).filter_map(|exchanger| {
        let hit = RULE.hit(Mark::dns(exchanger.a.lookup()?));
        let hit = hit.text("domain", domain).text("host", &exchanger.host);
        Some(hit.with("others", all.len() - count))
    });
    hits.collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let domain = case.author()?;
    let (host, others) = (hit.values.text("host")?, hit.values.number("others")?);
    let exchangers = &case.advice.exchangers;
    let exchanger = exchangers.iter().find(|one| one.host.as_str() == host)?;
    let state = match exchanger.a.is_no_such_name() {
        true => "does not exist",
        false => "has no address",
    };
    let more = match others {
        0 => format!(": no mail reaches {domain}"),
        _ => String::new(),
    };
    let message = format!("the MX of {domain} leads to {host}, which {state}{more}");
    let fix = Fix::new(format!(
        "correct the name in the MX, publish the address of {host}, or take that MX away"
    ));
    let fix = fix.of(domain);
    let fix = fix.check(&Question::new(exchanger.host.clone(), RecordType::A));
    let seen = format!("no A and no AAAA at {host}");
    Some(hit.says(message, seen).with_fix(fix))
}
