//! A verdict in one sentence.

use super::check_host::{Checked, Session, Walk};
use super::verdict::{SpfCause, SpfMatched, SpfResult, without_qualifier};
use crate::dns::Name;

/// What `checked` says of the record of `domain`.
pub(super) fn of<D>(
    session: &Session,
    domain: &Name,
    checked: &Checked,
    walk: &Walk<'_, '_, D>,
) -> String {
    let client = match session.ip {
        Some(ip) => ip.to_string(),
        None => "any client".into(),
    };
    let spent = format!("({} of {} lookups)", walk.lookups, walk.limits.spf_lookups);
    match &checked.matched {
        Some(matched) => {
            let what = match_words(&client, checked.result, matched);
            format!("{what}{} {spent}", through(&matched.via))
        }
        None if checked.cause == SpfCause::NoMatch => format!(
            "no term of the record of {domain} matches {client}, and none says what holds for the rest{} {spent}",
            through(&checked.via)
        ),
        None => format!("{}{}", checked.sentence, through(&checked.via)),
    }
}

fn match_words(client: &str, result: SpfResult, matched: &SpfMatched) -> String {
    let SpfMatched {
        term,
        record_domain,
        directive,
        ..
    } = matched;
    let catch_all = without_qualifier(term).eq_ignore_ascii_case("all");
    match (result, catch_all) {
        (SpfResult::Pass, false) if matched.via.is_empty() => {
            format!("{client} matches {term} in the record of {record_domain}")
        }
        (SpfResult::Pass, false) => format!("{client} matches {term}"),
        (SpfResult::Pass, true) => {
            format!(
                "{client} passes because the record of {record_domain} has {term}, which lets every client pass"
            )
        }
        (_, true) if term == directive => {
            format!("{client} matches no term of the record of {record_domain} before {term}")
        }
        _ if term == directive => {
            format!("{client} matches {term} in the record of {record_domain}")
        }
        _ => format!(
            "{client} matches {term} in the record of {record_domain}, and thereby {directive}"
        ),
    }
}

fn through(via: &[String]) -> String {
    match via {
        [] => String::new(),
        via => format!(", reached through {}", via.join(" and ")),
    }
}
