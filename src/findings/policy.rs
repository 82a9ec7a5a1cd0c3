//! How to correct the DMARC record of the author.

use super::Fix;
use super::case::{Case, Published};
use super::gate::meets_strict;
use crate::dmarc::{
    Mode, Policy, PolicyRecord, RecordTag, ReportUri, Step, TagState, repaired, shows_stricter,
    typed_policies, with_tag, without_tag,
};
use crate::dns::Name;
use crate::dns::change::RecordChange;
use crate::typed::plain;

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

    /// The record with all that our rules would correct in it, so that whoever follows one finding
    /// need not follow another: without ignored and obsolete tags, with addresses that can be used,
    /// and with alignment made strict only where this mail meets it.
    pub(super) fn base(&self, case: &Case<'_>) -> String {
        let record = self.corrected();
        let (adkim, aspf) = (self.record.adkim, self.record.aspf);
        let record =
            [("adkim", adkim), ("aspf", aspf)]
                .into_iter()
                .fold(record, |record, (tag, mode)| match mode {
                    Some(Mode::Strict) if self.has_policy() => record,
                    _ => lenient_in(case, record, tag),
                });
        match case.takes_no_mail(self.domain()) {
            true => record,
            false => reported(record, self.domain()),
        }
    }

    /// Whether `text` asks receivers for the same as the record does, reports aside.
    pub(super) fn asks_the_same(&self, text: &str) -> bool {
        let asks = |record: &PolicyRecord| {
            let strict = |mode: Option<Mode>| mode == Some(Mode::Strict);
            let modes = (strict(record.adkim), strict(record.aspf));
            (record.p, record.sp, record.np, modes)
        };
        PolicyRecord::parse(text.as_bytes()).is_some_and(|new| asks(&new) == asks(&self.record))
    }

    fn corrected(&self) -> String {
        if let Some(record) = policy_shown(&self.record.text) {
            return record;
        }
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
        Fix::new(text.into() + &by_alias(self.step)).of(self.domain())
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
            "; _dmarc.{0} is an alias of {target}, so it is changed there, by whoever runs that, or \
             the CNAME is removed and the record stands at _dmarc.{0} itself",
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
    let text = plain(text);
    let squeezed: String = text.chars().filter(|char| *char != ' ').collect();
    let lower = squeezed
        .to_ascii_lowercase()
        .replace("v:", "v=")
        .replace("==", "=");
    lower.contains("v=dmarc") || lower.trim_start_matches('"').starts_with("dmarc1")
}

/// Whether a text is an SPF record.
pub(super) fn is_spf(text: &str) -> bool {
    let start = text.trim_start().get(..6);
    start.is_some_and(|start| start.eq_ignore_ascii_case("v=spf1"))
}

/// `record` without strict alignment that this mail does not meet. It had no effect so far, as the
/// text was no record.
pub(super) fn lenient(case: &Case<'_>, record: String) -> String {
    let tags = ["adkim", "aspf"].into_iter();
    tags.fold(record, |record, tag| lenient_in(case, record, tag))
}

fn lenient_in(case: &Case<'_>, record: String, tag: &str) -> String {
    let modes = PolicyRecord::parse(record.as_bytes()).map(|it| (it.adkim, it.aspf));
    let (adkim, aspf) = modes.unwrap_or_default();
    let mode = if tag == "adkim" { adkim } else { aspf };
    match mode {
        Some(Mode::Strict) if !meets_strict(case, tag) => without_tag(&record, tag),
        _ => record,
    }
}

/// `record` with a report address at `domain`, if it has none.
pub(super) fn reported(record: String, domain: &Name) -> String {
    match PolicyRecord::parse(record.as_bytes()) {
        Some(parsed) if parsed.rua.is_empty() => {
            with_tag(&record, "rua", &format!("mailto:dmarc@{domain}"))
        }
        _ => record,
    }
}

/// The DMARC record that `text` was meant to be.
pub(super) fn meant(case: &Case<'_>, text: &str) -> Option<String> {
    Some(lenient(case, policy_shown(text)?))
}

/// The repaired record. Where a text shows no policy at all, it is none.
fn policy_shown(text: &str) -> Option<String> {
    let shows_none = || typed_policies(text).iter().all(Option::is_none) && !shows_stricter(text);
    repaired(text).or_else(|| repaired(&format!("{text}; p=none")).filter(|_| shows_none()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

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
        .corrected()
    }

    #[test]
    fn what_has_no_effect_is_in_no_fix() {
        for (text, wanted) in [
            (
                "v=DMARC1; p=reject; aspr=r; pct=100; ri=1; rua=mailto:a@b.example!10m,mailto:",
                "v=DMARC1; p=reject; aspf=r; rua=mailto:a@b.example",
            ),
            ("v=DMARC1; p=none; rua=mailto:;", "v=DMARC1; p=none"),
            ("v=DMARC1;p=none;pct=20", "v=DMARC1; p=none; pct=20"),
            ("v=DMARC1; p=none; p=reject", "v=DMARC1; p=none"),
            ("v=DMARC1; p=rejct; adkim=x", "v=DMARC1; p=reject"),
            ("v=DMARC1; p=block; adkim=x", "v=DMARC1; p=block"),
        ] {
            assert_eq!(base(text), wanted);
        }
    }

    #[test]
    fn a_text_that_was_meant_for_dmarc_is_seen() {
        for text in [
            "p=reject; v=DMARC1",
            "\u{201c}v=DMARC1\u{201d}",
            "v=DMARC\u{e9}",
        ] {
            assert!(is_meant_for_dmarc(text), "{text}");
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
