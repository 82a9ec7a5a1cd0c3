use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-report-host-not-authorised",
    text: "Reports go to another organization, which takes mail. In fires it does not agree \
           to take them, in quiet it does.",
    fires: outside,
    quiet: |seed| {
        let mut plan = outside(seed);
        let at = "example.com._report._dmarc.reports.example.net";
        plan.zone.txt(at, "v=DMARC1");
        plan
    },
};

fn outside(seed: &str) -> Plan {
    but(seed, |plan| {
        plan.dmarc = Some("v=DMARC1; p=quarantine; rua=mailto:in@reports.example.net".into());
        plan.zone.mx("reports.example.net", "mx.example.net");
    })
}
