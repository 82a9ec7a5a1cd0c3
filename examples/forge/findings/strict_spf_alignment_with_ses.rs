use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "strict-spf-alignment-with-ses",
    text: "A custom MAIL FROM domain, set up well. In fires the DMARC record says aspf=s, in quiet \
           only adkim=s, which the signature meets.",
    fires: |seed| policy(seed, "aspf=s"),
    quiet: |seed| policy(seed, "adkim=s"),
};

fn policy(seed: &str, mode: &str) -> Plan {
    but(seed, |plan| {
        let record = format!("v=DMARC1; p=quarantine; {mode}; rua=mailto:dmarc@example.com");
        plan.dmarc = Some(record);
    })
}
