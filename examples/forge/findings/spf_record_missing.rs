use sesauth::dns::RecordType;

use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "spf-record-missing",
    text: "The SPF record for SES stands at example.com. In fires there is none at the MAIL FROM \
           domain mail.example.com, in quiet there is one too.",
    fires: |seed| apex(seed, false),
    quiet: |seed| apex(seed, true),
};

fn apex(seed: &str, is_at_mail_from: bool) -> Plan {
    but(seed, |plan| {
        plan.zone
            .txt("example.com", "v=spf1 include:amazonses.com ~all");
        if !is_at_mail_from {
            plan.spf = "none";
            plan.zone.none("mail.example.com", RecordType::Txt);
        }
    })
}
