use serde_json::Value;

use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "mx-host-without-address",
    text: "The caller asks where the mail exchangers of example.com lead. In fires one of the two \
           has no address, in quiet both have one.",
    fires: |seed| exchangers(seed, None),
    quiet: |seed| exchangers(seed, Some("192.0.2.11")),
};

fn exchangers(seed: &str, ip: Option<&str>) -> Plan {
    but(seed, |plan| {
        plan.session.insert("exchangers".into(), Value::Bool(true));
        plan.zone.mx("example.com", "mx2.example.com");
        if let Some(ip) = ip {
            plan.zone.a("mx2.example.com", ip);
        }
    })
}
