//! What changed in an answer of DNS: that there is one, or which tags and terms of one record.

use crate::dns::{Reply, Txt};

/// How many parts of a record are compared; one with more is another text as a whole.
const PARTS: usize = 100;
/// How many records of one answer are compared.
const RECORDS: usize = 100;

/// What changed in an answer of DNS.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AnswerChange {
    /// There is a record where there was none.
    Appeared,
    /// There is no record any more.
    Gone,
    /// DNS gives no answer now.
    NoAnswer,
    /// Neither then nor now is there an answer in the recording.
    NotRecorded,
    /// Tags or terms of one record changed.
    Parts(Vec<PartChange>),
    /// Another change.
    Other,
}

/// A tag or a term of a record that changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PartChange {
    /// As it was; `None` if it is new.
    pub was: Option<String>,
    /// As it is; `None` if it is gone.
    pub is: Option<String>,
}

impl AnswerChange {
    /// What is different in `is` from `was`, which is `None` if nothing was recorded.
    pub(super) fn between(was: Option<&Reply>, is: &Reply) -> Self {
        let has_none = |reply: &Reply| matches!(reply, Reply::NoData(_) | Reply::NxDomain(_));
        match (was, is) {
            (None, _) => Self::NotRecorded,
            (_, Reply::TempFail(_) | Reply::NotRecorded) => Self::NoAnswer,
            (Some(was @ Reply::Records(_)), Reply::Records(_)) => {
                let parts = changed_record(was, is).and_then(|(was, is)| parts(&was, &is));
                parts.map_or(Self::Other, Self::Parts)
            }
            (Some(Reply::Records(_)), is) if has_none(is) => Self::Gone,
            (Some(was), Reply::Records(_)) if has_none(was) => Self::Appeared,
            _ => Self::Other,
        }
    }
}

/// The text of the only record that changed, as it was and as it is.
fn changed_record(was: &Reply, is: &Reply) -> Option<(String, String)> {
    if was.records().len().max(is.records().len()) > RECORDS {
        return None;
    }
    let texts = |of: &Reply, other: &Reply| -> Option<String> {
        let is_kept = |txt: &&Txt| other.txt().any(|other| other == *txt);
        let mut changed = of.txt().filter(|txt| !is_kept(txt));
        let text = String::from_utf8_lossy(&changed.next()?.joined()).into_owned();
        changed.next().is_none().then_some(text)
    };
    Some((texts(was, is)?, texts(is, was)?))
}

/// The parts that changed, if both texts are records of the same kind.
fn parts(was: &str, is: &str) -> Option<Vec<PartChange>> {
    const TAGS: [&str; 2] = ["v=dmarc1", "v=dkim1"];
    let begins = |text: &str, version: &str| {
        let start = text.trim_start().get(..version.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(version))
    };
    let both = |version: &str| begins(was, version) && begins(is, version);
    let separator = match TAGS.into_iter().any(both) {
        true => ';',
        false if both("v=spf1") => ' ',
        false => return None,
    };
    let split = |text: &str| -> Vec<String> {
        let parts = text.split(separator).map(str::trim);
        let parts = parts.filter(|part| !part.is_empty()).take(PARTS + 1);
        parts.map(str::to_owned).collect()
    };
    let (mut was, mut is) = (split(was), split(is));
    if was.len() > PARTS || is.len() > PARTS {
        return None;
    }
    let before = was.clone();
    was.retain(|part| !is.contains(part));
    is.retain(|part| !before.contains(part));
    let mut changed = Vec::new();
    for part in is {
        let same = was.iter().position(|was| name(was) == name(&part));
        changed.push(PartChange {
            was: same.map(|at| was.remove(at)),
            is: Some(part),
        });
    }
    changed.extend(was.into_iter().map(|was| PartChange {
        was: Some(was),
        is: None,
    }));
    (!changed.is_empty()).then_some(changed)
}

/// What a tag or a term is called: `p` of `p=none`, `all` of `~all`, and a mechanism with its
/// value, as there may be several.
fn name(part: &str) -> String {
    let part = match part.split_once('=') {
        Some((name, _)) => name.trim(),
        None => part.trim_start_matches(['+', '-', '~', '?']),
    };
    part.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(was: &str, is: &str) -> Vec<(Option<String>, Option<String>)> {
        let parts = parts(was, is).unwrap_or_default().into_iter();
        parts.map(|part| (part.was, part.is)).collect()
    }

    #[test]
    fn a_tag_that_changed_came_or_went_is_found() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            changed(
                "v=DMARC1; p=none; rua=mailto:a@example.com",
                "v=DMARC1;p=reject; adkim=s"
            ),
            [
                (some("p=none"), some("p=reject")),
                (None, some("adkim=s")),
                (some("rua=mailto:a@example.com"), None)
            ]
        );
        assert_eq!(
            changed("v=spf1 include:a.example ~all", "v=spf1 ip4:192.0.2.1 -all"),
            [
                (None, some("ip4:192.0.2.1")),
                (some("~all"), some("-all")),
                (some("include:a.example"), None)
            ]
        );
    }

    #[test]
    fn texts_of_other_kinds_are_not_taken_apart() {
        assert_eq!(parts("v=spf1 -all", "v=DMARC1; p=none"), None);
        assert_eq!(parts("one", "two"), None);
        let many = format!("v=spf1 {}", "a ".repeat(PARTS));
        assert_eq!(parts(&many, "v=spf1 -all"), None);
    }
}
