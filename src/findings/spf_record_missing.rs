//! The domain of the envelope sender has no SPF record.

use super::envelope::clipped;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::advice_lookups::Answered;
use crate::dns::change::{Action, RecordChange};
use crate::dns::{Lookup, Name, Question, RecordType};
use crate::ses::records;
use crate::spf::SpfCause;
use crate::spf::record::is_spf;
use crate::spf::repair::{Repair, is_meant, repaired};

pub(super) const RULE: Rule = Rule {
    code: "spf-record-missing",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "RFC 7208 §2.4, §3 and §4.5",
        "Amazon SES Developer Guide, Using a custom MAIL FROM domain",
    ],
    explanation: Explanation {
        summary: "MAIL FROM domain without an SPF record",
        means: "SPF is looked up at the very domain of the envelope sender (MAIL FROM, \
                Return-Path), not at the domain in From and not at a parent. At that name there is \
                no text that begins with \"v=spf1 \". The result is none: nobody says who may send.",
        matters: "SPF does not pass, so DMARC hangs on DKIM alone. Gmail, Yahoo and Microsoft ask \
                  bulk senders for both. SES does not notice: it looks for the MX record only, and \
                  shows Success.\n\
                  Most often the record was put at the main domain. It does not count for a \
                  subdomain: SPF records are not inherited.",
        todo: "Publish a TXT record at the MAIL FROM domain itself. For a custom MAIL FROM domain \
               of SES it is always the same one. Some forms of DNS providers add the zone's name \
               by themselves: there, enter mail, not mail.example.com.",
        example: "mail.example.com. 300 TXT \"v=spf1 include:amazonses.com ~all\"",
    },
    applies: applies::has_spf_domain,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &["ses-mail-from-alias", "quoted-spf-record"],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let causes = [SpfCause::NoRecord, SpfCause::NoSuchDomain];
    let domain = case.own_spf_ended_by(&causes)?;
    // A record that existed when the message was received was removed later, or the recording does not
    // hold it: not a fault.
    if case.spf_pass_claim().is_some() || case.receiver_saw_spf_record() {
        return None;
    }
    let hit = RULE.hit(case.at_spf_record());
    Some(hit.text("domain", domain))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let domain = case.own_spf_domain()?;
    let texts = case.answer(&Question::txt(domain.clone())).texts();
    let elsewhere = elsewhere(case, &domain);
    let doubled = doubled(case, &domain);
    let meant = texts.iter().find_map(|text| Some((text, repaired(text)?)));
    let unclear = texts.iter().find(|text| meant.is_none() && is_meant(text));
    let role = match case.analysis.session.mail_from.as_ref() {
        Some(path) if path.value.is_empty() => {
            "the HELO name, which stands in for the empty envelope sender (RFC 7208 section 2.4)"
        }
        _ if case.is_of_domain() => "",
        _ => "the domain of the envelope sender",
    };
    let is_gone = case.spf().cause == SpfCause::NoSuchDomain;
    let state = match case.alias_at(&domain) {
        Some(alias) if alias.end.is_root() => {
            "is an alias (CNAME) of the root, where no SPF record stands".into()
        }
        Some(alias) if is_gone => {
            format!("is an alias (CNAME) of {}, which does not exist", alias.end)
        }
        Some(alias) => format!(
            "is an alias (CNAME) of {}, which has no SPF record",
            alias.end
        ),
        None if is_gone => "does not exist".into(),
        None => "has no SPF record".to_owned(),
    };
    let what = match role {
        "" => format!("{domain} {state}"),
        role => format!("{domain}, {role}, {state}"),
    };
    let more = match (
        meant.as_ref().map(|(text, _)| *text).or(unclear),
        &doubled,
        &elsewhere,
    ) {
        (Some(_), ..) => "; a text there was perhaps meant for one, but does not begin with \
                          \"v=spf1 \""
            .to_owned(),
        (None, Some((lookup, _)), _) => format!(
            "; there is one at {}, where the zone's name was added twice",
            lookup.question.name
        ),
        (None, None, Some((other, ..))) => format!("; the one at {other} does not count for it"),
        (None, None, None) => String::new(),
    };
    let seen = match meant.as_ref().map(|(text, _)| *text).or(unclear) {
        Some(text) => clipped(text),
        None => "no text that begins with v=spf1".into(),
    };
    let other = elsewhere.as_ref().and_then(|(_, answer, text)| {
        let lookup = answer.lookup()?;
        Some(Mark::dns(lookup).says(clipped(text)))
    });
    let at_doubled = doubled.as_ref();
    let at_doubled = at_doubled.map(|(lookup, text)| Mark::dns(lookup).says(clipped(text)));
    let fix = match (meant, doubled) {
        (Some((text, Repair { record, guessed })), _) => {
            let how = match guessed {
                true => {
                    "write it as SPF asks; whether -all or ~all was meant cannot be seen, so it has \
                     ~all"
                }
                false => "write it as SPF asks",
            };
            let new = case.spf_fix(&domain, how, &record).otherwise(BY_HAND);
            match new
                .records
                .iter()
                .any(|record| record.action == Action::Replace)
            {
                true => new,
                false => new.record(RecordChange::txt(domain, text).removing()),
            }
        }
        (None, _) if unclear.is_some() => Fix::new(BY_HAND).check(&Question::txt(domain)),
        (None, Some((lookup, text))) => {
            Fix::new("enter the short name, or end the long one with a dot, so that this comes out")
                .record(RecordChange::txt(lookup.question.name.clone(), &text).removing())
                .record(RecordChange::txt(domain, &text))
        }
        (None, None) => fix(case, &domain),
    };
    Some(
        hit.says(what + &more, seen)
            .with_evidence(case.at_mail_from())
            .with_evidence(other)
            .with_evidence(at_doubled)
            .with_fix(fix),
    )
}

/// The words where a text was meant for a record, and no record can be shown.
const BY_HAND: &str = "write it as SPF asks: v=spf1 first, then a space before each term, and -all or \
                       ~all at the end, with all that the text names";

/// The SPF record to publish, if no text there was meant to be one.
fn fix(case: &Case<'_>, domain: &Name) -> Fix {
    if case.ses_mail_from().is_some() {
        return Fix::new(format!("publish this at {domain} itself")).record(records::spf(domain));
    }
    let by_provider = match case.provider() {
        Some((name, include)) => format!("; for the hosts of {name}, that is include:{include}"),
        None => String::new(),
    };
    let text = format!(
        "publish an SPF record at {domain} that names every server which sends under it{by_provider}"
    );
    match case.term_for_sender() {
        Some(term) => {
            let with = match case.is_of_domain() {
                true => "with SES alone it is",
                false => "with the one that sent this message it is",
            };
            Fix::new(format!("{text}; {with}")).record(RecordChange::txt(
                domain.clone(),
                &format!("v=spf1 {term} ~all"),
            ))
        }
        None if takes_no_mail(case, domain) => Fix::new("choose by what the domain does")
            .of(domain)
            .choice(
                format!("it sends mail: {text}"),
                "SPF passes for these servers; one that the record does not name fails",
                Vec::new(),
            )
            .choice(
                "it sends no mail, nor does any service for it: say so",
                "receivers refuse whatever is sent with it in the envelope",
                vec![RecordChange::txt(domain.clone(), "v=spf1 -all")],
            ),
        None => {
            let beside = case.beside_alias(domain);
            let fix = Fix::new(text + &beside).of(domain);
            fix.check(&Question::txt(domain.clone()))
        }
    }
}

/// Whether a domain is looked at that has no mail exchanger, no key that was seen and no sign of
/// SES: it may send no mail.
fn takes_no_mail(case: &Case<'_>, domain: &Name) -> bool {
    let mx = case.answer(&Question::new(domain.clone(), RecordType::Mx));
    let is_bare = mx.is_absent() || mx.exchanges().iter().any(|(_, host)| host.is_none());
    case.is_of_domain()
        && is_bare
        && case.alias_at(domain).is_none()
        && case.signatures().next().is_none()
        && case.ses().is_none()
}

/// The SPF record at a name to which the zone name was appended twice.
fn doubled<'a>(case: &Case<'a>, domain: &Name) -> Option<(&'a Lookup, String)> {
    let zone = case.advice.mail_from.as_ref();
    let answer = &zone.filter(|zone| zone.domain == *domain)?.doubled_txt;
    let mut texts = answer.texts().into_iter();
    let text = texts.find(|text| is_spf(text.as_bytes()))?;
    Some((answer.lookup()?, text))
}

/// The SPF record at a parent of `domain`, which does not apply to it.
fn elsewhere<'a>(case: &Case<'a>, domain: &Name) -> Option<(Name, &'a Answered, String)> {
    let author = case.author().zip(Some(&case.advice.author));
    let organization = case.organization().zip(Some(&case.advice.organization));
    author
        .into_iter()
        .chain(organization)
        .find_map(|(at, answer)| {
            let mut texts = answer.texts().into_iter();
            let text = texts.find(|text| is_spf(text.as_bytes()))?;
            (at != domain).then(|| (at.clone(), answer, text))
        })
}
