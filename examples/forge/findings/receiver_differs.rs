use super::{Pair, story};

pub const PAIR: Pair = Pair {
    code: "receiver-differs",
    text: "In fires the SPF record was changed after Gmail wrote spf=pass. In quiet Outlook \
           lists what is found here.",
    fires: |seed| story(seed, "claim-spf-record-changed"),
    quiet: |seed| story(seed, "ses-outlook-received"),
};
