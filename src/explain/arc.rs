//! Words for the ARC chain.

use std::fmt::{self, Display, Formatter};

use super::dkim;
use crate::arc::{ArcFault, ArcPart, ArcVerdict, SealVerdict};
use crate::dkim::DkimFault;

/// Why a chain has its result; no capital letter, no full stop.
pub fn cause(verdict: &ArcVerdict) -> impl Display + '_ {
    Chain(verdict)
}

/// Why a seal has its result; no capital letter, no full stop.
pub fn seal(verdict: &SealVerdict) -> impl Display + '_ {
    Seal(verdict)
}

struct Chain<'v>(&'v ArcVerdict);

impl Display for Chain<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(fault) = &self.0.fault else {
            return match self.0.instances.len() {
                1 => f.write_str("its seal verifies, and so does its message signature"),
                2 => f.write_str("both seals verify, and so does the newest message signature"),
                count => write!(
                    f,
                    "all {count} seals verify, and so does the newest message signature"
                ),
            };
        };
        match fault {
            ArcFault::NoSets => f.write_str("the message bears no ARC set"),
            ArcFault::TooManySets {
                field,
                instance,
                limit,
            } => write!(
                f,
                "an {field} field has i={instance}; a chain has {limit} sets at most"
            ),
            ArcFault::FieldUnreadable { field, fault } => {
                let fault = dkim::tag_list(fault);
                write!(f, "an {field} field cannot be read: {fault}")
            }
            ArcFault::NoInstance { field } => write!(
                f,
                "an {field} field does not say by i= to which set it belongs"
            ),
            ArcFault::CvFail { instance, domain } => {
                write!(f, "the newest seal (i={instance}")?;
                if let Some(domain) = domain {
                    write!(f, " by {domain}")?;
                }
                f.write_str(") says cv=fail: whoever made it found the chain broken")
            }
            ArcFault::FieldMissing { instance, field } => {
                write!(f, "set i={instance} has no {field} field")
            }
            ArcFault::FieldRepeated {
                instance,
                field,
                count,
            } => write!(f, "set i={instance} has {count} {field} fields, not one"),
            ArcFault::InstanceMissing { found, missing } => {
                write!(f, "there is a set i={found}, but none with i={missing}")
            }
            ArcFault::ChainValidation {
                instance,
                written,
                wanted,
            } => {
                write!(f, "the seal i={instance} ")?;
                match written {
                    Some(written) => write!(f, "says cv={written}")?,
                    None => f.write_str("has no cv=")?,
                }
                write!(f, "; it must say cv={wanted} at its place")
            }
            ArcFault::NotVerified { part, instance } => {
                self.signature(f, *part, *instance, "does not verify")
            }
            ArcFault::NoAnswer { part, instance } => {
                self.signature(f, *part, *instance, "cannot be checked now")
            }
            ArcFault::NotRecorded { part, instance } | ArcFault::HeadersOnly { part, instance } => {
                self.signature(f, *part, *instance, "cannot be checked")
            }
        }
    }
}

impl Chain<'_> {
    /// That `part` of the set `instance` does what `does` says, and why.
    fn signature(
        &self,
        f: &mut Formatter<'_>,
        part: ArcPart,
        instance: u32,
        does: &str,
    ) -> fmt::Result {
        let mut sets = self.0.instances.iter();
        let set = sets.find(|set| set.instance == instance);
        match part {
            ArcPart::MessageSignature => {
                write!(f, "the newest ARC-Message-Signature (i={instance}) {does}")?;
                match set.and_then(|set| set.message_signature.as_ref()) {
                    Some(verdict) => write!(f, ": {}", dkim::cause(verdict)),
                    None => Ok(()),
                }
            }
            ArcPart::Seal => {
                write!(f, "the seal i={instance} {does}")?;
                match set.and_then(|set| set.seal.as_ref()) {
                    Some(verdict) => write!(f, ": {}", Seal(verdict)),
                    None => Ok(()),
                }
            }
        }
    }
}

struct Seal<'v>(&'v SealVerdict);

impl Display for Seal<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0.fault {
            None => {
                f.write_str("it verifies: the ARC fields that it covers are as they were sealed")
            }
            Some(DkimFault::HeaderChanged { made_by_key: true }) => f.write_str(
                "an ARC field that it covers was changed, removed or added; the key made this seal",
            ),
            Some(DkimFault::HeaderChanged { made_by_key: false }) => {
                f.write_str("an ARC field that it covers was changed, or the key is another")
            }
            Some(fault) => dkim::fault(fault, self.0.key.as_ref()).fmt(f),
        }
    }
}
