use super::{Pair, Plan, but, usual};

pub const PAIR: Pair = Pair {
    code: "dmarc-record-at-wrong-name",
    text: "In fires the record stands at example.com itself. In quiet it stands there too, \
           and at the right name as well.",
    fires: |seed| but(seed, |plan| plan.dmarc = None).at_domain(),
    quiet: |seed| usual(seed).at_domain(),
};

impl Plan {
    /// Adds a copy of the record at the domain itself.
    fn at_domain(mut self) -> Self {
        let record = "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com";
        self.zone.txt("example.com", record);
        self
    }
}
