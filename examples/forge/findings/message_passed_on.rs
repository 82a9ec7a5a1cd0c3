use super::{Pair, story};

pub const PAIR: Pair = Pair {
    code: "message-passed-on",
    text: "In fires a mailbox forwards the message to another, under an address of its own. In quiet \
           it came straight, and SPF fails for another reason.",
    fires: |seed| {
        let mut plan = story(seed, "forwarded-spf-fails");
        plan.spf = "pass";
        plan.zone.txt("example.org", "v=spf1 ip4:203.0.113.25 -all");
        if let Some(relay) = &mut plan.relay {
            relay.mail_from = Some("ada+forwarded@example.org".into());
        }
        plan
    },
    quiet: |seed| story(seed, "spf-softfail"),
};
