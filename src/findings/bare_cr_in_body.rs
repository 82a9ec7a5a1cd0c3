//! The body has a CR without an LF.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Mark, Rule, Severity, applies};
use crate::dkim::Kind;

pub(super) const RULE: Rule = Rule {
    code: "bare-cr-in-body",
    severity: Severity::Warning,
    wants_message: true,
    cites: &["RFC 5322 §2.3", "RFC 5321 §2.3.8", "RFC 6376 §5.3"],
    explanation: Explanation {
        summary: "CR without LF in its body",
        means: "Lines of mail end in CR LF. This body has a CR (carriage return) alone, which ends \
                no line and must not be sent.",
        matters: "Servers treat it differently: some make a line end of it, some remove it, some \
                  refuse the message. Whatever changes it breaks a DKIM signature. A signer that \
                  took it for a line end signed another text than the one that was sent.",
        todo: "Change every CR and every LF that stands alone to CR LF in the program that writes \
               the mail, before it is signed. Often the text came from a web form or an old Mac \
               file.",
        example: "wrong: one line<CR>next line<CR><LF>\n\
                  right: one line<CR><LF>next line<CR><LF>",
    },
    applies: applies::has_body,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    use Kind::{BareCrAdded, BareCrSignedAsLineEnd, CrDoubled};
    // The finding about the broken signature says it then.
    let is_said = case.broken_signatures().any(|signature| {
        let changes = signature.verdict.autopsy.iter();
        let mut changes = changes.flat_map(|autopsy| autopsy.changes());
        changes.any(|change| matches!(change.kind, BareCrAdded | BareCrSignedAsLineEnd | CrDoubled))
    });
    let found = case.analysis.fragile.bare_cr.filter(|_| !is_said);
    let hit = found.map(|(place, count)| {
        RULE.hit(Mark::octet(place.line, place.octet))
            .with("line", place.line)
            .with("octet", place.octet)
            .with("count", count)
    });
    Vec::from_iter(hit)
}

fn say(_: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let values = &hit.values;
    let (line, octet) = (values.number("line")?, values.number("octet")?);
    let what = match values.number("count")? {
        1 => format!("a bare CR, one without LF (line {line}, octet {octet})"),
        count => {
            format!("{count} bare CRs, those without LF (the first in line {line}, octet {octet})")
        }
    };
    let message = format!(
        "the body has {what}: a server on the way may change it or refuse it, and a change breaks \
         DKIM"
    );
    let finding = hit.says(
        message,
        format!("line {line}, octet {octet} is a CR without LF"),
    );
    Some(finding.with_fix(Fix::new(
        "end every line in CR LF in the program that writes the mail, before it is signed",
    )))
}
