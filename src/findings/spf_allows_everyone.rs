//! An SPF record that authorises everyone, or is neutral about everyone.

use super::envelope::clipped;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dns::Question;
use crate::spf::edit::{closed, with_term, without};
use crate::spf::record::{Mechanism, Qualifier, SpfRecord, Term, TermKind};

/// The longest prefix length that counts as everyone: half of all addresses.
const WIDE: u8 = 1;

pub(super) const RULE: Rule = Rule {
    code: "spf-allows-everyone",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 7208 §5.1 and §5.6", "RFC 9989 §4.4.2"],
    explanation: Explanation {
        summary: "MAIL FROM domain whose SPF record lets everyone send",
        means: "The record ends in +all (or all, which is the same), or names a network that holds \
                the whole internet. Then SPF passes for every server there is. A record that says \
                ?all and nothing else is neutral about everybody: it passes for nobody and says \
                nothing.",
        matters: "With +all anybody can send mail for which SPF passes, and with it DMARC, without \
                  a signature. It is worse than no record. It is mostly written to make an error \
                  go away.",
        todo: "Name the servers that send, and end in ~all or -all. With SES the term is \
               include:amazonses.com. With DMARC ~all is enough, as mail that fails both SPF and \
               DKIM meets your policy; -all makes some receivers refuse forwarded mail before they \
               look at DKIM.",
        example: "wrong:  v=spf1 include:amazonses.com +all\n\
                  right:  v=spf1 include:amazonses.com ~all",
    },
    applies: applies::has_spf_record,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let (domain, record) = (case.own_spf_domain()?, case.spf().record.as_deref()?);
    let parsed = SpfRecord::parse(record.as_bytes());
    if parsed.errors().next().is_some() {
        return None;
    }
    let hit = || {
        let hit = RULE.hit(case.at_spf_record()).text("domain", &domain);
        hit.with("record", record)
    };
    let open = parsed.terms.iter().filter(|term| is_open(term));
    let open: Vec<String> = open.map(|term| term.text.to_string()).collect();
    if !open.is_empty() {
        return Some(hit().with("terms", open));
    }
    let matched = case.spf().matched.as_ref();
    let by_include = matched.filter(|matched| {
        let term = matched.term.trim_start_matches('+');
        !matched.via.is_empty() && term.eq_ignore_ascii_case("all")
    });
    if let Some(matched) = by_include {
        let hit = hit().with("record_domain", matched.record_domain.as_str());
        return Some(hit.with("term", &matched.term));
    }
    match &parsed.terms[..] {
        [term] if is_mute(term) => Some(hit().with("term", &term.text)),
        _ => None,
    }
}

/// Whether a term lets everyone pass.
pub(super) fn is_open(term: &Term) -> bool {
    match &term.kind {
        Ok(TermKind::Directive(Qualifier::Pass, mechanism)) => match mechanism {
            Mechanism::All => true,
            Mechanism::Ip4(_, bits) | Mechanism::Ip6(_, bits) => *bits <= WIDE,
            _ => false,
        },
        _ => false,
    }
}

fn is_mute(term: &Term) -> bool {
    let kind = &term.kind;
    matches!(
        kind,
        Ok(TermKind::Directive(Qualifier::Neutral, Mechanism::All))
    )
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let domain = case.own_spf_domain()?;
    let record = hit.values.text("record")?;
    let seen = clipped(record);
    if let Some(other) = hit.values.text("record_domain") {
        let message = format!(
            "the SPF record of {other}, to which that of {domain} leads, has {}, so that SPF passes \
             for everyone",
            hit.values.text("term")?
        );
        let fix = Fix::new(format!(
            "take the term that leads there out of the record of {domain}, and tell who runs it"
        ));
        return Some(
            hit.says(message, seen)
                .with_fix(fix.check(&Question::txt(domain))),
        );
    }
    let open = hit.values.list("terms");
    let message = match open {
        Some(open) => format!(
            "the SPF record of {domain} has {}, so that SPF passes for everyone",
            open.join(" ")
        ),
        None => {
            format!("the SPF record of {domain} has ?all alone, which says nothing of any server")
        }
    };
    let mut new = closed(&without(record, is_open));
    let matched = case.spf().matched.as_ref();
    let is_by_open =
        matched.is_none_or(|it| open.is_none_or(|open| open.iter().any(|open| **open == *it.term)));
    if let Some(term) = case.term_for_sender().filter(|_| is_by_open) {
        new = with_term(&new, &term);
    }
    let text = "name every server that sends under this domain before you close it";
    let with = match case.is_of_domain() {
        true => "with those that it names now, it is",
        false => "with the one that sent this message it is",
    };
    let fix = case.spf_fix(&domain, format!("{text}; {with}"), &new);
    Some(hit.says(message, seen).with_fix(fix.otherwise(text)))
}
