use super::super::plan::MailFrom;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "ses-spf-include-without-effect",
    text: "SES uses its own MAIL FROM domain. In fires the SPF record of example.com includes \
           amazonses.com, in quiet it does not.",
    fires: |seed| apex(seed, "v=spf1 mx include:amazonses.com -all"),
    quiet: |seed| apex(seed, "v=spf1 mx -all"),
};

fn apex(seed: &str, record: &str) -> Plan {
    but(seed, |plan| {
        plan.mail_from = MailFrom::Default;
        plan.zone.txt("example.com", record);
        plan.zone
            .txt("example.com", "google-site-verification=larkspur");
    })
}
