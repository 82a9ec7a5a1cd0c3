//! How to correct the DMARC record of the author.

use std::sync::Arc;

use super::Fix;
use super::case::Published;
use crate::dmarc::{Policy, PolicyRecord, RecordTag, ReportUri, Step, TagState, with_tag};
use crate::dns::Name;
use crate::dns::change::RecordChange;
use crate::suggest::nearest;

impl Published<'_> {
    /// The tags as they are written, with their texts.
    pub(super) fn written(&self) -> impl Iterator<Item = (&RecordTag, &str)> {
        self.record.tags.iter().filter_map(|tag| {
            let span = tag.span.as_ref()?;
            Some((tag, self.record.text.get(span.start..span.end)?))
        })
    }

    /// The record with each tag replaced by the result of `change`; tags for which it gives `None`
    /// are left out.
    pub(super) fn changed(&self, change: impl Fn(&RecordTag, &str) -> Option<String>) -> String {
        let tags = self.written().filter_map(|(tag, text)| change(tag, text));
        tags.collect::<Vec<_>>().join("; ")
    }

    /// The record without parts that have no effect, so no fix keeps what another fix removes:
    /// ignored and obsolete tags, and unusable URIs.
    pub(super) fn base(&self) -> String {
        let counts = matches!(self.record.percentage, Some(0..100));
        self.changed(|tag, text| match (tag.state, tag.name.as_str()) {
            (TagState::Unknown | TagState::Malformed | TagState::Repeated, _) => None,
            (TagState::Removed, "pct") if counts => Some(text.to_owned()),
            (TagState::Removed, _) => None,
            (_, "rua") => uris("rua", &self.record.rua),
            (_, "ruf") => uris("ruf", &self.record.ruf),
            (TagState::Invalid, "p" | "sp" | "np") => Some(text.to_owned()),
            (TagState::Invalid, _) => None,
            (TagState::Valid | TagState::Absent, _) => Some(text.to_owned()),
        })
    }

    /// The record `text` instead of the current one.
    pub(super) fn replaced(&self, text: &str) -> Vec<RecordChange> {
        owner(self.step)
            .map(|owner| RecordChange::txt(owner, text).replacing())
            .into_iter()
            .collect()
    }

    /// A fix in words, which says where to change the record if that is elsewhere.
    pub(super) fn fix(&self, text: impl Into<String>) -> Fix {
        Fix::new(text.into() + &by_alias(self.step))
    }
}

fn uris(name: &str, uris: &[ReportUri]) -> Option<String> {
    let uris: Vec<&str> = uris.iter().map(|uri| uri.uri.as_str()).collect();
    (!uris.is_empty()).then(|| format!("{name}={}", uris.join(",")))
}

/// Where the record of a step is: at the end of its aliases.
pub(super) fn owner(step: &Step) -> Option<Name> {
    let target = step.cname.last().cloned();
    target.or_else(|| step.domain.under("_dmarc").ok())
}

/// That the record is elsewhere, if an alias points there; a clause to append.
pub(super) fn by_alias(step: &Step) -> String {
    step.cname.last().map_or(String::new(), |target| {
        format!(
            "; _dmarc.{} is an alias of {target}, so it is changed there, or by the service that \
             keeps it",
            step.domain
        )
    })
}

/// How strict a policy is.
pub(super) fn strictness(policy: Policy) -> u8 {
    match policy {
        Policy::None => 0,
        Policy::Quarantine => 1,
        Policy::Reject => 2,
    }
}

/// Whether a text that is not a DMARC record was meant to be one.
pub(super) fn is_meant_for_dmarc(text: &str) -> bool {
    let squeezed: String = text.chars().filter(|char| !char.is_whitespace()).collect();
    let lower = squeezed.to_ascii_lowercase();
    lower.contains("v=dmarc") || lower.starts_with("dmarc1;")
}

/// Whether a text is an SPF record.
pub(super) fn is_spf(text: &str) -> bool {
    let start = text.trim_start().get(..6);
    start.is_some_and(|start| start.eq_ignore_ascii_case("v=spf1"))
}

/// A text that was meant to be a record, corrected: v=DMARC1 first, then a policy.
pub(super) fn mended(text: &str) -> String {
    const VERSION: &str = "v=dmarc1";
    let around = |char: char| {
        char.is_whitespace() || matches!(char, '"' | '\'' | '\u{201c}' | '\u{201d}' | '\u{feff}')
    };
    let mut tags = vec!["v=DMARC1".to_owned()];
    for tag in text.trim_matches(around).split(';').map(str::trim) {
        let is_version = tag.get(..VERSION.len());
        let is_version = is_version.is_some_and(|start| start.eq_ignore_ascii_case(VERSION))
            || tag
                .to_ascii_lowercase()
                .replace(' ', "")
                .starts_with("v=dmarc");
        let rest = match is_version {
            true => tag.get(VERSION.len()..).unwrap_or_default().trim(),
            false => tag,
        };
        if !rest.is_empty() && rest.contains('=') {
            tags.push(rest.to_owned());
        }
    }
    let record = tags.join("; ");
    match PolicyRecord::parse(record.as_bytes()) {
        Some(parsed) if parsed.p.is_some() => record,
        _ => with_tag(&record, "p", "none"),
    }
}

/// The record with misspelt policies corrected. If p cannot be corrected it becomes none; other
/// policies are left out.
pub(super) fn with_near_policies(published: &Published<'_>) -> String {
    let base = published.base();
    let Some(record) = PolicyRecord::parse(base.as_bytes()) else {
        return base;
    };
    let base = Published {
        step: published.step,
        record: Arc::new(record),
    };
    let text = base.changed(|tag, text| {
        let is_policy = matches!(tag.name.as_str(), "p" | "sp" | "np");
        if !is_policy || tag.state != TagState::Invalid {
            return Some(text.to_owned());
        }
        let value = tag.value.as_deref().unwrap_or_default();
        match nearest(value, &["none", "quarantine", "reject"], 2).first() {
            Some(near) => Some(format!("{}={near}", tag.name)),
            None => (tag.name == "p").then(|| "p=none".to_owned()),
        }
    });
    match published.tag("p") {
        Some(_) => text,
        None => with_tag(&text, "p", "none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dmarc::Found;

    fn step(domain: &str, text: &str) -> Step {
        Step {
            domain: Name::parse(domain).unwrap(),
            lookup: None,
            found: Found::Record,
            records: [text.to_owned()].into(),
            cname: Vec::new(),
            taken: true,
            reason: None,
            misplaced: None,
            record: None,
        }
    }

    fn base(text: &str) -> String {
        let step = step("example.com", text);
        let record = PolicyRecord::parse(text.as_bytes()).unwrap();
        Published {
            step: &step,
            record: Arc::new(record),
        }
        .base()
    }

    #[test]
    fn what_has_no_effect_is_in_no_fix() {
        for (text, wanted) in [
            (
                "v=DMARC1; p=reject; aspr=r; pct=100; ri=1; rua=mailto:a@b.example!10m,mailto:",
                "v=DMARC1; p=reject; rua=mailto:a@b.example",
            ),
            ("v=DMARC1; p=none; rua=mailto:;", "v=DMARC1; p=none"),
            ("v=DMARC1;p=none;pct=20", "v=DMARC1; p=none; pct=20"),
            ("v=DMARC1; p=none; p=reject", "v=DMARC1; p=none"),
            ("v=DMARC1; p=rejct; adkim=x", "v=DMARC1; p=rejct"),
        ] {
            assert_eq!(base(text), wanted);
        }
    }

    #[test]
    fn a_text_that_was_meant_for_dmarc_is_mended() {
        for (text, wanted) in [
            ("p=reject; v=DMARC1", "v=DMARC1; p=reject"),
            (
                "v=DMARC1 p=none; rua=mailto:a@b.example",
                "v=DMARC1; p=none; rua=mailto:a@b.example",
            ),
            ("\u{201c}v=DMARC1; p=none\u{201d}", "v=DMARC1; p=none"),
            ("v=dmarc1; p=quarantine", "v=DMARC1; p=quarantine"),
            ("v=DMARC2", "v=DMARC1; p=none"),
            ("v=DMARC\u{e9}", "v=DMARC1; p=none"),
        ] {
            assert!(is_meant_for_dmarc(text), "{text}");
            assert_eq!(mended(text), wanted);
        }
        assert!(!is_meant_for_dmarc("v=spf1 -all") && is_spf("V=SPF1 -all"));
    }

    #[test]
    fn a_record_behind_an_alias_is_changed_where_it_stands() {
        let mut step = step("example.com", "v=DMARC1; p=none");
        step.cname = vec![Name::parse("dmarc.service.example").unwrap()];
        assert_eq!(owner(&step).unwrap().as_str(), "dmarc.service.example");
        assert!(by_alias(&step).contains("an alias of dmarc.service.example"));
    }
}
