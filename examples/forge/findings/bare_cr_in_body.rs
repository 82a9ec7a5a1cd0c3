use super::super::body;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "bare-cr-in-body",
    text: "In fires a line of the body ends in CR alone, in quiet in CR LF.",
    fires: |seed| sent(seed, "\r"),
    quiet: |seed| sent(seed, "\r\n"),
};

fn sent(seed: &str, end: &str) -> Plan {
    but(seed, |plan| {
        plan.content = body::plain(&format!("Hello,\r\none line{end}next line\r\n"));
    })
}
