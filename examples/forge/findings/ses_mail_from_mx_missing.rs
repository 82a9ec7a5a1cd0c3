use sesauth::dns::RecordType;

use super::{Pair, but, usual};

pub const PAIR: Pair = Pair {
    code: "ses-mail-from-mx-missing",
    text: "SES uses mail.example.com. In fires that has no MX record, in quiet it has.",
    fires: |seed| {
        but(seed, |plan| {
            plan.zone.none("mail.example.com", RecordType::Mx)
        })
    },
    quiet: usual,
};
