//! Parts of a DMARC record that RFC 9989 removed and that never did anything.

use super::{Case, Explanation, Findings, Fires, Rule, Severity, applies};
use crate::dmarc::{RecordTag, TagState};

pub(super) const RULE: Rule = Rule {
    code: "dmarc-obsolete-tag",
    severity: Severity::Notice,
    cites: &["RFC 9989 §4.8 and Appendix C.5.2", "RFC 7489 §6.2 and §6.3"],
    explanation: Explanation {
        summary: "DMARC record with a tag that has gone out of use",
        means: "RFC 7489 had the tags rf and ri for the form and the rhythm of reports, pct for \
                a part of the mail, and a size such as !10m behind an address for reports. \
                RFC 9989 removed them in 2026. pct=100 says what holds anyway.",
        matters: "Nothing is broken: receivers ignore what they do not know. But who reads the \
                  record expects an effect that is not there.",
        todo: "Take it out when you change the record next. There is no hurry.",
        example: "old  v=DMARC1; p=reject; pct=100; ri=3600; rua=mailto:dmarc@example.com!10m\n\
                  new  v=DMARC1; p=reject; rua=mailto:dmarc@example.com",
    },
    applies: applies::always,
    fires: Fires::Whole(check),
    say: Rule::unsaid,
    yields_to: &[],
};

fn check(case: &Case<'_>, findings: &mut Findings) {
    let Some(published) = case.usable_record() else {
        return;
    };
    let record = &published.record;
    // A percentage that means something has a rule of its own.
    let counts = matches!(record.percentage, Some(0..100));
    let is_obsolete =
        |tag: &RecordTag| tag.state == TagState::Removed && !(tag.name == "pct" && counts);
    let tags = published.written().filter(|(tag, _)| is_obsolete(tag));
    let sizes = record.rua.iter().chain(&record.ruf);
    let sizes = sizes.filter_map(|uri| Some(format!("!{}", uri.size.as_ref()?)));
    let found: Vec<String> = tags.map(|(_, text)| text.to_owned()).chain(sizes).collect();
    if found.is_empty() {
        return;
    }
    let message = format!(
        "the DMARC record of {} has {}, which RFC 9989 removed and receivers may ignore",
        published.domain(),
        found.join(", ")
    );
    let fix = published.fix("take it out when you change the record next; nothing else changes");
    findings
        .add(message, published.seen(case))
        .fix(fix.records(published.replaced(&published.base())));
}
