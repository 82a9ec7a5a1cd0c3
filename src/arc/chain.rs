//! The ARC chain as a whole: its structure, and what its signatures show (RFC 8617 §5.2).

use super::set::{Set, Sets};
use super::{ArcCause, ArcFault, ArcInstance, ArcPart};
use crate::dkim::{DkimCause, DkimResult};

impl Sets {
    /// The first fault, in the order of §5.2, steps 1 to 3.
    pub(super) fn fault(&self) -> Option<ArcFault> {
        let too_many = |fault: &&ArcFault| fault.cause() == ArcCause::TooManySets;
        let stray = self.stray.as_ref();
        let first = stray.filter(too_many).cloned();
        first
            .or_else(|| self.found_broken())
            .or_else(|| stray.cloned())
            .or_else(|| self.incomplete_set())
            .or_else(|| self.gap())
            .or_else(|| self.wrong_status())
    }

    /// Step 2: the newest seal says that the chain was already broken.
    fn found_broken(&self) -> Option<ArcFault> {
        let (instance, set) = self.by_instance.last_key_value()?;
        let seal = set.seal.field.as_ref().filter(|seal| seal.says("fail"))?;
        Some(ArcFault::CvFail {
            instance: *instance,
            domain: seal.signature.domain.clone(),
        })
    }

    /// Step 3 A: every set has each field once.
    fn incomplete_set(&self) -> Option<ArcFault> {
        let wrong = |(instance, set): (&u32, &Set)| {
            let instance = *instance;
            set.counts()
                .into_iter()
                .find_map(|(field, count)| match count {
                    0 => Some(ArcFault::FieldMissing { instance, field }),
                    1 => None,
                    _ => Some(ArcFault::FieldRepeated {
                        instance,
                        field,
                        count,
                    }),
                })
        };
        self.by_instance.iter().find_map(wrong)
    }

    /// Step 3 B: the instances are 1 to N.
    fn gap(&self) -> Option<ArcFault> {
        let mut numbered = self.by_instance.keys().copied().zip(1..);
        let (found, missing) = numbered.find(|(found, wanted)| found != wanted)?;
        Some(ArcFault::InstanceMissing { found, missing })
    }

    /// Step 3 C: `cv=none` in the first seal, and `cv=pass` in all others.
    fn wrong_status(&self) -> Option<ArcFault> {
        self.by_instance.iter().find_map(|(instance, set)| {
            let seal = set.seal.field.as_ref()?;
            let wanted = if *instance == 1 { "none" } else { "pass" };
            (!seal.says(wanted)).then(|| ArcFault::ChainValidation {
                instance: *instance,
                written: seal.chain_validation.clone(),
                wanted,
            })
        })
    }
}

/// Steps 4 and 6: the newest message signature, then every seal, newest first. A definite failure
/// comes before a signature that could not be checked. `None` if all verify.
pub(super) fn unverified(instances: &[ArcInstance]) -> Option<ArcFault> {
    let newest = instances.last();
    let signature = newest.and_then(|newest| {
        let verdict = newest.message_signature.as_ref()?;
        let part = ArcPart::MessageSignature;
        Some((part, newest.instance, verdict.result, verdict.cause))
    });
    let seals = instances.iter().rev().filter_map(|one| {
        let verdict = one.seal.as_ref()?;
        Some((ArcPart::Seal, one.instance, verdict.result, verdict.cause))
    });
    let mut open = None;
    for (part, instance, result, cause) in signature.into_iter().chain(seals) {
        match result {
            DkimResult::Pass => (),
            DkimResult::Temperror => {
                open.get_or_insert(ArcFault::NoAnswer { part, instance });
            }
            DkimResult::NotEvaluated if cause == DkimCause::HeadersOnly => {
                open.get_or_insert(ArcFault::HeadersOnly { part, instance });
            }
            DkimResult::NotEvaluated => {
                open.get_or_insert(ArcFault::NotRecorded { part, instance });
            }
            _ => return Some(ArcFault::NotVerified { part, instance }),
        }
    }
    open
}

/// Step 5: the lowest instance for which it and all newer message signatures verify; 0 if all do.
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
    use crate::dns::Name;
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

    fn fault(fields: &str) -> Option<ArcFault> {
        let text = format!("{fields}From: a@example.com\n\nhello\n");
        let limits = Limits::default();
        let message = Message::parse(text.as_bytes(), &limits).unwrap();
        Sets::read(&message, &limits).fault()
    }

    /// A set in which `change` was applied to the lines that begin with `name`.
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
        let instance = 1;
        for field in [
            "ARC-Seal",
            "ARC-Message-Signature",
            "ARC-Authentication-Results",
        ] {
            let missing = fault(&with(field, |_| String::new()));
            assert_eq!(missing, Some(ArcFault::FieldMissing { instance, field }));
            let repeated = ArcFault::FieldRepeated {
                instance,
                field,
                count: 2,
            };
            assert_eq!(fault(&with(field, |line| line.repeat(2))), Some(repeated));
        }
    }

    #[test]
    fn a_field_without_a_number_belongs_to_no_set() {
        for field in [
            "ARC-Seal",
            "ARC-Message-Signature",
            "ARC-Authentication-Results",
        ] {
            for wrong in ["i=0;", "i=;", "i=x;", "i=-1;", "i=00;", ""] {
                let fields = with(field, |line| line.replace("i=1;", wrong)) + &set(1, "none");
                match fault(&fields).unwrap() {
                    ArcFault::NoInstance { field: found } => assert_eq!(found, field, "{wrong}"),
                    ArcFault::FieldUnreadable { field: found, .. } => {
                        assert_eq!(found, field, "{wrong}");
                    }
                    other => panic!("{field} {wrong}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn there_may_be_50_sets_and_no_more() {
        let many: String = (2..=51).map(|number| set(number, "pass")).collect();
        match fault(&(set(1, "none") + &many)).unwrap() {
            ArcFault::TooManySets {
                instance, limit, ..
            } => assert_eq!((instance, limit), (51, 50)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_instances_have_no_gap() {
        let gap = |found, missing| Some(ArcFault::InstanceMissing { found, missing });
        assert_eq!(fault(&(set(1, "none") + &set(3, "pass"))), gap(3, 2));
        assert_eq!(fault(&set(2, "pass")), gap(2, 1));
    }

    #[test]
    fn seals_say_what_they_must_at_their_place() {
        let cause = |fields: &str| fault(fields).unwrap().cause();
        assert_eq!(cause(&set(1, "pass")), ArcCause::ChainValidation);
        assert_eq!(cause(&set(1, "other")), ArcCause::ChainValidation);
        let twice_none = set(1, "none") + &set(2, "none");
        assert_eq!(cause(&twice_none), ArcCause::ChainValidation);
        let without = with("ARC-Seal", |line| line.replace("cv=none; ", ""));
        let expected = ArcFault::ChainValidation {
            instance: 1,
            written: None,
            wanted: "none",
        };
        assert_eq!(fault(&without), Some(expected));
    }

    #[test]
    fn a_newest_seal_that_says_fail_goes_before_the_structure() {
        let expected = ArcFault::CvFail {
            instance: 3,
            domain: Name::parse("example.org").ok(),
        };
        assert_eq!(fault(&(set(1, "none") + &set(3, "fail"))), Some(expected));
        let inner = set(1, "fail") + &set(2, "pass");
        assert_eq!(fault(&inner).unwrap().cause(), ArcCause::ChainValidation);
    }
}
