//! Why a planned record changes nothing for a message, in words, and what to do.

use crate::corpus::{PlanNote, Untouched};
use crate::explain::means::Means;
use crate::{Analysis, explain};

/// What is to be known of a plan for the message of `before`; no full stop.
pub fn note(note: &PlanNote, before: &Analysis) -> String {
    match note {
        PlanNote::Record(problem) => explain::dmarc::problem(problem).to_string(),
        PlanNote::Untouched(why) => untouched_of(why, before),
    }
}

/// Why a planned record changes nothing for the message of `before`, and what to do.
pub fn untouched_of(why: &Untouched, before: &Analysis) -> String {
    match why {
        Untouched::SpfNotAsked { .. } => {
            let cause = explain::spf::cause(&before.spf.mail_from);
            format!("{}: {cause}", untouched(why))
        }
        _ => untouched(why),
    }
}

/// Why a planned record changes nothing, and what to do.
pub fn untouched(why: &Untouched) -> String {
    let (policy, spf) = (Means::Policy, Means::SpfRecord);
    match why {
        Untouched::NoAuthor => {
            format!("{policy}: the message has no single author domain to publish a policy for")
        }
        Untouched::NameTooLong { domain } => {
            format!("{policy}: _dmarc.{domain} would be longer than a name may be")
        }
        Untouched::NoAnswer { name } => format!(
            "{policy}: DNS did not say what stands at {name}, where these tags would be set; try \
             again later, or give a whole record"
        ),
        Untouched::NotRecorded { name } => format!(
            "{policy}: the recorded DNS does not hold what stands at {name}, where these tags \
             would be set; give a whole record, which begins with v=DMARC1"
        ),
        Untouched::TagsAlone { name } => format!(
            "{policy}: there is no single record at {name}, and these tags alone make none; give \
             p= as well"
        ),
        Untouched::PolicyNotAsked { name } => format!(
            "{policy}: this message does not ask for the record at {name}; leave {} out, or give \
             the domain in From or one above it",
            Means::PlannedAt
        ),
        Untouched::PolicyStands { name } => {
            format!("{policy}: the record at {name} says so already")
        }
        Untouched::NoEnvelopeSender => {
            format!(
                "{spf}: the envelope sender is not known; give it with {}",
                Means::MailFrom
            )
        }
        Untouched::OtherOrganization { domain, author } => {
            let whose = match author {
                Some(author) => format!("is not of the organization of {author}"),
                None => "belongs to no author, as From has no single domain".into(),
            };
            format!(
                "{spf}: the envelope sender's domain, {domain}, {whose}; {} plans the \
                 record there",
                Means::PlannedAt.with(domain)
            )
        }
        Untouched::OtherDomain { domain, planned } => format!(
            "{spf}: the envelope sender's domain is {domain}, not {planned}; {} plans \
             the record there",
            Means::PlannedAt.with(domain)
        ),
        Untouched::SpfNotAsked { domain } => {
            format!("{spf}: SPF was not evaluated for {domain}")
        }
        Untouched::SpfStands { domain } => {
            format!("{spf}: the record at {domain} is the same already")
        }
    }
}
