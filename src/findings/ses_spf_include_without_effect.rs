//! The author domain includes SES in an SPF record that no receiver asks for.

use super::envelope::clipped;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::ses::records;
use crate::spf::SpfCause;
use crate::spf::edit::without;
use crate::spf::record::is_spf;

pub(super) const RULE: Rule = Rule {
    code: "ses-spf-include-without-effect",
    severity: Severity::Notice,
    wants_message: false,
    cites: &[
        "RFC 7208 §2.4",
        "RFC 9989 §4.4.2",
        "Amazon SES Developer Guide, Using a custom MAIL FROM domain",
    ],
    explanation: Explanation {
        summary: "domain whose SPF record includes Amazon SES without effect",
        means: "The SPF record of the domain in From has include:amazonses.com. SPF is not looked \
                up there for mail of SES: the envelope sender is at amazonses.com, or at the \
                custom MAIL FROM domain, which is always a subdomain.",
        matters: "It does no harm, and it mends nothing. It takes one of the ten lookups. People \
                  often read that this record makes SPF pass for SES; SPF passes without \
                  it, for Amazon, and DMARC does not count that.",
        todo: "To let SPF count for your domain, set up a custom MAIL FROM domain: that needs \
               include:amazonses.com in a record of its own. The include at the main domain may \
               stay or go.",
        example: "From: shop@example.com, MAIL FROM …@amazonses.com\n\
                  asked:      TXT amazonses.com\n\
                  not asked:  TXT example.com",
    },
    applies: applies::is_of_ses,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let is_by_ses =
        case.ses().is_some_and(|ses| ses.default_mail_from) || case.ses_mail_from().is_some();
    // If the right name has no record, another rule says that this one is at the wrong name.
    let is_misplaced = [SpfCause::NoRecord, SpfCause::NoSuchDomain].contains(&case.spf().cause);
    if !is_by_ses || is_misplaced {
        return Vec::new();
    }
    let Some(asked) = case.spf_domain() else {
        return Vec::new();
    };
    let author = case.author().map(|author| (author, &case.advice.author));
    let above = case
        .organization()
        .filter(|above| Some(*above) != case.author());
    let above = above.map(|above| (above, &case.advice.organization));
    let zones = author.into_iter().chain(above);
    let hits = zones
        .filter(|(domain, _)| **domain != asked)
        .filter_map(|(domain, answer)| {
            let lookup = answer.lookup()?;
            let record = answer.texts().into_iter().find(|text| includes_ses(text))?;
            let hit = RULE.hit(Mark::dns(lookup)).text("domain", domain);
            Some(hit.with("record", record).text("spf_domain", &asked))
        });
    hits.collect()
}

/// Whether a text is an SPF record that includes SES.
fn includes_ses(text: &str) -> bool {
    is_spf(text.as_bytes()) && text.split(' ').any(is_include)
}

fn is_include(term: &str) -> bool {
    let term = term.trim_start_matches(['+', '-', '~', '?']);
    term.eq_ignore_ascii_case(records::INCLUDE)
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (domain, record) = (hit.values.text("domain")?, hit.values.text("record")?);
    let mail = match case.is_of_domain() {
        true => "mail from SES,",
        false => "this mail",
    };
    let message = format!(
        "the SPF record of {domain} includes amazonses.com, but for {mail} SPF is looked up at {}",
        hit.values.text("spf_domain")?
    );
    let mut zones = case.author().into_iter().chain(case.organization());
    let zone = zones.find(|zone| zone.as_str() == domain)?;
    let new = without(record, |term| is_include(&term.text));
    let fix = Fix::new("nothing needs doing; choose one")
        .taking_out([records::INCLUDE])
        .choice(
            format!("leave {} there", records::INCLUDE),
            "it does no harm and costs one of the ten lookups",
            Vec::new(),
        )
        .choice(
            "take it out",
            "mail of SES is judged as before; one lookup is free again",
            case.spf_fix(zone, "", &new).records,
        );
    Some(
        hit.says(message, clipped(record))
            .with_evidence(case.at_mail_from())
            .with_fix(fix),
    )
}
