//! Words about the search for a policy: why none was taken from a step.

use std::fmt::{self, Display, Formatter};

use super::problem;
use crate::dmarc::{Found, NotARecord, NotTaken, RecordProblem, Step};
use crate::dns::failure_in_words;

/// Why no policy was taken from a step; no capital letter, no full stop. `None` if the step itself
/// says everything.
pub fn reason(step: &Step) -> Option<impl Display + '_> {
    let has_reason = step.reason.is_some() || step.misplaced.is_some();
    has_reason.then_some(Reason(step))
}

/// Everything to say about the search and the record that is taken: what was found but does not
/// count, then what is wrong or unusual; no capital letters, no full stops.
pub fn notes<'v>(
    steps: &'v [Step],
    problems: &'v [RecordProblem],
) -> impl Iterator<Item = String> + 'v {
    let problems = problems.iter().map(|one| problem(one).to_string());
    steps.iter().filter_map(why_not).chain(problems)
}

/// What was found at a step and why it is not a policy, in words that can be read on their own.
fn why_not(step: &Step) -> Option<String> {
    let (reason, domain) = (reason(step)?, &step.domain);
    match step.found {
        Found::SeveralRecords | Found::OtherText => Some(format!(
            "what stands at _dmarc.{domain} does not count: {reason}"
        )),
        Found::Nothing => Some(format!("at _dmarc.{domain} there is none: {reason}")),
        Found::Record | Found::NoAnswer | Found::NotRecorded => None,
    }
}

struct Reason<'v>(&'v Step);

impl Display for Reason<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Step {
            domain,
            records,
            reason,
            misplaced,
            ..
        } = self.0;
        match reason {
            None => (),
            Some(NotTaken::Dns { failure }) => {
                write!(f, "DNS did not answer: {}", failure_in_words(failure))?;
            }
            Some(NotTaken::LeadsNowhere { target }) => {
                write!(f, "it is an alias to {target}, where there is no text")?;
            }
            Some(NotTaken::OtherText { why }) => {
                for (index, why) in why.iter().enumerate() {
                    let join = if index == 0 { "" } else { "; " };
                    write!(f, "{join}{}", not_a_record(*why))?;
                }
            }
            Some(NotTaken::SeveralRecords { ends_search }) => {
                let count = records.len();
                write!(f, "{count} policy records at one name are all ignored")?;
                f.write_str(match ends_search {
                    true => ", and the search ends (RFC 7489 §6.6.3)",
                    false => " (RFC 9989 §4.10)",
                })?;
            }
            Some(NotTaken::AuthorsOwn { author }) => {
                write!(f, "the record of {author} itself goes before")?;
            }
            Some(NotTaken::OtherDomain { author, taken }) => {
                write!(
                    f,
                    "{domain} is neither {author} nor its organizational domain"
                )?;
                if let Some(taken) = taken {
                    write!(f, "; the record of {taken} goes before")?;
                }
            }
        }
        let Some(misplaced) = misplaced else {
            return Ok(());
        };
        let join = if reason.is_some() { "; " } else { "" };
        write!(
            f,
            "{join}a record stands at {domain} itself, where receivers do not look: \
             \"{misplaced}\" belongs at _dmarc.{domain}"
        )
    }
}

fn not_a_record(why: NotARecord) -> &'static str {
    match why {
        NotARecord::Empty => "the text is empty",
        NotARecord::Quoted => {
            "quotation marks are part of the text; it must begin with v=DMARC1 itself"
        }
        NotARecord::BlankInFront => "there is blank space in front of v=DMARC1",
        NotARecord::Spf => {
            "it is an SPF record; perhaps a wildcard TXT record answers for every name"
        }
        NotARecord::DkimKey => "it is a DKIM key",
        NotARecord::OtherCase => {
            "v=DMARC1 must be written in just these letters, capital and small"
        }
        NotARecord::NoSemicolon => "the semicolon behind v=DMARC1 is missing",
        NotARecord::VersionGoesOn => "behind v=DMARC1 there must be a semicolon or the end",
        NotARecord::VersionNotFirst => "v=DMARC1 is not the first tag",
        NotARecord::OtherVersion => "there is no such version of DMARC; only v=DMARC1 counts",
        NotARecord::NoVersion => "it does not begin with v=DMARC1",
    }
}
