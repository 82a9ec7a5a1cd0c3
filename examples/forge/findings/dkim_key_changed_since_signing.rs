use super::super::keys::KeyId;
use super::super::verdict::Cause;
use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "dkim-key-changed-since-signing",
    text: "In fires another key stands behind the selector of SES's own signature than the one \
           that signed, in quiet the same.",
    fires: |seed| {
        but(seed, |plan| {
            plan.signers[1].key = KeyId::Rotated;
            plan.signers[1].cause = Cause::KeyDoesNotFit;
            plan.signers[1].seen = Some(Cause::Verified);
        })
    },
    quiet: usual,
};
