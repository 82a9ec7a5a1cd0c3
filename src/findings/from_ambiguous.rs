//! A From field that programs may read differently.

use super::message_passed_on::way;
use super::{Case, Explanation, Findings, Fires, Fix, Rule, Severity, applies};
use crate::dmarc::{DmarcCause, registered};
use crate::dns::Name;
use crate::message::{Author, FieldProblem};

/// Reasons that are named.
const NAMED: usize = 4;

pub(super) const RULE: Rule = Rule {
    code: "from-ambiguous",
    severity: Severity::Warning,
    cites: &[
        "RFC 5322 §3.4, §3.6.2 and §4.4",
        "RFC 2047 §5",
        "RFC 9989 §11.4",
    ],
    explanation: Explanation {
        summary: "From field that programs may read differently",
        means: "The field is not written as RFC 5322 asks, or the name in it looks like an address \
                of another domain, or a second From field was added. One program may take one \
                address for the author, and another program another.",
        matters: "What DMARC checks and what the reader sees can be two different senders. \
                  Forgers use this; honest mail gets caught by it.",
        todo: "If the mail is yours, write From as name and address in angle brackets, with the \
               name in quotation marks where it has commas, dots, colons or brackets, and without \
               an address in the name. If it is not, trust neither of the names.",
        example: "unclear  From: Books, Larkspur <orders@example.com>\n\
                  unclear  From: \"help@example.org\" <orders@example.com>\n\
                  clear    From: \"Books, Larkspur\" <orders@example.com>",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let facts = &case.analysis.message;
    let Some(field) = case.message.fields("From").next() else {
        return;
    };
    let mut reasons = Vec::new();
    if facts.from_fields > 1 && case.receiver_passed() {
        reasons.push(format!(
            "there are {} From fields, though the receiver recorded a pass: one was added later",
            facts.from_fields
        ));
    }
    // That there is no address at all has a rule of its own.
    if case.analysis.dmarc.cause != DmarcCause::NoAuthorDomain {
        reasons.extend(facts.from_problems.iter().map(FieldProblem::to_string));
    }
    // A list puts the author into the name when it writes its own address.
    if way(case).is_none() {
        reasons.extend(facts.from.iter().filter_map(posing));
    }
    if reasons.is_empty() {
        return;
    }
    reasons.truncate(NAMED);
    let message = format!(
        "From can be read in more than one way: {}",
        reasons.join("; ")
    );
    findings
        .add(message, case.at_field(field).says(field.unfolded()))
        .fix(Fix::new(
            "write the name in quotation marks, without an address in it, and one address in angle \
         brackets behind it",
        ));
}

/// That the name of an author looks like an address of another organization.
fn posing(author: &Author) -> Option<String> {
    let (name, domain) = (author.name.as_ref()?, author.domain.as_ref()?);
    let words = name.split(|char: char| char.is_whitespace() || "<>()\"',;".contains(char));
    let mut shown = words.filter_map(|word| {
        let (local, domain) = word.rsplit_once('@')?;
        let domain = Name::parse(domain.trim_end_matches('.')).ok()?;
        (!local.is_empty() && domain.labels().count() > 1).then_some(domain)
    });
    let other = shown.find(|shown| registered(shown) != registered(domain))?;
    Some(format!(
        "the name shows an address of {other}, and the mail is of {domain}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::message::parse_from;

    #[test]
    fn a_name_that_shows_an_address_of_another_organization_poses() {
        for (from, poses) in [
            ("\"help@example.org\" <a@example.com>", true),
            ("\"Help (help@example.org)\" <a@example.com>", true),
            ("\"help@news.example.com\" <a@example.com>", false),
            ("\"Books @ Larkspur\" <a@example.com>", false),
            ("\"we meet@noon\" <a@example.com>", false),
            ("Books <a@example.com>", false),
        ] {
            let authors = parse_from(from.as_bytes(), 0, &Limits::default());
            let found = authors.mailboxes.iter().any(|one| posing(one).is_some());
            assert_eq!(found, poses, "{from}");
        }
    }
}
