use super::super::plan::MailFrom;
use super::{Pair, Plan, but};

pub const PAIR: Pair = Pair {
    code: "ses-bounce-not-signed",
    text: "A delivery report with a null sender. In fires SES made it, with SendBounce, and signed \
           it for itself alone; in quiet the customer sent it and SES signed for both.",
    fires: |seed| report(seed, true),
    quiet: |seed| report(seed, false),
};

fn report(seed: &str, is_by_send_bounce: bool) -> Plan {
    but(seed, |plan| {
        plan.mail_from = MailFrom::Null;
        plan.subject = "Delivery Status Notification (Failure)".into();
        plan.content.kind = "multipart/report; report-type=delivery-status; boundary=\"b1\"".into();
        plan.content.encoding = "7bit";
        plan.content.body = REPORT.as_bytes().to_vec();
        if is_by_send_bounce {
            plan.signers.remove(0);
        }
    })
}

const REPORT: &str = "--b1\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\r\n\
    An error occurred while trying to deliver the mail to sales@example.com\r\n\
    --b1\r\n\
    Content-Type: message/delivery-status\r\n\r\n\
    Reporting-MTA: dns; example.com\r\n\r\n\
    Final-Recipient: rfc822; sales@example.com\r\n\
    Action: failed\r\n\
    Status: 5.1.1\r\n\
    --b1--\r\n";
