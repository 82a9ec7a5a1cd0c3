use serde_json::json;

use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "sending-host-without-name",
    text: "The caller says that 192.0.2.77 sends mail of example.com too. Its name is \
           out.example.com, which in fires has another address, in quiet this one.",
    fires: |seed| named(seed, "192.0.2.78"),
    quiet: |seed| named(seed, "192.0.2.77"),
};

fn named(seed: &str, ip: &str) -> Plan {
    but(seed, |plan| {
        plan.session.insert("hosts".into(), json!(["192.0.2.77"]));
        plan.zone.txt("example.com", "v=spf1 ip4:192.0.2.77 -all");
        plan.zone.ptr("192.0.2.77", "out.example.com");
        plan.zone.a("out.example.com", ip);
    })
}
