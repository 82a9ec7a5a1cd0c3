use super::super::mail::Field;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "bulk-mail-without-one-click-unsubscribe",
    text: "A newsletter. In fires List-Unsubscribe has an address for mail alone, in quiet it \
           can be used by one click.",
    fires: |seed| bulk(seed, &[("List-Unsubscribe", "<mailto:off@example.com>")]),
    quiet: |seed| {
        bulk(
            seed,
            &[
                ("List-Unsubscribe", "<https://www.example.com/u/7f3a>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ],
        )
    },
};

fn bulk(seed: &str, fields: &[(&str, &str)]) -> Plan {
    but(seed, |plan| {
        let fields = fields.iter().map(|(name, body)| Field::new(name, body));
        plan.extra.extend(fields);
    })
}
