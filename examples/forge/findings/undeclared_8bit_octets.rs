use super::super::body::{self, Content};
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "undeclared-8bit-octets",
    text: "A letter in UTF-8. Fires declares 7bit, quiet 8bit.",
    fires: |seed| sent(seed, "7bit"),
    quiet: |seed| sent(seed, "8bit"),
};

fn sent(seed: &str, encoding: &'static str) -> Plan {
    but(seed, |plan| {
        let letter = body::plain("Grüße aus Zürich,\r\n\r\nder Tee ist fertig.\r\n");
        plan.content = Content { encoding, ..letter };
    })
}
