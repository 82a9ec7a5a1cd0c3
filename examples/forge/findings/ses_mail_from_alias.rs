use sesauth::dns::RecordType;

use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "ses-mail-from-alias",
    text: "SES uses mail.example.com. In fires that name is an alias of a web host, which has \
           neither MX nor TXT; in quiet it has the records of SES.",
    fires: |seed| {
        but(seed, |plan| {
            plan.spf = "none";
            plan.zone.none("mail.example.com", RecordType::Mx);
            plan.zone.none("mail.example.com", RecordType::Txt);
            plan.zone.alias("mail.example.com", "web.example.net");
            plan.zone.a("web.example.net", "203.0.113.80");
        })
    },
    quiet: usual,
};
