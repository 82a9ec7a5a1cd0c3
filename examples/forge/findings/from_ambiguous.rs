use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "from-ambiguous",
    text: "In fires a comma in the name has no quotation marks around it, in quiet it has.",
    fires: |seed| from(seed, "Books, Larkspur <orders@example.com>"),
    quiet: |seed| from(seed, "\"Books, Larkspur\" <orders@example.com>"),
};

fn from(seed: &str, from: &str) -> Plan {
    but(seed, |plan| plan.from = vec![from.into()])
}
