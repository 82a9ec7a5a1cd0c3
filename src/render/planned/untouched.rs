//! Why a planned record changes nothing for a message, in words, and what to do.

use crate::corpus::Untouched;
use crate::{Analysis, explain};

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
    match why {
        Untouched::NoAuthor => "--policy: the message has no single author domain to publish a \
                                policy for"
            .into(),
        Untouched::NameTooLong { domain } => {
            format!("--policy: _dmarc.{domain} would be longer than a name may be")
        }
        Untouched::NoAnswer { name } => format!(
            "--policy: DNS did not say what stands at {name}, where these tags would be set; try \
             again later, or give a whole record"
        ),
        Untouched::NotRecorded { name } => format!(
            "--policy: the recorded DNS does not hold what stands at {name}, where these tags \
             would be set; give a whole record, which begins with v=DMARC1"
        ),
        Untouched::TagsAlone { name } => format!(
            "--policy: there is no single record at {name}, and these tags alone make none; give \
             p= as well"
        ),
        Untouched::PolicyNotAsked { name } => format!(
            "--policy: this message does not ask for the record at {name}; leave --domain out, or \
             give the domain in From or one above it"
        ),
        Untouched::PolicyStands { name } => {
            format!("--policy: the record at {name} says so already")
        }
        Untouched::NoEnvelopeSender => {
            "--spf-record: the envelope sender is not known; give it with --mail-from".into()
        }
        Untouched::OtherOrganization { domain, author } => {
            let whose = match author {
                Some(author) => format!("is not of the organization of {author}"),
                None => "belongs to no author, as From has no single domain".into(),
            };
            format!(
                "--spf-record: the envelope sender's domain, {domain}, {whose}; --domain {domain} \
                 plans the record there"
            )
        }
        Untouched::OtherDomain { domain, planned } => format!(
            "--spf-record: the envelope sender's domain is {domain}, not {planned}; --domain \
             {domain} plans the record there"
        ),
        Untouched::SpfNotAsked { domain } => {
            format!("--spf-record: SPF was not evaluated for {domain}")
        }
        Untouched::SpfStands { domain } => {
            format!("--spf-record: the record at {domain} is the same already")
        }
    }
}
