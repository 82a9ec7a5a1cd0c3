use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-signature-expires",
    text: "The application's signature has x=. In fires that is one hour after it was made, in \
           quiet seven days.",
    fires: |seed| expiring(seed, 3_600),
    quiet: |seed| expiring(seed, 7 * 86_400),
};

fn expiring(seed: &str, seconds: i64) -> Plan {
    but(seed, |plan| {
        let at = plan.own().signed_at;
        plan.own().expires = Some(at + seconds);
    })
}
