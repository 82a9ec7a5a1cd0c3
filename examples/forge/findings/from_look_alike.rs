use super::super::ses;
use super::{Pair, Plan};

pub const PAIR: Pair = Pair {
    code: "from-look-alike",
    text: "In fires the domain in From has a Cyrillic letter among Latin ones. In quiet it \
           has a Latin letter with dots, as German has.",
    fires: |seed| at(seed, "xn--exmple-4nf.test", "ex\u{430}mple.test"),
    quiet: |seed| at(seed, "xn--bcher-kva.example", "b\u{fc}cher.example"),
};

fn at(seed: &str, domain: &str, shown: &str) -> Plan {
    let mut plan = Plan::new(seed, domain, ses::find("us-east-1"));
    plan.from = vec![format!("Larkspur Books <orders@{shown}>")];
    plan
}
