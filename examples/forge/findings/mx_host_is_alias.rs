use serde_json::Value;

use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "mx-host-is-alias",
    text: "The caller asks where the mail exchanger of example.com leads. In fires mx.example.com \
           is an alias of a host, in quiet it is that host.",
    fires: |seed| {
        exchanger(seed, |plan| {
            plan.zone.mx("example.com", "mail.example.com");
            plan.zone.alias("mail.example.com", "mx.example.com");
        })
    },
    quiet: |seed| exchanger(seed, |plan| plan.zone.mx("example.com", "mx.example.com")),
};

fn exchanger(seed: &str, publish: impl FnOnce(&mut Plan)) -> Plan {
    but(seed, |plan| {
        plan.session.insert("exchangers".into(), Value::Bool(true));
        publish(plan);
    })
}
