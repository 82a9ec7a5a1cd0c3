use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "ses-mail-from-mx-wrong-host",
    text: "In fires the MX of the MAIL FROM domain is at amazonaws.com, in quiet at amazonses.com.",
    fires: |seed| exchange(seed, "feedback-smtp.us-east-1.amazonaws.com"),
    quiet: |seed| exchange(seed, "feedback-smtp.us-east-1.amazonses.com"),
};

fn exchange(seed: &str, host: &str) -> Plan {
    but(seed, |plan| plan.zone.mx("mail.example.com", host))
}
