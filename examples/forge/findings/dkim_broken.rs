use super::super::body;
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-broken",
    text: "A gateway of the sender adds a line to the body behind the signer. In fires both \
           signatures fail by it, in quiet it adds none.",
    fires: |seed| sent(seed, true),
    quiet: |seed| sent(seed, false),
};

fn sent(seed: &str, gateway: bool) -> Plan {
    but(seed, |plan| {
        plan.content = body::plain("Hello,\r\n\r\nthe parcel is on its way.\r\n");
        if gateway {
            let signers = plan.signers.iter_mut();
            signers.for_each(|signer| signer.cause = Cause::BodyChanged);
            plan.tamper(|mail| {
                mail.body
                    .extend_from_slice(b"\r\nChecked by a gateway.\r\n")
            });
        }
    })
}
