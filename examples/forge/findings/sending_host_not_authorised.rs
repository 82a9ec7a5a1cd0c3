use serde_json::json;

use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "sending-host-not-authorised",
    text: "The caller says that 192.0.2.77 sends mail of example.com too. In fires the SPF record \
           names another address, in quiet this one.",
    fires: |seed| record(seed, "v=spf1 ip4:192.0.2.78 -all"),
    quiet: |seed| record(seed, "v=spf1 ip4:192.0.2.77 -all"),
};

fn record(seed: &str, record: &str) -> Plan {
    but(seed, |plan| {
        plan.session.insert("hosts".into(), json!(["192.0.2.77"]));
        plan.zone.txt("example.com", record);
        plan.zone.ptr("192.0.2.77", "out.example.com");
        plan.zone.a("out.example.com", "192.0.2.77");
    })
}
