//! The chain as a whole: its structure, and what follows from its signatures (RFC 8617 §5.2).

use super::set::{Set, Sets};
use super::{ArcCause, ArcInstance};
use crate::dkim::{DkimCause, DkimResult};

/// What decides a chain, in a word and in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub cause: ArcCause,
    pub detail: String,
}

impl Fault {
    pub(super) fn new(cause: ArcCause, detail: String) -> Self {
        Self { cause, detail }
    }
}

impl Sets {
    /// The first fault in the order of §5.2, steps 1 to 3.
    pub(super) fn fault(&self) -> Option<Fault> {
        let too_many = |fault: &&Fault| fault.cause == ArcCause::TooManySets;
        let stray = self.stray.as_ref();
        let first = stray.filter(too_many).cloned();
        first
            .or_else(|| self.found_broken())
            .or_else(|| stray.cloned())
            .or_else(|| self.incomplete_set())
            .or_else(|| self.gap())
            .or_else(|| self.wrong_status())
    }

    /// Step 2: the newest seal says that the chain was broken before.
    fn found_broken(&self) -> Option<Fault> {
        let (instance, set) = self.by_instance.last_key_value()?;
        let seal = set.seal.field.as_ref().filter(|seal| seal.says("fail"))?;
        let domain = seal.signature.domain.as_ref();
        let by = domain.map_or(String::new(), |domain| format!(" by {domain}"));
        Some(Fault::new(
            ArcCause::CvFail,
            format!(
                "the newest seal (i={instance}{by}) says cv=fail: whoever made it found the chain \
                 broken"
            ),
        ))
    }

    /// Step 3 A: one of each field in every set.
    fn incomplete_set(&self) -> Option<Fault> {
        let wrong = |(instance, set): (&u32, &Set)| {
            set.counts().into_iter().find_map(|(name, count)| {
                let (cause, detail) = match count {
                    0 => (
                        ArcCause::FieldMissing,
                        format!("set i={instance} has no {name} field"),
                    ),
                    1 => return None,
                    _ => (
                        ArcCause::FieldRepeated,
                        format!("set i={instance} has {count} {name} fields, not one"),
                    ),
                };
                Some(Fault::new(cause, detail))
            })
        };
        self.by_instance.iter().find_map(wrong)
    }

    /// Step 3 B: the instances are 1 to N.
    fn gap(&self) -> Option<Fault> {
        let mut numbered = self.by_instance.keys().zip(1..);
        let (found, missing) = numbered.find(|(found, wanted)| *found != wanted)?;
        Some(Fault::new(
            ArcCause::InstanceMissing,
            format!("there is a set i={found}, but none with i={missing}"),
        ))
    }

    /// Step 3 C: `cv=none` in the first seal and `cv=pass` in all others.
    fn wrong_status(&self) -> Option<Fault> {
        self.by_instance.iter().find_map(|(instance, set)| {
            let seal = set.seal.field.as_ref()?;
            let wanted = if *instance == 1 { "none" } else { "pass" };
            if seal.says(wanted) {
                return None;
            }
            let found = match &seal.chain_validation {
                Some(written) => format!("says cv={written}"),
                None => "has no cv=".into(),
            };
            Some(Fault::new(
                ArcCause::ChainValidation,
                format!("the seal i={instance} {found}; it must say cv={wanted} at its place"),
            ))
        })
    }
}

/// Steps 4 and 6: the newest message signature, then every seal, newest first. What surely fails
/// goes before what could not be told.
pub(super) fn verified(instances: &[ArcInstance]) -> Fault {
    let newest = instances.last();
    let signature = newest.and_then(|newest| {
        let verdict = newest.message_signature.as_ref()?;
        let what = format!("the newest ARC-Message-Signature (i={})", newest.instance);
        Some((verdict.result, verdict.cause, what, &verdict.detail))
    });
    let seals = instances.iter().rev().filter_map(|one| {
        let verdict = one.seal.as_ref()?;
        let what = format!("the seal i={}", one.instance);
        Some((verdict.result, verdict.cause, what, &verdict.detail))
    });
    let mut open = None;
    for (index, (result, cause, what, detail)) in signature.into_iter().chain(seals).enumerate() {
        let fault = |cause, verb| Fault::new(cause, format!("{what} {verb}: {detail}"));
        match (result, cause) {
            (DkimResult::Pass, _) => (),
            (DkimResult::Temperror, _) => {
                open.get_or_insert(fault(ArcCause::Dns, "cannot be checked now"));
            }
            (DkimResult::NotEvaluated, DkimCause::HeadersOnly) => {
                open.get_or_insert(fault(ArcCause::HeadersOnly, "cannot be checked"));
            }
            (DkimResult::NotEvaluated, _) => {
                open.get_or_insert(fault(ArcCause::NotRecorded, "cannot be checked"));
            }
            _ if index == 0 => return fault(ArcCause::MessageSignature, "does not verify"),
            _ => return fault(ArcCause::Seal, "does not verify"),
        }
    }
    open.unwrap_or_else(|| {
        let detail = match instances.len() {
            1 => "its seal verifies, and so does its message signature".into(),
            2 => "both seals verify, and so does the newest message signature".into(),
            count => format!("all {count} seals verify, and so does the newest message signature"),
        };
        Fault::new(ArcCause::Verified, detail)
    })
}

/// Step 5: the lowest instance down to which all message signatures verify; 0 for all.
pub(super) fn oldest_pass(instances: &[ArcInstance]) -> Option<u32> {
    let mut oldest = None;
    for one in instances.iter().rev() {
        match one.message_signature.as_ref().map(|verdict| verdict.result) {
            Some(DkimResult::Pass) => oldest = Some(one.instance),
            Some(DkimResult::Temperror | DkimResult::NotEvaluated) => return None,
            _ => return oldest,
        }
    }
    oldest.map(|_| 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::message::Message;

    /// The fields of a set.
    fn set(instance: u32, cv: &str) -> String {
        format!(
            "ARC-Seal: i={instance}; a=rsa-sha256; d=example.org; s=s; cv={cv}; b=YWJj\n\
             ARC-Message-Signature: i={instance}; a=rsa-sha256; d=example.org; s=s; h=from; \
             bh=YWJj; b=YWJj\n\
             ARC-Authentication-Results: i={instance}; mx.example.org; spf=pass\n"
        )
    }

    fn fault(fields: &str) -> Option<(ArcCause, String)> {
        let text = format!("{fields}From: a@example.com\n\nhello\n");
        let limits = Limits::default();
        let message = Message::parse(text.as_bytes(), &limits).unwrap();
        let fault = Sets::read(&message, &limits).fault();
        fault.map(|fault| (fault.cause, fault.detail))
    }

    /// A set whose lines that begin with `name` are changed by `change`.
    fn with(name: &str, change: impl Fn(&str) -> String) -> String {
        let text = set(1, "none");
        let lines = text.split_inclusive('\n');
        lines
            .map(|line| match line.starts_with(name) {
                true => change(line),
                false => line.to_owned(),
            })
            .collect()
    }

    #[test]
    fn a_chain_in_order_has_no_fault() {
        assert_eq!(fault(&set(1, "none")), None);
        assert_eq!(fault(&(set(1, "None") + &set(2, "Pass"))), None);
        let long: String = (2..=50).map(|number| set(number, "pass")).collect();
        assert_eq!(fault(&(set(1, "none") + &long)), None);
    }

    #[test]
    fn each_field_must_be_there_once() {
        for name in [
            "ARC-Seal",
            "ARC-Message-Signature",
            "ARC-Authentication-Results",
        ] {
            let (cause, detail) = fault(&with(name, |_| String::new())).unwrap();
            assert_eq!(cause, ArcCause::FieldMissing);
            assert_eq!(detail, format!("set i=1 has no {name} field"));
            let (cause, detail) = fault(&with(name, |line| line.repeat(2))).unwrap();
            assert_eq!(cause, ArcCause::FieldRepeated);
            assert_eq!(detail, format!("set i=1 has 2 {name} fields, not one"));
        }
    }

    #[test]
    fn a_field_without_a_number_belongs_to_no_set() {
        for name in [
            "ARC-Seal",
            "ARC-Message-Signature",
            "ARC-Authentication-Results",
        ] {
            for wrong in ["i=0;", "i=;", "i=x;", "i=-1;", "i=00;", ""] {
                let fields = with(name, |line| line.replace("i=1;", wrong)) + &set(1, "none");
                let (cause, detail) = fault(&fields).unwrap();
                assert_eq!(cause, ArcCause::FieldUnreadable, "{name} {wrong}");
                assert!(detail.contains(name), "{detail}");
            }
        }
    }

    #[test]
    fn there_may_be_50_sets_and_no_more() {
        let many: String = (2..=51).map(|number| set(number, "pass")).collect();
        let (cause, detail) = fault(&(set(1, "none") + &many)).unwrap();
        assert_eq!(cause, ArcCause::TooManySets);
        assert!(detail.contains("has i=51"), "{detail}");
    }

    #[test]
    fn the_instances_have_no_gap() {
        let (cause, detail) = fault(&(set(1, "none") + &set(3, "pass"))).unwrap();
        assert_eq!(cause, ArcCause::InstanceMissing);
        assert_eq!(detail, "there is a set i=3, but none with i=2");
        let (cause, _) = fault(&set(2, "pass")).unwrap();
        assert_eq!(cause, ArcCause::InstanceMissing);
    }

    #[test]
    fn seals_say_what_they_must_at_their_place() {
        let cause = |fields: &str| fault(fields).unwrap().0;
        assert_eq!(cause(&set(1, "pass")), ArcCause::ChainValidation);
        assert_eq!(cause(&set(1, "other")), ArcCause::ChainValidation);
        let twice_none = set(1, "none") + &set(2, "none");
        assert_eq!(cause(&twice_none), ArcCause::ChainValidation);
        let without = with("ARC-Seal", |line| line.replace("cv=none; ", ""));
        let (cause, detail) = fault(&without).unwrap();
        assert_eq!(cause, ArcCause::ChainValidation);
        assert!(detail.contains("has no cv="), "{detail}");
    }

    #[test]
    fn a_newest_seal_that_says_fail_goes_before_the_structure() {
        let (cause, detail) = fault(&(set(1, "none") + &set(3, "fail"))).unwrap();
        assert_eq!(cause, ArcCause::CvFail);
        assert!(detail.contains("i=3 by example.org"), "{detail}");
        let inner = set(1, "fail") + &set(2, "pass");
        assert_eq!(fault(&inner).unwrap().0, ArcCause::ChainValidation);
    }
}
