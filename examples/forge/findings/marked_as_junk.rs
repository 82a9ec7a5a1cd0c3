use super::super::mail::Field;
use super::super::receivers::Receiver;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "marked-as-junk",
    text: "Outlook's filter took the message for junk in fires, and did not in quiet. DMARC passes in both.",
    fires: |seed| sent(seed, "SCL:5;IPV:NLI;SFV:SPM;CAT:SPM"),
    quiet: |seed| sent(seed, "SCL:1;IPV:NLI;SFV:NSPM;CAT:NONE"),
};

fn sent(seed: &str, verdict: &'static str) -> Plan {
    but(seed, |plan| {
        plan.receiver = Receiver::Outlook;
        plan.delivered(move |mail| {
            let report = format!("CIP:54.240.8.50;CTRY:US;LANG:en;{verdict};DIR:INB;");
            let antispam = Field::new("X-Microsoft-Antispam", "BCL:0;ARA:1444111002;");
            let report = Field::new("X-Forefront-Antispam-Report", &report);
            mail.fields.extend([report, antispam]);
        });
    })
}
