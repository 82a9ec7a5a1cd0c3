//! Letters of several scripts in one label of the author domain.

use super::{Case, Explanation, Finding, Fires, Fix, Hit, Rule, Severity, applies};

pub(super) const RULE: Rule = Rule {
    code: "from-look-alike",
    severity: Severity::Warning,
    cites: &[
        "RFC 5891 §4.4",
        "RFC 9989 §11.4",
        "Unicode Technical Standard 39 §5.1",
    ],
    explanation: Explanation {
        summary: "From domain with letters of several scripts, as look-alikes have",
        means: "The domain in From is an internationalised one, and one of its parts mixes Latin \
                letters with Cyrillic or Greek ones. Some of those look the same: the Cyrillic а \
                beside the Latin a.",
        matters: "It is another domain than the one that it looks like. Its owner can publish SPF, \
                  DKIM and DMARC for it, so that all passes: the checks say that the mail is of \
                  that domain, and not of the one that the reader thinks of.",
        todo: "Read the domain in its ASCII form (xn--…), and compare that with the one that you \
               know. If it imitates yours, tell its registrar.",
        example: "From: help@ex\u{430}mple.test   is really   xn--exmple-4nf.test",
    },
    applies: applies::has_from,
    fires: Fires::OnCase(fires),
    say,
    yields_to: &[],
};

fn fires(case: &Case<'_>) -> Vec<Hit> {
    let authors = case.analysis.message.from.iter();
    let hits = authors.filter_map(|author| {
        let domain = author.domain.as_ref()?;
        let (shown, _) = idna::domain_to_unicode(domain.as_str());
        let label = shown.split('.').find(|label| is_mixed(label))?;
        let others: String = label.chars().filter(|char| is_look_alike(*char)).collect();
        Some(
            RULE.hit(case.at_topmost("From")?)
                .text("domain", domain)
                .with("shown", shown.as_str())
                .with("label", label)
                .with("letters", others),
        )
    });
    hits.collect()
}

fn say(_: &Case<'_>, hit: &Hit) -> Option<Finding> {
    let (domain, shown) = (hit.values.text("domain")?, hit.values.text("shown")?);
    let (label, others) = (hit.values.text("label")?, hit.values.text("letters")?);
    let message = format!(
        "the domain in From is {domain}, shown as {shown}: in {label}, {others} is of another \
         script than the rest"
    );
    Some(hit.says(message, domain).with_fix(Fix::new(format!(
        "compare {domain}, and not what it looks like, with the domain that you expect"
    ))))
}

/// Whether a label has both Latin letters and letters that look like them.
fn is_mixed(label: &str) -> bool {
    let is_latin = |char: char| char.is_ascii_alphabetic() || matches!(char, '\u{c0}'..='\u{24f}');
    label.chars().any(is_latin) && label.chars().any(is_look_alike)
}

/// Greek, Cyrillic, Armenian and Cherokee have letters that look like Latin ones.
fn is_look_alike(char: char) -> bool {
    matches!(char, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_label_of_several_scripts_is_mixed() {
        assert!(is_mixed("ex\u{430}mple"));
        for label in [
            "example",
            "b\u{fc}cher",
            "\u{43f}\u{43e}\u{447}\u{442}\u{430}",
            "24",
        ] {
            assert!(!is_mixed(label), "{label}");
        }
    }
}
