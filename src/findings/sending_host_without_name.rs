//! A host that sends mail of the domain has no name that leads back to its address.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity};
use crate::advice_lookups::SendingZone;
use crate::dns::{Question, RecordType};
use crate::spf::reverse_name;

pub(super) const RULE: Rule = Rule {
    code: "sending-host-without-name",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 1912 §2.1", "Google, Email sender guidelines"],
    explanation: Explanation {
        summary: "sending host without a name (PTR) that leads back to its address",
        means: "You named a host that sends mail of the domain (--ip). Receivers ask DNS for the \
                name of its address (PTR), and then for the addresses of that name. There is no \
                name, or none of its names has the address.",
        matters: "Gmail, Yahoo and Apple ask for it of every sender. Gmail defers or refuses mail \
                  from such a host (421 or 550, 5.7.25), whatever SPF, DKIM and DMARC say.",
        todo: "The PTR is set by whoever gives you the address: the provider of the server or of \
               the line, often in the form for the address. Choose the name by which the host \
               greets (HELO), and publish the address at that name.",
        example: "25.2.0.192.in-addr.arpa. 300 PTR mx.example.com.\n\
                  mx.example.com. 300 A 192.0.2.25",
    },
    applies: |case| !case.advice.hosts.is_empty(),
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

/// The hosts that have no such name.
fn nameless<'a>(case: &Case<'a>) -> impl Iterator<Item = (&'a SendingZone, Question)> + use<'a> {
    let hosts = case.advice.hosts.iter();
    let hosts = hosts.filter(|host| host.is_confirmed() == Some(false));
    hosts.filter_map(|host| {
        let name = reverse_name(host.ip).ok()?;
        Some((host, Question::new(name, RecordType::Ptr)))
    })
}

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (_, question) = nameless(case).next()?;
    let answer = case.answer(&question);
    let hosts = nameless(case).map(|(host, _)| host.ip.to_canonical().to_string());
    let hosts: Vec<String> = hosts.collect();
    Some(
        RULE.hit(Mark::dns(answer.lookup()?))
            .text("hosts", hosts.join(", ")),
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let told: Vec<String> = nameless(case).map(|(host, _)| told(host)).collect();
    let fix = Fix::new(
        "have whoever gives you the address set its name (PTR) to one of yours, and publish the \
         address at that name",
    );
    let fix = nameless(case).fold(fix, |fix, (_, question)| fix.check(&question));
    let seen = match nameless(case).next()?.0.names.as_deref() {
        Some([name, ..]) => format!("PTR {}", name.name),
        _ => "no PTR".into(),
    };
    Some(hit.says(told.join("; "), seen).with_fix(fix))
}

fn told(host: &SendingZone) -> String {
    let ip = host.ip.to_canonical();
    match host.names.as_deref() {
        Some([one]) => format!(
            "{ip} has the name {}, which does not lead back to it",
            one.name
        ),
        Some([first, ..]) => {
            format!(
                "{ip} has several names, as {}, and none leads back to it",
                first.name
            )
        }
        _ => format!("{ip} has no name in DNS (PTR)"),
    }
}
