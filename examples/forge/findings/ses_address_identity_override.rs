use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "ses-address-identity-override",
    text: "The MAIL FROM domain of the customer is in use. In fires SES signed for itself alone, \
           in quiet for the customer as well.",
    fires: |seed| but(seed, |plan| drop(plan.signers.remove(0))),
    quiet: usual,
};
