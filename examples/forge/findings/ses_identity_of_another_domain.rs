use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "ses-identity-of-another-domain",
    text: "SES signs for one domain beside itself. In fires that is example.net, and From is at \
           example.com; in quiet it is example.com.",
    fires: |seed| but(seed, |plan| plan.own().domain = "example.net".into()),
    quiet: usual,
};
