use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dmarc-organization-cut",
    text: "The custom MAIL FROM domain has a DMARC record of its own. In fires it says psd=n, \
           in quiet it does not.",
    fires: |seed| own_record(seed, "v=DMARC1; p=reject; psd=n"),
    quiet: |seed| own_record(seed, "v=DMARC1; p=reject"),
};

fn own_record(seed: &str, record: &str) -> Plan {
    but(seed, |plan| {
        plan.zone.txt("_dmarc.mail.example.com", record)
    })
}
