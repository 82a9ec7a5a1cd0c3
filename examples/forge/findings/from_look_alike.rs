use super::super::ses;
use super::{Pair, Plan};

pub const PAIR: Pair = Pair {
    code: "from-look-alike",
    text: "In fires the domain in From has a Cyrillic letter among Latin ones. In quiet it \
           is all Cyrillic, a Russian word, and two of its letters look like no Latin ones.",
    fires: |seed| at(seed, "xn--exmple-4nf.test", "ex\u{430}mple.test"),
    quiet: |seed| {
        at(
            seed,
            "xn--80a1acny.example",
            "\u{43f}\u{43e}\u{447}\u{442}\u{430}.example",
        )
    },
};

fn at(seed: &str, domain: &str, shown: &str) -> Plan {
    let mut plan = Plan::new(seed, domain, ses::find("us-east-1"));
    plan.from = vec![format!("Larkspur Books <orders@{shown}>")];
    plan
}
