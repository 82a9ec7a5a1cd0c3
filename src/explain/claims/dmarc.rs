//! Words about a claimed result for DMARC that differs from ours.

use std::fmt;

use super::{NOTHING_SHOWS, Why};
use crate::claims::DmarcDifference;
use crate::session::Standing;

pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    why: Why<'_>,
    difference: &DmarcDifference,
) -> fmt::Result {
    let who = why.who();
    let theirs = &why.result.result;
    let dmarc = &why.analysis.dmarc;
    let author = dmarc.author_domain.as_ref();
    let author = author.map_or("", |name| name.as_str());
    let record = dmarc.policy.as_ref();
    let record = record.map_or("", |policy| policy.record.as_str());
    let by = dmarc.rules.document();
    match difference {
        DmarcDifference::OtherAuthor {
            theirs,
            passed_on: sign,
        } => {
            write!(
                f,
                "{who} judged a From of {theirs}, and From is of {author} in this file"
            )?;
            match sign {
                Some(sign) => write!(
                    f,
                    "; the message was passed on on its way ({}), and lists rewrite From",
                    sign
                ),
                None => Ok(()),
            }
        }
        DmarcDifference::NoAuthor { theirs } => {
            write!(f, "From names no single author domain in this file")?;
            match theirs {
                Some(theirs) => write!(f, ", and {who} judged {theirs}"),
                None => write!(f, ", so {who} had none to look up"),
            }
        }
        DmarcDifference::SignatureGone { domain } => {
            write!(
                f,
                "it rests on a signature of {domain} that is not in this file"
            )
        }
        DmarcDifference::ReceiverDns => write!(f, "DNS gave {who} no answer then"),
        DmarcDifference::OwnDns => f.write_str("DNS gave no answer about a record here"),
        DmarcDifference::BestGuess => write!(
            f,
            "{who} found no DMARC record and guessed that the message would pass one \
             (bestguesspass), which is no result of DMARC"
        ),
        DmarcDifference::Follows { signature, .. } => {
            f.write_str("it rests on ")?;
            match signature {
                Some(number) => write!(f, "DKIM {number}")?,
                None => f.write_str("SPF")?,
            }
            f.write_str(match why.claim.standing {
                Standing::Receiver => ", which differs as said",
                Standing::Unknown | Standing::Foreign => ", which differs too",
            })
        }
        DmarcDifference::HeloOnly => f.write_str(
            "here it rests on SPF for the envelope sender, and the receiver names only SPF for \
             the HELO name",
        ),
        DmarcDifference::OtherDomains(domains) => write!(
            f,
            "all that passed for {who} is of {}, which does not count for the domain in From",
            domains.join(" and ")
        ),
        DmarcDifference::SpfOfOtherSession { .. } => {
            f.write_str("here it rests on SPF, which the receiver judged for another session")
        }
        DmarcDifference::RecordRefused { composite } => {
            let more = composite.as_ref().map_or(String::new(), |method| {
                format!(" ({method}= beside it says what it made of the message)")
            });
            write!(
                f,
                "{who} could not apply a record{more}; the one in DNS now is well-formed, and some \
                 receivers say permerror of such ones"
            )
        }
        DmarcDifference::SeveralRecords { domain, records } => write!(
            f,
            "{records} policy records stand at _dmarc.{domain}; {who} has permerror for that, and \
             by {by} they are all ignored, as if there were none"
        ),
        DmarcDifference::NoPolicyRecord { domain } => write!(
            f,
            "what stands at _dmarc.{domain} is no policy record; {who} has permerror for that, and \
             by {by} it is ignored, as if there were none"
        ),
        DmarcDifference::RecordUnusable => write!(
            f,
            "the record cannot be applied; {who} has permerror for that, and by {by} it is as if \
             there were none"
        ),
        DmarcDifference::UnreadableThen => write!(
            f,
            "{who} found a record that it could not read, and the DNS at hand has none"
        ),
        DmarcDifference::OtherRules => {
            let by = dmarc.rules.other().document();
            write!(f, "by {by} it is {theirs} here too")
        }
        DmarcDifference::RecordGone => write!(
            f,
            "{who} found a DMARC record for {author}, and the DNS at hand has none that counts"
        ),
        DmarcDifference::RecordPublishedSince => write!(
            f,
            "{who} found no DMARC record for {author}, and there is one now: \"{record}\""
        ),
        DmarcDifference::OtherPolicy { then, now } => write!(
            f,
            "{who} found a record with p={}, and now it has p={}: \"{record}\"",
            then.as_str(),
            now.as_str()
        ),
        DmarcDifference::Unexplained => write!(f, "{NOTHING_SHOWS} why {who} says {theirs}"),
    }
}
