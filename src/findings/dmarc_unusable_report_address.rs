//! An address in rua or ruf that reports cannot be sent to.

use super::{Case, Explanation, Finding, Fires, Hit, Rule, Severity, applies};
use crate::dmarc::ReportUri;
use crate::explain;

pub(super) const RULE: Rule = Rule {
    code: "dmarc-unusable-report-address",
    severity: Severity::Warning,
    wants_message: false,
    cites: &[
        "RFC 9989 §4.6 and §4.7 (rua, ruf)",
        "RFC 7489 §6.2 and §6.3",
    ],
    explanation: Explanation {
        summary: "DMARC record with an address for reports that is none",
        means: "rua and ruf hold URIs, so an address must have mailto: in front. mailto: alone \
                names nobody. Several are separated by commas, as a semicolon ends the tag.",
        matters: "Receivers can send nothing there. Without reports you do not see which of your \
                  mail fails, nor who else uses your domain.\n\
                  A guide to DMARC with Amazon SES shows rua=mailto: with nothing behind it, to be \
                  filled in. Copied as it stands it means that no reports come.",
        todo: "Put in an address of a mailbox that exists and that something reads, or leave the \
               tag out.",
        example: "wrong  v=DMARC1; p=none; rua=mailto:\n\
                  wrong  v=DMARC1; p=none; rua=dmarc@example.com\n\
                  right  v=DMARC1; p=none; rua=mailto:dmarc@example.com",
    },
    applies: applies::has_own_record,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let Some(published) = case.record() else {
        return Vec::new();
    };
    let hits = ["rua", "ruf"].into_iter().filter_map(|name| {
        let value = published.tag(name)?.value.as_deref()?;
        let unusable = parts(value).filter(|part| ReportUri::parse(part).is_err());
        let unusable: Vec<String> = unusable.map(str::to_owned).collect();
        if unusable.is_empty() {
            return None;
        }
        let hit = RULE
            .hit(published.at(case))
            .text("domain", published.domain());
        let hit = hit.with("tag", name).with("value", value);
        Some(hit.with("unusable", unusable))
    });
    hits.collect()
}

fn say(case: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let published = case.record()?;
    let domain = published.domain();
    let name = hit.values.text("tag")?;
    let unusable = hit.values.list("unusable")?.iter();
    let faults: Vec<String> = unusable.filter_map(|part| fault(part)).collect();
    let message = format!(
        "in {name} of the DMARC record of {domain}, {}",
        faults.join("; ")
    );
    let fix = published.fix("give an address that something reads, with mailto: in front");
    // The rule about the policy gives a record that also corrects this.
    let text = published.has_policy().then(|| published.base(case));
    let records = text.map_or(Vec::new(), |text| published.replaced(&text));
    let finding = hit.says(message, published.record.text.as_str());
    Some(finding.with_fix(fix.records(records)))
}

fn parts(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim)
}

/// What is wrong with an entry, in words.
fn fault(part: &str) -> Option<String> {
    match ReportUri::parse(part) {
        Ok(_) => None,
        Err(_) if part.is_empty() => Some("an entry is empty".into()),
        Err(_) if part.eq_ignore_ascii_case("mailto:") => {
            Some("mailto: stands without an address".into())
        }
        Err(fault) => Some(explain::dmarc::uri(&fault).to_string()),
    }
}
