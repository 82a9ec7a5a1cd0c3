use sesauth::dns::RecordType;

use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "ses-mail-from-mx-missing",
    text: "SES uses mail.example.com. In fires its records moved to another DNS provider, which put \
           the zone's name behind them, so that there are none; in quiet they are there.",
    fires: |seed| {
        but(seed, |plan| {
            let host = plan.region.feedback_host();
            plan.spf = "none";
            plan.zone.none("mail.example.com", RecordType::Mx);
            plan.zone.none("mail.example.com", RecordType::Txt);
            plan.zone.mx("mail.example.com.example.com", &host);
            plan.zone.txt(
                "mail.example.com.example.com",
                "v=spf1 include:amazonses.com ~all",
            );
        })
    },
    quiet: usual,
};
