//! The author domain includes SES in an SPF record that nobody asks for.

use super::envelope::clipped;
use super::{Case, Explanation, Findings, Fires, Fix, Mark, Rule, Severity, applies};
use crate::ses::records;
use crate::spf::SpfCause;
use crate::spf::edit::without;
use crate::spf::record::is_spf;

pub(super) const RULE: Rule = Rule {
    code: "ses-spf-include-without-effect",
    severity: Severity::Notice,
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
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let is_by_ses =
        case.ses().is_some_and(|ses| ses.default_mail_from) || case.ses_mail_from().is_some();
    // That the record stands at the wrong name is said where it is missing at the right one.
    let is_misplaced = [SpfCause::NoRecord, SpfCause::NoSuchDomain].contains(&case.spf().cause);
    let Some(asked) = case.spf_domain().filter(|_| is_by_ses && !is_misplaced) else {
        return;
    };
    let mut zones = vec![(case.author(), &case.advice.author)];
    if case.organization() != case.author() {
        zones.push((case.organization(), &case.advice.organization));
    }
    for (domain, answer) in zones {
        let (Some(domain), Some(lookup)) = (domain, answer.lookup()) else {
            continue;
        };
        let texts = answer.texts();
        let includes = |text: &&String| {
            let mut terms = text.split(' ');
            is_spf(text.as_bytes()) && terms.any(is_include)
        };
        let Some(record) = texts.iter().find(includes).filter(|_| *domain != asked) else {
            continue;
        };
        let message = format!(
            "the SPF record of {domain} includes amazonses.com, but for this mail SPF is looked up \
             at {asked}"
        );
        let new = without(record, |term| is_include(&term.text));
        let taken_out = case.spf_fix(domain, "", &new).records;
        findings
            .add(message, Mark::dns(lookup).says(clipped(record)))
            .also(case.at_mail_from())
            .fix(
                Fix::new("nothing needs doing; choose one")
                    .choice(
                        format!("leave {} there", records::INCLUDE),
                        "it does no harm and costs one of the ten lookups",
                        Vec::new(),
                    )
                    .choice(
                        "take it out",
                        "mail of SES is judged as before; one lookup is free again",
                        taken_out,
                    ),
            );
    }
}

fn is_include(term: &str) -> bool {
    let term = term.trim_start_matches(['+', '-', '~', '?']);
    term.eq_ignore_ascii_case(records::INCLUDE)
}
