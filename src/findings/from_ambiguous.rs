//! A From field that programs may read differently.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dmarc::{DmarcCause, registered};
use crate::dns::Name;
use crate::message::{Author, FieldProblem};

/// How many reasons are named.
const NAMED: usize = 4;

pub(super) const RULE: Rule = Rule {
    code: "from-ambiguous",
    severity: Severity::Warning,
    wants_message: true,
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
    applies: applies::has_from,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let facts = &case.analysis.message;
    let mark = case.at_topmost("From")?;
    let was_added = facts.from_fields > 1 && case.receiver_passed();
    // A From field without any address has a rule of its own.
    let problems = match case.analysis.dmarc.cause {
        DmarcCause::NoAuthorDomain => 0,
        _ => facts.from_problems.len(),
    };
    // A mailing list that writes its own address puts the author into the name.
    let posing: Vec<String> = match case.way() {
        Some(_) => Vec::new(),
        None => {
            let shown = facts.from.iter().filter_map(posing);
            shown.map(|(shown, _)| shown.to_string()).collect()
        }
    };
    if !was_added && problems == 0 && posing.is_empty() {
        return None;
    }
    let mut hit = RULE.hit(mark);
    if was_added {
        hit = hit.with("from_fields", facts.from_fields);
    }
    if problems > 0 {
        hit = hit.with("problems", problems);
    }
    Some(match posing.is_empty() {
        true => hit,
        false => hit.with("domains_in_name", posing),
    })
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let facts = &case.analysis.message;
    let field = case.message.fields("From").next()?;
    let added = hit.values.number("from_fields").map(|count| {
        format!(
            "there are {count} From fields, though the receiver recorded a pass: one was added later"
        )
    });
    let problems = hit.values.number("problems").map(|_| &facts.from_problems);
    let problems = problems.into_iter().flatten().map(ToString::to_string);
    let names = hit.values.list("domains_in_name").map(|_| &facts.from);
    let names = names.into_iter().flatten().filter_map(posing);
    let names = names.map(|(other, domain)| {
        format!("the name shows an address of {other}, and the mail is of {domain}")
    });
    let reasons = added.into_iter().chain(problems).chain(names).take(NAMED);
    let message = format!(
        "From can be read in more than one way: {}",
        reasons.collect::<Vec<_>>().join("; ")
    );
    let meant = facts
        .from_problems
        .iter()
        .find_map(|problem| match problem {
            FieldProblem::OtherLetters { name, .. } => Some(name),
            _ => None,
        });
    let fix = match meant {
        Some(name) => format!("write the domain in its own letters: {name}"),
        None => "write the name in quotation marks, without an address in it, and one address in \
                 angle brackets behind it"
            .to_owned(),
    };
    Some(hit.says(message, field.shown()).with_fix(Fix::new(fix)))
}

/// The domain of an address in an author's name, if it belongs to another organization than the
/// author's own domain, which is returned with it.
fn posing(author: &Author) -> Option<(Name, &Name)> {
    let (name, domain) = (author.name.as_ref()?, author.domain.as_ref()?);
    let words = name.split(|char: char| char.is_whitespace() || "<>()\"',;".contains(char));
    let mut shown = words.filter_map(|word| {
        let (local, domain) = word.rsplit_once('@')?;
        let domain = Name::parse(domain.trim_end_matches('.')).ok()?;
        (!local.is_empty() && domain.labels().count() > 1).then_some(domain)
    });
    let other = shown.find(|shown| registered(shown) != registered(domain))?;
    Some((other, domain))
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
