use super::{Pair, story};

pub const PAIR: Pair = Pair {
    code: "dmarc-strict-dkim-subdomain",
    text: "From is a subdomain of the SES identity. In fires the record says adkim=s, in \
           quiet adkim=r.",
    fires: |seed| story(seed, "ses-adkim-strict-subdomain-from"),
    quiet: |seed| {
        let mut plan = story(seed, "ses-adkim-strict-subdomain-from");
        plan.dmarc = plan
            .dmarc
            .map(|record| record.replace("adkim=s", "adkim=r"));
        plan
    },
};
