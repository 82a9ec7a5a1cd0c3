use super::super::mail::Mail;
use super::{Pair, story};

pub const PAIR: Pair = Pair {
    code: "export-known-to-alter",
    text: "The export of Outlook wrote the parts anew, and no field of the receiver is left. \
           In quiet the file was saved as it came.",
    fires: |seed| {
        let mut plan = story(seed, "claim-altered-outlook-export");
        plan.delivered(forget);
        plan
    },
    quiet: |seed| {
        let mut plan = story(seed, "ses-outlook-received");
        plan.delivered(forget);
        plan
    },
};

fn forget(mail: &mut Mail) {
    mail.fields
        .retain(|field| !field.is("Authentication-Results"));
}
