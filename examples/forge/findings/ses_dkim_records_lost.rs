use super::super::ses::identity;
use super::{Pair, but, publish_tokens};

pub const PAIR: Pair = Pair {
    code: "ses-dkim-records-lost",
    text: "SES says that DKIM of the identity is in the state Success. In fires only the CNAME \
           record of the key that signed is left, in quiet all three are there.",
    fires: |seed| {
        but(seed, |plan| {
            let mail_from = Some(("mail.example.com", "SUCCESS"));
            let said = identity(
                "example.com",
                &plan.own().selector.clone(),
                "SUCCESS",
                mail_from,
            );
            plan.identities.push(said);
        })
    },
    quiet: |seed| {
        but(seed, |plan| {
            let mail_from = Some(("mail.example.com", "SUCCESS"));
            let said = identity(
                "example.com",
                &plan.own().selector.clone(),
                "SUCCESS",
                mail_from,
            );
            publish_tokens(plan, &said, 1);
            plan.identities.push(said);
        })
    },
};
