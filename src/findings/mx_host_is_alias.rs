//! A mail exchanger of the domain is an alias.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity};
use crate::advice_lookups::Exchanger;
use crate::dns::Question;
use crate::dns::RecordType;
use crate::dns::change::RecordChange;

pub(super) const RULE: Rule = Rule {
    code: "mx-host-is-alias",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 2181 §10.3", "RFC 5321 §5.1"],
    explanation: Explanation {
        summary: "mail exchanger whose name is an alias (CNAME)",
        means: "An MX record names the host that takes the domain's mail. That name must have \
                addresses of its own. Here it is an alias of another name.",
        matters: "Many servers follow the alias, some do not, and some refuse to deliver. Mail to \
                  the domain, also bounces and DMARC reports, may be lost.",
        todo: "Lead the MX to the name at which the addresses stand. Where the alias is a service's \
               own way to move its hosts, ask the service for the name that an MX may have.",
        example: "example.com. 300 MX 10 mail.example.com.\n\
                  mail.example.com. 300 CNAME mx.example.net.     wrong\n\
                  example.com. 300 MX 10 mx.example.net.          right",
    },
    applies: |case| !case.advice.exchangers.is_empty(),
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let Some(domain) = case.author() else {
        return Vec::new();
    };
    let aliases = case.advice.exchangers.iter().filter_map(|exchanger| {
        let target = exchanger.alias()?;
        let lookup = exchanger.a.lookup().or(exchanger.aaaa.lookup())?;
        let hit = RULE.hit(Mark::dns(lookup)).text("domain", domain);
        let hit = hit.with("preference", usize::from(exchanger.preference));
        Some(hit.text("host", &exchanger.host).text("target", target))
    });
    aliases.collect()
}

/// The mail exchanger of a hit.
fn of_hit<'a>(case: &Case<'a>, hit: &Hit) -> Option<&'a Exchanger> {
    let (host, preference) = (hit.values.text("host")?, hit.values.number("preference")?);
    case.advice
        .exchangers
        .iter()
        .find(|one| one.host.as_str() == host && u64::from(one.preference) == preference)
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let exchanger = of_hit(case, hit)?;
    let domain = case.author()?;
    let (host, target) = (&exchanger.host, exchanger.alias()?);
    let message = format!(
        "the MX of {domain} leads to {host}, which is an alias (CNAME) of {target}; a mail \
         exchanger must have addresses of its own"
    );
    let old = RecordChange::mx(domain.clone(), exchanger.preference, host.clone());
    let new = RecordChange::mx(domain.clone(), exchanger.preference, target.clone());
    let records = match case.advice.exchangers.len() {
        1 => vec![new.replacing()],
        _ => vec![old.removing(), new],
    };
    let has_address = exchanger.has_no_address() == Some(false);
    let fix = Fix::new("choose one").of(domain);
    let fix = match has_address {
        true => fix.choice(
            format!("lead the MX to {target} itself"),
            "if who runs that name moves its hosts to another, the MX has to follow",
            records,
        ),
        false => fix,
    };
    let fix = fix.choice(
        format!("give {host} addresses of its own in place of the CNAME"),
        "if the hosts get other addresses, these have to follow",
        Vec::new(),
    );
    let mx = Question::new(domain.clone(), RecordType::Mx);
    Some(
        hit.says(message, format!("a CNAME to {target}"))
            .with_fix(fix.check(&mx)),
    )
}
