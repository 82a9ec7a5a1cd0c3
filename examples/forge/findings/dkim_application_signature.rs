use super::super::keys::KeyId;
use super::super::sign::{Published, Signer};
use super::super::verdict::Cause;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "dkim-application-signature",
    text: "The application signs beside SES. In fires its key is not published, in quiet it is.",
    fires: |seed| signed(seed, Published::Nothing, Cause::KeyGone),
    quiet: |seed| {
        let record = format!("v=DKIM1; k=rsa; p={}", KeyId::CustomerNext.public());
        signed(seed, Published::Txt(vec![record]), Cause::Verified)
    },
};

fn signed(seed: &str, published: Published, cause: Cause) -> Plan {
    but(seed, |plan| {
        let second = plan.sent.as_second();
        plan.signers.push(Signer {
            published,
            names: ["From", "To", "Subject"].map(str::to_owned).to_vec(),
            cause,
            ..Signer::new(KeyId::CustomerNext, "example.com", "default", second)
        });
    })
}
