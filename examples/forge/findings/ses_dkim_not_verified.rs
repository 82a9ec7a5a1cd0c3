use super::super::plan::MailFrom;
use super::super::ses::{dkim_name, identity, tokens};
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "ses-dkim-not-verified",
    text: "SES tells of the identity. In fires DKIM is pending, SES signed for itself alone, and one \
           of three CNAME records is in DNS; in quiet DKIM is in the state Success, and all three \
           are.",
    fires: |seed| {
        but(seed, |plan| {
            let said = stated(plan, "PENDING");
            let first = &tokens(&said)[0];
            plan.zone.alias(
                &format!("{first}._domainkey.example.com"),
                &dkim_name(first),
            );
            plan.signers.remove(0);
            plan.identities.push(said);
        })
    },
    quiet: |seed| {
        but(seed, |plan| {
            let said = stated(plan, "SUCCESS");
            super::publish_tokens(plan, &said, 1);
            plan.identities.push(said);
        })
    },
};

fn stated(plan: &mut Plan, status: &str) -> (String, serde_json::Value) {
    plan.mail_from = MailFrom::Custom("mail.example.com".into());
    let mail_from = Some(("mail.example.com", "SUCCESS"));
    identity(
        "example.com",
        &plan.own().selector.clone(),
        status,
        mail_from,
    )
}
