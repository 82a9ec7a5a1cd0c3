//! Words about a claimed result for SPF that differs from ours.

use std::fmt;

use super::{NOTHING_SHOWS, Why};
use crate::claims::SpfDifference;
use crate::explain::spf::cause;
use crate::session::PassedOn;
use crate::spf::SpfVerdict;

pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    why: Why<'_>,
    difference: &SpfDifference,
) -> fmt::Result {
    let (who, verdict) = (why.who(), why.spf());
    let domain = verdict.domain.as_deref().unwrap_or("the domain");
    match difference {
        SpfDifference::OtherClient {
            theirs,
            ours,
            passed_on,
        } => {
            write!(f, "{who} judged the client {theirs}, and here it is {ours}")?;
            on_the_way(f, passed_on.as_ref())
        }
        SpfDifference::OtherMailFrom {
            theirs,
            ours,
            passed_on,
        } => {
            let ours = if ours.is_empty() { "<>" } else { ours };
            write!(
                f,
                "{who} judged the envelope sender's domain {theirs}, and here it is {ours}"
            )?;
            on_the_way(f, passed_on.as_ref())
        }
        SpfDifference::ReceiverDns => write!(f, "DNS gave {who} no answer then"),
        SpfDifference::OwnDns => write!(f, "{}", cause(verdict)),
        SpfDifference::BestGuess => write!(
            f,
            "{who} found no SPF record and guessed one of its own (\"best guess record\"), which \
             no standard has"
        ),
        SpfDifference::UnknownWord => {
            write!(f, "nothing shows what {who} means by that; here ")?;
            now(f, verdict)
        }
        SpfDifference::PermerrorNotGiven { section } => write!(
            f,
            "RFC 7208 section {section} makes it permerror, which {who} did not apply, unless the \
             records were others then: {}",
            cause(verdict)
        ),
        SpfDifference::RecordGone => write!(
            f,
            "{who} found an SPF record for {domain}, and the DNS at hand has none: it was removed \
             since, or a recording does not hold it"
        ),
        SpfDifference::RecordPublishedSince => {
            write!(f, "{who} found no SPF record for {domain}; now ")?;
            now(f, verdict)
        }
        SpfDifference::PermerrorThen => {
            write!(
                f,
                "{who} could not apply the SPF records, so they were others then, or it counts \
                 lookups otherwise; now "
            )?;
            now(f, verdict)
        }
        SpfDifference::MappedClient { client } => write!(
            f,
            "{who} took the client for the IPv6 address ::ffff:{client}, which no ip4: in a record \
             matches; RFC 7208 section 5 has it compared as {client}"
        ),
        SpfDifference::Unexplained {
            names_client,
            names_mail_from,
        } => {
            let what = match (names_client, names_mail_from) {
                (true, _) => "the envelope sender",
                (false, true) => "the client",
                (false, false) => "the client and the envelope sender",
            };
            write!(
                f,
                "{NOTHING_SHOWS} why {who} says {}: it does not name {what} that it judged; here ",
                why.result.result
            )?;
            now(f, verdict)
        }
        SpfDifference::OtherRecords => {
            write!(
                f,
                "as far as {who} says, it judged the same client and envelope sender, so the SPF \
                 records were others then; now "
            )?;
            now(f, verdict)
        }
    }
}

/// That the message was forwarded, if something shows it; a clause to append.
fn on_the_way(f: &mut fmt::Formatter<'_>, sign: Option<&PassedOn>) -> fmt::Result {
    match sign {
        Some(sign) => write!(f, "; the message was passed on on its way ({})", sign),
        None => Ok(()),
    }
}

/// The result that the current records give.
fn now(f: &mut fmt::Formatter<'_>, verdict: &SpfVerdict) -> fmt::Result {
    let (domain, ours) = (verdict.domain.as_deref(), verdict.result);
    let domain = domain.unwrap_or("the domain");
    match &verdict.record {
        // A long record is shown in full with the verdict.
        Some(record) if record.len() > 100 => write!(f, "the record of {domain} gives {ours}"),
        Some(record) => write!(f, "\"{record}\" gives {ours}"),
        None => write!(f, "{domain} has no SPF record that counts"),
    }
}
