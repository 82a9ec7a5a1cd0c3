use super::super::body;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "nul-octet",
    text: "In fires a word of the body ends in a NUL, in quiet in a space.",
    fires: |seed| sent(seed, '\0'),
    quiet: |seed| sent(seed, ' '),
};

fn sent(seed: &str, octet: char) -> Plan {
    but(seed, |plan| {
        plan.content = body::plain(&format!("Hello,\r\none word{octet}and more\r\n"));
    })
}
