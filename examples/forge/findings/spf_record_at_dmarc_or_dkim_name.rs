use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "spf-record-at-dmarc-or-dkim-name",
    text: "The domain has no DMARC record. In fires a wildcard answers with an SPF record, in \
           quiet the text there is of another kind.",
    fires: |seed| text(seed, "v=spf1 include:amazonses.com ~all"),
    quiet: |seed| text(seed, "site-verification=4711"),
};

fn text(seed: &str, text: &str) -> Plan {
    but(seed, |plan| {
        plan.dmarc = None;
        plan.zone.txt("_dmarc.example.com", text);
    })
}
