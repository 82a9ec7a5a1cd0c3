use super::super::body;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "line-too-long",
    text: "In fires a line of the body has 1,200 octets, in quiet 998.",
    fires: |seed| sent(seed, 1_200),
    quiet: |seed| sent(seed, 998),
};

fn sent(seed: &str, octets: usize) -> Plan {
    but(seed, |plan| {
        let line = "a".repeat(octets);
        plan.content = body::plain(&format!("Hello,\r\n{line}\r\nGoodbye\r\n"));
    })
}
