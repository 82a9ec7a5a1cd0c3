//! Quotation marks were pasted into an SPF record.

use super::envelope::clipped;
use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};
use crate::dns::Question;
use crate::spf::SpfCause;
use crate::spf::repair::repaired;

/// Quotation marks and escapes that people and editors put around a text.
const MARKS: [char; 8] = ['"', '\'', '\\', '`', '“', '”', '„', '’'];

pub(super) const RULE: Rule = Rule {
    code: "quoted-spf-record",
    severity: Severity::Warning,
    wants_message: false,
    cites: &["RFC 7208 §3.3 and §4.5", "RFC 1035 §5.1"],
    explanation: Explanation {
        summary: "quoted SPF record: the quotation marks are part of its text",
        means: "In guides and in zone files a TXT record stands between quotation marks. They are \
                no part of the text. Here they were pasted into a form that adds its own, so the \
                text itself begins with a quotation mark and not with v=spf1. It is no SPF record.",
        matters: "The result of SPF is none, as if there were no record. DMARC hangs on DKIM alone.",
        todo: "Enter the text without quotation marks, unless the form of your DNS provider asks \
               for them. Route 53 does ask: there one pair belongs around the whole text.",
        example: "wrong:  dig shows \"\\\"v=spf1 include:amazonses.com ~all\\\"\"\n\
                  right:  dig shows \"v=spf1 include:amazonses.com ~all\"",
    },
    applies: applies::has_spf_domain,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    Vec::from_iter(hit(case))
}

fn hit(case: &Case<'_>) -> Option<Hit> {
    let domain = case.own_spf_ended_by(&[SpfCause::NoRecord])?;
    let texts = case.answer(&Question::txt(domain.clone())).texts();
    let text = texts.into_iter().find(|text| is_quoted(text))?;
    let hit = RULE.hit(case.at_spf_record()).text("domain", domain);
    Some(hit.with("record", text))
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (domain, text) = (case.own_spf_domain()?, hit.values.text("record")?);
    let message = format!(
        "the SPF record of {domain} has quotation marks in its text, so that it does not begin \
         with v=spf1 and is none"
    );
    let words = "enter the text without the quotation marks";
    let fix = match repaired(text) {
        Some(repair) => case
            .spf_fix(&domain, words, &repair.record)
            .otherwise(words),
        None => Fix::new(words).check(&Question::txt(domain)),
    };
    let finding = hit.says(message, clipped(text));
    Some(
        finding
            .with_evidence(case.recorded_spf_pass())
            .with_fix(fix),
    )
}

/// Whether `text` would be an SPF record without the mark at its beginning.
fn is_quoted(text: &str) -> bool {
    let text = text.trim_start();
    let inner = text.trim_start_matches(MARKS);
    let version = inner.get(.."v=spf1".len());
    inner.len() < text.len() && version.is_some_and(|it| it.eq_ignore_ascii_case("v=spf1"))
}
